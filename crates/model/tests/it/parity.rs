//! The network equals `torchaudio.models.Tacotron2` (float64, dropout off), with its own attention
//! and with others in its place: outputs, losses, every gradient, running statistics, free-running
//! synthesis.

use burn::tensor::{DType, Device, Tensor};
use diktor_model::{
    InferOptions, LossConfig, Mode, Noise, PrenetDropout, StopRule, Tacotron2Config, loss,
};

use crate::golden::{Golden, relative_error};

const GOLDENS: [&str; 7] = [
    "small",
    "wide",
    "r2",
    "smoothed",
    "forward",
    "forward_ta",
    "dca",
];
const OUTPUTS: f64 = 1e-4;
const GRADIENTS: f64 = 1e-3;

fn device() -> Device {
    Device::flex().autodiff()
}

fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data_dtype(DType::F32).try_into_vec().unwrap()
}

fn close(what: &str, found: &[f32], expected: &[f32], tolerance: f64) {
    let error = relative_error(found, expected);
    assert!(error < tolerance, "{what}: relative error {error:.2e}");
}

/// Calls `check` for train and eval mode, with and without the padding mask.
fn combos(mut check: impl FnMut(&str, bool, &Mode)) {
    let train = Mode::Train(Noise { seed: 1, step: 1 });
    let eval = Mode::Eval(PrenetDropout::Off);
    for (name, mode) in [("train", train), ("eval", eval)] {
        check(&format!("{name}_plain"), false, &mode);
        check(&format!("{name}_masked"), true, &mode);
    }
}

#[test]
fn nvidia_has_28_193_153_parameters() {
    let network = Tacotron2Config::default().init(&Device::flex(), 1);
    assert_eq!(network.parameter_count(), 28_193_153);
}

#[test]
fn teacher_forced_outputs_equal_the_reference() {
    for name in GOLDENS {
        let golden = Golden::read(name);
        combos(|combo, masked, mode| {
            let network = golden.network(&device(), masked);
            let output = network.forward(&golden.batch(&device()), golden.r(), mode);
            let check = |part: &str, found: Vec<f32>| {
                let what = format!("outputs/{combo}/{part}");
                close(
                    &format!("{name} {what}"),
                    &found,
                    &golden.floats(&what),
                    OUTPUTS,
                );
            };
            check("mel", floats(output.mel));
            check("mel_post", floats(output.mel_post));
            check("gate", floats(output.gate));
            check("alignments", floats(output.alignments));
        });
    }
}

#[test]
fn losses_and_every_gradient_equal_the_reference() {
    let config = LossConfig {
        guide_loss_weight: 0.0,
        loss_masking: false,
        ..LossConfig::default()
    };
    for name in GOLDENS {
        let golden = Golden::read(name);
        combos(|combo, masked, mode| {
            let network = golden.network(&device(), masked);
            let batch = golden.batch(&device());
            let losses = loss(
                &network.forward(&batch, golden.r(), mode),
                &batch,
                golden.r(),
                &config,
            );
            let gradients = network.gradients(&losses.total.backward());
            for (part, found) in [
                ("total", losses.total),
                ("mel", losses.mel),
                ("mel_post", losses.mel_post),
                ("gate", losses.gate),
            ] {
                let what = format!("loss/{combo}/{part}");
                close(
                    &format!("{name} {what}"),
                    &floats(found),
                    &golden.floats(&what),
                    OUTPUTS,
                );
            }
            if !golden.facts["grads"]
                .as_array()
                .unwrap()
                .iter()
                .any(|g| g == combo)
            {
                return;
            }
            assert_eq!(gradients.len(), network.parameter_names().len());
            for gradient in gradients {
                let expected = golden.floats(&format!("grads/{combo}/{}", gradient.name));
                if expected.iter().all(|value| value.abs() < 1e-9) {
                    // A bias in front of a batch norm has no gradient but rounding.
                    assert!(gradient.values.iter().all(|value| value.abs() < 1e-5));
                } else {
                    let what = format!("{name} {combo} gradient of {}", gradient.name);
                    close(&what, &gradient.values, &expected, GRADIENTS);
                }
            }
        });
    }
}

#[test]
fn absorbed_statistics_equal_the_reference() {
    for name in GOLDENS {
        let golden = Golden::read(name);
        let network = golden.network(&device(), true);
        let mode = Mode::Train(Noise { seed: 1, step: 1 });
        let output = network.forward(&golden.batch(&device()), golden.r(), &mode);
        let before = network.state();
        assert_eq!(
            before,
            golden.network(&device(), true).state(),
            "a forward pass changes nothing"
        );
        for tensor in network.absorb(output.batch_norm).state() {
            let what = format!("running/{}", tensor.name);
            if golden.has(&what) {
                close(
                    &format!("{name} {what}"),
                    &tensor.values,
                    &golden.floats(&what),
                    OUTPUTS,
                );
            }
        }
    }
}

#[test]
fn free_running_synthesis_equals_the_reference() {
    for name in GOLDENS {
        let golden = Golden::read(name);
        let network = golden.network(&Device::flex(), true);
        let steps = golden.facts["max_decoder_steps"].as_u64().unwrap() as usize;
        for (i, text) in golden.texts().iter().enumerate() {
            let threshold = golden.facts["gate_thresholds"][i].as_f64().unwrap();
            for (kind, gate_threshold) in [("full", 2.0), ("stop", threshold)] {
                let options = InferOptions {
                    gate_threshold,
                    max_decoder_steps: steps,
                    prenet_dropout: PrenetDropout::Off,
                    stop: StopRule::Gate,
                    windowed: false,
                };
                let spoken = network
                    .infer(std::slice::from_ref(text), golden.r(), &options)
                    .remove(0);
                let check = |part: &str, found: &[f32]| {
                    let what = format!("infer/{kind}/{i}/{part}");
                    close(
                        &format!("{name} {what}"),
                        found,
                        &golden.floats(&what),
                        OUTPUTS,
                    );
                };
                check("mel_post", spoken.mel.values());
                check("alignments", &spoken.alignment.values);
            }
        }
    }
}

#[test]
fn an_utterance_gives_the_same_alone_and_in_a_batch() {
    for name in ["small", "smoothed", "forward", "dca"] {
        check_alone(&Golden::read(name));
    }
}

fn check_alone(golden: &Golden) {
    let network = golden.network(&Device::flex(), true);
    let options = InferOptions {
        max_decoder_steps: 20,
        gate_threshold: 0.55,
        ..InferOptions::default()
    };
    let together = network.infer(&golden.texts(), 1, &options);
    for (text, spoken) in golden.texts().iter().zip(together) {
        let alone = network
            .infer(std::slice::from_ref(text), 1, &options)
            .remove(0);
        assert_eq!(alone.stop, spoken.stop);
        close("mel", spoken.mel.values(), alone.mel.values(), 1e-5);
    }
}

#[test]
fn state_survives_a_round_trip_to_the_bit() {
    let golden = Golden::read("wide");
    let network = golden.network(&device(), true);
    let other = network.config().clone().init(&device(), 2);
    assert_ne!(other.state(), network.state());
    assert_eq!(
        other.load_state(&network.state()).unwrap().state(),
        network.state()
    );
}

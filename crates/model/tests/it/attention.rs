//! What attention may do in synthesis, and what the decoder reads in scheduled sampling.

use burn::tensor::Device;
use diktor_model::{
    Alignment, AttentionType, Batch, InferOptions, Mode, ModelError, Noise, Output, PrenetDropout,
    StopRule, Tacotron2Config,
};

use crate::golden::{Golden, relative_error};

fn spoken(golden: &Golden, windowed: bool) -> Vec<Alignment> {
    let options = InferOptions {
        gate_threshold: 1.0,
        max_decoder_steps: 14,
        prenet_dropout: PrenetDropout::Off,
        stop: StopRule::Gate,
        windowed,
    };
    let network = golden.network(&Device::flex(), true);
    let spoken = network.infer(&golden.texts(), golden.r(), &options);
    spoken.into_iter().map(|one| one.alignment).collect()
}

/// Largest weight further than two symbols behind, or six on, of the strongest of the step before.
fn out_of_window(alignment: &Alignment) -> f32 {
    let mut strongest = 0;
    let mut largest = 0.0_f32;
    for step in 0..alignment.steps {
        let row = alignment.row(step);
        for (n, weight) in row.iter().enumerate() {
            if n + 2 < strongest || n >= strongest + 6 {
                largest = largest.max(*weight);
            }
        }
        let peak = |best: usize, n: usize| if row[n] > row[best] { n } else { best };
        strongest = (0..row.len()).fold(0, peak);
    }
    largest
}

#[test]
fn a_window_hides_what_is_far_from_where_attention_was() {
    for name in ["wide", "forward", "dca"] {
        let golden = Golden::read(name);
        for alignment in spoken(&golden, true) {
            assert_eq!(out_of_window(&alignment), 0.0, "{name}");
            let sum: f32 = alignment.row(alignment.steps - 1).iter().sum();
            assert!((sum - 1.0).abs() < 1e-5, "{name}: {sum}");
        }
    }
    let free = spoken(&Golden::read("wide"), false);
    assert!(free.iter().any(|alignment| out_of_window(alignment) > 1e-3));
}

const NOISE: Noise = Noise { seed: 3, step: 8 };

fn forward(golden: &Golden, batch: &Batch, mode: Mode) -> Output {
    // Without the mask the mel past an end is what the network said, not silence.
    let config = Tacotron2Config {
        prenet_dropout: 0.5,
        p_decoder_dropout: 0.2,
        ..golden.network(&device(), false).config().clone()
    };
    let network = config.init(&device(), 1).load_state(&golden.weights());
    network.unwrap().forward(batch, golden.r(), &mode)
}

fn device() -> Device {
    Device::flex().autodiff()
}

#[test]
fn true_frames_alone_are_plain_teacher_forcing() {
    let golden = Golden::read("r2");
    let batch = golden.batch(&device());
    let noise = NOISE;
    let plain = forward(&golden, &batch, Mode::Train(noise));
    let forced = forward(&golden, &batch, Mode::Sample { noise, forced: 1.0 });
    assert_eq!(
        plain.mel_post.into_data().try_to_vec::<f32>().unwrap(),
        forced.mel_post.into_data().try_to_vec::<f32>().unwrap()
    );
}

#[test]
fn without_true_frames_the_decoder_reads_what_it_said() {
    for name in ["r2", "forward"] {
        let golden = Golden::read(name);
        let batch = golden.batch(&device());
        let noise = NOISE;
        let said = forward(&golden, &batch, Mode::Train(noise));
        let told = Batch {
            mels: said.mel.clone(),
            ..batch.clone()
        };
        let expected = forward(&golden, &told, Mode::Train(noise)).mel;
        let found = forward(&golden, &batch, Mode::Sample { noise, forced: 0.0 }).mel;
        let values = |mel: burn::tensor::Tensor<3>| mel.into_data().try_to_vec::<f32>().unwrap();
        // The pass that leaves no graph rounds in another order.
        let error = relative_error(&values(found.clone()), &values(expected));
        assert!(error < 1e-6, "{name}: {error:.1e}");
        assert_ne!(values(found), values(said.mel), "{name}");
    }
}

#[test]
fn a_prior_cannot_be_smoothed() {
    let config = Tacotron2Config {
        attention_type: AttentionType::Dca,
        use_attention_smoothing: true,
        ..Tacotron2Config::default()
    };
    let error = config.validate().unwrap_err();
    assert!(
        matches!(&error, ModelError::Dimension { name, .. } if *name == "use_attention_smoothing"),
        "{error}"
    );
}

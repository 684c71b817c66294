//! What holds of every variant of the network: each joins [`check_model`] with one line.

use std::collections::BTreeSet;

use burn::tensor::Device;
use diktor_audio::Mel;
use diktor_model::{
    AttentionType, Batch, GstMode, InferOptions, LossConfig, Losses, Mode, NamedTensor, Noise,
    Sample, Style, Tacotron2, Tacotron2Config, loss,
    weights::{Dimensions, ImportReport},
};

const BINS: usize = 6;
const R: usize = 2;
const TRAIN: Mode = Mode::Train(Noise { seed: 1, step: 1 });

fn small() -> Tacotron2Config {
    Tacotron2Config {
        n_symbols: 12,
        symbols_embedding_dim: 8,
        encoder_embedding_dim: 8,
        encoder_n_convolutions: 1,
        n_mel_channels: BINS,
        r_max: R,
        decoder_rnn_dim: 10,
        prenet_dim: 7,
        attention_rnn_dim: 9,
        attention_dim: 5,
        attention_location_n_filters: 3,
        attention_location_kernel_size: 5,
        postnet_embedding_dim: 6,
        postnet_n_convolutions: 2,
        p_attention_dropout: 0.0,
        p_decoder_dropout: 0.0,
        prenet_dropout: 0.0,
        encoder_dropout: 0.0,
        postnet_dropout: 0.0,
        mmi_dropout: 0.0,
        mmi_dim: 9,
        mmi_symbols: (1..10).collect(),
        ddc_reduction_factor: 6,
        token_num: 4,
        num_heads: 2,
        token_embedding_size: 8,
        ref_enc_filters: vec![2, 3],
        ref_enc_gru_size: 4,
        ..Tacotron2Config::default()
    }
}

fn mmi() -> Tacotron2Config {
    Tacotron2Config {
        use_mmi: true,
        ..small()
    }
}

fn ddc() -> Tacotron2Config {
    Tacotron2Config {
        use_ddc_loss: true,
        ..small()
    }
}

fn gst(gst_mode: GstMode, use_tps_gst: bool) -> Tacotron2Config {
    Tacotron2Config {
        use_gst: true,
        gst_mode,
        use_tps_gst,
        ..small()
    }
}

fn everything() -> Tacotron2Config {
    Tacotron2Config {
        use_mmi: true,
        use_ddc_loss: true,
        ..gst(GstMode::Concat, true)
    }
}

fn batch(device: &Device) -> Batch {
    let texts = [vec![3, 4, 5, 6, 6, 7], vec![1, 2, 3, 11], vec![9, 8]];
    let mel = |frames: usize| {
        let value = |i: usize| ((i * i) as f32 * 0.37).sin() * 1.5 - 1.0;
        Mel::new(BINS, (0..frames * BINS).map(value).collect())
    };
    let mels = [mel(21), mel(14), mel(7)];
    let samples: Vec<Sample<'_>> = texts
        .iter()
        .zip(&mels)
        .map(|(symbols, mel)| Sample {
            id: "made up",
            symbols,
            mel,
        })
        .collect();
    Batch::collate(&samples, R, device)
}

fn losses(network: &Tacotron2, batch: &Batch) -> Losses {
    losses_in(&TRAIN, network, batch)
}

fn losses_in(mode: &Mode, network: &Tacotron2, batch: &Batch) -> Losses {
    let config = LossConfig {
        ddc_loss_weight: 0.7,
        mi_weight: 0.4,
        emb_loss_weight: 0.6,
        guide_sigma: 0.2,
        entropy_loss_weight: 0.3,
        ..LossConfig::default()
    };
    loss(&network.forward(batch, R, mode), batch, R, &config)
}

/// `whole`: the parameters whose gradient is the derivative of the loss; elsewhere a gradient is
/// held back on purpose.
fn check_model(config: &Tacotron2Config, whole: impl Fn(&str) -> bool) {
    config.validate().unwrap();
    let network = config.init(&Device::flex().autodiff(), 5);
    every_parameter_learns(&network);
    gradients_are_derivatives(&network, whole);
    state_survives(&network);
    dimensions_are_read_off(&network);
    an_utterance_is_the_same_alone(&network);
}

fn every_parameter_learns(network: &Tacotron2) {
    let batch = batch(&Device::flex().autodiff());
    let gradients = network.gradients(&losses(network, &batch).total.backward());
    let found: BTreeSet<&str> = gradients.iter().map(|one| &*one.name).collect();
    for (_, name) in network.parameter_names() {
        // Nobody asks the coarse decoder when to stop.
        let idle = name.starts_with("coarse_decoder.gate_layer");
        assert_eq!(found.contains(&*name), !idle, "gradient of {name}");
    }
    for gradient in &gradients {
        let finite = gradient.values.iter().all(|value| value.is_finite());
        assert!(finite, "gradient of {}", gradient.name);
    }
}

/// Along one random direction, central differences of the loss equal the gradient.
fn gradients_are_derivatives(network: &Tacotron2, whole: impl Fn(&str) -> bool) {
    const STEP: f32 = 2e-3;
    let batch = batch(&Device::flex().autodiff());
    let gradients = network.gradients(&losses(network, &batch).total.backward());
    let gradients: Vec<&NamedTensor> = gradients.iter().filter(|one| whole(&one.name)).collect();
    assert!(!gradients.is_empty());
    let norm = |values: &mut dyn Iterator<Item = f32>| {
        values.map(|v| f64::from(v).powi(2)).sum::<f64>().sqrt()
    };
    let slope = norm(&mut gradients.iter().flat_map(|one| one.values.iter().copied()));
    // Half along the gradient, half at random: a slope that rounding cannot drown.
    let direction = |name: &str| -> Option<Vec<f32>> {
        let gradient = gradients.iter().find(|one| one.name == name)?;
        let ups = gradient.values.iter().enumerate().map(|(i, value)| {
            let random = ((i as f32 + name.len() as f32) * 12.9898).sin() * 0.1;
            (f64::from(*value) / slope) as f32 + random
        });
        Some(ups.collect())
    };
    let moved = |by: f32| {
        let mut state = network.state();
        for tensor in &mut state {
            if let Some(direction) = direction(&tensor.name) {
                for (value, up) in tensor.values.iter_mut().zip(direction) {
                    *value += by * up;
                }
            }
        }
        let network = network.clone().load_state(&state).unwrap();
        f64::from(losses(&network, &batch).total.into_scalar::<f32>())
    };
    let numeric = (moved(STEP) - moved(-STEP)) / (2.0 * f64::from(STEP));
    let analytic: f64 = gradients
        .iter()
        .flat_map(|one| one.values.iter().zip(direction(&one.name).unwrap()))
        .map(|(gradient, up)| f64::from(*gradient) * f64::from(up))
        .sum();
    let error = (numeric - analytic).abs() / analytic.abs();
    assert!(error < 1e-2, "{numeric} and {analytic}");
}

fn state_survives(network: &Tacotron2) {
    let state = network.state();
    let names: BTreeSet<&str> = state.iter().map(|tensor| &*tensor.name).collect();
    assert_eq!(names.len(), state.len(), "no name stands for two tensors");
    let other = network.config().clone().init(&Device::flex().autodiff(), 6);
    assert_ne!(other.state(), state);
    assert_eq!(other.load_state(&state).unwrap().state(), state);
}

/// A file tells what it takes to speak with it; what only training needs is left over.
fn dimensions_are_read_off(network: &Tacotron2) {
    let (config, state) = (network.config(), network.state());
    let dimensions = Dimensions::infer(&state).unwrap();
    assert_eq!(dimensions.mmi_dim, config.use_mmi.then_some(config.mmi_dim));
    assert_eq!(dimensions.style.is_some(), config.use_gst);
    let report = ImportReport::compare(&dimensions.tensors(), &state);
    assert!(report.is_complete(), "{report}");
    let speaking = config.clone().speaking().init(&Device::flex(), 1);
    assert_eq!(report.matched, speaking.state().len(), "{report}");
    assert!(speaking.load_state(&state).is_ok());
}

fn an_utterance_is_the_same_alone(network: &Tacotron2) {
    let options = InferOptions {
        max_decoder_steps: 9,
        gate_threshold: 0.6,
        ..InferOptions::default()
    };
    let texts = [vec![3, 4, 5, 6], vec![1, 2], vec![7, 7, 7, 8, 9, 1]];
    let mut styles = vec![Style::Neutral];
    if network.config().use_gst {
        let mel = Mel::new(BINS, (0..60).map(|i| (i as f32).cos()).collect());
        let (index, scale) = (2, 0.3);
        styles.extend([Style::Reference(mel), Style::Token { index, scale }]);
    }
    if network.config().use_tps_gst {
        styles.push(Style::Predicted);
    }
    let mut heard = Vec::new();
    for style in &styles {
        let together = network.infer_styled(&texts, R, &options, style);
        for (text, together) in texts.iter().zip(&together) {
            let alone = network.infer_styled(std::slice::from_ref(text), R, &options, style);
            assert_eq!(alone[0].stop, together.stop);
            let pairs = alone[0].mel.values().iter().zip(together.mel.values());
            for (alone, together) in pairs {
                assert!((alone - together).abs() < 1e-5, "{alone} {together}");
            }
        }
        heard.push(together[0].mel.values().to_vec());
    }
    let usual = network.infer(&texts, R, &options)[0].mel.values().to_vec();
    let expected = if network.config().use_tps_gst {
        heard.last()
    } else {
        heard.first()
    };
    assert_eq!(Some(&usual), expected, "the style when none is named");
    for (i, one) in heard.iter().enumerate() {
        assert!(!heard[..i].contains(one), "every style sounds different");
    }
}

#[test]
fn the_plain_network() {
    check_model(&small(), |_| true);
}

#[test]
fn mutual_information() {
    check_model(&mmi(), |_| true);
}

#[test]
fn double_decoder_consistency() {
    // The encoder learns nothing from the coarse decoder.
    check_model(&ddc(), |name| {
        name.starts_with("decoder.") || name.starts_with("coarse_decoder.")
    });
}

#[test]
fn style_tokens_beside_the_text() {
    check_model(&gst(GstMode::Concat, false), |_| true);
}

#[test]
fn style_tokens_added_to_the_text() {
    check_model(&gst(GstMode::Add, false), |_| true);
}

#[test]
fn styles_predicted_from_the_text() {
    // The predictor learns from the style, and neither the style nor the encoder from it.
    check_model(&gst(GstMode::Concat, true), |name| {
        name.starts_with("tpse_gst.") || name.starts_with("decoder.")
    });
}

#[test]
fn everything_at_once() {
    check_model(&everything(), |name| {
        name.starts_with("tpse_gst.") || name.contains("decoder.")
    });
}

#[test]
fn everything_at_once_with_every_attention() {
    for attention_type in [
        AttentionType::Forward,
        AttentionType::ForwardTa,
        AttentionType::Dca,
    ] {
        let config = Tacotron2Config {
            attention_type,
            ..everything()
        };
        check_model(&config, |name| {
            name.starts_with("tpse_gst.") || name.contains("decoder.")
        });
    }
}

#[test]
fn everything_learns_from_frames_the_network_said_itself() {
    let device = Device::flex().autodiff();
    let (network, batch) = (everything().init(&device, 5), batch(&device));
    let noise = Noise { seed: 1, step: 1 };
    let sampled = |forced| losses_in(&Mode::Sample { noise, forced }, &network, &batch);
    let value = |losses: &Losses| losses.total.clone().into_scalar::<f32>();
    let forced = value(&losses(&network, &batch));
    assert_eq!(value(&sampled(1.0)), forced, "all frames are true ones");
    let half = sampled(0.5);
    assert_ne!(value(&half), forced);
    let trained = |losses: Losses| network.gradients(&losses.total.backward()).len();
    assert_eq!(trained(half), trained(losses(&network, &batch)));
}

#[test]
fn impossible_dimensions_are_named() {
    for (config, name) in [
        (
            Tacotron2Config {
                use_tps_gst: true,
                ..small()
            },
            "use_tps_gst",
        ),
        (
            Tacotron2Config {
                num_heads: 3,
                ..gst(GstMode::Concat, false)
            },
            "token_embedding_size",
        ),
        (
            Tacotron2Config {
                ref_enc_filters: Vec::new(),
                ..gst(GstMode::Concat, false)
            },
            "ref_enc_filters",
        ),
    ] {
        let error = config.validate().unwrap_err().to_string();
        assert!(error.starts_with(&format!("`{name}`")), "{error}");
    }
}

#[test]
fn dropped_frames_are_replaced_in_what_is_read_and_nowhere_else() {
    let batch = batch(&Device::flex());
    let mean = [7.0; BINS];
    let noise = Noise { seed: 3, step: 9 };
    let dropped = batch.dropping_frames(0.3, &mean, noise);
    let floats = |tensor: burn::tensor::Tensor<3>| -> Vec<f32> {
        tensor.into_data().iter::<f32>().collect()
    };
    assert_eq!(floats(dropped.mels), floats(batch.mels.clone()));
    let (inputs, mels) = (floats(dropped.inputs.unwrap()), floats(batch.mels.clone()));
    let (mut replaced, mut of) = (0, 0);
    for (b, length) in batch.mel_lengths.iter().enumerate() {
        for frame in 0..batch.frames() {
            let at = (b * batch.frames() + frame) * BINS;
            let (input, mel) = (&inputs[at..at + BINS], &mels[at..at + BINS]);
            if input == mel {
                of += usize::from(frame < *length);
            } else {
                assert!(frame < *length, "padding stays");
                assert_eq!(input, mean);
                (replaced, of) = (replaced + 1, of + 1);
            }
        }
    }
    assert_eq!(of, 42);
    assert!((5..=21).contains(&replaced), "{replaced} of 42");
}

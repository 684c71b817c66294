//! The layers that NVIDIA's network does not have equal PyTorch's: outputs, gradients, statistics.

use burn::tensor::{Device, Tensor};

use super::{BatchNormUpdates, Forward, Mode, PrenetDropout, Tacotron2, Tacotron2Config};
use crate::{
    golden::Golden,
    noise::Noise,
    ops::testing::{assert_close, device, floats},
};

const TRAIN: Mode = Mode::Train(Noise { seed: 1, step: 1 });
const EVAL: Mode = Mode::Eval(PrenetDropout::Off);

/// A network with every variant, whose layers hold the weights of the golden as far as it has them.
fn network(golden: &Golden, device: &Device) -> Tacotron2 {
    let config = Tacotron2Config {
        use_gst: true,
        use_tps_gst: true,
        use_mmi: true,
        mmi_dropout: 0.0,
        encoder_n_convolutions: 1,
        postnet_n_convolutions: 2,
        ..serde_json::from_value(golden.facts["dims"].clone()).unwrap()
    };
    config.validate().unwrap();
    let network = config.init(device, 1);
    let (mut state, mut given) = (network.state(), golden.under("weights/"));
    for own in &mut state {
        if let Some(at) = given.iter().position(|given| given.name == own.name) {
            let given = given.swap_remove(at);
            // Attention reads no style in the golden: the head has the columns of the text alone.
            if own.shape == given.shape {
                own.values = given.values;
            } else {
                let (wide, narrow) = (own.shape[1], given.shape[1]);
                own.values.fill(0.0);
                for (own, given) in own.values.chunks_mut(wide).zip(given.values.chunks(narrow)) {
                    own[..narrow].copy_from_slice(given);
                }
            }
        }
    }
    assert!(given.is_empty(), "{:?}", given.first().map(|one| &one.name));
    network.load_state(&state).unwrap()
}

fn pass<'a>(network: &'a Tacotron2, mode: &'a Mode) -> Forward<'a> {
    Forward {
        config: network.config(),
        mode,
        batch_norm: Vec::new(),
    }
}

/// Style of recordings and of texts.
fn styles(network: &Tacotron2, golden: &Golden, pass: &mut Forward<'_>) -> [Tensor<2>; 2] {
    let (frames, symbols): (Vec<usize>, Vec<usize>) =
        (golden.numbers("/frames"), golden.numbers("/symbols"));
    let gst = network.gst.as_ref().unwrap();
    let tpse = network.tpse.as_ref().unwrap();
    let (mels, memory) = (
        golden.tensor("style/mels", &device()),
        golden.tensor("style/memory", &device()),
    );
    [
        gst.of_recordings(mels, &frames, pass),
        tpse.forward(memory, &symbols, pass),
    ]
}

#[test]
fn styles_equal_the_reference() {
    let golden = Golden::variants();
    let network = network(&golden, &device());
    for (name, mode) in [("train", TRAIN), ("eval", EVAL)] {
        let found = styles(&network, &golden, &mut pass(&network, &mode));
        for (part, found) in ["gst", "tpse"].into_iter().zip(found) {
            let what = format!("style/{part}/{name}");
            assert_close(&what, &floats(found), &golden.get(&what).values, 1e-5);
        }
    }
    let token = network.gst.as_ref().unwrap().of_token(3, 0.5);
    let expected: Vec<f32> = golden
        .get("style/token3")
        .values
        .iter()
        .map(|v| v / 2.0)
        .collect();
    assert_close("token", &floats(token), &expected, 1e-5);
}

#[test]
fn gradients_and_statistics_of_styles_equal_the_reference() {
    let golden = Golden::variants();
    let network = network(&golden, &device());
    let mut pass = pass(&network, &TRAIN);
    // The encoder's only norm comes first in the list of statistics.
    let symbols = network.encoder.convolutions[0].norm.running_mean.val();
    let none = burn::tensor::Tensor::zeros(symbols.dims(), &device().inner());
    pass.batch_norm
        .push(crate::ops::normalise::BatchStatistics {
            mean: none.clone(),
            variance: none,
        });
    let [reference, predicted] = styles(&network, &golden, &mut pass);
    let asked: Tensor<2> = golden.tensor("style/asked", &device());
    let statistics = BatchNormUpdates(pass.batch_norm);
    let grads = ((reference + predicted) * asked).sum().backward();
    let gradients = network.gradients(&grads);
    let expected = golden.under("grads/");
    assert_eq!(gradients.len(), expected.len());
    for expected in expected {
        let found = gradients.iter().find(|found| found.name == expected.name);
        let found = found.unwrap_or_else(|| panic!("no gradient of {}", expected.name));
        assert_eq!(found.shape, expected.shape, "{}", expected.name);
        if expected.values.iter().all(|value| value.abs() < 1e-9) {
            // A bias in front of a batch norm has no gradient but rounding.
            assert!(found.values.iter().all(|value| value.abs() < 1e-5));
        } else {
            assert_close(&expected.name, &found.values, &expected.values, 1e-4);
        }
    }
    let state = network.absorb(statistics).state();
    for expected in golden.under("running/") {
        let found = state.iter().find(|found| found.name == expected.name);
        assert_close(
            &expected.name,
            &found.unwrap().values,
            &expected.values,
            1e-5,
        );
    }
}

#[test]
fn a_recording_has_the_same_style_alone_and_in_a_batch() {
    let golden = Golden::variants();
    let network = network(&golden, &device());
    let mut pass = pass(&network, &EVAL);
    let [together, _] = styles(&network, &golden, &mut pass);
    let frames: Vec<usize> = golden.numbers("/frames");
    let mels: Tensor<3> = golden.tensor("style/mels", &device());
    for (b, length) in frames.iter().enumerate() {
        let alone = mels.clone().narrow(0, b, 1).narrow(1, 0, *length);
        let gst = network.gst.as_ref().unwrap();
        let alone = gst.of_recordings(alone, &[*length], &mut pass);
        let expected = floats(together.clone().narrow(0, b, 1));
        assert_close("style", &floats(alone), &expected, 1e-6);
    }
}

#[test]
fn the_head_and_the_recogniser_equal_the_reference() {
    let golden = Golden::variants();
    let network = network(&golden, &device());
    let pass = pass(&network, &TRAIN);
    let state: Tensor<3> = golden.tensor("mmi/state", &device());
    let [steps, batch, _] = state.dims();
    let style = Tensor::zeros(
        [steps, batch, network.config().token_embedding_size],
        &device(),
    );
    let decoder = &network.decoder;
    let state = Tensor::cat(vec![state, style], 2);
    let textual = decoder
        .textual
        .as_ref()
        .unwrap()
        .textual(state.clone(), &pass);
    let (audible, gated) = decoder.heard(state, Some(textual.clone()), &pass);
    let samples = ["a", "b", "c"].map(|_| diktor_audio::Mel::new(1, vec![0.0; 10]));
    let ids = [vec![3, 0, 8], vec![1, 4], vec![]];
    let samples = std::array::from_fn::<_, 3, _>(|b| crate::Sample {
        id: "golden",
        symbols: &ids[b],
        mel: &samples[b],
    });
    let batch = crate::Batch::collate(&samples, 2, &device());
    let heard = network
        .mi
        .as_ref()
        .unwrap()
        .listen(textual, &batch, 2, &pass);
    assert_eq!(heard.spelling.targets, [vec![1, 6], vec![2], vec![]]);
    assert_eq!(
        (heard.spelling.blank, &heard.spelling.lengths),
        (7, &vec![5; 3])
    );
    for (name, found) in [
        ("mmi/mel", decoder.projection.forward(audible)),
        ("mmi/gate", decoder.gate.forward(gated)),
        ("mmi/heard", heard.log_probabilities.swap_dims(0, 1)),
    ] {
        assert_close(name, &floats(found), &golden.get(name).values, 1e-5);
    }
}

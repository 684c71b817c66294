//! Steps on plain slices equal steps of Burn operations.

use burn::tensor::{Device, Tensor, TensorData};

use super::{Composed, Fused, Prediction};
use crate::{
    noise::Noise,
    ops::testing::assert_close,
    tacotron2::{Forward, Mode, PrenetDropout, Tacotron2Config},
};

#[test]
fn fused_steps_equal_the_composed_ones() {
    let device = Device::flex();
    for (use_mmi, r) in [(false, 2), (true, 2), (true, 1)] {
        let config = Tacotron2Config {
            n_mel_channels: 5,
            encoder_embedding_dim: 6,
            symbols_embedding_dim: 6,
            attention_rnn_dim: 9,
            decoder_rnn_dim: 7,
            attention_dim: 4,
            prenet_dim: 8,
            mmi_dim: 11,
            r_max: 2,
            use_mmi,
            ..Tacotron2Config::default()
        };
        let network = config.init(&device, 3);
        let noise = Noise { seed: 1, step: 0 };
        let encoded = noise.stream("encoded").uniform(1.0, 2 * 4 * 6);
        let encoded = Tensor::<3>::from_data(TensorData::new(encoded, [2, 4, 6]), &device);
        let memory = network.decoder.memory(encoded, &[4, 3]);
        let mode = Mode::Eval(PrenetDropout::Off);
        let pass = Forward {
            config: &config,
            mode: &mode,
            batch_norm: Vec::new(),
        };
        let mut fused = Fused::new(&network, &memory, &network.decoder.weights(&config), r);
        let mut composed = Composed::new(
            &network,
            &memory,
            network.decoder.weights(&config),
            r,
            &pass,
        );
        for step in 0..4 {
            let dropout = Some((Noise { seed: 7, step }, 0.5));
            let (mut found, mut expected) = (Prediction::default(), Prediction::default());
            fused.step(dropout, &mut found);
            composed.step(dropout, &mut expected);
            assert_close("mel", &found.mel, &expected.mel, 1e-5);
            assert_close("gate", &found.gate, &expected.gate, 1e-5);
            assert_close("weights", &found.weights, &expected.weights, 1e-5);
        }
    }
}

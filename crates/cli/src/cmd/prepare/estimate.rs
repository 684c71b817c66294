//! How long a training takes on this machine, told from one product of matrices and the sizes of the
//! network: nothing is trained for it.

use std::time::{Duration, Instant};

use burn::tensor::Tensor;
use diktor_train::Hparams;

use crate::{device, exit::UsageError};

/// The device that is always there, and that a training takes unless told otherwise.
const DEVICE: &str = "cpu";

/// Rows and columns of the matrices: large enough that the processor and not the memory decides.
const SIZE: usize = 768;

/// How long products are measured.
const MEASURED: Duration = Duration::from_millis(400);

/// Share of the speed of a large product that a training step reaches: the recurrences are smaller
/// products, one after the other. Measured with `diktor bench train` on preset `base`
/// (docs/en/performance.md: 194 of 280 GFLOP/s).
const SHARE: f64 = 0.65;

/// What a decoder step costs in a training step beyond its arithmetic, s: on small networks handing
/// the work to the threads is most of it. A rough figure, as the estimate is.
const OVERHEAD_S: f64 = 150e-6;

/// Symbols per frame of speech, about 15 a second.
const SYMBOLS_PER_FRAME: f64 = 15.0 * 256.0 / 22_050.0;

/// Multiplications and additions per weight and use: one of each forwards, two of each backwards.
const FLOP_PER_WEIGHT: f64 = 6.0;

/// Floating-point operations per second of large products on the processor.
///
/// # Errors
/// If the device is not there.
pub(super) fn speed() -> Result<f64, UsageError> {
    let device = device::select(DEVICE)?;
    let [a, b] = [0.5_f32, 0.25].map(|value| Tensor::<2>::full([SIZE, SIZE], value, &device));
    let product = || a.clone().matmul(b.clone()).into_data();
    // The first one wakes the threads.
    product();
    let (began, mut count) = (Instant::now(), 0.0);
    while began.elapsed() < MEASURED {
        product();
        count += 1.0;
    }
    Ok(2.0 * (SIZE as f64).powi(3) * count / began.elapsed().as_secs_f64())
}

/// Seconds of one optimiser step over a batch of utterances of so many frames.
pub(super) fn step_seconds(hparams: &Hparams, frames: f64, speed: f64) -> f64 {
    let r = hparams.n_frames_per_step as f64;
    let batch = (hparams.batch_size * hparams.gradient_accumulation_steps) as f64;
    let arithmetic = batch * frames * FLOP_PER_WEIGHT * weights_per_frame(hparams);
    arithmetic / (SHARE * speed) + OVERHEAD_S * frames / r
}

/// Weights that are used for one frame of one utterance.
fn weights_per_frame(hparams: &Hparams) -> f64 {
    let [
        mels,
        prenet,
        attention_rnn,
        attention,
        decoder,
        encoder,
        postnet,
    ] = [
        hparams.n_mel_channels,
        hparams.prenet_dim,
        hparams.attention_rnn_dim,
        hparams.attention_dim,
        hparams.decoder_rnn_dim,
        hparams.encoder_embedding_dim,
        hparams.postnet_embedding_dim,
    ]
    .map(|size| size as f64);
    let r = hparams.n_frames_per_step as f64;
    let lstm = |input: f64, units: f64| 4.0 * units * (input + units);
    let decoder_step = mels * prenet
        + prenet * prenet
        + lstm(prenet + encoder, attention_rnn)
        + lstm(attention_rnn + encoder, decoder)
        + (decoder + encoder) * mels * r
        + attention_rnn * attention;
    let convolutions = hparams.encoder_n_convolutions as f64;
    let kernel = hparams.encoder_kernel_size as f64;
    let symbol = convolutions * kernel * encoder * encoder + 2.0 * lstm(encoder, encoder / 2.0);
    let inner = (hparams.postnet_n_convolutions as f64 - 2.0).max(0.0);
    let kernel = hparams.postnet_kernel_size as f64;
    let frame = kernel * (2.0 * mels * postnet + inner * postnet * postnet);
    decoder_step / r + symbol * SYMBOLS_PER_FRAME + frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arithmetic_of_the_full_network_is_what_was_measured() {
        // docs/en/performance.md: 0.149 GFLOP per frame, of 400 frames and 100 symbols.
        let flop = FLOP_PER_WEIGHT * weights_per_frame(&Hparams::default());
        assert!((0.13e9..0.17e9).contains(&flop), "{flop:e}");
    }

    #[test]
    fn a_faster_machine_and_a_shorter_utterance_take_less() {
        let hparams = Hparams::default();
        let seconds = step_seconds(&hparams, 400.0, 300e9);
        assert!(step_seconds(&hparams, 400.0, 600e9) < seconds);
        assert!(step_seconds(&hparams, 200.0, 300e9) < seconds);
        // Measured: batch 32 of 200 frames at 1177 frames/s.
        let measured = step_seconds(&hparams, 200.0, 280e9);
        assert!((4.0..8.0).contains(&measured), "{measured}");
    }
}

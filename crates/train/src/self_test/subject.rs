//! A network of a few thousand weights, and utterances made up for it.

use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};
use diktor_audio::Mel;
use diktor_corpus::Example;
use diktor_model::Batch;
use diktor_text::{Cleaners, Frontend};

use crate::{
    Hparams, TrainError,
    data::{Cursor, StepBatch, collate},
    task::{Tacotron2Task, ValidationSet},
};

/// Mel bins of the utterances.
pub(crate) const BINS: usize = 8;
const FRAMES_PER_SYMBOL: usize = 3;

/// Hyper-parameters of a run of a few steps.
pub(super) fn hparams() -> Hparams {
    Hparams {
        max_steps: 16,
        batch_size: 3,
        learning_rate: 1e-3,
        warmup_steps: 2,
        iters_per_checkpoint: 4,
        validation_freq: 4,
        weight_decay: 0.0,
        n_mel_channels: BINS,
        symbols_embedding_dim: 8,
        encoder_embedding_dim: 8,
        encoder_n_convolutions: 1,
        prenet_dim: 6,
        attention_rnn_dim: 8,
        attention_dim: 4,
        attention_location_n_filters: 2,
        attention_location_kernel_size: 3,
        decoder_rnn_dim: 8,
        postnet_embedding_dim: 6,
        postnet_n_convolutions: 2,
        r_max: 2,
        n_frames_per_step: 2,
        max_decoder_steps: 6,
        use_phases: false,
        ..Hparams::default()
    }
}

/// How text becomes symbols; the examples have symbols of this table.
pub(super) fn frontend() -> Frontend {
    Frontend::new(vec![Cleaners::EnglishCleaners])
}

/// Utterances of different lengths whose mels depend on their symbols, so that there is something to learn.
pub(crate) fn examples(count: usize) -> Vec<Example> {
    (0..count).map(example).collect()
}

fn example(index: usize) -> Example {
    let symbols: Vec<u32> = (0..5 + index % 4)
        .map(|n| 3 + ((7 * index + 5 * n) % 20) as u32)
        .collect();
    let value = |symbol: u32, bin: usize| ((symbol as f32) * 0.7 + bin as f32).sin() - 2.0;
    let frames: Vec<f32> = symbols
        .iter()
        .flat_map(|&symbol| {
            (0..FRAMES_PER_SYMBOL * BINS).map(move |place| value(symbol, place % BINS))
        })
        .collect();
    Example {
        id: format!("utterance-{index:02}"),
        symbols,
        mel: Mel::new(BINS, frames),
        audio: "none.wav".into(),
        text: format!("utterance number {index}"),
        trimmed_s: 0.0,
        cached: false,
    }
}

/// The network, judged on three utterances.
pub(super) fn task(hparams: &Hparams, device: &Device) -> Result<Tacotron2Task, TrainError> {
    let judged = ValidationSet::new(Arc::new(examples(3)), hparams, vec![-2.0; BINS]);
    Tacotron2Task::new(hparams, &frontend().symbols, device, judged)
}

/// One batch of four utterances.
pub(super) fn batch(hparams: &Hparams, device: &Device) -> StepBatch {
    let examples = examples(4);
    let chosen: Vec<&Example> = examples.iter().collect();
    StepBatch {
        parts: vec![collate(&chosen, hparams.n_frames_per_step, device)],
        frames_per_step: hparams.n_frames_per_step,
        after: Cursor::default(),
        waited_s: 0.0,
    }
}

/// The batch with one value of its first recording made NaN.
pub(super) fn poisoned(batch: &StepBatch) -> StepBatch {
    let mut batch = batch.clone();
    batch.parts.iter_mut().for_each(poison);
    batch
}

/// Makes the first value of the first utterance NaN.
pub(crate) fn poison(part: &mut Batch) {
    let nan = TensorData::new(vec![f32::NAN], [1, 1, 1]);
    let nan = Tensor::from_data(nan, &part.mels.device());
    part.mels = part.mels.clone().slice_assign([0..1, 0..1, 0..1], nan);
}

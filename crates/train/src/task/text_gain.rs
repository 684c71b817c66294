//! Whether the voice reads: what the right text is worth to it.

use diktor_corpus::Example;
use diktor_model::{Batch, LossConfig, Mode, PrenetDropout, Sample, Tacotron2, loss};

use super::Tacotron2Task;
use crate::Knobs;

/// How much larger the mel error is, as a share, when every utterance is read from the text of the next one.
///
/// `own` is the error with the right texts. About 0 says that the text makes no difference: either no attention has
/// found it yet, or it does not belong to the recording. `None` where there is no other text.
pub(super) fn text_gain(
    model: &Tacotron2,
    task: &Tacotron2Task,
    chosen: &[usize],
    own: f64,
    knobs: &Knobs,
) -> Option<f64> {
    let examples: Vec<&Example> = chosen
        .iter()
        .map(|&index| &task.validation.examples[index])
        .collect();
    let others = examples.iter().cycle().skip(1);
    let samples: Vec<Sample<'_>> = examples
        .iter()
        .zip(others)
        .filter(|(example, other)| example.symbols != other.symbols)
        .map(|(example, other)| Sample {
            id: &example.id,
            symbols: &other.symbols,
            mel: &example.mel,
        })
        .collect();
    if samples.len() < examples.len() {
        return None;
    }
    let r = knobs.n_frames_per_step;
    let batch = Batch::collate(&samples, r, &task.device.clone().inner());
    let mode = Mode::Eval(PrenetDropout::Seeded(task.seed));
    let losses = loss(
        &model.forward(&batch, r, &mode),
        &batch,
        r,
        &LossConfig::default(),
    );
    let wrong = f64::from((losses.mel + losses.mel_post).into_scalar::<f32>());
    Some(wrong / own - 1.0)
}

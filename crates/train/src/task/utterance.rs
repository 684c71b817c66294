//! What single utterances of a teacher-forced pass were like.

use diktor_model::{Batch, Output, alignments_of};

use super::measure::gates_of;
use crate::diagnostics::{AlignmentView, AttentionMetrics, attention, gate_error};

/// One utterance of a step or of a validation, teacher-forced.
#[derive(Debug, Clone, PartialEq)]
pub struct UtteranceReport {
    /// Name of the utterance.
    pub id: String,
    /// Mean over true frames and bins of the squared error after the post-net.
    pub loss: f64,
    /// Its attention; `None` of what is too short to have a diagonal.
    pub attention: Option<AttentionMetrics>,
    /// How wrong the gate is, from 0 to 1, see [`gate_error`].
    pub gate_error: Option<f64>,
}

/// Reports of every utterance of a batch, in its order.
pub(super) fn reports(output: &Output, batch: &Batch, r: usize) -> Vec<UtteranceReport> {
    let losses = losses(output, batch);
    let gates = gates_of(output, batch, r);
    let alignments = alignments_of(output, batch, r);
    let parts = losses.into_iter().zip(gates).zip(alignments);
    batch
        .ids
        .iter()
        .zip(parts)
        .map(|(id, ((loss, gate), alignment))| UtteranceReport {
            id: id.clone(),
            loss,
            attention: attention(&AlignmentView {
                steps: alignment.steps,
                symbols: alignment.symbols,
                values: &alignment.values,
            }),
            gate_error: gate_error(&gate),
        })
        .collect()
}

/// The squared error after the post-net of every utterance, padding left out.
fn losses(output: &Output, batch: &Batch) -> Vec<f64> {
    let [_, frames, bins] = output.mel_post.dims();
    let error = output.mel_post.clone().inner() - batch.mels.clone().inner();
    let values: Vec<f32> = error.into_data().iter::<f32>().collect();
    values
        .chunks(frames * bins)
        .zip(&batch.mel_lengths)
        .map(|(errors, length)| {
            let errors = &errors[..length * bins];
            let sum: f64 = errors.iter().map(|error| f64::from(error * error)).sum();
            sum / errors.len().max(1) as f64
        })
        .collect()
}

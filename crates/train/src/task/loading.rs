//! What becomes of the layers of a file that was trained with other layers.

use std::borrow::Cow;

use diktor_model::{GstMode, NamedTensor, Tacotron2Config};

use super::Tacotron2Task;
use crate::{Checkpoint, TrainError};

/// Of the coarse decoder, in the names of weights and of moments.
const COARSE_LAYERS: &str = "coarse_decoder.";
const COARSE_MOMENTS: &str = ".coarse.";
/// Of the transition agent, which reads the attention's state after the text.
const AGENT_WEIGHT: &str = "attention_layer.ta.linear_layer.weight";

impl Tacotron2Task {
    /// Replaces every weight that `tensors` names and that has the right shape, except those of `ignore`: tensors, or
    /// layers with all that is in them.
    ///
    /// Weights of a voice without style tokens fit a network with them: no style has any effect at first.
    ///
    /// Returns the names that keep their first values.
    ///
    /// # Errors
    /// If a tensor cannot be loaded.
    pub fn warm_start(
        &mut self,
        tensors: &[NamedTensor],
        ignore: &[String],
    ) -> Result<Vec<String>, TrainError> {
        let mut kept = Vec::new();
        let mut state = self.model.state();
        for own in &mut state {
            let given = tensors.iter().find(|given| given.name == own.name);
            let given = given.filter(|_| !ignore.iter().any(|layer| is_within(&own.name, layer)));
            match given.and_then(|given| fitted(given, &own.shape, self.model.config())) {
                Some(values) => own.values = values.into_owned(),
                None => kept.push(own.name.clone()),
            }
        }
        self.model = self.model.clone().load_state(&state)?;
        Ok(kept)
    }

    /// The weights of a checkpoint; a coarse decoder that it lacks begins with the first values.
    pub(super) fn completed<'a>(&self, checkpoint: &'a Checkpoint) -> Cow<'a, [NamedTensor]> {
        let is_coarse = |tensor: &NamedTensor| tensor.name.starts_with(COARSE_LAYERS);
        if !self.model.config().use_ddc_loss || checkpoint.weights.iter().any(is_coarse) {
            return Cow::Borrowed(&checkpoint.weights);
        }
        let first = self.model.state().into_iter().filter(is_coarse);
        Cow::Owned(checkpoint.weights.iter().cloned().chain(first).collect())
    }

    /// The moments of a checkpoint, without those of a coarse decoder that this run does not have.
    pub(super) fn of_own_layers<'a>(&self, checkpoint: &'a Checkpoint) -> Cow<'a, [NamedTensor]> {
        if self.model.config().use_ddc_loss {
            return Cow::Borrowed(&checkpoint.optimizer);
        }
        let is_own = |moment: &&NamedTensor| !moment.name.contains(COARSE_MOMENTS);
        Cow::Owned(
            checkpoint
                .optimizer
                .iter()
                .filter(is_own)
                .cloned()
                .collect(),
        )
    }
}

/// Whether `layer` is the tensor or a layer around it.
fn is_within(tensor: &str, layer: &str) -> bool {
    let rest = tensor.strip_prefix(layer);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The values of a tensor for this shape: its own, or with zeros in the columns of a style that stands beside the text.
fn fitted<'a>(
    given: &'a NamedTensor,
    shape: &[usize],
    config: &Tacotron2Config,
) -> Option<Cow<'a, [f32]>> {
    if given.shape == shape {
        return Some(Cow::Borrowed(&given.values));
    }
    let styled = config.use_gst && config.gst_mode == GstMode::Concat;
    match (&*given.shape, shape) {
        // The style comes after the text, and nearly everywhere the text comes last.
        (&[rows, narrow], &[own, wide])
            if styled && rows == own && narrow + config.token_embedding_size == wide =>
        {
            let text_end = if given.name.ends_with(AGENT_WEIGHT) {
                config.encoder_embedding_dim
            } else {
                narrow
            };
            let style_end = text_end + config.token_embedding_size;
            let mut values = vec![0.0; rows * wide];
            for (row, given) in values.chunks_mut(wide).zip(given.values.chunks(narrow)) {
                row[..text_end].copy_from_slice(&given[..text_end]);
                row[style_end..].copy_from_slice(&given[text_end..]);
            }
            Some(Cow::Owned(values))
        }
        _ => None,
    }
}

//! What becomes of the layers of a file that was trained with other layers.

use std::borrow::Cow;

use diktor_model::{GstMode, NamedTensor, Tacotron2Config, weights::nvidia_name};

use super::Tacotron2Task;
use crate::{Checkpoint, TrainError};

/// Of the coarse decoder, in the names of weights and of moments.
const COARSE_LAYERS: &str = "coarse_decoder.";
const COARSE_MOMENTS: &str = ".coarse.";
/// Of the transition agent, which reads the attention's state after the text.
const AGENT_WEIGHT: &str = "attention_layer.ta.linear_layer.weight";

/// Layers that only some networks have: to leave one out that is not there is no mistake.
const VARIANTS: [&str; 7] = [
    "coarse_decoder",
    "decoder.attention_layer",
    "decoder.mel_layer",
    "gst",
    "gst_proj",
    "mi",
    "tpse_gst",
];

/// Checks that every entry of `ignore_layers` is a tensor of these names, or a layer around one: a misspelt one would
/// leave nothing out.
///
/// # Errors
/// [`TrainError::UnknownLayer`] with the nearest name.
pub fn check_ignored(ignore: &[String], names: &[String]) -> Result<(), TrainError> {
    let is_known = |layer: &str| {
        let of_file = names.iter().any(|name| is_within(name, layer));
        of_file || VARIANTS.iter().any(|variant| is_within(layer, variant))
    };
    match ignore.iter().find(|layer| !is_known(layer)) {
        None => Ok(()),
        Some(layer) => Err(TrainError::UnknownLayer {
            layer: layer.clone(),
            nearest: nearest(layer, names),
        }),
    }
}

/// Of the tensors and the layers around them, the name most like this one.
fn nearest(layer: &str, names: &[String]) -> Option<String> {
    let around = |name: &String| -> Vec<String> {
        let ends = name.match_indices('.').map(|(end, _)| end);
        ends.chain([name.len()])
            .map(|end| name[..end].to_owned())
            .collect()
    };
    let scored = names.iter().flat_map(around);
    let scored = scored.map(|name| (strsim::normalized_damerau_levenshtein(layer, &name), name));
    scored
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(&a.1)))
        .map(|(_, name)| name)
}

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

/// Whether `layer` is the tensor or a layer around it, under NVIDIA's name or another one that it has.
fn is_within(tensor: &str, layer: &str) -> bool {
    let begins = |layer: &str| {
        let rest = tensor.strip_prefix(layer);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    begins(layer) || begins(&nvidia_name(layer))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        [
            "embedding.weight",
            "encoder.lstm.bias_hh_l0",
            "decoder.linear_projection.linear_layer.weight",
        ]
        .map(str::to_owned)
        .to_vec()
    }

    #[test]
    fn a_misspelt_layer_is_named_with_the_nearest_one() {
        for (layer, expected) in [
            ("embeding.weight", "embedding.weight"),
            ("encoder.lsmt", "encoder.lstm"),
            ("decoder.linear_projections", "decoder.linear_projection"),
            ("embedding.weights", "embedding.weight"),
        ] {
            let error = check_ignored(&[layer.to_owned()], &names()).unwrap_err();
            let TrainError::UnknownLayer { nearest, .. } = error else {
                panic!("{error}")
            };
            assert_eq!(nearest.as_deref(), Some(expected), "{layer}");
        }
    }

    #[test]
    fn tensors_layers_and_names_of_others_are_known() {
        for layer in [
            "embedding.weight",
            "embedding",
            "encoder",
            "module.encoder.lstm",
            "decoder.linear_projection.weight",
            "gst",
            "mi",
        ] {
            check_ignored(&[layer.to_owned()], &names()).unwrap();
        }
    }
}

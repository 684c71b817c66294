//! Every metric name, once.
//!
//! The names of the first three groups are those that MLflow users of the original system know;
//! the others follow the same `group.name` form.

use crate::Collapse;

macro_rules! metric_names {
    ($( $(#[$doc:meta])* $ident:ident = $text:literal; )*) => {
        $( $(#[$doc])* pub const $ident: &str = $text; )*
        /// All of the above, in this order.
        pub const ALL: &[&str] = &[$($ident),*];
    };
}

metric_names! {
    /// Total training loss: what the optimiser minimises.
    TRAINING_LOSS = "training.loss";
    /// Tacotron 2 part of the loss: mel before and after the post-net, plus the weighted gate.
    TRAINING_TACO_LOSS = "training.taco_loss";
    /// Weighted sum of all losses on the attention.
    TRAINING_ATTEN_LOSS = "training.atten_loss";
    /// Mutual-information loss, raw.
    TRAINING_MI_LOSS = "training.mi_loss";
    /// Guided-attention loss, raw: it must fall.
    TRAINING_GUIDE_LOSS = "training.guide_loss";
    /// Gate loss, raw binary cross-entropy.
    TRAINING_GATE_LOSS = "training.gate_loss";
    /// Entropy of the attention in training, divided by that of no attention at all, 0 to 1.
    ALIGNMENT_ENTROPY_LOSS = "alignment.entropy_loss";
    /// Embedding loss, raw.
    TRAINING_EMB_LOSS = "training.emb_loss";
    /// Squared mel error of the coarse decoder, raw.
    TRAINING_DDC_COARSE_LOSS = "training.ddc_coarse_loss";
    /// How far the attentions of the fine and the coarse decoder are apart, 0 to 2, raw.
    TRAINING_DDC_CONSISTENCY_LOSS = "training.ddc_consistency_loss";
    /// Squared mel error before the post-net.
    TRAINING_MEL_LOSS = "training.mel_loss";
    /// Squared mel error after the post-net.
    TRAINING_MEL_POST_LOSS = "training.mel_post_loss";
    /// Global norm of the gradients, before clipping.
    GRAD_NORM = "grad.norm";
    /// Learning rate of the step.
    LEARNING_RATE = "learning.rate";
    /// Seconds per optimiser step.
    DURATION = "duration";
    /// Epochs begun.
    EPOCH = "epoch";
    /// Optimiser steps finished.
    ITERATION = "iteration";

    /// Teacher-forced Tacotron 2 loss on the validation set, all weights 1.
    VALIDATION_LOSS = "validation.loss";
    /// `alignment.score` under the name the original publishes.
    VALIDATION_ALIGNMENT_SCORE = "validation.alignment_score";
    /// Attention entropy in nats.
    VALIDATION_ATTENTION_ENTROPY = "validation.attention_entropy";
    /// Mean of the largest attention weight per decoder step.
    VALIDATION_ATTENTION_FOCUS = "validation.attention_focus";
    /// Balanced mean of the gate probabilities.
    VALIDATION_GATE_MEAN = "validation.gate_mean";
    /// Balanced standard deviation of the gate probabilities.
    VALIDATION_GATE_STD = "validation.gate_std";
    /// Step of the validation pass.
    VALIDATION_STEP = "validation.step";
    /// Squared mel error before the post-net, on the validation set.
    VALIDATION_MEL_LOSS = "validation.mel_loss";
    /// Squared mel error after the post-net, on the validation set.
    VALIDATION_MEL_POST_LOSS = "validation.mel_post_loss";
    /// Gate loss on the validation set.
    VALIDATION_GATE_LOSS = "validation.gate_loss";
    /// Raw guided-attention loss on the validation set.
    VALIDATION_GUIDE_LOSS = "validation.guide_loss";

    /// Number of parameters.
    MODEL_TOTAL_PARAMS = "model.total_params";
    /// Number of parameters that are trained.
    MODEL_TRAINABLE_PARAMS = "model.trainable_params";
    /// Utterances to train on.
    DATASET_TRAIN_SIZE = "dataset.train_size";
    /// Utterances to validate on.
    DATASET_VAL_SIZE = "dataset.val_size";

    /// How near the attention is to the diagonal, 0 to 1, teacher-forced.
    ALIGNMENT_DIAGONALITY = "alignment.diagonality";
    /// Mean of the largest attention weight per decoder step.
    ALIGNMENT_FOCUS = "alignment.focus";
    /// Attention entropy in nats.
    ALIGNMENT_ENTROPY = "alignment.entropy";
    /// Attention entropy divided by that of no attention at all, 0 to 1.
    ALIGNMENT_ENTROPY_NORMALISED = "alignment.entropy_normalised";
    /// Share of the symbols that some decoder step attends to.
    ALIGNMENT_COVERAGE = "alignment.coverage";
    /// Mean over the symbols of their largest attention weight.
    ALIGNMENT_COVERAGE_STRENGTH = "alignment.coverage_strength";
    /// Share of the steps whose attention does not go back.
    ALIGNMENT_MONOTONICITY = "alignment.monotonicity";
    /// Net way forward divided by the way travelled.
    ALIGNMENT_TRAVEL = "alignment.travel";
    /// Share of the steps that jump over symbols.
    ALIGNMENT_SKIP_RATE = "alignment.skip_rate";
    /// Share of the steps that go back.
    ALIGNMENT_BACK_RATE = "alignment.back_rate";
    /// Share of the utterances whose attention looks at everything alike.
    ALIGNMENT_UNIFORM = "alignment.uniform";
    /// Share of the utterances whose attention never leaves a few symbols.
    ALIGNMENT_STUCK = "alignment.stuck";
    /// Share of the utterances whose attention jumps about.
    ALIGNMENT_RANDOM = "alignment.random";
    /// Share of the utterances whose attention does not reach the end of the text.
    ALIGNMENT_STALLED = "alignment.stalled";
    /// Share of the utterances whose attention leaves symbols out.
    ALIGNMENT_SKIPPING = "alignment.skipping";
    /// How much larger the mel error becomes with the texts of other utterances, as a share; about 0 is a voice that
    /// does not read.
    ALIGNMENT_TEXT_GAIN = "alignment.text_gain";
    /// One figure of all of them, 0 to 1.
    ALIGNMENT_SCORE = "alignment.score";

    /// Balanced accuracy of the gate: 0.5 is chance, 1 is perfect.
    GATE_ACCURACY = "gate.accuracy";
    /// Share of the frames the gate gets right; never stopping scores 0.998.
    GATE_ACCURACY_RAW = "gate.accuracy_raw";
    /// Stops at the right place among the stops.
    GATE_PRECISION = "gate.precision";
    /// Stops at the right place among the utterances.
    GATE_RECALL = "gate.recall";
    /// Harmonic mean of precision and recall.
    GATE_F1 = "gate.f1";
    /// Mean distance of the stop from the last frame, in frames.
    GATE_STOP_ERROR_FRAMES = "gate.stop_error_frames";
    /// Share of the utterances that stop too early.
    GATE_PREMATURE_STOP_RATE = "gate.premature_stop_rate";
    /// Share of the utterances that do not stop.
    GATE_RUNAWAY_RATE = "gate.runaway_rate";
    /// Premature and runaway together.
    GATE_STOP_FAILURE_RATE = "gate.stop_failure_rate";

    /// Mel quality against predicting the mean, 0 to 1.
    QUALITY_MEL = "quality.mel";
    /// Quality score in percent.
    QUALITY_SCORE = "quality.score";
    /// What the tuner minimises.
    QUALITY_COMPOSITE_TTS_SCORE = "quality.composite_tts_score";

    /// Diagonality when the model hears only itself.
    FREE_RUNNING_DIAGONALITY = "free_running.diagonality";
    /// Alignment score when the model hears only itself.
    FREE_RUNNING_ALIGNMENT_SCORE = "free_running.alignment_score";
    /// Share of the sentences that do not stop by themselves.
    FREE_RUNNING_RUNAWAY_RATE = "free_running.runaway_rate";
    /// Share of the sentences that stop before their end.
    FREE_RUNNING_PREMATURE_RATE = "free_running.premature_rate";
    /// Runaway and premature together.
    FREE_RUNNING_STOP_FAILURE_RATE = "free_running.stop_failure_rate";
    /// DTW-aligned mel-cepstral distortion, in dB.
    FREE_RUNNING_MCD_DB = "free_running.mcd_db";
    /// DTW-aligned squared mel error per bin.
    FREE_RUNNING_MEL_ERROR = "free_running.mel_error";
    /// How well free speech is understood: 0 says any text as well as its own, 1 is as clear as the recordings.
    FREE_RUNNING_INTELLIGIBILITY = "free_running.intelligibility";
    /// Variance over time of free speech over that of the recordings: below 1 it is too smooth.
    FREE_RUNNING_VARIANCE_RATIO = "free_running.variance_ratio";
    /// Sentences spoken in the free-running validation.
    FREE_RUNNING_SENTENCES = "free_running.sentences";

    /// Factor that keeps the gradient of the mutual-information loss below that of the mel.
    CONTROL_GAF = "control.gaf";

    /// Mel frames trained on per second.
    PERF_FRAMES_PER_SECOND = "perf.frames_per_second";
    /// Seconds per optimiser step.
    PERF_STEP_SECONDS = "perf.step_seconds";
    /// Seconds a step waited for its batch.
    PERF_DATA_SECONDS = "perf.data_seconds";
    /// Seconds a validation pass took.
    PERF_VALIDATION_SECONDS = "perf.validation_seconds";
    /// Largest resident memory so far, in bytes.
    PERF_PEAK_MEMORY_BYTES = "perf.peak_memory_bytes";
}

/// The metric that holds the share of utterances whose attention fails so; none for those that do not fail.
pub fn share_of(class: Collapse) -> Option<&'static str> {
    match class {
        Collapse::Uniform => Some(ALIGNMENT_UNIFORM),
        Collapse::Stuck => Some(ALIGNMENT_STUCK),
        Collapse::Random => Some(ALIGNMENT_RANDOM),
        Collapse::Stalled => Some(ALIGNMENT_STALLED),
        Collapse::Skipping => Some(ALIGNMENT_SKIPPING),
        Collapse::Ok => None,
    }
}

/// Whether a metric measures the machine and not the voice: it comes out otherwise each time a step is repeated.
pub fn is_of_the_machine(name: &str) -> bool {
    name == DURATION || name.starts_with("perf.")
}

/// Whether a metric is one of validations, where only its name can tell.
pub fn is_of_a_validation(name: &str) -> bool {
    let group = name.split_once('.').map_or("", |(group, _)| group);
    let of_validations = ["validation", "alignment", "gate", "quality", "free_running"];
    (of_validations.contains(&group) && name != ALIGNMENT_ENTROPY_LOSS)
        || name == PERF_VALIDATION_SECONDS
}

/// Prefix of the run's hyper-parameters: `hparams.batch_size`.
pub const HPARAMS_PREFIX: &str = "hparams.";
/// Prefix of the knobs that change in mid-run: `knob.guide_loss_weight`.
pub const KNOB_PREFIX: &str = "knob.";

/// Group of the tags of alignment pictures: `alignment/<utterance>`.
pub const PICTURE_ALIGNMENT: &str = "alignment";
/// Group of the tags of alignments of free speech: `alignment_free/<utterance>`.
pub const PICTURE_ALIGNMENT_FREE: &str = "alignment_free";
/// Group of the tags of predicted mel pictures (or of target above prediction in one): `mel/<utterance>`.
pub const PICTURE_MEL: &str = "mel";
/// Group of the tags of target mel pictures: `mel_target/<utterance>`.
pub const PICTURE_MEL_TARGET: &str = "mel_target";
/// Group of the tags of sounds: `audio/<utterance>`.
pub const AUDIO: &str = "audio";
/// Group of the tags of sounds from the corpus, to compare with: `audio_target/<utterance>`.
pub const AUDIO_TARGET: &str = "audio_target";

/// Group of the tags of distributions of weights: `weights/decoder.attention_rnn`.
pub const WEIGHTS: &str = "weights";
/// Group of the tags of distributions of gradients: `gradients/decoder.attention_rnn`.
pub const GRADIENTS: &str = "gradients";
/// Group of the tags of what utterances say: `transcript/<utterance>`.
pub const TRANSCRIPT: &str = "transcript";

/// Tag of a picture or sound: `tag(PICTURE_ALIGNMENT, "LJ001-0001")` is `alignment/LJ001-0001`.
pub fn tag(group: &str, utterance: &str) -> String {
    format!("{group}/{utterance}")
}

/// The same name as TensorBoard groups it: charts share a group up to the first `/`.
///
/// `training.loss` becomes `training/loss`; a name without a group goes under `progress/`.
pub fn tensorboard_tag(name: &str) -> String {
    match name.split_once('.') {
        Some((group, rest)) => format!("{group}/{rest}"),
        None => format!("progress/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_name_is_given_twice() {
        assert_eq!(ALL.iter().collect::<BTreeSet<_>>().len(), ALL.len());
    }

    #[test]
    fn names_are_valid_for_every_tracker() {
        for name in ALL {
            assert!(
                name.chars()
                    .all(|c| c.is_ascii_lowercase() || "._".contains(c) || c.is_ascii_digit()),
                "{name}"
            );
        }
    }

    #[test]
    fn tensorboard_groups_by_the_first_part() {
        assert_eq!(tensorboard_tag("training.loss"), "training/loss");
        assert_eq!(tensorboard_tag("epoch"), "progress/epoch");
    }
}

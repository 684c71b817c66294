//! What can be found in a run: a closed list, each with the figures that show it.

use serde::Serialize;

use crate::{Collapse, EarlyLook};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The run will not give a voice as it is.
    Critical,
    /// The voice will be worse than it could be.
    Warning,
    /// Good to know.
    Note,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Fact {
    /// A red flag ended the run.
    RedFlag {
        /// What the run said when it ended.
        why: String,
    },
    /// An error ended the run.
    Failed,
    /// Losses or gradients were not finite.
    NonFinite {
        /// Steps with such a value.
        steps: u64,
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
    },
    /// Gradients are far too large.
    Exploding {
        /// Median of the norms of the last steps.
        median: f64,
        /// The largest of them.
        largest: f64,
        /// How many of the last steps were above the limit.
        above: u64,
        /// How many steps were looked at.
        of: u64,
    },
    /// The attention has not found the text, and it should have.
    NotAligned {
        /// How it fails, if that was told.
        class: Option<Collapse>,
        /// Mean diagonality of the newest validation.
        diagonality: f64,
        /// Steps finished.
        step: u64,
        /// The newest early look, if there was one.
        #[serde(skip_serializing_if = "Option::is_none")]
        early: Option<EarlyLook>,
        /// Weight of guided attention; `None` where it is switched off or not told.
        guide_weight: Option<f64>,
        /// Whether guided attention is switched on; `None` where the run does not say.
        guided: Option<bool>,
        /// Learning rate.
        learning_rate: Option<f64>,
    },
    /// The attention walks along, and the text makes no difference.
    TextIgnored {
        /// How much larger the mel error becomes with the texts of other utterances, as a share.
        gain: f64,
        /// Mean diagonality of the newest validation.
        diagonality: f64,
    },
    /// There is hardly more than one text, or one recording, to learn from.
    Monotonous {
        /// Utterances to train on.
        utterances: u64,
        /// Different texts among them.
        texts: u64,
        /// Different recordings among them.
        recordings: u64,
    },
    /// Neither the loss nor the attention has become better for long.
    StandsStill {
        /// For how many steps.
        steps: u64,
    },
    /// Restart followed restart.
    Restarts {
        /// How many in a row, with the one that was due at the end.
        in_a_row: u64,
        /// More than these are too many.
        limit: u64,
    },
    /// Left alone, the voice loses its place.
    FreeLost {
        /// Mean diagonality when it hears only itself.
        diagonality: f64,
    },
    /// Left alone, the voice keeps its place, and is not understood.
    Mumbles {
        /// How well free speech is understood.
        intelligibility: f64,
        /// Variance of its spectrum over that of the recordings, if it was measured.
        variance_ratio: Option<f64>,
    },
    /// The gate never learnt to fire.
    GateDead {
        /// Its balanced accuracy.
        accuracy: f64,
        /// Its balanced mean.
        mean: f64,
    },
    /// Free speech ends too early.
    GatePremature {
        /// Share of the sentences.
        rate: f64,
    },
    /// Free speech does not end.
    GateRunaway {
        /// Share of the sentences.
        rate: f64,
    },
    /// Validation gets worse while training gets better.
    Overfit {
        /// Best validation loss, smoothed.
        best: f64,
        /// Its step.
        at: u64,
        /// Validation loss now, smoothed.
        now: f64,
    },
    /// Some utterances look wrong.
    BadTranscripts {
        /// Proposed to be left out.
        proposed: u64,
        /// Looked at.
        measured: u64,
        /// The worst.
        worst: Vec<String>,
    },
    /// There is little to learn from.
    SmallCorpus {
        /// Utterances to train on.
        utterances: u64,
    },
    /// The run is over and was never validated.
    NeverMeasured {
        /// Steps finished.
        step: u64,
        /// Steps from one validation to the next, if the run says.
        every: Option<u64>,
    },
    /// The run was killed, or still runs.
    Unfinished,
    /// It is too early to say.
    TooEarly {
        /// Steps finished.
        step: u64,
    },
    /// Nothing is wrong.
    Healthy {
        /// Mean diagonality of the newest validation.
        diagonality: f64,
        /// How well free speech is understood, if it was measured.
        intelligibility: Option<f64>,
        /// Quality in per cent, if it was measured.
        quality: Option<f64>,
        /// Utterances of which none is proposed to be left out, if they were judged.
        measured: Option<u64>,
    },
}

impl Fact {
    /// How bad it is.
    pub fn severity(&self) -> Severity {
        match self {
            Self::RedFlag { .. }
            | Self::Failed
            | Self::NonFinite { .. }
            | Self::Exploding { .. }
            | Self::NotAligned { .. }
            | Self::TextIgnored { .. }
            | Self::Monotonous { .. }
            | Self::StandsStill { .. }
            | Self::Restarts { .. }
            | Self::GateDead { .. } => Severity::Critical,
            Self::GatePremature { .. }
            | Self::GateRunaway { .. }
            | Self::FreeLost { .. }
            | Self::Mumbles { .. }
            | Self::NeverMeasured { .. }
            | Self::Overfit { .. }
            | Self::BadTranscripts { .. }
            | Self::SmallCorpus { .. } => Severity::Warning,
            Self::Unfinished | Self::TooEarly { .. } | Self::Healthy { .. } => Severity::Note,
        }
    }
}

//! Which utterances are most likely to have a wrong transcript or a bad recording.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The most suspicious utterances of a run so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suspects {
    /// The worst first.
    pub worst: Vec<Suspect>,
    /// How many, of all, are proposed to be left out.
    pub proposed: u64,
    /// How many utterances have been measured.
    pub measured: u64,
}

/// One suspicious utterance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suspect {
    /// Name of the utterance.
    pub utterance: String,
    /// Its transcript.
    pub text: String,
    /// How unlike the rest it is, in robust standard deviations.
    #[serde(with = "crate::number")]
    pub suspicion: f64,
    /// Whether it is proposed to be left out.
    pub proposed: bool,
    /// What is unlike the rest, the most telling first.
    pub because: Vec<Oddity>,
    /// Squared mel error, smoothed.
    #[serde(with = "crate::number")]
    pub loss: f64,
    /// Alignment score, smoothed; `None` if it is too short to have one.
    pub alignment_score: Option<f64>,
    /// How far its text fits its recording better than other texts do, in their standard deviations:
    /// about 0 of a wrong one; `None` where that cannot be told.
    pub text_fit: Option<f64>,
    /// Mel frames per symbol.
    #[serde(with = "crate::number")]
    pub frames_per_symbol: f64,
    /// Its attention as a picture, relative to the run directory.
    pub picture: Option<PathBuf>,
    /// Its recording, relative to the run directory.
    pub audio: Option<PathBuf>,
}

/// A way in which an utterance is unlike the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Oddity {
    /// Other texts fit its recording as well as its own.
    Text,
    /// Its mel is predicted worse.
    Loss,
    /// Its attention is worse.
    Attention,
    /// Its recording is longer than its text lets expect.
    Long,
    /// Its recording is shorter than its text lets expect.
    Short,
    /// Its end is predicted worse.
    Gate,
}

impl Oddity {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Loss => "loss",
            Self::Attention => "attention",
            Self::Long => "long",
            Self::Short => "short",
            Self::Gate => "gate",
        }
    }
}

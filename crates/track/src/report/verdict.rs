//! What a run has come to: one verdict, made here and nowhere else.

use serde::Serialize;

use super::{
    diagnosis::{FlagKind, red_flags},
    evidence::Evidence,
    key_figures::{Grade, KEY_FIGURES},
};
use crate::{
    Outcome,
    flags::{ALIGNED, APPEARED, ATTENTION, NO_GAIN},
    names,
};

/// What a run has come to: `check` takes its exit code from it, and `why`, the headline of the report, the last line of
/// a training and the message about its end say it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// In one word.
    pub call: Call,
    /// How the newest session ended; `None` if it runs or was killed.
    pub outcome: Option<Outcome>,
    /// What the run said when it stopped itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The red flags that are raised.
    pub raised: Vec<FlagKind>,
    /// Whether the run came to nothing, so that going on with it as it is would burn time.
    pub failed: bool,
}

/// The closed list of what a run can have come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// It reads new sentences by itself, stops, and is understood.
    Speaks,
    /// It reads new sentences by itself and stops; whether it is understood could not be measured.
    Follows,
    /// It walks along new sentences by itself and stops, and is not understood.
    Mumbles,
    /// It follows the text with the recording's help, but not yet by itself.
    NeedsHelp,
    /// It follows the text with the recording's help; by itself was not tried.
    Aligned,
    /// It begins to follow the text.
    Learning,
    /// It does not follow the text, and may still.
    NotAligned,
    /// It has not learnt to follow the text, and the run is over.
    NeverAligned,
    /// Its attention walks along, and the text makes no difference.
    IgnoresText,
    /// No validation has been made so far.
    Unmeasured,
    /// The run is over without a validation.
    NeverMeasured,
    /// Gradients explode, or losses are not finite numbers.
    OutOfControl,
    /// A red flag ended the run.
    StoppedItself,
    /// An error ended the run.
    BrokeOff,
}

/// How a call is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// A voice.
    Good,
    /// Not a voice yet.
    Fair,
    /// No voice.
    Bad,
    /// Nothing can be said.
    Plain,
}

impl Call {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Speaks,
        Self::Follows,
        Self::Mumbles,
        Self::NeedsHelp,
        Self::Aligned,
        Self::Learning,
        Self::NotAligned,
        Self::NeverAligned,
        Self::IgnoresText,
        Self::Unmeasured,
        Self::NeverMeasured,
        Self::OutOfControl,
        Self::StoppedItself,
        Self::BrokeOff,
    ];

    /// How it is to be taken.
    pub fn mood(self) -> Mood {
        match self {
            Self::Speaks | Self::Follows | Self::Aligned => Mood::Good,
            Self::Mumbles | Self::NeedsHelp | Self::Learning => Mood::Fair,
            Self::NotAligned
            | Self::NeverAligned
            | Self::IgnoresText
            | Self::OutOfControl
            | Self::StoppedItself
            | Self::BrokeOff => Mood::Bad,
            Self::Unmeasured | Self::NeverMeasured => Mood::Plain,
        }
    }
}

impl Verdict {
    /// Weighs the evidence of a run.
    pub fn of(evidence: &Evidence) -> Self {
        let raised: Vec<FlagKind> = red_flags(evidence)
            .into_iter()
            .filter(|flag| flag.raised == Some(true))
            .map(|flag| flag.red_flag)
            .collect();
        let call = call(evidence, &raised);
        let came_to_nothing = match call {
            Call::StoppedItself | Call::BrokeOff | Call::OutOfControl | Call::IgnoresText => true,
            Call::NeverAligned => evidence.is_due(),
            _ => false,
        };
        Self {
            call,
            outcome: evidence.outcome,
            why: (call == Call::StoppedItself)
                .then(|| evidence.last_words.clone())
                .flatten(),
            failed: came_to_nothing || !raised.is_empty(),
            raised,
        }
    }
}

fn call(evidence: &Evidence, raised: &[FlagKind]) -> Call {
    match evidence.outcome {
        Some(Outcome::RedFlag) => return Call::StoppedItself,
        Some(Outcome::Failed) => return Call::BrokeOff,
        _ => {}
    }
    let is_lost = |name: &str| {
        evidence
            .latest(name)
            .is_some_and(|value| !value.is_finite())
    };
    let lost = [names::TRAINING_LOSS, names::VALIDATION_LOSS]
        .into_iter()
        .any(is_lost);
    if lost || raised.contains(&FlagKind::GradientNorm) {
        return Call::OutOfControl;
    }
    match evidence.latest(names::ALIGNMENT_DIAGONALITY) {
        Some(diagonality) => voice(evidence, diagonality),
        None if evidence.has_ended() => Call::NeverMeasured,
        None => Call::Unmeasured,
    }
}

/// What the newest validation says of the voice. Attention that walks along the text is no reading: the text has to make
/// a difference. And reading is no speaking: what is said has to be understood.
fn voice(evidence: &Evidence, diagonality: f64) -> Call {
    let gain = evidence.text_gain();
    let reads = gain.is_none_or(|gain| gain >= NO_GAIN);
    if !reads && diagonality >= APPEARED {
        let should = evidence.is_due() || (evidence.has_ended() && diagonality >= ATTENTION);
        return if should {
            Call::IgnoresText
        } else {
            Call::NotAligned
        };
    }
    if diagonality.is_nan() || diagonality < APPEARED {
        return match evidence.has_ended() {
            true => Call::NeverAligned,
            false => Call::NotAligned,
        };
    }
    let grade = |name: &str| {
        let key = KEY_FIGURES.iter().find(|key| key.name == name)?;
        Some(key.grade(evidence.latest(name)?))
    };
    let all_good = |names: &[&str]| {
        (names.iter()).all(|name| grade(name).is_none_or(|grade| grade == Grade::Good))
    };
    if diagonality < ALIGNED || !all_good(&[names::ALIGNMENT_TEXT_GAIN]) {
        Call::Learning
    } else if evidence.latest(names::FREE_RUNNING_DIAGONALITY).is_none() {
        match all_good(&[names::GATE_ACCURACY]) {
            true => Call::Aligned,
            false => Call::NeedsHelp,
        }
    } else if all_good(&[
        names::FREE_RUNNING_DIAGONALITY,
        names::FREE_RUNNING_RUNAWAY_RATE,
        names::FREE_RUNNING_PREMATURE_RATE,
    ]) {
        match grade(names::FREE_RUNNING_INTELLIGIBILITY) {
            Some(Grade::Good) => Call::Speaks,
            Some(_) => Call::Mumbles,
            None => Call::Follows,
        }
    } else {
        Call::NeedsHelp
    }
}

//! What to do next: a closed list, chosen for the run as it is set.

use serde::Serialize;

use super::{
    super::{evidence::Evidence, settings::Settings},
    Fact, Severity,
};
use crate::{
    Collapse, EarlyVerdict, Outcome,
    flags::{ALIGNED, ATTENTION},
    names,
};

/// One thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Advice {
    /// Other findings name the cause.
    ReadTheOthers,
    /// `diktor recover` goes on from the soundest checkpoint.
    Recover,
    /// Compare transcripts with recordings.
    CompareTranscripts,
    /// Listen to the utterances that warnings name.
    ListenToTheNamed,
    /// Set a hyper-parameter to another value than it has.
    Set(Setting),
    /// Switch guided attention on.
    SwitchOnGuidance,
    /// The run has steps left.
    LetItGoOn,
    /// Go on for longer than the run was given.
    GoOnLonger,
    /// Look at the page of the worst utterances.
    LookAtTheWorst,
    /// Check that recordings end with their text.
    CheckEndings,
    /// Record more.
    MoreRecordings,
    /// Different sentences, each with its own recording.
    DifferentSentences,
    /// The best checkpoint is the one to use.
    UseTheBest,
    /// The log has the error.
    ReadTheLog,
    /// Listen and read, then quarantine.
    Quarantine,
    /// Start from a trained voice; says where one is had.
    WarmStart,
    /// A killed run can be resumed.
    Resume,
    /// A run can be validated by hand, or more often.
    Validate,
    /// Listen to the samples.
    Listen,
    /// Free speech is better trained by fewer true frames, and longer.
    TrainFreely,
}

/// A hyper-parameter and the value it should have instead of its own.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// What it is; `None` where the run does not say.
    pub from: Option<f64>,
    /// What it should be.
    pub to: f64,
    /// Whether only a run from scratch can have it.
    pub from_scratch: bool,
}

/// Weight of guided attention that has shown attention the way, and the largest of use.
const SURE_GUIDANCE: f64 = 5.0;
const MOST_GUIDANCE: f64 = 10.0;
/// Weight of the gate's positive class that helps first, and the largest there is.
const SURE_GATE: f64 = 5.0;
const MOST_GATE: f64 = 20.0;
/// Learning rate from scratch.
const FRESH_RATE: f64 = 1e-3;
const LEAST_RATE: f64 = 1e-6;
/// Least limit of the gradient norm that is of use.
const TIGHT_CLIP: f64 = 0.5;

/// What to do about a fact; `others` are all that were found.
pub(super) fn of(fact: &Fact, evidence: &Evidence, others: &[Fact]) -> Vec<Advice> {
    let settings = evidence.settings();
    match fact {
        Fact::RedFlag { .. } => stopped(fact, others),
        Fact::Failed => vec![Advice::ReadTheLog],
        Fact::NonFinite { .. } => some(Advice::ListenToTheNamed, lower_rate(settings)),
        Fact::Exploding { .. } => {
            let mut all = vec![];
            all.extend(lower_rate(settings));
            all.extend(tighter_clip(settings));
            all.push(Advice::Recover);
            all.push(Advice::CompareTranscripts);
            all
        }
        Fact::NotAligned { .. } => not_aligned(fact, evidence),
        Fact::TextIgnored { .. } => vec![Advice::CompareTranscripts],
        Fact::Monotonous { .. } => vec![Advice::DifferentSentences],
        Fact::StandsStill { .. } => {
            let mut all = vec![Advice::CompareTranscripts];
            all.extend(fresh_rate(settings));
            all.extend(guidance(settings));
            all
        }
        Fact::Restarts { .. } => some(Advice::ListenToTheNamed, lower_rate(settings)),
        Fact::GateDead { .. } => some(Advice::CheckEndings, gate_weight(settings)),
        Fact::GatePremature { .. } => some(Advice::CheckEndings, threshold(settings, 0.1)),
        Fact::GateRunaway { .. } => {
            let mut all: Vec<Advice> = threshold(settings, -0.1).into_iter().collect();
            all.extend(gate_weight(settings));
            all.push(longer(evidence));
            all
        }
        Fact::FreeLost { .. } => vec![Advice::TrainFreely, longer(evidence)],
        Fact::Mumbles { .. } => vec![longer(evidence), Advice::MoreRecordings, Advice::WarmStart],
        Fact::Overfit { .. } => {
            let mut all = vec![Advice::UseTheBest, Advice::MoreRecordings];
            all.extend(weight_decay(settings));
            all
        }
        Fact::BadTranscripts { .. } => vec![Advice::Quarantine],
        Fact::SmallCorpus { .. } => vec![Advice::MoreRecordings, Advice::WarmStart],
        Fact::NeverMeasured { .. } => vec![Advice::Validate],
        Fact::Unfinished => vec![Advice::Resume],
        Fact::TooEarly { .. } => vec![longer(evidence)],
        Fact::Healthy { .. } => vec![Advice::Listen],
    }
}

/// The other findings name the cause, where there are any; else the words of the run do.
fn stopped(fact: &Fact, others: &[Fact]) -> Vec<Advice> {
    let is_cause = |other: &&Fact| {
        *other != fact
            && other.severity() == Severity::Critical
            && !matches!(other, Fact::Restarts { .. })
    };
    match others.iter().find(is_cause) {
        Some(_) => vec![Advice::ReadTheOthers, Advice::Recover],
        None => vec![
            Advice::CompareTranscripts,
            Advice::ListenToTheNamed,
            Advice::Recover,
        ],
    }
}

fn not_aligned(fact: &Fact, evidence: &Evidence) -> Vec<Advice> {
    let Fact::NotAligned {
        class,
        diagonality,
        early,
        ..
    } = fact
    else {
        return Vec::new();
    };
    let settings = evidence.settings();
    // A run that ended before attention is due has shown nothing but that it is short.
    let looked = early.is_some_and(|look| look.verdict == EarlyVerdict::NotOnItsWay);
    if !evidence.is_due() && !looked && !loss_is_absurd(evidence) {
        return vec![longer(evidence)];
    }
    let is_near = !loss_is_absurd(evidence)
        && (ATTENTION..ALIGNED).contains(diagonality)
        && matches!(class, Some(Collapse::Skipping | Collapse::Stalled) | None);
    if is_near {
        return vec![longer(evidence), Advice::LookAtTheWorst];
    }
    let mut all = vec![Advice::CompareTranscripts];
    all.extend(guidance(settings));
    if let Some(from) = settings.number("n_frames_per_step").filter(|r| *r < 2.0) {
        all.push(set("n_frames_per_step", Some(from), 2.0, true));
    }
    all.extend(fresh_rate(settings));
    all
}

/// More steps: those that the run has left, or more than it was given.
fn longer(evidence: &Evidence) -> Advice {
    match evidence.outcome {
        Some(Outcome::Completed | Outcome::StoppedEarly) => Advice::GoOnLonger,
        _ => Advice::LetItGoOn,
    }
}

fn some(first: Advice, then: Option<Advice>) -> Vec<Advice> {
    let mut all: Vec<Advice> = then.into_iter().collect();
    all.push(first);
    all
}

fn set(name: &'static str, from: Option<f64>, to: f64, from_scratch: bool) -> Advice {
    Advice::Set(Setting {
        name,
        from,
        to,
        from_scratch,
    })
}

/// Guided attention on, or stronger, as far as that is possible.
fn guidance(settings: Settings<'_>) -> Option<Advice> {
    if settings.is_on("use_guided_attn") == Some(false) {
        return Some(Advice::SwitchOnGuidance);
    }
    let [weight, initial] =
        ["guide_loss_weight", "guide_loss_initial_weight"].map(|name| settings.number(name));
    let strong = |weight: f64| weight >= SURE_GUIDANCE;
    match weight {
        Some(now) if strong(now) && initial.is_some_and(|initial| !strong(initial)) => {
            Some(set("guide_loss_initial_weight", initial, now, true))
        }
        Some(now) if now >= MOST_GUIDANCE => None,
        Some(now) if strong(now) => Some(set("guide_loss_weight", weight, MOST_GUIDANCE, false)),
        _ => Some(set("guide_loss_weight", weight, SURE_GUIDANCE, false)),
    }
}

/// The rate of a run from scratch, where the run has a lower one.
fn fresh_rate(settings: Settings<'_>) -> Option<Advice> {
    let from = settings.configured("learning_rate")?;
    (from < 0.5 * FRESH_RATE).then(|| set("learning_rate", Some(from), FRESH_RATE, true))
}

fn lower_rate(settings: Settings<'_>) -> Option<Advice> {
    let from = settings.configured("learning_rate");
    let to = from.map_or(LEAST_RATE.max(0.5 * FRESH_RATE), |rate| 0.5 * rate);
    (to >= LEAST_RATE).then(|| set("learning_rate", from, to, false))
}

fn tighter_clip(settings: Settings<'_>) -> Option<Advice> {
    let from = settings.configured("grad_clip_thresh");
    from.is_none_or(|clip| clip > TIGHT_CLIP)
        .then(|| set("grad_clip_thresh", from, TIGHT_CLIP, false))
}

fn gate_weight(settings: Settings<'_>) -> Option<Advice> {
    let from = settings.number("gate_pos_weight");
    let to = match from {
        Some(weight) if weight >= MOST_GATE => return None,
        Some(weight) if weight >= SURE_GATE => (2.0 * weight).min(MOST_GATE),
        _ => SURE_GATE,
    };
    Some(set("gate_pos_weight", from, to, false))
}

/// Another threshold of the gate, within what a gate can have.
fn threshold(settings: Settings<'_>, by: f64) -> Option<Advice> {
    let from = settings.number("gate_threshold").unwrap_or(0.5);
    let to = (100.0 * (from + by)).round() / 100.0;
    (0.1..=0.9)
        .contains(&to)
        .then(|| set("gate_threshold", Some(from), to, false))
}

fn weight_decay(settings: Settings<'_>) -> Option<Advice> {
    let from = settings
        .number("weight_decay")
        .filter(|decay| *decay > 0.0)?;
    (from < 1e-4).then(|| set("weight_decay", Some(from), 10.0 * from, false))
}

/// Whether the newest loss is beyond all bounds, whatever the attention.
fn loss_is_absurd(evidence: &Evidence) -> bool {
    const ABSURD: f64 = 1000.0;
    let loss = evidence.latest(names::VALIDATION_LOSS);
    loss.or_else(|| evidence.latest(names::TRAINING_LOSS))
        .is_some_and(|loss| !loss.is_finite() || loss > ABSURD)
}

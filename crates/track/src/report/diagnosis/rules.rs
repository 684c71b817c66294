//! From the events of a run to what was found: one function per rule.

use super::{
    super::history::{History, Series},
    Fact, Severity,
};
use crate::{EarlyVerdict, FaultKind, Outcome, names};

/// Steps whose gradients are looked at.
pub(super) const RECENT: usize = 100;
/// Gradient norm above which a gradient is too large to be useful.
pub(super) const LARGE_NORM: f64 = 10.0;
/// Gradient norm that should stop a run when it stays.
pub(super) const RED_NORM: f64 = 100.0;
/// So many of the recent steps above [`RED_NORM`] are no longer chance.
pub(super) const RED_STEPS: u64 = 5;
/// Diagonality of attention that has found its way.
pub(super) const ALIGNED: f64 = 0.7;
/// Diagonality below which nothing is aligned.
const NOT_ALIGNED: f64 = 0.3;
/// Attention is due after this share of a run, and after [`DUE_STEPS`] of a long one.
const DUE_SHARE: f64 = 0.1;
const DUE_STEPS: f64 = 10_000.0;
/// And never before so many utterances, in batches of the usual size where it is not known.
const DUE_UTTERANCES: f64 = 1600.0;
const USUAL_BATCH: f64 = 32.0;
/// Balanced accuracy of a gate that knows nothing.
const DEAD_GATE: f64 = 0.6;
/// Share of sentences that may end wrongly.
const BAD_ENDINGS: f64 = 0.1;
/// Validations after the best one before a rise counts.
const OVERFIT_VALIDATIONS: usize = 5;
/// Rise of the validation loss over its best that counts.
const OVERFIT_RISE: f64 = 1.1;
/// Weight of the newest value in a smoothed series.
const NEWEST: f64 = 0.3;
/// Fewer utterances are too few for a voice from scratch.
const SMALL: u64 = 100;

/// Everything that was found, the worst first.
pub(super) fn facts(history: &History) -> Vec<Fact> {
    let rules: [fn(&History) -> Option<Fact>; 11] = [
        red_flag,
        failed,
        non_finite,
        exploding,
        not_aligned,
        gate,
        endings,
        overfit,
        bad_transcripts,
        small_corpus,
        unfinished,
    ];
    let mut found: Vec<Fact> = rules.into_iter().filter_map(|rule| rule(history)).collect();
    if found.iter().all(|fact| fact.severity() == Severity::Note) {
        found.push(well(history));
    }
    found.sort_by_key(Fact::severity);
    found
}

fn red_flag(history: &History) -> Option<Fact> {
    let (outcome, ..) = history.sessions.last()?.end?;
    if outcome != Outcome::RedFlag {
        return None;
    }
    let said = history
        .warnings
        .iter()
        .rfind(|warning| warning.message.contains("ends the run"))
        .or(history.warnings.last());
    Some(Fact::RedFlag {
        why: said.map_or_else(String::new, |warning| warning.message.clone()),
    })
}

fn failed(history: &History) -> Option<Fact> {
    let (outcome, ..) = history.sessions.last()?.end?;
    (outcome == Outcome::Failed).then_some(Fact::Failed)
}

fn non_finite(history: &History) -> Option<Fact> {
    let mut steps: Vec<u64> = [names::TRAINING_LOSS, names::GRAD_NORM]
        .into_iter()
        .filter_map(|name| history.steps.get(name))
        .flatten()
        .filter(|point| !point.1.is_finite())
        .map(|point| point.0)
        .collect();
    // What a restart took back is no longer among the steps, but it was told.
    let faults = history.faults.iter();
    steps.extend(
        faults
            .filter(|(_, fault)| {
                matches!(
                    fault.kind,
                    FaultKind::NonFiniteLoss
                        | FaultKind::NonFiniteGradient
                        | FaultKind::NonFiniteTensor
                )
            })
            .map(|(step, _)| *step),
    );
    steps.sort_unstable();
    steps.dedup();
    Some(Fact::NonFinite {
        steps: steps.len() as u64,
        first: *steps.first()?,
        last: *steps.last()?,
    })
}

fn exploding(history: &History) -> Option<Fact> {
    let norms = recent_norms(history);
    let finite: Vec<f64> = norms
        .iter()
        .copied()
        .filter(|norm| norm.is_finite())
        .collect();
    let median = median(&finite)?;
    let above = norms.iter().filter(|norm| **norm > RED_NORM).count() as u64;
    // The first steps of a run have large gradients and are no sign of anything.
    if norms.len() < RECENT || (above < RED_STEPS && median <= LARGE_NORM) {
        return None;
    }
    Some(Fact::Exploding {
        median,
        largest: finite.iter().copied().fold(0.0, f64::max),
        above,
        of: norms.len() as u64,
    })
}

fn not_aligned(history: &History) -> Option<Fact> {
    let diagonality = history.latest(names::ALIGNMENT_DIAGONALITY)?;
    let early = history.early.last().map(|(_, look)| *look);
    let ended = history
        .sessions
        .last()
        .is_some_and(|session| session.end.is_some_and(|end| end.0 == Outcome::Completed));
    let lost = diagonality < NOT_ALIGNED
        && (is_due(history) || early.is_some_and(|look| look.verdict == EarlyVerdict::NotOnItsWay));
    if !(lost || (ended && diagonality < ALIGNED) || diagonality.is_nan()) {
        return None;
    }
    Some(Fact::NotAligned {
        class: history.attention.last().map(|(_, change)| change.to),
        diagonality,
        step: history.last_step,
        early,
        guide_weight: hparam(history, "guide_loss_weight"),
        learning_rate: history.latest(names::LEARNING_RATE),
    })
}

/// Whether attention should be there by now.
pub(super) fn is_due(history: &History) -> bool {
    let start = history.start().and_then(|start| start.max_steps);
    let batch = hparam(history, "batch_size").unwrap_or(USUAL_BATCH);
    let least = DUE_UTTERANCES / batch.max(1.0);
    let due = start.map_or(DUE_STEPS, |max| {
        (DUE_SHARE * max as f64).min(DUE_STEPS).max(least)
    });
    history.last_step as f64 >= due
}

fn gate(history: &History) -> Option<Fact> {
    let accuracy = history.latest(names::GATE_ACCURACY)?;
    let mean = history.latest(names::VALIDATION_GATE_MEAN)?;
    // A gate cannot be judged before there is something to read.
    let reads = history.latest(names::ALIGNMENT_DIAGONALITY)? >= ALIGNED;
    (reads && half_way(history) && accuracy < DEAD_GATE)
        .then_some(Fact::GateDead { accuracy, mean })
}

fn endings(history: &History) -> Option<Fact> {
    if history.latest(names::ALIGNMENT_DIAGONALITY)? < ALIGNED || gate(history).is_some() {
        return None;
    }
    let premature = history.latest(names::FREE_RUNNING_PREMATURE_RATE)?;
    let runaway = history.latest(names::FREE_RUNNING_RUNAWAY_RATE)?;
    if premature.max(runaway) <= BAD_ENDINGS {
        None
    } else if premature > runaway {
        Some(Fact::GatePremature { rate: premature })
    } else {
        Some(Fact::GateRunaway { rate: runaway })
    }
}

/// Whether half of the run is done; a gate is learnt late.
fn half_way(history: &History) -> bool {
    let max = history.start().and_then(|start| start.max_steps);
    max.is_none_or(|max| 2 * history.last_step >= max)
}

fn overfit(history: &History) -> Option<Fact> {
    let smooth = smoothed(history.validations.get(names::VALIDATION_LOSS)?);
    let (index, &(at, best)) = smooth
        .iter()
        .enumerate()
        .min_by(|a, b| a.1.1.total_cmp(&b.1.1))?;
    let now = smooth.last()?.1;
    if smooth.len() - index <= OVERFIT_VALIDATIONS || now < OVERFIT_RISE * best {
        return None;
    }
    let training = smoothed(history.steps.get(names::TRAINING_TACO_LOSS)?);
    let then = training.iter().rev().find(|point| point.0 <= at)?.1;
    (training.last()?.1 < then).then_some(Fact::Overfit { best, at, now })
}

fn bad_transcripts(history: &History) -> Option<Fact> {
    let (_, suspects) = history.suspects.as_ref()?;
    if suspects.proposed == 0 {
        return None;
    }
    let worst = suspects.worst.iter().filter(|suspect| suspect.proposed);
    Some(Fact::BadTranscripts {
        proposed: suspects.proposed,
        measured: suspects.measured,
        worst: worst.map(|suspect| suspect.utterance.clone()).collect(),
    })
}

fn small_corpus(history: &History) -> Option<Fact> {
    let utterances = history.start()?.train_size;
    (utterances < SMALL).then_some(Fact::SmallCorpus { utterances })
}

fn unfinished(history: &History) -> Option<Fact> {
    let session = history.sessions.last()?;
    session.end.is_none().then_some(Fact::Unfinished)
}

/// What is said when nothing is wrong.
fn well(history: &History) -> Fact {
    let aligned = history
        .latest(names::ALIGNMENT_DIAGONALITY)
        .filter(|diagonality| *diagonality >= ALIGNED);
    match aligned {
        Some(diagonality) => Fact::Healthy {
            diagonality,
            quality: history.latest(names::QUALITY_SCORE),
            measured: history.suspects.as_ref().map(|(_, list)| list.measured),
        },
        None => Fact::TooEarly {
            step: history.last_step,
        },
    }
}

/// Gradient norms of the recent steps.
pub(super) fn recent_norms(history: &History) -> Vec<f64> {
    let norms = history.steps.get(names::GRAD_NORM);
    let norms = norms.map_or(&[][..], |series| {
        &series[series.len().saturating_sub(RECENT)..]
    });
    norms.iter().map(|point| point.1).collect()
}

/// A number among the hyper-parameters of the run.
fn hparam(history: &History, name: &str) -> Option<f64> {
    history.start()?.hparams.get(name)?.as_f64()
}

/// A running exponential mean; values that are not finite are left out.
pub(super) fn smoothed(series: &Series) -> Series {
    let mut mean = None;
    let finite = series.iter().filter(|point| point.1.is_finite());
    finite
        .map(|&(step, value)| {
            let next = mean.map_or(value, |mean: f64| mean + NEWEST * (value - mean));
            mean = Some(next);
            (step, next)
        })
        .collect()
}

/// The middle value; `None` of nothing.
pub(super) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

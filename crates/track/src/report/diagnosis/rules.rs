//! From the events of a run to what was found: one function per rule.

use super::{
    super::{
        history::{History, Series},
        verdict::{Call, Verdict},
    },
    Fact, FlagKind, Severity,
    critical::CALM_NORM,
};
use crate::{
    EarlyVerdict, FaultKind, Oddity, Outcome, Suspect,
    flags::{ALIGNED, APPEARED, EXPLOSIONS, Monotony, NORM_STEPS, UNDERSTOOD},
    names,
};

/// Balanced accuracy of a gate that knows nothing.
const DEAD_GATE: f64 = 0.6;
/// Share of sentences that may end wrongly.
const BAD_ENDINGS: f64 = 0.05;
/// Validations after the best one before a rise counts.
const OVERFIT_VALIDATIONS: usize = 5;
/// Rise of the validation loss over its best that counts.
const OVERFIT_RISE: f64 = 1.1;
/// Weight of the newest value in a smoothed series.
const NEWEST: f64 = 0.3;
/// Fewer utterances are too few for a voice from scratch.
const SMALL: u64 = 100;

/// Where texts fit their recordings by so much better than others do, the network's figures alone accuse nobody.
const FITS: f64 = 2.0;

/// Everything that was found, the worst first.
pub(super) fn facts(history: &History, verdict: &Verdict) -> Vec<Fact> {
    let rules: [fn(&History) -> Option<Fact>; 13] = [
        failed,
        non_finite,
        exploding,
        gate,
        endings,
        free_lost,
        mumbles,
        overfit,
        bad_transcripts,
        monotonous,
        small_corpus,
        never_measured,
        unfinished,
    ];
    let mut found: Vec<Fact> = red_flag(history, verdict).into_iter().collect();
    found.extend(not_reading(history, verdict));
    found.extend(rules.into_iter().filter_map(|rule| rule(history)));
    if verdict.call == Call::IgnoresText {
        found.retain(|fact| !follows_from_deafness(fact));
    }
    found.extend(flagged(history, verdict, &found));
    if found.iter().all(|fact| fact.severity() == Severity::Note) {
        found.push(well(history, verdict));
    }
    found.sort_by_key(Fact::severity);
    found
}

/// What a voice that ignores its text has no choice about: to mend it would mend nothing.
fn follows_from_deafness(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::GateDead { .. }
            | Fact::GatePremature { .. }
            | Fact::GateRunaway { .. }
            | Fact::FreeLost { .. }
            | Fact::Mumbles { .. }
            | Fact::Overfit { .. }
            | Fact::BadTranscripts { .. }
    )
}

/// The words with which the run ended itself, without the reasons of earlier restarts: those are told once.
fn red_flag(history: &History, verdict: &Verdict) -> Option<Fact> {
    if verdict.call != Call::StoppedItself {
        return None;
    }
    let said = verdict.why.clone();
    let said = said.or_else(|| Some(history.warnings.last()?.message.clone()));
    let said = said.unwrap_or_default();
    let why = match said.split_once(" restarts in a row: ") {
        Some((before, _)) => before
            .rsplit_once(", after ")
            .map_or(before, |(why, _)| why),
        None => &said,
    };
    Some(Fact::RedFlag {
        why: why.to_owned(),
    })
}

/// Red flags that are raised and that no other finding tells.
fn flagged(history: &History, verdict: &Verdict, found: &[Fact]) -> Vec<Fact> {
    let evidence = &history.evidence;
    let unaligned = |fact: &Fact| matches!(fact, Fact::NotAligned { .. });
    let of = |flag: &FlagKind| match flag {
        FlagKind::LossStalled => Some(Fact::StandsStill {
            steps: evidence.standstill()?.0,
        }),
        FlagKind::Restarts => Some(Fact::Restarts {
            in_a_row: evidence.restarts_in_a_row() as u64,
            limit: evidence.most_restarts() as u64,
        }),
        FlagKind::Diagonality if !found.iter().any(unaligned) => not_aligned(history),
        FlagKind::Diagonality | FlagKind::GradientNorm => None,
    };
    verdict.raised.iter().filter_map(of).collect()
}

fn failed(history: &History) -> Option<Fact> {
    let (outcome, ..) = history.sessions.last()?.end?;
    (outcome == Outcome::Failed).then_some(Fact::Failed)
}

fn non_finite(history: &History) -> Option<Fact> {
    let trained = [names::TRAINING_LOSS, names::GRAD_NORM]
        .into_iter()
        .filter_map(|name| history.steps.get(name));
    let mut steps: Vec<u64> = trained
        .chain(history.validations.get(names::VALIDATION_LOSS))
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
    let norms = history.evidence.norms();
    let settings = history.evidence.settings();
    let calm = settings
        .configured("gradient_norm_threshold")
        .unwrap_or(CALM_NORM);
    let median = norms.median.filter(|median| median.is_finite())?;
    // The first steps of a run have large gradients and are no sign of anything.
    let is_high =
        norms.of >= NORM_STEPS as u64 && (median > calm || norms.bad >= EXPLOSIONS as u64);
    (is_high || norms.explode == Some(true)).then_some(Fact::Exploding {
        median,
        largest: norms.largest,
        above: norms.bad,
        of: norms.of,
    })
}

/// Attention that did not come, or that comes without the text.
fn not_reading(history: &History, verdict: &Verdict) -> Option<Fact> {
    let diagonality = history.evidence.latest(names::ALIGNMENT_DIAGONALITY)?;
    if verdict.call == Call::IgnoresText {
        return Some(Fact::TextIgnored {
            gain: history.evidence.text_gain()?,
            diagonality,
        });
    }
    let early = history.early.last().map(|(_, look)| *look);
    let ended = matches!(
        history.evidence.outcome,
        Some(Outcome::Completed | Outcome::StoppedEarly)
    );
    let settings = history.evidence.settings();
    let threshold = settings.configured("attention_diagonality_threshold");
    let is_early = early.is_some_and(|look| look.verdict == EarlyVerdict::NotOnItsWay);
    let lost =
        diagonality < threshold.unwrap_or(APPEARED) && (history.evidence.is_due() || is_early);
    (lost || (ended && diagonality < ALIGNED) || diagonality.is_nan())
        .then(|| not_aligned(history))
        .flatten()
}

fn not_aligned(history: &History) -> Option<Fact> {
    let settings = history.evidence.settings();
    let guided = settings.is_on("use_guided_attn");
    Some(Fact::NotAligned {
        class: history.attention.last().map(|(_, change)| change.to),
        diagonality: history.evidence.latest(names::ALIGNMENT_DIAGONALITY)?,
        step: history.last_step,
        early: history.early.last().map(|(_, look)| *look),
        guide_weight: settings
            .number("guide_loss_weight")
            .filter(|_| guided != Some(false)),
        guided,
        learning_rate: history.latest(names::LEARNING_RATE),
    })
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

/// Attention that holds with the recording's help and not without.
fn free_lost(history: &History) -> Option<Fact> {
    let diagonality = history.latest(names::FREE_RUNNING_DIAGONALITY)?;
    let reads = history.latest(names::ALIGNMENT_DIAGONALITY)? >= ALIGNED;
    (reads && (diagonality.is_nan() || diagonality < ALIGNED))
        .then_some(Fact::FreeLost { diagonality })
}

/// Attention that holds without help over speech that nobody understands; sound is learnt after attention, so half of the
/// run is waited for.
fn mumbles(history: &History) -> Option<Fact> {
    let intelligibility = history.latest(names::FREE_RUNNING_INTELLIGIBILITY)?;
    let keeps_its_place = history.latest(names::FREE_RUNNING_DIAGONALITY)? >= ALIGNED;
    (keeps_its_place && half_way(history) && intelligibility < UNDERSTOOD).then_some(
        Fact::Mumbles {
            intelligibility,
            variance_ratio: history.latest(names::FREE_RUNNING_VARIANCE_RATIO),
        },
    )
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
    let proposed = || suspects.worst.iter().filter(|suspect| suspect.proposed);
    let worst: Vec<String> = proposed()
        .filter(|suspect| is_accused(suspect))
        .map(|suspect| suspect.utterance.clone())
        .collect();
    let acquitted = proposed().count() - worst.len();
    (!worst.is_empty()).then(|| Fact::BadTranscripts {
        proposed: suspects.proposed.saturating_sub(acquitted as u64),
        measured: suspects.measured,
        worst,
    })
}

/// Whether two signs agree: one figure that is far from the rest accuses nobody, least of all where the text fits its
/// recording clearly better than other texts do.
fn is_accused(suspect: &Suspect) -> bool {
    let misfits = suspect.because.contains(&Oddity::Text);
    let fits = suspect.text_fit.is_none_or(|fit| fit >= FITS);
    let signs = suspect.because.len();
    misfits || signs >= 2 || (!fits && signs == 1)
}

fn never_measured(history: &History) -> Option<Fact> {
    let is_measured = history.latest(names::ALIGNMENT_DIAGONALITY).is_some();
    let completed = matches!(
        history.evidence.outcome,
        Some(Outcome::Completed | Outcome::StoppedEarly)
    );
    (completed && !is_measured).then(|| Fact::NeverMeasured {
        step: history.last_step,
        every: history
            .evidence
            .settings()
            .configured("validation_freq")
            .map(|every| every as u64),
    })
}

fn monotonous(history: &History) -> Option<Fact> {
    let mut said = history.warnings.iter().rev();
    let found = said.find_map(|warning| Monotony::read(&warning.message))?;
    Some(Fact::Monotonous {
        utterances: found.utterances,
        texts: found.texts,
        recordings: found.recordings,
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
fn well(history: &History, verdict: &Verdict) -> Fact {
    let diagonality = history.latest(names::ALIGNMENT_DIAGONALITY);
    let reads = matches!(verdict.call, Call::Speaks | Call::Follows | Call::Aligned);
    match diagonality.filter(|_| reads) {
        Some(diagonality) => Fact::Healthy {
            diagonality,
            intelligibility: history.latest(names::FREE_RUNNING_INTELLIGIBILITY),
            quality: history.latest(names::QUALITY_SCORE),
            measured: history.suspects.as_ref().map(|(_, list)| list.measured),
        },
        None => Fact::TooEarly {
            step: history.last_step,
        },
    }
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

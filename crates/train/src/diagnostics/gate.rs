//! Does the gate stop where the speech ends?
//!
//! A gate that never fires is right about 599 frames of 600. So accuracy and mean weigh the one
//! frame that ends an utterance as much as all the others together.

use serde::Serialize;

use super::view::{AlignmentView, argmax, mean};

/// Frames by which a stop may always miss the end.
const TOLERANCE_FRAMES: f64 = 3.0;
/// Share of the utterance by which a stop may miss its end.
const TOLERANCE_SHARE: f64 = 0.02;
/// Symbols that may always be left unread.
const UNREAD_SYMBOLS: f64 = 2.0;
/// Share of the symbols that may be left unread.
const UNREAD_SHARE: f64 = 0.05;
/// Seconds on the last symbol after which an utterance should have ended.
const DWELL_S: f64 = 0.5;

/// The gate of one utterance, teacher-forced: the logits of its true decoder steps, the last of
/// which ends it.
#[derive(Debug, Clone, Copy)]
pub struct GateView<'a> {
    /// One logit per decoder step. NaN counts as "do not stop".
    pub logits: &'a [f32],
    /// Frames per step.
    pub frames_per_step: usize,
}

/// What the gate is like over several utterances.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct GateMetrics {
    /// Balanced accuracy: 0.5 is chance, above 0.8 is good.
    pub accuracy: f64,
    /// Share of steps that are right; says little, see the module.
    pub accuracy_raw: f64,
    /// Balanced mean of the stop probability: 0.5 when right, and also when it always says 0.5.
    pub mean: f64,
    /// Its standard deviation under the same weights: tells those two apart.
    pub std: f64,
    /// Of the utterances that were stopped, the share stopped at the right place.
    pub precision: f64,
    /// Of all utterances, the share stopped at the right place.
    pub recall: f64,
    /// Harmonic mean of `precision` and `recall`.
    pub f1: f64,
    /// Mean distance of the stop from the end, in frames; `None` when nothing was stopped.
    pub stop_error_frames: Option<f64>,
    /// Share of utterances stopped too early.
    pub premature_stop_rate: f64,
    /// Share of utterances never stopped.
    pub runaway_rate: f64,
    /// `premature_stop_rate + runaway_rate`.
    pub stop_failure_rate: f64,
}

/// One utterance's gate against a threshold.
struct Judged {
    ends: bool,
    last: f64,
    others: Sums,
    stop: Stop,
}

/// Over the steps that do not end an utterance.
#[derive(Default)]
struct Sums {
    count: f64,
    quiet: f64,
    probability: f64,
    square: f64,
}

enum Stop {
    Never,
    At { error_frames: f64, tolerance: f64 },
}

/// Measures teacher-forced gates; `None` when no utterance has a step.
///
/// # Units
/// `threshold` is a probability.
#[must_use]
pub fn gate(utterances: &[GateView<'_>], threshold: f64) -> Option<GateMetrics> {
    let judged: Vec<Judged> = utterances
        .iter()
        .filter_map(|view| judge(view, threshold))
        .collect();
    if judged.is_empty() {
        return None;
    }
    let share = |holds: fn(&Judged) -> bool| {
        judged.iter().filter(|one| holds(one)).count() as f64 / judged.len() as f64
    };
    let hit = share(|one| one.stop.hits());
    let stopped = share(|one| matches!(one.stop, Stop::At { .. }));
    let premature = share(|one| one.stop.is_premature());
    let runaway = share(|one| matches!(one.stop, Stop::Never));
    let errors = judged.iter().filter_map(|one| one.stop.error());
    let precision = ratio(hit, stopped);
    let balance = Balance::of(&judged);
    Some(GateMetrics {
        accuracy: balance.accuracy,
        accuracy_raw: balance.accuracy_raw,
        mean: balance.mean,
        std: balance.std,
        precision,
        recall: hit,
        f1: ratio(2.0 * precision * hit, precision + hit),
        stop_error_frames: (stopped > 0.0).then(|| mean(errors.map(f64::abs))),
        premature_stop_rate: premature,
        runaway_rate: runaway,
        stop_failure_rate: premature + runaway,
    })
}

/// How wrong one utterance's gate is: the mean of the probability that it does not end at its last
/// step and of the mean probability that it ends at an earlier one. 0 is right, 0.5 is chance;
/// `None` without a step.
#[must_use]
pub fn gate_error(logits: &[f32]) -> Option<f64> {
    let (last, others) = logits.split_last()?;
    let missed = 1.0 - probability(*last);
    if others.is_empty() {
        return Some(missed);
    }
    Some(0.5 * (missed + mean(others.iter().map(|logit| probability(*logit)))))
}

fn judge(view: &GateView<'_>, threshold: f64) -> Option<Judged> {
    let (last, others) = view.logits.split_last()?;
    let mut sums = Sums::default();
    for logit in others {
        let p = probability(*logit);
        sums.count += 1.0;
        sums.quiet += f64::from(u8::from(p <= threshold));
        sums.probability += p;
        sums.square += p * p;
    }
    let frames_per_step = view.frames_per_step.max(1) as f64;
    let fired = view
        .logits
        .iter()
        .position(|logit| probability(*logit) > threshold);
    let stop = match fired {
        None => Stop::Never,
        Some(step) => Stop::At {
            error_frames: (step as f64 - others.len() as f64) * frames_per_step,
            tolerance: (TOLERANCE_SHARE * view.logits.len() as f64 * frames_per_step)
                .max(TOLERANCE_FRAMES),
        },
    };
    let last = probability(*last);
    Some(Judged {
        ends: last > threshold,
        last,
        others: sums,
        stop,
    })
}

impl Stop {
    fn error(&self) -> Option<f64> {
        match self {
            Self::Never => None,
            Self::At { error_frames, .. } => Some(*error_frames),
        }
    }

    fn hits(&self) -> bool {
        matches!(self, Self::At { error_frames, tolerance } if error_frames.abs() <= *tolerance)
    }

    fn is_premature(&self) -> bool {
        matches!(self, Self::At { error_frames, tolerance } if *error_frames < -tolerance)
    }
}

/// Steps that end and steps that do not, each kind with half of the weight.
struct Balance {
    accuracy: f64,
    accuracy_raw: f64,
    mean: f64,
    std: f64,
}

impl Balance {
    fn of(judged: &[Judged]) -> Self {
        let utterances = judged.len() as f64;
        let of_last = |value: fn(&Judged) -> f64| judged.iter().map(value).sum::<f64>();
        let of_others =
            |value: fn(&Sums) -> f64| judged.iter().map(|one| value(&one.others)).sum::<f64>();
        let ended = of_last(|one| f64::from(u8::from(one.ends)));
        let (count, quiet) = (of_others(|sums| sums.count), of_others(|sums| sums.quiet));
        // Utterances of a single step have no other steps; then the ends alone are judged.
        let half = |ends: f64, others: f64| {
            if count > 0.0 {
                0.5 * (ends / utterances + others / count)
            } else {
                ends / utterances
            }
        };
        let mean = half(of_last(|one| one.last), of_others(|sums| sums.probability));
        let square = half(
            of_last(|one| one.last * one.last),
            of_others(|sums| sums.square),
        );
        Self {
            accuracy: half(ended, quiet),
            accuracy_raw: (ended + quiet) / (utterances + count),
            mean,
            std: (square - mean * mean).max(0.0).sqrt(),
        }
    }
}

/// One utterance as it was synthesised, free-running.
#[derive(Debug, Clone, Copy)]
pub struct FreeRunView<'a> {
    /// Its attention up to the stop.
    pub alignment: AlignmentView<'a>,
    /// Whether the gate ended it, not a limit or a guard.
    pub stopped_by_gate: bool,
    /// Frames per step.
    pub frames_per_step: usize,
    /// Frames per second of sound.
    pub frame_rate: f64,
}

/// How synthesis ends over several utterances.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FreeRunMetrics {
    /// Share that stopped with text left to read.
    pub premature_stop_rate: f64,
    /// Share that had to be stopped, or stayed on the last symbol for over half a second.
    pub runaway_rate: f64,
    /// `premature_stop_rate + runaway_rate`.
    pub stop_failure_rate: f64,
}

/// How one utterance ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// By itself, at the end of its text.
    Right,
    /// By itself, with text left to read.
    Premature,
    /// Not by itself, or late.
    Runaway,
}

/// Measures how free-running synthesis ends; `None` of nothing.
#[must_use]
pub fn free_run(utterances: &[FreeRunView<'_>]) -> Option<FreeRunMetrics> {
    if utterances.is_empty() {
        return None;
    }
    let endings: Vec<Ending> = utterances.iter().map(ending).collect();
    let share = |wanted: Ending| {
        endings.iter().filter(|one| **one == wanted).count() as f64 / endings.len() as f64
    };
    let (premature, runaway) = (share(Ending::Premature), share(Ending::Runaway));
    Some(FreeRunMetrics {
        premature_stop_rate: premature,
        runaway_rate: runaway,
        stop_failure_rate: premature + runaway,
    })
}

/// How one free-running utterance ended. One that is too short to have an alignment ended
/// [`Ending::Premature`].
#[must_use]
pub fn ending(view: &FreeRunView<'_>) -> Ending {
    if !view.stopped_by_gate {
        return Ending::Runaway;
    }
    let Some(rows) = view.alignment.rows() else {
        return Ending::Premature;
    };
    let path: Vec<usize> = rows.iter().map(|row| argmax(row)).collect();
    let last = view.alignment.symbols - 1;
    let dwell_s = longest_stay(&path, last) as f64 * view.frames_per_step.max(1) as f64
        / view.frame_rate.max(1.0);
    if dwell_s > DWELL_S {
        return Ending::Runaway;
    }
    let unread = (last - path[path.len() - 1]) as f64;
    if unread > UNREAD_SYMBOLS.max(UNREAD_SHARE * view.alignment.symbols as f64) {
        Ending::Premature
    } else {
        Ending::Right
    }
}

/// The most steps in a row on `symbol`.
fn longest_stay(path: &[usize], symbol: usize) -> usize {
    path.split(|place| *place != symbol)
        .map(<[usize]>::len)
        .max()
        .unwrap_or(0)
}

fn probability(logit: f32) -> f64 {
    if logit.is_nan() {
        return 0.0;
    }
    1.0 / (1.0 + (-f64::from(logit)).exp())
}

/// 0 of nothing.
fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

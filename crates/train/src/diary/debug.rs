//! The debug report: everything that is known of a run at one step, for whoever looks for a fault.

mod text;
mod words;

use std::{
    cell::RefCell,
    collections::{BTreeMap, VecDeque},
    fs,
    io::Write as _,
    time::Instant,
};

use diktor_track::{EventKind, in_words, names, report::ReportLocale, short_figure};
use serde::Serialize;

use super::{
    Diary,
    system::{self, Machine},
};
use crate::{
    Hparams, Knobs, StepReport, TrainError,
    control::Alarms,
    data::StepBatch,
    diagnostics::{AttentionMetrics, Collapse, problems},
    optim::{GradientFigures, module_of},
};

/// Values of each figure that are remembered.
const REMEMBERED: usize = 100;
/// Values a trend is made of.
const TREND: usize = 20;
/// Slopes within this are no trend.
const DEAD_ZONE: f64 = 0.01;
/// Steps in the table at the end.
const TABLE: usize = 50;
/// Layers with the largest gradients that are named.
const TOP_LAYERS: usize = 5;
/// Decisions that are remembered.
const DECISIONS: usize = 20;
/// Gradients of 16 bits would need one.
const LOSS_SCALER: &str = "off, gradients are f32";
/// Columns of that table.
const COLUMNS: [&str; 5] = [
    names::TRAINING_LOSS,
    names::TRAINING_TACO_LOSS,
    names::TRAINING_GUIDE_LOSS,
    names::GRAD_NORM,
    names::LEARNING_RATE,
];

/// What is remembered between two reports of a session.
#[derive(Debug)]
pub(super) struct Notes {
    began: Instant,
    figures: BTreeMap<String, VecDeque<(u64, f64)>>,
    /// Step and event of the newest decisions.
    decisions: VecDeque<(u64, EventKind)>,
}

impl Default for Notes {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            figures: BTreeMap::new(),
            decisions: VecDeque::new(),
        }
    }
}

impl Notes {
    /// Remembers what an event says.
    pub(super) fn note(notes: &RefCell<Self>, step: u64, kind: &EventKind) {
        let mut notes = notes.borrow_mut();
        match kind {
            EventKind::Step { metrics } | EventKind::Validation { metrics } => {
                for (name, value) in metrics {
                    let series = notes.figures.entry(name.clone()).or_default();
                    if series.len() == REMEMBERED {
                        series.pop_front();
                    }
                    series.push_back((step, *value));
                }
            }
            EventKind::Intervention(_)
            | EventKind::Refused { .. }
            | EventKind::Phase { .. }
            | EventKind::Verdict(_)
            | EventKind::Fault(_)
            | EventKind::Restart(_) => notes.decide(step, kind),
            _ => (),
        }
    }

    fn decide(&mut self, step: u64, kind: &EventKind) {
        if self.decisions.len() == DECISIONS {
            self.decisions.pop_front();
        }
        self.decisions.push_back((step, kind.clone()));
    }

    /// The newest value of every figure.
    fn newest_of_all(&self) -> BTreeMap<String, f64> {
        let newest = |series: &VecDeque<(u64, f64)>| Some(series.back()?.1);
        self.figures
            .iter()
            .filter_map(|(name, series)| Some((name.clone(), newest(series)?)))
            .collect()
    }

    fn newest(&self, name: &str) -> Option<f64> {
        Some(self.figures.get(name)?.back()?.1)
    }
}

/// One report.
#[derive(Debug, Serialize)]
struct DebugReport<'a> {
    step: u64,
    epoch: u64,
    hours: f64,
    steps_per_second: f64,
    losses: BTreeMap<&'a str, Trend>,
    knobs: &'a Knobs,
    attention: Option<Attention>,
    gradients: Gradients,
    factors: Factors,
    data: Data,
    machine: Machine,
    /// What is out of bounds, each in an English sentence of the run.
    issues: Vec<String>,
    decisions: Vec<String>,
    #[serde(skip)]
    happened: Vec<&'a (u64, EventKind)>,
    last_steps: Vec<(u64, Vec<f64>)>,
}

/// The newest values of one figure.
#[derive(Debug, Serialize)]
struct Trend {
    now: f64,
    min: f64,
    max: f64,
    mean: f64,
    /// Per step.
    slope: f64,
    direction: Direction,
    size: Size,
}

/// Which way a figure goes.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Direction {
    Rising,
    Falling,
    Level,
}

/// How large a loss is.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Size {
    VeryHigh,
    High,
    VeryLow,
    Usual,
}

/// What the norm of the gradient is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum GradientState {
    NotFinite,
    Explosion,
    Vanishing,
    Usual,
}

#[derive(Debug, Serialize)]
struct Attention {
    mean: AttentionMetrics,
    worst: String,
    worst_class: Collapse,
    worst_figures: AttentionMetrics,
}

#[derive(Debug, Serialize)]
struct Gradients {
    norm: f64,
    clip: f64,
    /// Share of the remembered steps that were clipped.
    clipped: f64,
    status: GradientState,
    modules: BTreeMap<String, f64>,
    largest: Vec<(String, f64)>,
    /// Share of all elements.
    zeros: f64,
    not_finite: Vec<String>,
}

/// What multiplies the loss or parts of its gradient.
#[derive(Debug, Serialize)]
struct Factors {
    loss_scaler: &'static str,
    /// Of the mutual-information term; `None` where it is off or has no factor.
    gaf: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Data {
    utterances: usize,
    longest_frames: usize,
    /// Share of the frames of the batch.
    padding: f64,
}

/// What a report is made of besides what the diary remembers.
pub(crate) struct Seen<'a> {
    /// Steps finished.
    pub(crate) step: u64,
    /// The values of all knobs.
    pub(crate) knobs: &'a Knobs,
    /// What the step was made on.
    pub(crate) batch: &'a StepBatch,
    /// What came of it.
    pub(crate) report: &'a StepReport,
    /// With the limits of the alarms.
    pub(crate) hparams: &'a Hparams,
}

impl Diary {
    /// Writes `reports/debug_<step>.txt` and a line of `reports/debug.jsonl`.
    pub(crate) fn debug(&self, seen: &Seen<'_>) {
        let step = seen.step;
        let notes = self.notes.borrow();
        let machine = system::machine(&self.run_dir);
        let found = DebugReport::new(&notes, seen, machine);
        let page = text::text(&found, self.voice.locale);
        let folder = self.run_dir.join("reports");
        let written = fs::create_dir_all(&folder)
            .and_then(|()| {
                fs::write(folder.join(format!("debug_{step:08}.txt")), page)?;
                let lines = folder.join("debug.jsonl");
                let mut lines = fs::File::options().create(true).append(true).open(lines)?;
                writeln!(lines, "{}", serde_json::to_string(&found)?)
            })
            .map_err(TrainError::io(&folder));
        drop(notes);
        if let Err(error) = written {
            let message = format!("the debug report cannot be written: {error}");
            self.warn(step, message, Some("is the disk full?"));
        }
    }
}

impl<'a> DebugReport<'a> {
    fn new(notes: &'a Notes, seen: &Seen<'a>, machine: Machine) -> Self {
        let losses = notes
            .figures
            .iter()
            .filter(|(name, _)| name.starts_with("training."));
        let seconds = notes.newest(names::PERF_STEP_SECONDS).unwrap_or(f64::NAN);
        let attention = Attention::new(seen.report);
        let happened: Vec<&(u64, EventKind)> = notes.decisions.iter().collect();
        let in_english = |(step, kind): &&(u64, EventKind)| {
            Some(format!(
                "step {step}: {}",
                in_words(kind, ReportLocale::En)?
            ))
        };
        Self {
            step: seen.step,
            epoch: notes.newest(names::EPOCH).unwrap_or(0.0) as u64,
            hours: notes.began.elapsed().as_secs_f64() / 3600.0,
            steps_per_second: 1.0 / seconds,
            losses: losses
                .filter_map(|(name, series)| Some((name.as_str(), Trend::of(series)?)))
                .collect(),
            knobs: seen.knobs,
            gradients: Gradients::new(notes, seen.knobs, &seen.report.gradients),
            factors: Factors {
                loss_scaler: LOSS_SCALER,
                gaf: notes.newest(names::CONTROL_GAF),
            },
            data: Data::of(seen.batch),
            machine,
            issues: issues(notes, attention.as_ref(), seen.hparams),
            attention,
            decisions: happened.iter().filter_map(in_english).collect(),
            happened,
            last_steps: last_steps(notes),
        }
    }
}

impl Trend {
    fn of(series: &VecDeque<(u64, f64)>) -> Option<Self> {
        let from = series.len().saturating_sub(TREND);
        let recent: Vec<f64> = series.iter().skip(from).map(|point| point.1).collect();
        let now = *recent.last()?;
        let count = recent.len() as f64;
        let mean = recent.iter().sum::<f64>() / count;
        let centre = (count - 1.0) / 2.0;
        let (mut rise, mut run) = (0.0, 0.0);
        for (place, value) in recent.iter().enumerate() {
            let away = place as f64 - centre;
            rise += away * (value - mean);
            run += away * away;
        }
        let slope = if run > 0.0 { rise / run } else { 0.0 };
        Some(Self {
            now,
            min: recent.iter().copied().fold(f64::INFINITY, f64::min),
            max: recent.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            mean,
            slope,
            direction: match slope {
                slope if slope > DEAD_ZONE => Direction::Rising,
                slope if slope < -DEAD_ZONE => Direction::Falling,
                _ => Direction::Level,
            },
            size: match now {
                now if now > 10.0 => Size::VeryHigh,
                now if now > 5.0 => Size::High,
                now if now < 0.1 => Size::VeryLow,
                _ => Size::Usual,
            },
        })
    }
}

impl Attention {
    fn new(report: &StepReport) -> Option<Self> {
        let all: Vec<(&str, AttentionMetrics)> = report
            .utterances
            .iter()
            .filter_map(|one| Some((one.id.as_str(), one.attention?)))
            .collect();
        let metrics: Vec<AttentionMetrics> = all.iter().map(|(_, metrics)| *metrics).collect();
        let mean = AttentionMetrics::mean(&metrics)?;
        let (worst, figures) = all
            .iter()
            .min_by(|a, b| a.1.alignment_score.total_cmp(&b.1.alignment_score))?;
        Some(Self {
            mean,
            worst: (*worst).to_owned(),
            worst_class: figures.collapse(),
            worst_figures: *figures,
        })
    }
}

impl Gradients {
    fn new(notes: &Notes, knobs: &Knobs, census: &[GradientFigures]) -> Self {
        let norms = notes.figures.get(names::GRAD_NORM);
        let clip = knobs.grad_clip_thresh;
        let clipped = norms.map_or(0.0, |norms| {
            norms.iter().filter(|point| point.1 > clip).count() as f64 / norms.len().max(1) as f64
        });
        let norm = notes.newest(names::GRAD_NORM).unwrap_or(f64::NAN);
        let mut squares: BTreeMap<String, f64> = BTreeMap::new();
        for one in census {
            *squares.entry(module_of(&one.name)).or_default() += one.norm * one.norm;
        }
        let mut largest: Vec<(String, f64)> = census
            .iter()
            .map(|one| (one.name.clone(), one.norm))
            .collect();
        largest.sort_by(|a, b| b.1.total_cmp(&a.1));
        largest.truncate(TOP_LAYERS);
        let numbers: u64 = census.iter().map(|one| one.numbers).sum();
        let zeros: u64 = census.iter().map(|one| one.zeros).sum();
        let broken = census.iter().filter(|one| !one.norm.is_finite());
        Self {
            norm,
            clip,
            clipped,
            status: match norm {
                norm if !norm.is_finite() => GradientState::NotFinite,
                norm if norm > 10.0 => GradientState::Explosion,
                norm if norm < 1e-6 => GradientState::Vanishing,
                _ => GradientState::Usual,
            },
            modules: squares
                .into_iter()
                .map(|(name, square)| (name, square.sqrt()))
                .collect(),
            largest,
            zeros: zeros as f64 / numbers.max(1) as f64,
            not_finite: broken.map(|one| one.name.clone()).collect(),
        }
    }
}

impl Data {
    fn of(batch: &StepBatch) -> Self {
        let frames: usize = batch
            .parts
            .iter()
            .map(|part| part.size() * part.frames())
            .sum();
        let lengths = batch.parts.iter().flat_map(|part| &part.mel_lengths);
        Self {
            utterances: batch.parts.iter().map(diktor_model::Batch::size).sum(),
            longest_frames: lengths.copied().max().unwrap_or(0),
            padding: 1.0 - batch.true_frames() as f64 / frames.max(1) as f64,
        }
    }
}

/// Everything that is out of bounds: of the batch, and what the alarms would say of the newest figures, whether or not it
/// is time for them.
fn issues(notes: &Notes, attention: Option<&Attention>, hparams: &Hparams) -> Vec<String> {
    let of_batch = attention.map_or_else(Vec::new, |attention| problems(&attention.mean));
    let of_batch = of_batch.into_iter().map(|one| {
        format!(
            "attention of the batch: {} ({}, limit {}); {}",
            one.problem,
            short_figure(one.value),
            short_figure(one.limit),
            one.action
        )
    });
    let norms = notes.figures.get(names::GRAD_NORM).into_iter().flatten();
    let norms: Vec<f64> = norms.map(|point| point.1).collect();
    let alarms = Alarms::from_hparams(hparams);
    let alarms = alarms.out_of_bounds(&norms, &notes.newest_of_all());
    let alarms = alarms
        .into_iter()
        .map(|(message, hint)| format!("{message}; {hint}"));
    of_batch.chain(alarms).collect()
}

fn last_steps(notes: &Notes) -> Vec<(u64, Vec<f64>)> {
    let Some(losses) = notes.figures.get(names::TRAINING_LOSS) else {
        return Vec::new();
    };
    let value = |name: &str, step: u64| {
        let series = notes.figures.get(name)?;
        let point = series.iter().rev().find(|point| point.0 == step)?;
        Some(point.1)
    };
    losses
        .iter()
        .skip(losses.len().saturating_sub(TABLE))
        .map(|&(step, _)| {
            let row = COLUMNS
                .iter()
                .map(|name| value(name, step).unwrap_or(f64::NAN));
            (step, row.collect())
        })
        .collect()
}

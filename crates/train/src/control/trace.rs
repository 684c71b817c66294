//! Recorded traces for the tests of controllers: a run that is only its figures.

use std::collections::BTreeMap;

use diktor_track::{
    Outcome, Phase, VerdictRecord, names,
    report::{self, ReportLocale},
};

use super::{Controller, Moment, RunView};
use crate::{Hparams, Intervention, Knob, Knobs, StepReport};

/// What one step of a trace measures.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figures {
    pub(super) norm: f64,
    /// Training taco loss, also the mel error.
    pub(super) loss: f64,
    pub(super) diagonality: f64,
    pub(super) coverage: f64,
    pub(super) accuracy: f64,
    pub(super) text_gain: f64,
    pub(super) premature: f64,
    pub(super) runaway: f64,
    pub(super) intelligibility: f64,
    /// Validation loss, also its mel error.
    pub(super) validation: f64,
}

/// A run in which nothing is wrong.
pub(super) const HEALTHY: Figures = Figures {
    norm: 1.0,
    loss: 0.5,
    diagonality: 0.9,
    coverage: 0.95,
    accuracy: 0.9,
    text_gain: 0.3,
    premature: 0.0,
    runaway: 0.0,
    intelligibility: 0.95,
    validation: 0.6,
};

/// What came of a trace.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Story {
    /// Step, knob, old and new value of every change.
    pub(super) turns: Vec<(u64, Knob, f64, f64)>,
    pub(super) verdicts: Vec<(u64, VerdictRecord)>,
    pub(super) phases: Vec<(u64, Phase)>,
    pub(super) warnings: Vec<(u64, String)>,
    pub(super) end: Option<(u64, Outcome, String)>,
}

impl Story {
    /// The changes of one knob.
    pub(super) fn turns_of(&self, knob: Knob) -> Vec<(u64, f64, f64)> {
        let of_knob = self.turns.iter().filter(|turn| turn.1 == knob);
        of_knob
            .map(|(step, _, old, new)| (*step, *old, *new))
            .collect()
    }
}

/// Steps from one light validation to the next, and from one full one to the next.
pub(super) const LIGHT: u64 = 50;
pub(super) const FULL: u64 = 500;
/// Steps of an epoch.
pub(super) const EPOCH: u64 = 100;

/// Plays the figures of a run to controllers, as the engine would, and writes down what they do.
pub(super) struct Player {
    pub(super) controllers: Vec<Box<dyn Controller>>,
    pub(super) knobs: Knobs,
    pub(super) phase: Phase,
    pub(super) step: u64,
    pub(super) max_steps: u64,
    pub(super) story: Story,
}

impl Player {
    pub(super) fn new(hparams: &Hparams, controllers: Vec<Box<dyn Controller>>) -> Self {
        let mut player = Self {
            controllers,
            knobs: Knobs::from_hparams(hparams),
            phase: Phase::default(),
            step: 0,
            max_steps: u64::MAX,
            story: Story::default(),
        };
        player.consult(Moment::Start);
        player
    }

    /// Plays until `end`, or until somebody stops the run.
    pub(super) fn play(&mut self, end: u64, figures: impl Fn(u64, &Knobs) -> Figures) {
        while self.step < end && self.story.end.is_none() {
            let found = figures(self.step, &self.knobs);
            let report = StepReport {
                metrics: step_metrics(&found, &self.knobs),
                ..StepReport::default()
            };
            self.step += 1;
            self.consult(Moment::Step(&report));
            let metrics = validation_metrics(&found);
            if self.step.is_multiple_of(FULL) {
                self.consult(Moment::Validated(&metrics));
            } else if self.step.is_multiple_of(LIGHT) {
                self.consult(Moment::Checked(&metrics));
            }
        }
    }

    fn consult(&mut self, moment: Moment<'_>) {
        for index in 0..self.controllers.len() {
            let view = RunView {
                step: self.step,
                max_steps: self.max_steps,
                epoch: self.step / EPOCH,
                phase: self.phase,
                knobs: &self.knobs,
                moment,
            };
            for wish in self.controllers[index].decide(&view) {
                self.apply(wish);
            }
        }
    }

    fn apply(&mut self, wish: Intervention) {
        match wish {
            Intervention::Set {
                knob,
                value,
                why: said,
            }
            | Intervention::Follow {
                knob,
                value,
                regime: said,
            } => {
                assert_has_words(&said);
                assert_eq!(knob.objection(value), None);
                let old = self.knobs.get(knob);
                self.knobs.set(knob, value);
                if old != value {
                    self.story.turns.push((self.step, knob, old, value));
                }
            }
            Intervention::Enter { phase, why } => {
                assert_has_words(&why);
                assert_ne!(phase, self.phase);
                self.phase = phase;
                self.story.phases.push((self.step, phase));
            }
            Intervention::Judge(verdict) => self.story.verdicts.push((self.step, verdict)),
            Intervention::Warn { message, hint } => {
                assert_has_words(&message);
                assert_has_words(hint);
                self.story.warnings.push((self.step, message));
            }
            Intervention::Tell(_) | Intervention::Restart(_) => {
                panic!("a trace plants no faults: {wish:?}")
            }
            Intervention::Stop { outcome, why } => {
                self.story.end = Some((self.step, outcome, why));
            }
        }
    }
}

/// A report can be in any of its languages, so each must have what a controller says.
fn assert_has_words(said: &str) {
    for locale in [ReportLocale::En, ReportLocale::Ru] {
        assert!(report::knows(said, locale), "{locale:?} lacks: {said}");
    }
}

fn named<const N: usize>(figures: [(&str, f64); N]) -> BTreeMap<String, f64> {
    figures
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}

fn step_metrics(found: &Figures, knobs: &Knobs) -> BTreeMap<String, f64> {
    let attention = 0.3 * (1.0 - found.diagonality) * knobs.guide_loss_weight;
    named([
        (names::GRAD_NORM, found.norm),
        (names::TRAINING_TACO_LOSS, found.loss),
        (names::TRAINING_ATTEN_LOSS, attention),
        (names::TRAINING_LOSS, found.loss + attention),
        (names::TRAINING_MEL_LOSS, 0.5 * found.loss),
        (names::TRAINING_MEL_POST_LOSS, 0.5 * found.loss),
    ])
}

fn validation_metrics(found: &Figures) -> BTreeMap<String, f64> {
    named([
        (names::ALIGNMENT_DIAGONALITY, found.diagonality),
        (names::ALIGNMENT_COVERAGE, found.coverage),
        (names::VALIDATION_ALIGNMENT_SCORE, found.diagonality),
        (names::GATE_ACCURACY, found.accuracy),
        (names::ALIGNMENT_TEXT_GAIN, found.text_gain),
        (names::VALIDATION_GATE_MEAN, 0.5),
        (names::VALIDATION_GATE_STD, found.accuracy - 0.5),
        (names::FREE_RUNNING_PREMATURE_RATE, found.premature),
        (names::FREE_RUNNING_RUNAWAY_RATE, found.runaway),
        (
            names::FREE_RUNNING_STOP_FAILURE_RATE,
            found.premature + found.runaway,
        ),
        (names::FREE_RUNNING_INTELLIGIBILITY, found.intelligibility),
        (names::VALIDATION_LOSS, found.validation),
        (names::VALIDATION_MEL_LOSS, 0.5 * found.validation),
        (names::VALIDATION_MEL_POST_LOSS, 0.5 * found.validation),
    ])
}

/// Noise between -0.5 and 0.5 that is the same in every run.
pub(super) fn noise(seed: u64, step: u64) -> f64 {
    let mut x = step.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ seed.wrapping_mul(0xd1b5_4a32_d192_ed03);
    x = (x ^ (x >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^= x >> 32;
    (x >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
}

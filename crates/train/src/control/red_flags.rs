//! Red flags: what no fix can mend, so that going on would only burn time.

use diktor_track::{Outcome, Phase, names, short_figure};
use serde::{Deserialize, Serialize};

use super::{
    Controller, Grace, Moment, RunView,
    evidence::{CHECKS, Evidence, Limits, NORM_STEPS},
    fix::MOST_FIRINGS,
    recent::Fading,
};
use crate::{Hparams, Intervention};

/// Norm of the gradient that is an explosion if it stays.
const EXPLOSION: f64 = 100.0;
/// Diagonality below which there is no attention.
const NO_ATTENTION: f64 = 0.1;
/// Steps without improvement that are a standstill.
const STANDSTILL_STEPS: u64 = 1000;
/// Share of the best loss that is an improvement.
const IMPROVEMENT: f64 = 0.01;
/// Rise of the diagonality that is an improvement.
const MORE_ATTENTION: f64 = 0.01;

/// Stops the run, with the evidence, when it cannot come to anything.
///
/// # Source
/// The red flags of the action plan: gradients that stay above 100 when the learning rate can go no lower; diagonality
/// below 0.1 in ten checks in a row, in the first two phases; a loss that has not improved by 1 % in 1000 steps, in the
/// first. The last two wait until the grace is over and until every fix of guided attention has had its time. A loss
/// stands still only if diagonality stands still too: learning to look is progress that the loss shows late.
#[derive(Debug, Clone)]
pub struct RedFlags {
    grace: Grace,
    limits: Limits,
    auto_fix: bool,
    lr_floor: f64,
    evaluation_window: u64,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct State {
    evidence: Evidence,
    /// Checks in a row without attention.
    without_attention: usize,
    loss: Fading,
    attention: Fading,
    best_loss: Option<f64>,
    best_attention: Option<f64>,
    /// Step at which either became better, or at which the grace was over if that is later.
    improved_at: u64,
    /// Factor of the fixes on guided attention, and the step at which it last rose.
    guide_factor: f64,
    guided_at: Option<u64>,
}

impl RedFlags {
    /// The red flags as the hyper-parameters want them.
    pub fn from_hparams(hparams: &Hparams) -> Self {
        Self {
            grace: Grace::from_hparams(hparams),
            limits: Limits::from_hparams(hparams),
            auto_fix: hparams.auto_fix,
            lr_floor: hparams.learning_rate_min,
            evaluation_window: hparams.evaluation_window,
            state: State {
                evidence: Evidence::default(),
                without_attention: 0,
                loss: Fading::new(0.99),
                attention: Fading::new(0.5),
                best_loss: None,
                best_attention: None,
                improved_at: 0,
                guide_factor: 1.0,
                guided_at: None,
            },
        }
    }

    fn note(&mut self, view: &RunView<'_>) {
        let news = self.state.evidence.note(view, self.limits);
        let state = &mut self.state;
        if view.knobs.guide_fix_factor > state.guide_factor {
            state.guided_at = Some(view.step);
        }
        state.guide_factor = view.knobs.guide_fix_factor;
        if !self.grace.is_over(view) {
            state.improved_at = view.step;
        }
        let is_early = view.phase <= Phase::AlignmentLearning && self.grace.is_over(view);
        if let (true, Some(diagonality)) = (news.check, state.evidence.diagonality.newest()) {
            let without = is_early && diagonality < NO_ATTENTION;
            state.without_attention = if without {
                state.without_attention + 1
            } else {
                0
            };
            let attention = state.attention.push(diagonality);
            if better(attention, state.best_attention, |best| {
                best + MORE_ATTENTION
            }) {
                state.best_attention = attention;
                state.improved_at = view.step;
            }
        }
        if let Moment::Step(report) = view.moment {
            let loss = report.metrics.get(names::TRAINING_TACO_LOSS);
            let loss = state.loss.push(loss.copied().unwrap_or(f64::NAN));
            // The best falls, so what must be exceeded is its negative.
            let (negative, best) = (loss.map(|v| -v), state.best_loss.map(|v| -v));
            if better(negative, best, |best| best + IMPROVEMENT * best.abs()) {
                state.best_loss = loss;
                state.improved_at = view.step;
            }
        }
    }

    /// Gradients explode and the learning rate can go no lower.
    fn explosion(&self, view: &RunView<'_>) -> Option<String> {
        let norms = &self.state.evidence.norms;
        let high = norms.count(|norm| norm > EXPLOSION);
        let lowest = 0.5_f64.powi(MOST_FIRINGS as i32);
        let cannot_fall = !self.auto_fix
            || view.knobs.learning_rate <= self.lr_floor
            || view.knobs.lr_fix_factor <= lowest;
        (norms.is_full() && 2 * high >= NORM_STEPS && cannot_fall).then(|| {
            format!(
                "the norm of the gradient was above {EXPLOSION} in {high} of the last {NORM_STEPS} steps at learning \
                 rate {}, which can go no lower; hint: look for damaged recordings and wrong transcripts",
                short_figure(view.knobs.learning_rate)
            )
        })
    }

    /// A fix of guided attention still has its time.
    fn is_being_mended(&self, view: &RunView<'_>) -> bool {
        self.state
            .guided_at
            .is_some_and(|at| view.step < at + self.evaluation_window)
    }

    fn no_attention(&self, view: &RunView<'_>) -> Option<String> {
        (self.state.without_attention >= CHECKS).then(|| {
            let diagonality = self.state.evidence.diagonality.newest().unwrap_or(0.0);
            format!(
                "diagonality was below {NO_ATTENTION} in the last {} checks and is {} at weight {} of guided attention; \
                 hint: compare transcripts with recordings, begin again with `guide_loss_weight=5`",
                self.state.without_attention,
                short_figure(diagonality),
                short_figure(view.knobs.guide_loss_weight)
            )
        })
    }

    fn standstill(&self, view: &RunView<'_>) -> Option<String> {
        let is_first = view.phase == Phase::PreAlignment && self.grace.is_over(view);
        let waited = view.step.saturating_sub(self.state.improved_at);
        let (loss, attention) = (self.state.best_loss?, self.state.best_attention?);
        (is_first && waited >= STANDSTILL_STEPS).then(|| {
            format!(
                "for {waited} steps neither the loss has improved by {} % on {} nor diagonality on {}; hint: compare \
                 transcripts with recordings, or change `learning_rate`",
                100.0 * IMPROVEMENT,
                short_figure(loss),
                short_figure(attention)
            )
        })
    }
}

/// Whether `value` exceeds what the best so far demands; anything does where there is none.
fn better(value: Option<f64>, best: Option<f64>, demanded: impl Fn(f64) -> f64) -> bool {
    value.is_some_and(|value| best.is_none_or(|best| value > demanded(best)))
}

impl Controller for RedFlags {
    fn name(&self) -> &'static str {
        "red_flags"
    }

    fn decide(&mut self, view: &RunView<'_>) -> Vec<Intervention> {
        if matches!(view.moment, Moment::Start) {
            return Vec::new();
        }
        self.note(view);
        let mut found = self.explosion(view);
        if found.is_none() && !self.is_being_mended(view) {
            found = self.no_attention(view).or_else(|| self.standstill(view));
        }
        found
            .map(|why| Intervention::Stop {
                outcome: Outcome::RedFlag,
                why,
            })
            .into_iter()
            .collect()
    }

    fn save(&self) -> serde_json::Value {
        serde_json::json!(self.state)
    }

    fn load(&mut self, state: &serde_json::Value) -> Result<(), serde_json::Error> {
        self.state = State::deserialize(state)?;
        Ok(())
    }
}

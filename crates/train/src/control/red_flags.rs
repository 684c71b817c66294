//! Red flags: what no fix can mend, so that going on would only burn time.

use std::collections::BTreeMap;

use diktor_track::{
    Collapse, Outcome, Phase,
    flags::{ATTENTION, EXPLOSION, IMPROVEMENT, NO_ATTENTION, NO_GAIN, Standstill},
    names, short_figure,
};
use serde::{Deserialize, Serialize};

use super::{
    Controller, Moment, RunView,
    evidence::{CHECKS, Evidence, Limits, NORM_STEPS, finite},
    fix::MOST_FIRINGS,
    guide::SURE_WEIGHT,
    patience::Patience,
};
use crate::{Hparams, Intervention, watch::class_of};

/// Deviation of the gate below which it tells no frame from another.
const NO_GATE: f64 = 0.05;

/// Stops the run, with the evidence, when it cannot come to anything.
///
/// # Source
/// The red flags of the action plan: gradients that stay above 100 when the learning rate can go no lower; diagonality
/// below 0.1 in ten checks in a row, in the first two phases; a loss that has not improved by 1 % in 1000 steps, in the
/// first, counted from the beginning. The last two wait until the grace is over, and while there is hope for a fix: guided attention was raised not
/// long ago, or attention has become better since it was. A loss stands still only if diagonality stands still too:
/// learning to look is progress that the loss shows late.
///
/// Ours: attention is there, or should have been for long, and in ten checks in a row the right text is worth nothing;
/// or the gate tells no frame from another in ten checks in a row when a voice should have been able to look and to
/// stop. A run that ends before its grace is judged by its length.
#[derive(Debug, Clone)]
pub struct RedFlags {
    patience: Patience,
    limits: Limits,
    auto_fix: bool,
    lr_floor: f64,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct State {
    evidence: Evidence,
    /// Checks in a row without attention.
    without_attention: usize,
    /// Checks in a row in which the text made no difference.
    #[serde(default)]
    without_text: usize,
    /// Checks in a row in which the gate told no frame from another.
    #[serde(default)]
    without_gate: usize,
    #[serde(default)]
    text_gain: Option<f64>,
    gate_std: Option<f64>,
    /// How the attention of the most utterances fails.
    #[serde(default)]
    class: Option<Collapse>,
    /// When loss and attention last became better.
    #[serde(flatten)]
    standstill: Standstill,
    /// Factor of the fixes on guided attention.
    #[serde(default)]
    guide: Mended,
    /// Weight of the gate's positive class.
    #[serde(default)]
    gate: Mended,
}

/// A knob that fixes raise.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Mended {
    value: Option<f64>,
    /// Step at which it last rose.
    risen_at: Option<u64>,
}

impl Mended {
    fn note(&mut self, value: f64, step: u64) {
        if self.value.is_some_and(|before| value > before) {
            self.risen_at = Some(step);
        }
        self.value = Some(value);
    }

    /// A fix still has its time.
    fn is_on_trial(self, step: u64, window: u64) -> bool {
        self.risen_at.is_some_and(|at| step < at + window)
    }
}

impl RedFlags {
    /// The red flags as the hyper-parameters want them.
    pub fn from_hparams(hparams: &Hparams) -> Self {
        Self {
            patience: Patience::from_hparams(hparams),
            limits: Limits::from_hparams(hparams),
            auto_fix: hparams.auto_fix,
            lr_floor: hparams.learning_rate_min,
            state: State {
                evidence: Evidence::default(),
                without_attention: 0,
                without_text: 0,
                without_gate: 0,
                text_gain: None,
                gate_std: None,
                class: None,
                standstill: Standstill::default(),
                guide: Mended::default(),
                gate: Mended::default(),
            },
        }
    }

    fn note(&mut self, view: &RunView<'_>) {
        let news = self.state.evidence.note(view, self.limits);
        let state = &mut self.state;
        state.guide.note(view.knobs.guide_fix_factor, view.step);
        state.gate.note(view.knobs.gate_pos_weight, view.step);
        let judged = self.patience.has_run_out(view);
        let may_mend = self.patience.may_mend(view);
        state.standstill.note_fixes(view.step, may_mend);
        if let (true, Some(metrics)) = (news.check, view.evaluation()) {
            state.look(metrics, view.phase, judged, self.patience.is_late(view));
        }
        let is_early = view.phase <= Phase::AlignmentLearning && judged;
        if let (true, Some(diagonality)) = (news.check, state.evidence.diagonality.newest()) {
            let without = is_early && diagonality < NO_ATTENTION;
            state.without_attention = if without {
                state.without_attention + 1
            } else {
                0
            };
            state.standstill.note_attention(view.step, diagonality);
        }
        if let Moment::Step(report) = view.moment {
            let loss = report.metrics.get(names::TRAINING_TACO_LOSS);
            let loss = loss.copied().unwrap_or(f64::NAN);
            state.standstill.note_loss(view.step, loss);
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

    fn no_attention(&self, view: &RunView<'_>) -> Option<String> {
        (self.state.without_attention >= CHECKS).then(|| {
            let diagonality = self.state.evidence.diagonality.newest().unwrap_or(0.0);
            let class = self.state.class.map_or("", Collapse::name);
            format!(
                "attention is {class}: diagonality was below {NO_ATTENTION} in the last {} checks and is {} at weight {} \
                 of guided attention; hint: compare transcripts with recordings, begin again with `guide_loss_weight={SURE_WEIGHT}`",
                self.state.without_attention,
                short_figure(diagonality),
                short_figure(view.knobs.guide_loss_weight)
            )
        })
    }

    fn no_text(&self) -> Option<String> {
        let gain = self.state.text_gain?;
        (self.state.without_text >= CHECKS).then(|| {
            format!(
                "the text makes no difference: with the texts of other utterances the mel error is {} % larger, and was \
                 not {} % larger in the last {} checks; hint: the transcripts do not seem to belong to the recordings, \
                 compare some of them",
                short_figure(100.0 * gain),
                100.0 * NO_GAIN,
                self.state.without_text
            )
        })
    }

    fn no_gate(&self, view: &RunView<'_>) -> Option<String> {
        let std = self.state.gate_std?;
        (self.state.without_gate >= CHECKS).then(|| {
            format!(
                "the gate has learnt nothing: it tells no frame from another, `{}` was below {NO_GATE} in the last {} \
                 checks and is {} at `gate_pos_weight` {}; hint: look for recordings that are cut off or end in long \
                 silence",
                names::VALIDATION_GATE_STD,
                self.state.without_gate,
                short_figure(std),
                short_figure(view.knobs.gate_pos_weight)
            )
        })
    }

    fn standstill(&self, view: &RunView<'_>) -> Option<String> {
        let found = &self.state.standstill;
        let judged = view.phase == Phase::PreAlignment && self.patience.has_run_out(view);
        let waited = found.waited(view.step);
        let (loss, attention) = found.bests()?;
        let trial = self.patience.trial(view);
        found.is_reached(view.step, judged, trial).then(|| {
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

impl State {
    /// A fix has raised guided attention, and has its time still or attention has become better since.
    fn guidance_may_help(&self, step: u64, trial: u64) -> bool {
        let raised_at = self.guide.risen_at;
        self.standstill.guidance_may_help(raised_at, step, trial)
    }

    /// Counts the checks in which text and gate are of no use.
    fn look(
        &mut self,
        metrics: &BTreeMap<String, f64>,
        phase: Phase,
        is_judged: bool,
        is_late: bool,
    ) {
        let count = |so_far: usize, holds: bool| if holds { so_far + 1 } else { 0 };
        self.class = class_of(metrics).map(|(class, _)| class);
        self.text_gain = finite(metrics, names::ALIGNMENT_TEXT_GAIN);
        let diagonality = finite(metrics, names::ALIGNMENT_DIAGONALITY).unwrap_or(0.0);
        let should_read = is_late || (is_judged && diagonality >= ATTENTION);
        let reads = self.text_gain.is_none_or(|gain| gain >= NO_GAIN);
        self.without_text = count(self.without_text, should_read && !reads);
        self.gate_std = finite(metrics, names::VALIDATION_GATE_STD);
        let should_stop = is_late && phase > Phase::PreAlignment;
        let tells_apart = self.gate_std.is_none_or(|std| std >= NO_GATE);
        self.without_gate = count(self.without_gate, should_stop && !tells_apart);
    }
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
        let trial = self.patience.trial(view);
        let mut found = self.explosion(view);
        if found.is_none() && !self.state.guidance_may_help(view.step, trial) {
            found = (self.no_attention(view))
                .or_else(|| self.no_text())
                .or_else(|| self.standstill(view));
        }
        if found.is_none() && !self.state.gate.is_on_trial(view.step, trial) {
            found = self.no_gate(view);
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

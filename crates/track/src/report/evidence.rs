//! What a verdict rests on, taken in event by event: little, however long the run.

use std::collections::{BTreeMap, VecDeque};

use super::settings::Settings;
use crate::{
    Event, EventKind, FaultAction, Outcome, Phase, RestartRecord, RunStarted, effective,
    flags::{
        APPEARED, EXPLOSION, EXPLOSIONS, GUIDE_FIX_KNOB, NORM_STEPS, RESTARTS, Standstill,
        UNBROKEN, Waits, forgiven_after,
    },
    names,
};

/// Steps after a restart with which it has shown what it is worth; until then the norms it took back count.
const SETTLED: usize = 20;
/// Validations whose gain by the text is looked at together: a single one is noise.
const GAINS: usize = 3;
/// Validations from which the trend of the diagonality is told.
const TREND: usize = 6;

/// The evidence of a run so far.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    pub(super) start: Option<RunStarted>,
    pub(super) step: u64,
    pub(super) phase: Phase,
    pub(super) outcome: Option<Outcome>,
    /// The newest words with which a controller ended the run.
    pub(super) last_words: Option<String>,
    /// Where each session went on from.
    sessions: Vec<u64>,
    began_again: usize,
    restarts_at_zero: usize,
    /// Step and time of the newest session's beginning, and of its newest step.
    pace: Option<[(u64, f64); 2]>,
    epoch: u64,
    norms: VecDeque<f64>,
    /// Steps since the run last went back, while they are few.
    since_back: Option<usize>,
    stepped: BTreeMap<String, f64>,
    validated: BTreeMap<String, f64>,
    gains: VecDeque<f64>,
    /// Step and diagonality of the newest validations.
    diagonality: VecDeque<(u64, f64)>,
    highest: f64,
    standstill: Standstill,
    guide_raised_at: Option<u64>,
    /// Values that knobs were turned to.
    knobs: BTreeMap<String, f64>,
    restart: Option<RestartRecord>,
    /// A fault ended the run: what a further restart would have been for.
    gave_up: bool,
}

/// How large the gradients of the newest steps are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Norms {
    /// Steps that were looked at.
    pub(super) of: u64,
    /// How many of them were above [`EXPLOSION`] or not finite.
    pub(super) bad: u64,
    /// The middle one; what is not finite is the largest.
    pub(super) median: Option<f64>,
    /// The largest that is finite.
    pub(super) largest: f64,
    /// Whether they explode; `None` where that cannot be told yet.
    pub(super) explode: Option<bool>,
}

impl Evidence {
    /// The evidence of a whole log, as its events stand in it.
    pub fn of_log(events: Vec<Event>) -> Self {
        let told = Self::of(&events);
        let mut counted = Self::of(&effective(events));
        counted.keep_norms_of(told);
        counted
    }

    /// What a restart took back is no measurement any more, but its norms stay evidence of why it was made.
    pub(super) fn keep_norms_of(&mut self, told: Self) {
        self.norms = told.norms;
        self.since_back = told.since_back;
    }

    /// The evidence of events, as they stand.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut evidence = Self::default();
        for event in events {
            evidence.note(event);
        }
        evidence
    }

    /// Takes an event in.
    pub fn note(&mut self, event: &Event) {
        let step = event.step;
        self.step = self.step.max(step);
        match &event.kind {
            EventKind::RunStarted(start) => self.started(start, event.time_s),
            EventKind::Step { metrics } => self.stepped(step, event.time_s, metrics),
            EventKind::Validation { metrics } => self.validated(step, metrics),
            EventKind::Intervention(change) => {
                if change.knob == GUIDE_FIX_KNOB && change.new > change.old {
                    self.guide_raised_at = Some(step);
                }
                self.knobs.insert(change.knob.clone(), change.new);
            }
            EventKind::Phase { to, .. } => self.phase = *to,
            EventKind::Restart(restart) => self.went_back(restart),
            EventKind::Fault(fault) => self.gave_up |= fault.action == FaultAction::Stopped,
            EventKind::Warning { message, .. } if message.contains("ends the run") => {
                self.last_words = Some(message.clone());
            }
            EventKind::RunFinished { outcome, .. } => self.outcome = Some(*outcome),
            _ => {}
        }
    }

    fn started(&mut self, start: &RunStarted, time_s: f64) {
        let from = start.resumed_from.unwrap_or(0);
        let again = !self.sessions.is_empty();
        self.began_again += usize::from(again && from == 0);
        if start.resumed_from.is_none() {
            *self = Self {
                sessions: std::mem::take(&mut self.sessions),
                began_again: self.began_again,
                restarts_at_zero: self.restarts_at_zero,
                ..Self::default()
            };
        } else if again {
            self.since_back = Some(0);
        }
        self.sessions.push(from);
        self.step = from;
        self.standstill.went_back(from);
        self.start = Some(start.clone());
        self.pace = Some([(from, time_s); 2]);
        self.outcome = None;
        self.last_words = None;
        self.gave_up = false;
    }

    fn stepped(&mut self, step: u64, time_s: f64, metrics: &BTreeMap<String, f64>) {
        if let Some(pace) = &mut self.pace {
            pace[1] = (step, time_s);
        }
        if let Some(norm) = metrics.get(names::GRAD_NORM) {
            self.note_norm(*norm);
        }
        if let Some(epoch) = metrics.get(names::EPOCH) {
            self.epoch = *epoch as u64;
        }
        let loss = metrics.get(names::TRAINING_TACO_LOSS);
        if let Some(loss) = loss.or_else(|| metrics.get(names::TRAINING_LOSS)) {
            self.standstill.note_loss(step, *loss);
        }
        let may_act = self.waits().may_mend(step, self.epoch);
        self.standstill.note_fixes(step, may_act);
        for (name, value) in metrics {
            self.stepped.insert(name.clone(), *value);
        }
    }

    fn note_norm(&mut self, norm: f64) {
        if self.norms.len() == NORM_STEPS {
            self.norms.pop_front();
        }
        self.norms.push_back(norm);
        if let Some(since) = &mut self.since_back {
            *since += 1;
            if *since >= SETTLED {
                self.since_back = None;
                self.norms.drain(..self.norms.len().saturating_sub(SETTLED));
            }
        }
    }

    fn validated(&mut self, step: u64, metrics: &BTreeMap<String, f64>) {
        let keep = |list: &mut VecDeque<f64>, value: f64| {
            if list.len() == GAINS {
                list.pop_front();
            }
            list.push_back(value);
        };
        if let Some(gain) = metrics.get(names::ALIGNMENT_TEXT_GAIN) {
            keep(&mut self.gains, *gain);
        }
        if let Some(diagonality) = metrics.get(names::ALIGNMENT_DIAGONALITY) {
            self.standstill.note_attention(step, *diagonality);
            self.highest = self.highest.max(*diagonality);
            if self.diagonality.len() == TREND {
                self.diagonality.pop_front();
            }
            self.diagonality.push_back((step, *diagonality));
        }
        for (name, value) in metrics {
            self.validated.insert(name.clone(), *value);
        }
    }

    fn went_back(&mut self, restart: &RestartRecord) {
        self.since_back = Some(0);
        self.standstill.went_back(restart.to_step);
        self.restarts_at_zero += usize::from(restart.to_step == 0);
        self.restart = Some(restart.clone());
    }

    /// The waits that the run is judged by.
    pub(super) fn waits(&self) -> Waits {
        Waits::of(self.start.as_ref())
    }

    /// What the run was told and what it has turned.
    pub(super) fn settings(&self) -> Settings<'_> {
        Settings::new(self.start.as_ref().map(|start| &start.hparams), &self.knobs)
    }

    /// The newest value of a metric: of a validation if one measured it, else of a step.
    pub(super) fn latest(&self, name: &str) -> Option<f64> {
        let value = self.validated.get(name);
        value.or_else(|| self.stepped.get(name)).copied()
    }

    /// Whether a session has begun.
    pub(super) fn has_begun(&self) -> bool {
        !self.sessions.is_empty()
    }

    /// Whether the voice should have learnt to look by now.
    pub(super) fn is_due(&self) -> bool {
        self.waits().has_run_out(self.step, self.epoch)
    }

    /// Whether the run is over for good: not running, killed or interrupted.
    pub(super) fn has_ended(&self) -> bool {
        self.outcome
            .is_some_and(|outcome| outcome != Outcome::Interrupted)
    }

    /// The gain by the right text over the newest validations.
    pub(super) fn text_gain(&self) -> Option<f64> {
        let finite: Vec<f64> = (self.gains.iter().copied())
            .filter(|gain| gain.is_finite())
            .collect();
        (!finite.is_empty()).then(|| finite.iter().sum::<f64>() / finite.len() as f64)
    }

    /// Step and diagonality of a few validations ago and of the newest.
    pub(super) fn trend(&self) -> Option<[(u64, f64); 2]> {
        Some([*self.diagonality.front()?, *self.diagonality.back()?])
    }

    /// Seconds until the last step at the pace of this session; `None` before there is one, or at the end.
    pub(super) fn left_s(&self) -> Option<f64> {
        let [(from, began), (step, now)] = self.pace?;
        let max = self.start.as_ref()?.max_steps?;
        let done = step.saturating_sub(from);
        let left = max.checked_sub(step).filter(|left| *left > 0)?;
        (done > 0 && self.outcome.is_none()).then(|| (now - began) / done as f64 * left as f64)
    }

    /// How large the gradients are. The first ones of a network are large and mean nothing, so a young run is called
    /// exploding only when they stay.
    pub(super) fn norms(&self) -> Norms {
        let is_bad = |norm: &f64| !norm.is_finite() || *norm > EXPLOSION;
        let of = self.norms.len();
        let bad = self.norms.iter().filter(|norm| is_bad(norm)).count();
        let finite: Vec<f64> = (self.norms.iter().copied())
            .filter(|norm| norm.is_finite())
            .collect();
        let newest = self.norms.iter().rev().take(UNBROKEN);
        let newest_bad = newest.filter(|norm| is_bad(norm)).count();
        let stays = (newest_bad == UNBROKEN)
            || (of > 0 && finite.is_empty())
            || (of >= 2 * UNBROKEN && 2 * bad >= of && 2 * newest_bad >= UNBROKEN)
            || (self.since_back.is_some() && bad >= EXPLOSIONS);
        let explode = match (stays, of >= NORM_STEPS) {
            (true, _) => Some(true),
            (false, true) => Some(bad >= EXPLOSIONS),
            (false, false) => None,
        };
        Norms {
            of: of as u64,
            bad: bad as u64,
            median: median(&self.norms.iter().copied().collect::<Vec<f64>>()),
            largest: finite.iter().copied().fold(0.0, f64::max),
            explode,
        }
    }

    /// Restarts in a row at the end of the run, with the one that was due when it gave up.
    ///
    /// They are those of the newest streak until the run has come further than where it began by as many steps as make
    /// a training count them anew; or sessions that went on from the same step or an earlier one, if they are more.
    pub(super) fn restarts_in_a_row(&self) -> f64 {
        let pairs = self.sessions.windows(2).rev();
        let sessions = pairs.take_while(|pair| pair[1] <= pair[0]).count() as f64;
        let max = self.start.as_ref().and_then(|start| start.max_steps);
        let clean = forgiven_after(max.unwrap_or(u64::MAX));
        let in_row = self
            .restart
            .as_ref()
            .filter(|restart| self.gave_up || self.step < restart.from_step.saturating_add(clean))
            .map_or(0, |restart| restart.attempt + u64::from(self.gave_up));
        sessions.max(in_row as f64)
    }

    /// More restarts in a row than this are too many for this run.
    pub(super) fn most_restarts(&self) -> f64 {
        let told = self.settings().configured("max_restart_attempts");
        told.unwrap_or(RESTARTS)
    }

    /// Sessions and restarts that began again at step 0.
    pub(super) fn restarts_at_zero(&self) -> f64 {
        (self.began_again + self.restarts_at_zero) as f64
    }

    /// Steps in which neither loss nor attention became better, and whether that is a standstill; `None` where it cannot
    /// be told yet. Once attention has appeared a loss may stand still for long: that is the end of learning.
    pub(super) fn standstill(&self) -> Option<(u64, Option<bool>)> {
        let (_, waits) = (self.standstill.bests()?, self.waits());
        let trial = waits.trial();
        let waited = self.standstill.waited(self.step);
        let is_first = self.phase == Phase::PreAlignment && self.highest < APPEARED;
        let reached = self.standstill.is_reached(self.step, true, trial);
        let hope = self
            .standstill
            .guidance_may_help(self.guide_raised_at, self.step, trial);
        let raised = match reached && is_first && !hope {
            false => Some(false),
            true => self.is_due().then_some(true),
        };
        Some((waited, raised))
    }
}

/// The middle value; `None` of nothing.
pub(super) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

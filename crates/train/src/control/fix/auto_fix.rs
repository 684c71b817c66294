//! What all fixes have in common: evidence, patience, rest, verdict, release.

use std::collections::{BTreeMap, VecDeque};

use diktor_track::{VerdictRecord, short_figure};
use serde::{Deserialize, Serialize};

use super::{
    Begins, Fix, Rest, all,
    target::{Effect, Target},
};
use crate::{
    Hparams, Intervention, Knob,
    control::{
        Controller, Moment, RunView,
        evidence::{Evidence, Limits, News},
        patience::Patience,
    },
};

/// A fall of the diagonality that no fix is worth.
const ATTENTION_LOSS: f64 = 0.1;

/// Mends what it can while the run goes on, one thing at a time, and takes back what did not help.
///
/// # Rules
/// - A fix acts when its trouble stood in k of its last m evaluations, and stands now. Attention and a loss that
///   stands still are mended only after the grace, the gate when attention should be there.
/// - After a fix has acted nothing acts for `fix_cooldown` steps; nothing acts in the first `fix_cooldown` steps of a run.
///   In a short run this and all other waits are shorter.
/// - `evaluation_window` steps after it acted a fix is judged by its metric. It is judged earlier if another fix is due:
///   two fixes at once could not be told apart. What became worse is undone, and that counts as an action too.
/// - A fix that was undone does not act again for another `evaluation_window`, and no fix acts more than five times.
/// - Whatever a fix is for, one after which diagonality falls clearly made things worse, unless it turns what training
///   does not see.
/// - When a trouble is over, its remedy is released little by little.
pub struct AutoFix {
    fixes: Vec<Box<dyn Fix>>,
    limits: Limits,
    patience: Patience,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct State {
    evidence: Evidence,
    /// What is known of each fix, by its name.
    cases: BTreeMap<String, Case>,
    /// The fix that has acted and is not judged yet.
    trial: Option<Trial>,
    /// Step of the last action; the start of the run counts as one.
    acted_at: u64,
    /// What the factor on the learning rate may be released to.
    rate_ceiling: f64,
}

/// What is known of one fix.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Case {
    /// Whether the trouble stood in the last evaluations.
    stood: VecDeque<bool>,
    /// How often the fix has acted.
    firings: u32,
    /// Step at which it last acted or released.
    moved_at: u64,
    /// Step until which it may not act again, because it was undone.
    barred_until: u64,
}

/// A fix that has acted and is not judged yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Trial {
    fix: String,
    since: u64,
    before: f64,
    /// Diagonality then, if it was measured often enough.
    attention_before: Option<f64>,
    turned: Vec<Turned>,
}

/// A knob that was turned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Turned {
    knob: Knob,
    old: f64,
    new: f64,
}

/// What the metrics say about a trial.
struct Judgement {
    metric: &'static str,
    before: f64,
    after: f64,
    effect: Effect,
}

impl Trial {
    /// Judges by the metric of the fix, or by the diagonality where that has fallen clearly; `None` as long as nothing
    /// has been measured since.
    fn judged(&self, target: Target, evidence: &Evidence, step: u64) -> Option<Judgement> {
        if target.measured_at(evidence, step) <= self.since {
            return None;
        }
        let attention = (self.attention_before)
            .zip(Target::Diagonality.read(evidence))
            .filter(|(before, after)| target.is_of_training() && after + ATTENTION_LOSS < *before);
        let (target, before, after) = match attention {
            Some((before, after)) => (Target::Diagonality, before, after),
            None => (target, self.before, target.read(evidence)?),
        };
        Some(Judgement {
            metric: target.metric(),
            before,
            after,
            effect: target.effect(before, after),
        })
    }
}

impl Turned {
    /// Turns the knob back.
    fn back(&self, fix: &str, found: &Judgement) -> Intervention {
        Intervention::Set {
            knob: self.knob,
            value: self.old,
            why: format!(
                "{fix} made it worse: `{}` went from {} to {}",
                found.metric,
                short_figure(found.before),
                short_figure(found.after)
            ),
        }
    }
}

impl AutoFix {
    /// All fixes, as the hyper-parameters want them.
    pub fn from_hparams(hparams: &Hparams) -> Self {
        Self {
            fixes: all(hparams),
            limits: Limits::from_hparams(hparams),
            patience: Patience::from_hparams(hparams),
            state: State {
                evidence: Evidence::default(),
                cases: BTreeMap::new(),
                trial: None,
                acted_at: 0,
                rate_ceiling: 1.0,
            },
        }
    }

    /// Writes down for every fix whether its trouble stands.
    fn collect(&mut self, view: &RunView<'_>, news: News) {
        for fix in &self.fixes {
            if !fix.is_evaluated(news) {
                continue;
            }
            let stands = fix.trouble(&self.state.evidence, view).is_some();
            let case = self.state.cases.entry(fix.name().to_owned()).or_default();
            case.stood.push_back(stands);
            if case.stood.len() > fix.quorum().1 {
                case.stood.pop_front();
            }
        }
    }

    /// The first fix that may act now.
    fn due(&self, view: &RunView<'_>) -> Option<usize> {
        if self.is_resting(view) {
            return None;
        }
        self.fixes.iter().position(|fix| {
            let Some(case) = self.state.cases.get(fix.name()) else {
                return false;
            };
            let begun = match fix.begins() {
                Begins::AtOnce => true,
                Begins::Settled => self.patience.has_settled(view),
                Begins::AfterGrace => self.patience.may_mend(view),
                Begins::AfterAttention => self.patience.has_run_out(view),
            };
            let (times, of) = fix.quorum();
            let stood = case.stood.iter().filter(|stood| **stood).count();
            begun
                && case.stood.len() == of
                && stood >= times
                && case.firings < fix.most_firings()
                && view.step >= case.barred_until
                && fix.trouble(&self.state.evidence, view).is_some()
                && !fix.remedy(&self.state.evidence, view).is_empty()
                && fix.target().read(&self.state.evidence).is_some()
        })
    }

    fn fire(&mut self, index: usize, view: &RunView<'_>) -> Vec<Intervention> {
        let (fix, evidence) = (&self.fixes[index], &self.state.evidence);
        let (Some(trouble), Some(before)) =
            (fix.trouble(evidence, view), fix.target().read(evidence))
        else {
            return Vec::new();
        };
        let turned: Vec<Turned> = fix
            .remedy(evidence, view)
            .into_iter()
            .map(|(knob, new)| Turned {
                knob,
                old: view.knobs.get(knob),
                new,
            })
            .collect();
        if fix.cuts_for_good() {
            self.state.rate_ceiling *= rate_ratio(&turned);
        }
        let name = fix.name();
        let case = self.state.cases.entry(name.to_owned()).or_default();
        case.stood.clear();
        case.firings += 1;
        case.moved_at = view.step;
        self.state.acted_at = view.step;
        let why = format!(
            "{name}, {} of at most {}: {trouble}",
            case.firings,
            fix.most_firings()
        );
        let asked = turned
            .iter()
            .map(|turned| Intervention::Set {
                knob: turned.knob,
                value: turned.new,
                why: why.clone(),
            })
            .collect();
        self.state.trial = Some(Trial {
            fix: name.to_owned(),
            since: view.step,
            before,
            attention_before: Target::Diagonality.read(&self.state.evidence),
            turned,
        });
        asked
    }

    /// Judges the fix on trial, if its metric has been measured since, and turns back what made it worse.
    fn conclude(&mut self, view: &RunView<'_>) -> Vec<Intervention> {
        let Some(trial) = &self.state.trial else {
            return Vec::new();
        };
        let Some(fix) = self.fixes.iter().find(|fix| fix.name() == trial.fix) else {
            // The fix was switched off on resume.
            self.state.trial = None;
            return Vec::new();
        };
        let Some(found) = trial.judged(fix.target(), &self.state.evidence, view.step) else {
            return Vec::new();
        };
        let (mut asked, mut turned_back) = (Vec::new(), Vec::new());
        for turned in &trial.turned {
            // A knob that somebody has moved since is theirs.
            let undone = found.effect == Effect::Worse && view.knobs.get(turned.knob) == turned.new;
            asked.push(Intervention::Judge(VerdictRecord {
                who: AUTO_FIX.to_owned(),
                of_step: trial.since,
                knob: turned.knob.name().to_owned(),
                metric: found.metric.to_owned(),
                before: found.before,
                after: found.after,
                helped: found.effect == Effect::Better,
                undone,
            }));
            if undone {
                asked.push(turned.back(&trial.fix, &found));
                turned_back.push(turned.clone());
            }
        }
        if !turned_back.is_empty() {
            self.state.acted_at = view.step;
            let case = self.state.cases.entry(trial.fix.clone()).or_default();
            case.barred_until = view.step + self.patience.trial(view);
        }
        if fix.cuts_for_good() {
            self.state.rate_ceiling /= rate_ratio(&turned_back);
        }
        self.state.trial = None;
        asked
    }

    fn is_resting(&self, view: &RunView<'_>) -> bool {
        view.step < self.state.acted_at + self.patience.rest(view)
    }

    /// The first remedy that is no longer needed; never of the fix on trial, whose verdict it would spoil.
    fn release(&mut self, view: &RunView<'_>) -> Option<Intervention> {
        let State {
            evidence,
            cases,
            trial,
            rate_ceiling,
            ..
        } = &mut self.state;
        for fix in &self.fixes {
            let on_trial = trial.as_ref().is_some_and(|trial| trial.fix == fix.name());
            let Some(case) = cases.get_mut(fix.name()).filter(|case| case.firings > 0) else {
                continue;
            };
            let rest = Rest {
                steps: view.step.saturating_sub(case.moved_at),
                cooldown: self.patience.rest(view),
                rate_ceiling: *rate_ceiling,
            };
            if let (false, Some((knob, value, trouble_over))) =
                (on_trial, fix.release(evidence, view, rest))
            {
                case.moved_at = view.step;
                let why = format!("{} is released: {trouble_over}", fix.name());
                return Some(Intervention::Set { knob, value, why });
            }
        }
        None
    }
}

/// What a remedy multiplied the factor on the learning rate by.
fn rate_ratio(turned: &[Turned]) -> f64 {
    turned
        .iter()
        .find(|turned| turned.knob == Knob::LrFixFactor)
        .map_or(1.0, |turned| turned.new / turned.old)
}

/// The name of the controller.
const AUTO_FIX: &str = "auto_fix";

impl Controller for AutoFix {
    fn name(&self) -> &'static str {
        AUTO_FIX
    }

    fn decide(&mut self, view: &RunView<'_>) -> Vec<Intervention> {
        if matches!(view.moment, Moment::Start) {
            return Vec::new();
        }
        let news = self.state.evidence.note(view, self.limits);
        self.collect(view, news);
        let due = self.due(view);
        let window_is_over = (self.state.trial.as_ref())
            .is_some_and(|trial| view.step >= trial.since + self.patience.trial(view));
        let mut asked = Vec::new();
        if window_is_over || due.is_some() {
            asked.extend(self.conclude(view));
        }
        match due {
            Some(index) if self.state.trial.is_none() && !self.is_resting(view) => {
                asked.extend(self.fire(index, view));
            }
            _ if asked.is_empty() => asked.extend(self.release(view)),
            _ => {}
        }
        asked
    }

    fn save(&self) -> serde_json::Value {
        serde_json::json!(self.state)
    }

    fn load(&mut self, state: &serde_json::Value) -> Result<(), serde_json::Error> {
        self.state = State::deserialize(state)?;
        Ok(())
    }
}

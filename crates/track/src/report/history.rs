//! The events of a run, sorted into what a report shows.

use std::{collections::BTreeMap, path::PathBuf};

use super::evidence::Evidence;
use crate::{
    AttentionChange, EarlyLook, Event, EventKind, FaultRecord, InterventionRecord, Outcome, Phase,
    RestartRecord, RunStarted, Suspects, VerdictRecord, effective,
};

/// Values of one metric by step.
pub(super) type Series = Vec<(u64, f64)>;

/// The run as its events tell it.
#[derive(Debug, Default)]
pub(super) struct History {
    pub(super) sessions: Vec<Session>,
    /// Metrics of training steps, by name.
    pub(super) steps: BTreeMap<String, Series>,
    /// Metrics of validations, by name.
    pub(super) validations: BTreeMap<String, Series>,
    /// Pictures by tag.
    pub(super) pictures: BTreeMap<String, Vec<Shown>>,
    /// Sounds by tag.
    pub(super) sounds: BTreeMap<String, Vec<Shown>>,
    pub(super) changes: Vec<(u64, InterventionRecord)>,
    /// What came of some of the changes.
    pub(super) verdicts: Vec<VerdictRecord>,
    pub(super) phases: Vec<PhaseChange>,
    pub(super) refusals: Vec<Refusal>,
    pub(super) warnings: Vec<Warning>,
    pub(super) faults: Vec<(u64, FaultRecord)>,
    pub(super) restarts: Vec<RestartRecord>,
    pub(super) attention: Vec<(u64, AttentionChange)>,
    pub(super) early: Vec<(u64, EarlyLook)>,
    /// The newest list, and its step.
    pub(super) suspects: Option<(u64, Suspects)>,
    /// Step, file and reason of the checkpoints.
    pub(super) checkpoints: Vec<(u64, PathBuf, String)>,
    pub(super) last_step: u64,
    /// What a verdict rests on.
    pub(super) evidence: Evidence,
}

/// One session of the run.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) start: RunStarted,
    pub(super) time_s: f64,
    /// How it ended, at which step and after how many seconds; `None` if it was killed or still runs.
    pub(super) end: Option<(Outcome, u64, f64)>,
}

/// A picture or sound of one step.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) step: u64,
    pub(super) path: PathBuf,
    pub(super) caption: String,
}

/// The run entered another phase.
#[derive(Debug)]
pub(super) struct PhaseChange {
    pub(super) step: u64,
    pub(super) from: Phase,
    pub(super) to: Phase,
    pub(super) why: String,
}

/// A change that was wanted and not made.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) step: u64,
    pub(super) who: String,
    pub(super) what: String,
    pub(super) why: String,
}

/// A warning and how often it came.
#[derive(Debug)]
pub(super) struct Warning {
    pub(super) first_step: u64,
    pub(super) times: usize,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl History {
    /// Sorts the events of a log: those that count.
    pub(super) fn of_log(events: Vec<Event>) -> Self {
        let told = Evidence::of(&events);
        let mut history = Self::new(effective(events));
        history.evidence.keep_norms_of(told);
        history
    }

    /// Sorts events, all of which count.
    pub(super) fn new(events: Vec<Event>) -> Self {
        let mut history = Self {
            evidence: Evidence::of(&events),
            ..Self::default()
        };
        for event in events {
            history.last_step = history.last_step.max(event.step);
            history.add(event);
        }
        let all = history
            .steps
            .values_mut()
            .chain(history.validations.values_mut());
        all.for_each(|series| series.sort_by_key(|point| point.0));
        history
    }

    fn add(&mut self, Event { step, time_s, kind }: Event) {
        match kind {
            EventKind::RunStarted(start) => {
                self.sessions.push(Session {
                    start,
                    time_s,
                    end: None,
                });
            }
            EventKind::Step { metrics } => note(&mut self.steps, step, metrics),
            EventKind::Validation { metrics } => note(&mut self.validations, step, metrics),
            EventKind::Intervention(change) => self.changes.push((step, change)),
            EventKind::Verdict(verdict) => self.verdicts.push(verdict),
            EventKind::Phase { from, to, why } => self.phases.push(PhaseChange {
                step,
                from,
                to,
                why,
            }),
            EventKind::Refused { who, what, why } => {
                self.refusals.push(Refusal {
                    step,
                    who,
                    what,
                    why,
                });
            }
            EventKind::Picture(picture) => {
                let shown = Shown {
                    step,
                    path: picture.path,
                    caption: picture.caption,
                };
                self.pictures.entry(picture.tag).or_default().push(shown);
            }
            EventKind::Audio { tag, path, caption } => {
                self.sounds.entry(tag).or_default().push(Shown {
                    step,
                    path,
                    caption,
                });
            }
            // Distributions are for TensorBoard.
            EventKind::Histogram(_) => {}
            EventKind::CheckpointSaved { path, why } => self.checkpoints.push((step, path, why)),
            EventKind::Warning { message, hint } => self.warn(step, message, hint),
            EventKind::Fault(fault) => self.faults.push((step, fault)),
            EventKind::Restart(restart) => self.restarts.push(restart),
            EventKind::Attention(change) => self.attention.push((step, change)),
            EventKind::Early(look) => self.early.push((step, look)),
            EventKind::Suspects(suspects) => self.suspects = Some((step, suspects)),
            EventKind::RunFinished { outcome, seconds } => {
                if let Some(session) = self.sessions.last_mut() {
                    session.end = Some((outcome, step, seconds));
                }
            }
        }
    }

    fn warn(&mut self, step: u64, message: String, hint: Option<String>) {
        match self
            .warnings
            .iter_mut()
            .find(|known| known.message == message)
        {
            Some(known) => known.times += 1,
            None => self.warnings.push(Warning {
                first_step: step,
                times: 1,
                message,
                hint,
            }),
        }
    }

    /// What came of a change, if it has been judged.
    pub(super) fn verdict_of(
        &self,
        step: u64,
        change: &InterventionRecord,
    ) -> Option<&VerdictRecord> {
        self.verdicts.iter().find(|verdict| {
            verdict.of_step == step && verdict.knob == change.knob && verdict.who == change.who
        })
    }

    /// The last value of a metric: of a validation if one measured it, else of a training step.
    pub(super) fn latest(&self, name: &str) -> Option<f64> {
        let series = self
            .validations
            .get(name)
            .or_else(|| self.steps.get(name))?;
        series.last().map(|point| point.1)
    }

    /// The last start.
    pub(super) fn start(&self) -> Option<&RunStarted> {
        self.sessions.last().map(|session| &session.start)
    }
}

fn note(all: &mut BTreeMap<String, Series>, step: u64, metrics: BTreeMap<String, f64>) {
    for (name, value) in metrics {
        all.entry(name).or_default().push((step, value));
    }
}

/// At most `most` items, evenly spaced, the last one always among them.
pub(super) fn spread<T>(items: &[T], most: usize) -> Vec<&T> {
    if items.len() <= most || most < 2 {
        return items.iter().rev().take(most).rev().collect();
    }
    (0..most)
        .map(|index| &items[index * (items.len() - 1) / (most - 1)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_even_and_ends_with_the_last() {
        let items: Vec<u32> = (0..100).collect();
        assert_eq!(spread(&items, 4), [&0, &33, &66, &99]);
        assert_eq!(spread(&items[..3], 4), [&0, &1, &2]);
        assert_eq!(spread(&items, 1), [&99]);
        assert!(spread(&items[..0], 4).is_empty());
    }

    #[test]
    fn the_same_warning_is_told_once() {
        let warn = |step| Event {
            step,
            time_s: 0.0,
            kind: EventKind::Warning {
                message: "loud".to_owned(),
                hint: None,
            },
        };
        let history = History::new(vec![warn(3), warn(5)]);
        assert_eq!(history.warnings.len(), 1);
        assert_eq!(
            (history.warnings[0].first_step, history.warnings[0].times),
            (3, 2)
        );
    }
}

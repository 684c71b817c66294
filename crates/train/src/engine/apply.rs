//! Controllers ask; this is where it is decided what they get.

use std::collections::BTreeMap;

use diktor_track::{EventKind, FaultKind, InterventionRecord};

use super::{Course, Engine};
use crate::{Intervention, Knob, Moment, RunView, TrainError};

/// One knob, to be turned.
struct Turn {
    who: &'static str,
    knob: Knob,
    value: f64,
    why: String,
    /// Whether the change is worth an event.
    tell: bool,
}

impl Engine {
    /// Asks every controller, and applies what it may have; says how the run goes on.
    ///
    /// When one of them takes the run back, the others are not asked: the moment they would be asked about is gone.
    ///
    /// # Errors
    /// If the run has to go back and cannot read or write a checkpoint.
    pub(super) fn consult(&mut self, moment: &Moment<'_>) -> Result<Course, TrainError> {
        let (mut taken, mut course) = (BTreeMap::new(), Course::On);
        for index in 0..self.controllers.len() {
            let view = RunView {
                step: self.progress.step,
                max_steps: self.identity.max_steps,
                epoch: self.feeder.cursor().epoch,
                phase: self.progress.phase,
                knobs: &self.progress.knobs,
                moment: *moment,
            };
            let who = self.controllers[index].name();
            for wish in self.controllers[index].decide(&view) {
                if let Intervention::Restart(restart) = wish {
                    return self.go_back(who, restart);
                }
                let wanted = self.apply(who, wish, &mut taken);
                if course == Course::On {
                    course = wanted;
                }
            }
        }
        Ok(course)
    }

    /// Does what is asked for, or says why not.
    ///
    /// `taken` holds who has set which knob at this moment.
    pub(super) fn apply(
        &mut self,
        who: &'static str,
        wish: Intervention,
        taken: &mut BTreeMap<Knob, &'static str>,
    ) -> Course {
        let step = self.progress.step;
        match wish {
            Intervention::Set { knob, value, why } => {
                let tell = true;
                let turn = Turn {
                    who,
                    knob,
                    value,
                    why,
                    tell,
                };
                self.turn(turn, taken);
            }
            Intervention::Follow {
                knob,
                value,
                regime,
            } => {
                let tell = self.progress.regimes.get(&knob) != Some(&regime);
                let why = regime;
                let turn = Turn {
                    who,
                    knob,
                    value,
                    why,
                    tell,
                };
                self.turn(turn, taken);
            }
            Intervention::Enter { phase, why } => {
                let from = std::mem::replace(&mut self.progress.phase, phase);
                if from != phase {
                    let to = phase;
                    self.diary.emit(step, EventKind::Phase { from, to, why });
                }
            }
            Intervention::Judge(verdict) => self.diary.emit(step, EventKind::Verdict(verdict)),
            Intervention::Warn { message, hint } => self.diary.warn(step, message, Some(hint)),
            Intervention::Tell(fault) => {
                let vanished = fault.kind == FaultKind::VanishingGradient;
                self.diary.emit(step, EventKind::Fault(fault));
                if vanished {
                    let knobs = &self.progress.knobs;
                    self.diary.vanished(step, knobs, &self.task.weights());
                }
            }
            // Going back is no matter of one knob; `consult` does it.
            Intervention::Restart(_) => return Course::Back,
            Intervention::Stop { outcome, why } => {
                let message = format!("`{who}` ends the run: {why}");
                self.diary.warn(step, message, None);
                return Course::End(outcome);
            }
        }
        Course::On
    }

    /// Follows a hyper-parameter that was changed since the run was saved, from `then` to `now`, which is what is told.
    ///
    /// A knob that a schedule owns keeps its place in the schedule: it changes by the share by which its
    /// hyper-parameter did, and the schedule takes over before the next step.
    pub(super) fn rebase(&mut self, knob: Knob, then: f64, now: f64) {
        const WHO: &str = "hparams";
        let why = "the hyper-parameter was changed on resume".to_owned();
        let is_scheduled = matches!(
            knob,
            Knob::LearningRate | Knob::GuideLossWeight | Knob::GradClipThresh
        );
        let value = match is_scheduled && then > 0.0 {
            true => self.progress.knobs.get(knob) * (now / then),
            false => now,
        };
        let turn = Turn {
            who: WHO,
            knob,
            value,
            why: why.clone(),
            tell: false,
        };
        self.turn(turn, &mut BTreeMap::new());
        let record = InterventionRecord {
            who: WHO.to_owned(),
            knob: knob.name().to_owned(),
            old: then,
            new: now,
            why,
        };
        self.diary
            .emit(self.progress.step, EventKind::Intervention(record));
    }

    /// The only place where a knob is written.
    ///
    /// Of those who want the same knob at the same moment the first one wins, the next is refused. A value a knob cannot
    /// have is refused too.
    fn turn(&mut self, turn: Turn, taken: &mut BTreeMap<Knob, &'static str>) {
        let Turn {
            who,
            knob,
            value: new,
            why,
            tell,
        } = turn;
        let step = self.progress.step;
        let old = self.progress.knobs.get(knob);
        let winner = taken.get(&knob).filter(|_| new != old);
        let objection = winner
            .map(|winner| format!("`{winner}` has set it at this moment and stands first"))
            .or_else(|| knob.objection(new));
        if let Some(why) = objection {
            let (who, what) = (who.to_owned(), format!("{} = {new}", knob.name()));
            self.diary.emit(step, EventKind::Refused { who, what, why });
            return;
        }
        taken.entry(knob).or_insert(who);
        self.progress.knobs.set(knob, new);
        self.progress.regimes.insert(knob, why.clone());
        let knobs = &self.progress.knobs;
        match knob {
            Knob::NFramesPerStep => self.feeder.set_frames_per_step(knobs.n_frames_per_step),
            Knob::BatchSize => self.feeder.set_batch_size(knobs.batch_size),
            Knob::AccumulationFixFactor => {
                let base = self.identity.hparams.gradient_accumulation_steps;
                self.feeder
                    .set_accumulation(base * knobs.accumulation_fix_factor);
            }
            _ => {}
        }
        if tell && new != old {
            let (who, knob) = (who.to_owned(), knob.name().to_owned());
            self.diary.emit(
                step,
                EventKind::Intervention(InterventionRecord {
                    who,
                    knob,
                    old,
                    new,
                    why,
                }),
            );
        }
    }
}

//! Controllers ask; this is where it is decided what they get.

use std::collections::BTreeMap;

use diktor_track::{EventKind, InterventionRecord, Outcome};

use super::Engine;
use crate::{Intervention, Knob, Moment, RunView};

impl Engine {
    /// Asks every controller, and applies what it may have. Says how the run ends if one of them ends it.
    pub(super) fn consult(&mut self, moment: &Moment<'_>) -> Option<Outcome> {
        let (mut taken, mut end) = (BTreeMap::new(), None);
        for index in 0..self.controllers.len() {
            let view = RunView {
                step: self.progress.step,
                max_steps: self.identity.max_steps,
                knobs: &self.progress.knobs,
                moment: *moment,
            };
            let who = self.controllers[index].name();
            for wish in self.controllers[index].decide(&view) {
                end = end.or(self.apply(who, wish, &mut taken));
            }
        }
        end
    }

    /// The only place where a knob is written.
    ///
    /// `taken` holds who has set which knob at this moment: the first one wins, the next is refused. A value a knob
    /// cannot have is refused too.
    pub(super) fn apply(
        &mut self,
        who: &'static str,
        wish: Intervention,
        taken: &mut BTreeMap<Knob, &'static str>,
    ) -> Option<Outcome> {
        let step = self.progress.step;
        let (knob, new, why, tell) = match wish {
            Intervention::Stop { outcome, why } => {
                let message = format!("`{who}` ends the run: {why}");
                self.diary.emit(
                    step,
                    EventKind::Warning {
                        message,
                        hint: None,
                    },
                );
                return Some(outcome);
            }
            Intervention::Set { knob, value, why } => (knob, value, why, true),
            Intervention::Follow {
                knob,
                value,
                regime,
            } => {
                let entered = self.progress.regimes.get(&knob) != Some(&regime);
                (knob, value, regime, entered)
            }
        };
        let old = self.progress.knobs.get(knob);
        let winner = taken.get(&knob).filter(|_| new != old);
        let objection = winner
            .map(|winner| format!("`{winner}` has set it at this moment and stands first"))
            .or_else(|| knob.objection(new));
        if let Some(why) = objection {
            let (who, what) = (who.to_owned(), format!("{} = {new}", knob.name()));
            self.diary.emit(step, EventKind::Refused { who, what, why });
            return None;
        }
        taken.entry(knob).or_insert(who);
        self.progress.knobs.set(knob, new);
        self.progress.regimes.insert(knob, why.clone());
        let knobs = &self.progress.knobs;
        match knob {
            Knob::NFramesPerStep => self.feeder.set_frames_per_step(knobs.n_frames_per_step),
            Knob::BatchSize => self.feeder.set_batch_size(knobs.batch_size),
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
        None
    }
}

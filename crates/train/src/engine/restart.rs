//! Going back: what counts as a place to go back to, and the way there.

use diktor_track::{EventKind, Outcome, RestartRecord, names};

use super::{Course, Engine, save::insist};
use crate::{
    TrainError,
    checkpoint::{Found, Standing},
    control::Restart,
    data::{Cursor, FeederConfig, order_seed},
};

/// Diagonality that has to have been reached before losing it means anything.
const ALIGNED: f64 = 0.3;
/// Attention has collapsed when less than this share of its best diagonality is left.
const COLLAPSED: f64 = 0.5;

impl Engine {
    /// Decides what the checkpoint of this validation is worth.
    ///
    /// The network is known to be finite. It is good if its validation loss is finite too, its last step went
    /// well, and attention is not far below what it once reached.
    pub(super) fn weigh(&mut self) {
        let (step, metrics) = (self.progress.step, &self.progress.metrics);
        let loss = metrics.get(names::VALIDATION_LOSS).copied();
        let diagonality = metrics.get(names::ALIGNMENT_DIAGONALITY).copied();
        let peak = self.progress.peak_diagonality;
        let doubt = if loss.is_some_and(|loss| !loss.is_finite()) {
            Some("the validation loss is not finite".to_owned())
        } else if self.progress.skipped {
            Some("its last step went wrong".to_owned())
        } else {
            diagonality
                .filter(|now| peak >= ALIGNED && (now.is_nan() || *now < COLLAPSED * peak))
                .map(|now| {
                    format!("attention has collapsed: diagonality {now:.2}, it was {peak:.2}")
                })
        };
        self.progress.peak_diagonality = diagonality.unwrap_or(0.0).max(peak);
        self.progress.standing = match doubt {
            None => Standing::Good,
            Some(doubt) => {
                let message =
                    format!("the checkpoint of step {step} is no place to go back to: {doubt}");
                self.diary.warn(step, message, None);
                Standing::Suspect
            }
        };
    }

    /// Takes the run back to a good checkpoint, with moments of the optimiser forgotten and another order of the data.
    ///
    /// The controller `who` keeps what it remembers, or it could not count; the others remember what they did then.
    /// `last.ckpt` is written before anything else happens, so that a run killed here goes on from here.
    pub(super) fn go_back(
        &mut self,
        who: &'static str,
        restart: Restart,
    ) -> Result<Course, TrainError> {
        let from_step = self.progress.step;
        let found = self.store.good(from_step.saturating_sub(restart.min_age))?;
        let Some(mut found) = found else {
            let message = format!("`{who}` ends the run: {}", restart.why);
            let hint =
                "no good checkpoint is left to go back to; `diktor recover` looks for any other";
            self.diary.warn(from_step, message, Some(hint));
            return Ok(Course::End(Outcome::RedFlag));
        };
        let (to_step, restarts) = (found.checkpoint.state.step, self.progress.restarts + 1);
        let reinitialised = restart.reinitialise && to_step == 0;
        let cursor = self.take_place(who, &mut found)?;
        if reinitialised {
            self.task
                .reinitialise(order_seed(self.identity.hparams.seed, restarts));
        }
        self.progress.restarts = restarts;
        self.progress.standing = Standing::Good;
        let config = FeederConfig::turned(&self.identity.hparams, &self.progress.knobs, restarts);
        self.feeder.go_to(cursor, config);
        self.diary.sync();
        let snapshot = self.snapshot();
        let path = insist(|| self.store.save_last(&snapshot))?;
        self.progress.saved = Some(to_step);
        self.progress.owed = None;
        insist(|| self.store.forget_above(to_step))?;
        insist(|| self.store.mark_good(&path))?;
        let checkpoint = self.diary.relative(&found.path);
        self.diary.emit(
            to_step,
            EventKind::Restart(RestartRecord {
                attempt: restart.attempt,
                most: restart.most,
                from_step,
                to_step,
                checkpoint,
                reinitialised,
                overrides: restart.overrides,
                why: restart.why,
            }),
        );
        self.diary.saved(to_step, &path, "restart");
        Ok(Course::Back)
    }

    /// Stands where the checkpoint stands, but for what `who` remembers, the best validation and the optimiser.
    ///
    /// Returns the place in the data.
    fn take_place(&mut self, who: &'static str, found: &mut Found) -> Result<Cursor, TrainError> {
        let mut cursor = Cursor::default();
        let memory = self
            .controllers
            .iter()
            .find(|one| one.name() == who)
            .map(|one| one.save());
        found.checkpoint.optimizer.clear();
        if let Some(training) = &mut found.checkpoint.state.training {
            training.updates = 0;
            training.best = self.progress.best.clone();
            training
                .controllers
                .extend(memory.map(|memory| (who.to_owned(), memory)));
            cursor = training.cursor;
        }
        self.resume(&found.checkpoint)?;
        Ok(cursor)
    }
}

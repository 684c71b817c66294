//! What the run notices about itself is told here, and never acted upon.

use diktor_corpus::TextFits;

use super::Engine;
use crate::{
    StepReport, Validation,
    data::StepBatch,
    diary::Seen,
    task::Depth,
    watch::{self, Judged, Part, Place, Span},
};

/// Utterances on the page of the worst.
const WORST: usize = 20;
/// Before the attention is this good, every utterance looks wrong.
const USABLE_ALIGNMENT: f64 = 0.5;

impl Engine {
    pub(super) fn watch_step(&mut self, batch: &StepBatch, report: &StepReport) {
        let place = self.place();
        let every = self.identity.hparams.debug_interval();
        if every > 0 && place.step.is_multiple_of(every) {
            self.diary.debug(&Seen {
                step: place.step,
                knobs: &self.progress.knobs,
                batch,
                report,
                hparams: &self.identity.hparams,
            });
        }
        if self.identity.hparams.ledger_interval == 0 {
            return;
        }
        if let Some(noticed) = self.progress.watch.stepped(place, report) {
            self.diary.emit(place.step, noticed);
        }
    }

    pub(super) fn watch_validation(&mut self, depth: Depth, found: &Validation) {
        let place = self.place();
        if let Some(noticed) = self.progress.watch.validated(place, depth, found) {
            self.diary.emit(place.step, noticed);
        }
        if depth == Depth::Full {
            self.keep_ledger();
        }
    }

    /// Writes the ledger, and shows what is proposed and the utterances most unlike the rest.
    fn keep_ledger(&mut self) {
        let (step, ledger) = (self.progress.step, self.progress.watch.ledger());
        let (learnt, judged) = (self.feeder.examples(), self.task.judged_by());
        let fits = self.text_fits();
        let mut all = watch::judge(learnt, Part::Train, ledger, fits);
        all.extend(watch::judge(judged, Part::Validation, ledger, fits));
        watch::worst_first(&mut all);
        if all.is_empty() {
            return;
        }
        self.diary.ledger(step, &all);
        let usual = ledger.usual_alignment(Part::Train).unwrap_or(0.0);
        if usual < USABLE_ALIGNMENT {
            return;
        }
        let worst: Vec<&Judged<'_>> = all.iter().take(WORST).collect();
        let examples: Vec<_> = worst.iter().map(|one| one.example).collect();
        let exhibits = self.task.show(&examples, &self.progress.knobs);
        self.diary.suspects(step, &all, &exhibits);
    }

    /// How well the texts fit their recordings. It depends on nothing but the data and the seed, so it
    /// is found once a session, and a resumed run finds the same.
    fn text_fits(&self) -> &TextFits {
        self.text_fits.get_or_init(|| {
            let hparams = &self.identity.hparams;
            if hparams.ledger_interval == 0 {
                return TextFits::default();
            }
            let both = self.feeder.examples().iter().chain(self.task.judged_by());
            TextFits::of(both, &self.identity.symbols, hparams.seed)
        })
    }

    fn place(&self) -> Place {
        Place {
            step: self.progress.step,
            epoch: self.feeder.cursor().epochs_begun(),
            span: Span::of(&self.identity.hparams, self.identity.max_steps),
        }
    }
}

//! What is noticed on the way: the class of the attention, whether it comes in time, and which
//! utterances are unlike the rest.
//!
//! A watch only looks. What it remembers is part of the checkpoint, so that a resumed run tells what
//! the uninterrupted one would have told, and no number of it reaches the training.

mod attention;
mod early;
mod ledger;
mod suspects;

use diktor_corpus::Example;
use diktor_track::{Collapse, EventKind, names};
use serde::{Deserialize, Serialize};

pub use attention::AttentionWatch;
pub(crate) use attention::class_of;
pub use early::{EarlyWatch, Span};
pub use ledger::{Entry, Ledger, Part};
pub use suspects::{Judged, PROPOSED, judge, worst_first};

use crate::{
    StepReport, Validation,
    task::{Depth, UtteranceReport},
};

/// Everything a run notices about itself.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Watch {
    ledger: Ledger,
    attention: AttentionWatch,
    early: EarlyWatch,
    /// How often each symbol stands in the texts that were learnt from, by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    heard: Option<Vec<u64>>,
}

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Steps finished.
    pub step: u64,
    /// Epochs begun.
    pub epoch: u64,
    /// How long the run is.
    pub span: Span,
}

impl Place {
    fn utterances(self) -> u64 {
        self.step.saturating_mul(self.span.per_step)
    }
}

impl Watch {
    /// Looks at a step; returns what is to be told.
    pub fn stepped(&mut self, place: Place, report: &StepReport) -> Option<EventKind> {
        if !report.utterances.is_empty() {
            self.ledger
                .enter(Part::Train, place.epoch, &report.utterances);
            if let Some(diagonality) = mean_diagonality(&report.utterances) {
                self.early.note(place.utterances(), diagonality);
            }
        }
        let class = self.attention.class().unwrap_or(Collapse::Uniform);
        let look = self.early.look(place.step, place.span, class);
        look.map(EventKind::Early)
    }

    /// Looks at a validation; returns what is to be told.
    pub fn validated(
        &mut self,
        place: Place,
        depth: Depth,
        found: &Validation,
    ) -> Option<EventKind> {
        if depth == Depth::Full {
            self.ledger
                .enter(Part::Validation, place.epoch, &found.utterances);
        }
        if let Some(diagonality) = found.metrics.get(names::ALIGNMENT_DIAGONALITY) {
            self.early.note(place.utterances(), *diagonality);
        }
        let change = self.attention.validated(&found.metrics);
        change.map(EventKind::Attention)
    }

    /// Begins to count the symbols of the texts that are learnt from.
    pub fn hears(&mut self, examples: &[Example], symbols: usize) {
        self.heard = Some(vec![0; symbols]);
        self.hears_also(examples);
    }

    /// Goes on with a training set that may have changed; where it is not known what was learnt before, it stays so.
    pub fn hears_also(&mut self, examples: &[Example]) {
        let Some(heard) = &mut self.heard else { return };
        let mut counts = vec![0; heard.len()];
        for id in examples.iter().flat_map(|example| &example.symbols) {
            if let Some(count) = counts.get_mut(*id as usize) {
                *count += 1;
            }
        }
        for (known, count) in heard.iter_mut().zip(counts) {
            *known = count.max(*known);
        }
    }

    /// How often each symbol stands in the texts that were learnt from, by id; `None` where the weights had learnt from
    /// texts that are not known.
    pub fn heard(&self) -> Option<&[u64]> {
        self.heard.as_deref()
    }

    /// What is known of every utterance.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }
}

fn mean_diagonality(reports: &[UtteranceReport]) -> Option<f64> {
    let all: Vec<f64> = reports
        .iter()
        .filter_map(|report| Some(report.attention?.diagonality))
        .collect();
    (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
}

//! What a person reads of events that carry figures, in one line.

use crate::{AttentionChange, EarlyLook, EarlyVerdict, Suspects};

pub(super) fn attention(change: &AttentionChange) -> String {
    let was = match change.from {
        Some(from) => format!(" (was {from})"),
        None => String::new(),
    };
    format!(
        "attention is {}{was} in {:.0}% of the utterances, diagonality {:.3}",
        change.to,
        100.0 * change.share,
        change.diagonality
    )
}

pub(super) fn early(look: &EarlyLook) -> String {
    let found = match look.verdict {
        EarlyVerdict::Aligned => "attention has found the diagonal",
        EarlyVerdict::OnItsWay => "attention is on its way to the diagonal",
        EarlyVerdict::NotOnItsWay => "attention is not on its way to the diagonal",
    };
    let again = match look.look_again {
        Some(step) => format!("; next look at step {step}"),
        None => String::new(),
    };
    format!(
        "{found}: {} after {} utterances, diagonality {:.3}, {:+.4} per 1000 utterances{again}",
        look.class, look.utterances, look.diagonality, look.slope
    )
}

pub(super) fn suspects(suspects: &Suspects) -> String {
    let worst: Vec<&str> = suspects
        .worst
        .iter()
        .take(3)
        .map(|one| one.utterance.as_str())
        .collect();
    format!(
        "{} of {} utterances look wrong; the worst are {} (worst.html)",
        suspects.proposed,
        suspects.measured,
        worst.join(", ")
    )
}

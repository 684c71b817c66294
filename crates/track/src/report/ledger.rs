//! Which utterances are most unlike the rest, in short; `worst.html` plays them.

use super::{
    diagnosis::{WORST_PAGE, Words},
    history::History,
    html::{escape, section, table},
};
use crate::{Suspect, figures::Form};

/// Utterances told of; the page of the worst has more.
const SHOWN: usize = 10;

/// The section; nothing where the run has not judged its utterances.
pub(super) fn html(history: &History, words: &Words) -> String {
    let Some((_, suspects)) = &history.suspects else {
        return String::new();
    };
    let shown = suspects.worst.iter().take(SHOWN);
    let rows: Vec<Vec<String>> = shown.map(|suspect| row(suspect, words)).collect();
    let heads = [
        words.utterance,
        words.text,
        words.suspicion,
        words.loss,
        words.alignment,
        words.text_fit,
        words.frames_per_symbol,
        words.because,
    ];
    let body = format!(
        "<p><b>{}</b> {} <a href=\"{WORST_PAGE}\">{WORST_PAGE}</a>.</p>{}",
        escape(&(words.judged)(suspects.proposed, suspects.measured)),
        escape(words.listen),
        table(&heads, &rows)
    );
    section("ledger", words.ledger, words.worst_lead, &body)
}

fn row(suspect: &Suspect, words: &Words) -> Vec<String> {
    let short = |value: f64| escape(&Form::Short.show_in(value, words.locale));
    let badge = if suspect.proposed {
        let proposed = escape(words.proposed);
        format!(" <span class=\"badge bad\">{proposed}</span>")
    } else {
        String::new()
    };
    let because = suspect.because.iter().map(|one| (words.oddity)(*one));
    vec![
        escape(&suspect.utterance),
        escape(&suspect.text) + &badge,
        short(suspect.suspicion),
        short(suspect.loss),
        suspect.alignment_score.map(short).unwrap_or_default(),
        suspect.text_fit.map(short).unwrap_or_default(),
        short(suspect.frames_per_symbol),
        escape(&because.collect::<Vec<_>>().join(", ")),
    ]
}

//! What a listener should know of a line that was spoken: letters that were never heard, a place that was lost.

use diktor_model::{Alignment, Inference, StopReason};
use diktor_train::diagnostics::{AlignmentView, attention};

use crate::voice::Voice;

/// Diagonality below which the voice did not read the line.
const LOST: f64 = 0.5;
/// Symbols at the beginning or the end that may be passed over: pauses and quiet sounds have no clear place.
const EDGE: usize = 3;
/// And this share of a long line.
const EDGE_SHARE: f64 = 0.1;
/// Symbols that one move of the attention may pass over or go back by.
const LEAP: usize = 6;
/// Symbols of a quoted place.
const QUOTED: usize = 12;

/// Everything doubtful of a spoken line, in sentences.
pub(super) fn of(voice: &Voice, ids: &[u32], spoken: &Inference) -> Vec<String> {
    let symbols: Vec<&str> = ids
        .iter()
        .map(|&id| voice.frontend.symbols.symbol(id).unwrap_or_default())
        .collect();
    let mut doubts: Vec<String> = unheard(voice, ids).into_iter().collect();
    let read = Reading::of(&spoken.alignment);
    doubts.extend(read.map(|read| read.doubts(&symbols)).unwrap_or_default());
    doubts.extend(cut_off(spoken.stop));
    doubts
}

/// The symbols of a text that its voice never met in training.
fn unheard(voice: &Voice, ids: &[u32]) -> Option<String> {
    let heard = voice.heard.as_ref()?;
    let mut never: Vec<&str> = ids
        .iter()
        .filter(|&&id| heard.get(id as usize) == Some(&0))
        .filter_map(|&id| voice.frontend.symbols.symbol(id))
        .collect();
    never.sort_unstable();
    never.dedup();
    (!never.is_empty()).then(|| {
        let named: Vec<String> = never.iter().map(|symbol| format!("`{symbol}`")).collect();
        format!(
            "the voice never heard {} in training: what it says there is chance",
            named.join(", ")
        )
    })
}

/// A line that did not end by itself.
fn cut_off(stop: StopReason) -> Option<String> {
    let why = match stop {
        StopReason::Gate | StopReason::AlignmentSaturated => return None,
        StopReason::LengthCap => "it went on for far longer than its text",
        StopReason::MaxSteps => "`max_decoder_steps` was reached",
    };
    Some(format!("the line was cut off: {why}"))
}

/// Where the attention was, step by step.
struct Reading {
    /// The symbol looked at most, of every decoder step.
    path: Vec<usize>,
    symbols: usize,
    diagonality: f64,
}

impl Reading {
    fn of(alignment: &Alignment) -> Option<Self> {
        let view = AlignmentView {
            steps: alignment.steps,
            symbols: alignment.symbols,
            values: &alignment.values,
        };
        let diagonality = attention(&view)?.diagonality;
        let rows = alignment.values.chunks_exact(alignment.symbols);
        let most = |row: &[f32]| {
            let found = row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
            found.map_or(0, |(at, _)| at)
        };
        Some(Self {
            path: rows.map(most).collect(),
            symbols: alignment.symbols,
            diagonality,
        })
    }

    fn doubts(&self, text: &[&str]) -> Vec<String> {
        let quoted = |from: usize| -> String {
            let end = (from + QUOTED).min(text.len());
            text.get(from..end).unwrap_or_default().concat()
        };
        let edge = EDGE.max((EDGE_SHARE * self.symbols as f64) as usize);
        let mut doubts = Vec::new();
        if self.diagonality < LOST {
            doubts.push(format!(
                "the attention lost its place (diagonality {:.2}; a line that is read has 0.7): listen before you use it",
                self.diagonality
            ));
        }
        let begin = self.path.iter().take(3).min().copied().unwrap_or(0);
        if begin > edge {
            doubts.push(format!(
                "the beginning is left out: it starts at \"{}\"",
                quoted(begin)
            ));
        }
        let reached = self.path.iter().max().copied().unwrap_or(0);
        if reached + 1 + edge < self.symbols {
            doubts.push(format!(
                "the end is left out, from \"{}\" on",
                quoted(reached + 1)
            ));
        }
        if let Some(from) = self.skipped() {
            doubts.push(format!("words are left out at \"{}\"", quoted(from)));
        }
        if let Some(from) = self.repeated() {
            doubts.push(format!("words are said again from \"{}\" on", quoted(from)));
        }
        doubts
    }

    /// The first place at which the attention passed over several symbols that it never looked at.
    fn skipped(&self) -> Option<usize> {
        let moves = self.path.windows(2);
        moves
            .filter(|pair| pair[1] > pair[0] + LEAP)
            .map(|pair| pair[0] + 1..pair[1])
            .find(|passed| {
                let seen = passed.clone().filter(|at| self.path.contains(at)).count();
                2 * seen < passed.len()
            })
            .map(|passed| passed.start)
    }

    /// The first place that the attention went back to from several symbols further, and stayed.
    fn repeated(&self) -> Option<usize> {
        const STAYED: usize = 3;
        self.path.windows(1 + STAYED).find_map(|moves| {
            let back = moves[1..].iter().all(|at| *at + LEAP < moves[0]);
            back.then(|| moves[1])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The doubts about a line of thirty letters that is read in this order.
    fn doubts(path: Vec<usize>) -> Vec<String> {
        let text: Vec<String> = ('a'..='z').chain('0'..='3').map(String::from).collect();
        let symbols = text.len();
        let mut values = vec![0.0; path.len() * symbols];
        for (step, at) in path.iter().enumerate() {
            values[step * symbols + at] = 1.0;
        }
        let alignment = Alignment {
            steps: path.len(),
            symbols,
            values,
        };
        let text: Vec<&str> = text.iter().map(String::as_str).collect();
        Reading::of(&alignment).unwrap().doubts(&text)
    }

    #[test]
    fn a_line_that_is_read_through_has_no_doubts() {
        assert_eq!(
            doubts((0..60).map(|step| step / 2).collect()),
            Vec::<String>::new()
        );
        let quick = (0..15).map(|step| 2 * step).collect();
        assert_eq!(doubts(quick), Vec::<String>::new());
        let hesitant = (0..60).map(|step| (step / 2) ^ (step & 1)).collect();
        assert_eq!(doubts(hesitant), Vec::<String>::new());
    }

    #[test]
    fn what_is_left_out_is_quoted() {
        let late = doubts((20..80).map(|step| (step / 2).min(29)).collect());
        assert!(
            late.iter()
                .any(|one| one.contains("it starts at \"klmnopqrstuv\"")),
            "{late:?}"
        );
        let early = doubts((0..30).map(|step| step / 2).collect());
        assert!(
            early
                .iter()
                .any(|one| one.contains("from \"pqrstuvwxyz0\" on")),
            "{early:?}"
        );
        let gap = doubts(
            (0..60)
                .map(|step| step / 2)
                .filter(|at| !(8..18).contains(at))
                .collect(),
        );
        assert_eq!(gap, ["words are left out at \"ijklmnopqrst\""]);
        let again = (0..40).chain(16..60).map(|step| step / 2).collect();
        assert_eq!(
            doubts(again),
            ["words are said again from \"ijklmnopqrst\" on"]
        );
    }

    #[test]
    fn attention_that_wanders_is_lost() {
        let wandering = doubts((0..60).map(|step| (step * 17) % 30).collect());
        assert!(wandering[0].contains("lost its place"), "{wandering:?}");
    }
}

use diktor_audio::Mel;

use super::*;
use crate::{diagnostics::AttentionMetrics, task::UtteranceReport};

fn example(id: usize, symbols: usize, frames: usize) -> Example {
    Example {
        id: format!("u{id:03}"),
        symbols: vec![1; symbols],
        mel: Mel::new(1, vec![0.0; frames]),
        audio: "none.wav".into(),
        text: String::new(),
        trimmed_s: 0.0,
        cached: false,
    }
}

fn report(id: usize, loss: f64, score: f64) -> UtteranceReport {
    let attention = AttentionMetrics {
        diagonality: score,
        focus: score,
        entropy: 0.0,
        entropy_normalised: 0.0,
        coverage: 1.0,
        coverage_strength: 1.0,
        monotonicity: 1.0,
        travel: 1.0,
        skip_rate: 0.0,
        final_position: 1.0,
        alignment_score: score,
    };
    UtteranceReport {
        id: format!("u{id:03}"),
        loss,
        attention: Some(attention),
        gate_error: Some(0.1),
    }
}

/// Looks often enough at sixty utterances; `odd` gives loss and score of some that are not usual.
fn looked_at(examples: usize, odd: impl Fn(usize) -> Option<(f64, f64)>) -> Ledger {
    let mut ledger = Ledger::default();
    for epoch in 1..=MATURE_LOOKS {
        let reports: Vec<UtteranceReport> = (0..examples)
            .map(|id| {
                let even = 0.001 * ((id * 37) % 11) as f64;
                let (loss, score) = odd(id).unwrap_or((1.0 + even, 0.89 + even));
                report(id, loss, score)
            })
            .collect();
        ledger.enter(Part::Train, epoch, &reports);
    }
    ledger
}

fn proposed(examples: &[Example], ledger: &Ledger) -> Vec<String> {
    let judged = judge(examples, Part::Train, ledger, &TextFits::default());
    let mut found: Vec<String> = judged
        .iter()
        .filter(|one| one.proposed)
        .map(|one| one.example.id.clone())
        .collect();
    found.sort();
    found
}

#[test]
fn the_least_even_of_an_even_corpus_are_listed_first_and_not_proposed() {
    let examples: Vec<Example> = (0..60)
        .map(|id| example(id, 10 + id % 30, 20 + 5 * (10 + id % 30) + id % 3))
        .collect();
    let fair = looked_at(60, |id| match id {
        3 => Some((1.4, 0.89)),
        5 => Some((1.0, 0.80)),
        _ => None,
    });
    let judged = judge(&examples, Part::Train, &fair, &TextFits::default());
    assert!(judged[1].suspicion >= PROPOSED, "{:?}", judged[1]);
    assert_eq!(proposed(&examples, &fair), Vec::<String>::new());
    let bad = looked_at(60, |id| match id {
        3 => Some((2.1, 0.89)),
        5 => Some((1.0, 0.6)),
        _ => None,
    });
    assert_eq!(proposed(&examples, &bad), ["u003", "u005"]);
}

#[test]
fn a_length_that_nobody_speaks_is_proposed() {
    let examples: Vec<Example> = (0..60)
        .map(|id| {
            let usual = 20 + 5 * (10 + id % 30) + id % 3;
            let frames = match id {
                4 => 2 * usual,
                8 => usual / 2,
                9 => usual + usual / 3,
                _ => usual,
            };
            example(id, 10 + id % 30, frames)
        })
        .collect();
    let ledger = looked_at(60, |id| matches!(id, 4 | 8 | 9).then_some((1.2, 0.85)));
    assert_eq!(proposed(&examples, &ledger), ["u004", "u008"]);
}

/// Sixty ordinary utterances; `u007` is predicted badly, `u013` badly aligned, `u021` too long
/// for its text.
fn set() -> (Vec<Example>, Ledger) {
    let wobble = |id: usize| ((id * 37) % 11) as f64 / 11.0 - 0.5;
    let examples: Vec<Example> = (0..60)
        .map(|id| {
            let symbols = 10 + id % 30;
            let frames = 20 + 5 * symbols + id % 3;
            example(id, symbols, if id == 21 { 2 * frames } else { frames })
        })
        .collect();
    let mut ledger = Ledger::default();
    for epoch in 1..4 {
        let reports: Vec<UtteranceReport> = (0..60)
            .map(|id| {
                let loss = if id == 7 { 2.0 } else { 1.0 + 0.1 * wobble(id) };
                let score = if id == 13 {
                    0.3
                } else {
                    0.8 + 0.05 * wobble(id)
                };
                report(id, loss, score)
            })
            .collect();
        ledger.enter(Part::Train, epoch, &reports);
    }
    (examples, ledger)
}

#[test]
fn what_is_unlike_the_rest_comes_first_with_its_reason() {
    let (examples, ledger) = set();
    let judged = judge(&examples, Part::Train, &ledger, &TextFits::default());
    let worst: Vec<(&str, Oddity)> = judged[..3]
        .iter()
        .map(|one| (one.example.id.as_str(), one.because[0]))
        .collect();
    for expected in [
        ("u007", Oddity::Loss),
        ("u013", Oddity::Attention),
        ("u021", Oddity::Long),
    ] {
        assert!(worst.contains(&expected), "{worst:?}");
    }
    assert!(judged[3].suspicion < PROPOSED, "{:?}", judged[3]);
}

#[test]
fn no_more_than_a_twentieth_is_proposed() {
    let (examples, mut ledger) = set();
    let reports: Vec<UtteranceReport> = (0..60)
        .map(|id| {
            let wrong = id < 20;
            report(
                id,
                if wrong { 50.0 } else { 1.0 },
                if wrong { 0.0 } else { 0.8 },
            )
        })
        .collect();
    for epoch in 4..30 {
        ledger.enter(Part::Train, epoch, &reports);
    }
    let judged = judge(&examples, Part::Train, &ledger, &TextFits::default());
    assert_eq!(judged.iter().filter(|one| one.proposed).count(), 3);
}

#[test]
fn a_set_without_differences_suspects_nobody() {
    let examples: Vec<Example> = (0..9).map(|id| example(id, 10, 50)).collect();
    let mut ledger = Ledger::default();
    let reports: Vec<UtteranceReport> = (0..9).map(|id| report(id, 1.0, 0.9)).collect();
    ledger.enter(Part::Train, 1, &reports);
    let judged = judge(&examples, Part::Train, &ledger, &TextFits::default());
    assert_eq!(judged.len(), 9);
    assert!(
        judged
            .iter()
            .all(|one| one.suspicion == 0.0 && !one.proposed)
    );
    assert!(judge(&[], Part::Train, &ledger, &TextFits::default()).is_empty());
}

/// Margins of sixty right texts, 5.5 to 6.5, but of `u014` and `u015`.
fn fits(u014: f64, u015: f64) -> TextFits {
    let margins = (0..60).map(|id| {
        let margin = match id {
            14 => u014,
            15 => u015,
            _ => 5.5 + f64::from((id * 37) % 11) / 11.0,
        };
        (format!("u{id:03}"), margin)
    });
    margins.collect()
}

#[test]
fn a_text_that_fits_no_better_than_others_is_proposed_whatever_the_network_has_learnt() {
    let (examples, ledger) = set();
    let fits = fits(0.4, 3.9);
    let judged = judge(&examples, Part::Train, &ledger, &fits);
    let wrong: Vec<(&str, &[Oddity], Option<f64>)> = judged
        .iter()
        .filter(|one| one.proposed)
        .map(|one| (one.example.id.as_str(), &one.because[..], one.text_fit))
        .collect();
    assert_eq!(wrong, [("u014", &[Oddity::Text][..], Some(0.4))]);
    let place = judged.iter().position(|one| one.example.id == "u014");
    assert!(
        place.unwrap() < 4,
        "beside the three that the network finds bad"
    );
    let without = judge(&examples, Part::Train, &ledger, &TextFits::default());
    let suspicion = |judged: &[Judged<'_>], id: &str| {
        judged
            .iter()
            .find(|one| one.example.id == id)
            .unwrap()
            .suspicion
    };
    for right in ["u007", "u015", "u030"] {
        assert_eq!(
            suspicion(&judged, right),
            suspicion(&without, right),
            "{right}"
        );
    }
    let mut listened = judged.clone();
    worst_first(&mut listened);
    assert_eq!(
        listened[0].example.id, "u014",
        "what is proposed can be listened to"
    );
    let rest = listened[1..].iter();
    assert!(rest.map(|one| -one.suspicion).is_sorted());
}

#[test]
fn wrong_texts_are_proposed_however_many_they_are() {
    let (examples, ledger) = set();
    let fits: TextFits = (0..60)
        .map(|id| (format!("u{id:03}"), if id % 5 == 0 { 0.0 } else { 6.0 }))
        .collect();
    let judged = judge(&examples, Part::Train, &ledger, &fits);
    assert_eq!(judged.iter().filter(|one| one.proposed).count(), 12);
}

#[test]
fn a_text_that_fits_is_not_accused_by_one_figure_of_the_network() {
    let examples: Vec<Example> = (0..60)
        .map(|id| example(id, 10 + id % 30, 20 + 5 * (10 + id % 30) + id % 3))
        .collect();
    let ledger = looked_at(60, |id| match id {
        14 => Some((1.0, 0.5)),
        15 => Some((2.4, 0.5)),
        _ => None,
    });
    // Both stand 2.9 above other texts, too little for a usual text and too much for a wrong one.
    let fits = fits(2.9, 2.9);
    assert!(!fits.is_misfit("u014"));
    let judged = judge(&examples, Part::Train, &ledger, &fits);
    let proposed: Vec<&str> = (judged.iter().filter(|one| one.proposed))
        .map(|one| one.example.id.as_str())
        .collect();
    assert_eq!(proposed, ["u015"], "attention alone accuses nobody");
}

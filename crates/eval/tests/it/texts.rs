//! Edits against jiwer.

use diktor_eval::{Measure, Sample, Wording, edits};
use diktor_text::{Cleaners, Frontend};
use serde::Deserialize;

use crate::support::golden;

#[derive(Deserialize)]
struct Golden {
    sentences: Vec<Sentence>,
    pooled: Errors,
}

#[derive(Deserialize)]
struct Sentence {
    said: String,
    heard: String,
    word_edits: usize,
    character_edits: usize,
    #[serde(flatten)]
    errors: Errors,
}

#[derive(Deserialize)]
struct Errors {
    word_error: f64,
    character_error: f64,
}

#[test]
fn errors_are_those_of_jiwer() {
    let golden: Golden = golden("edits.json");
    let wording = Wording::new(Frontend::new(vec![Cleaners::BasicCleaners]));
    let (mut words, mut characters) = (Vec::new(), Vec::new());
    for one in &golden.sentences {
        let (said, heard): (Vec<char>, Vec<char>) =
            (one.said.chars().collect(), one.heard.chars().collect());
        assert_eq!(
            edits(&said, &heard).count(),
            one.character_edits,
            "{}",
            one.said
        );
        let split = |text: &'_ str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let heard_words = if one.heard.is_empty() {
            Vec::new()
        } else {
            split(&one.heard)
        };
        let found = edits(&split(&one.said), &heard_words).count();
        assert_eq!(found, one.word_edits, "{}", one.said);

        let scores = wording.scores(&one.said, &one.heard);
        let close = |measure: Measure, expected: f64| {
            let value = scores[&measure].value(measure);
            assert!((value - expected).abs() < 1e-12, "{}: {value}", one.said);
        };
        close(Measure::WordError, one.errors.word_error);
        close(Measure::CharacterError, one.errors.character_error);
        words.push(scores[&Measure::WordError]);
        characters.push(scores[&Measure::CharacterError]);
    }
    let pooled =
        |measure, samples: &[Sample]| diktor_eval::figure(measure, samples, 1).unwrap().value;
    let word_error = pooled(Measure::WordError, &words);
    assert!((word_error - golden.pooled.word_error).abs() < 1e-12);
    let character_error = pooled(Measure::CharacterError, &characters);
    assert!((character_error - golden.pooled.character_error).abs() < 1e-12);
}

//! Whether wrong texts of the bundled corpora are told from right ones.

use std::path::Path;

use diktor_audio::Mel;
use diktor_corpus::{
    Example, FeatureConfig, ImportConfig, Listener, Speaking, TextFits, import, load_examples,
};
use diktor_text::{Cleaners, Frontend};

/// Some utterances of a bundled corpus.
fn bundled(language: &str, cleaners: Cleaners, count: usize) -> (Vec<Example>, Frontend) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../assets/demo")
        .join(language);
    let frontend = Frontend::new(vec![cleaners]);
    let (manifest, _) = import(&path, None, &frontend, &ImportConfig::default()).unwrap();
    let (mel, features) = (Default::default(), FeatureConfig::default());
    let some = &manifest.utterances[..count.min(manifest.utterances.len())];
    let (examples, problems) = load_examples(some, &frontend, &mel, &features, &|_, _| {}).unwrap();
    assert!(problems.is_empty(), "{problems:?}");
    (examples, frontend)
}

/// Ids from the worst fit to the best.
fn worst_first(fits: &TextFits) -> Vec<&str> {
    let mut all: Vec<_> = fits.iter().collect();
    all.sort_by(|a, b| a.1.margin.total_cmp(&b.1.margin));
    all.into_iter().map(|(id, _)| id).collect()
}

/// Ten texts handed on in a ring are among the twenty worst, and hardly a right one is accused.
fn planted_texts_are_found((mut examples, frontend): (Vec<Example>, Frontend)) {
    let wrong: Vec<usize> = (0..10).map(|k| 3 + k * examples.len() / 10).collect();
    let first = examples[wrong[0]].symbols.clone();
    for pair in wrong.windows(2) {
        examples[pair[0]].symbols = examples[pair[1]].symbols.clone();
    }
    examples[wrong[9]].symbols = first;
    let fits = TextFits::of(&examples, &frontend.symbols, 1);
    assert!(fits.tells(), "{}", fits.usual());
    let worst = worst_first(&fits);
    let found = wrong
        .iter()
        .filter(|&&one| worst[..20].contains(&examples[one].id.as_str()));
    assert_eq!(found.count(), 10);
    let planted = wrong
        .iter()
        .filter(|&&one| fits.is_misfit(&examples[one].id))
        .count();
    let accused = worst.iter().filter(|id| fits.is_misfit(id)).count();
    assert!(
        planted >= 8 && accused <= planted + 1,
        "{planted} of {accused}"
    );
}

#[test]
fn planted_texts_are_found_in_english() {
    planted_texts_are_found(bundled("en", Cleaners::EnglishCleaners, 200));
}

#[test]
fn planted_texts_are_found_in_russian() {
    planted_texts_are_found(bundled("ru", Cleaners::RussianCleaners, 150));
}

#[test]
fn a_clean_corpus_has_hardly_a_misfit() {
    let (examples, frontend) = bundled("en", Cleaners::EnglishCleaners, 400);
    let fits = TextFits::of(&examples, &frontend.symbols, 1);
    assert_eq!(fits.iter().count(), 400);
    let accused = worst_first(&fits)
        .iter()
        .filter(|id| fits.is_misfit(id))
        .count();
    assert!(accused <= 4, "{accused} of 400");
}

/// Held-out recordings are understood by their own texts, not at all by those of each other, and less the more they are
/// smeared over time.
fn speech_is_told_from_a_blur((learnt, frontend): (Vec<Example>, Frontend)) {
    let (judged, learnt) = learnt.split_at(20);
    let listener = Listener::learn(learnt, &frontend.symbols, 1).unwrap();
    let heard = |say: &dyn Fn(usize) -> Mel| {
        let mels: Vec<Mel> = (0..judged.len()).map(say).collect();
        let spoken = mels.iter().zip(judged).map(|(mel, one)| Speaking {
            mel,
            symbols: &one.symbols,
            recording: &one.mel,
        });
        let spoken: Vec<Speaking<'_>> = spoken.collect();
        listener.intelligibility(&spoken).unwrap()
    };
    assert_eq!(heard(&|one| judged[one].mel.clone()), 1.0);
    let others = heard(&|one| judged[(one + 1) % judged.len()].mel.clone());
    assert!(others < 0.05, "{others}");
    let [slight, strong] = [3, 12].map(|width| heard(&|one| blurred(&judged[one].mel, width)));
    assert!(
        strong < 0.7 && strong + 0.1 < slight && slight < 1.0,
        "{slight:.3} and {strong:.3}"
    );
}

/// The mean of so many frames to either side.
fn blurred(mel: &Mel, width: usize) -> Mel {
    let (frames, bins) = (mel.frames(), mel.bins());
    let values = (0..frames).flat_map(|frame| {
        let around = frame.saturating_sub(width)..(frame + width + 1).min(frames);
        (0..bins).map(move |bin| {
            let sum: f32 = around.clone().map(|at| mel.frame(at)[bin]).sum();
            sum / around.len() as f32
        })
    });
    Mel::new(bins, values.collect())
}

#[test]
fn speech_is_told_from_a_blur_in_english() {
    speech_is_told_from_a_blur(bundled("en", Cleaners::EnglishCleaners, 200));
}

#[test]
fn speech_is_told_from_a_blur_in_russian() {
    speech_is_told_from_a_blur(bundled("ru", Cleaners::RussianCleaners, 150));
}

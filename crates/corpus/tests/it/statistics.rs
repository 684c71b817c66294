//! The figures of a corpus, for programs and for people.

use diktor_corpus::{ImportConfig, Statistics, UnknownPolicy, import, split, statistics};

use crate::clips::{Clip, clips, english, tone, write_ljspeech};

fn measured(clips: &[Clip]) -> Statistics {
    let dir = tempfile::tempdir().unwrap();
    write_ljspeech(dir.path(), clips);
    let config = ImportConfig {
        unknown: UnknownPolicy::Drop,
        ..Default::default()
    };
    let (manifest, problems) = import(dir.path(), None, &english(), &config).unwrap();
    let parts = split(&manifest, 1, None);
    statistics(&manifest, &english(), &problems, Some(&parts))
}

#[test]
fn figures_are_those_of_the_corpus() {
    let clips = clips(12);
    let figures = measured(&clips);
    let seconds: f64 = clips.iter().map(|c| c.wave.seconds()).sum();
    assert_eq!(figures.utterances, 12);
    assert!((figures.hours * 3600.0 - seconds).abs() < 1e-6);
    assert!(
        (figures.chars_per_s.p50 - 15.0).abs() < 1.5,
        "{:?}",
        figures.chars_per_s
    );
    assert_eq!(
        figures.sample_rates.into_iter().collect::<Vec<_>>(),
        [(22_050, 12)]
    );
    let split = figures.split.unwrap();
    assert_eq!((split.train, split.validation), (11, 1));
    assert!(figures.trimmed_s > 12.0 * 0.5);
    let total: usize = figures.symbols.iter().map(|s| s.count).sum();
    assert!(total >= figures.total_characters, "{total}");
    assert!(figures.symbols.is_sorted_by(|a, b| a.count >= b.count));
}

#[test]
fn oddities_are_listed_by_name() {
    let mut clips = clips(12);
    clips[3].text = clips[0].text.clone();
    clips[5].wave = clips[4].wave.clone();
    clips[7].wave = tone(300.0, 7.0, 22_050);
    clips[9].text = "Привет.".into();
    clips[10].wave.samples[10_000..10_100].fill(1.0);
    let figures = measured(&clips);
    assert_eq!(figures.duplicate_texts, [["clip-000", "clip-003"]]);
    assert_eq!(figures.duplicate_recordings, [["clip-004", "clip-005"]]);
    assert_eq!(figures.rate_outliers[0].id, "clip-007");
    assert_eq!(
        figures.unknown_characters[&'П'.to_lowercase().next().unwrap()],
        1
    );
    assert_eq!((figures.clipped, figures.problems["clipped"]), (1, 1));
}

#[test]
fn json_reads_back_and_the_table_names_every_part() {
    let figures = measured(&clips(8));
    let json = serde_json::to_string(&figures).unwrap();
    assert_eq!(serde_json::from_str::<Statistics>(&json).unwrap(), figures);
    let table = figures.to_string();
    for part in [
        "utterances        8",
        "edge silence",
        "22050 Hz: 8",
        "7 train, 1 validation",
        "p95",
        "characters/s",
        "symbols (",
        "clipped           0",
    ] {
        assert!(table.contains(part), "{part} is not in\n{table}");
    }
}

//! What a corpus is like in figures: for a person as a table, for a program as JSON.

use std::collections::{BTreeMap, BTreeSet};

use diktor_text::Frontend;
use serde::{Deserialize, Serialize};

use crate::{
    check::{speaking_rate, text_problem},
    import::ListFormat,
    manifest::{Manifest, Utterance},
    problem::{Problem, ProblemKind, count_problems},
    recording::CLIPPED_SHARE,
    remarks::{Remark, remarks},
    split::Split,
    summary::{OUTLIER_Z, Summary, robust_z},
};

/// A corpus in figures. [`std::fmt::Display`] is the readable table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    /// Utterances that the list names.
    #[serde(default)]
    pub listed: usize,
    /// How the list was read.
    #[serde(default)]
    pub read_as: Option<ListFormat>,
    /// What is odd about the corpus as a whole.
    #[serde(default)]
    pub remarks: Vec<Remark>,
    /// Usable utterances.
    pub utterances: usize,
    /// Length of all recordings, h.
    pub hours: f64,
    /// Silence at the edges that trimming takes away, s.
    pub trimmed_s: f64,
    /// Length of a recording, s.
    pub duration_s: Summary,
    /// Characters of a cleaned text.
    pub characters: Summary,
    /// Characters of all cleaned texts.
    pub total_characters: usize,
    /// Characters per second of speech.
    pub chars_per_s: Summary,
    /// Utterances spoken much faster or slower than the rest, the worst first.
    pub rate_outliers: Vec<RateOutlier>,
    /// How often each symbol of the table comes, the most frequent first.
    pub symbols: Vec<SymbolCount>,
    /// Symbols of the table that never come.
    pub unused_symbols: Vec<String>,
    /// Characters outside the symbol table, with the number of utterances that hold them.
    pub unknown_characters: BTreeMap<char, usize>,
    /// Largest magnitude of a recording, 1 at full scale.
    pub peak: Summary,
    /// Root mean square level of a recording, dBFS.
    pub rms_dbfs: Summary,
    /// Recordings with too many samples at full scale.
    pub clipped: usize,
    /// Recordings by sample rate, Hz.
    pub sample_rates: BTreeMap<u32, usize>,
    /// Utterances by speaker, where the list names speakers.
    pub speakers: BTreeMap<String, usize>,
    /// Texts that more than one utterance has, as ids.
    pub duplicate_texts: Vec<Vec<String>>,
    /// Recordings that more than one utterance has, as ids.
    pub duplicate_recordings: Vec<Vec<String>>,
    /// Problems found at import, by kind.
    pub problems: BTreeMap<String, usize>,
    /// Sizes of the parts, once split.
    pub split: Option<SplitSizes>,
}

/// An utterance spoken unlike the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RateOutlier {
    /// Its id.
    pub id: String,
    /// Characters per second.
    pub chars_per_s: f64,
    /// Robust z-score.
    pub z: f64,
}

/// How often a symbol comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SymbolCount {
    /// The symbol, as the table names it.
    pub symbol: String,
    /// Occurrences in all texts.
    pub count: usize,
}

/// Sizes of the two parts of a split.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SplitSizes {
    /// Utterances to train on.
    pub train: usize,
    /// Utterances to validate with.
    pub validation: usize,
    /// Length of the recordings to train on, h.
    pub train_hours: f64,
    /// Length of the recordings to validate with, h.
    pub validation_hours: f64,
}

/// Measures a corpus.
///
/// `problems` are those of its import; `split` is how it is going to be used, where that is known.
pub fn statistics(
    manifest: &Manifest,
    frontend: &Frontend,
    problems: &[Problem],
    split: Option<&Split>,
) -> Statistics {
    let utterances = &manifest.utterances;
    let texts = Texts::of(utterances, frontend, problems);
    let of = |value: &dyn Fn(&Utterance) -> f64| {
        Summary::of(&utterances.iter().map(value).collect::<Vec<_>>())
    };
    let rates: Vec<f64> = utterances
        .iter()
        .zip(&texts.cleaned)
        .map(|(u, text)| speaking_rate(text, u))
        .collect();
    let lengths: Vec<usize> = texts
        .cleaned
        .iter()
        .map(|text| text.chars().count())
        .collect();
    Statistics {
        listed: manifest.listed,
        read_as: manifest.format.clone(),
        remarks: remarks(manifest, problems),
        utterances: utterances.len(),
        hours: hours(utterances),
        trimmed_s: utterances.iter().map(|u| u.trimmed_s).sum(),
        duration_s: of(&|u| u.duration_s),
        characters: Summary::of(&lengths.iter().map(|&n| n as f64).collect::<Vec<_>>()),
        total_characters: lengths.iter().sum(),
        chars_per_s: Summary::of(&rates),
        rate_outliers: rate_outliers(utterances, &rates),
        symbols: texts.symbols,
        unused_symbols: texts.unused,
        unknown_characters: texts.unknown,
        peak: of(&|u| f64::from(u.peak)),
        rms_dbfs: of(&|u| u.rms_dbfs),
        clipped: utterances
            .iter()
            .filter(|u| u.clipped_share > CLIPPED_SHARE)
            .count(),
        sample_rates: count(utterances.iter().map(|u| u.sample_rate)),
        speakers: count(utterances.iter().filter_map(|u| u.speaker.clone())),
        duplicate_texts: groups(utterances, texts.cleaned.iter().map(String::as_str)),
        duplicate_recordings: groups(utterances, utterances.iter().map(|u| u.audio_hash.as_str())),
        problems: count_problems(problems),
        split: split.map(|split| SplitSizes {
            train: split.train.len(),
            validation: split.validation.len(),
            train_hours: hours(&split.train),
            validation_hours: hours(&split.validation),
        }),
    }
}

/// What the text front end makes of all texts.
struct Texts {
    /// Cleaned text of each utterance.
    cleaned: Vec<String>,
    symbols: Vec<SymbolCount>,
    unused: Vec<String>,
    unknown: BTreeMap<char, usize>,
}

impl Texts {
    fn of(utterances: &[Utterance], frontend: &Frontend, problems: &[Problem]) -> Self {
        let table = &frontend.symbols;
        let mut counts = vec![0_usize; table.len()];
        let mut unknown = BTreeMap::new();
        let mut note = |kind: &ProblemKind| {
            if let ProblemKind::UnknownCharacters { characters } = kind {
                for &character in characters {
                    *unknown.entry(character).or_insert(0) += 1;
                }
            }
        };
        // Those that the import dropped for their characters are no longer in the manifest.
        problems.iter().for_each(|problem| note(&problem.kind));
        let mut cleaned = Vec::with_capacity(utterances.len());
        for utterance in utterances {
            match frontend.encode(&utterance.text) {
                Ok(encoded) => {
                    encoded.ids.iter().for_each(|&id| counts[id as usize] += 1);
                    cleaned.push(encoded.cleaned);
                }
                Err(error) => {
                    note(&text_problem(error));
                    cleaned.push(frontend.normalise(&utterance.text));
                }
            }
        }
        let symbol = |id: usize| table.symbol(id as u32).unwrap_or_default().to_owned();
        let (used, unused): (Vec<usize>, Vec<usize>) =
            (0..table.len()).partition(|&id| counts[id] > 0);
        let mut symbols: Vec<SymbolCount> = used
            .iter()
            .map(|&id| SymbolCount {
                symbol: symbol(id),
                count: counts[id],
            })
            .collect();
        symbols.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.symbol.cmp(&b.symbol)));
        Self {
            cleaned,
            symbols,
            unused: unused.into_iter().map(symbol).collect(),
            unknown,
        }
    }
}

fn rate_outliers(utterances: &[Utterance], rates: &[f64]) -> Vec<RateOutlier> {
    let mut outliers: Vec<RateOutlier> = utterances
        .iter()
        .zip(rates)
        .zip(robust_z(rates))
        .filter(|(_, z)| z.abs() > OUTLIER_Z)
        .map(|((u, &chars_per_s), z)| RateOutlier {
            id: u.id.clone(),
            chars_per_s,
            z,
        })
        .collect();
    outliers.sort_by(|a, b| b.z.abs().total_cmp(&a.z.abs()));
    outliers
}

/// Ids of utterances that share a value, where more than one does; in the order of the list.
fn groups<'a>(utterances: &[Utterance], values: impl Iterator<Item = &'a str>) -> Vec<Vec<String>> {
    let mut by_value: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, value) in values.enumerate() {
        by_value.entry(value).or_default().push(index);
    }
    let shared: BTreeSet<Vec<usize>> = by_value.into_values().filter(|g| g.len() > 1).collect();
    let ids = |group: Vec<usize>| {
        group
            .into_iter()
            .map(|i| utterances[i].id.clone())
            .collect()
    };
    shared.into_iter().map(ids).collect()
}

fn count<K: Ord>(values: impl Iterator<Item = K>) -> BTreeMap<K, usize> {
    let mut counts = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_insert(0) += 1;
    }
    counts
}

fn hours(utterances: &[Utterance]) -> f64 {
    utterances.iter().map(|u| u.duration_s).sum::<f64>() / 3600.0
}

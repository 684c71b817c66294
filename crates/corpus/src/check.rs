//! From what is listed to what can be trained on: texts first, then recordings, then the corpus.
//!
//! The order is by cost: a wrong symbol table is told before hours of audio are read.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::atomic::{AtomicUsize, Ordering},
};

use diktor_text::{Frontend, TextError};
use rayon::prelude::*;

use crate::{
    error::{CorpusError, UnknownCharacters},
    import::{Entry, ImportConfig, Layout, Listing, UnknownPolicy},
    manifest::{Manifest, Utterance, absolute},
    problem::{Effect, Problem, ProblemKind},
    recording,
    summary::{OUTLIER_Z, robust_z},
};

/// An entry whose text the symbol table can say.
struct Spoken {
    entry: Entry,
    cleaned: String,
}

/// An entry whose recording was read, too.
pub(crate) struct Measured {
    pub(crate) utterance: Utterance,
    pub(crate) cleaned: String,
}

/// Checks everything that a layout listed.
pub(crate) fn check(
    layout: Layout,
    listing: Listing,
    frontend: &Frontend,
    config: &ImportConfig,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<(Manifest, Vec<Problem>), CorpusError> {
    let Listing {
        list,
        root,
        listed,
        entries,
        mut problems,
    } = listing;
    if listed == 0 {
        return Err(CorpusError::Empty {
            path: list,
            listed,
            problems,
        });
    }
    let entries = unique_ids(entries, &mut problems);
    let (spoken, unknown) = check_texts(entries, frontend, config, &mut problems);
    if config.unknown == UnknownPolicy::Refuse && !unknown.characters.is_empty() {
        return Err(CorpusError::UnknownCharacters {
            path: list,
            unknown,
        });
    }
    check_places(&spoken, &root, &mut problems)?;
    let measured = measure_all(spoken, config, progress, &mut problems)?;
    refuse_if_broken(&list, layout, listed, config, &problems)?;
    let measured = check_duplicates(measured, &mut problems);
    check_rates(&measured, &mut problems);
    let utterances: Vec<Utterance> = measured.into_iter().map(|m| m.utterance).collect();
    if utterances.is_empty() {
        return Err(CorpusError::Empty {
            path: list,
            listed,
            problems,
        });
    }
    Ok((Manifest { root, utterances }, problems))
}

fn unique_ids(entries: Vec<Entry>, problems: &mut Vec<Problem>) -> Vec<Entry> {
    let mut seen = HashSet::new();
    let is_first = |entry: &Entry| {
        let first = seen.insert(entry.id.clone());
        if !first {
            problems.push(problem(entry, ProblemKind::DuplicateId));
        }
        first
    };
    entries.into_iter().filter(is_first).collect()
}

fn check_texts(
    entries: Vec<Entry>,
    frontend: &Frontend,
    config: &ImportConfig,
    problems: &mut Vec<Problem>,
) -> (Vec<Spoken>, UnknownCharacters) {
    let mut spoken = Vec::with_capacity(entries.len());
    let mut unknown: BTreeMap<char, Vec<String>> = BTreeMap::new();
    for entry in entries {
        let kind = match frontend.encode(&entry.text) {
            Ok(encoded) if encoded.ids.len() > config.max_text_len => ProblemKind::TextTooLong {
                symbols: encoded.ids.len(),
                max: config.max_text_len,
            },
            Ok(encoded) => {
                spoken.push(Spoken {
                    entry,
                    cleaned: encoded.cleaned,
                });
                continue;
            }
            Err(error) => text_problem(error),
        };
        if let ProblemKind::UnknownCharacters { characters } = &kind {
            for &character in characters {
                unknown.entry(character).or_default().push(entry.id.clone());
            }
        }
        problems.push(problem(&entry, kind));
    }
    (
        spoken,
        UnknownCharacters {
            characters: unknown,
        },
    )
}

/// What an error of the text front end says about an utterance.
pub(crate) fn text_problem(error: TextError) -> ProblemKind {
    match error {
        TextError::UnknownCharacters { characters, .. } => {
            ProblemKind::UnknownCharacters { characters }
        }
        TextError::Empty { .. } => ProblemKind::EmptyText,
        other => ProblemKind::BadText {
            reason: other.to_string(),
        },
    }
}

/// Names the recordings outside the folder of the corpus: allowed, but a list from elsewhere should
/// not read files of this machine unnoticed.
fn check_places(
    spoken: &[Spoken],
    root: &std::path::Path,
    problems: &mut Vec<Problem>,
) -> Result<(), CorpusError> {
    let root = absolute(root)?;
    for Spoken { entry, .. } in spoken {
        if !absolute(&entry.audio)?.starts_with(&root) {
            problems.push(problem(entry, ProblemKind::OutsideRoot));
        }
    }
    Ok(())
}

fn measure_all(
    spoken: Vec<Spoken>,
    config: &ImportConfig,
    progress: &(dyn Fn(usize, usize) + Sync),
    problems: &mut Vec<Problem>,
) -> Result<Vec<Measured>, CorpusError> {
    let total = spoken.len();
    let done = AtomicUsize::new(0);
    let measure = |Spoken { entry, cleaned }: Spoken| {
        let measured = recording::measure(entry, config);
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
        (measured, cleaned)
    };
    let results: Vec<_> =
        pool(config.threads)?.install(|| spoken.into_par_iter().map(measure).collect());
    let mut kept = Vec::with_capacity(total);
    for ((utterance, found), cleaned) in results {
        problems.extend(found);
        kept.extend(utterance.map(|utterance| Measured { utterance, cleaned }));
    }
    Ok(kept)
}

/// A pool of its own, so that the number of threads is the one asked for.
pub(crate) fn pool(threads: usize) -> Result<rayon::ThreadPool, CorpusError> {
    let builder = rayon::ThreadPoolBuilder::new().num_threads(threads);
    builder
        .build()
        .map_err(|source| CorpusError::Threads { threads, source })
}

/// A few bad recordings are their own problem; many are a wrong folder, list or sample rate.
fn refuse_if_broken(
    list: &std::path::Path,
    layout: Layout,
    listed: usize,
    config: &ImportConfig,
    problems: &[Problem],
) -> Result<(), CorpusError> {
    let path = list.to_owned();
    let allowed = ((listed as f64 * config.max_unusable_share) as usize).max(1);
    let is_unusable = |p: &&Problem| p.kind.is_unusable();
    let unusable: Vec<Problem> = problems.iter().filter(is_unusable).cloned().collect();
    if unusable.len() > allowed {
        return Err(CorpusError::TooManyUnusable {
            path,
            layout,
            unusable: unusable.len(),
            listed,
            max_share: config.max_unusable_share,
            problems: unusable,
        });
    }
    let rates = problems.iter().filter_map(|p| match p.kind {
        ProblemKind::WrongSampleRate { found, .. } => Some(found),
        _ => None,
    });
    let wrong = rates.clone().count();
    match rates.into_iter().next() {
        Some(found) if wrong > allowed || wrong == listed => {
            let expected = config.sampling_rate;
            Err(CorpusError::WrongSampleRate {
                path,
                expected,
                found,
                wrong,
                listed,
            })
        }
        _ => Ok(()),
    }
}

/// The same sentence twice is only worth knowing; the same recording twice could be in training and
/// in validation, so its second mention goes.
fn check_duplicates(measured: Vec<Measured>, problems: &mut Vec<Problem>) -> Vec<Measured> {
    let mut recordings: HashMap<String, (String, String)> = HashMap::new();
    let mut texts: HashMap<String, String> = HashMap::new();
    let mut kept = Vec::with_capacity(measured.len());
    for Measured { utterance, cleaned } in measured {
        let id = utterance.id.clone();
        let by_recording = recordings.get(&utterance.audio_hash);
        let kind = match by_recording {
            Some((of, text)) if *text == cleaned => {
                Some(ProblemKind::DuplicateRecording { of: of.clone() })
            }
            Some((of, _)) => Some(ProblemKind::ConflictingText { of: of.clone() }),
            None => {
                let of = texts.get(&cleaned).cloned();
                of.map(|of| ProblemKind::DuplicateText { of })
            }
        };
        let dropped = kind
            .as_ref()
            .is_some_and(|kind| kind.effect() == Effect::Dropped);
        let path = utterance.audio.clone();
        problems.extend(kind.map(|kind| Problem {
            utterance: id.clone(),
            path,
            kind,
        }));
        if !dropped {
            let first = || (id.clone(), cleaned.clone());
            recordings
                .entry(utterance.audio_hash.clone())
                .or_insert_with(first);
            texts.entry(cleaned.clone()).or_insert(id);
            kept.push(Measured { utterance, cleaned });
        }
    }
    kept
}

fn check_rates(measured: &[Measured], problems: &mut Vec<Problem>) {
    let rate = |m: &Measured| speaking_rate(&m.cleaned, &m.utterance);
    let rates: Vec<f64> = measured.iter().map(rate).collect();
    for ((m, &chars_per_s), z) in measured.iter().zip(&rates).zip(robust_z(&rates)) {
        if z.abs() > OUTLIER_Z {
            problems.push(Problem {
                utterance: m.utterance.id.clone(),
                path: m.utterance.audio.clone(),
                kind: ProblemKind::RateOutlier { chars_per_s, z },
            });
        }
    }
}

/// Characters of the cleaned text per second of speech, silence at the edges not counted.
pub(crate) fn speaking_rate(cleaned: &str, utterance: &Utterance) -> f64 {
    let speech_s = (utterance.duration_s - utterance.trimmed_s).max(1e-3);
    cleaned.chars().count() as f64 / speech_s
}

fn problem(entry: &Entry, kind: ProblemKind) -> Problem {
    Problem {
        utterance: entry.id.clone(),
        path: entry.audio.clone(),
        kind,
    }
}

//! From what is listed to what can be trained on: texts first, then recordings, then the corpus.
//!
//! The order is by cost: a wrong symbol table is told before hours of audio are read.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::atomic::{AtomicUsize, Ordering},
};

use diktor_text::{Frontend, TextError};
use rayon::prelude::*;

use crate::{
    error::{CorpusError, UnknownCharacters},
    import::{Entry, ImportConfig, Listing, UnknownPolicy},
    manifest::{Manifest, Utterance, absolute},
    problem::{Effect, Problem, ProblemKind},
    recording, scripts,
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
        format,
    } = listing;
    let entries = unique_recordings(entries, &mut problems);
    let entries = of_speaker(entries, &list, config)?;
    // Whoever is not asked for is not of the corpus.
    let listed = match config.speaker {
        Some(_) => entries.len() + problems.len(),
        None => listed,
    };
    check_scripts(&entries, &mut problems);
    let (spoken, unknown) = check_texts(entries, frontend, config, &mut problems);
    if config.unknown == UnknownPolicy::Refuse && !unknown.is_empty() {
        let unknown = UnknownCharacters {
            characters: unknown,
            mixed: mixed(&problems),
        };
        return Err(CorpusError::UnknownCharacters {
            path: list,
            unknown,
        });
    }
    check_places(&spoken, &root, &mut problems)?;
    let measured = measure_all(spoken, config, progress, &mut problems)?;
    refuse_if_broken(&list, listed, config, &problems)?;
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
    let manifest = Manifest {
        root,
        listed,
        format: Some(format),
        utterances,
    };
    Ok((manifest, problems))
}

fn unique_recordings(entries: Vec<Entry>, problems: &mut Vec<Problem>) -> Vec<Entry> {
    let mut seen = HashSet::new();
    let is_first = |entry: &Entry| {
        let first = seen.insert(entry.audio.clone());
        if !first {
            problems.push(problem(entry, ProblemKind::DuplicateId));
        }
        first
    };
    entries.into_iter().filter(is_first).collect()
}

/// Those of the speaker asked for, or all.
fn of_speaker(
    entries: Vec<Entry>,
    list: &std::path::Path,
    config: &ImportConfig,
) -> Result<Vec<Entry>, CorpusError> {
    let Some(asked) = &config.speaker else {
        return Ok(entries);
    };
    let is_asked = |entry: &Entry| entry.speaker.as_ref() == Some(asked);
    if entries.iter().any(is_asked) {
        return Ok(entries.into_iter().filter(is_asked).collect());
    }
    let speakers: BTreeSet<String> = entries.into_iter().filter_map(|e| e.speaker).collect();
    Err(CorpusError::NoSuchSpeaker {
        path: list.into(),
        asked: asked.clone(),
        speakers: speakers.into_iter().collect(),
    })
}

/// Names the words whose letters are of two scripts, before anything is said of symbols.
fn check_scripts(entries: &[Entry], problems: &mut Vec<Problem>) {
    let main = scripts::main_script(entries.iter().map(|entry| entry.text.as_str()));
    for entry in entries {
        let words = scripts::mixed_words(&entry.text, main);
        if !words.is_empty() {
            problems.push(problem(entry, ProblemKind::MixedScripts { words }));
        }
    }
}

/// The words of two scripts with the utterances that hold them.
fn mixed(problems: &[Problem]) -> BTreeMap<scripts::MixedWord, Vec<String>> {
    let mut found: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for problem in problems {
        if let ProblemKind::MixedScripts { words } = &problem.kind {
            for word in words {
                let utterances = found.entry(word.clone()).or_default();
                utterances.push(problem.utterance.clone());
            }
        }
    }
    found
}

fn check_texts(
    entries: Vec<Entry>,
    frontend: &Frontend,
    config: &ImportConfig,
    problems: &mut Vec<Problem>,
) -> (Vec<Spoken>, BTreeMap<char, Vec<String>>) {
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
    (spoken, unknown)
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
/// not read files of this machine unnoticed. Where most lie outside, the list is kept apart from its
/// recordings, and there is nothing to notice.
fn check_places(
    spoken: &[Spoken],
    root: &std::path::Path,
    problems: &mut Vec<Problem>,
) -> Result<(), CorpusError> {
    let root = absolute(root)?;
    let mut outside = Vec::new();
    for Spoken { entry, .. } in spoken {
        if !absolute(&entry.audio)?.starts_with(&root) {
            outside.push(entry);
        }
    }
    if outside.len() * 2 < spoken.len() {
        let named = outside
            .into_iter()
            .map(|entry| problem(entry, ProblemKind::OutsideRoot));
        problems.extend(named);
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
        collect(problems, found);
        kept.extend(utterance.map(|utterance| Measured { utterance, cleaned }));
    }
    Ok(kept)
}

/// Adds what was found. Recordings of a narrow band are told once: it is mostly all of them or none.
fn collect(problems: &mut Vec<Problem>, found: Vec<Problem>) {
    for problem in found {
        let ProblemKind::NarrowBand { band_hz: hz, .. } = problem.kind else {
            problems.push(problem);
            continue;
        };
        let told = problems
            .iter_mut()
            .find_map(|problem| match &mut problem.kind {
                ProblemKind::NarrowBand {
                    band_hz,
                    recordings,
                    ..
                } => Some((band_hz, recordings)),
                _ => None,
            });
        match told {
            Some((band_hz, recordings)) => {
                *band_hz = band_hz.min(hz);
                *recordings += 1;
            }
            None => problems.push(problem),
        }
    }
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

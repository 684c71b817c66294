//! Which sentences are judged: held-out ones, those of a file, the hard ones, recordings, pairs.

use std::path::{Path, PathBuf};

use diktor_corpus::{
    ImportConfig, Layout, Problem, Reading, UnknownPolicy, group_problems, import_with_progress,
};
use diktor_eval::{LeftOut, hard_sentences, read_pairs};
use diktor_text::{Cleaners, is_pause};

use super::{Means, Subject};
use crate::{
    cli::Eval,
    cmd::{prepare::texts::is_plain, text::reader},
    exit::usage,
    progress,
};

/// The list of what a run is judged by, in its folder.
const HELD_OUT: &str = "dataset/val.csv";

/// A sentence to be judged.
pub(super) struct Item {
    /// Its name; safe as that of a file.
    pub(super) id: String,
    /// What is said.
    pub(super) text: Option<String>,
    /// Somebody saying it.
    pub(super) recording: Option<PathBuf>,
    /// What is judged, where it is a file; otherwise the voice speaks.
    pub(super) spoken: Option<PathBuf>,
}

/// All sentences, and those that cannot be judged.
#[derive(Default)]
pub(super) struct Items {
    pub(super) items: Vec<Item>,
    pub(super) left_out: Vec<LeftOut>,
}

/// Finds the sentences.
///
/// # Errors
/// When there are none, or a list cannot be read.
pub(super) fn of(arguments: &Eval, subject: &Subject, means: &Means) -> anyhow::Result<Items> {
    let found = match subject {
        Subject::Pairs(list) => of_pairs(list)?,
        Subject::Recordings(path) => of_corpus(path, &arguments.corpus.reading(), means)?,
        Subject::Voice(path) => of_voice(arguments, path, means)?,
    };
    if found.items.is_empty() && found.left_out.is_empty() {
        return Err(usage("there is no sentence to judge"));
    }
    Ok(found)
}

fn of_voice(arguments: &Eval, checkpoint: &Path, means: &Means) -> anyhow::Result<Items> {
    match &arguments.texts {
        _ if arguments.hard => Ok(of_hard(means)),
        Some(path) if path.is_file() && is_plain(path) || path == Path::new("-") => of_lines(path),
        Some(path) => of_corpus(path, &arguments.corpus.reading(), means),
        None => {
            let list = held_out(checkpoint)?;
            let reading = Reading {
                layout: Some(Layout::Filelist),
                ..Reading::default()
            };
            of_corpus(&list, &reading, means)
        }
    }
}

/// The list of the recordings that the run of a checkpoint holds out.
fn held_out(checkpoint: &Path) -> anyhow::Result<PathBuf> {
    let run = checkpoint.parent().and_then(Path::parent);
    let list = run.map(|run| run.join(HELD_OUT));
    list.filter(|list| list.is_file()).ok_or_else(|| {
        usage(format!(
            "`{}`: there is no run around it, so its held-out sentences are not known\nhint: \
             `--texts FILE` or a folder of recordings, or `--hard`",
            checkpoint.display()
        ))
    })
}

fn of_hard(means: &Means) -> Items {
    let russian = means.frontend.cleaners.contains(&Cleaners::RussianCleaners);
    let language = match russian {
        true => diktor_eval::Language::Ru,
        false => diktor_eval::Language::En,
    };
    let sentences = hard_sentences(language).into_iter().enumerate();
    sorted_out(sentences.map(|(index, text)| (format!("hard-{:02}", index + 1), text.to_owned())))
}

fn of_lines(path: &Path) -> anyhow::Result<Items> {
    let lines = reader::lines(path)?.into_iter();
    Ok(sorted_out(
        lines.map(|(number, text)| (format!("line-{number:04}"), text)),
    ))
}

/// Texts to be spoken; what has no letter and no number is not for a voice to say.
fn sorted_out(texts: impl Iterator<Item = (String, String)>) -> Items {
    let mut found = Items::default();
    for (id, text) in texts {
        if is_pause(&text) {
            found.left_out.push(LeftOut {
                id,
                reason: format!(
                    "`{}` has no letter and no number, nothing is said",
                    text.trim()
                ),
            });
        } else {
            found.items.push(Item {
                id,
                text: Some(text),
                recording: None,
                spoken: None,
            });
        }
    }
    found
}

/// Recordings with texts, in any layout; those of another sampling rate are converted.
fn of_corpus(path: &Path, reading: &Reading, means: &Means) -> anyhow::Result<Items> {
    let hparams = &means.hparams;
    let config = reading.over(ImportConfig {
        sampling_rate: hparams.sampling_rate,
        resample: true,
        highest_hz: hparams.mel_fmax,
        hop_length: hparams.hop_length,
        min_mel_frames: hparams.min_mel_frames,
        max_mel_frames: hparams.max_mel_frames,
        max_text_len: hparams.max_text_len,
        trim: hparams.features(true).trim,
        unknown: UnknownPolicy::Drop,
        ..ImportConfig::default()
    });
    let progress = progress::counter("recordings");
    let (manifest, problems) =
        import_with_progress(path, reading.layout, &means.frontend, &config, &progress)
            .map_err(usage)?;
    tell(&problems);
    let items = manifest.utterances.into_iter().map(|one| Item {
        id: one.id,
        text: Some(one.text),
        recording: Some(one.audio),
        spoken: None,
    });
    Ok(Items {
        items: items.collect(),
        left_out: Vec::new(),
    })
}

fn tell(problems: &[Problem]) {
    for group in group_problems(problems) {
        tracing::warn!("{}", group.line());
    }
}

fn of_pairs(list: &Path) -> anyhow::Result<Items> {
    let pairs = read_pairs(list).map_err(usage)?.into_iter().enumerate();
    let items = pairs.map(|(index, pair)| Item {
        id: format!("pair-{:04}", index + 1),
        text: pair.text,
        recording: Some(pair.reference),
        spoken: Some(pair.spoken),
    });
    Ok(Items {
        items: items.collect(),
        left_out: Vec::new(),
    })
}

//! The checked list of utterances that every later stage works from.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use serde::{Deserialize, Serialize};

use crate::{error::CorpusError, import::ListFormat};

/// One recording with its text, as measured when it was imported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Utterance {
    /// Unique in its corpus, and safe as a file name.
    pub id: String,
    /// The recording.
    pub audio: PathBuf,
    /// What is said, before cleaning.
    pub text: String,
    /// Who says it, where the list tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
    /// Length of the whole recording, s.
    pub duration_s: f64,
    /// Silence at both edges that trimming takes away, s; 0 when trimming is off.
    #[serde(default)]
    pub trimmed_s: f64,
    /// Sample rate of the file, Hz.
    pub sample_rate: u32,
    /// Largest magnitude of a sample, 1 at full scale.
    pub peak: f32,
    /// Root mean square level, dBFS.
    pub rms_dbfs: f64,
    /// Share of samples at full scale, `0..1`.
    pub clipped_share: f64,
    /// BLAKE3 of the bytes of the file, in hexadecimal.
    pub audio_hash: String,
}

/// A corpus whose recordings were all read and checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Folder that relative paths of the list were read against.
    pub root: PathBuf,
    /// Utterances that the list names, usable or not.
    #[serde(default)]
    pub listed: usize,
    /// How the list was read.
    #[serde(default)]
    pub format: Option<ListFormat>,
    /// In the order of the list.
    pub utterances: Vec<Utterance>,
}

/// Writes utterances as `path|text` or `path|text|speaker` lines, which
/// [`crate::import()`] reads back as [`crate::Layout::Filelist`].
///
/// Recordings below the folder of the list are named relative to it, so that the folder can be
/// moved; others are named absolutely.
///
/// # Errors
/// If a path would not read back, or the file cannot be written. The file is complete or absent.
pub fn write_filelist(path: &Path, utterances: &[Utterance]) -> Result<(), CorpusError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut lines = String::new();
    for utterance in utterances {
        let listed = as_listed(&utterance.audio, folder)?;
        let listed = listed
            .to_str()
            .filter(|p| !p.contains(['|', '\n', '\r']) && p.trim() == *p)
            .ok_or_else(|| CorpusError::Unlistable {
                path: utterance.audio.clone(),
            })?;
        lines.push_str(listed);
        let fields = std::iter::once(&utterance.text).chain(&utterance.speaker);
        for field in fields {
            lines.push('|');
            lines.push_str(&field.replace(['|', '\n', '\r'], " "));
        }
        lines.push('\n');
    }
    write_whole(path, lines.as_bytes()).map_err(|source| CorpusError::Io {
        path: path.into(),
        source,
    })
}

/// How a list in this folder names a recording.
fn as_listed(audio: &Path, folder: &Path) -> Result<PathBuf, CorpusError> {
    let (audio, folder) = (whole(audio)?, whole(folder)?);
    let inside = |audio: &Path, folder: &Path| {
        let relative = audio.strip_prefix(folder).ok()?;
        let climbs = relative.components().any(|c| c == Component::ParentDir);
        (!climbs).then(|| relative.to_owned())
    };
    // By name first, so that a linked folder of recordings stays the corpus's own.
    if let Some(relative) = inside(&audio, &folder) {
        return Ok(relative);
    }
    let (audio, folder) = (without_links(&audio), without_links(&folder));
    Ok(inside(&audio, &folder).unwrap_or(audio))
}

/// The same file with no link and no `..` in its folder; unchanged if the folder is not there.
fn without_links(path: &Path) -> PathBuf {
    match (path.parent().map(Path::canonicalize), path.file_name()) {
        (Some(Ok(parent)), Some(name)) => parent.join(name),
        _ => path.to_owned(),
    }
}

/// Writes a file so that it is there whole or not at all, also when two processes write it.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    let unique = COUNTER.fetch_add(1, Ordering::Relaxed);
    name.push(format!(".{}.{unique}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    fs::write(&temporary, bytes)
        .and_then(|()| fs::rename(&temporary, path))
        .inspect_err(|_| {
            // Nothing more can be done about a leftover; the first error is the one to report.
            let _ = fs::remove_file(&temporary);
        })
}

/// Absolute with `..` folded by name, so that what lies inside a folder can be told.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, CorpusError> {
    let mut folded = PathBuf::new();
    for component in whole(path)?.components() {
        match component {
            Component::ParentDir => {
                folded.pop();
            }
            other => folded.push(other),
        }
    }
    Ok(folded)
}

fn whole(path: &Path) -> Result<PathBuf, CorpusError> {
    let here = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    std::path::absolute(here).map_err(|source| CorpusError::Io {
        path: path.into(),
        source,
    })
}

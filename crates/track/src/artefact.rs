//! The pictures and sounds that events name, read with suspicion: an event log is a file like any other.

use std::{
    fs::{self, File},
    io::Read,
    path::{Component, Path},
};

/// What an artefact must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Png,
    Wav,
}

impl Kind {
    /// Larger files are not pictures or sounds of one utterance.
    fn max_bytes(self) -> u64 {
        match self {
            Self::Png => 8 << 20,
            Self::Wav => 32 << 20,
        }
    }

    fn matches(self, bytes: &[u8]) -> bool {
        match self {
            Self::Png => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
            Self::Wav => bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WAVE"),
        }
    }
}

/// Reads the file that an event names, if it is what it should be and lies inside the run directory.
pub(crate) fn read(run_dir: &Path, path: &Path, kind: Kind) -> Option<Vec<u8>> {
    if !is_inside(path) {
        tracing::warn!(path = %path.display(), "left out: it lies outside the run directory");
        return None;
    }
    let full = run_dir.join(path);
    match read_bounded(&full, kind.max_bytes()) {
        Ok(bytes) if kind.matches(&bytes) => Some(bytes),
        Ok(_) => {
            tracing::warn!(path = %full.display(), ?kind, "left out: it is not what the event says");
            None
        }
        Err(error) => {
            tracing::warn!(path = %full.display(), %error, "left out: it cannot be read");
            None
        }
    }
}

/// Whether a path that an event names stays inside the run directory.
pub(crate) fn is_inside(path: &Path) -> bool {
    path.components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

fn read_bounded(path: &Path, max_bytes: u64) -> std::io::Result<Vec<u8>> {
    let length = fs::metadata(path)?.len();
    if length > max_bytes {
        return Err(std::io::Error::other(format!(
            "`{length}` bytes, at most `{max_bytes}` fit"
        )));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(max_bytes).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_it_should_be_inside_the_run_is_read() {
        let outside = tempfile::tempdir().unwrap();
        let run = outside.path().join("run");
        fs::create_dir(&run).unwrap();
        let png = b"\x89PNG\r\n\x1a\n....".as_slice();
        fs::write(outside.path().join("secret.png"), png).unwrap();
        fs::write(run.join("a.png"), png).unwrap();
        fs::write(run.join("b.png"), "no picture").unwrap();
        let check = |path: &str, expected: bool| {
            assert_eq!(
                read(&run, Path::new(path), Kind::Png).is_some(),
                expected,
                "{path}"
            );
        };
        check("a.png", true);
        check("./a.png", true);
        check("b.png", false);
        check("missing.png", false);
        check("../secret.png", false);
        check(outside.path().join("secret.png").to_str().unwrap(), false);
    }
}

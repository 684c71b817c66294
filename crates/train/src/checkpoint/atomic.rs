//! Files that are either whole or not there.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

/// Prefix of files that are being written; a leftover of a killed run, if one is found at its start.
pub(super) const UNFINISHED: &str = ".unfinished-";

/// Writes `path` through a temporary file in the same folder: write, sync, rename, sync the folder.
///
/// # Errors
/// If anything fails; `path` then holds what it held before, and the temporary file is gone.
pub fn write_atomic(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let unfinished = beside(path);
    let written = (|| {
        mark();
        let mut out = BufWriter::with_capacity(1 << 20, File::create(&unfinished)?);
        mark();
        content(&mut out)?;
        mark();
        let file = out.into_inner()?;
        mark();
        file.sync_all()?;
        mark();
        fs::rename(&unfinished, path)
    })();
    mark();
    if written.is_err() {
        // The first error is the one worth telling.
        let _ = fs::remove_file(&unfinished);
        return written;
    }
    sync_folder(path)
}

/// Makes `link` another name of `file`, replacing what `link` was in one stroke; copies where links are not possible.
///
/// # Errors
/// If neither works; `link` then is what it was.
pub(super) fn link_atomic(file: &Path, link: &Path) -> io::Result<()> {
    let unfinished = beside(link);
    remove_if_there(&unfinished)?;
    mark();
    if fs::hard_link(file, &unfinished).is_err() {
        let mut source = File::open(file)?;
        return write_atomic(link, |out| io::copy(&mut source, out).map(drop));
    }
    mark();
    let renamed = fs::rename(&unfinished, link);
    mark();
    // A rename onto another name of the same file does nothing at all, and leaves the temporary name behind.
    remove_if_there(&unfinished)?;
    renamed?;
    sync_folder(link)?;
    mark();
    Ok(())
}

/// Removes what a killed run left half written.
pub(super) fn remove_unfinished(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            remove_if_there(&entry.path())?;
        }
    }
    Ok(())
}

/// Between two operations on files: where a test ends the process, to see what is left behind.
#[cfg(feature = "fault-injection")]
pub(super) fn mark() {
    crate::fault_injection::file_operation();
}

#[cfg(not(feature = "fault-injection"))]
pub(super) fn mark() {}

fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{UNFINISHED}{name}"))
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes the rename itself survive a power cut. Folders cannot be synced everywhere; there the rename is all there is.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_leaves_the_old_file_and_no_litter() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("last.ckpt");
        write_atomic(&path, |out| out.write_all(b"old")).unwrap();
        let full = write_atomic(&path, |out| {
            out.write_all(b"half of the n")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert_eq!(full.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_replaces_and_may_be_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&file, "new").unwrap();
        fs::write(&link, "old").unwrap();
        link_atomic(&file, &link).unwrap();
        link_atomic(&file, &link).unwrap();
        fs::remove_file(&file).unwrap();
        assert_eq!(fs::read(&link).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn leftovers_of_a_killed_run_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".unfinished-last.ckpt"), "half").unwrap();
        fs::write(folder.path().join("last.ckpt"), "whole").unwrap();
        remove_unfinished(folder.path()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

//! The pickles of a file, whatever it packs them in.

use std::{
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

use zip::ZipArchive;

use super::{
    super::{error::WeightsError, scan::Scan},
    damaged,
};

/// First bytes of pickles: of protocols 2 to 5, and what those before begin with when they hold a container, a call
/// or a text.
const FIRST: &[u8] = b"\x80(}]c)lidSVI";
/// As much of a file is looked into that may be an old pickle, and may be any text.
const TEXTUAL: u64 = 16 << 20;
/// Length of a block of a TAR archive.
const BLOCK: usize = 512;

/// The pickles of a file.
pub(super) struct Pickles {
    pickles: Vec<Vec<u8>>,
    /// Whether names are to be searched for everywhere, because the container is read in parts.
    is_searched: bool,
    /// Whether it is a program of TorchScript.
    pub(super) is_script: bool,
}

impl Pickles {
    pub(super) fn enter<'a>(&'a self, scan: &mut Scan<'a>) {
        for pickle in &self.pickles {
            scan.look(pickle);
            if self.is_searched {
                scan.search(pickle);
            }
        }
    }
}

/// Reads the pickles of a file, under the bounds of its size.
pub(super) fn pickles(path: &Path, head: &[u8], file_bytes: u64) -> Result<Pickles, WeightsError> {
    if head.starts_with(b"PK") {
        return zipped(path, file_bytes);
    }
    let is_tar = head.get(257..262) == Some(b"ustar");
    let is_pickle = head.first().is_some_and(|first| FIRST.contains(first));
    let most = match (is_tar || head.first() == Some(&FIRST[0]), is_pickle) {
        (true, _) => u64::MAX,
        (false, true) => TEXTUAL,
        (false, false) => 0,
    };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(most).read_to_end(&mut bytes))
        .map_err(|source| WeightsError::Io {
            path: path.to_owned(),
            source,
        })?;
    Ok(Pickles {
        pickles: if is_tar { members(&bytes) } else { vec![bytes] },
        is_searched: is_tar,
        is_script: false,
    })
}

/// The contents of a TAR archive's members, as far as they are there.
fn members(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while rest.len() > BLOCK {
        let (header, after) = rest.split_at(BLOCK);
        let digits = String::from_utf8_lossy(&header[124..136]);
        let digits = digits.trim_matches(|c: char| !c.is_digit(8));
        let length = usize::from_str_radix(digits, 8).unwrap_or(0);
        let length = length.min(after.len());
        found.push(after[..length].to_vec());
        rest = &after[length.next_multiple_of(BLOCK).min(after.len())..];
    }
    found
}

/// The pickles of a ZIP archive, wherever in it: there may be several, and which one a reader takes is its own affair.
///
/// Refuses an archive whose compressed entries would unfold to more than the file can honestly
/// hold. `torch.save` compresses nothing.
fn zipped(path: &Path, file_bytes: u64) -> Result<Pickles, WeightsError> {
    let io = |source| WeightsError::Io {
        path: path.to_owned(),
        source,
    };
    let zip = |source: zip::result::ZipError| damaged(path, source.into());
    let mut archive =
        ZipArchive::new(BufReader::new(File::open(path).map_err(io)?)).map_err(zip)?;
    let most = file_bytes.saturating_mul(4).saturating_add(1 << 16);
    let too_large = |what: String, bytes| WeightsError::TooLarge {
        path: path.to_owned(),
        what,
        bytes,
        file_bytes,
    };
    let (mut pickles, mut read, mut has_code) = (Vec::new(), 0, false);
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(zip)?;
        let (name, size) = (entry.name().map_err(zip)?.into_owned(), entry.size());
        drop(entry);
        if size > most {
            return Err(too_large(name, size));
        }
        has_code |= name.ends_with("/constants.pkl");
        if !name.to_ascii_lowercase().ends_with(".pkl") {
            continue;
        }
        read += size;
        if read > most {
            return Err(too_large("all pickles".to_owned(), read));
        }
        let mut pickle = Vec::new();
        let entry = archive.by_index(index).map_err(zip)?;
        // A size that is declared too small must not unfold to more either.
        entry
            .take(size)
            .read_to_end(&mut pickle)
            .map_err(|source| damaged(path, pytorch_reader::PytorchError::Io(source)))?;
        pickles.push(pickle);
    }
    Ok(Pickles {
        pickles,
        is_searched: false,
        is_script: has_code,
    })
}

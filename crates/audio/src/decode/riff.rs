//! WAV in all its containers (RIFF, RIFX, RF64, BW64, W64): where the format and the samples are.
//!
//! Why a walk of our own: libsndfile is the measure of what a WAV file is, and no crate reads what it
//! reads (`docs/decisions/0011`).

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use crate::decode::bytes_at;
use crate::decode::format::Format;
use crate::decode::linear::Order;
use crate::error::DecodeError;

/// Lengths from here up were written by a program that did not know: sox and espeak-ng leave
/// `0x7ffff000` in a pipe, ffmpeg `0xffffffff`, others one of these less the header.
const OPEN_LENGTH: u64 = 0x7fff_0000;

/// Chunks looked at before a file is given up.
const MOST_CHUNKS: usize = 10_000;

/// Bytes looked through for the next chunk where a length was wrong.
const MOST_STRAY_BYTES: usize = 4096;

/// Names of chunks that are believed even where padding should be.
const KNOWN: [&[u8; 4]; 18] = [
    b"fmt ", b"data", b"LIST", b"INFO", b"fact", b"JUNK", b"junk", b"PEAK", b"bext", b"cue ",
    b"smpl", b"id3 ", b"ID3 ", b"iXML", b"_PMX", b"PAD ", b"FLLR", b"afsp",
];

/// The tail of the 16-byte names of W64, whose first four bytes are those of RIFF.
const W64_TAIL: [u8; 12] = [
    0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0x00, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a,
];

/// The 16 bytes that begin a W64 file.
pub(crate) const W64_MAGIC: [u8; 16] = [
    b'r', b'i', b'f', b'f', 0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 0x04, 0xc1, 0x00, 0x00,
];

/// A WAV file up to its samples.
#[derive(Debug)]
pub(crate) struct Wave {
    /// How samples are coded.
    pub(crate) format: Format,
    /// Where they are.
    pub(crate) data: Range<u64>,
    /// Bytes of samples that the header declares, where the file holds fewer and its writer knew.
    pub(crate) declared: Option<u64>,
}

impl Wave {
    /// Bytes of samples.
    pub(crate) fn bytes(&self) -> u64 {
        self.data.end - self.data.start
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Riff(Order),
    W64,
}

struct Chunk {
    name: [u8; 4],
    /// Where its content begins.
    start: u64,
    /// Length of its content as declared.
    size: u64,
}

/// Finds the format and the samples, whatever stands between them.
pub(crate) fn wave(reader: &mut (impl Read + Seek)) -> Result<Wave, DecodeError> {
    let length = reader.seek(SeekFrom::End(0))?;
    let magic = bytes_at(reader, 0, 16)?;
    let (kind, mut at) = match magic.get(..4) {
        Some(b"RIFX") => (Kind::Riff(Order::Big), 12),
        Some(b"riff") => (Kind::W64, 40),
        _ => (Kind::Riff(Order::Little), 12),
    };
    let (mut format, mut data, mut long_size) = (None, None, None);
    for _ in 0..MOST_CHUNKS {
        let Some(chunk) = next_chunk(reader, kind, at, length)? else {
            break;
        };
        match &chunk.name {
            b"ds64" => long_size = size_of_data(&bytes_at(reader, chunk.start, 16)?),
            b"fmt " if format.is_none() => {
                let size = chunk.size.min(Format::MOST_BYTES as u64) as usize;
                let order = match kind {
                    Kind::Riff(order) => order,
                    Kind::W64 => Order::Little,
                };
                let content = bytes_at(reader, chunk.start, size)?;
                if content.len() < size {
                    return Err(DecodeError::NoSamples);
                }
                format = Some(Format::read(&content, order)?);
            }
            // Behind an empty one there may be another.
            b"data" if data.as_ref().is_none_or(is_empty) => {
                data = Some(extent(reader, &chunk, kind, length, long_size)?);
            }
            _ => {}
        }
        if format.is_some() && data.as_ref().is_some_and(|data| !is_empty(data)) {
            break;
        }
        at = after(reader, &chunk, kind, length)?;
    }
    match (format, data) {
        (Some(format), Some((data, declared))) => Ok(Wave {
            format,
            data,
            declared,
        }),
        (None, Some(_)) => Err(DecodeError::NoFormat),
        _ => Err(DecodeError::NoSamples),
    }
}

fn is_empty((data, _): &(Range<u64>, Option<u64>)) -> bool {
    data.is_empty()
}

/// The chunk at `at`, or behind a few stray bytes.
fn next_chunk(
    reader: &mut (impl Read + Seek),
    kind: Kind,
    at: u64,
    length: u64,
) -> Result<Option<Chunk>, DecodeError> {
    if at >= length {
        return Ok(None);
    }
    if kind == Kind::W64 {
        let head = bytes_at(reader, at, 24)?;
        if head.len() < 24 {
            return Ok(None);
        }
        let name = [head[0], head[1], head[2], head[3]];
        let size = le64(&head[16..]);
        let is_ours = head[4..16] == W64_TAIL;
        return Ok(Some(Chunk {
            name: if is_ours { name } else { [0; 4] },
            start: at + 24,
            size: size.saturating_sub(24),
        }));
    }
    let head = bytes_at(reader, at, 8)?;
    if head.len() < 8 {
        return Ok(None);
    }
    let (at, head) = if printable(&head[..4]) {
        (at, head)
    } else {
        match strayed(reader, at)? {
            Some(at) => (at, bytes_at(reader, at, 8)?),
            None => return Ok(None),
        }
    };
    let size = [head[4], head[5], head[6], head[7]];
    let size = match kind {
        Kind::Riff(Order::Big) => u32::from_be_bytes(size),
        _ => u32::from_le_bytes(size),
    };
    Ok(Some(Chunk {
        name: [head[0], head[1], head[2], head[3]],
        start: at + 8,
        size: size.into(),
    }))
}

/// The next chunk that is needed, if it is near.
fn strayed(reader: &mut (impl Read + Seek), at: u64) -> io::Result<Option<u64>> {
    let window = bytes_at(reader, at, MOST_STRAY_BYTES)?;
    let mut names = window.windows(8);
    let found = names.position(|chunk| matches!(&chunk[..4], b"fmt " | b"data"));
    Ok(found.map(|skip| at + skip as u64))
}

/// Where the next chunk begins: a byte of padding follows an odd length, unless it was forgotten.
fn after(
    reader: &mut (impl Read + Seek),
    chunk: &Chunk,
    kind: Kind,
    length: u64,
) -> io::Result<u64> {
    let end = chunk.start.saturating_add(chunk.size);
    // A length beyond the file is wrong, and what it covers is looked through.
    if kind != Kind::W64 && end > length {
        return Ok(strayed(reader, chunk.start)?.unwrap_or(end));
    }
    if kind == Kind::W64 {
        return Ok(end.saturating_add(7) & !7);
    }
    if chunk.size.is_multiple_of(2) {
        return Ok(end);
    }
    let near = bytes_at(reader, end, 5)?;
    let known = |name: &[u8]| KNOWN.iter().any(|known| name == *known);
    let forgotten = near.get(..4).is_some_and(known) && !near.get(1..5).is_some_and(known);
    Ok(end.saturating_add(u64::from(!forgotten)))
}

/// Where the samples are, and how many bytes of them were declared if fewer are there.
fn extent(
    reader: &mut (impl Read + Seek),
    chunk: &Chunk,
    kind: Kind,
    length: u64,
    long_size: Option<u64>,
) -> io::Result<(Range<u64>, Option<u64>)> {
    let declared = match long_size {
        Some(size) if chunk.size == u32::MAX.into() => size,
        _ => chunk.size,
    };
    let held = length.saturating_sub(chunk.start);
    let open = declared >= OPEN_LENGTH && declared > held
        || declared == 0 && !chunk_follows(reader, chunk.start, kind, length)?;
    let end = |size: u64| chunk.start..chunk.start + size;
    Ok(match declared {
        _ if open => (end(held), None),
        _ if declared > held => (end(held), Some(declared)),
        _ => (end(declared), None),
    })
}

/// Whether another chunk begins at `at`, so that nothing between was meant.
fn chunk_follows(
    reader: &mut (impl Read + Seek),
    at: u64,
    kind: Kind,
    length: u64,
) -> io::Result<bool> {
    if kind == Kind::W64 {
        return Ok(true);
    }
    let head = bytes_at(reader, at, 8)?;
    let known = |name: &[u8]| KNOWN.iter().any(|known| name == *known);
    let fits = |size: &[u8]| u64::from(le32(size)) + at + 8 <= length;
    Ok(head.len() == 8 && known(&head[..4]) && fits(&head[4..]))
}

fn size_of_data(ds64: &[u8]) -> Option<u64> {
    ds64.get(8..16).map(le64)
}

fn printable(name: &[u8]) -> bool {
    name.iter().all(|byte| (0x20..0x7f).contains(byte))
}

fn le32(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

fn le64(bytes: &[u8]) -> u64 {
    u64::from(le32(bytes)) | u64::from(le32(&bytes[4..])) << 32
}

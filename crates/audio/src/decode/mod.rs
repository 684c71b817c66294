//! From the bytes of a sound file to mono: the content decides who reads it, and nothing is decoded
//! beyond what a recording may be.

mod au;
mod edits;
mod ffmpeg;
mod format;
mod linear;
mod mixer;
mod opus;
mod packets;
mod riff;
mod wave;

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};

use crate::error::DecodeError;
use crate::waveform::{AudioInfo, Waveform};

/// A decoded file, and what there is to say about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The sound.
    pub waveform: Waveform,
    /// What a listener would not expect.
    pub notes: Vec<Note>,
}

/// What was unusual about a file that could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// Two channels are each other's inverse, and their mean would be silence: the second was turned
    /// over before it was added.
    OppositeChannels,
    /// The file ends before its samples do.
    CutShort {
        /// Samples per channel that the header declares.
        declared: u64,
        /// Samples per channel that are there.
        held: u64,
    },
}

/// Whose bytes these are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Container {
    /// RIFF, RIFX, RF64, BW64 or W64.
    Wave,
    /// Sun's.
    Au,
    /// Read through symphonia.
    Packed(&'static str),
    /// Read through ffmpeg, if there is one.
    Foreign(&'static str),
}

/// Decodes at most `longest_s` seconds; a longer file is an error.
pub(crate) fn decode(bytes: &[u8], longest_s: f64) -> Result<Decoded, DecodeError> {
    let bytes = behind_tags(bytes);
    match recognise(bytes)? {
        Container::Wave => wave::decode(bytes, longest_s),
        Container::Au => au::decode(bytes, longest_s),
        Container::Packed(name) => match packets::decode(name, bytes, longest_s) {
            Err(DecodeError::Unsupported { name, reason }) => {
                // Another program may know the coding inside; if there is none, that is the answer.
                match ffmpeg::decode(name, bytes, longest_s) {
                    Err(DecodeError::NoFfmpeg { .. }) => {
                        Err(DecodeError::Unsupported { name, reason })
                    }
                    decoded => decoded,
                }
            }
            decoded => decoded,
        },
        Container::Foreign(name) => ffmpeg::decode(name, bytes, longest_s),
    }
}

/// What the headers of a file say. Where they say too little, the file is decoded.
pub(crate) fn info(file: File) -> Result<AudioInfo, DecodeError> {
    let mut file = BufReader::new(file);
    let start = bytes_at(&mut file, 0, 64)?;
    if start.starts_with(b"ID3") {
        return info_of_bytes(file);
    }
    match recognise(&start)? {
        Container::Wave => wave::info(&mut file),
        Container::Au => au::info(&mut file),
        Container::Packed(name) => {
            let again = file.get_ref().try_clone()?;
            file.rewind()?;
            match packets::info(name, Box::new(file.into_inner())) {
                Err(DecodeError::Unsupported { .. }) => info_of_bytes(BufReader::new(again)),
                info => info,
            }
        }
        Container::Foreign(_) => info_of_bytes(file),
    }
}

fn info_of_bytes(mut file: BufReader<File>) -> Result<AudioInfo, DecodeError> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let inner = behind_tags(&bytes);
    match recognise(inner)? {
        Container::Wave => return wave::info(&mut Cursor::new(inner)),
        Container::Au => return au::info(&mut Cursor::new(inner)),
        Container::Packed(name) => match packets::info(name, Box::new(Cursor::new(inner))) {
            Err(DecodeError::Unsupported { .. }) => {}
            info => return info,
        },
        Container::Foreign(_) => {}
    }
    let decoded = decode(inner, f64::INFINITY)?;
    Ok(AudioInfo {
        sample_rate: decoded.waveform.sample_rate,
        channels: 1,
        bits: 0,
        frames: decoded.waveform.samples.len() as u64,
    })
}

/// Without the ID3 tags that programs put before any format.
fn behind_tags(mut bytes: &[u8]) -> &[u8] {
    while let [b'I', b'D', b'3', _, _, flags, a, b, c, d, ..] = *bytes {
        let size = [a, b, c, d]
            .iter()
            .fold(0, |size, byte| size << 7 | usize::from(byte & 0x7f));
        let footer = if flags & 0x10 == 0 { 0 } else { 10 };
        match bytes.get(10 + size + footer..) {
            Some(rest) if !rest.is_empty() => bytes = rest,
            _ => break,
        }
    }
    bytes
}

fn recognise(start: &[u8]) -> Result<Container, DecodeError> {
    use Container::{Au, Foreign, Packed, Wave};
    Ok(match start {
        [] => return Err(DecodeError::Empty),
        _ if is_form(start, &[b"RIFF", b"RIFX", b"RF64", b"BW64"], &[b"WAVE"]) => Wave,
        _ if start.starts_with(&riff::W64_MAGIC) => Wave,
        _ if start.starts_with(&au::MAGIC) => Au,
        [b'f', b'L', b'a', b'C', ..] => Packed("FLAC"),
        [b'O', b'g', b'g', b'S', ..] => Packed("Ogg"),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Packed("MP4"),
        [0x1a, 0x45, 0xdf, 0xa3, ..] => Packed("Matroska"),
        _ if is_form(start, &[b"FORM"], &[b"AIFF", b"AIFC"]) => Packed("AIFF"),
        [b'c', b'a', b'f', b'f', ..] => Packed("CAF"),
        [b'I', b'D', b'3', ..] => Packed("MP3"),
        [0xff, second, ..] if second & 0xf6 == 0xf0 => Packed("AAC"),
        [0xff, second, third, ..] if is_mpeg(*second, *third) => Packed("MP3"),
        _ => match FOREIGN.iter().find(|(magic, _)| start.starts_with(magic)) {
            Some(&(_, name)) => Foreign(name),
            None => {
                let found = start[..start.len().min(12)].escape_ascii().to_string();
                return Err(DecodeError::UnknownFormat { found });
            }
        },
    })
}

/// Whether a file begins with one of these containers that holds one of these forms: the name, four bytes of length,
/// the form.
fn is_form(start: &[u8], containers: &[&[u8; 4]], forms: &[&[u8; 4]]) -> bool {
    let is_one = |bytes: Option<&[u8]>, names: &[&[u8; 4]]| {
        bytes.is_some_and(|bytes| names.iter().any(|name| bytes == *name))
    };
    is_one(start.get(..4), containers) && is_one(start.get(8..12), forms)
}

/// Whether the second and third byte of a frame are those of MPEG layer 2 or 3.
const fn is_mpeg(second: u8, third: u8) -> bool {
    let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
    let (rate, sampling) = (third >> 4, third >> 2 & 3);
    second >= 0xe0 && version != 1 && (layer == 1 || layer == 2) && rate != 15 && sampling != 3
}

/// Formats that ffmpeg reads, by how they begin.
const FOREIGN: [(&[u8], &str); 20] = [
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media"),
    (b"#!AMR", "AMR"),
    (b"MAC ", "Monkey's Audio"),
    (b"wvpk", "WavPack"),
    (b"MPCK", "Musepack"),
    (b"MP+", "Musepack"),
    (b"TTA1", "True Audio"),
    (b".ra\xfd", "RealAudio"),
    (b".RMF", "RealMedia"),
    (b"DSD ", "DSD"),
    (b"FRM8", "DSD"),
    (b"FLV\x01", "Flash Video"),
    (b"Creative Voice File", "VOC"),
    (b"NIST_1A", "NIST SPHERE"),
    (b"OFR ", "OptimFROG"),
    (b"\x0b\x77", "AC-3"),
    (b"\x7f\xfe\x80\x01", "DTS"),
    (b"FORM", "IFF"),
    (b"RIFF", "RIFF other than WAV"),
    (b"ADIF", "AAC"),
];

/// As many bytes as there are at a place, up to `most`.
pub(crate) fn bytes_at(
    reader: &mut (impl Read + Seek),
    at: u64,
    most: usize,
) -> io::Result<Vec<u8>> {
    reader.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::with_capacity(most);
    reader.by_ref().take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

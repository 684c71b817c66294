//! The `fmt ` chunk of a WAV file: what its fields say, and which of them are believed.

use crate::decode::linear::{Coding, Order};
use crate::error::DecodeError;

/// Code of a format whose real code stands in the sixteen bytes of its sub-format.
const EXTENSIBLE: u16 = 0xfffe;

/// What follows the code in the sub-format of every format that has one.
const SUBFORMAT_TAIL: [u8; 14] = [
    0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71,
];

/// The same for sound in B-format.
const AMBISONIC_TAIL: [u8; 14] = [
    0x00, 0x00, 0x21, 0x07, 0xd3, 0x11, 0x86, 0x44, 0xc8, 0xc1, 0xca, 0x00, 0x00, 0x00,
];

/// How samples are coded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Format {
    /// The code of the coding.
    pub(crate) code: u16,
    /// Channels; not 0.
    pub(crate) channels: u16,
    /// Samples per second.
    pub(crate) sample_rate: u32,
    /// Bytes of a block of samples, as declared.
    pub(crate) block_bytes: u16,
    /// Bits of one sample, as declared.
    pub(crate) bits: u16,
    /// Which byte of a number comes first.
    pub(crate) order: Order,
    /// The whole chunk, for a decoder that needs more of it.
    pub(crate) chunk: Vec<u8>,
}

/// Who decodes a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Samples stored one by one.
    Linear(Coding),
    /// ADPCM of Microsoft or IMA.
    Adpcm,
    /// The content of an MP3 file.
    Mpeg,
    /// Another program, if any.
    Foreign(&'static str),
}

impl Format {
    /// As much of the chunk as anything needs: MS ADPCM has the longest.
    pub(crate) const MOST_BYTES: usize = 1024;

    /// Reads the fields. The rate in bytes is not looked at, because nothing follows from it.
    pub(crate) fn read(chunk: &[u8], order: Order) -> Result<Self, DecodeError> {
        if chunk.len() < 16 {
            return Err(DecodeError::Header {
                field: "size of fmt",
                value: chunk.len() as u64,
            });
        }
        let short = |at: usize| match order {
            Order::Little => u16::from_le_bytes([chunk[at], chunk[at + 1]]),
            Order::Big => u16::from_be_bytes([chunk[at], chunk[at + 1]]),
        };
        let (low, high) = match order {
            Order::Little => (short(4), short(6)),
            Order::Big => (short(6), short(4)),
        };
        let channels = short(2);
        if channels == 0 {
            return Err(DecodeError::Header {
                field: "nChannels",
                value: 0,
            });
        }
        let code = match short(0) {
            EXTENSIBLE => sub_format(chunk, short)?,
            code => code,
        };
        Ok(Self {
            code,
            channels,
            sample_rate: u32::from(low) | u32::from(high) << 16,
            block_bytes: short(12),
            bits: short(14),
            order,
            chunk: chunk.to_vec(),
        })
    }

    /// How to read the samples, or which field says that they cannot be read.
    pub(crate) fn reader(&self) -> Result<Reader, DecodeError> {
        let bits = |value: u16| DecodeError::Header {
            field: "wBitsPerSample",
            value: value.into(),
        };
        // The container of a sample is the whole bytes of its bits; where the block tells another
        // one, writers are wrong as often as not. Left aligned, fewer valid bits change nothing.
        Ok(Reader::Linear(match (self.code, self.bits) {
            (0x0001, 1..=8) => Coding::U8,
            (0x0001, 9..=16) => Coding::I16,
            (0x0001, 17..=24) => Coding::I24,
            (0x0001, 25..=32) => Coding::I32,
            (0x0003, 32) => Coding::F32,
            (0x0003, 64) => Coding::F64,
            (0x0006, _) => Coding::ALaw,
            (0x0007, _) => Coding::MuLaw,
            (0x0001 | 0x0003, other) => return Err(bits(other)),
            (0x0002 | 0x0011, _) => return Ok(Reader::Adpcm),
            (0x0050 | 0x0055, _) => return Ok(Reader::Mpeg),
            (code, _) => return Ok(Reader::Foreign(name(code))),
        }))
    }
}

/// The code inside an extensible format; plain integers where the chunk is too short to tell.
fn sub_format(chunk: &[u8], short: impl Fn(usize) -> u16) -> Result<u16, DecodeError> {
    let Some(tail) = chunk.get(26..40) else {
        return Err(DecodeError::Header {
            field: "size of fmt",
            value: chunk.len() as u64,
        });
    };
    let code = short(24);
    if tail == SUBFORMAT_TAIL || tail == AMBISONIC_TAIL {
        return Ok(code);
    }
    Err(DecodeError::Codec {
        code,
        name: "an unknown sub-format",
    })
}

/// What people call a format.
///
/// # Source
/// `mmreg.h` of the Windows SDK.
fn name(code: u16) -> &'static str {
    match code {
        0x0000 => "no format",
        0x0005 => "IBM CVSD",
        0x0008 | 0x2001 => "DTS",
        0x0009 => "DRM",
        0x000a => "WMA 9 voice",
        0x0010 => "OKI ADPCM",
        0x0012 => "Mediaspace ADPCM",
        0x0013 => "Sierra ADPCM",
        0x0014 | 0x0040 => "G.721 or G.723 ADPCM",
        0x0015 | 0x0016 => "DIGI STD or DIGI FIX",
        0x0017 | 0x0020 => "Dialogic or Yamaha ADPCM",
        0x0022 => "DSP TrueSpeech",
        0x0031 => "GSM 6.10",
        0x0034 => "Rockwell ADPCM",
        0x0042 | 0xa107 => "G.723.1",
        0x0045 | 0x0064 | 0x0085 => "G.726 ADPCM",
        0x0061 => "Duck ADPCM",
        0x0062 => "Yamaha ADPCM",
        0x0065 => "G.722 ADPCM",
        0x0069 => "Voxware ADPCM",
        0x0083 | 0x0133 | 0xa120 => "G.729",
        0x0092 | 0x2000 => "AC-3",
        0x00ff | 0x1600 | 0x1601 | 0x1602 | 0x1610 | 0xa106 | 0x706d | 0x4143 => "AAC",
        0x0130 => "ACELP",
        0x0160..=0x0163 => "Windows Media Audio",
        0x0200 => "Creative ADPCM",
        0x0270 => "ATRAC3",
        0x566f | 0x674f..=0x6771 => "Ogg Vorbis",
        0x704f => "Opus",
        0x7361 => "AMR-NB",
        0x7362 => "AMR-WB",
        0xa109 => "Speex",
        0xf1ac => "FLAC",
        _ => "an unknown coding",
    }
}

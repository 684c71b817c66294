//! RIFF/WAVE: a walk over chunks that believes no length the bytes do not bear out.

use std::io::{Cursor, Read, Seek, SeekFrom};

use crate::error::{DecodeError, SAMPLE_RATES};
use crate::waveform::{AudioInfo, Waveform};

const TAG_INTEGER: u16 = 1;
const TAG_FLOAT: u16 = 3;
/// The real tag stands in the sub-format, behind the channel mask.
const TAG_EXTENSIBLE: u16 = 0xfffe;

/// Lengths of the data chunk that programs write when they cannot seek back: ffmpeg, sox.
const LENGTH_OF_A_STREAM: [u32; 2] = [u32::MAX, 0x7fff_f000];

/// More channels than any recording has; a larger number is damage.
const MAX_CHANNELS: u16 = 64;

#[derive(Debug, Clone, Copy)]
enum Coding {
    Unsigned8,
    Signed16,
    Signed24,
    Signed32,
    Float32,
    Float64,
}

impl Coding {
    fn new(tag: u16, bits: u16) -> Result<Self, DecodeError> {
        match (tag, bits) {
            (TAG_INTEGER, 8) => Ok(Self::Unsigned8),
            (TAG_INTEGER, 16) => Ok(Self::Signed16),
            (TAG_INTEGER, 24) => Ok(Self::Signed24),
            (TAG_INTEGER, 32) => Ok(Self::Signed32),
            (TAG_FLOAT, 32) => Ok(Self::Float32),
            (TAG_FLOAT, 64) => Ok(Self::Float64),
            _ => Err(DecodeError::UnsupportedWav { tag, bits }),
        }
    }

    fn bytes(self) -> usize {
        match self {
            Self::Unsigned8 => 1,
            Self::Signed16 => 2,
            Self::Signed24 => 3,
            Self::Signed32 | Self::Float32 => 4,
            Self::Float64 => 8,
        }
    }

    /// One sample from exactly [`Self::bytes`] bytes.
    fn sample(self, bytes: &[u8]) -> f32 {
        match (self, bytes) {
            (Self::Unsigned8, &[a]) => (f32::from(a) - 128.0) / 128.0,
            (Self::Signed16, &[a, b]) => f32::from(i16::from_le_bytes([a, b])) / 32_768.0,
            (Self::Signed24, &[a, b, c]) => {
                (i32::from_le_bytes([0, a, b, c]) >> 8) as f32 / 8_388_608.0
            }
            (Self::Signed32, &[a, b, c, d]) => {
                (f64::from(i32::from_le_bytes([a, b, c, d])) / 2_147_483_648.0) as f32
            }
            (Self::Float32, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
            (Self::Float64, &[a, b, c, d, e, f, g, h]) => {
                f64::from_le_bytes([a, b, c, d, e, f, g, h]) as f32
            }
            _ => unreachable!("callers cut the data in pieces of `bytes()`"),
        }
    }
}

/// The `fmt ` chunk and where the samples lie.
struct Header {
    coding: Coding,
    channels: u16,
    sample_rate: u32,
    data_start: u64,
    /// Whole frames only.
    data_bytes: u64,
}

impl Header {
    fn frame_bytes(&self) -> u64 {
        u64::from(self.channels) * self.coding.bytes() as u64
    }
}

pub(crate) fn info(reader: impl Read + Seek) -> Result<AudioInfo, DecodeError> {
    let header = header(reader)?;
    Ok(AudioInfo {
        sample_rate: header.sample_rate,
        channels: header.channels,
        bits: 8 * header.coding.bytes() as u16,
        frames: header.data_bytes / header.frame_bytes(),
    })
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Waveform, DecodeError> {
    let header = header(Cursor::new(bytes))?;
    let data = &bytes[header.data_start as usize..][..header.data_bytes as usize];
    let (coding, channels) = (header.coding, usize::from(header.channels));
    let all = data
        .chunks_exact(coding.bytes())
        .map(|bytes| coding.sample(bytes));
    let samples: Vec<f32> = if channels == 1 {
        all.collect()
    } else {
        data.chunks_exact(channels * coding.bytes())
            .map(|frame| {
                let parts = frame
                    .chunks_exact(coding.bytes())
                    .map(|bytes| coding.sample(bytes));
                parts.sum::<f32>() / channels as f32
            })
            .collect()
    };
    if let Some(index) = samples.iter().position(|sample| !sample.is_finite()) {
        return Err(DecodeError::NotFinite {
            index,
            value: samples[index],
        });
    }
    Ok(Waveform {
        samples,
        sample_rate: header.sample_rate,
    })
}

pub(crate) fn encode(waveform: &Waveform) -> Vec<u8> {
    let data_bytes = 2 * waveform.samples.len();
    // A longer recording says it is a stream, which readers take to the end of the file.
    let length = u32::try_from(data_bytes).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(44 + data_bytes);
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&length.saturating_add(36).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt ");
    bytes.extend_from_slice(&16_u32.to_le_bytes());
    bytes.extend_from_slice(&TAG_INTEGER.to_le_bytes());
    bytes.extend_from_slice(&1_u16.to_le_bytes());
    bytes.extend_from_slice(&waveform.sample_rate.to_le_bytes());
    bytes.extend_from_slice(&waveform.sample_rate.saturating_mul(2).to_le_bytes());
    bytes.extend_from_slice(&2_u16.to_le_bytes());
    bytes.extend_from_slice(&16_u16.to_le_bytes());
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&length.to_le_bytes());
    for sample in &waveform.samples {
        // The cast saturates at the ends of the range and turns a NaN into silence.
        bytes.extend_from_slice(&((sample * 32_768.0).round() as i16).to_le_bytes());
    }
    bytes
}

/// Reads up to the samples, leaving out chunks that say nothing about them.
fn header(mut reader: impl Read + Seek) -> Result<Header, DecodeError> {
    let lacks = |chunk| DecodeError::MissingChunk { chunk };
    let file_bytes = reader.seek(SeekFrom::End(0)).map_err(|_| lacks("RIFF"))?;
    let mut position = 12_u64;
    let mut format = None;
    loop {
        let missing = lacks(if format.is_none() { "fmt " } else { "data" });
        reader
            .seek(SeekFrom::Start(position))
            .map_err(|_| lacks("RIFF"))?;
        let mut head = [0; 8];
        if reader.read_exact(&mut head).is_err() {
            return Err(missing);
        }
        let [a, b, c, d, len @ ..] = head;
        let len = u32::from_le_bytes(len);
        let body = position + 8;
        match [a, b, c, d] {
            [b'f', b'm', b't', b' '] => {
                let mut chunk = Vec::with_capacity(40);
                let taken = reader
                    .by_ref()
                    .take(u64::from(len.min(40)))
                    .read_to_end(&mut chunk);
                taken.map_err(|_| lacks("fmt "))?;
                format = Some(parse_format(&chunk)?);
            }
            [b'd', b'a', b't', b'a'] => {
                let (coding, channels, sample_rate) = format.ok_or(missing)?;
                let mut header = Header {
                    coding,
                    channels,
                    sample_rate,
                    data_start: body,
                    data_bytes: 0,
                };
                let held = data_bytes(len, file_bytes.saturating_sub(body))?;
                header.data_bytes = held - held % header.frame_bytes();
                return Ok(header);
            }
            _ => {}
        }
        // Chunks start at even positions.
        position = body + u64::from(len) + u64::from(len % 2);
    }
}

fn data_bytes(declared: u32, held: u64) -> Result<u64, DecodeError> {
    if LENGTH_OF_A_STREAM.contains(&declared) {
        return Ok(held);
    }
    let declared = u64::from(declared);
    if declared > held {
        return Err(DecodeError::Truncated {
            declared,
            held,
            unit: "bytes of samples",
        });
    }
    Ok(declared)
}

fn parse_format(chunk: &[u8]) -> Result<(Coding, u16, u32), DecodeError> {
    let lacks = DecodeError::MissingChunk { chunk: "fmt " };
    let half = |at: usize| {
        let bytes = chunk.get(at..at + 2)?;
        Some(u16::from_le_bytes([bytes[0], bytes[1]]))
    };
    let fields = (half(0), half(2), half(4), half(6), half(12), half(14));
    let (Some(tag), Some(channels), Some(low), Some(high), Some(block), Some(bits)) = fields else {
        return Err(lacks);
    };
    let tag = if tag == TAG_EXTENSIBLE {
        half(24).ok_or(lacks)?
    } else {
        tag
    };
    let coding = Coding::new(tag, bits)?;
    if !(1..=MAX_CHANNELS).contains(&channels) {
        return Err(DecodeError::Header {
            field: "nChannels",
            value: channels.into(),
        });
    }
    if usize::from(block) != usize::from(channels) * coding.bytes() {
        return Err(DecodeError::Header {
            field: "nBlockAlign",
            value: block.into(),
        });
    }
    let sample_rate = u32::from(low) | u32::from(high) << 16;
    if !SAMPLE_RATES.contains(&sample_rate) {
        return Err(DecodeError::Header {
            field: "nSamplesPerSec",
            value: sample_rate.into(),
        });
    }
    Ok((coding, channels, sample_rate))
}

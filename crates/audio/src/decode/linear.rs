//! Samples that are stored one by one: integers, floats, and the two telephone laws.

use crate::decode::mixer::{Mixer, Source};
use crate::error::DecodeError;

/// Frames converted at a time.
const BLOCK_FRAMES: usize = 4096;

/// How one sample is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    U8,
    I8,
    I16,
    I24,
    I32,
    F32,
    F64,
    ALaw,
    MuLaw,
}

/// Which byte of a sample comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Little,
    Big,
}

impl Coding {
    /// Bytes of one sample.
    pub(crate) const fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 | Self::ALaw | Self::MuLaw => 1,
            Self::I16 => 2,
            Self::I24 => 3,
            Self::I32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    const fn source(self) -> Source {
        match self {
            Self::F32 | Self::F64 => Source::Floats,
            _ => Source::Bounded,
        }
    }
}

/// Mixes every whole frame of `bytes`.
pub(crate) fn decode(
    bytes: &[u8],
    coding: Coding,
    order: Order,
    channels: usize,
    mixer: &mut Mixer,
) -> Result<Source, DecodeError> {
    let frame_bytes = coding.bytes() * channels;
    mixer.expect((bytes.len() / frame_bytes) as u64)?;
    let whole = bytes.len() - bytes.len() % frame_bytes;
    let mut block = Vec::with_capacity(BLOCK_FRAMES.min(whole / frame_bytes) * channels);
    for bytes in bytes[..whole].chunks(BLOCK_FRAMES * frame_bytes) {
        block.clear();
        let samples = bytes.chunks_exact(coding.bytes());
        block.extend(samples.map(|bytes| value(coding, order, bytes)));
        mixer.push(&block)?;
    }
    Ok(coding.source())
}

fn value(coding: Coding, order: Order, bytes: &[u8]) -> f32 {
    let mut little = [0; 8];
    let little = &mut little[..bytes.len()];
    little.copy_from_slice(bytes);
    if order == Order::Big {
        little.reverse();
    }
    match (coding, &*little) {
        (Coding::U8, &[a]) => (f32::from(a) - 128.0) / 128.0,
        (Coding::I8, &[a]) => f32::from(a.cast_signed()) / 128.0,
        (Coding::ALaw, &[a]) => f32::from(a_law(a)) / 32_768.0,
        (Coding::MuLaw, &[a]) => f32::from(mu_law(a)) / 32_768.0,
        (Coding::I16, &[a, b]) => f32::from(i16::from_le_bytes([a, b])) / 32_768.0,
        // Three bytes at the top of four, so that the sign is where it belongs.
        (Coding::I24, &[a, b, c]) => scaled(i32::from_le_bytes([0, a, b, c])),
        (Coding::I32, &[a, b, c, d]) => scaled(i32::from_le_bytes([a, b, c, d])),
        (Coding::F32, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
        (Coding::F64, &[a, b, c, d, e, f, g, h]) => {
            f64::from_le_bytes([a, b, c, d, e, f, g, h]) as f32
        }
        _ => unreachable!("a sample has the bytes of its coding"),
    }
}

fn scaled(sample: i32) -> f32 {
    (f64::from(sample) / 2_147_483_648.0) as f32
}

/// # Source
/// ITU-T G.711, A-law, 13 bits at the top of 16.
fn a_law(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let step = i16::from(byte & 0x0f) << 4;
    let magnitude = match (byte >> 4) & 0x07 {
        0 => step + 0x008,
        segment => (step + 0x108) << (segment - 1),
    };
    if byte & 0x80 == 0 {
        -magnitude
    } else {
        magnitude
    }
}

/// # Source
/// ITU-T G.711, mu-law, 14 bits at the top of 16.
fn mu_law(byte: u8) -> i16 {
    let byte = !byte;
    let step = (i16::from(byte & 0x0f) << 3) + 0x84;
    let magnitude = (step << ((byte >> 4) & 0x07)) - 0x84;
    if byte & 0x80 == 0 {
        magnitude
    } else {
        -magnitude
    }
}

//! AU (`.au`, `.snd`): a header of 24 bytes and the samples, big end first.

use std::io::{Cursor, Read, Seek, SeekFrom};
use std::ops::Range;

use crate::decode::linear::{self, Coding, Order};
use crate::decode::mixer::Mixer;
use crate::decode::{Decoded, bytes_at};
use crate::error::DecodeError;
use crate::waveform::AudioInfo;

/// The first four bytes.
pub(crate) const MAGIC: [u8; 4] = *b".snd";

struct Header {
    coding: Coding,
    channels: u32,
    sample_rate: u32,
    data: Range<u64>,
}

impl Header {
    fn frames(&self) -> u64 {
        let frame = self.coding.bytes() as u64 * u64::from(self.channels);
        (self.data.end - self.data.start) / frame
    }
}

fn header(reader: &mut (impl Read + Seek)) -> Result<Header, DecodeError> {
    let length = reader.seek(SeekFrom::End(0))?;
    let bytes = bytes_at(reader, 0, 24)?;
    if bytes.len() < 24 {
        return Err(DecodeError::NoSamples);
    }
    let field = |at: usize| be32(&bytes[at..]);
    let coding = match field(12) {
        1 => Coding::MuLaw,
        2 => Coding::I8,
        3 => Coding::I16,
        4 => Coding::I24,
        5 => Coding::I32,
        6 => Coding::F32,
        7 => Coding::F64,
        27 => Coding::ALaw,
        value => {
            return Err(DecodeError::Header {
                field: "encoding",
                value: value.into(),
            });
        }
    };
    let channels = field(20);
    if channels == 0 || channels > u32::from(u16::MAX) {
        return Err(DecodeError::Header {
            field: "channels",
            value: channels.into(),
        });
    }
    let start = u64::from(field(4)).min(length);
    // All ones: the writer did not know.
    let end = match field(8) {
        u32::MAX => length,
        size => (start + u64::from(size)).min(length),
    };
    Ok(Header {
        coding,
        channels,
        sample_rate: field(16),
        data: start..end,
    })
}

pub(crate) fn info(reader: &mut (impl Read + Seek)) -> Result<AudioInfo, DecodeError> {
    let header = header(reader)?;
    Mixer::new(header.channels as usize, header.sample_rate, f64::INFINITY)?;
    Ok(AudioInfo {
        sample_rate: header.sample_rate,
        channels: header.channels as u16,
        bits: 8 * header.coding.bytes() as u16,
        frames: header.frames(),
    })
}

pub(crate) fn decode(bytes: &[u8], longest_s: f64) -> Result<Decoded, DecodeError> {
    let header = header(&mut Cursor::new(bytes))?;
    let channels = header.channels as usize;
    let mut mixer = Mixer::new(channels, header.sample_rate, longest_s)?;
    let data = &bytes[header.data.start as usize..header.data.end as usize];
    let source = linear::decode(data, header.coding, Order::Big, channels, &mut mixer)?;
    mixer.finish(source)
}

fn be32(bytes: &[u8]) -> u32 {
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

//! What a WAV file holds, by whoever decodes its coding.

use std::io::{Cursor, Read, Seek};

use crate::decode::format::{Format, Reader};
use crate::decode::mixer::Mixer;
use crate::decode::{Decoded, Note, ffmpeg, linear, packets, riff};
use crate::error::DecodeError;
use crate::waveform::AudioInfo;

pub(crate) fn info(reader: &mut (impl Read + Seek)) -> Result<AudioInfo, DecodeError> {
    let wave = riff::wave(reader)?;
    let format = &wave.format;
    Mixer::new(format.channels.into(), format.sample_rate, f64::INFINITY)?;
    let frames = match format.reader()? {
        Reader::Linear(coding) => {
            wave.bytes() / (coding.bytes() as u64 * u64::from(format.channels))
        }
        _ => 0,
    };
    Ok(AudioInfo {
        sample_rate: format.sample_rate,
        channels: format.channels,
        bits: format.bits,
        frames,
    })
}

pub(crate) fn decode(bytes: &[u8], longest_s: f64) -> Result<Decoded, DecodeError> {
    let wave = riff::wave(&mut Cursor::new(bytes))?;
    let format = &wave.format;
    let channels = usize::from(format.channels);
    let data = &bytes[wave.data.start as usize..wave.data.end as usize];
    match format.reader()? {
        Reader::Linear(coding) => {
            let mut mixer = Mixer::new(channels, format.sample_rate, longest_s)?;
            let source = linear::decode(data, coding, format.order, channels, &mut mixer)?;
            let held = mixer.frames() as u64;
            let mut decoded = mixer.finish(source)?;
            let frame_bytes = (coding.bytes() * channels) as u64;
            decoded
                .notes
                .extend(wave.declared.map(|declared| Note::CutShort {
                    declared: declared / frame_bytes,
                    held,
                }));
            Ok(decoded)
        }
        Reader::Adpcm => packets::decode("ADPCM", &plain(format, data), longest_s),
        Reader::Mpeg => packets::decode("MP3", data, longest_s),
        Reader::Foreign(name) => {
            let code = format.code;
            ffmpeg::decode(name, bytes, longest_s).map_err(|error| match error {
                DecodeError::NoFfmpeg { .. } => DecodeError::Codec { code, name },
                error => error,
            })
        }
    }
}

/// The same samples behind the plainest header, which every reader reads.
fn plain(format: &Format, data: &[u8]) -> Vec<u8> {
    let size = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes();
    let chunk = &format.chunk[..format.chunk.len() & !1];
    [
        b"RIFF",
        &size(20 + chunk.len() + data.len())[..],
        b"WAVEfmt ",
        &size(chunk.len()),
        chunk,
        b"data",
        &size(data.len()),
        data,
    ]
    .concat()
}

//! Opus, in Ogg as messengers send it or in Matroska and WebM.

use opus_decoder::{OpusDecoder, OpusError};

use crate::decode::Decoded;
use crate::decode::mixer::{Mixer, Source};
use crate::decode::packets::{Stream, next, refused};
use crate::error::DecodeError;

/// What every Opus stream is decoded at, whatever was recorded.
pub(crate) const SAMPLE_RATE: u32 = 48_000;

/// Samples per channel of the longest packet, 120 ms.
const LONGEST_PACKET: usize = 5760;

/// What the head of an Opus stream says.
pub(crate) struct Head {
    /// One or two channels.
    pub(crate) channels: u16,
    /// Samples at the start that only warm the decoder up.
    pub(crate) skip: u16,
    /// Factor on every sample.
    gain: f32,
}

impl Head {
    /// # Source
    /// RFC 7845, section 5.1.
    pub(crate) fn of(stream: &Stream) -> Result<Self, DecodeError> {
        let head = stream.params.extra_data.as_deref().unwrap_or_default();
        let Some(&[channels, a, b, _, _, _, _, c, d]) = head.get(9..18) else {
            return Err(DecodeError::Unsupported {
                name: "Opus",
                reason: "no head",
            });
        };
        if !(1..=2).contains(&channels) {
            return Err(DecodeError::Unsupported {
                name: "Opus",
                reason: "more than two channels",
            });
        }
        let decibels = f32::from(i16::from_le_bytes([c, d])) / 256.0;
        Ok(Self {
            channels: channels.into(),
            skip: u16::from_le_bytes([a, b]),
            gain: 10_f32.powf(decibels / 20.0),
        })
    }
}

pub(crate) fn decode(mut stream: Stream, longest_s: f64) -> Result<Decoded, DecodeError> {
    let head = Head::of(&stream)?;
    let channels = usize::from(head.channels);
    let mut mixer = Mixer::new(channels, SAMPLE_RATE, longest_s)?;
    mixer.expect(stream.track.num_frames.unwrap_or(0))?;
    let damaged = |frames: usize, reason: OpusError| DecodeError::Damaged {
        name: "Opus",
        frames: frames as u64,
        reason: reason.into(),
    };
    let mut decoder = OpusDecoder::new(SAMPLE_RATE, channels).map_err(|e| damaged(0, e))?;
    let mut buffer = vec![0.0; LONGEST_PACKET * channels];
    let mut skip = usize::from(head.skip);
    loop {
        let frames = mixer.frames();
        let packet = next(&mut stream).map_err(|e| refused("Opus", frames as u64, e))?;
        let Some(packet) = packet else { break };
        let decoded = decoder.decode_float(&packet.data, &mut buffer, false);
        let decoded = decoded.map_err(|reason| damaged(frames, reason))?;
        let kept = decoded.saturating_sub(packet.trim_end.get() as usize);
        let skipped = skip.min(kept);
        skip -= skipped;
        let heard = &mut buffer[skipped * channels..kept * channels];
        heard.iter_mut().for_each(|sample| *sample *= head.gain);
        mixer.push(heard)?;
    }
    if mixer.frames() == 0 {
        return Err(DecodeError::NoSamples);
    }
    mixer.finish(Source::Bounded)
}

//! Formats whose samples come in packets, through symphonia (and [`super::opus`] for Opus).

use std::io::{Cursor, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};

use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;

use crate::decode::edits::Edit;
use crate::decode::mixer::{Mixer, Source};
use crate::decode::{Decoded, edits, opus};
use crate::error::DecodeError;
use crate::waveform::AudioInfo;

/// How symphonia begins when it finds no format at all.
const PROBE: &str = "core (probe)";

/// One sound of a container, ready to be decoded.
pub(crate) struct Stream<'s> {
    pub(crate) reader: Box<dyn FormatReader + 's>,
    pub(crate) track: Track,
    pub(crate) params: AudioCodecParameters,
}

pub(crate) fn info<'s>(
    name: &'static str,
    source: Box<dyn MediaSource + 's>,
) -> Result<AudioInfo, DecodeError> {
    guarded(name, || {
        let stream = open(source).map_err(|reason| refused(name, 0, reason))?;
        if stream.params.codec == CODEC_ID_OPUS {
            let head = opus::Head::of(&stream)?;
            return Ok(AudioInfo {
                sample_rate: opus::SAMPLE_RATE,
                channels: head.channels,
                bits: 0,
                frames: stream
                    .track
                    .num_frames
                    .unwrap_or(0)
                    .saturating_sub(head.skip.into()),
            });
        }
        let decoder = decoder(&stream.params).map_err(|reason| refused(name, 0, reason))?;
        let params = decoder.codec_params();
        let channels = params
            .channels
            .as_ref()
            .map_or(0, |channels| channels.count());
        let sample_rate = params.sample_rate.unwrap_or(0);
        Mixer::new(channels, sample_rate, f64::INFINITY)?;
        Ok(AudioInfo {
            sample_rate,
            channels: u16::try_from(channels).unwrap_or(u16::MAX),
            bits: params.bits_per_sample.unwrap_or(0) as u16,
            frames: stream.track.num_frames.unwrap_or(0),
        })
    })
}

pub(crate) fn decode(
    name: &'static str,
    bytes: &[u8],
    longest_s: f64,
) -> Result<Decoded, DecodeError> {
    guarded(name, || {
        if name == "MP4" && !edits::has_index(bytes) {
            return Err(DecodeError::NoIndex);
        }
        let stream = open(Box::new(Cursor::new(bytes)));
        let stream = stream.map_err(|reason| refused(name, 0, reason))?;
        if stream.params.codec == CODEC_ID_OPUS {
            return opus::decode(stream, longest_s);
        }
        let edit = if name == "MP4" {
            edits::of(bytes)
        } else {
            None
        };
        decode_stream(name, stream, edit, longest_s)
    })
}

/// A decoder that panics on a damaged file must not end a training: the file is refused.
fn guarded<T>(
    name: &'static str,
    decode: impl FnOnce() -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    // Everything that the decoder touched is dropped with it.
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or(Err(DecodeError::Broken { name }))
}

fn open<'s>(source: Box<dyn MediaSource + 's>) -> Result<Stream<'s>, Error> {
    let stream = MediaSourceStream::new(source, Default::default());
    let (format, metadata) = (FormatOptions::default(), MetadataOptions::default());
    let reader = symphonia::default::get_probe().probe(&Hint::new(), stream, format, metadata)?;
    let track = reader.default_track(TrackType::Audio).cloned();
    let track = track.ok_or(Error::Unsupported("no sound in it"))?;
    let params = track
        .codec_params
        .as_ref()
        .and_then(|params| params.audio())
        .cloned();
    let params = params.ok_or(Error::Unsupported("an unknown coding"))?;
    Ok(Stream {
        reader,
        track,
        params,
    })
}

fn decoder(params: &AudioCodecParameters) -> Result<Box<dyn AudioDecoder>, Error> {
    // A stream with a checksum of its samples is held against it.
    let options = AudioDecoderOptions::default().verify(true);
    symphonia::default::get_codecs().make_audio_decoder(params, &options)
}

fn decode_stream(
    name: &'static str,
    mut stream: Stream,
    edit: Option<Edit>,
    longest_s: f64,
) -> Result<Decoded, DecodeError> {
    let mut decoder = decoder(&stream.params).map_err(|reason| refused(name, 0, reason))?;
    let mut output: Option<Output> = None;
    let mut interleaved = Vec::new();
    loop {
        let frames = output.as_ref().map_or(0, |output| output.frames);
        let packet = match next(&mut stream) {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            Err(reason) => return Err(ended(name, &stream.track, frames, reason)),
        };
        let decoded = match decoder.decode(&packet) {
            Ok(decoded) => decoded,
            // The first frames of an MP3 that was cut lean on frames that are gone.
            Err(Error::DecodeError(_)) if name == "MP3" && frames == 0 => continue,
            Err(reason) => return Err(refused(name, frames, reason)),
        };
        let channels = decoded.spec().channels().count();
        let sample_rate = decoded.spec().rate();
        if output.is_none() {
            output = Some(Output::new(
                channels,
                sample_rate,
                &stream.track,
                edit,
                longest_s,
            )?);
        }
        let output = output.as_mut().expect("made above");
        output.same(channels, sample_rate)?;
        interleaved.clear();
        decoded.copy_to_vec_interleaved(&mut interleaved);
        output.push(&interleaved)?;
    }
    // Only the tag that tells the delay of an MP3 counts its samples; else they are a guess.
    let counted = match name {
        "FLAC" | "MP4" | "AIFF" | "CAF" => true,
        "MP3" => stream.track.delay.is_some(),
        _ => false,
    };
    let held = output.as_ref().map_or(0, |output| output.frames);
    match stream.track.num_frames {
        Some(declared) if counted && declared > held => return Err(truncated(declared, held)),
        _ => {}
    }
    if decoder.finalize().verify_ok == Some(false) {
        return Err(DecodeError::Checksum { name });
    }
    let output = output.filter(|output| output.frames > 0);
    output
        .ok_or(DecodeError::NoSamples)?
        .mixer
        .finish(Source::Bounded)
}

/// The next packet of the sound, if any.
pub(crate) fn next(stream: &mut Stream) -> Result<Option<Packet>, Error> {
    loop {
        match stream.reader.next_packet()? {
            Some(packet) if packet.track_id != stream.track.id => {}
            packet => return Ok(packet),
        }
    }
}

/// Decoded frames, of which those that the container takes back are left out.
struct Output {
    mixer: Mixer,
    channels: usize,
    sample_rate: u32,
    /// Frames decoded.
    frames: u64,
    /// Frames that sound.
    heard: std::ops::Range<u64>,
}

impl Output {
    fn new(
        channels: usize,
        sample_rate: u32,
        track: &Track,
        edit: Option<Edit>,
        longest_s: f64,
    ) -> Result<Self, DecodeError> {
        let mixer = Mixer::new(channels, sample_rate, longest_s)?;
        mixer.expect(track.num_frames.unwrap_or(0))?;
        let heard = match edit {
            Some(edit) => edit.heard(sample_rate, track.num_frames),
            None => 0..u64::MAX,
        };
        Ok(Self {
            mixer,
            channels,
            sample_rate,
            frames: 0,
            heard,
        })
    }

    fn same(&self, channels: usize, sample_rate: u32) -> Result<(), DecodeError> {
        let (field, value) = if channels != self.channels {
            ("channels of a later packet", channels as u64)
        } else if sample_rate != self.sample_rate {
            ("sampling rate of a later packet", sample_rate.into())
        } else {
            return Ok(());
        };
        Err(DecodeError::Header { field, value })
    }

    fn push(&mut self, interleaved: &[f32]) -> Result<(), DecodeError> {
        let count = (interleaved.len() / self.channels) as u64;
        let heard =
            |frame: u64| (frame.clamp(self.frames, self.frames + count) - self.frames) as usize;
        let (start, end) = (heard(self.heard.start), heard(self.heard.end));
        self.mixer
            .push(&interleaved[start * self.channels..end * self.channels])?;
        self.frames += count;
        Ok(())
    }
}

/// Why a stream ended before its end.
fn ended(name: &'static str, track: &Track, frames: u64, reason: Error) -> DecodeError {
    match (&reason, track.num_frames) {
        (Error::IoError(error), Some(declared))
            if error.kind() == ErrorKind::UnexpectedEof && declared > frames =>
        {
            truncated(declared, frames)
        }
        _ => refused(name, frames, reason),
    }
}

pub(crate) fn refused(name: &'static str, frames: u64, reason: Error) -> DecodeError {
    match reason {
        // The format was recognised, so that nothing of another kind hides behind it.
        Error::Unsupported(reason) if !reason.starts_with(PROBE) => {
            DecodeError::Unsupported { name, reason }
        }
        reason => DecodeError::Damaged {
            name,
            frames,
            reason: reason.into(),
        },
    }
}

fn truncated(declared: u64, held: u64) -> DecodeError {
    DecodeError::Truncated {
        declared,
        held,
        unit: "samples per channel",
    }
}

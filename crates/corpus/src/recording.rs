//! One recording read once and measured: length, level, silence at the edges, hash.

use std::{fs, io, path::Path};

use diktor_audio::{AudioInfo, DecodeError, Note, Waveform, band_hz, level};

use crate::{
    import::{Entry, ImportConfig},
    manifest::Utterance,
    problem::{Effect, Problem, ProblemKind},
};

/// A recording quieter than this holds no speech, dBFS root mean square.
pub const SILENT_DBFS: f64 = -60.0;

/// A recording with a larger share of samples at full scale is clipped, `0..1`.
pub const CLIPPED_SHARE: f64 = 0.001;

/// Levels in manifests are finite numbers, so that JSON can hold them: digital silence is this.
const FLOOR_DBFS: f64 = -200.0;

/// Larger files are no recordings of one utterance, and may not fit in memory.
const MAX_BYTES: u64 = 1 << 30;

/// A recording this many times longer than allowed was never cut into utterances; it is not read,
/// because it may not fit in memory.
const UNCUT: f64 = 8.0;

/// A file that misses more than this of its end was cut short, and its text does not match it, s.
const CUT_SHORT_S: f64 = 0.05;

/// Converting to a lower rate takes away this share of the band, which is no loss, `0..1`.
const ALMOST_ALL: f64 = 0.9;

/// Reads and judges one recording: the utterance if it stays, and what there is to say about it.
pub(crate) fn measure(entry: Entry, config: &ImportConfig) -> (Option<Utterance>, Vec<Problem>) {
    let (id, path) = (entry.id.clone(), entry.audio.clone());
    let (utterance, kinds) = match try_measure(entry, config) {
        Ok((utterance, kinds)) => (Some(utterance), kinds),
        Err(kind) => (None, vec![kind]),
    };
    let dropped = kinds.iter().any(|kind| kind.effect() == Effect::Dropped);
    let named = |kind| Problem {
        utterance: id.clone(),
        path: path.clone(),
        kind,
    };
    (
        utterance.filter(|_| !dropped),
        kinds.into_iter().map(named).collect(),
    )
}

fn try_measure(
    entry: Entry,
    config: &ImportConfig,
) -> Result<(Utterance, Vec<ProblemKind>), ProblemKind> {
    regular_file(&entry.audio)?;
    let info = diktor_audio::info(&entry.audio).map_err(unreadable)?;
    check_header(&info, config)?;
    let bytes = bytes(&entry.audio)?;
    let longest_s = UNCUT * config.max_mel_frames as f64 * frame_s(config);
    let decoded = diktor_audio::decode_within(&bytes, longest_s);
    let decoded = decoded.map_err(|reason| undecodable(&reason, config))?;
    let wave = decoded.waveform;
    let samples = &wave.samples;
    let kept = match &config.trim {
        Some(trim) => diktor_audio::trim_silence(samples, wave.sample_rate, trim),
        None => 0..samples.len(),
    };
    let seconds = |count: usize| count as f64 / f64::from(wave.sample_rate);
    let utterance = Utterance {
        duration_s: seconds(samples.len()),
        trimmed_s: seconds(samples.len() - kept.len()),
        sample_rate: wave.sample_rate,
        peak: level::peak(samples),
        rms_dbfs: level::rms_dbfs(samples).max(FLOOR_DBFS),
        clipped_share: level::clipped_share(samples),
        audio_hash: hash(&bytes),
        id: entry.id,
        audio: entry.audio,
        text: entry.text,
        speaker: entry.speaker,
    };
    let notes = decoded.notes.iter();
    let mut kinds: Vec<_> = notes
        .filter_map(|note| noted(*note, wave.sample_rate))
        .collect();
    // Nothing else is said of half a recording.
    if !kinds.iter().any(|kind| kind.effect() == Effect::Dropped) {
        kinds.extend(judge(&utterance, &wave, kept.len(), config));
    }
    Ok((utterance, kinds))
}

/// What the corpus has to say about a file that could be read.
fn noted(note: Note, sample_rate: u32) -> Option<ProblemKind> {
    let seconds = |samples: u64| samples as f64 / f64::from(sample_rate);
    match note {
        Note::OppositeChannels => Some(ProblemKind::OppositeChannels),
        Note::CutShort { declared, held } => {
            let (declared_s, held_s) = (seconds(declared), seconds(held));
            (declared_s - held_s > CUT_SHORT_S)
                .then_some(ProblemKind::CutShort { declared_s, held_s })
        }
    }
}

fn undecodable(reason: &DecodeError, config: &ImportConfig) -> ProblemKind {
    match *reason {
        DecodeError::TooLong { seconds, .. } => ProblemKind::TooLong {
            frames: (seconds / frame_s(config)) as usize,
            max: config.max_mel_frames,
        },
        _ => unreadable(reason),
    }
}

/// Length of a mel frame, s.
fn frame_s(config: &ImportConfig) -> f64 {
    config.hop_length.max(1) as f64 / f64::from(config.sampling_rate.max(1))
}

fn check_header(info: &AudioInfo, config: &ImportConfig) -> Result<(), ProblemKind> {
    let (found, expected) = (info.sample_rate, config.sampling_rate);
    if found != expected && !config.resample {
        return Err(ProblemKind::WrongSampleRate { found, expected });
    }
    let frames = mel_frames(info.frames as usize, found, config);
    let max = config.max_mel_frames;
    if frames as f64 > UNCUT * max as f64 {
        return Err(ProblemKind::TooLong { frames, max });
    }
    Ok(())
}

fn judge(
    utterance: &Utterance,
    wave: &Waveform,
    kept: usize,
    config: &ImportConfig,
) -> Vec<ProblemKind> {
    if utterance.rms_dbfs < SILENT_DBFS {
        return vec![ProblemKind::Silent {
            rms_dbfs: utterance.rms_dbfs,
        }];
    }
    let frames = mel_frames(kept, wave.sample_rate, config);
    let length = length_problem(frames, config.min_mel_frames, config.max_mel_frames);
    let share = utterance.clipped_share;
    let clipped = (share > CLIPPED_SHARE).then_some(ProblemKind::Clipped { share });
    let narrow = narrow(wave, config);
    length.into_iter().chain(clipped).chain(narrow).collect()
}

/// A recording whose sound ends below what the mels show.
fn narrow(wave: &Waveform, config: &ImportConfig) -> Option<ProblemKind> {
    let wanted_hz = config.highest_hz.min(f64::from(config.sampling_rate) / 2.0);
    let band_hz = band_hz(&wave.samples, wave.sample_rate);
    (band_hz < ALMOST_ALL * wanted_hz).then_some(ProblemKind::NarrowBand {
        band_hz: (band_hz / 100.0).round() * 100.0,
        wanted_hz,
        recordings: 1,
    })
}

/// What is wrong with a number of mel frames, if anything.
pub(crate) fn length_problem(frames: usize, min: usize, max: usize) -> Option<ProblemKind> {
    if frames < min {
        Some(ProblemKind::TooShort { frames, min })
    } else if frames > max {
        Some(ProblemKind::TooLong { frames, max })
    } else {
        None
    }
}

fn mel_frames(samples: usize, sample_rate: u32, config: &ImportConfig) -> usize {
    let ratio = f64::from(config.sampling_rate) / f64::from(sample_rate.max(1));
    (samples as f64 * ratio) as usize / config.hop_length.max(1) + 1
}

/// The bytes of a regular file. A folder cannot be read, and a pipe or device might never end.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, ProblemKind> {
    let bytes = regular_file(path)?;
    if bytes > MAX_BYTES {
        let reason = format!("{bytes} bytes, a recording of one utterance has at most {MAX_BYTES}");
        return Err(ProblemKind::Unreadable { reason });
    }
    fs::read(path).map_err(unreadable)
}

/// BLAKE3 in hexadecimal.
pub(crate) fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// The size of a regular file, in bytes.
fn regular_file(path: &Path) -> Result<u64, ProblemKind> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(metadata.len()),
        Ok(_) => Err(ProblemKind::NotAFile),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(ProblemKind::Missing),
        Err(error) => Err(unreadable(error)),
    }
}

/// What a reader says, in one line.
pub(crate) fn unreadable(error: impl std::error::Error) -> ProblemKind {
    let mut reason = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let inner_reason = inner.to_string();
        if !reason.contains(&inner_reason) {
            reason = format!("{reason}: {inner_reason}");
        }
        source = inner.source();
    }
    ProblemKind::Unreadable { reason }
}

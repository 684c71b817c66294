//! From utterances to what a model sees: symbols and mel frames.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use diktor_audio::{Mel, MelConfig, MelExtractor, TrimConfig, Waveform, resample, trim_silence};
use diktor_text::Frontend;
use rayon::prelude::*;

use crate::{
    cache::{Cache, Cached},
    check::{pool, text_problem},
    error::CorpusError,
    manifest::Utterance,
    problem::{Problem, ProblemKind},
    recording::{self, length_problem, unreadable},
};

/// One utterance as a model sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// Id of the utterance.
    pub id: String,
    /// Symbol ids of its text.
    pub symbols: Vec<u32>,
    /// Its mel spectrogram, silence at the edges trimmed.
    pub mel: Mel,
    /// The recording.
    pub audio: PathBuf,
    /// Its text, before cleaning.
    pub text: String,
    /// Silence trimmed away, s.
    pub trimmed_s: f64,
    /// Whether the mel came from the cache.
    pub cached: bool,
}

/// How recordings become features.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureConfig {
    /// How silence at the edges is found; `None` keeps it.
    pub trim: Option<TrimConfig>,
    /// Convert recordings of another sample rate instead of leaving them out.
    pub resample: bool,
    /// Fewest mel frames.
    pub min_mel_frames: usize,
    /// Most mel frames; longer utterances are left out, never cut.
    pub max_mel_frames: usize,
    /// Most symbols of a text.
    pub max_text_len: usize,
    /// Folder that keeps mels between runs; `None` computes them each time.
    pub cache_dir: Option<PathBuf>,
    /// Threads to compute with; 0 is one per core.
    pub threads: usize,
}

impl Default for FeatureConfig {
    fn default() -> Self {
        let import = crate::ImportConfig::default();
        Self {
            trim: import.trim,
            resample: import.resample,
            min_mel_frames: import.min_mel_frames,
            max_mel_frames: import.max_mel_frames,
            max_text_len: import.max_text_len,
            cache_dir: None,
            threads: import.threads,
        }
    }
}

/// Computes the features of utterances in parallel, in their order.
///
/// What does not fit the limits is left out with a problem, never cut. `progress` is told how many
/// of how many are done, from any thread.
///
/// # Errors
/// If the mel settings are unusable, or the cache folder cannot be made.
pub fn load_examples(
    utterances: &[Utterance],
    frontend: &Frontend,
    mel: &MelConfig,
    config: &FeatureConfig,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<(Vec<Example>, Vec<Problem>), CorpusError> {
    let extractor = MelExtractor::new(mel)?;
    let cache = config
        .cache_dir
        .as_deref()
        .map(|dir| Cache::open(dir, mel, config))
        .transpose()?;
    let loader = Loader {
        frontend,
        mel,
        extractor,
        cache,
        config,
    };
    let done = AtomicUsize::new(0);
    let load = |utterance: &Utterance| {
        let example = loader.load(utterance);
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, utterances.len());
        example
    };
    let loaded: Vec<_> =
        pool(config.threads)?.install(|| utterances.par_iter().map(load).collect());
    let mut examples = Vec::with_capacity(loaded.len());
    let mut problems = Vec::new();
    for (utterance, result) in utterances.iter().zip(loaded) {
        match result {
            Ok(example) => examples.push(example),
            Err(kind) => problems.push(Problem {
                utterance: utterance.id.clone(),
                path: utterance.audio.clone(),
                kind,
            }),
        }
    }
    let cached = examples.iter().filter(|e| e.cached).count();
    let trimmed_s = trimmed_seconds(&examples);
    tracing::info!(
        examples = examples.len(),
        cached,
        trimmed_s,
        left_out = problems.len(),
        "features"
    );
    Ok((examples, problems))
}

/// Silence trimmed away from all of them, s.
pub fn trimmed_seconds(examples: &[Example]) -> f64 {
    examples.iter().map(|e| e.trimmed_s).sum()
}

/// Mean of every mel bin over all frames; `None` without frames.
///
/// # Shapes
/// - output: `[M]`
pub fn global_mean_mel(examples: &[Example]) -> Option<Vec<f32>> {
    let bins = examples.first()?.mel.bins();
    let mut sums = vec![0.0_f64; bins];
    let mut frames = 0;
    for example in examples {
        frames += example.mel.frames();
        for frame in example.mel.values().chunks_exact(bins) {
            sums.iter_mut()
                .zip(frame)
                .for_each(|(sum, &value)| *sum += f64::from(value));
        }
    }
    (frames > 0).then(|| {
        sums.iter()
            .map(|sum| (sum / frames as f64) as f32)
            .collect()
    })
}

/// What every thread shares.
struct Loader<'a> {
    frontend: &'a Frontend,
    mel: &'a MelConfig,
    extractor: MelExtractor,
    cache: Option<Cache>,
    config: &'a FeatureConfig,
}

impl Loader<'_> {
    fn load(&self, utterance: &Utterance) -> Result<Example, ProblemKind> {
        let symbols = self
            .frontend
            .encode(&utterance.text)
            .map_err(text_problem)?
            .ids;
        let max = self.config.max_text_len;
        if symbols.len() > max {
            return Err(ProblemKind::TextTooLong {
                symbols: symbols.len(),
                max,
            });
        }
        let (Cached { mel, trimmed_s }, cached) = self.mel(&utterance.audio)?;
        let (min, max) = (self.config.min_mel_frames, self.config.max_mel_frames);
        match length_problem(mel.frames(), min, max) {
            Some(problem) => Err(problem),
            None => Ok(Example {
                id: utterance.id.clone(),
                symbols,
                mel,
                audio: utterance.audio.clone(),
                text: utterance.text.clone(),
                trimmed_s,
                cached,
            }),
        }
    }

    /// The mel of a recording, and whether it came from the cache.
    fn mel(&self, audio: &Path) -> Result<(Cached, bool), ProblemKind> {
        let bytes = recording::bytes(audio)?;
        let Some(cache) = &self.cache else {
            return Ok((self.compute(&bytes)?, false));
        };
        // The hash is of the file as it is now, not of the manifest: a replaced recording is a
        // different one.
        let entry = cache.entry(&recording::hash(&bytes));
        if let Some(cached) = cache.read(&entry) {
            return Ok((cached, true));
        }
        let computed = self.compute(&bytes)?;
        cache.write(&entry, &computed);
        Ok((computed, false))
    }

    fn compute(&self, bytes: &[u8]) -> Result<Cached, ProblemKind> {
        let wave = self.waveform(bytes)?;
        let kept = match &self.config.trim {
            Some(trim) => trim_silence(&wave.samples, wave.sample_rate, trim),
            None => 0..wave.samples.len(),
        };
        let (frames, min) = (kept.len() / self.mel.hop_length, self.config.min_mel_frames);
        // Far too little may be too little to transform at all.
        if frames + 1 < min {
            return Err(ProblemKind::TooShort { frames, min });
        }
        let trimmed = wave.samples.len() - kept.len();
        let mel = self
            .extractor
            .extract(&wave.samples[kept])
            .map_err(unreadable)?;
        Ok(Cached {
            mel,
            trimmed_s: trimmed as f64 / f64::from(wave.sample_rate),
        })
    }

    /// The recording at the rate of the mel settings.
    fn waveform(&self, bytes: &[u8]) -> Result<Waveform, ProblemKind> {
        let wave = diktor_audio::decode(bytes).map_err(unreadable)?;
        let (found, expected) = (wave.sample_rate, self.mel.sampling_rate);
        match (found == expected, self.config.resample) {
            (true, _) => Ok(wave),
            (false, true) => resample(&wave, expected).map_err(unreadable),
            (false, false) => Err(ProblemKind::WrongSampleRate { found, expected }),
        }
    }
}

impl Cache {
    fn open(dir: &Path, mel: &MelConfig, config: &FeatureConfig) -> Result<Self, CorpusError> {
        fs::create_dir_all(dir).map_err(|source| CorpusError::Io {
            path: dir.into(),
            source,
        })?;
        Ok(Self::new(dir, mel, config.trim.as_ref()))
    }
}

//! A voice: a checkpoint that can speak.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use burn::tensor::Device;
use diktor_audio::{
    GriffinLimConfig, Mel, MelConfig, MelExtractor, TrimConfig, Waveform, finish, griffin_lim,
    resample, trim_silence,
};
use diktor_model::{Alignment, InferOptions, Inference, StopReason, Style, Tacotron2};
use diktor_text::Frontend;
use diktor_track::picture::{self, Png};
use diktor_train::{
    Checkpoint, Hparams,
    data::frontend,
    diagnostics::{AlignmentView, FreeRunView},
};

use crate::{
    checkpoint::{Wanted, checkpoint_of, refused},
    cmd::import::is_unknown,
    exit::usage,
};

/// What is needed to turn text into sound.
pub(crate) struct Voice {
    /// The checkpoint it came from.
    pub(crate) path: PathBuf,
    /// The network.
    pub(crate) model: Tacotron2,
    /// Text to symbol ids, with the checkpoint's own table.
    pub(crate) frontend: Frontend,
    /// The mels that the network speaks.
    pub(crate) mel: MelConfig,
    /// The hyper-parameters of its training, as they had become.
    pub(crate) hparams: Hparams,
    /// How often each symbol stands in what it was trained on; `None` where the checkpoint does not say.
    pub(crate) heard: Option<Vec<u64>>,
}

impl Voice {
    /// Reads a checkpoint.
    ///
    /// # Errors
    /// When the file is missing, damaged, or no checkpoint of ours.
    pub(crate) fn load(path: &Path, device: &Device) -> anyhow::Result<Self> {
        let path = checkpoint_of(path, Wanted::Voice)?;
        let checkpoint = Checkpoint::read(&path).map_err(refused)?;
        let network = checkpoint.network(&path)?;
        let state = checkpoint.state;
        let model = network
            .init(device, state.hparams.seed)
            .load_state(&checkpoint.weights)
            .with_context(|| format!("`{}`", path.display()))?;
        let mut frontend = frontend(&state.hparams)?;
        let hparams = state.speaking();
        let mel = state.mel;
        let heard = state
            .training
            .and_then(|training| Some(training.watch.heard()?.to_vec()));
        frontend.symbols = state.symbols;
        Ok(Self {
            path,
            model,
            frontend,
            mel,
            hparams,
            heard,
        })
    }

    /// Symbol ids of a text.
    ///
    /// # Errors
    /// When the text is empty, or holds characters that the voice never learnt.
    pub(crate) fn encode(&self, text: &str) -> anyhow::Result<Vec<u32>> {
        if is_unknown(&self.frontend.symbols) {
            let path = self.path.display();
            return Err(usage(format!(
                "`{path}` does not know which letter has which number: it was imported without its \
                 table of {} symbols\nhint: `diktor import {path} -o {path} --symbols FILE` gives it \
                 one; `--ids` speaks without",
                self.frontend.symbols.len()
            )));
        }
        let encoded = self.frontend.encode(text);
        encoded.map(|symbols| symbols.ids).map_err(usage)
    }

    /// Checks ids that somebody typed.
    ///
    /// # Errors
    /// When there is none, or one is outside the table.
    pub(crate) fn check(&self, ids: &[u32]) -> anyhow::Result<()> {
        let size = self.frontend.symbols.len();
        if ids.is_empty() {
            return Err(usage("no symbol ids\nhint: `--ids 5,17,33`"));
        }
        match ids
            .iter()
            .find(|&&id| usize::try_from(id).map_or(true, |id| id >= size))
        {
            None => Ok(()),
            Some(id) => Err(usage(format!(
                "symbol `{id}`: the table of `{}` ends at `{}`",
                self.path.display(),
                size - 1
            ))),
        }
    }

    /// Speaks every text, freely running, in the style that the voice chooses.
    #[must_use]
    pub(crate) fn speak(&self, texts: &[Vec<u32>], options: &InferOptions) -> Vec<Inference> {
        self.model
            .infer(texts, self.hparams.n_frames_per_step, options)
    }

    /// Speaks every text in one style.
    #[must_use]
    pub(crate) fn speak_as(
        &self,
        style: &Style,
        texts: &[Vec<u32>],
        options: &InferOptions,
    ) -> Vec<Inference> {
        let r = self.hparams.n_frames_per_step;
        self.model.infer_styled(texts, r, options, style)
    }

    /// The mel of a recording, as this voice would have been trained on it.
    ///
    /// # Errors
    /// When the file cannot be read or holds too little.
    pub(crate) fn mel_of(&self, recording: &Path) -> anyhow::Result<Mel> {
        let wave = diktor_audio::read(recording).map_err(usage)?;
        let wave = if wave.sample_rate == self.mel.sampling_rate {
            wave
        } else {
            resample(&wave, self.mel.sampling_rate)?
        };
        let kept = if self.hparams.trim_silence {
            trim_silence(&wave.samples, wave.sample_rate, &TrimConfig::default())
        } else {
            0..wave.samples.len()
        };
        let mel = MelExtractor::new(&self.mel)?.extract(&wave.samples[kept]);
        mel.map_err(|error| usage(format!("`{}`: {error}", recording.display())))
    }

    /// How this voice speaks when nothing else is said.
    #[must_use]
    pub(crate) fn options(&self) -> InferOptions {
        InferOptions {
            gate_threshold: self.hparams.gate_threshold,
            max_decoder_steps: self.hparams.max_decoder_steps,
            windowed: self.hparams.attention_windowing,
            ..InferOptions::default()
        }
    }

    /// The sound of a mel.
    ///
    /// # Errors
    /// When the mel is not one of this voice.
    pub(crate) fn waveform(&self, mel: &Mel, seed: u64) -> anyhow::Result<Waveform> {
        let mut waveform = self.unfinished(mel, seed)?;
        if self.hparams.use_audio_quality_enhancement {
            finish(&mut waveform.samples, waveform.sample_rate);
        }
        Ok(waveform)
    }

    /// The sound of a mel at the level that the mel says.
    ///
    /// # Errors
    /// When the mel is not one of this voice.
    pub(crate) fn unfinished(&self, mel: &Mel, seed: u64) -> anyhow::Result<Waveform> {
        let settings = GriffinLimConfig {
            seed,
            ..GriffinLimConfig::default()
        };
        Ok(griffin_lim(mel, &self.mel, &settings)?)
    }

    /// A picture of how an utterance was read.
    #[must_use]
    pub(crate) fn picture(&self, spoken: &Inference, ids: &[u32], title: &str, text: &str) -> Png {
        let Alignment {
            steps,
            symbols,
            values,
        } = &spoken.alignment;
        let names: Vec<String> = ids
            .iter()
            .map(|&id| {
                self.frontend
                    .symbols
                    .symbol(id)
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect();
        let caption = picture::Caption {
            title,
            text,
            locale: self.hparams.locale.into(),
        };
        picture::alignment(*steps, *symbols, values, &names, caption)
    }

    /// How the attention and the end of an utterance are to be judged.
    #[must_use]
    pub(crate) fn view<'a>(&self, spoken: &'a Inference) -> FreeRunView<'a> {
        let Alignment {
            steps,
            symbols,
            values,
        } = &spoken.alignment;
        FreeRunView {
            alignment: AlignmentView {
                steps: *steps,
                symbols: *symbols,
                values,
            },
            stopped_by_gate: spoken.stop == StopReason::Gate,
            frames_per_step: self.hparams.n_frames_per_step,
            frame_rate: 1.0 / self.mel.hop_seconds(),
        }
    }
}

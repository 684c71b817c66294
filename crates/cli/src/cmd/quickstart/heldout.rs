//! The held-out sentences: what the voice makes of texts it never saw.

use std::path::Path;

use burn::tensor::Device;
use diktor_audio::mel_cepstral_distortion;
use diktor_corpus::{Example, ImportConfig, import, load_examples};
use diktor_model::{InferOptions, Inference, LossConfig, Mode, PrenetDropout, loss};
use diktor_train::{
    data::collate,
    diagnostics::{AttentionMetrics, FreeRunView, attention, free_run},
};
use serde::Serialize;

use crate::{exit::usage, voice::Voice};

/// What [`HeldOut::mel_error`] is, for the reader of a result.
pub(crate) const MEL_ERROR_DEFINITION: &str = "teacher-forced squared error of the mel after the \
post-net, mean over the bins and true frames of the held-out sentences, in squared nats";

/// How the held-out sentences are spoken.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct FreeRunning {
    /// Mean over the sentences.
    pub(crate) diagonality: f64,
    /// Share that had to be stopped, or stayed on the last symbol for over half a second.
    pub(crate) runaway_rate: f64,
    /// Share that stopped with text left to read.
    pub(crate) premature_rate: f64,
    /// Sentences spoken.
    pub(crate) sentences: usize,
}

/// The sentences, and what became of them.
pub(crate) struct HeldOut {
    /// As recorded.
    pub(crate) examples: Vec<Example>,
    /// As spoken, freely running, in the same order.
    pub(crate) spoken: Vec<Inference>,
    /// How they are spoken.
    pub(crate) free_running: FreeRunning,
    /// As [`MEL_ERROR_DEFINITION`] says.
    pub(crate) mel_error: f64,
    /// Mean distortion of the free-running mels; `None` when nothing can be compared.
    pub(crate) mcd_db: Option<f64>,
}

impl HeldOut {
    /// Lets the voice speak all of them at once, with the guards that `synthesize` has too.
    ///
    /// # Errors
    /// When the sentences cannot be read.
    pub(crate) fn speak(voice: &Voice, folder: &Path, device: &Device) -> anyhow::Result<Self> {
        let examples = examples(voice, folder)?;
        let texts: Vec<Vec<u32>> = examples.iter().map(|one| one.symbols.clone()).collect();
        let options = InferOptions {
            prenet_dropout: PrenetDropout::Seeded(voice.hparams.seed),
            ..voice.options()
        };
        let spoken = voice.speak(&texts, &options);
        let pairs = examples.iter().zip(&spoken);
        let distortions: Vec<f64> = pairs
            .filter_map(|(example, one)| mel_cepstral_distortion(&one.mel, &example.mel))
            .map(|mcd| mcd.db)
            .collect();
        let sum: f64 = distortions.iter().sum();
        Ok(Self {
            free_running: free_running(voice, &spoken),
            mel_error: mel_error(voice, &examples, device),
            mcd_db: (!distortions.is_empty()).then(|| sum / distortions.len() as f64),
            examples,
            spoken,
        })
    }
}

fn examples(voice: &Voice, folder: &Path) -> anyhow::Result<Vec<Example>> {
    let hparams = &voice.hparams;
    let config = ImportConfig {
        sampling_rate: hparams.sampling_rate,
        hop_length: hparams.hop_length,
        ..ImportConfig::default()
    };
    let (manifest, _) = import(folder, None, &voice.frontend, &config).map_err(usage)?;
    let features = hparams.features(false);
    let (examples, _) = load_examples(
        &manifest.utterances,
        &voice.frontend,
        &voice.mel,
        &features,
        &|_, _| (),
    )
    .map_err(usage)?;
    if examples.is_empty() {
        return Err(usage(format!(
            "`{}`: no held-out sentence can be used",
            folder.display()
        )));
    }
    Ok(examples)
}

fn free_running(voice: &Voice, spoken: &[Inference]) -> FreeRunning {
    let views: Vec<FreeRunView<'_>> = spoken.iter().map(|one| voice.view(one)).collect();
    let attentions: Vec<AttentionMetrics> = views
        .iter()
        .filter_map(|view| attention(&view.alignment))
        .collect();
    let endings = free_run(&views);
    FreeRunning {
        diagonality: AttentionMetrics::mean(&attentions).map_or(0.0, |mean| mean.diagonality),
        runaway_rate: endings.map_or(1.0, |endings| endings.runaway_rate),
        premature_rate: endings.map_or(0.0, |endings| endings.premature_stop_rate),
        sentences: spoken.len(),
    }
}

fn mel_error(voice: &Voice, examples: &[Example], device: &Device) -> f64 {
    let r = voice.hparams.n_frames_per_step;
    let batch = collate(&examples.iter().collect::<Vec<_>>(), r, device);
    let mode = Mode::Eval(PrenetDropout::Seeded(voice.hparams.seed));
    let output = voice.model.forward(&batch, r, &mode);
    let error = loss(&output, &batch, r, &LossConfig::default()).mel_post;
    f64::from(error.into_scalar::<f32>())
}

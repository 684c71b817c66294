//! Who listens: every sound of a sentence is made, measured, and given to the recogniser.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use diktor_audio::{
    GriffinLimConfig, Mel, TrimConfig, Waveform, finish, griffin_lim, read, resample, trim_silence,
    write_wav,
};
use diktor_eval::{
    Analyser, EvalError, Judged, LeftOut, Origin, Recogniser, Sentence, Sound, Wording, compare,
};
use diktor_train::StopFlag;
use tempfile::TempDir;

use super::{Item, Means, Speaker};
use crate::{cli::Eval, exit::usage};

/// What came of a sentence.
pub(super) enum Heard {
    /// It was judged.
    Judged(Sentence),
    /// It could not be.
    LeftOut(LeftOut),
    /// Somebody asked to stop meanwhile.
    Stopped,
}

/// Measures and listens.
pub(super) struct Listener<'a> {
    means: &'a Means,
    analyser: Analyser,
    wording: Wording,
    recogniser: Option<Recogniser>,
    speaker: Option<Speaker<'a>>,
    stop: StopFlag,
    seed: u64,
    /// Where sounds are written; gone with this unless they are to be kept.
    folder: PathBuf,
    _temporary: Option<TempDir>,
    /// Whether anybody needs the files.
    writes: bool,
    /// Mels of every sound, for the page.
    pub(super) mels: BTreeMap<(String, Origin), Mel>,
    keeps_mels: bool,
}

/// A sound of a sentence before it is measured.
struct Made {
    origin: Origin,
    /// For the listener.
    sound: Waveform,
    /// What is measured of it, beside what comparing tells.
    judged: Judged,
    analysed: Sound,
}

impl<'a> Listener<'a> {
    pub(super) fn new(
        arguments: &Eval,
        means: &'a Means,
        recogniser: Option<Recogniser>,
        stop: StopFlag,
    ) -> anyhow::Result<Self> {
        let temporary = match &arguments.sounds {
            Some(_) => None,
            None => Some(tempfile::tempdir().context("a folder for sounds cannot be made")?),
        };
        let folder = temporary.as_ref().map(|folder| folder.path().to_owned());
        let speaker = means.voice.as_ref();
        Ok(Self {
            analyser: Analyser::new(&means.mel).map_err(usage)?,
            wording: Wording::new(means.frontend.clone()),
            speaker: speaker.map(|voice| Speaker::new(voice, arguments.seed)),
            stop,
            seed: arguments.seed,
            writes: recogniser.is_some() || arguments.sounds.is_some() || arguments.html.is_some(),
            recogniser,
            folder: folder.or(arguments.sounds.clone()).unwrap_or_default(),
            _temporary: temporary,
            mels: BTreeMap::new(),
            keeps_mels: arguments.html.is_some(),
            means,
        })
    }

    /// Makes and judges every sound of a sentence.
    ///
    /// # Errors
    /// When the recogniser fails, or a sound cannot be written.
    pub(super) fn judge(&mut self, item: &Item) -> anyhow::Result<Heard> {
        let sounds = match self.make(item) {
            Ok(sounds) => sounds,
            Err(error) => {
                return Ok(Heard::LeftOut(LeftOut {
                    id: item.id.clone(),
                    reason: format!("{error:#}"),
                }));
            }
        };
        let mut sentence = Sentence {
            id: item.id.clone(),
            text: item.text.clone(),
            sounds: BTreeMap::new(),
        };
        for made in sounds {
            let path = self.file(&item.id, made.origin);
            if self.writes {
                write_wav(&path, &made.sound)?;
            }
            let mut judged = made.judged;
            if self.keeps_mels {
                let key = (item.id.clone(), made.origin);
                self.mels.insert(key, made.analysed.mel);
            }
            match self.recognise(&path) {
                Ok(None) => {}
                Ok(Some(heard)) => {
                    let text = item.text.as_deref().unwrap_or_default();
                    judged.scores.extend(self.wording.scores(text, &heard));
                    judged.heard = Some(heard);
                }
                Err(EvalError::Stopped) => return Ok(Heard::Stopped),
                Err(error) => return Err(error.into()),
            }
            sentence.sounds.insert(made.origin, judged);
        }
        Ok(Heard::Judged(sentence))
    }

    /// The file of a sound.
    pub(super) fn file(&self, id: &str, origin: Origin) -> PathBuf {
        let name = match origin {
            Origin::Recording => "recording",
            Origin::Copy => "copy",
            Origin::Voice => "voice",
        };
        self.folder.join(format!("{id}_{name}.wav"))
    }

    /// The bytes of a sound that was written.
    pub(super) fn bytes(&self, id: &str, origin: Origin) -> Option<Vec<u8>> {
        fs::read(self.file(id, origin)).ok()
    }

    fn recognise(&self, sound: &Path) -> Result<Option<String>, EvalError> {
        let stopped = || self.stop.is_raised();
        let heard = self.recogniser.as_ref();
        heard.map(|heard| heard.hear(sound, &stopped)).transpose()
    }

    fn make(&self, item: &Item) -> anyhow::Result<Vec<Made>> {
        let mut made = Vec::new();
        if let Some(path) = &item.recording {
            let whole = read(path)?;
            let analysed = self.analyse(path, &whole)?;
            let copy = self.copy(&analysed)?;
            made.push(Made {
                origin: Origin::Recording,
                sound: whole,
                judged: Judged::default(),
                analysed,
            });
            let recording = &made[0].analysed;
            let copy = self.compared(Origin::Copy, copy, Judged::default(), Some(recording))?;
            made.push(copy);
        }
        let recording = made.first().map(|made| &made.analysed);
        let spoken = match (&item.spoken, &self.speaker, &item.text) {
            (Some(path), _, _) => {
                let whole = read(path)?;
                let analysed = self.analyse(path, &whole)?;
                let judged = Judged {
                    scores: recording.map_or_else(Default::default, |one| compare(one, &analysed)),
                    heard: None,
                };
                Some(Made {
                    origin: Origin::Voice,
                    sound: whole,
                    judged,
                    analysed,
                })
            }
            (None, Some(speaker), Some(text)) => {
                let speech = speaker.speak(text)?;
                let judged = Judged {
                    scores: speech.scores,
                    heard: None,
                };
                Some(self.compared(Origin::Voice, speech.sound, judged, recording)?)
            }
            _ => None,
        };
        made.extend(spoken);
        Ok(made)
    }

    /// A made sound against the recording, at the level that its mel says; who listens gets it finished.
    fn compared(
        &self,
        origin: Origin,
        mut sound: Waveform,
        mut judged: Judged,
        recording: Option<&Sound>,
    ) -> anyhow::Result<Made> {
        // A voice that has learnt little shouts: what does not fit is clipped, as a file would hold it.
        let held: Vec<f32> = sound.samples.iter().map(|x| x.clamp(-1.0, 1.0)).collect();
        let analysed = self.analyser.analyse(&held)?;
        if let Some(recording) = recording {
            judged.scores.extend(compare(recording, &analysed));
        }
        if self.means.hparams.use_audio_quality_enhancement {
            finish(&mut sound.samples, sound.sample_rate);
        }
        Ok(Made {
            origin,
            sound,
            judged,
            analysed,
        })
    }

    fn copy(&self, recording: &Sound) -> anyhow::Result<Waveform> {
        let settings = GriffinLimConfig {
            seed: self.seed,
            ..GriffinLimConfig::default()
        };
        Ok(griffin_lim(&recording.mel, &self.means.mel, &settings)?)
    }

    /// What is compared of a file: at the rate of the mels, without the silence around, as the voice
    /// would have been trained on it.
    fn analyse(&self, path: &Path, whole: &Waveform) -> anyhow::Result<Sound> {
        let rate = self.means.mel.sampling_rate;
        let converted = if whole.sample_rate == rate {
            whole.clone()
        } else {
            resample(whole, rate)?
        };
        let mut kept = 0..converted.samples.len();
        if self.means.hparams.trim_silence {
            let speech = trim_silence(&converted.samples, rate, &TrimConfig::default());
            // Of silence nothing would be left to compare.
            if !speech.is_empty() {
                kept = speech;
            }
        }
        let analysed = self.analyser.analyse(&converted.samples[kept]);
        analysed.with_context(|| format!("`{}`", path.display()))
    }
}

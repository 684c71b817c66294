//! The ledger of a run on the disk: `ledger.csv`, `quarantine.csv`, and what the worst utterances
//! look and sound like.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use diktor_audio::{TrimConfig, Waveform, read, trim_silence, write_wav};
use diktor_corpus::{Example, Quarantined, csv_field, write_quarantine};
use diktor_track::{EventKind, Oddity, Suspect, Suspects};

use super::{Diary, file_name};
use crate::{TrainError, checkpoint::write_atomic, task::Exhibit, watch::Judged};

const LEDGER: &str = "ledger.csv";
const QUARANTINE: &str = "quarantine.csv";
const COLUMNS: &str = "utterance,set,looks,epoch,loss,relative_loss,alignment_score,\
                       relative_alignment,gate_error,symbols,frames,frames_per_symbol,length_z,\
                       text_fit,attention,suspicion,because,proposed,text";

impl Diary {
    /// Writes what is known of every utterance, and the proposal of what to leave out.
    pub(crate) fn ledger(&self, step: u64, all: &[Judged<'_>]) {
        let mut text = format!("{COLUMNS}\n");
        for one in all {
            let _infallible = writeln!(text, "{}", line(one));
        }
        let proposed: Vec<Quarantined> = all
            .iter()
            .filter(|one| one.proposed)
            .map(quarantined)
            .collect();
        let path = self.run_dir.join(LEDGER);
        let written = write_atomic(&path, |out| out.write_all(text.as_bytes()))
            .map_err(TrainError::io(&path))
            .and_then(|()| {
                let path = self.run_dir.join(QUARANTINE);
                write_quarantine(&path, &proposed).map_err(TrainError::from)
            });
        if let Err(error) = written {
            let message = format!("the ledger cannot be written: {error}");
            self.warn(step, message, Some("is the disk full?"));
        }
    }

    /// Tells of the most suspicious utterances: the first of `all`, as many as there are `exhibits`.
    pub(crate) fn suspects(&self, step: u64, all: &[Judged<'_>], exhibits: &[Exhibit]) {
        let mut worst = Vec::new();
        for (one, exhibit) in all.iter().zip(exhibits) {
            match self.suspect(one, exhibit) {
                Ok(suspect) => worst.push(suspect),
                Err(error) => {
                    let message = format!("`{}` cannot be shown: {error}", exhibit.id);
                    self.warn(step, message, Some("is the disk full?"));
                }
            }
        }
        let proposed = all.iter().filter(|one| one.proposed).count() as u64;
        let measured = all.len() as u64;
        self.emit(
            step,
            EventKind::Suspects(Suspects {
                worst,
                proposed,
                measured,
            }),
        );
    }

    fn suspect(&self, one: &Judged<'_>, exhibit: &Exhibit) -> Result<Suspect, TrainError> {
        let folder = PathBuf::from("samples").join("worst");
        let full = self.run_dir.join(&folder);
        fs::create_dir_all(&full).map_err(TrainError::io(&full))?;
        let name = file_name(&exhibit.id);
        let picture = folder.join(format!("{name}_alignment.png"));
        let png = self.draw(&exhibit.alignment, exhibit, &exhibit.id);
        let path = self.run_dir.join(&picture);
        fs::write(&path, &png.bytes).map_err(TrainError::io(path))?;
        let audio = folder.join(format!("{name}_recording.wav"));
        let heard = recording(one.example, &self.run_dir.join(&audio));
        Ok(Suspect {
            utterance: exhibit.id.clone(),
            text: exhibit.text.clone(),
            suspicion: one.suspicion,
            proposed: one.proposed,
            because: one.because.clone(),
            loss: one.entry.loss,
            alignment_score: one.entry.alignment_score,
            text_fit: one.text_fit,
            frames_per_symbol: frames_per_symbol(one.example),
            picture: Some(picture),
            audio: heard.then_some(audio),
        })
    }
}

/// Copies a recording to where the page finds it, once; says whether it is there.
fn recording(example: &Example, to: &Path) -> bool {
    if to.exists() {
        return true;
    }
    let copied = read(&example.audio).and_then(|sound| {
        let kept = trim_silence(&sound.samples, sound.sample_rate, &TrimConfig::default());
        let sound = Waveform {
            samples: sound.samples[kept].to_vec(),
            sample_rate: sound.sample_rate,
        };
        write_wav(to, &sound)
    });
    if let Err(error) = &copied {
        tracing::warn!(utterance = example.id, %error, "the recording cannot be shown");
    }
    copied.is_ok()
}

fn quarantined(one: &Judged<'_>) -> Quarantined {
    Quarantined {
        id: one.example.id.clone(),
        suspicion: one.suspicion,
        because: because(&one.because),
        text: one.example.text.clone(),
    }
}

/// Reasons as a table holds them: `loss+attention`.
fn because(reasons: &[Oddity]) -> String {
    let names: Vec<&str> = reasons.iter().map(|reason| reason.name()).collect();
    names.join("+")
}

fn frames_per_symbol(example: &Example) -> f64 {
    example.mel.frames() as f64 / example.symbols.len().max(1) as f64
}

fn line(one: &Judged<'_>) -> String {
    let (example, entry) = (one.example, one.entry);
    let optional = |value: Option<f64>| value.map(|v| format!("{v:.4}")).unwrap_or_default();
    [
        csv_field(&example.id),
        one.part.name().to_owned(),
        entry.looks.to_string(),
        entry.epoch.to_string(),
        format!("{:.4}", entry.loss),
        format!("{:.4}", entry.relative_loss),
        optional(entry.alignment_score),
        optional(entry.relative_alignment),
        optional(entry.gate_error),
        example.symbols.len().to_string(),
        example.mel.frames().to_string(),
        format!("{:.3}", frames_per_symbol(example)),
        format!("{:.2}", one.length_z),
        one.text_fit
            .map(|fit| format!("{fit:.2}"))
            .unwrap_or_default(),
        entry
            .class
            .map(|class| class.to_string())
            .unwrap_or_default(),
        format!("{:.2}", one.suspicion),
        because(&one.because),
        one.proposed.to_string(),
        csv_field(&example.text),
    ]
    .join(",")
}

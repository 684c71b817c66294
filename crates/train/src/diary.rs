//! What a run tells the world: its events, pictures and sounds.

mod debug;
mod ledger;
mod system;
mod vanished;

use std::{
    cell::RefCell,
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use diktor_audio::{GriffinLimConfig, Mel, MelConfig, finish, griffin_lim, write_wav};
use diktor_model::Alignment;
use diktor_text::SymbolTable;
use diktor_track::{
    Event, EventKind, Picture, Tracker, names,
    picture::{self, MelPanel, Png},
};

use crate::{TrainError, task::Exhibit};

/// Hands events to the tracker, and puts pictures and sounds into `samples/`.
///
/// Nothing here can stop a run: a picture that cannot be written is a warning.
#[derive(Debug)]
pub struct Diary {
    tracker: Tracker,
    run_dir: PathBuf,
    voice: Voice,
    /// Utterances whose recording has been played in this session, to compare with.
    played: BTreeSet<String>,
    /// What the debug report remembers.
    notes: RefCell<debug::Notes>,
}

/// How exhibits are drawn and played.
#[derive(Debug, Clone)]
pub struct Voice {
    /// The mel spectrogram of the network.
    pub mel: MelConfig,
    /// Names of its symbols.
    pub symbols: SymbolTable,
    /// Whether sounds are cleaned of their edges and levelled.
    pub enhance: bool,
}

impl Diary {
    /// A diary of the run in `run_dir`.
    pub fn new(tracker: Tracker, run_dir: &Path, voice: Voice) -> Self {
        Self {
            tracker,
            run_dir: run_dir.to_owned(),
            voice,
            played: BTreeSet::new(),
            notes: RefCell::default(),
        }
    }

    /// Tells that something happened after `step` steps.
    pub fn emit(&self, step: u64, kind: EventKind) {
        debug::Notes::note(&self.notes, step, &kind);
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let time_s = now.as_secs_f64();
        self.tracker.emit(Event { step, time_s, kind });
    }

    /// Warns.
    pub fn warn(&self, step: u64, message: String, hint: Option<&str>) {
        let hint = hint.map(str::to_owned);
        self.emit(step, EventKind::Warning { message, hint });
    }

    /// A path as the record of the run names it.
    pub(crate) fn relative(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.run_dir).unwrap_or(path).to_owned()
    }

    /// Tells that a checkpoint reached the disk.
    pub(crate) fn saved(&self, step: u64, path: &Path, why: &str) {
        let path = self.relative(path);
        let why = why.to_owned();
        self.emit(step, EventKind::CheckpointSaved { path, why });
    }

    /// Draws and plays utterances of a validation.
    pub(crate) fn exhibit(&mut self, step: u64, exhibits: &[Exhibit]) {
        for exhibit in exhibits {
            if let Err(error) = self.show(step, exhibit) {
                let message = format!("`{}` cannot be shown: {error}", exhibit.id);
                self.warn(step, message, Some("is the disk full?"));
            }
        }
    }

    /// Waits until the record of the run holds everything so far, so that it has no gap before a checkpoint.
    pub(crate) fn sync(&self) {
        self.tracker.sync();
    }

    /// Waits until everybody has been told everything.
    pub fn close(self) {
        self.tracker.finish();
    }

    fn show(&mut self, step: u64, exhibit: &Exhibit) -> Result<(), TrainError> {
        let folder = PathBuf::from("samples").join(format!("step_{step:08}"));
        let full = self.run_dir.join(&folder);
        fs::create_dir_all(&full).map_err(TrainError::io(&full))?;
        let id = &exhibit.id;
        let file = |suffix: &str| folder.join(format!("{}_{suffix}", file_name(id)));

        // The report shows the words beside every picture and sound, and adds the step itself.
        let caption = &exhibit.text;
        let title = format!("{id}, each frame from the true ones before it, after {step} steps");
        let png = self.draw(&exhibit.alignment, exhibit, &title);
        let tag = names::tag(names::PICTURE_ALIGNMENT, id);
        self.picture(step, tag, caption, file("alignment.png"), &png)?;

        if self.played.insert(id.clone()) {
            let tag = names::tag(names::AUDIO_TARGET, id);
            self.audio(step, tag, caption, file("target.wav"), &exhibit.target)?;
        }
        let mut panels = vec![
            MelPanel {
                title: "recorded",
                values: exhibit.target.values(),
                bins: exhibit.target.bins(),
            },
            MelPanel {
                title: "predicted",
                values: exhibit.predicted.values(),
                bins: exhibit.predicted.bins(),
            },
        ];
        if let Some((mel, alignment)) = &exhibit.spoken {
            panels.push(MelPanel {
                title: "spoken freely",
                values: mel.values(),
                bins: mel.bins(),
            });
            let title = format!("{id}, spoken freely after {step} steps");
            let png = self.draw(alignment, exhibit, &title);
            let tag = names::tag(names::PICTURE_ALIGNMENT_FREE, id);
            self.picture(step, tag, caption, file("alignment_free.png"), &png)?;
            let tag = names::tag(names::AUDIO, id);
            self.audio(step, tag, caption, file("free.wav"), mel)?;
        }
        let title = format!("{id} after {step} steps");
        let png = picture::mels(&panels, [&title, &exhibit.text]);
        self.picture(
            step,
            names::tag(names::PICTURE_MEL, id),
            caption,
            file("mel.png"),
            &png,
        )
    }

    fn draw(&self, alignment: &Alignment, exhibit: &Exhibit, title: &str) -> Png {
        let symbol = |id: &u32| self.voice.symbols.symbol(*id).unwrap_or("?").to_owned();
        let symbols: Vec<String> = exhibit.symbols.iter().map(symbol).collect();
        let Alignment {
            steps,
            symbols: count,
            values,
        } = alignment;
        picture::alignment(*steps, *count, values, &symbols, [title, &exhibit.text])
    }

    fn picture(
        &self,
        step: u64,
        tag: String,
        caption: &str,
        path: PathBuf,
        png: &Png,
    ) -> Result<(), TrainError> {
        let full = self.run_dir.join(&path);
        fs::write(&full, &png.bytes).map_err(TrainError::io(full))?;
        let (width, height) = (png.width, png.height);
        self.emit(
            step,
            EventKind::Picture(Picture {
                tag,
                caption: caption.to_owned(),
                path,
                width,
                height,
            }),
        );
        Ok(())
    }

    fn audio(
        &self,
        step: u64,
        tag: String,
        caption: &str,
        path: PathBuf,
        mel: &Mel,
    ) -> Result<(), TrainError> {
        if mel.frames() == 0 {
            return Ok(());
        }
        let mut sound = griffin_lim(mel, &self.voice.mel, &GriffinLimConfig::default())?;
        if self.voice.enhance {
            finish(&mut sound.samples, sound.sample_rate);
        }
        write_wav(&self.run_dir.join(&path), &sound)?;
        let caption = caption.to_owned();
        self.emit(step, EventKind::Audio { tag, path, caption });
        Ok(())
    }
}

/// A name that is a file name everywhere: ids may be paths.
fn file_name(id: &str) -> String {
    let safe = |c: char| {
        if c.is_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '_'
        }
    };
    let name: String = id.chars().map(safe).collect();
    let start = name
        .char_indices()
        .rev()
        .nth(79)
        .map_or(0, |(index, _)| index);
    name[start..].trim_start_matches('.').to_owned()
}

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
    picture::{self, Caption, MelPanel, Png},
    report::ReportLocale,
};

pub(crate) use self::debug::Seen;
use crate::{TrainError, task::Exhibit};

/// Hands events to the tracker, and puts pictures and sounds into `samples/`.
///
/// Nothing here can stop a run: a picture that cannot be written is a warning.
#[derive(Debug)]
pub struct Diary {
    book: Book,
    run_dir: PathBuf,
    voice: Voice,
    /// Utterances whose recording has been played in this session, to compare with.
    played: BTreeSet<String>,
    /// What the debug report remembers.
    notes: RefCell<debug::Notes>,
}

/// Where events go.
#[derive(Debug)]
enum Book {
    /// To those who watch the run.
    Open(Tracker),
    /// Nowhere yet: the run has not begun, and may never begin.
    Closed(RefCell<Vec<Event>>),
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
    /// The language of pictures and reports.
    pub locale: ReportLocale,
}

impl Diary {
    /// A diary of the run in `run_dir`.
    pub fn new(tracker: Tracker, run_dir: &Path, voice: Voice) -> Self {
        Self::of(Book::Open(tracker), run_dir, voice)
    }

    /// A diary of a run that has not begun: it keeps what it is told until it is opened.
    pub(crate) fn closed(run_dir: &Path, voice: Voice) -> Self {
        Self::of(Book::Closed(RefCell::default()), run_dir, voice)
    }

    fn of(book: Book, run_dir: &Path, voice: Voice) -> Self {
        Self {
            book,
            run_dir: run_dir.to_owned(),
            voice,
            played: BTreeSet::new(),
            notes: RefCell::default(),
        }
    }

    /// Tells everything that was kept, and from now on everything at once.
    pub(crate) fn open(&mut self, tracker: Tracker) {
        if let Book::Closed(kept) = std::mem::replace(&mut self.book, Book::Open(tracker)) {
            kept.into_inner()
                .into_iter()
                .for_each(|event| self.hand(event));
        }
    }

    fn hand(&self, event: Event) {
        match &self.book {
            Book::Open(tracker) => tracker.emit(event),
            Book::Closed(kept) => kept.borrow_mut().push(event),
        }
    }

    /// Tells that something happened after `step` steps.
    pub fn emit(&self, step: u64, kind: EventKind) {
        debug::Notes::note(&self.notes, step, &kind);
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let time_s = now.as_secs_f64();
        self.hand(Event { step, time_s, kind });
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
        if let Book::Open(tracker) = &self.book {
            tracker.sync();
        }
    }

    /// Waits until everybody has been told everything.
    pub fn close(self) {
        if let Book::Open(tracker) = self.book {
            tracker.finish();
        }
    }

    fn show(&mut self, step: u64, exhibit: &Exhibit) -> Result<(), TrainError> {
        let folder = PathBuf::from("samples").join(format!("step_{step:08}"));
        let full = self.run_dir.join(&folder);
        fs::create_dir_all(&full).map_err(TrainError::io(&full))?;
        let id = &exhibit.id;
        let file = |suffix: &str| folder.join(format!("{}_{suffix}", file_name(id)));

        // The report shows the words beside every picture and sound, and adds the step itself.
        let caption = &exhibit.text;
        let words = PictureWords::of(self.voice.locale);
        let at_step = format!("{id} · {} {step}", words.step);
        let title = format!("{at_step} · {}", words.teacher_forced);
        let png = self.draw(&exhibit.alignment, exhibit, &title);
        let tag = names::tag(names::PICTURE_ALIGNMENT, id);
        self.picture(step, tag, caption, file("alignment.png"), &png)?;

        if self.played.insert(id.clone()) {
            let tag = names::tag(names::AUDIO_TARGET, id);
            self.audio(step, tag, caption, file("target.wav"), &exhibit.target)?;
        }
        let mut panels = vec![
            MelPanel {
                title: words.recorded,
                values: exhibit.target.values(),
                bins: exhibit.target.bins(),
            },
            MelPanel {
                title: words.predicted,
                values: exhibit.predicted.values(),
                bins: exhibit.predicted.bins(),
            },
        ];
        if let Some((mel, alignment)) = &exhibit.spoken {
            panels.push(MelPanel {
                title: words.free_running,
                values: mel.values(),
                bins: mel.bins(),
            });
            let title = format!("{at_step} · {}", words.free_running);
            let png = self.draw(alignment, exhibit, &title);
            let tag = names::tag(names::PICTURE_ALIGNMENT_FREE, id);
            self.picture(step, tag, caption, file("alignment_free.png"), &png)?;
            let tag = names::tag(names::AUDIO, id);
            self.audio(step, tag, caption, file("free.wav"), mel)?;
        }
        let png = picture::mels(&panels, self.caption(&at_step, &exhibit.text));
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
        let caption = self.caption(title, &exhibit.text);
        picture::alignment(*steps, *count, values, &symbols, caption)
    }

    fn caption<'a>(&self, title: &'a str, text: &'a str) -> Caption<'a> {
        let locale = self.voice.locale;
        Caption {
            title,
            text,
            locale,
        }
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

/// What titles of pictures say, in a language.
struct PictureWords {
    step: &'static str,
    teacher_forced: &'static str,
    free_running: &'static str,
    recorded: &'static str,
    predicted: &'static str,
}

impl PictureWords {
    fn of(locale: ReportLocale) -> Self {
        match locale {
            ReportLocale::En => Self {
                step: "step",
                teacher_forced: "teacher-forced",
                free_running: "free-running",
                recorded: "recorded",
                predicted: "predicted",
            },
            ReportLocale::Ru => Self {
                step: "шаг",
                teacher_forced: "с подсказкой",
                free_running: "самостоятельно",
                recorded: "запись",
                predicted: "предсказание",
            },
        }
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

//! TensorBoard's view of the run, in `tb/`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{
    Event, EventKind, InterventionRecord, Outcome, Picture, RunStarted, Sink, SinkError,
    TENSORBOARD_FOLDER, VerdictRecord,
    artefact::{self, Kind},
    figures, names,
    report::ReportLocale,
    tfevents::{Entry, EventWriter, Summary},
    words::Words,
};

/// What the table of runs compares.
const COMPARED: [&str; 8] = [
    names::VALIDATION_LOSS,
    names::ALIGNMENT_DIAGONALITY,
    names::ALIGNMENT_SCORE,
    names::GATE_ACCURACY,
    names::QUALITY_SCORE,
    names::QUALITY_COMPOSITE_TTS_SCORE,
    names::FREE_RUNNING_INTELLIGIBILITY,
    names::FREE_RUNNING_MCD_DB,
];

/// Writes scalars, distributions, pictures, sounds, texts and the table of runs for TensorBoard.
#[derive(Debug)]
pub struct TensorBoard {
    run_dir: PathBuf,
    writer: EventWriter,
    /// Utterances whose transcript was written.
    transcribed: BTreeSet<String>,
    /// The newest validation.
    validated: BTreeMap<String, f64>,
}

impl TensorBoard {
    /// Begins a new event file in `tb/` of the run directory.
    ///
    /// When the run continues after a stop, what the stopped session wrote beyond `resumed_from` is
    /// taken back: the file begins with the record that makes readers forget it.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub fn open(run_dir: &Path, resumed_from: Option<u64>) -> Result<Self, SinkError> {
        let folder = run_dir.join(TENSORBOARD_FOLDER);
        let now_s = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0.0, |d| d.as_secs_f64());
        let begin = || {
            let mut writer = EventWriter::create(&folder, now_s)?;
            let first_step = resumed_from.map_or(0, |step| step + 1);
            writer.session_start(first_step, now_s)?;
            writer.flush()?;
            io::Result::Ok(writer)
        };
        let writer = begin().map_err(|source| SinkError::Open {
            path: folder.clone(),
            source,
        })?;
        Ok(Self {
            run_dir: run_dir.to_path_buf(),
            writer,
            transcribed: BTreeSet::new(),
            validated: BTreeMap::new(),
        })
    }

    fn write(&mut self, event: &Event) -> io::Result<()> {
        match &event.kind {
            EventKind::Step { metrics } => self.scalars(event, metrics),
            EventKind::Validation { metrics } => {
                self.validated.clone_from(metrics);
                self.scalars(event, metrics)
            }
            EventKind::Picture(picture) => self.picture(event, picture),
            EventKind::Audio { tag, path, caption } => {
                let Some(wav) = artefact::read(&self.run_dir, path, Kind::Wav) else {
                    return Ok(());
                };
                let wav = &wav;
                self.put(event, &Summary::Audio { tag, wav, caption })
            }
            EventKind::Histogram(histogram) => self.put(event, &Summary::Histogram(histogram)),
            EventKind::Intervention(change) => {
                let name = format!("{}{}", names::KNOB_PREFIX, change.knob);
                self.scalar(event, &name, change.new)?;
                self.text(event, "run/interventions", &intervention_markdown(change))
            }
            EventKind::RunStarted(start) => {
                self.entry(event)?;
                self.text(event, "run/start", &start_markdown(start))
            }
            EventKind::RunFinished { outcome, seconds } => {
                self.entry(event)?;
                let markdown = summary_markdown(event.step, *outcome, *seconds, &self.validated);
                self.text(event, "run/summary", &markdown)
            }
            kind => match in_words(kind) {
                Some((tag, markdown)) => self.text(event, tag, &markdown),
                None => Ok(()),
            },
        }
    }

    fn scalars(&mut self, event: &Event, metrics: &BTreeMap<String, f64>) -> io::Result<()> {
        let mut all = metrics.iter();
        all.try_for_each(|(name, value)| self.scalar(event, name, *value))
    }

    fn picture(&mut self, event: &Event, picture: &Picture) -> io::Result<()> {
        let Some(png) = artefact::read(&self.run_dir, &picture.path, Kind::Png) else {
            return Ok(());
        };
        if let Some((names::PICTURE_ALIGNMENT, utterance)) = picture.tag.split_once('/')
            && self.transcribed.insert(utterance.to_owned())
        {
            let tag = names::tag(names::TRANSCRIPT, utterance);
            self.text(event, &tag, &picture.caption)?;
        }
        let (tag, png) = (picture.tag.as_str(), png.as_slice());
        let (width, height) = (picture.width, picture.height);
        let image = Summary::Image {
            tag,
            png,
            width,
            height,
        };
        self.put(event, &image)
    }

    /// What the table of runs learns when a run begins, and when it ends for good.
    fn entry(&mut self, event: &Event) -> io::Result<()> {
        match &event.kind {
            EventKind::RunStarted(start) => {
                let tags = COMPARED.map(names::tensorboard_tag);
                let (hparams, group) = (&start.hparams, start.run.as_str());
                let tags = tags.as_slice();
                self.put(
                    event,
                    &Summary::Hparams(Entry::Experiment { hparams, tags }),
                )?;
                let time_s = event.time_s;
                let begun = Entry::Started {
                    hparams,
                    group,
                    time_s,
                };
                self.put(event, &Summary::Hparams(begun))
            }
            EventKind::RunFinished { outcome, .. } => {
                let success = match outcome {
                    Outcome::Completed | Outcome::StoppedEarly => true,
                    Outcome::RedFlag | Outcome::Failed => false,
                    // It will go on, and only the first word on its end is heard.
                    Outcome::Interrupted => return Ok(()),
                };
                let time_s = event.time_s;
                let ended = Entry::Ended { success, time_s };
                self.put(event, &Summary::Hparams(ended))
            }
            _ => Ok(()),
        }
    }

    fn scalar(&mut self, event: &Event, name: &str, value: f64) -> io::Result<()> {
        let tag = names::tensorboard_tag(name);
        self.put(
            event,
            &Summary::Scalar {
                tag: &tag,
                value: value as f32,
            },
        )
    }

    fn text(&mut self, event: &Event, tag: &str, markdown: &str) -> io::Result<()> {
        self.put(event, &Summary::Text { tag, markdown })
    }

    fn put(&mut self, event: &Event, summary: &Summary<'_>) -> io::Result<()> {
        self.writer.summary(event.step, event.time_s, summary)
    }

    fn failed(&self, source: io::Error) -> SinkError {
        SinkError::Write {
            path: self.writer.path().to_path_buf(),
            source,
        }
    }
}

impl Sink for TensorBoard {
    fn record(&mut self, event: &Event) -> Result<(), SinkError> {
        self.write(event).map_err(|source| self.failed(source))
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        self.writer.flush().map_err(|source| self.failed(source))
    }
}

/// The tag and the text of an event that is told in words alone.
fn in_words(kind: &EventKind) -> Option<(&'static str, String)> {
    Some(match kind {
        EventKind::Verdict(verdict) => ("run/verdicts", verdict_markdown(verdict)),
        EventKind::Phase { from, to, why } => (
            "run/phases",
            format!("{} → **{}**. {why}", from.name(), to.name()),
        ),
        EventKind::Refused { who, what, why } => (
            "run/refused",
            format!("**{who}** asked for {what}; not done: {why}"),
        ),
        EventKind::Warning { message, hint } => {
            let hint = hint
                .as_ref()
                .map(|hint| format!("\n\n*{hint}*"))
                .unwrap_or_default();
            ("run/warnings", format!("{message}{hint}"))
        }
        EventKind::Fault(_) => ("run/faults", Words::of(ReportLocale::En).line(kind)?),
        EventKind::Restart(_) => ("run/restarts", Words::of(ReportLocale::En).line(kind)?),
        EventKind::Attention(_) | EventKind::Early(_) => {
            ("run/attention", Words::of(ReportLocale::En).line(kind)?)
        }
        EventKind::Suspects(_) => ("run/suspects", Words::of(ReportLocale::En).line(kind)?),
        EventKind::Step { .. }
        | EventKind::Validation { .. }
        | EventKind::Intervention(_)
        | EventKind::Picture(_)
        | EventKind::Audio { .. }
        | EventKind::Histogram(_)
        | EventKind::CheckpointSaved { .. }
        | EventKind::RunStarted(_)
        | EventKind::RunFinished { .. } => return None,
    })
}

fn intervention_markdown(change: &InterventionRecord) -> String {
    let InterventionRecord {
        who,
        knob,
        old,
        new,
        why,
    } = change;
    format!("**{who}**: `{knob}` {old} → {new}. {why}")
}

fn verdict_markdown(verdict: &VerdictRecord) -> String {
    let outcome = verdict.outcome();
    let VerdictRecord {
        who,
        of_step,
        knob,
        metric,
        before,
        after,
        ..
    } = verdict;
    format!(
        "What **{who}** did to `{knob}` at step {of_step} {outcome}: `{metric}` {before} → {after}"
    )
}

/// What the run is made of, as a table.
fn start_markdown(start: &RunStarted) -> String {
    let mut text = format!(
        "**{}** (diktor {}), {} parameters, {} + {} utterances\n\n| hyper-parameter | value |\n|---|---|\n",
        start.run, start.version, start.total_params, start.train_size, start.val_size
    );
    for (name, value) in &start.hparams {
        let value = value.to_string().replace('|', "\\|");
        let _infallible = writeln!(text, "| {name} | {value} |");
    }
    text
}

/// How the run ended, with its newest validation as a table.
fn summary_markdown(
    step: u64,
    outcome: Outcome,
    seconds: f64,
    validated: &BTreeMap<String, f64>,
) -> String {
    let how = match outcome {
        Outcome::Completed => "completed",
        Outcome::StoppedEarly => "stopped early: nothing more to gain",
        Outcome::RedFlag => "stopped by a red flag",
        Outcome::Interrupted => "interrupted, saved",
        Outcome::Failed => "failed",
    };
    let time = figures::duration(seconds, ["h", "min", "s"]);
    let mut text = format!("**{how}** after {step} steps; this session took {time}\n");
    if !validated.is_empty() {
        text.push_str("\n| metric | newest validation |\n|---|---|\n");
    }
    for (name, value) in validated {
        let value = figures::short_figure(*value);
        let _infallible = writeln!(text, "| {name} | {value} |");
    }
    text
}

//! TensorBoard's view of the run, in `tb/`.

use std::{
    fmt::Write as _,
    io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{
    Event, EventKind, InterventionRecord, RunStarted, Sink, SinkError, VerdictRecord,
    artefact::{self, Kind},
    names,
    sink::words,
    tfevents::{EventWriter, Summary},
};

/// Writes scalars, pictures, sounds and texts that TensorBoard reads.
#[derive(Debug)]
pub struct TensorBoard {
    run_dir: PathBuf,
    writer: EventWriter,
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
        let folder = run_dir.join("tb");
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
        })
    }

    fn write(&mut self, event: &Event) -> io::Result<()> {
        match &event.kind {
            EventKind::Step { metrics } | EventKind::Validation { metrics } => {
                for (name, value) in metrics {
                    self.scalar(event, name, *value)?;
                }
                Ok(())
            }
            EventKind::Picture(picture) => {
                let Some(png) = artefact::read(&self.run_dir, &picture.path, Kind::Png) else {
                    return Ok(());
                };
                let (tag, width, height) = (&picture.tag, picture.width, picture.height);
                self.put(
                    event,
                    &Summary::Image {
                        tag,
                        png: &png,
                        width,
                        height,
                    },
                )
            }
            EventKind::Audio { tag, path, caption } => {
                let Some(wav) = artefact::read(&self.run_dir, path, Kind::Wav) else {
                    return Ok(());
                };
                self.put(
                    event,
                    &Summary::Audio {
                        tag,
                        wav: &wav,
                        caption,
                    },
                )
            }
            EventKind::Intervention(change) => {
                self.scalar(
                    event,
                    &format!("{}{}", names::KNOB_PREFIX, change.knob),
                    change.new,
                )?;
                self.text(event, "run/interventions", &intervention_markdown(change))
            }
            kind => match in_words(kind) {
                Some((tag, markdown)) => self.text(event, tag, &markdown),
                None => Ok(()),
            },
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
        EventKind::RunStarted(start) => ("run/start", start_markdown(start)),
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
        EventKind::Fault(fault) => ("run/faults", fault.sentence()),
        EventKind::Restart(restart) => ("run/restarts", restart.sentence()),
        EventKind::Attention(change) => ("run/attention", words::attention(change)),
        EventKind::Early(look) => ("run/attention", words::early(look)),
        EventKind::Suspects(list) => ("run/suspects", words::suspects(list)),
        EventKind::Step { .. }
        | EventKind::Validation { .. }
        | EventKind::Intervention(_)
        | EventKind::Picture(_)
        | EventKind::Audio { .. }
        | EventKind::CheckpointSaved { .. }
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

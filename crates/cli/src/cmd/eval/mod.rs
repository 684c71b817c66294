//! `diktor eval`: what is heard of a voice, of recordings, or of pairs of files.

mod items;
mod listener;
mod page;
mod speaker;

use std::{collections::BTreeMap, fmt, fs, path::Path, path::PathBuf, time::Duration};

use anyhow::Context as _;
use diktor_audio::MelConfig;
use diktor_eval::{
    Evaluation, Figure, Language, LeftOut, Measure, NORMALISATION, Origin, RESAMPLES, Recogniser,
    Sentence,
};
use diktor_text::Frontend;
use diktor_train::{Hparams, StopFlag, data::frontend, hparams::Locale};
use serde::Serialize;

use items::{Item, Items};
use listener::{Heard, Listener};
use speaker::Speaker;

use crate::{
    answer::Form,
    cli::Eval,
    device,
    exit::{Ending, usage},
    progress, runs, settings, signals,
    voice::Voice,
};

/// What is said when somebody asks to stop, once and twice.
const STOPPING: (&str, &str) = (
    "stopping: what was measured so far is shown (Ctrl-C again: end at once)",
    "ended at once",
);

/// The result.
#[derive(Serialize)]
struct Evaluated {
    /// What was measured.
    subject: Subject,
    /// Sentences that were judged, and that there were to judge.
    judged: usize,
    sentences_in_all: usize,
    /// Whether somebody stopped it before its end.
    interrupted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    recogniser: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    normalisation: Option<&'static str>,
    mel: MelConfig,
    seed: u64,
    resamples: usize,
    figures: BTreeMap<Origin, BTreeMap<Measure, Figure>>,
    definitions: BTreeMap<Measure, &'static str>,
    sentences: Vec<Sentence>,
    left_out: Vec<LeftOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sounds: Option<PathBuf>,
    #[serde(skip)]
    shown: String,
}

/// How far it came.
struct Progress {
    /// Sentences that there were to judge.
    in_all: usize,
    /// Whether somebody stopped it before its end.
    interrupted: bool,
}

impl Evaluated {
    fn new(
        arguments: Eval,
        subject: Subject,
        mel: MelConfig,
        evaluation: Evaluation,
        done: Progress,
        shown: String,
    ) -> Self {
        let definitions = evaluation
            .measures()
            .map(|measure| (measure, measure.definition(Language::En)));
        Self {
            subject,
            judged: evaluation.sentences.len(),
            sentences_in_all: done.in_all,
            interrupted: done.interrupted,
            normalisation: arguments.recogniser.is_some().then_some(NORMALISATION),
            recogniser: arguments.recogniser,
            mel,
            seed: arguments.seed,
            resamples: RESAMPLES,
            figures: evaluation.figures(arguments.seed),
            definitions: definitions.collect(),
            sentences: evaluation.sentences,
            left_out: evaluation.left_out,
            html: arguments.html,
            sounds: arguments.sounds,
            shown,
        }
    }
}

/// What is measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Subject {
    Voice(PathBuf),
    Recordings(PathBuf),
    Pairs(PathBuf),
}

/// With what it is measured.
struct Means {
    hparams: Hparams,
    mel: MelConfig,
    frontend: Frontend,
    voice: Option<Voice>,
}

/// Measures, and prints the table.
///
/// # Errors
/// When nothing can be measured, or the recogniser fails.
pub(crate) fn run(arguments: Eval, form: Form) -> anyhow::Result<Ending> {
    let recogniser = recogniser(&arguments)?;
    check_outputs(&arguments)?;
    let (subject, means) = means(&arguments)?;
    let Items {
        mut items,
        left_out,
    } = items::of(&arguments, &subject, &means)?;
    items.truncate(arguments.limit.unwrap_or(usize::MAX));
    let stop = StopFlag::default();
    signals::install_saying(&stop, STOPPING)?;
    let mut listener = Listener::new(&arguments, &means, recogniser, stop.clone())?;
    let mut evaluation = Evaluation {
        sentences: Vec::new(),
        left_out,
    };
    let in_all = items.len() + evaluation.left_out.len();
    let interrupted = listen(&mut listener, &items, &mut evaluation, &stop)?;
    if evaluation.sentences.is_empty() && !interrupted {
        return Err(nothing_judged(&evaluation.left_out));
    }
    let language = language(means.hparams.locale);
    if let Some(path) = &arguments.html {
        let page = page::html(&subject, &evaluation, &listener, language, arguments.seed);
        fs::write(path, page).with_context(|| unwritable(path))?;
    }
    let shown = shown(&evaluation, &arguments, language)?;
    let done = Progress {
        in_all,
        interrupted,
    };
    let mel = means.mel.clone();
    form.print(&Evaluated::new(
        arguments, subject, mel, evaluation, done, shown,
    ))?;
    Ok(if interrupted {
        Ending::Interrupted
    } else {
        Ending::Done
    })
}

fn recogniser(arguments: &Eval) -> anyhow::Result<Option<Recogniser>> {
    let seconds = arguments.recogniser_timeout;
    if !(seconds > 0.0 && seconds <= 86_400.0) {
        return Err(usage(format!(
            "`--recogniser-timeout {seconds}`: expected seconds, more than 0 and at most 86400"
        )));
    }
    let limit = Duration::from_secs_f64(seconds);
    let command = arguments.recogniser.as_deref();
    command
        .map(|command| Recogniser::new(command, limit).map_err(usage))
        .transpose()
}

fn unwritable(path: &Path) -> String {
    format!("`{}` cannot be written", path.display())
}

/// Finds out before any work whether the results can be kept.
fn check_outputs(arguments: &Eval) -> anyhow::Result<()> {
    if let Some(folder) = &arguments.sounds {
        fs::create_dir_all(folder).with_context(|| unwritable(folder))?;
    }
    let folder = arguments.html.as_ref().and_then(|html| html.parent());
    match folder.filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        Some(folder) => Err(usage(format!(
            "`--html`: the folder `{}` does not exist\nhint: make it first",
            folder.display()
        ))),
        None => Ok(()),
    }
}

/// What is measured, and with what: a voice has its own mels and cleaners.
fn means(arguments: &Eval) -> anyhow::Result<(Subject, Means)> {
    let without_voice = match (&arguments.recordings, &arguments.pairs) {
        (Some(path), _) => Some((path, Subject::Recordings(path.clone()))),
        (None, Some(path)) => Some((path, Subject::Pairs(path.clone()))),
        (None, None) => None,
    };
    if let Some((path, subject)) = without_voice {
        let corpus = (path.as_path(), arguments.corpus.reading());
        let corpus = matches!(subject, Subject::Recordings(_)).then_some(&corpus);
        let hparams = settings::hparams(&arguments.source, &[], corpus)?;
        let means = Means {
            mel: hparams.mel(),
            frontend: frontend(&hparams)?,
            hparams,
            voice: None,
        };
        return Ok((subject, means));
    }
    let source = &arguments.source;
    if source.preset.is_some() || source.config.is_some() || source.hparams.is_some() {
        return Err(usage(
            "`--preset`, `--config`, `--hparams`: a voice has its own\nhint: they are for \
             `--recordings` and `--pairs`",
        ));
    }
    let path = match &arguments.voice {
        Some(path) => path.clone(),
        None => runs::named(None)?,
    };
    let device = device::select(&arguments.device.device)?;
    let voice = Voice::load(&path, &device)?;
    let means = Means {
        hparams: voice.hparams.clone(),
        mel: voice.mel.clone(),
        frontend: voice.frontend.clone(),
        voice: Some(voice),
    };
    let path = means
        .voice
        .as_ref()
        .map_or(path, |voice| voice.path.clone());
    Ok((Subject::Voice(path), means))
}

/// Judges one sentence after another; whether somebody stopped it.
fn listen(
    listener: &mut Listener<'_>,
    items: &[Item],
    evaluation: &mut Evaluation,
    stop: &StopFlag,
) -> anyhow::Result<bool> {
    let progress = progress::timed("sentences");
    progress(0, items.len());
    for (index, item) in items.iter().enumerate() {
        if stop.is_raised() {
            return Ok(true);
        }
        match listener.judge(item)? {
            Heard::Judged(sentence) => evaluation.sentences.push(sentence),
            Heard::LeftOut(left_out) => {
                tracing::warn!("`{}` is left out: {}", left_out.id, left_out.reason);
                evaluation.left_out.push(left_out);
            }
            Heard::Stopped => return Ok(true),
        }
        progress(index + 1, items.len());
    }
    Ok(false)
}

fn nothing_judged(left_out: &[LeftOut]) -> anyhow::Error {
    let first = left_out.first().map_or_else(String::new, |first| {
        format!("; `{}`: {}", first.id, first.reason)
    });
    usage(format!(
        "none of {} sentences could be judged{first}",
        left_out.len()
    ))
}

/// The language that people are told the result in.
fn language(locale: Locale) -> Language {
    match locale {
        Locale::En => Language::En,
        Locale::Ru => Language::Ru,
    }
}

/// The result in words.
fn shown(
    evaluation: &Evaluation,
    arguments: &Eval,
    language: Language,
) -> Result<String, fmt::Error> {
    let mut out = String::new();
    if arguments.worst > 0 {
        evaluation.write_worst(&mut out, arguments.worst, language)?;
        out.push('\n');
    }
    evaluation.write_table(&mut out, arguments.seed, language)?;
    out.push('\n');
    evaluation.write_definitions(&mut out, language)?;
    Ok(out)
}

impl fmt::Display for Evaluated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, path) = match &self.subject {
            Subject::Voice(path) => ("voice", path),
            Subject::Recordings(path) => ("recordings", path),
            Subject::Pairs(path) => ("pairs", path),
        };
        writeln!(f, "{what}  {}", path.display())?;
        let stopped = if self.interrupted {
            ", interrupted"
        } else {
            ""
        };
        writeln!(
            f,
            "{} of {} sentences{stopped}; in brackets the 95 % interval over {} draws of sentences\n",
            self.judged, self.sentences_in_all, self.resamples
        )?;
        write!(f, "{}", self.shown)?;
        if let Some(normalisation) = self.normalisation {
            writeln!(f, "compared: {normalisation}")?;
        }
        for one in &self.left_out {
            let reason = one.reason.lines().next().unwrap_or_default();
            writeln!(f, "left out  {}: {reason}", one.id)?;
        }
        if let Some(path) = &self.html {
            writeln!(f, "page    {}", path.display())?;
        }
        if let Some(path) = &self.sounds {
            writeln!(f, "sounds  {}", path.display())?;
        }
        Ok(())
    }
}

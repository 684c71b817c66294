//! `diktor prepare`: recordings become lists that a training reads, or are only looked over.

mod estimate;
mod quarantine;
pub(crate) mod texts;
mod transcripts;
mod verdict;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use diktor_corpus::{
    BadPolicy, ImportConfig, Manifest, Problem, Reading, Statistics, UnknownPolicy, group_problems,
    import_with_progress, refuse_too_few, split, statistics, write_filelist,
};
use diktor_text::Frontend;
use diktor_train::{Hparams, data::frontend, hparams::Locale};
use serde::Serialize;

use crate::{
    answer::Form,
    cli::{CorpusArgs, HparamsSource, Language, Prepare, PrepareImport, PrepareStats},
    exit::{Ending, usage},
    progress, settings,
};
use verdict::Verdict;

#[derive(Debug, Serialize)]
struct Imported {
    train: PathBuf,
    validation: PathBuf,
    statistics: Statistics,
    problems: Vec<Problem>,
}

#[derive(Debug, Serialize)]
struct Looked {
    #[serde(flatten)]
    statistics: Statistics,
    problem_list: Vec<Problem>,
    verdict: Verdict,
}

/// Imports or looks over.
///
/// # Errors
/// When the recordings cannot be used at all, or the output cannot be written.
pub(crate) fn run(verb: Prepare, form: Form) -> anyhow::Result<Ending> {
    match verb {
        Prepare::Quarantine(arguments) => quarantine::run(&arguments, form),
        Prepare::Import(arguments) => import(&arguments, form),
        Prepare::Stats(arguments) => stats(&arguments, form),
        Prepare::Texts(arguments) => texts::run(&arguments, form),
        Prepare::Transcripts(arguments) => transcripts::run(&arguments, form),
    }
}

fn import(arguments: &PrepareImport, form: Form) -> anyhow::Result<Ending> {
    let hparams = of_corpus(&arguments.source, &arguments.path, &arguments.corpus)?;
    let frontend = frontend(&hparams)?;
    let output = &arguments.output;
    fs::create_dir_all(output).with_context(|| format!("`{}` cannot be made", output.display()))?;
    let config = import_config(&hparams, &arguments.corpus, UnknownPolicy::Refuse);
    let (manifest, problems) = read(&arguments.path, &arguments.corpus, &frontend, &config)?;
    refuse_too_few(&manifest, &problems).map_err(usage)?;
    let parts = split(&manifest, hparams.seed, arguments.validation);
    let statistics = statistics(&manifest, &frontend, &problems, Some(&parts));

    let imported = Imported {
        train: output.join("train.csv"),
        validation: output.join("val.csv"),
        statistics,
        problems,
    };
    write_filelist(&imported.train, &parts.train)?;
    write_filelist(&imported.validation, &parts.validation)?;
    write_json(&output.join("statistics.json"), &imported.statistics)?;
    write_json(&output.join("problems.json"), &imported.problems)?;
    form.print(&imported)?;
    Ok(Ending::Done)
}

fn stats(arguments: &PrepareStats, form: Form) -> anyhow::Result<Ending> {
    let hparams = of_corpus(&arguments.source, &arguments.path, &arguments.corpus)?;
    let frontend = frontend(&hparams)?;
    // Whoever asks what is in a folder wants to see everything that is wrong with it.
    let all = Reading {
        bad: BadPolicy::Drop,
        ..arguments.corpus.reading()
    };
    let config = all.over(import_config(
        &hparams,
        &arguments.corpus,
        UnknownPolicy::Drop,
    ));
    let (manifest, problems) = read(&arguments.path, &arguments.corpus, &frontend, &config)?;
    let statistics = statistics(&manifest, &frontend, &problems, None);
    let language = language_of_words(&arguments.source, &hparams);
    let verdict = Verdict::new(&statistics, &hparams, &arguments.recordings(), language)?;
    form.print(&Looked {
        statistics,
        problem_list: problems,
        verdict,
    })?;
    Ok(Ending::Done)
}

/// The hyper-parameters for reading a corpus.
fn of_corpus(source: &HparamsSource, path: &Path, corpus: &CorpusArgs) -> anyhow::Result<Hparams> {
    settings::hparams(source, &[], Some(&(path, corpus.reading())))
}

/// The language of what is told to the person.
fn language_of_words(source: &HparamsSource, hparams: &Hparams) -> Language {
    match (source.lang, hparams.locale) {
        (Some(Language::Ru), _) | (_, Locale::Ru) => Language::Ru,
        _ => Language::En,
    }
}

fn import_config(hparams: &Hparams, corpus: &CorpusArgs, unknown: UnknownPolicy) -> ImportConfig {
    corpus.reading().over(ImportConfig {
        sampling_rate: hparams.sampling_rate,
        resample: corpus.resample,
        highest_hz: hparams.mel_fmax,
        hop_length: hparams.hop_length,
        min_mel_frames: hparams.min_mel_frames,
        max_mel_frames: hparams.max_mel_frames,
        max_text_len: hparams.max_text_len,
        trim: hparams.features(corpus.resample).trim,
        unknown,
        ..ImportConfig::default()
    })
}

fn read(
    path: &Path,
    corpus: &CorpusArgs,
    frontend: &Frontend,
    config: &ImportConfig,
) -> anyhow::Result<(Manifest, Vec<Problem>)> {
    let progress = progress::counter("recordings");
    import_with_progress(path, corpus.layout, frontend, config, &progress).map_err(usage)
}

fn write_json(path: &Path, value: &impl Serialize) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(value).context("writing JSON")?;
    fs::write(path, text + "\n").with_context(|| format!("`{}` cannot be written", path.display()))
}

fn list(f: &mut fmt::Formatter<'_>, problems: &[Problem]) -> fmt::Result {
    for group in group_problems(problems) {
        writeln!(f, "{group}")?;
    }
    if problems.is_empty() {
        Ok(())
    } else {
        writeln!(f)
    }
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(f, &self.problems)?;
        writeln!(f, "{}", self.statistics)?;
        writeln!(f, "training list    {}", self.train.display())?;
        write!(f, "validation list  {}", self.validation.display())
    }
}

impl fmt::Display for Looked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(f, &self.problem_list)?;
        write!(f, "{}\n{}", self.statistics, self.verdict)
    }
}

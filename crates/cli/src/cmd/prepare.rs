//! `diktor prepare`: recordings become lists that a training reads, or are only looked over.

mod quarantine;
mod transcripts;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use diktor_corpus::{
    ImportConfig, Manifest, Problem, Statistics, UnknownPolicy, import_with_progress, split,
    statistics, write_filelist,
};
use diktor_text::Frontend;
use diktor_train::{Hparams, data::frontend};
use serde::Serialize;

use crate::{
    answer::Form,
    cli::{CorpusArgs, Prepare, PrepareImport, PrepareStats},
    exit::{Ending, usage},
    progress, settings,
};

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
        Prepare::Transcripts(arguments) => transcripts::run(&arguments, form),
    }
}

fn import(arguments: &PrepareImport, form: Form) -> anyhow::Result<Ending> {
    let hparams = settings::hparams(&arguments.source, &[], Some(&arguments.path))?;
    let frontend = frontend(&hparams)?;
    let output = &arguments.output;
    fs::create_dir_all(output).with_context(|| format!("`{}` cannot be made", output.display()))?;
    let config = import_config(&hparams, &arguments.corpus, UnknownPolicy::Refuse);
    let (manifest, problems) = read(&arguments.path, &arguments.corpus, &frontend, &config)?;
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
    let hparams = settings::hparams(&arguments.source, &[], Some(&arguments.path))?;
    let frontend = frontend(&hparams)?;
    // Whoever asks what is in a folder wants to see everything that is wrong with it.
    let config = ImportConfig {
        max_unusable_share: 1.0,
        ..import_config(&hparams, &arguments.corpus, UnknownPolicy::Drop)
    };
    let (manifest, problems) = read(&arguments.path, &arguments.corpus, &frontend, &config)?;
    let statistics = statistics(&manifest, &frontend, &problems, None);
    form.print(&Looked {
        statistics,
        problem_list: problems,
    })?;
    Ok(Ending::Done)
}

fn import_config(hparams: &Hparams, corpus: &CorpusArgs, unknown: UnknownPolicy) -> ImportConfig {
    ImportConfig {
        sampling_rate: hparams.sampling_rate,
        resample: corpus.resample,
        hop_length: hparams.hop_length,
        min_mel_frames: hparams.min_mel_frames,
        max_mel_frames: hparams.max_mel_frames,
        max_text_len: hparams.max_text_len,
        trim: hparams.features(corpus.resample).trim,
        unknown,
        ..ImportConfig::default()
    }
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
    problems
        .iter()
        .try_for_each(|problem| writeln!(f, "{problem}"))
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
        write!(f, "{}", self.statistics)
    }
}

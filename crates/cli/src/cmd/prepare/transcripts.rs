//! `diktor prepare transcripts`: which texts are hardly what their recordings say.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use diktor_corpus::{
    Example, Problem, Quarantined, TextFit, TextFits, UnknownPolicy, load_examples,
    write_quarantine,
};
use diktor_track::Oddity;
use diktor_train::data::frontend;
use serde::Serialize;

use super::{import_config, list, read};
use crate::{
    answer::Form,
    cli::PrepareTranscripts,
    exit::{Ending, usage},
    progress, settings,
};

/// Utterances that are shown, as many as on the page of the worst.
const SHOWN: usize = 20;

#[derive(Debug, Serialize)]
struct Transcripts {
    /// How many were judged.
    judged: usize,
    /// How far texts usually fit better than others.
    usual_fit: f64,
    /// Whether that is enough to tell wrong ones.
    tells: bool,
    /// The worst first.
    worst: Vec<Judged>,
    /// How many are proposed to be left out.
    proposed: usize,
    /// The list of them.
    list: Option<PathBuf>,
    /// What could not be judged.
    problem_list: Vec<Problem>,
}

#[derive(Debug, Serialize)]
struct Judged {
    utterance: String,
    text_fit: f64,
    evidence: f64,
    proposed: bool,
    text: String,
}

/// Judges every transcript, shows the worst, and writes the proposal where it is asked for.
///
/// # Errors
/// When the recordings cannot be used, or the list cannot be written.
pub(super) fn run(arguments: &PrepareTranscripts, form: Form) -> anyhow::Result<Ending> {
    let hparams = settings::hparams(&arguments.source, &[], Some(&arguments.path))?;
    let frontend = frontend(&hparams)?;
    let config = import_config(&hparams, &arguments.corpus, UnknownPolicy::Drop);
    let (manifest, mut problems) = read(&arguments.path, &arguments.corpus, &frontend, &config)?;
    let (examples, left_out) = load_examples(
        &manifest.utterances,
        &frontend,
        &hparams.mel(),
        &hparams.features(arguments.corpus.resample),
        &progress::counter("mels"),
    )
    .map_err(usage)?;
    problems.extend(left_out);
    let fits = TextFits::of(&examples, &frontend.symbols, hparams.seed);
    let worst = worst_first(&examples, &fits);
    let proposed: Vec<Quarantined> = worst
        .iter()
        .filter(|one| one.proposed)
        .map(quarantined)
        .collect();
    if let Some(list) = &arguments.output {
        write_quarantine(list, &proposed)?;
    }
    form.print(&Transcripts {
        judged: worst.len(),
        usual_fit: fits.usual(),
        tells: fits.tells(),
        proposed: proposed.len(),
        worst: worst.into_iter().take(SHOWN).collect(),
        list: arguments.output.clone(),
        problem_list: problems,
    })?;
    Ok(Ending::Done)
}

fn worst_first(examples: &[Example], fits: &TextFits) -> Vec<Judged> {
    let texts: BTreeMap<&str, &str> = examples
        .iter()
        .map(|example| (example.id.as_str(), example.text.as_str()))
        .collect();
    let judged = |(id, fit): (&str, TextFit)| Judged {
        utterance: id.to_owned(),
        text_fit: fit.margin,
        evidence: fit.evidence,
        proposed: fits.is_misfit(id),
        text: texts.get(id).copied().unwrap_or_default().to_owned(),
    };
    let mut all: Vec<Judged> = fits.iter().map(judged).collect();
    // Names break ties: they come in order.
    all.sort_by(|a, b| a.text_fit.total_cmp(&b.text_fit));
    all
}

fn quarantined(one: &Judged) -> Quarantined {
    Quarantined {
        id: one.utterance.clone(),
        suspicion: one.evidence,
        because: Oddity::Text.name().to_owned(),
        text: one.text.clone(),
    }
}

impl fmt::Display for Transcripts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(f, &self.problem_list)?;
        for one in &self.worst {
            let state = if one.proposed { "proposed" } else { "" };
            writeln!(
                f,
                "{state:<8} {:>6.2}  {}  {}",
                one.text_fit, one.utterance, one.text
            )?;
        }
        write!(
            f,
            "{} of {} transcripts are proposed to be left out; they usually fit by {:.1}",
            self.proposed, self.judged, self.usual_fit
        )?;
        if !self.tells {
            write!(
                f,
                "\nhint: below 4 nobody is accused: the corpus is too small, or most of its \
                 transcripts are wrong"
            )?;
        }
        if let Some(list) = &self.list {
            let list = list.display();
            write!(
                f,
                "\nlist     {list}\nuse it   diktor train --hparams quarantine_file={list}"
            )?;
        }
        Ok(())
    }
}

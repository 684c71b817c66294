//! `diktor prepare transcripts`: which texts are hardly what their recordings say.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use diktor_corpus::{
    Example, Problem, Quarantined, TextFit, TextFits, UnknownPolicy, load_examples,
    write_quarantine,
};
use diktor_track::Oddity;
use diktor_train::data::{frontend, monotony};
use serde::Serialize;

use super::{import_config, list, of_corpus, read};
use crate::{
    answer::Form,
    cli::PrepareTranscripts,
    exit::{Ending, usage},
    progress,
};

/// Utterances that are shown, as many as on the page of the worst.
const SHOWN: usize = 20;
/// In fewer utterances, or in less speech, right texts do not stand out from wrong ones.
const LEAST_UTTERANCES: usize = 100;
const LEAST_SECONDS: f64 = 180.0;
/// In a corpus large enough, right texts usually stand above others by more than this.
const WRONG: f64 = 1.0;

/// What the usual fit of a corpus says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Standing {
    /// Right texts stand out, so that single wrong ones can be told.
    Tells,
    /// There is too little speech to tell right from wrong.
    TooSmall,
    /// Most transcripts do not belong to their recordings.
    MostAreWrong,
    /// Neither: many are wrong, or the sentences are too much alike.
    Unclear,
    /// There is nothing to compare: the texts are all the same.
    OneText,
    /// There is nothing to compare: the recordings are all the same.
    OneRecording,
}

impl Standing {
    fn of(fits: &TextFits, examples: &[Example], seconds: f64) -> Self {
        let judged = fits.iter().count();
        if let Some(alike) = monotony(examples) {
            match alike.texts < alike.recordings {
                true => Self::OneText,
                false => Self::OneRecording,
            }
        } else if fits.tells() {
            Self::Tells
        } else if judged < LEAST_UTTERANCES || seconds < LEAST_SECONDS {
            Self::TooSmall
        } else if fits.usual() < WRONG {
            Self::MostAreWrong
        } else {
            Self::Unclear
        }
    }

    /// What to tell a person.
    fn sentence(self) -> Option<&'static str> {
        match self {
            Self::Tells => None,
            Self::TooSmall => Some(
                "the corpus is too small to tell wrong transcripts from right ones this way (100 \
                 recordings and 3 minutes are the least); nothing is said against it\n\
                 hint: read some transcripts along with their recordings",
            ),
            Self::MostAreWrong => Some(
                "most of its transcripts are wrong: they fit their recordings no better than those \
                 of other recordings\n\
                 hint: is the list shifted by a line, or sorted in another order than the files?",
            ),
            Self::Unclear => Some(
                "many of its transcripts are wrong, or its sentences are too much alike to tell; \
                 nobody is accused\n\
                 hint: read some of those above along with their recordings",
            ),
            Self::OneRecording => Some(
                "there is nothing to compare: nearly all recordings are the same one\n\
                 hint: does every line of the list name its own recording?",
            ),
            Self::OneText => Some(
                "there is nothing to compare: nearly all transcripts are the same text\n\
                 hint: does the list name the text of every recording?",
            ),
        }
    }
}

#[derive(Debug, Serialize)]
struct Transcripts {
    /// How many were judged.
    judged: usize,
    /// How far texts usually fit better than others.
    usual_fit: f64,
    /// Whether that is enough to tell wrong ones.
    tells: bool,
    /// What it says of the corpus.
    standing: Standing,
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

/// Judges every transcript, shows the worst, and writes the proposal where it is asked for; a corpus whose transcripts are
/// mostly wrong ends with 1.
///
/// # Errors
/// When the recordings cannot be used, or the list cannot be written.
pub(super) fn run(arguments: &PrepareTranscripts, form: Form) -> anyhow::Result<Ending> {
    let hparams = of_corpus(&arguments.source, &arguments.path, &arguments.corpus)?;
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
    let seconds: f64 = (examples.iter())
        .map(|one| one.mel.frames() as f64 * hparams.mel().hop_seconds())
        .sum();
    let standing = Standing::of(&fits, &examples, seconds);
    form.print(&Transcripts {
        judged: worst.len(),
        usual_fit: fits.usual(),
        tells: fits.tells(),
        standing,
        proposed: proposed.len(),
        worst: worst.into_iter().take(SHOWN).collect(),
        list: arguments.output.clone(),
        problem_list: problems,
    })?;
    Ok(match standing {
        Standing::MostAreWrong | Standing::OneText | Standing::OneRecording => Ending::CheckFailed,
        Standing::Tells | Standing::TooSmall | Standing::Unclear => Ending::Done,
    })
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
        if let Some(sentence) = self.standing.sentence() {
            write!(f, "\n{sentence}")?;
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

#[cfg(test)]
mod tests {
    use diktor_audio::Mel;

    use super::*;

    /// A corpus of so many recordings, each with a text of its own or one for all, whose texts usually fit so well.
    fn standing(count: u16, own: bool, usual: f64, seconds: f64) -> Standing {
        let examples = corpus(count, if own { |id| id } else { |_| 1 }, f32::from);
        let fits: TextFits = examples.iter().map(|one| (one.id.clone(), usual)).collect();
        Standing::of(&fits, &examples, seconds)
    }

    fn corpus(count: u16, text: fn(u16) -> u16, sound: fn(u16) -> f32) -> Vec<Example> {
        let example = |id: u16| Example {
            id: format!("u{id}"),
            symbols: vec![u32::from(text(id))],
            mel: Mel::new(1, vec![sound(id)]),
            audio: "none.wav".into(),
            text: String::new(),
            trimmed_s: 0.0,
            cached: false,
        };
        (0..count).map(example).collect()
    }

    #[test]
    fn a_corpus_is_small_or_wrong_and_never_either() {
        assert_eq!(standing(400, true, 6.0, 900.0), Standing::Tells);
        assert_eq!(standing(24, true, 6.0, 150.0), Standing::Tells);
        assert_eq!(standing(24, true, 0.1, 150.0), Standing::TooSmall);
        assert_eq!(standing(200, true, 0.1, 100.0), Standing::TooSmall);
        assert_eq!(standing(200, true, -0.1, 600.0), Standing::MostAreWrong);
        assert_eq!(standing(200, true, 2.5, 600.0), Standing::Unclear);
        assert_eq!(standing(40, false, 0.0, 60.0), Standing::OneText);
        let same = corpus(40, |id| id, |_| 1.0);
        let found = Standing::of(&TextFits::default(), &same, 60.0);
        assert_eq!(found, Standing::OneRecording);
    }
}

//! Sentences, whose sounds were judged, and the figures over all of them.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::{
    bootstrap::{Figure, figure},
    language::Language,
    measure::{Measure, Sample},
};

/// What was measured of a sound.
pub type Scores = BTreeMap<Measure, Sample>;

/// Whose sound is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The recording itself.
    Recording,
    /// The recording after mel and Griffin-Lim: what a perfect acoustic model would sound like.
    Copy,
    /// The voice, or the second file of a pair.
    Voice,
}

impl Origin {
    /// Every origin, in the order of the columns.
    pub const ALL: [Self; 3] = [Self::Recording, Self::Copy, Self::Voice];

    /// Its name for people.
    #[must_use]
    pub fn label(self, language: Language) -> &'static str {
        let (english, russian) = match self {
            Self::Recording => ("recording", "запись"),
            Self::Copy => ("copy synthesis", "ресинтез записи"),
            Self::Voice => ("voice", "голос"),
        };
        language.choose(english, russian)
    }
}

/// One sound of a sentence.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Judged {
    /// What was measured.
    #[serde(serialize_with = "values")]
    pub scores: Scores,
    /// What the recogniser heard, as it said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heard: Option<String>,
}

/// A sentence and its sounds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sentence {
    /// Its name in the corpus or the list.
    pub id: String,
    /// What is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its sounds.
    pub sounds: BTreeMap<Origin, Judged>,
}

/// A sentence that could not be judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Its name.
    pub id: String,
    /// Why.
    pub reason: String,
}

/// All sentences.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evaluation {
    /// Those that were judged.
    pub sentences: Vec<Sentence>,
    /// Those that were not.
    pub left_out: Vec<LeftOut>,
}

fn values<S: Serializer>(scores: &Scores, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(scores.iter().map(|(&m, sample)| (m, sample.value(m))))
}

impl Evaluation {
    /// Every figure that at least one sentence has, with its interval.
    #[must_use]
    pub fn figures(&self, seed: u64) -> BTreeMap<Origin, BTreeMap<Measure, Figure>> {
        let figures_of = |origin| {
            let found = Measure::ALL.into_iter().filter_map(|measure| {
                let samples = self.samples(origin, measure);
                Some((measure, figure(measure, &samples, seed)?))
            });
            found.collect::<BTreeMap<_, _>>()
        };
        Origin::ALL
            .into_iter()
            .map(|origin| (origin, figures_of(origin)))
            .filter(|(_, figures)| !figures.is_empty())
            .collect()
    }

    fn samples(&self, origin: Origin, measure: Measure) -> Vec<Sample> {
        self.sentences
            .iter()
            .filter_map(|sentence| sentence.sounds.get(&origin)?.scores.get(&measure).copied())
            .collect()
    }

    /// The sentences from the worst to the best, by what the last column is judged by: what is not
    /// understood, or else the distortion. Sentences without that measure come last.
    #[must_use]
    pub fn worst_first(&self) -> Vec<&Sentence> {
        let badness = |sentence: &Sentence| {
            let (_, judged) = sentence.sounds.last_key_value()?;
            let by = [Measure::CharacterError, Measure::MelCepstralDistortion];
            let found = by.iter().find_map(|&m| Some((m, judged.scores.get(&m)?)));
            found.map(|(measure, sample)| sample.value(measure))
        };
        let mut sorted: Vec<&Sentence> = self.sentences.iter().collect();
        sorted.sort_by(|a, b| {
            let (a, b) = (badness(a), badness(b));
            b.unwrap_or(f64::NEG_INFINITY)
                .total_cmp(&a.unwrap_or(f64::NEG_INFINITY))
        });
        sorted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(id: &str, error: Option<f64>) -> Sentence {
        let scores = error.map(|error| (Measure::CharacterError, Sample::one(error)));
        let judged = Judged {
            scores: scores.into_iter().collect(),
            heard: None,
        };
        Sentence {
            id: id.to_owned(),
            text: None,
            sounds: [(Origin::Voice, judged)].into(),
        }
    }

    fn three() -> Evaluation {
        Evaluation {
            sentences: vec![
                sentence("a", Some(0.2)),
                sentence("b", None),
                sentence("c", Some(0.8)),
            ],
            left_out: Vec::new(),
        }
    }

    #[test]
    fn the_worst_come_first_and_the_unjudged_last() {
        let evaluation = three();
        let ids: Vec<&str> = evaluation
            .worst_first()
            .iter()
            .map(|one| one.id.as_str())
            .collect();
        assert_eq!(ids, ["c", "a", "b"]);
    }

    #[test]
    fn absent_measures_have_no_figure_and_sentences_without_do_not_count() {
        let figures = three().figures(1);
        assert_eq!(figures.len(), 1);
        let voice = &figures[&Origin::Voice];
        assert_eq!(voice.len(), 1);
        let error = voice[&Measure::CharacterError];
        assert_eq!(error.sentences, 2);
        assert!((error.value - 0.5).abs() < 1e-12);
    }

    #[test]
    fn results_name_what_was_measured_and_nothing_else() {
        let written = serde_json::to_value(sentence("a", Some(0.25))).unwrap();
        let expected = serde_json::json!({
            "id": "a", "sounds": {"voice": {"scores": {"character_error": 0.25}}}
        });
        assert_eq!(written, expected);
    }
}

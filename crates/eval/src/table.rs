//! The figures as people read them on a console.

use std::fmt;

use crate::{
    bootstrap::Figure,
    evaluation::{Evaluation, Origin, Sentence},
    language::Language,
    measure::Measure,
};

/// Width of a column of figures.
const COLUMN: usize = 25;
/// Width of the names of the measures.
const NAMES: usize = 30;

impl Figure {
    /// The figure and its interval: `0.172 [0.094 0.261]`.
    #[must_use]
    pub fn shown(&self) -> String {
        match (self.low, self.high) {
            (Some(low), Some(high)) => {
                format!("{} [{} {}]", number(self.value), number(low), number(high))
            }
            _ => number(self.value),
        }
    }
}

/// Three digits that say something, whatever the size.
fn number(value: f64) -> String {
    let value = if value.abs() < 5e-4 { 0.0 } else { value };
    match value.abs() {
        size if size < 10.0 => format!("{value:.3}"),
        size if size < 100.0 => format!("{value:.2}"),
        _ => format!("{value:.1}"),
    }
}

impl Evaluation {
    /// The table: a row a measure, a column an origin, figures with their intervals.
    ///
    /// # Errors
    /// When `f` cannot be written.
    pub fn write_table(
        &self,
        f: &mut impl fmt::Write,
        seed: u64,
        language: Language,
    ) -> fmt::Result {
        let figures = self.figures(seed);
        let mut heads = String::new();
        for origin in figures.keys() {
            heads.push_str(&format!("{:<COLUMN$}", origin.label(language)));
        }
        writeln!(f, "{:NAMES$}{}", "", heads.trim_end())?;
        for measure in Measure::ALL {
            if !figures.values().any(|column| column.contains_key(&measure)) {
                continue;
            }
            let mut row = format!("{:<NAMES$}", measure.label(language));
            for column in figures.values() {
                let shown = column.get(&measure).map_or("–".to_owned(), Figure::shown);
                row.push_str(&format!("{shown:<COLUMN$}"));
            }
            writeln!(f, "{}", row.trim_end())?;
        }
        Ok(())
    }

    /// What each measure of the table is.
    ///
    /// # Errors
    /// When `f` cannot be written.
    pub fn write_definitions(&self, f: &mut impl fmt::Write, language: Language) -> fmt::Result {
        for measure in self.measures() {
            writeln!(
                f,
                "{}: {}",
                measure.label(language),
                measure.definition(language)
            )?;
        }
        Ok(())
    }

    /// The measures that some sentence has, in the order of the table.
    pub fn measures(&self) -> impl Iterator<Item = Measure> {
        let has = |measure: &Measure| {
            let mut sounds = self.sentences.iter().flat_map(|one| one.sounds.values());
            sounds.any(|judged| judged.scores.contains_key(measure))
        };
        Measure::ALL.into_iter().filter(has)
    }

    /// The worst sentences: what they are judged by, what was to be said, and what was heard.
    ///
    /// # Errors
    /// When `f` cannot be written.
    pub fn write_worst(
        &self,
        f: &mut impl fmt::Write,
        count: usize,
        language: Language,
    ) -> fmt::Result {
        for sentence in self.worst_first().into_iter().take(count) {
            write_sentence(f, sentence, language)?;
        }
        Ok(())
    }
}

fn write_sentence(f: &mut impl fmt::Write, sentence: &Sentence, language: Language) -> fmt::Result {
    let text = sentence.text.as_deref().unwrap_or_default();
    writeln!(f, "{}  {text}", sentence.id)?;
    for (origin, judged) in &sentence.sounds {
        let by = [Measure::CharacterError, Measure::MelCepstralDistortion];
        let figures: Vec<String> = by
            .iter()
            .filter_map(|measure| {
                let value = judged.scores.get(measure)?.value(*measure);
                Some(format!("{} {}", measure.label(language), number(value)))
            })
            .collect();
        let heard = judged.heard.as_ref();
        let heard = heard.map_or(String::new(), |heard| format!("  \"{heard}\""));
        if figures.is_empty() && heard.is_empty() {
            continue;
        }
        let name = Origin::label(*origin, language);
        writeln!(f, "  {name:<16} {}{heard}", figures.join(", "))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{evaluation::Judged, measure::Sample};

    #[test]
    fn a_table_has_a_dash_where_nothing_was_measured() {
        let judged = |error: Option<f64>, distortion: Option<f64>| {
            let scores = [
                (Measure::CharacterError, error),
                (Measure::MelCepstralDistortion, distortion),
            ];
            Judged {
                scores: scores
                    .into_iter()
                    .filter_map(|(m, value)| Some((m, Sample::one(value?))))
                    .collect(),
                heard: Some("yes".to_owned()),
            }
        };
        let sentence = Sentence {
            id: "s1".to_owned(),
            text: Some("Yes.".to_owned()),
            sounds: [
                (Origin::Recording, judged(Some(0.0), None)),
                (Origin::Voice, judged(Some(0.5), Some(4.25))),
            ]
            .into(),
        };
        let evaluation = Evaluation {
            sentences: vec![sentence.clone(), sentence],
            left_out: Vec::new(),
        };
        let mut table = String::new();
        evaluation.write_table(&mut table, 1, Language::En).unwrap();
        assert_eq!(
            table,
            "                              recording                voice\n\
             character error               0.000 [0.000 0.000]      0.500 [0.500 0.500]\n\
             mel-cepstral distortion, dB   –                        4.250 [4.250 4.250]\n"
        );
        let mut worst = String::new();
        evaluation.write_worst(&mut worst, 1, Language::En).unwrap();
        assert_eq!(
            worst,
            "s1  Yes.\n  recording        character error 0.000  \"yes\"\n  voice            \
             character error 0.500, mel-cepstral distortion, dB 4.250  \"yes\"\n"
        );
        let mut words = String::new();
        evaluation
            .write_definitions(&mut words, Language::Ru)
            .unwrap();
        assert!(words.contains("k = 1..13"), "{words}");
        assert_eq!(words.lines().count(), 2);
    }
}

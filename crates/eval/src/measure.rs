//! The closed list of what is measured, and how sentences become one figure.

use serde::{Deserialize, Serialize};

use crate::{definitions, language::Language};

/// What is measured of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Edits of characters from the text to what a recogniser heard.
    CharacterError,
    /// Edits of words.
    WordError,
    /// Mel-cepstral distortion, dB.
    MelCepstralDistortion,
    /// Distance of the aligned mels, nats.
    MelError,
    /// Distance of the aligned pitches where both are voiced, natural logarithm.
    LogF0Error,
    /// Aligned frames of which one is voiced.
    VoicingError,
    /// Aligned voiced frames whose pitch is far off.
    GrossPitchError,
    /// How lively the mel is beside that of the recording.
    VarianceRatio,
    /// Distance of the aligned magnitudes against those of the recording.
    SpectralConvergence,
    /// How long the speech is beside the recording.
    LengthRatio,
    /// Sentences that went on until they were stopped.
    RanToLimit,
    /// Sentences that stopped with text left to read.
    CutShort,
    /// Words that the attention never rested on.
    SkippedWords,
    /// Words that the attention came back to.
    RepeatedWords,
    /// Seconds of computing for a second of speech.
    RealTimeFactor,
}

/// How the samples of sentences become one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pooling {
    /// Sum over weight.
    Ratio,
    /// Root of sum over weight.
    Root,
}

/// What one sentence adds to a measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Edits, squared errors, seconds.
    pub sum: f64,
    /// What they are out of: characters, frames, seconds; 1 for a mean over sentences.
    pub weight: f64,
}

impl Sample {
    /// A value that counts as one sentence.
    #[must_use]
    pub fn one(value: f64) -> Self {
        Self {
            sum: value,
            weight: 1.0,
        }
    }

    /// A part of a whole; `None` where there is no whole, or a value is not finite.
    #[must_use]
    pub fn of(sum: f64, weight: f64) -> Option<Self> {
        let measured = sum.is_finite() && weight.is_finite() && weight > 0.0;
        measured.then_some(Self { sum, weight })
    }

    /// The measure of this sentence alone.
    #[must_use]
    pub fn value(self, measure: Measure) -> f64 {
        measure.pooled(self.sum, self.weight)
    }
}

impl Measure {
    /// Every measure, in the order of the table.
    pub const ALL: [Self; 15] = [
        Self::CharacterError,
        Self::WordError,
        Self::MelCepstralDistortion,
        Self::MelError,
        Self::LogF0Error,
        Self::VoicingError,
        Self::GrossPitchError,
        Self::VarianceRatio,
        Self::SpectralConvergence,
        Self::LengthRatio,
        Self::RanToLimit,
        Self::CutShort,
        Self::SkippedWords,
        Self::RepeatedWords,
        Self::RealTimeFactor,
    ];

    /// The value of summed samples.
    #[must_use]
    pub fn pooled(self, sum: f64, weight: f64) -> f64 {
        match self.pooling() {
            Pooling::Ratio => sum / weight,
            Pooling::Root => (sum / weight).sqrt(),
        }
    }

    fn pooling(self) -> Pooling {
        match self {
            Self::LogF0Error => Pooling::Root,
            _ => Pooling::Ratio,
        }
    }

    /// Its name for people, with its unit.
    #[must_use]
    pub fn label(self, language: Language) -> &'static str {
        let (english, russian) = self.labels();
        language.choose(english, russian)
    }

    fn labels(self) -> (&'static str, &'static str) {
        match self {
            Self::CharacterError => ("character error", "ошибка по символам"),
            Self::WordError => ("word error", "ошибка по словам"),
            Self::MelCepstralDistortion => (
                "mel-cepstral distortion, dB",
                "мел-кепстральное искажение, дБ",
            ),
            Self::MelError => ("mel error (L1), nats", "ошибка мела (L1), нат"),
            Self::LogF0Error => ("log-F0 error (RMS)", "ошибка log F0 (СКО)"),
            Self::VoicingError => ("voicing error", "ошибка тон/шум"),
            Self::GrossPitchError => ("gross pitch error", "грубая ошибка F0"),
            Self::VarianceRatio => ("global variance ratio", "отношение дисперсий"),
            Self::SpectralConvergence => ("spectral convergence", "спектральная сходимость"),
            Self::LengthRatio => ("length ratio", "отношение длительностей"),
            Self::RanToLimit => ("ran to the limit", "не остановился сам"),
            Self::CutShort => ("cut short", "оборвал текст"),
            Self::SkippedWords => ("skipped words", "пропущено слов"),
            Self::RepeatedWords => ("repeated words", "повторено слов"),
            Self::RealTimeFactor => ("real-time factor", "секунд счёта на секунду речи"),
        }
    }

    /// What the figure says exactly.
    #[must_use]
    pub fn definition(self, language: Language) -> &'static str {
        match language {
            Language::En => definitions::english(self),
            Language::Ru => definitions::russian(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_is_listed_once_and_in_order() {
        assert!(Measure::ALL.is_sorted());
        for (index, measure) in Measure::ALL.into_iter().enumerate() {
            assert_eq!(measure as usize, index);
            assert_ne!(
                measure.definition(Language::En),
                measure.definition(Language::Ru)
            );
        }
    }

    #[test]
    fn what_is_out_of_nothing_is_no_sample() {
        assert_eq!(Sample::of(0.0, 0.0), None);
        assert_eq!(Sample::of(f64::NAN, 1.0), None);
        assert_eq!(Sample::of(1.0, f64::INFINITY), None);
        assert!(Sample::of(0.0, 3.0).is_some());
    }

    #[test]
    fn a_root_is_taken_after_pooling() {
        assert!((Measure::LogF0Error.pooled(8.0, 2.0) - 2.0).abs() < 1e-12);
        assert!((Measure::WordError.pooled(1.0, 4.0) - 0.25).abs() < 1e-12);
    }
}

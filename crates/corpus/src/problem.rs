//! What was found wrong with single recordings: values, not errors, because one bad recording
//! never fails a corpus.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

/// Something wrong, or worth a look, with one utterance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// Id of the utterance, or `line 12` when the line does not even give one.
    pub utterance: String,
    /// The recording, or the list for a problem of a line.
    pub path: PathBuf,
    /// What it is.
    pub kind: ProblemKind,
}

/// The closed list of what can be wrong with an utterance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum ProblemKind {
    /// The line does not have the fields of its layout.
    Malformed {
        /// Fields found, counted by `|`.
        fields: usize,
    },
    /// The line has more fields than its layout uses; the others are ignored.
    ExtraFields {
        /// Fields found, counted by `|`.
        fields: usize,
    },
    /// The line is not UTF-8.
    NotUtf8,
    /// Nothing is left to say after cleaning the text.
    EmptyText,
    /// The text front end cannot read the text: an unknown phoneme, a misplaced stress mark.
    BadText {
        /// What the front end says.
        reason: String,
    },
    /// The text has characters that the symbol table does not know.
    UnknownCharacters {
        /// The characters, each once.
        characters: Vec<char>,
    },
    /// An earlier line has the same id.
    DuplicateId,
    /// The recording lies outside the folder of the corpus.
    OutsideRoot,
    /// There is no such file.
    Missing,
    /// It is a folder, a device or a pipe.
    NotAFile,
    /// The file cannot be read as audio: truncated, of another format, or not permitted.
    Unreadable {
        /// What the reader says.
        reason: String,
    },
    /// The recording has another sample rate than the corpus.
    WrongSampleRate {
        /// Rate of the file, Hz.
        found: u32,
        /// Rate of the corpus, Hz.
        expected: u32,
    },
    /// No speech can be in it: it is quieter than [`crate::SILENT_DBFS`].
    Silent {
        /// Root mean square level, dBFS.
        rms_dbfs: f64,
    },
    /// More than [`crate::CLIPPED_SHARE`] of the samples are at full scale.
    Clipped {
        /// Share of the samples, `0..1`.
        share: f64,
    },
    /// Fewer mel frames than allowed.
    TooShort {
        /// Frames after trimming.
        frames: usize,
        /// Least allowed.
        min: usize,
    },
    /// More mel frames than allowed.
    TooLong {
        /// Frames after trimming.
        frames: usize,
        /// Most allowed.
        max: usize,
    },
    /// More symbols than allowed.
    TextTooLong {
        /// Symbols of the cleaned text.
        symbols: usize,
        /// Most allowed.
        max: usize,
    },
    /// It is on the list of those that are not believed.
    Quarantined,
    /// Another utterance has the same text.
    DuplicateText {
        /// The first utterance with it.
        of: String,
    },
    /// Another utterance has the same recording with the same text.
    DuplicateRecording {
        /// The first utterance with it.
        of: String,
    },
    /// Another utterance has the same recording with another text: one of the two is wrong.
    ConflictingText {
        /// The first utterance with it.
        of: String,
    },
    /// Spoken much faster or slower than the rest: the text is probably not what is said.
    RateOutlier {
        /// Characters per second.
        chars_per_s: f64,
        /// Robust z-score.
        z: f64,
    },
}

/// What a problem does to its utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The utterance is left out.
    Dropped,
    /// The utterance stays; a person should look.
    Kept,
}

impl ProblemKind {
    /// Short stable name: the tag used in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "malformed",
            Self::ExtraFields { .. } => "extra_fields",
            Self::NotUtf8 => "not_utf8",
            Self::EmptyText => "empty_text",
            Self::BadText { .. } => "bad_text",
            Self::UnknownCharacters { .. } => "unknown_characters",
            Self::DuplicateId => "duplicate_id",
            Self::OutsideRoot => "outside_root",
            Self::Missing => "missing",
            Self::NotAFile => "not_a_file",
            Self::Unreadable { .. } => "unreadable",
            Self::WrongSampleRate { .. } => "wrong_sample_rate",
            Self::Silent { .. } => "silent",
            Self::Clipped { .. } => "clipped",
            Self::TooShort { .. } => "too_short",
            Self::TooLong { .. } => "too_long",
            Self::TextTooLong { .. } => "text_too_long",
            Self::Quarantined => "quarantined",
            Self::DuplicateText { .. } => "duplicate_text",
            Self::DuplicateRecording { .. } => "duplicate_recording",
            Self::ConflictingText { .. } => "conflicting_text",
            Self::RateOutlier { .. } => "rate_outlier",
        }
    }

    /// Whether the utterance stays in the corpus.
    pub const fn effect(&self) -> Effect {
        match self {
            Self::Malformed { .. }
            | Self::NotUtf8
            | Self::EmptyText
            | Self::BadText { .. }
            | Self::UnknownCharacters { .. }
            | Self::DuplicateId
            | Self::Missing
            | Self::NotAFile
            | Self::Unreadable { .. }
            | Self::WrongSampleRate { .. }
            | Self::Silent { .. }
            | Self::TooShort { .. }
            | Self::TooLong { .. }
            | Self::TextTooLong { .. }
            | Self::Quarantined
            | Self::DuplicateRecording { .. } => Effect::Dropped,
            Self::ExtraFields { .. }
            | Self::OutsideRoot
            | Self::Clipped { .. }
            | Self::DuplicateText { .. }
            | Self::ConflictingText { .. }
            | Self::RateOutlier { .. } => Effect::Kept,
        }
    }

    /// Whether the recording itself could not be used, which more than a few times means that the
    /// whole corpus is not where or what the list says.
    pub(crate) const fn is_unusable(&self) -> bool {
        matches!(
            self,
            Self::Malformed { .. }
                | Self::NotUtf8
                | Self::Missing
                | Self::NotAFile
                | Self::Unreadable { .. }
        )
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let effect = match self.kind.effect() {
            Effect::Dropped => "dropped",
            Effect::Kept => "kept",
        };
        write!(
            f,
            "`{}` ({}): {}, {effect}",
            self.utterance,
            self.path.display(),
            self.kind
        )
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { fields } => write!(f, "not a line of its layout ({fields} fields)"),
            Self::ExtraFields { fields } => write!(f, "{fields} fields, the last are ignored"),
            Self::NotUtf8 => f.write_str("not UTF-8"),
            Self::EmptyText => f.write_str("no text after cleaning"),
            Self::BadText { reason } => f.write_str(reason.lines().next().unwrap_or_default()),
            Self::UnknownCharacters { characters } => {
                f.write_str("characters outside the symbol table:")?;
                characters
                    .iter()
                    .try_for_each(|&c| write!(f, " {}", Character(c)))
            }
            Self::DuplicateId => f.write_str("an earlier line has the same id"),
            Self::OutsideRoot => f.write_str("lies outside the folder of the corpus"),
            Self::Missing => f.write_str("no such file"),
            Self::NotAFile => f.write_str("not a regular file"),
            Self::Unreadable { reason } => write!(f, "unreadable: {reason}"),
            Self::WrongSampleRate { found, expected } => {
                write!(
                    f,
                    "{found} Hz, corpus is {expected} Hz (hint: `--resample`)"
                )
            }
            Self::Silent { rms_dbfs } => write!(f, "silent ({rms_dbfs:.0} dBFS)"),
            Self::Clipped { share } => write!(f, "clipped in {:.2} % of samples", 100.0 * share),
            Self::TooShort { frames, min } => write!(f, "{frames} frames, at least {min} wanted"),
            Self::TooLong { frames, max } => write!(f, "{frames} frames, at most {max} wanted"),
            Self::TextTooLong { symbols, max } => {
                write!(f, "{symbols} symbols, at most {max} wanted")
            }
            Self::Quarantined => f.write_str("in quarantine"),
            Self::DuplicateText { of } => write!(f, "same text as `{of}`"),
            Self::DuplicateRecording { of } => write!(f, "same recording and text as `{of}`"),
            Self::ConflictingText { of } => write!(f, "same recording as `{of}`, other text"),
            Self::RateOutlier { chars_per_s, z } => {
                write!(
                    f,
                    "{chars_per_s:.1} characters/s is unlike the rest (z = {z:+.1})"
                )
            }
        }
    }
}

/// A character as a person can see it: itself and its code point.
pub(crate) struct Character(pub(crate) char);

impl fmt::Display for Character {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_control() || self.0.is_whitespace() {
            write!(f, "U+{:04X}", u32::from(self.0))
        } else {
            write!(f, "`{}` (U+{:04X})", self.0, u32::from(self.0))
        }
    }
}

/// How many problems of each kind there are, by [`ProblemKind::name`].
pub fn count_problems(problems: &[Problem]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for problem in problems {
        *counts.entry(problem.kind.name().to_owned()).or_insert(0) += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Problem, ProblemKind};

    fn problem(kind: ProblemKind) -> Problem {
        Problem {
            utterance: "0042".into(),
            path: PathBuf::from("wavs/0042.wav"),
            kind,
        }
    }

    #[test]
    fn a_problem_reads_as_a_sentence_with_its_remedy() {
        let wrong = problem(ProblemKind::WrongSampleRate {
            found: 44_100,
            expected: 22_050,
        });
        assert_eq!(
            wrong.to_string(),
            "`0042` (wavs/0042.wav): 44100 Hz, corpus is 22050 Hz (hint: `--resample`), dropped"
        );
        let unknown = problem(ProblemKind::UnknownCharacters {
            characters: vec!['ö', '\u{7}'],
        });
        assert!(
            unknown.to_string().contains("`ö` (U+00F6) U+0007"),
            "{unknown}"
        );
    }

    #[test]
    fn the_name_is_the_tag_in_json() {
        for kind in [
            ProblemKind::Missing,
            ProblemKind::TooLong { frames: 2, max: 1 },
        ] {
            let json = serde_json::to_value(&kind).unwrap();
            assert_eq!(json["problem"], kind.name());
            assert_eq!(serde_json::from_value::<ProblemKind>(json).unwrap(), kind);
        }
    }
}

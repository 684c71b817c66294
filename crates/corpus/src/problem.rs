//! What was found wrong with single recordings: values, not errors, because one bad recording
//! never fails a corpus.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::scripts::MixedWord;

/// Places that a message names.
const SHOWN_PLACES: usize = 3;

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
    /// The line is not one of its list.
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
    /// The separator of the list stands in the text; the whole text is read, without it.
    SeparatorInText {
        /// The separator.
        separator: String,
    },
    /// The line is not UTF-8.
    NotUtf8 {
        /// The encoding it is most likely in.
        encoding: String,
    },
    /// No text lies beside the recording.
    NoText,
    /// Several recordings have the name that the line gives.
    Ambiguous {
        /// The recordings.
        several: Vec<PathBuf>,
    },
    /// Words have letters of two scripts that look alike.
    MixedScripts {
        /// The words, each once.
        words: Vec<MixedWord>,
    },
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
    /// An earlier line names the same recording.
    DuplicateId,
    /// The recording lies outside the folder of the corpus, unlike most others of the list.
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
    /// Two channels are each other's inverse; the second is turned over before they are averaged.
    OppositeChannels,
    /// The file ends before the samples that it declares.
    CutShort {
        /// Length that the header declares, s.
        declared_s: f64,
        /// Length of what is there, s.
        held_s: f64,
    },
    /// The sound ends below what the mels show: it was once recorded or sent at a lower rate.
    NarrowBand {
        /// Nothing is above this, Hz; the lowest of the recordings.
        band_hz: f64,
        /// What the mels reach, Hz.
        wanted_hz: f64,
        /// Recordings of the corpus that are like this one, itself included.
        recordings: usize,
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
            Self::SeparatorInText { .. } => "separator_in_text",
            Self::NotUtf8 { .. } => "not_utf8",
            Self::NoText => "no_text",
            Self::Ambiguous { .. } => "ambiguous",
            Self::MixedScripts { .. } => "mixed_scripts",
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
            Self::OppositeChannels => "opposite_channels",
            Self::CutShort { .. } => "cut_short",
            Self::NarrowBand { .. } => "narrow_band",
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
            | Self::NotUtf8 { .. }
            | Self::NoText
            | Self::Ambiguous { .. }
            | Self::EmptyText
            | Self::BadText { .. }
            | Self::UnknownCharacters { .. }
            | Self::DuplicateId
            | Self::Missing
            | Self::NotAFile
            | Self::Unreadable { .. }
            | Self::WrongSampleRate { .. }
            | Self::Silent { .. }
            | Self::CutShort { .. }
            | Self::TooShort { .. }
            | Self::TooLong { .. }
            | Self::TextTooLong { .. }
            | Self::Quarantined
            | Self::DuplicateRecording { .. } => Effect::Dropped,
            Self::SeparatorInText { .. }
            | Self::MixedScripts { .. }
            | Self::OutsideRoot
            | Self::Clipped { .. }
            | Self::OppositeChannels
            | Self::NarrowBand { .. }
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
                | Self::NotUtf8 { .. }
                | Self::NoText
                | Self::Ambiguous { .. }
                | Self::Missing
                | Self::NotAFile
                | Self::Unreadable { .. }
        )
    }
}

impl ProblemKind {
    /// What a person can do about it, where that is not plain.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { reason } | Self::BadText { reason } => {
                let (_, hint) = reason.split_once("hint: ")?;
                hint.lines().next().map(str::to_owned)
            }
            Self::NotUtf8 { encoding } => Some(format!(
                "save the list as UTF-8: `iconv -f {encoding} -t UTF-8`"
            )),
            Self::Ambiguous { .. } => Some("name the folder in the list too".to_owned()),
            Self::MixedScripts { .. } => {
                Some("correct the words in the list: the letters only look alike".to_owned())
            }
            _ => None,
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dropped => "dropped",
            Self::Kept => "kept",
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (utterance, path, effect) = (&self.utterance, self.path.display(), self.kind.effect());
        write!(f, "`{utterance}` ({path}): {}, {effect}", self.kind)
    }
}

impl fmt::Display for ProblemKind {
    #[expect(clippy::too_many_lines, reason = "a catalogue: one arm per kind")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { reason } => write!(f, "not a line of its list: {reason}"),
            Self::SeparatorInText { separator } => {
                write!(
                    f,
                    "`{separator}` stands in the text, the whole text is read"
                )
            }
            Self::NotUtf8 { encoding } => write!(f, "not UTF-8 but probably {encoding}"),
            Self::NoText => f.write_str("no text beside it"),
            Self::Ambiguous { several } => {
                let shown = several.iter().take(SHOWN_PLACES);
                let shown: Vec<_> = shown.map(|path| format!("`{}`", path.display())).collect();
                write!(f, "{} recordings have this name: ", several.len())?;
                f.write_str(&shown.join(", "))
            }
            Self::MixedScripts { words } => {
                let shown: Vec<_> = words.iter().map(ToString::to_string).collect();
                f.write_str(&shown.join("; "))
            }
            Self::EmptyText => f.write_str("no text after cleaning"),
            Self::BadText { reason } => f.write_str(sentence(reason)),
            Self::UnknownCharacters { characters } => {
                f.write_str("characters outside the symbol table:")?;
                characters
                    .iter()
                    .try_for_each(|&c| write!(f, " {}", Character(c)))
            }
            Self::DuplicateId => f.write_str("an earlier line has the same recording"),
            Self::OutsideRoot => f.write_str("lies outside the folder of the corpus"),
            Self::Missing => f.write_str("no such file"),
            Self::NotAFile => f.write_str("not a regular file"),
            Self::Unreadable { reason } => write!(f, "unreadable: {}", sentence(reason)),
            Self::WrongSampleRate { found, expected } => {
                write!(
                    f,
                    "{found} Hz, corpus is {expected} Hz (hint: `--resample`)"
                )
            }
            Self::Silent { rms_dbfs } => write!(f, "silent ({rms_dbfs:.0} dBFS)"),
            Self::Clipped { share } => write!(f, "clipped in {:.2} % of samples", 100.0 * share),
            Self::OppositeChannels => {
                f.write_str("the channels cancel each other, the second is turned over")
            }
            Self::CutShort { declared_s, held_s } => write!(
                f,
                "cut short: {held_s:.2} s of {declared_s:.2} s are there (hint: copy it again)"
            ),
            Self::NarrowBand {
                band_hz,
                wanted_hz,
                recordings,
            } => narrow_band(f, *band_hz, *wanted_hz, *recordings),
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

/// How high the sound reaches, and what to set if that is all there is.
fn narrow_band(
    f: &mut fmt::Formatter<'_>,
    band_hz: f64,
    wanted_hz: f64,
    recordings: usize,
) -> fmt::Result {
    match recordings {
        1 => f.write_str("holds")?,
        2 => f.write_str("and one more recording hold")?,
        count => write!(f, "and {} more recordings hold", count - 1)?,
    }
    write!(
        f,
        " nothing above {band_hz:.0} Hz, the mels reach {wanted_hz:.0} Hz (hint: if all are like this, \
         `mel_fmax={band_hz:.0}`, or `sampling_rate={:.0}` with it, wastes no bins on silence)",
        2.0 * band_hz
    )
}

/// What a reason says, without its hint.
fn sentence(reason: &str) -> &str {
    let said = reason.split("hint: ").next().unwrap_or_default();
    said.trim_end_matches(['\n', ' ', ';', '('])
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

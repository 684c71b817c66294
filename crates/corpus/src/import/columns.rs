//! What the columns of a list hold: asked for, named by a header, or told from their values.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What one column of a list holds. A closed list: every `match` on it is exhaustive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Column {
    /// Path or id of the recording.
    Path,
    /// What is said.
    Text,
    /// What is said with numbers and abbreviations in words; read instead of the text.
    Normalised,
    /// Who says it.
    Speaker,
    /// The language it is said in.
    Language,
    /// Something that is not read: a duration, an emotion, a score.
    Ignored,
}

/// The columns of a list, in its order: `path,text,speaker`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Columns(Vec<Column>);

/// The names are not those of columns, or do not make a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownColumns {
    /// No column is called so.
    #[error(
        "`{0}`: no column is called so\nhint: name every column in its order, each one of `path`, `text`, `normalised`, `speaker`, `language`, `-` (not read), as in `path,text,speaker`"
    )]
    Name(String),
    /// A list needs a recording and a text.
    #[error("`{0}`: a list has one `path` and a `text` or `normalised`, each once")]
    Incomplete(String),
}

/// Headers that name a recording, a text and so on, as datasets and trainers write them. Letters
/// and digits only, in lower case.
const HEADERS: [(Column, &[&str]); 6] = [
    (
        Column::Path,
        &[
            "path",
            "paths",
            "file",
            "files",
            "filename",
            "filepath",
            "fileid",
            "id",
            "ids",
            "wav",
            "wavs",
            "wavfile",
            "wavpath",
            "wavfilename",
            "audio",
            "audiofile",
            "audiopath",
            "audiofilepath",
            "audiofilename",
            "audioid",
            "clip",
            "clipid",
            "recording",
            "uttid",
            "utteranceid",
            "sampleid",
            "relpath",
            "файл",
            "имяфайла",
            "путь",
            "запись",
            "аудио",
            "звук",
            "номер",
        ],
    ),
    (
        Column::Text,
        &[
            "text",
            "texts",
            "sentence",
            "transcript",
            "transcripts",
            "transcription",
            "rawtext",
            "rawtranscription",
            "rawtranscript",
            "originaltext",
            "utterance",
            "phrase",
            "caption",
            "content",
            "текст",
            "предложение",
            "фраза",
            "расшифровка",
            "транскрипция",
            "транскрипт",
        ],
    ),
    (
        Column::Normalised,
        &[
            "normalised",
            "normalized",
            "normalisedtext",
            "normalizedtext",
            "textnormalised",
            "textnormalized",
            "normalisedtranscription",
            "normalizedtranscription",
            "normalizedtranscript",
            "normtext",
            "cleantext",
            "cleanedtext",
            "нормализованный",
            "нормализованныйтекст",
        ],
    ),
    (
        Column::Speaker,
        &[
            "speaker",
            "speakers",
            "speakername",
            "speakerid",
            "spk",
            "spkid",
            "clientid",
            "voice",
            "narrator",
            "reader",
            "диктор",
            "голос",
            "спикер",
        ],
    ),
    (
        Column::Language,
        &[
            "language",
            "languages",
            "lang",
            "langs",
            "langid",
            "languageid",
            "locale",
            "язык",
        ],
    ),
    (
        Column::Ignored,
        &[
            "ignored",
            "ignore",
            "skip",
            "duration",
            "durations",
            "length",
            "seconds",
            "sec",
            "emotion",
            "style",
            "gender",
            "sex",
            "age",
            "accent",
            "accents",
            "upvotes",
            "downvotes",
            "variant",
            "segment",
            "sentenceid",
            "sentencedomain",
            "start",
            "end",
            "samplerate",
            "rootpath",
            "wavfilesize",
            "filesize",
            "score",
            "phonemes",
            "длительность",
            "эмоция",
            "пол",
        ],
    ),
];

impl Column {
    /// Name on the command line and in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Text => "text",
            Self::Normalised => "normalised",
            Self::Speaker => "speaker",
            Self::Language => "language",
            Self::Ignored => "-",
        }
    }

    /// The column that a word names, whatever its case and the signs in it.
    fn named(word: &str) -> Option<Self> {
        let plain: String = word
            .chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        let matching = |(_, names): &&(Self, &[&str])| names.contains(&plain.as_str());
        HEADERS.iter().find(matching).map(|&(column, _)| column)
    }
}

impl Columns {
    /// Columns of these kinds, if they make a list: one path, and a text in one or both forms.
    pub(super) fn new(columns: Vec<Column>) -> Option<Self> {
        let count = |column| columns.iter().filter(|&&c| c == column).count();
        let texts = (count(Column::Text), count(Column::Normalised));
        let whole = count(Column::Path) == 1
            && matches!(texts, (1, 0) | (0, 1) | (1, 1))
            && count(Column::Speaker) <= 1;
        whole.then_some(Self(columns))
    }

    /// The columns that a header names: nothing unless it names a recording and a text, so that a
    /// first line that is speech is no header.
    pub(super) fn of_header(fields: &[String]) -> Option<Self> {
        let mut columns: Vec<Column> = Vec::new();
        for field in fields {
            let column = Column::named(field).unwrap_or(Column::Ignored);
            // The first of several ids or paths may be the one; which, the recordings tell.
            columns.push(column);
        }
        let texts = [Column::Text, Column::Normalised];
        let named = columns.contains(&Column::Path) && texts.iter().any(|t| columns.contains(t));
        let words = fields.iter().all(|field| field.chars().count() <= 40);
        (named && words).then_some(Self(columns))
    }

    /// Keeps one column of each kind that may come once: the path of the recordings is the one
    /// given, of the others the first.
    pub(super) fn settled(mut self, path: usize) -> Option<Self> {
        for kind in [
            Column::Path,
            Column::Text,
            Column::Normalised,
            Column::Speaker,
        ] {
            let first = match kind {
                Column::Path => Some(path),
                _ => self.position(kind),
            };
            for (place, column) in self.0.iter_mut().enumerate() {
                if *column == kind && Some(place) != first {
                    *column = Column::Ignored;
                }
            }
        }
        *self.0.get_mut(path)? = Column::Path;
        Self::new(self.0)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The first column that holds this.
    pub(super) fn position(&self, column: Column) -> Option<usize> {
        self.0.iter().position(|&c| c == column)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Column> {
        self.0.iter().copied()
    }
}

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.iter().map(Column::name).collect();
        f.write_str(&names.join(","))
    }
}

impl FromStr for Columns {
    type Err = UnknownColumns;

    fn from_str(names: &str) -> Result<Self, Self::Err> {
        let column = |name: &str| match name.trim() {
            "-" | "_" | "" => Ok(Column::Ignored),
            word => Column::named(word).ok_or_else(|| UnknownColumns::Name(word.to_owned())),
        };
        let columns = names.split([',', '|']).map(column);
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        Self::new(columns).ok_or_else(|| UnknownColumns::Incomplete(names.to_owned()))
    }
}

impl TryFrom<String> for Columns {
    type Error = UnknownColumns;

    fn try_from(names: String) -> Result<Self, Self::Error> {
        names.parse()
    }
}

impl From<Columns> for String {
    fn from(columns: Columns) -> Self {
        columns.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(line: &str) -> Option<String> {
        let fields: Vec<String> = line.split('|').map(str::to_owned).collect();
        Columns::of_header(&fields).map(|columns| columns.to_string())
    }

    #[test]
    fn headers_of_known_trainers_are_recognised_in_any_case() {
        for (line, expected) in [
            ("audio_file|text|speaker_name", "path,text,speaker"),
            ("Audio_File|Text|Emotion_Name", "path,text,-"),
            ("client_id|path|sentence|up_votes", "speaker,path,text,-"),
            ("wav_filename|wav_filesize|transcript", "path,-,text"),
            (
                "ID|Transcription|Normalized Transcription",
                "path,text,normalised",
            ),
            ("файл|Текст", "path,text"),
        ] {
            assert_eq!(header(line).as_deref(), Some(expected), "{line}");
        }
    }

    #[test]
    fn speech_is_no_header() {
        for line in [
            "LJ001|text",
            "file|Hello there.",
            "audio|speech",
            "a|b",
            "path",
        ] {
            assert_eq!(header(line), None, "{line}");
        }
    }

    #[test]
    fn columns_are_asked_for_by_name_and_read_back() {
        for (asked, written) in [
            ("path,text,speaker", "path,text,speaker"),
            ("id|sentence|-", "path,text,-"),
            ("Speaker, Path, Normalized", "speaker,path,normalised"),
        ] {
            let columns: Columns = asked.parse().unwrap();
            assert_eq!(columns.to_string(), written);
            assert_eq!(written.parse::<Columns>().unwrap(), columns);
        }
        let error = "path,txet".parse::<Columns>().unwrap_err().to_string();
        assert!(
            error.contains("`txet`") && error.contains("hint:"),
            "{error}"
        );
        for incomplete in ["path", "text,speaker", "path,text,text", "path,path,text"] {
            assert!(incomplete.parse::<Columns>().is_err(), "{incomplete}");
        }
    }
}

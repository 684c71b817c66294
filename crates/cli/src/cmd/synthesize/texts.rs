//! What is to be said: a text, the lines of a file, or ids; pauses between them, and what is refused.

use std::{fmt, path::Path};

use diktor_text::{TextLine, is_pause, split_long};
use serde::Serialize;

use crate::{
    cli::Synthesize,
    cmd::text::reader::{not_utf8, raw_lines},
    exit::usage,
    voice::Voice,
};

/// What is to be said: the ids, and the text they came from.
pub(crate) struct Line {
    /// Its line in the file.
    pub(super) number: Option<usize>,
    pub(super) text: Option<String>,
    /// Its symbols.
    pub(crate) ids: Vec<u32>,
    /// What stands before it.
    pub(crate) before: Pause,
}

/// Silence before an utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pause {
    /// A part of the same line.
    Sentence,
    /// A line of a file.
    Line,
    /// A line of dashes, stars or other marks.
    Scene,
}

impl Pause {
    /// How long it is.
    pub(crate) fn seconds(self) -> f64 {
        match self {
            Self::Sentence | Self::Line => 0.3,
            Self::Scene => 1.0,
        }
    }
}

/// A line that is not spoken.
#[derive(Debug, Serialize)]
pub(super) struct Refused {
    /// Its line in the file.
    line: usize,
    reason: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = self.reason.lines().next().unwrap_or_default();
        write!(f, "line {} is not spoken: {reason}", self.line)
    }
}

/// All that is to be said.
#[derive(Default)]
pub(super) struct Script {
    pub(super) lines: Vec<Line>,
    pub(super) refused: Vec<Refused>,
}

/// Reads what is to be said.
///
/// # Errors
/// When nothing of it can be spoken, or, with `--strict`, a line cannot.
pub(super) fn script(arguments: &Synthesize, voice: &Voice) -> anyhow::Result<Script> {
    if let Some(ids) = &arguments.ids {
        voice.check(ids)?;
        let line = Line {
            number: None,
            text: None,
            ids: ids.clone(),
            before: Pause::Line,
        };
        return Ok(Script {
            lines: vec![line],
            ..Script::default()
        });
    }
    let script = match (&arguments.text, &arguments.file) {
        (Some(text), _) => of_text(text, voice)?,
        (None, Some(path)) => of_file(path, arguments.strict, voice)?,
        (None, None) => Script::default(),
    };
    if arguments.alignment_output.is_some() && script.lines.len() > 1 {
        return Err(usage(format!(
            "`--alignment-output` shows one utterance, and this text is spoken in {} parts\nhint: \
             a shorter text; the voice learnt texts of up to {} symbols",
            script.lines.len(),
            voice.hparams.max_text_len
        )));
    }
    Ok(script)
}

fn of_text(text: &str, voice: &Voice) -> anyhow::Result<Script> {
    if text.trim().is_empty() {
        return Err(usage("nothing to say: the text is empty"));
    }
    if is_pause(text) {
        return Err(usage(format!(
            "nothing to say: `{}` has no letter and no number",
            text.trim()
        )));
    }
    Ok(Script {
        lines: parts(text, None, Pause::Line, voice)?,
        ..Script::default()
    })
}

fn of_file(path: &Path, strict: bool, voice: &Voice) -> anyhow::Result<Script> {
    let mut script = Script::default();
    let mut before = Pause::Line;
    for TextLine { number, text } in raw_lines(path)? {
        let read = match text {
            Ok(text) if is_pause(&text) => {
                before = Pause::Scene;
                continue;
            }
            Ok(text) => parts(&text, Some(number), before, voice),
            Err(encoding) => Err(usage(not_utf8(encoding))),
        };
        match read {
            Ok(lines) => {
                script.lines.extend(lines);
                before = Pause::Line;
            }
            Err(error) if strict => {
                return Err(usage(format!(
                    "`{}`, line {number}: {error}",
                    path.display()
                )));
            }
            Err(error) => {
                let refused = Refused {
                    line: number,
                    reason: error.to_string(),
                };
                tracing::warn!("{refused}");
                script.refused.push(refused);
            }
        }
    }
    match (script.lines.is_empty(), script.refused.first()) {
        (false, _) => Ok(script),
        (true, None) => Err(usage(format!(
            "nothing to say: `{}` has no letter and no number",
            path.display()
        ))),
        (true, Some(first)) => Err(usage(format!(
            "`{}`: none of its {} lines can be spoken; line {}: {}",
            path.display(),
            script.refused.len(),
            first.line,
            first.reason
        ))),
    }
}

/// A text in parts no longer than what the voice learnt.
///
/// # Errors
/// When it is empty, or holds characters that the voice never learnt.
pub(crate) fn parts(
    text: &str,
    number: Option<usize>,
    before: Pause,
    voice: &Voice,
) -> anyhow::Result<Vec<Line>> {
    let ids = voice.encode(text)?;
    let longest = voice.hparams.max_text_len;
    let line = |text: &str, ids, before| Line {
        number,
        text: Some(text.to_owned()),
        ids,
        before,
    };
    if ids.len() <= longest {
        return Ok(vec![line(text, ids, before)]);
    }
    let fits = |part: &str| {
        voice
            .frontend
            .encode(part)
            .map_or(true, |read| read.ids.len() <= longest)
    };
    let mut lines = Vec::new();
    for part in split_long(text, &fits) {
        // Marks that a cut has left alone are the pause between two parts.
        if is_pause(&part) {
            continue;
        }
        let before = if lines.is_empty() {
            before
        } else {
            Pause::Sentence
        };
        lines.push(line(&part, voice.encode(&part)?, before));
    }
    let place = number.map_or_else(|| "the text".to_owned(), |number| format!("line {number}"));
    tracing::warn!(
        "{place} has {} symbols, more than the {longest} that the voice learnt: spoken in {} parts",
        ids.len(),
        lines.len()
    );
    Ok(lines)
}

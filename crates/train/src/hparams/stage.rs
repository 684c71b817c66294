//! The stages of gradual training, as hyper-parameters.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::value::{Kind, Typed, Value};

/// How stages are written, for messages.
pub(super) const STAGES: &str = "stages `step:r` or `step:r:batch_size`, as `[0:6:64,10000:3:32]`";

/// From a step on: so many frames per decoder step, and so many utterances per batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Stage {
    /// Step from which it may begin.
    pub from_step: u64,
    /// Mel frames per decoder step.
    pub frames_per_step: usize,
    /// Utterances per batch; those of `batch_size` where it says nothing.
    pub batch_size: Option<usize>,
}

/// Shown as it is written in an override.
impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.from_step, self.frames_per_step)?;
        match self.batch_size {
            Some(size) => write!(f, ":{size}"),
            None => Ok(()),
        }
    }
}

impl From<Stage> for String {
    fn from(stage: Stage) -> Self {
        stage.to_string()
    }
}

impl TryFrom<String> for Stage {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Reads `0:6:64`, and the form `[0, 6, 64]` that a nested list of YAML has.
impl FromStr for Stage {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unread = || format!("`{text}`: expected {STAGES}");
        let inside = text.trim();
        let inside = inside
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(inside);
        let numbers: Vec<u64> = inside
            .split([':', ','])
            .map(|number| number.trim().parse().map_err(|_| unread()))
            .collect::<Result<_, _>>()?;
        let (from_step, frames, batch) = match numbers[..] {
            [from_step, frames] => (from_step, frames, None),
            [from_step, frames, batch] => (from_step, frames, Some(batch)),
            _ => return Err(unread()),
        };
        let size = |number: u64| usize::try_from(number).map_err(|_| unread());
        Ok(Self {
            from_step,
            frames_per_step: size(frames)?,
            batch_size: batch.map(size).transpose()?,
        })
    }
}

impl Typed for Vec<Stage> {
    const KIND: Kind = Kind::List;
    fn get(&self) -> Value {
        Value::List(self.iter().map(Stage::to_string).collect())
    }
    fn from_value(value: &Value) -> Option<Self> {
        let Value::List(texts) = value else {
            return None;
        };
        // The way in which older configurations say that there are none.
        if matches!(&texts[..], [only] if only.is_empty() || only == "none") {
            return Some(Self::new());
        }
        texts.iter().map(|text| text.parse().ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_read_as_it_is_written() {
        for text in ["0:6:64", "10000:3", "18446744073709551615:1:1"] {
            assert_eq!(text.parse::<Stage>().unwrap().to_string(), text);
        }
        let nested: Stage = "[10000, 4, 32]".parse().unwrap();
        assert_eq!(nested.to_string(), "10000:4:32");
    }

    #[test]
    fn what_is_no_stage_is_refused_with_the_form_of_one() {
        for text in ["", "6", "a:b", "1:2:3:4", "-1:2", "1:2:", "[1:2"] {
            let error = text.parse::<Stage>().unwrap_err();
            assert!(error.contains("step:r"), "{text}: {error}");
        }
    }
}

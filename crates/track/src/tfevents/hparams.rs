//! What TensorBoard's table of runs is made of.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Message;

/// A part of the table. TensorBoard hears the first of each kind that a run says, and no later one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Entry<'a> {
    /// The columns.
    Experiment {
        /// Every hyper-parameter with a value that tells its type.
        hparams: &'a BTreeMap<String, Value>,
        /// Scalars that are compared, by their tags.
        tags: &'a [String],
    },
    /// A row.
    Started {
        /// The hyper-parameters of the run.
        hparams: &'a BTreeMap<String, Value>,
        /// Name of the row.
        group: &'a str,
        /// Unix time in seconds.
        time_s: f64,
    },
    /// How the run of the row ended.
    Ended {
        /// Whether well.
        success: bool,
        /// Unix time in seconds.
        time_s: f64,
    },
}

/// The three types of the table's hyper-parameters.
enum Typed<'a> {
    Text(std::borrow::Cow<'a, str>),
    Bool(bool),
    Number(f64),
}

impl Entry<'_> {
    /// The tag under which TensorBoard looks for it.
    pub(super) fn tag(&self) -> &'static str {
        match self {
            Self::Experiment { .. } => "_hparams_/experiment",
            Self::Started { .. } => "_hparams_/session_start_info",
            Self::Ended { .. } => "_hparams_/session_end_info",
        }
    }

    /// The `HParamsPluginData` message; its version is 0, which is not written.
    ///
    /// # Source
    /// `tensorboard/plugins/hparams/plugin_data.proto` and `api.proto` of TensorBoard 2.21.
    pub(super) fn encode(&self) -> Message {
        match self {
            Self::Experiment { hparams, tags } => {
                let mut experiment = Message::new();
                for (name, value) in *hparams {
                    let Some(value) = Typed::of(value) else {
                        continue;
                    };
                    let column = Message::new().text(1, name).integer(4, value.kind());
                    experiment = experiment.message(4, &column);
                }
                for tag in *tags {
                    let metric = Message::new().message(1, &Message::new().text(2, tag));
                    experiment = experiment.message(5, &metric);
                }
                Message::new().message(2, &experiment)
            }
            Self::Started {
                hparams,
                group,
                time_s,
            } => {
                let mut start = Message::new();
                for (name, value) in *hparams {
                    let Some(value) = Typed::of(value) else {
                        continue;
                    };
                    let entry = Message::new().text(1, name).message(2, &value.encode());
                    start = start.message(1, &entry);
                }
                let start = start.text(4, group).double(5, *time_s);
                Message::new().message(3, &start)
            }
            Self::Ended { success, time_s } => {
                const SUCCESS: u64 = 1;
                const FAILURE: u64 = 2;
                let status = if *success { SUCCESS } else { FAILURE };
                let end = Message::new().integer(1, status).double(2, *time_s);
                Message::new().message(4, &end)
            }
        }
    }
}

impl<'a> Typed<'a> {
    /// A list is shown as it is written; what has no value is left out.
    fn of(value: &'a Value) -> Option<Self> {
        match value {
            Value::Null => None,
            Value::Bool(value) => Some(Self::Bool(*value)),
            Value::Number(number) => number.as_f64().map(Self::Number),
            Value::String(text) => Some(Self::Text(text.into())),
            Value::Array(_) | Value::Object(_) => Some(Self::Text(value.to_string().into())),
        }
    }

    /// The `DataType` of a column.
    fn kind(&self) -> u64 {
        match self {
            Self::Text(_) => 1,
            Self::Bool(_) => 2,
            Self::Number(_) => 3,
        }
    }

    /// The `google.protobuf.Value` message.
    fn encode(&self) -> Message {
        match self {
            Self::Number(number) => Message::new().double(2, *number),
            Self::Text(text) => Message::new().text(3, text),
            Self::Bool(value) => Message::new().integer(4, u64::from(*value)),
        }
    }
}

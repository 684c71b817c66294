//! What can be shown in TensorBoard, and how each kind is encoded.

use super::{Message, hparams};
use crate::Histogram;

/// One value under one tag.
#[derive(Debug, Clone, PartialEq)]
pub enum Summary<'a> {
    /// A point of a curve.
    Scalar {
        /// Name of the curve.
        tag: &'a str,
        /// The value; non-finite ones are shown as such.
        value: f32,
    },
    /// A picture.
    Image {
        /// Name of the row of pictures.
        tag: &'a str,
        /// The PNG file.
        png: &'a [u8],
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// A sound.
    Audio {
        /// Name of the row of sounds.
        tag: &'a str,
        /// The WAV file.
        wav: &'a [u8],
        /// What is heard.
        caption: &'a str,
    },
    /// Markdown.
    Text {
        /// Name of the row of texts.
        tag: &'a str,
        /// The text.
        markdown: &'a str,
    },
    /// A distribution, under its own tag.
    Histogram(&'a Histogram),
    /// What the table of runs shows, and how the run began or ended.
    Hparams(hparams::Entry<'a>),
}

/// `DT_STRING` of TensorFlow's tensor types.
const STRING: u64 = 7;
/// `RGB` of its picture colour spaces.
const RGB: u64 = 3;
/// `DATA_CLASS_BLOB_SEQUENCE` of its summary metadata.
const BLOB_SEQUENCE: u64 = 3;
/// `WAV` of the audio plugin's encodings.
const WAV: u64 = 11;

impl Summary<'_> {
    /// The `Summary.Value` message.
    ///
    /// # Source
    /// `tensorboard/compat/proto/summary.proto` and `plugins/audio/plugin_data.proto` of TensorBoard
    /// 2.21. Audio is a tensor of rank 1: the older `Audio` message is served without a sound type by
    /// TensorBoard's fast loader, rank 2 by neither loader.
    pub(super) fn encode(&self) -> Message {
        match self {
            Self::Scalar { tag, value } => Message::new().text(1, tag).float(2, *value),
            Self::Image {
                tag,
                png,
                width,
                height,
            } => {
                let image = Message::new()
                    .integer(1, u64::from(*height))
                    .integer(2, u64::from(*width))
                    .integer(3, RGB)
                    .blob(4, png);
                Message::new().text(1, tag).message(4, &image)
            }
            Self::Audio { tag, wav, caption } => {
                let converted_to_tensor = 1;
                let settings = Message::new()
                    .integer(2, WAV)
                    .integer(3, converted_to_tensor);
                let metadata = plugin("audio", &settings)
                    .text(3, caption)
                    .integer(4, BLOB_SEQUENCE);
                Message::new()
                    .text(1, tag)
                    .message(8, &strings(wav))
                    .message(9, &metadata)
            }
            Self::Text { tag, markdown } => {
                let metadata = plugin("text", &Message::new());
                let tensor = strings(markdown.as_bytes());
                Message::new()
                    .text(1, tag)
                    .message(8, &tensor)
                    .message(9, &metadata)
            }
            Self::Histogram(histogram) => Message::new()
                .text(1, &histogram.tag)
                .message(5, &buckets(histogram)),
            Self::Hparams(entry) => {
                let metadata = plugin("hparams", &entry.encode());
                Message::new().text(1, entry.tag()).message(9, &metadata)
            }
        }
    }
}

/// The `HistogramProto` message.
fn buckets(histogram: &Histogram) -> Message {
    let ends: Vec<f64> = histogram.ends().collect();
    let counts: Vec<f64> = histogram.counts.iter().map(|count| *count as f64).collect();
    Message::new()
        .double(1, histogram.min)
        .double(2, histogram.max)
        .double(3, histogram.count() as f64)
        .double(4, histogram.sum)
        .double(5, histogram.sum_squares)
        .doubles(6, &ends)
        .doubles(7, &counts)
}

/// Metadata that gives a value to a plugin of TensorBoard.
fn plugin(name: &str, settings: &Message) -> Message {
    Message::new().message(1, &Message::new().text(1, name).message(2, settings))
}

/// A tensor of one string.
fn strings(only: &[u8]) -> Message {
    let dimension = Message::new().integer(1, 1);
    let shape = Message::new().message(2, &dimension);
    Message::new()
        .integer(1, STRING)
        .message(2, &shape)
        .blob(8, only)
}

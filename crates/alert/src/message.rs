//! What people are told.

use std::{fmt, fs, path::Path};

use serde::{Deserialize, Serialize};

/// Larger files are not sent: no service takes them as a picture.
const MAX_ATTACHMENT_BYTES: u64 = 10 << 20;

/// How much a message matters.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    #[default]
    Note,
    /// The voice may become worse than it could be.
    Warning,
    /// Somebody has to look; it passes quiet hours.
    Critical,
}

impl Severity {
    /// Its name in a configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// The occasions for a message, closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A run began, or went on.
    Start,
    /// The report every so many steps.
    Progress,
    /// The run entered another phase.
    Phase,
    /// The run turned knobs.
    Actions,
    /// Something is badly wrong.
    Critical,
    /// Something could be better, with what to do.
    Recommendation,
    /// The run went back to an earlier checkpoint.
    Restart,
    /// The run ended.
    Completion,
    /// What could not be told before.
    Digest,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Start,
        Self::Progress,
        Self::Phase,
        Self::Actions,
        Self::Critical,
        Self::Recommendation,
        Self::Restart,
        Self::Completion,
        Self::Digest,
    ];

    /// Its name in records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Progress => "progress",
            Self::Phase => "phase",
            Self::Actions => "actions",
            Self::Critical => "critical",
            Self::Recommendation => "recommendation",
            Self::Restart => "restart",
            Self::Completion => "completion",
            Self::Digest => "digest",
        }
    }
}

/// One message, the same for every channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Its occasion.
    pub kind: Kind,
    /// How much it matters.
    pub severity: Severity,
    /// When it happened, Unix time in seconds.
    pub time_s: f64,
    /// One line, with the name of the run.
    pub title: String,
    /// The rest, in lines of plain text.
    pub body: String,
    /// Pictures and sounds, the most telling first.
    pub attachments: Vec<Attachment>,
    /// What it is about, if it may come again and again: of messages of the same key within a window only the first is
    /// sent, the others are counted.
    pub key: Option<String>,
}

impl Message {
    /// Its attachments of one medium.
    pub fn of(&self, media: Media) -> impl Iterator<Item = &Attachment> {
        self.attachments
            .iter()
            .filter(move |one| one.media == media)
    }

    /// Title and body as one plain text.
    pub fn text(&self) -> String {
        match &*self.body {
            "" => self.title.clone(),
            body => format!("{}\n{body}", self.title),
        }
    }
}

/// What an attachment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// A picture in PNG.
    Png,
    /// A sound in WAV.
    Wav,
}

impl Media {
    /// Its type on the wire.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Wav => "audio/wav",
        }
    }
}

/// A picture or a sound.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// File name.
    pub name: String,
    /// What it is.
    pub media: Media,
    /// The file.
    pub bytes: Vec<u8>,
}

impl Attachment {
    /// Reads a file; `None` if it is missing, empty or too large to send.
    pub fn read(path: &Path, media: Media) -> Option<Self> {
        let size = fs::metadata(path).ok()?.len();
        if size == 0 || size > MAX_ATTACHMENT_BYTES {
            return None;
        }
        let name = path.file_name()?.to_string_lossy().into_owned();
        let bytes = fs::read(path).ok()?;
        Some(Self { name, media, bytes })
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.name, self.bytes.len())
    }
}

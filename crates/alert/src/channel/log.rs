//! A file of the run that holds every message as it was told.

use std::{fs::OpenOptions, io::Write as _, path::PathBuf};

use diktor_track::date;

use super::{Channel, ChannelName};
use crate::{ChannelError, Message};

/// Appends messages to a file.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
}

impl Log {
    /// A log in the file; it is made when the first message comes.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }
}

impl Channel for Log {
    fn name(&self) -> ChannelName {
        ChannelName::Log
    }

    fn send(&mut self, message: &Message) -> Result<(), ChannelError> {
        let failed = |source| ChannelError::Write {
            path: self.path.clone(),
            source,
        };
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.path);
        // In one piece, so that a stop leaves whole messages behind.
        file.and_then(|mut file| file.write_all(entry(message).as_bytes()))
            .map_err(failed)
    }
}

/// One message: a line that begins with its time, and the rest indented.
fn entry(message: &Message) -> String {
    let (time, severity) = (date(message.time_s), message.severity.name());
    let mut text = format!("{time} [{severity}] {}\n", message.title);
    for line in message.body.lines() {
        text.push_str(&format!("    {line}\n"));
    }
    let files = message.attachments.iter().map(|one| one.name.as_str());
    let files: Vec<&str> = files.collect();
    if !files.is_empty() {
        text.push_str(&format!("    [{}]\n", files.join(", ")));
    }
    text
}

//! A speech recogniser as a command: it takes the path of a recording and prints what it hears.

use std::{
    io::Read,
    os::unix::process::{CommandExt as _, ExitStatusExt as _},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use crate::error::EvalError;

/// The place of the recording among the words of the command.
const PLACE: &str = "{}";
/// How often a stop is looked for while a recogniser works.
const GLANCE: Duration = Duration::from_millis(50);
/// More than any sentence.
const MOST_BYTES: usize = 1 << 20;
/// How long the last of its output is waited for once it has ended.
const GRACE: Duration = Duration::from_millis(500);

/// A command that listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recogniser {
    command: String,
    words: Vec<String>,
    limit: Duration,
}

impl Recogniser {
    /// From a command line, split like a shell would, but run without one; `{}` is the recording, and
    /// comes last where it is not written. `limit` is the time for one recording.
    ///
    /// # Errors
    /// A command line without a word, or with a quote that is not closed.
    pub fn new(command: &str, limit: Duration) -> Result<Self, EvalError> {
        let refused = |reason| EvalError::Command {
            command: command.to_owned(),
            reason,
        };
        let mut words = shlex::split(command).ok_or_else(|| refused("a quote is not closed"))?;
        let program = words.first().ok_or_else(|| refused("no command"))?;
        if program.is_empty() || program.contains(PLACE) {
            return Err(refused("the first word is the program"));
        }
        if !words.iter().any(|word| word.contains(PLACE)) {
            words.push(PLACE.to_owned());
        }
        Ok(Self {
            command: command.to_owned(),
            words,
            limit,
        })
    }

    /// The command line as it was given.
    #[must_use]
    pub fn command(&self) -> &str {
        &self.command
    }

    /// What it hears in a recording. `stop` is asked again and again while it works.
    ///
    /// # Errors
    /// When it cannot be started, fails, takes too long, or its answer is no text;
    /// [`EvalError::Stopped`] when `stop` says so.
    pub fn hear(&self, sound: &Path, stop: &dyn Fn() -> bool) -> Result<String, EvalError> {
        let mut child = self.start(sound)?;
        let output = collected(child.stdout.take());
        let complaint = collected(child.stderr.take());
        let status = match self.wait(&mut child, sound, stop) {
            Ok(status) => status,
            Err(error) => {
                end(&mut child);
                return Err(error);
            }
        };
        let output = arrived(&output);
        let complaint = arrived(&complaint);
        if !status.success() {
            return Err(EvalError::Failed {
                command: self.command.clone(),
                sound: sound.to_owned(),
                status: ended(status),
                last: last_line(&complaint),
            });
        }
        answer(&output).map_err(|reason| EvalError::Answer {
            command: self.command.clone(),
            sound: sound.to_owned(),
            reason,
        })
    }

    fn start(&self, sound: &Path) -> Result<Child, EvalError> {
        // The words are UTF-8, and the place of a path that is not may be no part of a word.
        let path = sound.to_string_lossy();
        let mut command = Command::new(&self.words[0]);
        for word in &self.words[1..] {
            if word == PLACE {
                command.arg(sound);
            } else {
                command.arg(word.replace(PLACE, &path));
            }
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A group of its own, so that all of it can be ended.
            .process_group(0);
        command.spawn().map_err(|reason| EvalError::NotStarted {
            command: self.command.clone(),
            reason,
        })
    }

    fn wait(
        &self,
        child: &mut Child,
        sound: &Path,
        stop: &dyn Fn() -> bool,
    ) -> Result<ExitStatus, EvalError> {
        let begun = Instant::now();
        loop {
            let status = child.try_wait().map_err(|reason| EvalError::NotStarted {
                command: self.command.clone(),
                reason,
            })?;
            if let Some(status) = status {
                return Ok(status);
            }
            if stop() {
                return Err(EvalError::Stopped);
            }
            if begun.elapsed() >= self.limit {
                return Err(EvalError::TooSlow {
                    command: self.command.clone(),
                    sound: sound.to_owned(),
                    limit_s: self.limit.as_secs_f64(),
                });
            }
            // Quick answers are not kept waiting.
            thread::sleep(GLANCE.min(begun.elapsed() / 4 + Duration::from_millis(1)));
        }
    }
}

/// Reads a pipe on a thread of its own, so that a full one does not stop its writer.
fn collected(source: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (piece, pieces) = channel();
    if let Some(mut source) = source {
        thread::spawn(move || {
            let mut buffer = [0; 8192];
            // An error in the middle leaves what came before it. When nobody listens any more the rest
            // is let through, or its writer would be ended by a closed pipe.
            while let Ok(count @ 1..) = source.read(&mut buffer) {
                let _nobody_may_listen = piece.send(buffer[..count].to_vec());
            }
        });
    }
    pieces
}

/// What has come through a pipe whose writer has ended.
fn arrived(pieces: &Receiver<Vec<u8>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What it has started itself, a server say, may hold the pipe open for good.
    while let Ok(piece) = pieces.recv_timeout(GRACE) {
        bytes.extend(piece);
        if bytes.len() > MOST_BYTES {
            break;
        }
    }
    bytes
}

/// Ends a recogniser and everything that it has started.
fn end(child: &mut Child) {
    end_group(child.id());
    // Either may have ended by itself meanwhile.
    let _ = child.kill();
    let _ = child.wait();
}

fn end_group(leader: u32) {
    let quiet = || Stdio::null();
    let _gone_already = Command::new("kill")
        .args(["-KILL", "--", &format!("-{leader}")])
        .stdin(quiet())
        .stdout(quiet())
        .stderr(quiet())
        .status();
}

fn ended(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("ended by signal {signal}"),
        (None, None) => "it ended".to_owned(),
    }
}

fn last_line(complaint: &[u8]) -> String {
    let text = String::from_utf8_lossy(complaint);
    let last = text.lines().rev().find(|line| !line.trim().is_empty());
    last.map_or_else(
        || "it said nothing".to_owned(),
        |line| line.trim().to_owned(),
    )
}

/// The text of an answer: the whole of it, or the field `text` of a JSON object.
fn answer(output: &[u8]) -> Result<String, &'static str> {
    if output.len() > MOST_BYTES {
        return Err("is longer than any sentence");
    }
    let text = std::str::from_utf8(output).map_err(|_| "is not UTF-8")?;
    if text.chars().any(|c| c.is_control() && !c.is_whitespace()) {
        return Err("is no text: it has control characters");
    }
    let text = text.trim();
    if !text.starts_with('{') {
        return Ok(text.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    let value: serde_json::Value =
        serde_json::from_str(text).map_err(|_| "begins like JSON and is none")?;
    let field = value.get("text").and_then(serde_json::Value::as_str);
    field
        .map(|text| text.trim().to_owned())
        .ok_or("is JSON without a field `text` that is a string")
}

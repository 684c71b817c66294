//! Formats that another program reads: `ffmpeg`, where there is one on the `PATH`.
//!
//! It is given a file of our own under a name of our own, told which formats it may take that file
//! for (a playlist would let a recording name other files), and bounded in time and in what it
//! writes.

use std::io::{self, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::decode::mixer::MAX_SAMPLES;
use crate::decode::{Decoded, wave};
use crate::error::DecodeError;

/// How long one file may take.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// Bytes of its output that are read: floats of two channels, and a header.
const MOST_BYTES: u64 = 8 * MAX_SAMPLES as u64 + 1024;

/// Bytes of its complaints that are kept.
const MOST_COMPLAINT: u64 = 4096;

/// What the file may be; the names are those of `ffmpeg -demuxers`.
const FORMATS: &str = "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,avi,caf,dsf,dts,eac3,flac,flv,iff,matroska,mov,mp3,mpc,\
     mpc8,nistsphere,ogg,rm,tta,voc,w64,wav,wv";

pub(crate) fn decode(
    name: &'static str,
    bytes: &[u8],
    longest_s: f64,
) -> Result<Decoded, DecodeError> {
    let mut input = tempfile::Builder::new().prefix("diktor-").tempfile()?;
    input.write_all(bytes)?;
    let mut command = Command::new("ffmpeg");
    command
        .args(["-nostdin", "-hide_banner", "-loglevel", "error", "-xerror"])
        .args(["-protocol_whitelist", "file", "-format_whitelist", FORMATS])
        .arg("-i")
        .arg(input.path())
        .args(["-map", "0:a:0"])
        // A second more than is wanted shows that there is more.
        .args(["-t", &format!("{}", (longest_s + 1.0).min(1e6))])
        .args(["-c:a", "pcm_f32le", "-f", "wav", "pipe:1"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(DecodeError::NoFfmpeg { name });
        }
        Err(error) => return Err(error.into()),
    };
    match finish(child)? {
        Run::Done(output) => match wave::decode(&output, longest_s) {
            Ok(decoded) if decoded.waveform.samples.is_empty() => {
                let reason = "it found no samples".to_owned();
                Err(DecodeError::Ffmpeg { name, reason })
            }
            decoded => decoded,
        },
        Run::Failed(complaint) => {
            let last = complaint.lines().last().unwrap_or("it wrote nothing");
            let own = format!("{}: ", input.path().display());
            let reason = last.replace(&own, "");
            Err(DecodeError::Ffmpeg { name, reason })
        }
        Run::TooSlow => {
            let reason = format!("it was not done after {} s", TIME_LIMIT.as_secs());
            Err(DecodeError::Ffmpeg { name, reason })
        }
    }
}

/// How it ended.
enum Run {
    /// Well, with this output.
    Done(Vec<u8>),
    /// With these complaints.
    Failed(String),
    /// Not by itself.
    TooSlow,
}

fn finish(mut child: Child) -> io::Result<Run> {
    let output = child.stdout.take().expect("its output was asked for");
    let complaint = child.stderr.take().expect("its complaints were asked for");
    let complaint = thread::spawn(move || collected(complaint, MOST_COMPLAINT));
    let (done, arrived) = mpsc::channel();
    thread::spawn(move || done.send(collected(output, MOST_BYTES)));
    let Ok(output) = arrived.recv_timeout(TIME_LIMIT) else {
        child.kill()?;
        child.wait()?;
        return Ok(Run::TooSlow);
    };
    // Its output is closed here, so that it ends by itself or at its next write.
    let status = child.wait()?;
    let complaint = complaint.join().unwrap_or_default();
    if status.success() || output.len() as u64 == MOST_BYTES {
        return Ok(Run::Done(output));
    }
    Ok(Run::Failed(
        String::from_utf8_lossy(&complaint).into_owned(),
    ))
}

fn collected(source: impl Read, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    // An error in the middle leaves what came before it, as an early end does.
    let _ = source.take(most).read_to_end(&mut bytes);
    bytes
}

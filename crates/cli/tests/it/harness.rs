//! Runs the binary, and makes corpora to run it on.

use std::{
    f32::consts::TAU,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use diktor_audio::{Waveform, write_wav};
use serde_json::Value;

/// Hyper-parameters with which a test trains in a second.
pub(crate) const QUICK: &str =
    "batch_size=4,max_decoder_steps=12,iters_per_checkpoint=2,validation_freq=2";

/// Variables by which the program would tell people.
const PEOPLE: [&str; 4] = [
    "TELEGRAM_BOT_TOKEN",
    "TELEGRAM_CHAT_ID",
    "SLACK_WEBHOOK_URL",
    "SMTP_URL",
];

/// What came of one call.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The one object on stdout.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Itself, once it has ended well.
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The binary, ready to be given arguments.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_diktor"));
    command
        .current_dir(folder)
        .env_remove("RAYON_NUM_THREADS")
        .env_remove("DIKTOR_LOG")
        .env_remove("MLFLOW_TRACKING_URI");
    // A test tells nobody but those it starts itself.
    for name in PEOPLE {
        command.env_remove(name);
    }
    command
}

/// Runs it in a folder, with a line as a person types it; `'...'` holds what belongs together.
pub(crate) fn diktor(folder: &Path, line: &str) -> Ran {
    command(folder).args(words(line)).output().unwrap().into()
}

/// The arguments of a line.
pub(crate) fn words(line: &str) -> Vec<&str> {
    let quoted = line.split('\'').enumerate();
    quoted
        .flat_map(|(number, part)| match number % 2 {
            0 => part.split_whitespace().collect(),
            _ => vec![part],
        })
        .collect()
}

/// Twelve short utterances of tones in LJSpeech's layout; returns the folder.
pub(crate) fn corpus(parent: &Path) -> PathBuf {
    let folder = parent.join("corpus");
    fs::create_dir_all(folder.join("wavs")).unwrap();
    let mut lines = String::new();
    for (number, word) in (0_u16..).zip(NUMBERS) {
        let name = format!("tone-{number:02}");
        let seconds = 0.6 + 0.03 * f32::from(number);
        let wav = folder.join("wavs").join(format!("{name}.wav"));
        write_wav(&wav, &tone(number, seconds)).unwrap();
        lines += &format!("{name}|This tone has number {word}.\n");
    }
    fs::write(folder.join("metadata.csv"), lines).unwrap();
    folder
}

const NUMBERS: [&str; 12] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
];

fn tone(number: u16, seconds: f32) -> Waveform {
    let sample_rate = 22_050;
    let pitch = 120.0 + 20.0 * f32::from(number);
    let samples = (0..(seconds * sample_rate as f32) as usize)
        .map(|index| {
            let t = index as f32 / sample_rate as f32;
            let voice: f32 = (1..6)
                .map(|k| (TAU * pitch * k as f32 * t).sin() / k as f32)
                .sum();
            0.2 * voice * (1.0 + 0.5 * (TAU * 4.0 * t).sin())
        })
        .collect();
    Waveform {
        samples,
        sample_rate,
    }
}

/// Trains four steps in `parent/run`; returns the run directory.
pub(crate) fn trained(parent: &Path) -> PathBuf {
    corpus(parent);
    let line = "train --dataset corpus -o run --preset tiny --max-steps 4 -q --hparams";
    diktor(parent, &format!("{line} {QUICK}")).ok();
    parent.join("run")
}

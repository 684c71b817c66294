//! Runs the binary, and makes corpora to run it on.

use std::{
    collections::BTreeMap,
    f32::consts::TAU,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread::sleep,
    time::{Duration, Instant},
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

/// Adds utterances of tones with these numbers to a corpus.
pub(crate) fn add_tones(corpus: &Path, numbers: std::ops::Range<u16>) {
    let list = corpus.join("metadata.csv");
    let mut lines = fs::read_to_string(&list).unwrap();
    for number in numbers {
        let name = format!("tone-{number:02}");
        let wav = corpus.join("wavs").join(format!("{name}.wav"));
        write_wav(&wav, &tone(number, 0.6 + 0.01 * f32::from(number))).unwrap();
        let (tens, ones) = (usize::from(number / 12), usize::from(number % 12));
        lines += &format!("{name}|Dozen {} and {}.\n", NUMBERS[tens], NUMBERS[ones]);
    }
    fs::write(list, lines).unwrap();
}

/// Takes utterances out of a corpus.
pub(crate) fn remove_tones(corpus: &Path, names: &[&str]) {
    let list = corpus.join("metadata.csv");
    let text = fs::read_to_string(&list).unwrap();
    let kept = text.lines().filter(|line| {
        let name = line.split('|').next().unwrap();
        !names.contains(&name)
    });
    fs::write(
        &list,
        kept.map(|line| format!("{line}\n")).collect::<String>(),
    )
    .unwrap();
    for name in names {
        fs::remove_file(corpus.join("wavs").join(format!("{name}.wav"))).unwrap();
    }
}

/// Every file of a folder and what it holds; a folder holds nothing.
pub(crate) fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.insert(path.clone(), Vec::new());
            found.extend(contents(&path));
        } else {
            let bytes = fs::read(&path).unwrap();
            found.insert(path, bytes);
        }
    }
    found
}

/// Fails with the names of the files that differ.
pub(crate) fn assert_same(
    before: &BTreeMap<PathBuf, Vec<u8>>,
    after: &BTreeMap<PathBuf, Vec<u8>>,
    what: &str,
) {
    let names = before.keys().chain(after.keys());
    let changed: Vec<_> = names
        .filter(|name| before.get(*name) != after.get(*name))
        .collect();
    assert!(changed.is_empty(), "{what}: {changed:?}");
}

/// Sends a signal.
pub(crate) fn send(child: &Child, signal: &str) {
    let sent = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success(), "{signal}");
}

/// Waits until something holds.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let patience = Instant::now() + Duration::from_secs(120);
    while !holds() {
        assert!(Instant::now() < patience, "never: {what}");
        sleep(Duration::from_millis(30));
    }
}

/// Whether the record of the run in `folder/run` holds these words.
pub(crate) fn recorded(folder: &Path, words: &str) -> bool {
    fs::read_to_string(folder.join("run/events.jsonl")).is_ok_and(|text| text.contains(words))
}

/// A run in `folder/run` that would not end by itself for long, with these words added to its line; it has
/// made a step.
pub(crate) fn living(folder: &Path, hparams: &str, further: &str) -> Child {
    corpus(folder);
    let line = format!(
        "train --dataset corpus -o run --preset tiny --max-steps 100000 {further} --hparams \
         batch_size=4,max_decoder_steps=12,{hparams}"
    );
    let child = command(folder)
        .args(words(&line))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until("the run begins", || recorded(folder, "\"step\":2"));
    child
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

//! The verb that measures what is heard.

use std::path::PathBuf;

use clap::Args;

use super::{CorpusArgs, DeviceArgs, HparamsSource};

/// `diktor eval`
#[derive(Debug, Args)]
#[command(after_help = "\
Beside the voice stand the recordings themselves and their copy synthesis (mel and Griffin-Lim), so
that one sees what is the acoustic model's fault. Every figure has a 95 % interval, bootstrapped over
the sentences; what could not be measured is a dash, and absent from --json.

A recogniser is a command that is given the path of a WAV file in the place of `{}` and prints what
it hears: the text alone, or a JSON object with a field `text`. No shell reads the command.

Examples:
  diktor eval output/lj --recogniser \"python recognise.py {}\"
  diktor eval output/lj --recogniser \"python recognise.py {}\" --html heard.html --worst 5
  diktor eval voice.ckpt --texts sentences.txt --json > heard.json
  diktor eval voice.ckpt --texts other_recordings
  diktor eval voice.ckpt --hard
  diktor eval --recordings LJSpeech-1.1 --limit 50 --recogniser \"python recognise.py {}\"
  diktor eval --pairs pairs.txt")]
pub(crate) struct Eval {
    /// Checkpoint of the voice, or the directory of a run, whose best one is taken [default: the
    /// newest run in output/]; it speaks the held-out sentences of its run
    #[arg(value_name = "VOICE")]
    pub(crate) voice: Option<PathBuf>,
    /// Speak these instead: a text file with a sentence per line, or a folder or list of recordings
    #[arg(long, value_name = "PATH", conflicts_with_all = ["hard", "recordings", "pairs"])]
    pub(crate) texts: Option<PathBuf>,
    /// Speak the fifty hard sentences of its language instead: numbers, names, repetitions, one
    /// word, no end
    #[arg(long, conflicts_with_all = ["recordings", "pairs"])]
    pub(crate) hard: bool,
    /// Measure a folder or list of recordings instead of a voice
    #[arg(long, value_name = "PATH", conflicts_with_all = ["voice", "pairs"])]
    pub(crate) recordings: Option<PathBuf>,
    /// Measure pairs of files instead: lines `reference.wav|spoken.wav|text`, the text may be left
    /// out
    #[arg(long, value_name = "LIST", conflicts_with = "voice")]
    pub(crate) pairs: Option<PathBuf>,
    /// Command of a speech recogniser, `{}` is the recording
    #[arg(long, value_name = "COMMAND")]
    pub(crate) recogniser: Option<String>,
    /// Seconds that the recogniser may take for one sound
    #[arg(long, value_name = "SECONDS", default_value_t = 120.0)]
    pub(crate) recogniser_timeout: f64,
    /// Sentences at most, the first of them
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// Show so many sentences, the worst first, with what was heard
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) worst: usize,
    /// Write a page with players and mels side by side
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Keep the sounds in this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) sounds: Option<PathBuf>,
    /// Seed of the pre-net's dropout, of the phases and of the intervals
    #[arg(long, default_value_t = 1234, value_name = "N")]
    pub(crate) seed: u64,
    /// How recordings are read.
    #[command(flatten)]
    pub(crate) corpus: CorpusArgs,
    /// Mel parameters and cleaners, for recordings and pairs; a voice has its own.
    #[command(flatten)]
    pub(crate) source: HparamsSource,
    /// Where to compute.
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
}

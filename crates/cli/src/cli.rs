//! What can be typed: every verb, flag and example, and nothing about how it is done.

use std::path::PathBuf;

use clap::{Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use diktor_corpus::Layout;

/// Trains text-to-speech voices: a folder of recordings becomes a voice.
///
/// Logs and progress go to stderr, results to stdout. Exit codes: 0 done, 1 failed, 2 wrong usage
/// or configuration, 3 stopped by a red flag, 130 interrupted after saving.
#[derive(Debug, Parser)]
#[command(name = "diktor", version, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// What every verb understands.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  diktor quickstart                                 the whole way on the bundled corpus
  diktor train --dataset my_voice -o output/my_voice --preset base
  diktor train --resume -o output/my_voice          go on after a stop
  diktor synthesize --checkpoint output/my_voice/checkpoints/best_model.ckpt \\
      --text \"Hello there.\" -o hello.wav

`diktor help <verb>` explains one verb, `diktor hparams` every hyper-parameter.";

/// Flags of every verb.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Print the result as one JSON object on stdout
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub(crate) json: bool,
    /// Processor threads [default: every core, or RAYON_NUM_THREADS]; the same number gives the
    /// same bits
    #[arg(long, global = true, value_name = "N", help_heading = "Everywhere")]
    pub(crate) threads: Option<std::num::NonZeroUsize>,
    /// Log more; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Everywhere")]
    pub(crate) verbose: u8,
    /// Log errors only and show no progress
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "verbose",
        help_heading = "Everywhere"
    )]
    pub(crate) quiet: bool,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Train a small voice on the bundled corpus, let it speak, and write a report
    Quickstart(Quickstart),
    /// Look over recordings and turn them into a dataset
    #[command(subcommand)]
    Prepare(Prepare),
    /// Train a voice on a folder of recordings
    Train(Train),
    /// Speak a text with a trained voice
    Synthesize(Synthesize),
    /// Turn a PyTorch or safetensors checkpoint of Tacotron 2 into ours
    Import(Import),
    /// Write the weights of a voice under NVIDIA's names
    Export(Export),
    /// List every hyper-parameter, or explain one
    Hparams(HparamsArgs),
    /// Write `report.html` of a run
    Report(Report),
    /// Measure the speed of this machine
    #[command(subcommand)]
    Bench(Bench),
    /// Say what this machine has and whether a training can run here
    Doctor(Doctor),
}

/// Language of the bundled corpus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// English
    En,
    /// Russian
    Ru,
}

/// `diktor quickstart`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  diktor quickstart
  diktor quickstart --lang ru --text \"Добрый вечер.\"
  diktor quickstart --seed 7 --json > quickstart.json")]
pub(crate) struct Quickstart {
    /// Which half of the bundled corpus
    #[arg(long, value_enum, default_value = "en")]
    pub(crate) lang: Language,
    /// A sentence of yours that the voice speaks at the end
    #[arg(long, value_name = "TEXT")]
    pub(crate) text: Option<String>,
    /// Seed of everything random
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Run directory [default: the first free of output/quickstart, output/quickstart-2, ...]
    #[arg(short, long, alias = "output-directory", value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Optimiser steps [default: the preset's]
    #[arg(long, alias = "max-steps", value_name = "N")]
    pub(crate) steps: Option<u64>,
    /// Other hyper-parameters, `name=value,name=[1,2]`
    #[arg(long, value_name = "LIST")]
    pub(crate) hparams: Option<String>,
    /// Where to compute.
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
}

/// Where to compute.
#[derive(Debug, Args)]
pub(crate) struct DeviceArgs {
    /// Device: `cpu`, `vulkan:0`, `cuda:0`, ...; `diktor doctor` lists what there is
    #[arg(long, default_value = "cpu", value_name = "DEVICE")]
    pub(crate) device: String,
}

/// How recordings are read.
#[derive(Debug, Args)]
pub(crate) struct CorpusArgs {
    /// Layout of the recordings: `ljspeech` (`metadata.csv` beside `wavs/`) or `filelist` (lines
    /// `path|text`) [default: found out]
    #[arg(long, value_name = "LAYOUT")]
    pub(crate) layout: Option<Layout>,
    /// Convert recordings of another sampling rate instead of refusing them
    #[arg(long)]
    pub(crate) resample: bool,
}

/// Where hyper-parameters come from; later ones win.
#[derive(Debug, Args)]
pub(crate) struct HparamsSource {
    /// Language of the texts; sets `text_cleaners` [default: told from the letters of the corpus]
    #[arg(long, value_enum)]
    pub(crate) lang: Option<Language>,
    /// Named set of hyper-parameters: tiny, demo, base, ...
    #[arg(long, value_name = "NAME")]
    pub(crate) preset: Option<String>,
    /// YAML file with hyper-parameters
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Hyper-parameters, `name=value,name=[1,2]`; wins over everything else
    #[arg(long, value_name = "LIST")]
    pub(crate) hparams: Option<String>,
}

/// `diktor prepare`
#[derive(Debug, Subcommand)]
pub(crate) enum Prepare {
    /// Check a folder of recordings, split it, and write the lists a training reads
    Import(PrepareImport),
    /// Say what a folder of recordings holds
    Stats(PrepareStats),
}

/// `diktor prepare import`
#[derive(Debug, Args)]
#[command(after_help = "\
Writes train.csv and val.csv (`path|text`), statistics.json and problems.json.

Examples:
  diktor prepare import LJSpeech-1.1 -o data/dataset
  diktor prepare import filelist.txt -o data/dataset --lang ru
  diktor train --hparams \"training_files=data/dataset/train.csv,validation_files=data/dataset/val.csv\"")]
pub(crate) struct PrepareImport {
    /// Folder or list of recordings
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// Folder for the lists
    #[arg(short, long, alias = "output-directory", value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// Utterances to hold out for validation [default: 5 %, 20 to 200]
    #[arg(long, value_name = "N")]
    pub(crate) validation: Option<usize>,
    /// How the recordings are read.
    #[command(flatten)]
    pub(crate) corpus: CorpusArgs,
    /// Sampling rate, cleaners and limits of length.
    #[command(flatten)]
    pub(crate) source: HparamsSource,
}

/// `diktor prepare stats`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  diktor prepare stats LJSpeech-1.1
  diktor prepare stats LJSpeech-1.1 --json > statistics.json")]
pub(crate) struct PrepareStats {
    /// Folder or list of recordings
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// How the recordings are read.
    #[command(flatten)]
    pub(crate) corpus: CorpusArgs,
    /// Sampling rate, cleaners and limits of length.
    #[command(flatten)]
    pub(crate) source: HparamsSource,
}

/// `diktor train`
#[derive(Debug, Args)]
#[command(after_help = "\
Hyper-parameters: defaults < --preset < --config < flags < --hparams.
Ctrl-C saves and ends with 130; a second one ends at once.

Examples:
  diktor train --dataset LJSpeech-1.1 -o output/lj --preset base
  diktor train --dataset LJSpeech-1.1 -o output/lj --batch-size 16 --hparams \"seed=7,r_max=3\"
  diktor train --resume -o output/lj --max-steps 20000
  diktor train --dataset mine -o output/mine -c lj.ckpt --warm-start")]
pub(crate) struct Train {
    /// Folder or list of recordings, checked and split here; without it the lists named by
    /// `training_files` and `validation_files`
    #[arg(long, value_name = "PATH")]
    pub(crate) dataset: Option<PathBuf>,
    /// Run directory [default: output/<name of the dataset>]
    #[arg(short, long, alias = "output-directory", value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Go on with the run in the run directory
    #[arg(long, conflicts_with_all = ["dataset", "checkpoint", "warm_start"])]
    pub(crate) resume: bool,
    /// Start from this checkpoint
    #[arg(short, long, alias = "checkpoint-path", value_name = "FILE")]
    pub(crate) checkpoint: Option<PathBuf>,
    /// Take only the weights of --checkpoint, without those of `ignore_layers`
    #[arg(long, requires = "checkpoint")]
    pub(crate) warm_start: bool,
    /// Passes over the data
    #[arg(long, value_name = "N")]
    pub(crate) epochs: Option<u64>,
    /// Optimiser steps; 0 leaves the length to --epochs
    #[arg(long, value_name = "N")]
    pub(crate) max_steps: Option<u64>,
    /// Utterances per step
    #[arg(long, value_name = "N")]
    pub(crate) batch_size: Option<u64>,
    /// Base learning rate
    #[arg(long, value_name = "RATE")]
    pub(crate) learning_rate: Option<f64>,
    /// Hyper-parameters.
    #[command(flatten)]
    pub(crate) source: HparamsSource,
    /// Convert recordings of another sampling rate instead of refusing them
    #[arg(long)]
    pub(crate) resample: bool,
    /// Where to compute.
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
}

/// A switch that is said aloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    /// Yes
    On,
    /// No
    Off,
}

/// When a sentence ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StopArg {
    /// The stop gate alone, as in the reference
    Gate,
    /// The stop gate, not before half of the text; also when the attention rests on the last
    /// symbol, or the text cannot be that long
    Guarded,
}

/// `diktor synthesize`
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["text", "file", "ids"]))]
#[command(after_help = "\
Examples:
  diktor synthesize --checkpoint voice.ckpt --text \"Hello there.\" -o hello.wav
  diktor synthesize --checkpoint voice.ckpt --file book.txt -o book.wav
  diktor synthesize --checkpoint voice.ckpt --ids 5,17,33 --prenet-dropout off --stop gate \\
      --mel-output mel.npy --alignment-output alignment.png -o x.wav")]
pub(crate) struct Synthesize {
    /// Checkpoint of the voice
    #[arg(short, long, alias = "checkpoint-path", value_name = "FILE")]
    pub(crate) checkpoint: PathBuf,
    /// Text to speak
    #[arg(long, value_name = "TEXT")]
    pub(crate) text: Option<String>,
    /// Text file to speak, one utterance per line
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Symbol ids to speak, as they are
    #[arg(long, value_name = "N,N,...", value_delimiter = ',')]
    pub(crate) ids: Option<Vec<u32>>,
    /// WAV file to write
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write the mel spectrogram, float32 `[frames, bins]`
    #[arg(long, value_name = "FILE.npy")]
    pub(crate) mel_output: Option<PathBuf>,
    /// Write a picture of the alignment
    #[arg(long, value_name = "FILE.png")]
    pub(crate) alignment_output: Option<PathBuf>,
    /// Dropout of the pre-net while speaking: part of the model's method, and what makes a
    /// voice vary
    #[arg(long, value_enum, default_value = "on")]
    pub(crate) prenet_dropout: Switch,
    /// Seed of the pre-net's dropout and of the phases
    #[arg(long, default_value_t = 1234, value_name = "N")]
    pub(crate) seed: u64,
    /// When a sentence ends
    #[arg(long, value_enum, default_value = "guarded")]
    pub(crate) stop: StopArg,
    /// Probability at which the gate stops [default: the voice's]
    #[arg(long, value_name = "P")]
    pub(crate) gate_threshold: Option<f64>,
    /// Decoder steps at most [default: the voice's]
    #[arg(long, value_name = "N")]
    pub(crate) max_decoder_steps: Option<usize>,
    /// Where to compute.
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
}

/// `diktor import`
#[derive(Debug, Args)]
#[command(after_help = "\
Dimensions are read off the tensors. Nothing in the file is executed.

Examples:
  diktor import tacotron2_statedict.pt -o tacotron2.ckpt
  diktor import weights.safetensors -o voice.ckpt --lang en")]
pub(crate) struct Import {
    /// `.pt` (either format of PyTorch) or `.safetensors`
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Checkpoint to write
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Hyper-parameters that the file does not say (cleaners, mel parameters).
    #[command(flatten)]
    pub(crate) source: HparamsSource,
}

/// `diktor export`
#[derive(Debug, Args)]
#[command(after_help = "\
The ending of the output chooses the format.

Examples:
  diktor export output/lj/checkpoints/best_model.ckpt -o lj.safetensors
  diktor export output/lj/checkpoints/best_model.ckpt -o lj.pt")]
pub(crate) struct Export {
    /// Checkpoint to read
    #[arg(value_name = "CHECKPOINT")]
    pub(crate) checkpoint: PathBuf,
    /// `.safetensors` or `.pt` (NVIDIA's names, under `state_dict`)
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

/// `diktor hparams`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  diktor hparams
  diktor hparams guide_loss_weight
  diktor hparams --preset demo --json")]
pub(crate) struct HparamsArgs {
    /// Explain this one
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Show the values of this preset
    #[arg(long, value_name = "NAME")]
    pub(crate) preset: Option<String>,
    /// Print the page of the manual about them
    #[arg(long, value_enum, value_name = "LANG")]
    pub(crate) markdown: Option<Language>,
}

/// `diktor report`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  diktor report output/lj")]
pub(crate) struct Report {
    /// Run directory
    #[arg(value_name = "RUN")]
    pub(crate) run: PathBuf,
    /// Language of the report's own words [default: that of the run, `locale`]
    #[arg(long, value_enum)]
    pub(crate) lang: Option<Language>,
}

/// `diktor bench`
#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// Time training steps on random data
    Train(BenchTrain),
    /// Time free-running synthesis on random weights
    Synthesize(BenchSynthesize),
}

/// `diktor bench train`
#[derive(Debug, Args)]
#[command(after_help = "\
A step is forward, backward, clipping and Adam on one batch of equal lengths; steps before the
timed ones warm up. Frames per second count mel frames of the batch.

Examples:
  diktor bench train --preset base --batch-size 8
  diktor bench train --preset tiny --batch-size 4 --text-len 40 --mel-len 120 --steps 3 --json")]
pub(crate) struct BenchTrain {
    /// Named set of hyper-parameters
    #[arg(long, default_value = "base", value_name = "NAME")]
    pub(crate) preset: String,
    /// Hyper-parameters over the preset's
    #[arg(long, value_name = "LIST")]
    pub(crate) hparams: Option<String>,
    /// Utterances per step
    #[arg(long, default_value_t = 8, value_name = "N")]
    pub(crate) batch_size: usize,
    /// Symbols per utterance
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub(crate) text_len: usize,
    /// Mel frames per utterance
    #[arg(long, default_value_t = 400, value_name = "N")]
    pub(crate) mel_len: usize,
    /// Timed steps
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub(crate) steps: usize,
    /// Steps before the timed ones
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) warmup: usize,
    /// Where to compute.
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
}

/// `diktor bench synthesize`
#[derive(Debug, Args)]
#[command(after_help = "\
The weights are random and the gate never fires, so that every pass makes the same frames.

Examples:
  diktor bench synthesize --preset base --mel-len 400
  diktor bench synthesize --preset base --batch-size 8 --json")]
pub(crate) struct BenchSynthesize {
    /// Named set of hyper-parameters
    #[arg(long, default_value = "base", value_name = "NAME")]
    pub(crate) preset: String,
    /// Hyper-parameters over the preset's
    #[arg(long, value_name = "LIST")]
    pub(crate) hparams: Option<String>,
    /// Utterances at once
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) batch_size: usize,
    /// Symbols per utterance
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub(crate) text_len: usize,
    /// Mel frames per utterance
    #[arg(long, default_value_t = 400, value_name = "N")]
    pub(crate) mel_len: usize,
    /// Timed passes
    #[arg(long, default_value_t = 3, value_name = "N")]
    pub(crate) steps: usize,
    /// Passes before the timed ones
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) warmup: usize,
    /// Where to compute.
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
}

/// `diktor doctor`
#[derive(Debug, Args)]
#[command(after_help = "\
Ends with 1 when a training could not run here.

Examples:
  diktor doctor
  diktor doctor -o /data/runs --json")]
pub(crate) struct Doctor {
    /// Folder where runs would be written
    #[arg(
        short,
        long,
        alias = "output-directory",
        default_value = "output",
        value_name = "DIR"
    )]
    pub(crate) output: PathBuf,
}

impl Cli {
    /// Reads the command line.
    ///
    /// # Errors
    /// What clap says about it, including the text of `--help` and `--version`.
    pub(crate) fn read<I, T>(arguments: I) -> Result<Self, clap::Error>
    where
        I: IntoIterator<Item = T>,
        T: Into<std::ffi::OsString> + Clone,
    {
        let matches = with_underscores(Self::command()).try_get_matches_from(arguments)?;
        Self::from_arg_matches(&matches)
    }
}

/// Every long flag answers to its underscored spelling too: `--batch_size`, as in the scripts that
/// people come from.
fn with_underscores(command: Command) -> Command {
    let command = command.mut_args(|argument| {
        let longs = argument.get_long_and_visible_aliases().unwrap_or_default();
        let hidden = argument.get_all_aliases().unwrap_or_default();
        let spelled: Vec<String> = longs
            .iter()
            .chain(&hidden)
            .filter(|name| name.contains('-'))
            .map(|name| name.replace('-', "_"))
            .collect();
        argument.aliases(spelled)
    });
    let names: Vec<String> = command
        .get_subcommands()
        .map(|verb| verb.get_name().to_owned())
        .collect();
    names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, with_underscores)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        with_underscores(Cli::command()).debug_assert();
    }

    #[test]
    fn underscored_flags_are_understood() {
        let line = [
            "diktor",
            "train",
            "--batch_size",
            "4",
            "--output_directory",
            "x",
            "--max_steps=9",
        ];
        let Verb::Train(train) = Cli::read(line).unwrap().verb else {
            panic!("not `train`")
        };
        assert_eq!((train.batch_size, train.max_steps), (Some(4), Some(9)));
        assert_eq!(train.output, Some(PathBuf::from("x")));
    }

    #[test]
    fn every_verb_has_an_example() {
        fn check(command: &Command, path: &str) {
            let mut leaf = true;
            for verb in command.get_subcommands() {
                leaf = false;
                check(verb, &format!("{path} {}", verb.get_name()));
            }
            let help = command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            assert!(
                !leaf || help.contains("Examples:"),
                "`{path}` has no example"
            );
        }
        check(&Cli::command(), "diktor");
    }

    #[test]
    fn every_verb_takes_json() {
        for line in [
            "doctor",
            "hparams",
            "report x",
            "prepare stats x",
            "bench train",
        ] {
            let words = std::iter::once("diktor")
                .chain(line.split(' '))
                .chain(["--json"]);
            assert!(Cli::read(words).unwrap().global.json, "{line}");
        }
    }
}

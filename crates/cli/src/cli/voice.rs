//! Verbs that work on a voice: synthesize, import, export.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{DeviceArgs, HparamsSource};

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
  diktor synthesize --text \"Hello there.\" -o hello.wav
  diktor synthesize --checkpoint voice.ckpt --text \"Hello there.\" -o hello.wav
  diktor synthesize --checkpoint voice.ckpt --file book.txt -o book.wav
  diktor synthesize --checkpoint voice.ckpt --text \"Really?\" --reference asked.wav -o really.wav
  diktor synthesize --checkpoint voice.ckpt --ids 5,17,33 --prenet-dropout off --stop gate \\
      --mel-output mel.npy --alignment-output alignment.png -o x.wav")]
pub(crate) struct Synthesize {
    /// Checkpoint of the voice, or the directory of a run, whose best one is taken [default: the
    /// newest run in output/]
    #[arg(short, long, alias = "checkpoint-path", value_name = "FILE")]
    pub(crate) checkpoint: Option<PathBuf>,
    /// Text to speak
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) text: Option<String>,
    /// Text file to speak, one utterance per line; a line of dashes or stars is a pause, `-` is
    /// standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Speak nothing of --file when one of its lines cannot be spoken
    #[arg(long, requires = "file")]
    pub(crate) strict: bool,
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
    /// Speak in the manner of this recording; for voices with style tokens
    #[arg(long, value_name = "FILE", conflicts_with = "style_token")]
    pub(crate) reference: Option<PathBuf>,
    /// Speak in the manner of one style token, counted from 0 [default: as the text suggests, where
    /// the voice has learnt to tell, else in none]
    #[arg(long, value_name = "N")]
    pub(crate) style_token: Option<usize>,
    /// How strongly; 0 is no style at all
    #[arg(
        long,
        default_value_t = 0.3,
        value_name = "X",
        requires = "style_token"
    )]
    pub(crate) style_scale: f32,
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
  diktor import tacotron2_statedict.pt -o tacotron2.ckpt --symbols nvidia
  diktor import weights.safetensors -o voice.ckpt --lang en
  diktor import checkpoint_50000 -o voice.ckpt --symbols symbols.txt")]
pub(crate) struct Import {
    /// `.pt` (either format of PyTorch) or `.safetensors`
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Checkpoint to write
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Symbols that the voice was trained with: `nvidia`, `russian`, or a file with one a line or a
    /// JSON list, in the order of their numbers [default: those of `--lang`, if as many]
    #[arg(long, value_name = "FILE|TABLE")]
    pub(crate) symbols: Option<String>,
    /// Hyper-parameters that the file does not say (cleaners, mel parameters).
    #[command(flatten)]
    pub(crate) source: HparamsSource,
}

/// `diktor export`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "\
The ending of the output chooses the format.

Examples:
  diktor export output/lj/checkpoints/best_model.ckpt -o lj.safetensors
  diktor export output/lj/checkpoints/best_model.ckpt -o lj.pt
  diktor export mlflow-db output/lj -o lj.db")]
pub(crate) struct Export {
    /// What else can be written.
    #[command(subcommand)]
    pub(crate) record: Option<ExportRecord>,
    /// Checkpoint to read, or the directory of a run, whose best one is taken
    #[arg(value_name = "CHECKPOINT", required = true)]
    pub(crate) checkpoint: Option<PathBuf>,
    /// `.safetensors` or `.pt` (NVIDIA's names, under `state_dict`)
    #[arg(short, long, value_name = "FILE", required = true)]
    pub(crate) output: Option<PathBuf>,
}

/// Records of runs, for other programs.
#[derive(Debug, Subcommand)]
pub(crate) enum ExportRecord {
    /// Write runs into a database that a stock `mlflow server` opens
    MlflowDb(MlflowDb),
}

/// `diktor export mlflow-db`
#[derive(Debug, Args)]
#[command(after_help = "\
Nothing is sent anywhere, and no server has to run. Pictures, sounds and checkpoints stay in the run
directories, where the database says they are.

Examples:
  diktor export mlflow-db output/lj -o lj.db
  diktor export mlflow-db output/lj output/lj2 -o all.db
  mlflow server --backend-store-uri sqlite:///all.db")]
pub(crate) struct MlflowDb {
    /// Run directories, or folders of runs [default: the newest run in output/]
    #[arg(value_name = "RUN")]
    pub(crate) runs: Vec<PathBuf>,
    /// Database to write; it must not be there yet
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

//! Verbs that look, deliver and measure: hparams, report, sync, check, why, alert, bench, doctor.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{DeviceArgs, Language};

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
    /// Run directory [default: the newest run in output/]
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<PathBuf>,
    /// Language of the report's own words [default: that of the run, `locale`]
    #[arg(long, value_enum)]
    pub(crate) lang: Option<Language>,
}

/// `diktor sync`
#[derive(Debug, Args)]
#[command(after_help = "\
Brings everything to the server that it lacks of the run, in order and once; may be repeated at any
time. Ends with 1 when something still waits or was refused for good.

Examples:
  diktor sync output/lj
  diktor sync output/lj --tracking-uri http://host:5000 --experiment tts")]
pub(crate) struct SyncArgs {
    /// Run directory [default: the newest run in output/]
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<PathBuf>,
    /// Address of the MLflow server [default: that of the run, or MLFLOW_TRACKING_URI]
    #[arg(long, value_name = "URI")]
    pub(crate) tracking_uri: Option<String>,
    /// Experiment [default: that of the run, MLFLOW_EXPERIMENT_NAME, or Default]
    #[arg(long, value_name = "NAME")]
    pub(crate) experiment: Option<String>,
    /// How long a server that does not answer is asked again
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    pub(crate) patience: u64,
}

/// `diktor check`
#[derive(Debug, Args)]
#[command(after_help = "\
What a run has come to, the indicators that it should meet (gradient norm < 10, diagonality > 0.7,
gate accuracy > 0.8, no restart at step 0, validation loss < 1, quality > 80 %) and four red flags
that should stop it. Ends with 1 when a red flag is raised, when the run stopped itself or broke
off, and when it came to nothing.

Examples:
  diktor check --critical-metrics output/lj
  diktor check --critical-metrics output/lj --json
  diktor check --critical-metrics --mlflow http://host:5000 --run 0a1b2c")]
pub(crate) struct Check {
    /// Run directory [default: the newest run in output/]
    #[arg(value_name = "RUN")]
    pub(crate) directory: Option<PathBuf>,
    /// Read the run from this MLflow server instead
    #[arg(
        long,
        value_name = "URI",
        requires = "run",
        conflicts_with = "directory"
    )]
    pub(crate) mlflow: Option<String>,
    /// Its id there, the beginning of its id, or its name
    #[arg(long, alias = "run-id", value_name = "ID", requires = "mlflow")]
    pub(crate) run: Option<String>,
    /// Measure the critical indicators and the red flags; there is no other check, so it may be
    /// left out
    #[arg(long)]
    pub(crate) critical_metrics: bool,
    /// Language of the table [default: that of the run, `locale`]
    #[arg(long, alias = "locale", value_enum)]
    pub(crate) lang: Option<Language>,
}

/// `diktor why`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  diktor why output/lj
  diktor why output/lj --lang ru
  diktor why output/lj --json")]
pub(crate) struct Why {
    /// Run directory [default: the newest run in output/]
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<PathBuf>,
    /// Language of the answer [default: that of the run, `locale`]
    #[arg(long, alias = "locale", value_enum)]
    pub(crate) lang: Option<Language>,
}

/// `diktor alert`
#[derive(Debug, Subcommand)]
pub(crate) enum Alert {
    /// Send one message of each kind to every channel that is configured
    Test(AlertTest),
}

/// `diktor alert test`
#[derive(Debug, Args)]
#[command(after_help = "\
Channels come from the environment (TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID, SLACK_WEBHOOK_URL,
SMTP_URL) and from the sections telegram, slack, email and alerts of --config. Ends with 1 when a
channel did not take every message, with 2 when there is none.

Examples:
  diktor alert test
  diktor alert test --config voice.yaml --lang ru
  diktor alert test --json")]
pub(crate) struct AlertTest {
    /// YAML file with the sections
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Language of the messages
    #[arg(long, alias = "locale", value_enum, default_value = "en")]
    pub(crate) lang: Language,
}

/// `diktor bench`
#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// Time training steps on random data
    Train(BenchTrain),
    /// Time free-running synthesis on random weights
    Synthesize(BenchSynthesize),
    /// Time the extraction of mel spectrograms, on one thread
    Mel(BenchMel),
    /// Time what it costs to record a step, beside the step itself
    Tracking(BenchTracking),
}

/// `diktor bench tracking`
#[derive(Debug, Args)]
#[command(after_help = "\
Steps of random figures go to every sink of a run (log, store, TensorBoard) in a folder that is
removed afterwards; then training steps are timed as `bench train` does.

Examples:
  diktor bench tracking --preset base --batch-size 8
  diktor bench tracking --preset demo --metrics 40 --records 10000 --json")]
pub(crate) struct BenchTracking {
    /// Metrics of a step
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub(crate) metrics: usize,
    /// Steps that are recorded
    #[arg(long, default_value_t = 3000, value_name = "N")]
    pub(crate) records: usize,
    /// The training step beside which they are put.
    #[command(flatten)]
    pub(crate) train: BenchTrain,
}

/// `diktor bench mel`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  diktor bench mel
  diktor bench mel --seconds 600 --json")]
pub(crate) struct BenchMel {
    /// Length of the sound
    #[arg(long, default_value_t = 60.0, value_name = "SECONDS")]
    pub(crate) seconds: f64,
    /// Timed extractions
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub(crate) steps: usize,
    /// Extractions before the timed ones
    #[arg(long, default_value_t = 2, value_name = "N")]
    pub(crate) warmup: usize,
}

/// What both benches of a network have: the network and the sizes it is given.
#[derive(Debug, Args)]
pub(crate) struct BenchSubject {
    /// Named set of hyper-parameters
    #[arg(long, default_value = "base", value_name = "NAME")]
    pub(crate) preset: String,
    /// Hyper-parameters over the preset's
    #[arg(long, value_name = "LIST")]
    pub(crate) hparams: Option<String>,
    /// Symbols per utterance
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub(crate) text_len: usize,
    /// Mel frames per utterance
    #[arg(long, default_value_t = 400, value_name = "N")]
    pub(crate) mel_len: usize,
    /// Where to compute.
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
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
    /// What is timed.
    #[command(flatten)]
    pub(crate) subject: BenchSubject,
    /// Utterances per step
    #[arg(long, default_value_t = 8, value_name = "N")]
    pub(crate) batch_size: usize,
    /// Timed steps
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub(crate) steps: usize,
    /// Steps before the timed ones
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) warmup: usize,
}

/// `diktor bench synthesize`
#[derive(Debug, Args)]
#[command(after_help = "\
The weights are random and the gate never fires, so that every pass makes the same frames.

Examples:
  diktor bench synthesize --preset base --mel-len 400
  diktor bench synthesize --preset base --batch-size 8 --json")]
pub(crate) struct BenchSynthesize {
    /// What is timed.
    #[command(flatten)]
    pub(crate) subject: BenchSubject,
    /// Utterances at once
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) batch_size: usize,
    /// Timed passes
    #[arg(long, default_value_t = 3, value_name = "N")]
    pub(crate) steps: usize,
    /// Passes before the timed ones
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) warmup: usize,
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

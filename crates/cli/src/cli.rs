//! What can be typed: every verb, flag and example, and nothing about how it is done.

mod data;
mod eval;
pub(crate) mod older;
mod remote;
mod text;
mod tools;
mod voice;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

pub(crate) use data::{
    CorpusArgs, Prepare, PrepareImport, PrepareQuarantine, PrepareStats, PrepareTranscripts,
    Quickstart, Recover, Train, TrainMode,
};
pub(crate) use eval::Eval;
pub(crate) use remote::{
    Artifact, ArtifactGet, ArtifactKeygen, ArtifactList, Mlflow, Rbac, RbacApply, ServerArgs,
};
pub(crate) use text::{PrepareTexts, ReaderArgs, Text};
pub(crate) use tools::{
    Alert, AlertTest, Bench, BenchMel, BenchSynthesize, BenchTracking, BenchTrain, Check, Doctor,
    HparamsArgs, Report, SyncArgs, Why,
};
pub(crate) use voice::{Export, ExportRecord, Import, MlflowDb, StopArg, Switch, Synthesize};

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
  diktor synthesize --text \"Hello there.\" -o hello.wav    with the newest voice

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
    /// Go on with a broken run from its soundest checkpoint, more carefully
    Recover(Recover),
    /// Speak a text with a trained voice
    Synthesize(Synthesize),
    /// Measure what is heard of a voice, of recordings, or of pairs of files
    Eval(Eval),
    /// Show what a text becomes, token by token
    Text(Text),
    /// Turn a PyTorch or safetensors checkpoint of Tacotron 2 into ours
    Import(Import),
    /// Write the weights of a voice under NVIDIA's names, or runs for MLflow
    Export(Export),
    /// List every hyper-parameter, or explain one
    Hparams(HparamsArgs),
    /// Write `report.html` of a run
    Report(Report),
    /// Deliver a run to an MLflow server
    Sync(SyncArgs),
    /// Measure a run against the critical indicators and the red flags
    Check(Check),
    /// Say what is wrong with a run, with the evidence and the next action
    Why(Why),
    /// Try the channels by which a run tells people
    #[command(subcommand)]
    Alert(Alert),
    /// Fetch what a run left at MLflow, and make the keys that seal it
    #[command(subcommand)]
    Artifact(Artifact),
    /// Manage who may do what on an MLflow server
    #[command(subcommand)]
    Mlflow(Mlflow),
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

/// Where to compute.
#[derive(Debug, Args)]
pub(crate) struct DeviceArgs {
    /// Device: `cpu`, `vulkan:0`, `cuda:0`, ...; `diktor doctor` lists what there is
    #[arg(long, default_value = "cpu", value_name = "DEVICE")]
    pub(crate) device: String,
}

/// Who may look on while a run goes.
#[derive(Debug, Default, Args)]
pub(crate) struct OnlookerArgs {
    /// Serve figures of the run to Prometheus at this address, such as 127.0.0.1:9464
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) metrics_addr: Option<SocketAddr>,
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
            "check x",
            "sync x",
            "export mlflow-db x -o y",
            "why x",
            "text x",
            "prepare texts x",
            "prepare stats x",
            "alert test",
            "bench train",
            "eval x",
        ] {
            let words = std::iter::once("diktor")
                .chain(line.split(' '))
                .chain(["--json"]);
            assert!(Cli::read(words).unwrap().global.json, "{line}");
        }
    }
}

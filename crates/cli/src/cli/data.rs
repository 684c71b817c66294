//! Verbs that work on recordings: quickstart, prepare, train.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use diktor_corpus::{BadPolicy, Columns, Layout, Reading};

use super::{DeviceArgs, HparamsSource, Language, OnlookerArgs, PrepareTexts};

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
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
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
    /// Who may look on.
    #[command(flatten)]
    pub(crate) onlookers: OnlookerArgs,
    /// Where to compute.
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
}

/// How recordings are read.
#[derive(Debug, Default, Args)]
pub(crate) struct CorpusArgs {
    /// Layout of the recordings: `ljspeech` (lines `id|text`), `filelist` (lines `path|text`) or
    /// `pairs` (a text beside each recording) [default: found out]
    #[arg(long, value_name = "LAYOUT")]
    pub(crate) layout: Option<Layout>,
    /// What the columns of the list hold, in their order: `path`, `text`, `normalised`, `speaker`,
    /// `language`, or `-` for one that is not read [default: found out]
    #[arg(long, value_name = "LIST")]
    pub(crate) columns: Option<Columns>,
    /// Keep only what this speaker of the list says
    #[arg(long, value_name = "NAME")]
    pub(crate) speaker: Option<String>,
    /// Leave out bad recordings and bad lines, however many they are, instead of refusing the corpus
    #[arg(long)]
    pub(crate) drop_bad: bool,
    /// Convert recordings of another sampling rate instead of refusing them
    #[arg(long)]
    pub(crate) resample: bool,
}

impl CorpusArgs {
    /// What is said of the corpus, apart from its sampling rate.
    pub(crate) fn reading(&self) -> Reading {
        Reading {
            layout: self.layout,
            columns: self.columns.clone(),
            speaker: self.speaker.clone(),
            bad: if self.drop_bad {
                BadPolicy::Drop
            } else {
                BadPolicy::Refuse
            },
        }
    }
}

/// `diktor prepare`
#[derive(Debug, Subcommand)]
pub(crate) enum Prepare {
    /// Check a folder of recordings, split it, and write the lists a training reads
    Import(PrepareImport),
    /// Say what a folder of recordings holds
    Stats(PrepareStats),
    /// Say which transcripts fit their recordings no better than others do, before any training
    Transcripts(PrepareTranscripts),
    /// Say what is doubtful in the texts of a list: what no voice can say, what is guessed
    Texts(PrepareTexts),
    /// Leave out utterances that a run found to be unlike the rest, once you have listened to them
    Quarantine(PrepareQuarantine),
}

/// `diktor prepare quarantine`
#[derive(Debug, Args)]
#[command(after_help = "\
A run judges its utterances and proposes a list, quarantine.csv; worst.html plays them. Nothing is
left out until you confirm it here and give the list to a training.

Examples:
  diktor prepare quarantine output/lj
  diktor prepare quarantine output/lj --confirm LJ001-0007,LJ014-0123
  diktor prepare quarantine output/lj --confirm-all -o quarantine.csv
  diktor train --dataset LJSpeech-1.1 -o output/lj2 --hparams quarantine_file=quarantine.csv")]
pub(crate) struct PrepareQuarantine {
    /// Run directory [default: the newest run in output/]
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<PathBuf>,
    /// Confirm these utterances
    #[arg(
        long,
        value_name = "ID",
        value_delimiter = ',',
        conflicts_with = "confirm_all"
    )]
    pub(crate) confirm: Vec<String>,
    /// Confirm all that are proposed
    #[arg(long)]
    pub(crate) confirm_all: bool,
    /// Confirmed list; what is already in it stays [default: dataset/quarantine.csv of the run]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
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
  diktor prepare stats list.csv --columns speaker,path,text --speaker anna
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

impl PrepareStats {
    /// The recordings as another command is told of them: their path, and what was said of it.
    pub(crate) fn recordings(&self) -> String {
        let Self {
            path,
            corpus,
            source,
        } = self;
        let told = [
            ("--layout", corpus.layout.map(|layout| layout.to_string())),
            (
                "--columns",
                corpus.columns.as_ref().map(ToString::to_string),
            ),
            ("--speaker", corpus.speaker.clone()),
            (
                "--lang",
                source
                    .lang
                    .and_then(|lang| Some(lang.to_possible_value()?.get_name().to_owned())),
            ),
            (
                "--config",
                source
                    .config
                    .as_ref()
                    .map(|file| file.display().to_string()),
            ),
            ("--hparams", source.hparams.clone()),
        ];
        let told = told
            .into_iter()
            .filter_map(|(flag, value)| Some([flag.to_owned(), value?]));
        let switches = [
            ("--drop-bad", corpus.drop_bad),
            ("--resample", corpus.resample),
        ];
        let switches = switches.into_iter().filter(|(_, is_on)| *is_on);
        let words = std::iter::once(path.display().to_string())
            .chain(told.flatten())
            .chain(switches.map(|(flag, _)| flag.to_owned()));
        let words: Vec<String> = words
            .map(|word| shlex::try_quote(&word).map_or(word.clone(), |quoted| quoted.into_owned()))
            .collect();
        words.join(" ")
    }
}

/// `diktor prepare transcripts`
#[derive(Debug, Args)]
#[command(after_help = "\
A model too small to know a text by heart compares each recording with its own transcript and with
those of others. Listen to what is proposed before you leave it out.

Examples:
  diktor prepare transcripts LJSpeech-1.1
  diktor prepare transcripts LJSpeech-1.1 -o quarantine.csv
  diktor train --dataset LJSpeech-1.1 -o output/lj --hparams quarantine_file=quarantine.csv")]
pub(crate) struct PrepareTranscripts {
    /// Folder or list of recordings
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// List of what is proposed to be left out
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// How the recordings are read.
    #[command(flatten)]
    pub(crate) corpus: CorpusArgs,
    /// Sampling rate, cleaners and limits of length.
    #[command(flatten)]
    pub(crate) source: HparamsSource,
}

/// What `diktor train` does with what it was given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TrainMode {
    /// Train
    #[default]
    Train,
    /// Make one step of everything, say how long all will take, and leave nothing
    Test,
    /// Judge --checkpoint, or the newest of the run directory (of the newest run), on the validation
    /// set
    Validate,
}

/// `diktor train`
#[derive(Debug, Args)]
#[command(after_help = "\
Hyper-parameters: defaults < --preset < --config < flags < --hparams.
Ctrl-C saves and ends with 130, and so do SIGTERM and a closed terminal; a second Ctrl-C ends at
once. Under nohup the run goes on without its terminal.

Examples:
  diktor train --dataset LJSpeech-1.1 -o output/lj --preset base
  diktor train --dataset LJSpeech-1.1 -o output/lj --batch-size 16 --hparams \"seed=7,r_max=3\"
  diktor train --resume -o output/lj --max-steps 20000
  diktor train --mode test --dataset LJSpeech-1.1 --preset base
  diktor train --mode validate -o output/lj
  diktor train --test-critical-fixes
  diktor train --dataset mine -o output/mine -c lj.ckpt --warm-start
  diktor train --dataset mine -o output/mine -c lj.ckpt --warm-start --hparams \"use_gst=true\"")]
pub(crate) struct Train {
    /// What to do
    #[arg(long, value_enum, default_value = "train")]
    pub(crate) mode: TrainMode,
    /// Prove in seconds, on a network and recordings made up for it, that clipping, guided
    /// attention, diagnostics and recovery work on this machine; exit code 1 if one does not
    #[arg(long, conflicts_with_all = ["dataset", "resume", "checkpoint"])]
    pub(crate) test_critical_fixes: bool,
    /// Folder or list of recordings, checked and split here; without it the lists named by
    /// `training_files` and `validation_files`
    #[arg(long, value_name = "PATH")]
    pub(crate) dataset: Option<PathBuf>,
    /// Run directory [default: the first free of output/ and the name of the dataset, with -2, ...]
    #[arg(short, long, aliases = ["output-directory", "output-dir"], value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Where TensorBoard's files and train.log go, into a folder named after the run [default: tb/ of
    /// the run directory, and no log]
    #[arg(short, long, alias = "log-dir", value_name = "DIR")]
    pub(crate) log_directory: Option<PathBuf>,
    /// Go on with the run in the run directory, on the same recordings (or on --dataset, where they
    /// have moved to)
    #[arg(long, conflicts_with_all = ["checkpoint", "warm_start"])]
    pub(crate) resume: bool,
    /// Start from this checkpoint
    #[arg(short, long, alias = "checkpoint-path", value_name = "FILE")]
    pub(crate) checkpoint: Option<PathBuf>,
    /// Take only the weights of --checkpoint, without those of `ignore_layers`
    #[arg(long, requires = "checkpoint")]
    pub(crate) warm_start: bool,
    /// Of --warm-start: not the recogniser, nor the head that it listens to
    #[arg(long, requires = "warm_start")]
    pub(crate) ignore_mmi_layers: bool,
    /// Of --warm-start: not the reference encoder, nor the style tokens
    #[arg(long, requires = "warm_start")]
    pub(crate) ignore_gst_layers: bool,
    /// Of --warm-start: not the predictor of styles
    #[arg(long, requires = "warm_start")]
    pub(crate) ignore_tsgst_layers: bool,
    /// Passes over the data; ends the run instead of a `max_steps` of the preset or the file
    #[arg(long, value_name = "N")]
    pub(crate) epochs: Option<u64>,
    /// Optimiser steps; 0 leaves the length to --epochs, with both the sooner ends the run
    #[arg(long, value_name = "N")]
    pub(crate) max_steps: Option<u64>,
    /// Utterances per step
    #[arg(long, value_name = "N")]
    pub(crate) batch_size: Option<u64>,
    /// Base learning rate
    #[arg(long, value_name = "RATE")]
    pub(crate) learning_rate: Option<f64>,
    /// Devices to train on: there is one
    #[arg(long, hide = true, value_name = "N")]
    pub(crate) n_gpus: Option<u32>,
    /// Which of the devices this is: there is the first
    #[arg(long, hide = true, value_name = "N")]
    pub(crate) rank: Option<u32>,
    /// Let no automatic fix turn a knob, as `auto_fix=false` does
    #[arg(long)]
    pub(crate) no_auto_fix: bool,
    /// Hyper-parameters.
    #[command(flatten)]
    pub(crate) source: HparamsSource,
    /// How the recordings are read.
    #[command(flatten)]
    pub(crate) corpus: CorpusArgs,
    /// Who may look on.
    #[command(flatten)]
    pub(crate) onlookers: OnlookerArgs,
    /// Where to compute.
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
}

/// `diktor recover`
#[derive(Debug, Args)]
#[command(after_help = "\
Everything there is goes into a backup beside the run first. Safer values: a tenth of the learning
rate, half the batch (at least 4), gradient clipping at 0.5, twice the guide weight (at most 10),
checkpoints every 100 and validations every 50 steps; --hparams changes them.

Examples:
  diktor recover output/lj --dry-run
  diktor recover output/lj
  diktor recover output/lj --checkpoint output/lj/checkpoints/best_model.ckpt
  diktor recover output/lj --hparams \"learning_rate=5e-5\"")]
pub(crate) struct Recover {
    /// Run directory [default: the newest run in output/]
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<PathBuf>,
    /// Go on from this checkpoint [default: the newest that is whole, finite and was not left by a
    /// red flag]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) checkpoint: Option<PathBuf>,
    /// Only say what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Tell people, besides writing it into the record of the run
    #[arg(long)]
    pub(crate) notify: bool,
    /// Hyper-parameters, `name=value,name=[1,2]`; win over the safer values
    #[arg(long, value_name = "LIST")]
    pub(crate) hparams: Option<String>,
    /// Where to compute.
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
}

//! Names that belong to the scripts people come from, to other programs, or to later versions: each is answered with
//! what does its job here today.
//!
//! The list is closed, and the page on migration holds every name of it. Whatever is not in it is answered by clap.

use std::path::Path;

/// Where a name is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// As the verb, or in the place of one: `diktor multiproc`.
    Verb,
    /// As a flag: `--n-trials`.
    Flag,
    /// As the value of `--mode`.
    Mode,
}

/// Names with one answer.
#[derive(Debug)]
pub(crate) struct Older {
    /// Where they are typed.
    pub(crate) place: Place,
    /// The names, in small letters, flags with hyphens and without those in front.
    pub(crate) names: &'static [&'static str],
    /// What became of it.
    pub(crate) answer: &'static str,
    /// What to type instead.
    pub(crate) hint: &'static str,
}

const fn older(
    place: Place,
    names: &'static [&'static str],
    answer: &'static str,
    hint: &'static str,
) -> Older {
    Older {
        place,
        names,
        answer,
        hint,
    }
}

use Place::{Flag, Mode, Verb};

const TUNER: &str = "the tuner is not in this version";
const COMPARE: &str = "compare a few runs by hand: `for lr in 1e-3 3e-4; do diktor train --dataset my_voice \
                       --hparams learning_rate=$lr; done`, then `tensorboard --logdir output`";
const DEVICES: &str = "training on several devices is not in this version";
const ONE_DEVICE: &str = "`diktor train --device cuda:0` uses one device, and every core of the processor by itself; \
                          `--hparams gradient_accumulation_steps=4` makes each step of four batches";
const JUDGE: &str = "`diktor train --mode validate -o output/my_voice` judges its newest checkpoint, `-c FILE` another";
const VOCODER: &str = "a neural vocoder is not in this version, Griffin-Lim speaks";
const MELS: &str = "`diktor synthesize --text \"...\" --mel-output mel.npy` writes the mel for another vocoder; train with \
                    `--hparams mel_mode=hifigan` for HiFi-GAN's mels";

/// All of them.
pub(crate) static OLDER: &[Older] = &[
    older(
        Verb,
        &[
            "train",
            "train_enhanced",
            "enhanced_training_main",
            "train_with_auto_fixes",
            "ultimate_tacotron_trainer",
            "tacotron2",
        ],
        "its name here is `diktor train`",
        "`diktor train --dataset my_voice -o output/my_voice`, with the flags you had",
    ),
    older(
        Verb,
        &["fine_tune", "finetune", "warm_start"],
        "its name here is `diktor train --warm-start`",
        "`diktor train --dataset my_voice -c voice.ckpt --warm-start`",
    ),
    older(
        Verb,
        &["resume", "continue"],
        "its name here is `diktor train --resume`",
        "`diktor train --resume -o output/my_voice`",
    ),
    older(
        Verb,
        &["inference", "infer", "synthesise", "speak", "say", "tts"],
        "its name here is `diktor synthesize`",
        "`diktor synthesize --text \"Hello there.\" -o hello.wav` speaks with the newest voice, `-c FILE` with another",
    ),
    older(
        Verb,
        &[
            "smart_tuner",
            "smart_tuner_main",
            "smart_tuner_integration",
            "tune",
            "tuner",
            "optimize",
            "optuna",
            "opt_engine",
            "param_scheduler",
            "trainer_wrapper",
            "log_watcher",
        ],
        TUNER,
        COMPARE,
    ),
    older(
        Verb,
        &["multiproc", "distributed", "torchrun"],
        DEVICES,
        ONE_DEVICE,
    ),
    older(
        Verb,
        &["emergency_recovery"],
        "its name here is `diktor recover`",
        "`diktor recover --dry-run` says what it would do with the newest run, `diktor recover output/my_voice` does it",
    ),
    older(
        Verb,
        &["check_mlflow", "critical_metrics"],
        "its name here is `diktor check`",
        "`diktor check --critical-metrics output/my_voice`, or `--mlflow http://host:5000 --run ID`",
    ),
    older(
        Verb,
        &[
            "critical_fixes_implementation",
            "apply_critical_fixes",
            "alignment_diagnostics",
        ],
        "a part of every training here",
        "`diktor train --test-critical-fixes` proves that it works on this machine",
    ),
    older(
        Verb,
        &["debug_reporter", "diagnose"],
        "its name here is `diktor why`, and every run writes `reports/`",
        "`diktor why output/my_voice`",
    ),
    older(
        Verb,
        &[
            "alert_manager",
            "telegram_monitor",
            "telegram_monitor_enhanced",
        ],
        "a part of every training here",
        "`diktor alert test` tries the channels",
    ),
    older(
        Verb,
        &[
            "metrics_store",
            "enhanced_mlflow_logger",
            "mlflow_metrics_enhancer",
        ],
        "a part of every training here",
        "`diktor sync output/my_voice --tracking-uri http://host:5000` delivers a run",
    ),
    older(
        Verb,
        &["early_stop"],
        "a part of every training here",
        "`diktor hparams early_stopping` explains it",
    ),
    older(
        Verb,
        &["smart_segmenter", "segmenter", "segment"],
        "cutting long recordings into utterances is not in this version",
        "cut at the pauses with another program, write lines `path|text`, then `diktor prepare stats FOLDER`",
    ),
    older(
        Verb,
        &["transcribe", "transcriber", "whisper"],
        "writing down what is spoken is not in this version",
        "write lines `path|text` with another program; `diktor prepare transcripts FOLDER` finds those that do not fit",
    ),
    older(
        Verb,
        &["version", "versions", "dvc"],
        "versions of a corpus are not in this version of the program",
        "`diktor prepare import FOLDER -o data/v2` writes its lists and statistics, which git or DVC can keep; \
         `diktor --version` is that of the program",
    ),
    older(
        Verb,
        &["preprocess", "prepare_data"],
        "its name here is `diktor prepare import`; a training needs none of it",
        "`diktor prepare stats FOLDER`, then `diktor train --dataset FOLDER`",
    ),
    older(
        Verb,
        &[
            "hifigan",
            "hifi-gan",
            "waveglow",
            "vocoder",
            "train_vocoder",
        ],
        VOCODER,
        MELS,
    ),
    older(
        Verb,
        &["serve", "server", "api"],
        "a server that speaks is not in this version",
        "`diktor synthesize --file lines.txt -o lines.wav` speaks every line of a file",
    ),
    older(
        Verb,
        &["eval", "evaluate", "evaluation"],
        "its name here is `diktor eval`",
        "`diktor eval output/my_voice` measures what is heard of the held-out sentences; `diktor train --mode validate` judges a checkpoint by its losses",
    ),
    older(
        Verb,
        &["validate"],
        "its name here is `diktor train --mode validate`",
        JUDGE,
    ),
    older(
        Verb,
        &["test"],
        "its name here is `diktor train --mode test`",
        "`diktor train --mode test --dataset my_voice`; `diktor train --test-critical-fixes` needs no recordings",
    ),
    older(
        Verb,
        &["ui", "mlflow_ui"],
        "the pages of MLflow are MLflow's own program",
        "`diktor export mlflow-db output/my_voice -o runs.db`, then `mlflow server --backend-store-uri sqlite:///runs.db`",
    ),
    older(
        Verb,
        &["tensorboard"],
        "TensorBoard is a program of its own",
        "`tensorboard --logdir output`; `diktor report output/my_voice` needs nothing else",
    ),
    older(
        Verb,
        &["convert", "convert_model"],
        "its name here is `diktor import`, and back `diktor export`",
        "`diktor import tacotron2.pt -o tacotron2.ckpt`",
    ),
    older(
        Verb,
        &["install", "install.sh"],
        "there is nothing to install but the program",
        "`cargo install --path crates/cli`, then `diktor doctor`",
    ),
    older(
        Verb,
        &["hparams", "create_hparams"],
        "its name here is `diktor hparams`",
        "`diktor hparams learning_rate` explains one; set them with `--hparams name=value`",
    ),
    older(
        Flag,
        &[
            "optimize-hyperparams",
            "n-trials",
            "trials",
            "optimization-timeout",
            "n-startup-iters",
            "search-algorithm",
            "objective-metric",
        ],
        TUNER,
        COMPARE,
    ),
    older(
        Flag,
        &[
            "group-name",
            "gpus",
            "num-gpus",
            "world-size",
            "local-rank",
            "nproc-per-node",
            "distributed",
            "distributed-run",
        ],
        DEVICES,
        ONE_DEVICE,
    ),
    older(
        Flag,
        &["fp16", "fp16-run", "amp"],
        "nothing trains in f16 here",
        "`--hparams weight_dtype=bf16` is what saves memory traffic on the CPU",
    ),
    older(
        Flag,
        &["cuda", "gpu", "use-cuda"],
        "its name here is `--device`",
        "`--device cuda:0`; `diktor doctor` lists what there is",
    ),
    older(
        Flag,
        &["no-dga"],
        "its name here is `use_guided_attn`",
        "`--hparams use_guided_attn=false`",
    ),
    older(
        Flag,
        &["test-mode"],
        "its name here is `--mode test`",
        "`diktor train --mode test --dataset my_voice`",
    ),
    older(
        Flag,
        &[
            "dataset-path",
            "dataset-dir",
            "data-path",
            "data-dir",
            "data",
        ],
        "its name here is `--dataset`",
        "`--dataset my_voice` takes a folder or a list",
    ),
    older(
        Flag,
        &[
            "vocoder",
            "hifigan",
            "waveglow",
            "sigma",
            "denoiser-strength",
        ],
        VOCODER,
        MELS,
    ),
    older(Mode, &["optimize", "auto"], TUNER, COMPARE),
    older(
        Mode,
        &["monitor"],
        "every run is watched",
        "`diktor check output/my_voice` and `diktor why output/my_voice` say how it stands",
    ),
];

/// The answer to a name, if it has one. Folders in front of a script and its ending do not count.
pub(crate) fn find(place: Place, typed: &str) -> Option<&'static Older> {
    let name = match place {
        Verb => script_name(typed),
        Flag | Mode => typed
            .trim_start_matches('-')
            .replace('_', "-")
            .to_lowercase(),
    };
    let mut rows = OLDER.iter().filter(|row| row.place == place);
    rows.find(|row| row.names.contains(&name.as_str()))
}

/// `smart_tuner/smart_tuner_main.py` is `smart_tuner_main`.
fn script_name(typed: &str) -> String {
    let typed = typed.replace('\\', "/");
    let path = Path::new(&typed);
    let is_script = path
        .extension()
        .is_some_and(|ending| ending == "py" || ending == "ipynb");
    let name = if is_script {
        path.file_stem()
    } else {
        path.file_name()
    };
    name.unwrap_or_default().to_string_lossy().to_lowercase()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs};

    use super::*;

    #[test]
    fn a_name_is_found_however_it_is_spelt() {
        for typed in [
            "smart_tuner_main",
            "smart_tuner_main.py",
            "smart_tuner/smart_tuner_main.py",
            "CRITICAL_FIXES_IMPLEMENTATION.py",
            "inference.ipynb",
            "train.py",
            "install.sh",
        ] {
            assert!(find(Verb, typed).is_some(), "{typed}");
        }
        assert!(find(Flag, "--n_trials").is_some());
        assert!(find(Verb, "sing").is_none());
        assert!(find(Flag, "--text").is_none());
    }

    #[test]
    fn no_name_has_two_answers() {
        let mut seen = BTreeSet::new();
        for row in OLDER {
            for name in row.names {
                assert!(seen.insert((format!("{:?}", row.place), name)), "{name}");
                assert_eq!(find(row.place, name).map(|row| row.hint), Some(row.hint));
            }
        }
    }

    #[test]
    fn the_pages_on_migration_hold_every_name() {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
        for language in ["en", "ru"] {
            let page = fs::read_to_string(docs.join(language).join("migration.md")).unwrap();
            for row in OLDER {
                for name in row.names {
                    let shown = match row.place {
                        Verb => format!("`{name}`"),
                        Flag => format!("`--{name}`"),
                        Mode => format!("`--mode {name}`"),
                    };
                    assert!(page.contains(&shown), "{language}: {shown}");
                }
            }
        }
    }
}

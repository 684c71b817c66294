//! Every command line and every string of hyper-parameters that the specification prints, as it prints them: each is
//! accepted, or answered with what does its job today.

use std::path::Path;

use crate::harness::diktor;

/// What becomes of a line.
enum Fate {
    /// It is understood whole: all that it lacks are the recordings, which are not in the folder of this test.
    Trains,
    /// The same, and these words are said about what is done otherwise.
    TrainsTelling(&'static [&'static str]),
    /// It is answered, with exit code 2 and these words.
    Answered(&'static [&'static str]),
}

use Fate::{Answered, Trains, TrainsTelling};

const TUNER: Fate = Answered(&["the tuner is not in this version", "hint:"]);
const F16: &str = "`fp16_run`: nothing trains in f16 here";
const DEVICES: &str = "`distributed_run`: training on several devices is not in this version";

/// Lines of shells: `python train.py` is `diktor train.py`, and `diktor train` is what it is called here.
const LINES: &[(&str, Fate)] = &[
    // The training system.
    (
        "train_enhanced.py --mode train --epochs 100",
        Answered(&["`diktor train`"]),
    ),
    ("train --mode train --epochs 100", Trains),
    ("train --mode test", Trains),
    (
        "train --mode validate",
        Answered(&["which checkpoint?", "hint:"]),
    ),
    (
        "train --config smart_tuner/config.yaml --epochs 100 --batch_size 16 --learning_rate 1e-4 --mode train --output output/",
        TrainsTelling(&["`optimization`: for the tuner, which this version does not have"]),
    ),
    ("train --hparams guide_loss_weight=5.0", Trains),
    ("train --learning_rate 5e-5", Trains),
    ("train --batch_size 8", Trains),
    // Hyper-parameters.
    (
        "train -o output -l logs --hparams 'learning_rate=1e-3,batch_size=32,use_guided_attn=True'",
        Trains,
    ),
    (
        "train -o output -l logs --optimize-hyperparams --n-trials 20 --optimization-timeout 3600",
        TUNER,
    ),
    (
        "multiproc.py train.py -o output -l logs --n_gpus 4 --hparams 'distributed_run=True,batch_size=16'",
        Answered(&["several devices", "hint:"]),
    ),
    (
        "emergency_recovery.py",
        Answered(&["`diktor recover`", "hint:"]),
    ),
    ("recover", Answered(&["which run?", "hint:"])),
    ("train --optimize-hyperparams", TUNER),
    (
        "train --optimize-hyperparams --n-trials 50 --optimization-timeout 7200 -o output/optimization -l logs/optimization",
        TUNER,
    ),
    (
        "train --optimize-hyperparams --n-trials 30 --hparams 'max_restart_attempts=5,emergency_restart_enabled=True'",
        TUNER,
    ),
    (
        "train --optimize-hyperparams --n-trials 20 --optimization-timeout 3600",
        TUNER,
    ),
    ("train --hparams 'learning_rate=1e-3,batch_size=16'", Trains),
    (
        "train --hparams 'guide_loss_weight=1.0,use_guided_attn=True'",
        Trains,
    ),
    // The plan of action.
    (
        "CRITICAL_FIXES_IMPLEMENTATION.py",
        Answered(&["a part of every training", "--test-critical-fixes"]),
    ),
    (
        "alignment_diagnostics",
        Answered(&["--test-critical-fixes"]),
    ),
    ("smart_tuner_main.py --test-mode", TUNER),
    (
        "check_mlflow.py --critical-metrics",
        Answered(&["`diktor check`", "hint:"]),
    ),
    (
        "check --critical-metrics",
        Answered(&["which run?", "hint:"]),
    ),
    // The metrics.
    ("smart_tuner_main.py --mode train --trials 1", TUNER),
    (
        "mlflow ui --host 0.0.0.0 --port 5000",
        Answered(&["MLflow's own", "export mlflow-db"]),
    ),
    // The technical specification.
    ("smart_tuner.py --config smart_tuner.yaml", TUNER),
    (
        "train --config smart_tuner.yaml",
        TrainsTelling(&[
            "`search_space`",
            "for the tuner, which this version does not have",
        ]),
    ),
    (
        "train --checkpoint_path last.ckpt --hparams learning_rate=1e-4",
        Answered(&["`last.ckpt`", "no such file"]),
    ),
    (
        "smart_segmenter.py",
        Answered(&["not in this version", "prepare stats"]),
    ),
    (
        "transcribe.py",
        Answered(&["not in this version", "prepare transcripts"]),
    ),
    ("install.sh", Answered(&["cargo install"])),
    (
        "hifigan",
        Answered(&["not in this version", "--mel-output"]),
    ),
    // What comes with them and is planned.
    ("tune", TUNER),
    (
        "prepare segment",
        Answered(&["not in this version", "hint:"]),
    ),
    (
        "prepare transcribe",
        Answered(&["not in this version", "hint:"]),
    ),
    (
        "prepare version",
        Answered(&["not in this version", "hint:"]),
    ),
    ("vocoder", Answered(&["not in this version", "hint:"])),
    ("serve", Answered(&["not in this version", "hint:"])),
    ("eval", Answered(&["which run?", "hint:"])),
    ("inference.py", Answered(&["`diktor synthesize`"])),
    ("train --n_gpus 1", Trains),
    ("train --n-gpus 1 --rank 0", Trains),
    (
        "train --n-gpus 4",
        Answered(&["`--n-gpus 4`", "several devices", "hint:"]),
    ),
    (
        "train --rank 3",
        Answered(&["`--rank 3`", "several devices"]),
    ),
    (
        "train --group_name g",
        Answered(&["`--group_name`", "several devices"]),
    ),
    ("train --log_directory logs", Trains),
    (
        "train --warm_start -c x.pt",
        Answered(&["`x.pt`", "no such file"]),
    ),
    ("train --no-dga", Answered(&["use_guided_attn=false"])),
];

/// The strings for `--hparams`.
const STRINGS: &[(&str, Fate)] = &[
    ("learning_rate=1e-4,batch_size=16", Trains),
    (
        "use_guided_attn=True,guide_loss_weight=2.0,use_mmi=True",
        Trains,
    ),
    (
        "grad_clip_thresh=0.5,fp16_run=True,emergency_restart_enabled=True",
        TrainsTelling(&[F16]),
    ),
    (
        "learning_rate=1e-4,batch_size=16,use_guided_attn=True,guide_loss_weight=2.0,use_mmi=True,grad_clip_thresh=0.5,fp16_run=True",
        TrainsTelling(&[F16]),
    ),
    ("telegram_monitoring=True", Trains),
    ("telegram_notification_interval=1000", Trains),
    ("debug_reporting=True", Trains),
    ("debug_report_interval=500", Trains),
    ("mlflow_logging=True", Trains),
    ("mlflow_experiment_name=tacotron2_experiment", Trains),
    (
        "emergency_restart_enabled=True,max_restart_attempts=3",
        Trains,
    ),
    (
        "nan_detection_threshold=1e-6,gradient_explosion_threshold=1000",
        Trains,
    ),
    ("grad_clip_thresh=0.1", Trains),
    (
        "dynamic_loss_scaling=True",
        TrainsTelling(&["`dynamic_loss_scaling`: losses are f32 here"]),
    ),
    ("fp16_run=False", Trains),
    (
        "learning_rate=1e-3,batch_size=8,use_guided_attn=True,guide_loss_weight=1.0,grad_clip_thresh=1.0,fp16_run=False",
        Trains,
    ),
    (
        "learning_rate=1e-4,batch_size=16,use_guided_attn=True,guide_loss_weight=2.0,use_mmi=True,grad_clip_thresh=0.5,fp16_run=True,emergency_restart_enabled=True",
        TrainsTelling(&[F16]),
    ),
    (
        "learning_rate=5e-5,batch_size=32,use_guided_attn=True,guide_loss_weight=3.0,use_mmi=True,use_ddc_loss=True,ddc_loss_weight=0.1,grad_clip_thresh=0.3,fp16_run=True,emergency_restart_enabled=True",
        TrainsTelling(&[F16]),
    ),
    (
        "distributed_run=True,batch_size=8,learning_rate=1e-4,use_guided_attn=True,grad_clip_thresh=0.5,fp16_run=True",
        TrainsTelling(&[DEVICES, F16]),
    ),
    ("use_guided_attn=True,guide_loss_weight=5.0", Trains),
    ("learning_rate=1e-5", Trains),
    ("batch_size=32", Trains),
    ("emergency_restart_enabled=True", Trains),
    ("batch_size=4", Trains),
    ("use_bucket_batching=True", Trains),
];

/// The configuration of the training system's document.
const SMART_TUNER: &str = r#"
telegram:
  enabled: true
  bot_token: "YOUR_BOT_TOKEN"
  chat_id: "YOUR_CHAT_ID"

optimization:
  n_trials: 20
  objective_metric: "composite_tts_score"

quality_control:
  attention_diagonality_threshold: 0.3
  gate_accuracy_threshold: 0.7
  gradient_norm_threshold: 10.0
"#;

/// That of the technical specification.
const SEARCH: &str = "
search_algorithm: optuna
n_trials: 50
resume_from_checkpoint: true
search_space:
  learning_rate: {type: loguniform, low: 1e-5, high: 1e-3}
  weight_decay:  {type: loguniform, low: 1e-6, high: 1e-3}
  dropout_decoder: {type: uniform, low: 0.0, high: 0.5}
";

fn folder_with_configurations() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("smart_tuner")).unwrap();
    std::fs::write(folder.path().join("smart_tuner/config.yaml"), SMART_TUNER).unwrap();
    std::fs::write(folder.path().join("smart_tuner.yaml"), SEARCH).unwrap();
    folder
}

fn check(folder: &Path, line: &str, fate: &Fate) {
    let ran = diktor(folder, line);
    assert_eq!(ran.code, 2, "`{line}`: {ran:?}");
    let (understood, words): (bool, &[&str]) = match fate {
        Trains => (true, &[]),
        TrainsTelling(words) => (true, words),
        Answered(words) => (false, words),
    };
    let lacks = ran
        .stderr
        .contains("`data/dataset/train.csv`: no such list of recordings");
    assert_eq!(lacks, understood, "`{line}`: {}", ran.stderr);
    for word in words {
        assert!(
            ran.stderr.contains(word),
            "`{line}` should say `{word}`: {}",
            ran.stderr
        );
    }
    if matches!(fate, Trains) {
        assert!(
            !ran.stderr.contains("not in this version"),
            "`{line}`: {}",
            ran.stderr
        );
    }
    assert!(
        !ran.stderr.contains("tip:"),
        "`{line}`: clap only guesses: {}",
        ran.stderr
    );
}

#[test]
fn every_command_line_is_understood_or_answered() {
    let folder = folder_with_configurations();
    for (line, fate) in LINES {
        check(folder.path(), line, fate);
    }
    assert!(!folder.path().join("output").exists(), "nothing was begun");
    assert!(!folder.path().join("logs").exists(), "nothing was begun");
}

#[test]
fn every_string_of_hyper_parameters_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    for (string, fate) in STRINGS {
        check(folder.path(), &format!("train --hparams '{string}'"), fate);
    }
}

#[test]
fn an_example_of_a_token_means_no_telegram_and_says_so() {
    let folder = folder_with_configurations();
    let ran = diktor(folder.path(), "train --config smart_tuner/config.yaml");
    let expected =
        "nothing is sent to telegram: `telegram.bot_token` still has the value of the example";
    assert!(ran.stderr.contains(expected), "{}", ran.stderr);
}

#[test]
fn every_name_that_a_configuration_may_hold_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "use_bucket_batching",
        "force_model_reinit",
        "xavier_init",
        "use_audio_quality_enhancement",
        "use_mmi",
        "use_guided_attn",
        "guide_loss_weight",
        "guide_loss_initial_weight",
        "use_ddc_loss",
        "ddc_loss_weight",
        "grad_clip_thresh",
        "dynamic_loss_scaling",
        "fp16_run",
        "emergency_restart_enabled",
        "max_restart_attempts",
        "telegram_monitoring",
        "debug_reporting",
        "mlflow_logging",
        "tensorboard_logging",
        "distributed_run",
        "search_algorithm",
        "n_trials",
        "resume_from_checkpoint",
        "n_startup_iters",
        "min_delta",
        "patience",
        "max_runtime_hours",
        "optimization_timeout",
        "objective_metric",
        "guided_attention_enabled",
        "use_forward_attention",
        "n-trials",
        "quality_control",
        "cudnn_enabled",
        "warm_start",
        "dropout_decoder",
    ] {
        let ran = diktor(folder.path(), &format!("hparams {name}"));
        assert_eq!(ran.code, 0, "{name}: {ran:?}");
        let json = diktor(folder.path(), &format!("hparams {name} --json"))
            .ok()
            .json();
        assert!(
            json["effect"].as_str().is_some_and(|text| text.len() > 10),
            "{name}: {json}"
        );
    }
    let ran = diktor(folder.path(), "hparams fp16_rum");
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("did you mean `fp16_run`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn usage_errors_are_objects_under_json() {
    let folder = tempfile::tempdir().unwrap();
    for (line, words) in [
        ("train --optimize-hyperparams --json", "tuner"),
        ("--json multiproc", "several devices"),
        ("train --singing --json", "--singing"),
        ("--json", "--help"),
        ("prepare --json", "--help"),
        ("import --json", "--output"),
        ("synthesize --json", "--text"),
        ("train --epochs many --json", "many"),
        ("sing --json", "sing"),
        ("train --n-gpus 2 --json", "several devices"),
        ("check --json", "which run?"),
    ] {
        let ran = diktor(folder.path(), line);
        assert_eq!(ran.code, 2, "`{line}`: {ran:?}");
        let object = ran.json();
        assert_eq!(object["exit_code"], 2, "`{line}`");
        assert!(object["hint"].is_string(), "`{line}`: {object}");
        assert!(object.to_string().contains(words), "`{line}`: {object}");
        assert!(!object.to_string().contains("Usage:"), "`{line}`: {object}");
    }
    let help = diktor(folder.path(), "train --help --json").ok();
    assert!(help.stdout.contains("Usage:"), "help is no error");
}

//! A run killed before every operation on its checkpoint files: it ends with the same files all the same.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
};

use diktor_train::{
    Checkpoint, Hparams, Resume, StopFlag, TrainSpec, checkpoint::BEST, fault_injection::KILL_AT,
    train,
};

use crate::{resume, support};

/// Set in the processes that end: the run directory.
const RUN_DIR: &str = "DIKTOR_KILL_POINT_RUN_DIR";

fn spec(run_dir: &Path) -> TrainSpec {
    let mut dataset = support::dataset();
    dataset.validation.truncate(1);
    TrainSpec {
        dataset,
        hparams: Hparams {
            max_steps: 4,
            iters_per_checkpoint: 2,
            validation_freq: 2,
            // So that old ones are removed too.
            keep_checkpoints: 1,
            // So that each validation is better than the one before.
            learning_rate: 1e-3,
            warmup_steps: 0,
            tensorboard_logging: false,
            mlflow_logging: false,
            ..support::hparams()
        },
        ..resume::spec(run_dir, Resume::Auto)
    }
}

/// Not a test of its own: the process that ends.
#[test]
fn child() {
    if let Some(run_dir) = env::var_os(RUN_DIR) {
        train(spec(&PathBuf::from(run_dir)), &StopFlag::new()).unwrap();
    }
}

fn run(run_dir: &Path, kill_at: Option<u64>) -> ExitStatus {
    let mut child = Command::new(env::current_exe().unwrap());
    child
        .args(["--exact", "kill_points::child"])
        .env(RUN_DIR, run_dir)
        .stdout(Stdio::null());
    if let Some(number) = kill_at {
        child.env(KILL_AT, number.to_string());
    }
    child.status().unwrap()
}

/// Every checkpoint of a run by its name.
fn files(run_dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(run_dir.join("checkpoints")).unwrap();
    let one = |entry: fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        (name, fs::read(entry.path()).unwrap())
    };
    entries.map(|entry| one(entry.unwrap())).collect()
}

#[test]
fn killed_before_any_operation_a_run_ends_with_the_same_files() {
    let whole = tempfile::tempdir().unwrap();
    assert!(run(whole.path(), None).success());
    let expected = files(whole.path());
    let best = Checkpoint::read(&whole.path().join("checkpoints").join(BEST)).unwrap();
    assert_eq!(
        best.state.step, 4,
        "the last validation is the best, or nothing is shown"
    );
    let mut kills = 0;
    for number in 1.. {
        let folder = tempfile::tempdir().unwrap();
        let status = run(folder.path(), Some(number));
        if status.success() {
            break;
        }
        assert!(status.code().is_none(), "killed, not failed: {status}");
        kills += 1;
        assert!(
            run(folder.path(), None).success(),
            "after a kill at {number}"
        );
        let found = files(folder.path());
        assert_eq!(
            found.keys().collect::<Vec<_>>(),
            expected.keys().collect::<Vec<_>>(),
            "after a kill at {number}"
        );
        for (name, bytes) in &found {
            assert!(
                *bytes == expected[name],
                "`{name}` after a kill at {number}"
            );
        }
    }
    assert!(kills > 30, "only {kills} operations");
}

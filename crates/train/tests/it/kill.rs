//! `kill -9` at random moments: the run continues to the same bytes.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use diktor_train::{Hparams, Resume, StopFlag, TrainSpec, train};

use crate::{resume, support};

/// Set in the processes that are killed: the run directory.
const RUN_DIR: &str = "DIKTOR_KILL_TEST_RUN_DIR";
const KILLS: usize = 20;

fn spec(run_dir: &Path) -> TrainSpec {
    let mut dataset = support::dataset();
    dataset.validation.truncate(1);
    TrainSpec {
        dataset,
        hparams: Hparams {
            max_steps: 24,
            iters_per_checkpoint: 3,
            validation_freq: 2,
            lr_decay_start: 10,
            lr_decay_steps: 20,
            gradient_accumulation_steps: 2,
            tensorboard_logging: false,
            ..support::hparams()
        },
        ..resume::spec(run_dir, Resume::Auto)
    }
}

/// Not a test of its own: the process that [`killed_at_random_moments_a_run_ends_with_the_same_bytes`] kills.
#[test]
fn child() {
    if let Some(run_dir) = env::var_os(RUN_DIR) {
        train(spec(&PathBuf::from(run_dir)), &StopFlag::new()).unwrap();
    }
}

fn start(run_dir: &Path) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "kill::child"])
        .env(RUN_DIR, run_dir)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn killed_at_random_moments_a_run_ends_with_the_same_bytes() {
    let last = |run_dir: &Path| fs::read(run_dir.join("checkpoints/last.ckpt")).unwrap();
    let whole = tempfile::tempdir().unwrap();
    let began = Instant::now();
    assert!(start(whole.path()).wait().unwrap().success());
    let whole_run = began.elapsed();

    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut kills = 0;
    while kills < KILLS {
        let folder = tempfile::tempdir().unwrap();
        loop {
            let mut child = start(folder.path());
            if kills < KILLS {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                let share = (random % 1000) as f64 / 1000.0;
                thread::sleep(Duration::from_secs_f64(
                    0.6 * share * whole_run.as_secs_f64(),
                ));
                // On Unix this is SIGKILL: the process has no chance to tidy up.
                child.kill().unwrap();
            }
            let status = child.wait().unwrap();
            if status.success() {
                break;
            }
            assert!(status.code().is_none(), "killed, not failed: {status}");
            kills += 1;
        }
        assert!(
            last(folder.path()) == last(whole.path()),
            "after {kills} kills"
        );
    }
}

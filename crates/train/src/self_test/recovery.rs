//! A bad step changes nothing; many send the run back; too many end it.

use std::{
    cell::OnceCell,
    ops::Range,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use burn::tensor::Device;
use diktor_model::NamedTensor;
use diktor_track::{Event, EventKind, Outcome, RestartRecord, Sink, SinkError, Tracker, names};

use super::{Check, subject};
use crate::{
    Checkpoint, Knob, Knobs, StepReport, StopFlag, Task, TrainError, Validation,
    checkpoint::CheckpointStore,
    control,
    data::{Cursor, Feeder, FeederConfig, StepBatch, fingerprint},
    diary::{Diary, Voice},
    engine::{Engine, Identity, Progress},
    task::{Depth, Skipped, Tacotron2Task},
};

/// The first bad step, counted from 0: after the checkpoint of step 4.
const STRIKES: u64 = 5;

/// A batch with a NaN in it leaves weights, running statistics and moments at the same bits.
pub(super) fn bad_step(device: &Device) -> Result<Check, TrainError> {
    let hparams = subject::hparams();
    let mut task = subject::task(&hparams, device)?;
    let knobs = Knobs::from_hparams(&hparams);
    let batch = subject::batch(&hparams, device);
    task.step(&batch, &knobs, 0);
    let before = bits(&task);
    let report = task.step(&subject::poisoned(&batch), &knobs, 1);
    let skipped = matches!(report.skipped, Some(Skipped::Loss(loss)) if loss.is_nan());
    let changed = bits(&task)
        .iter()
        .zip(&before)
        .filter(|(now, then)| now != then)
        .count();
    let suspects = report.culprit.unwrap_or_default().utterances;
    let again = task.step(&batch, &knobs, 2);
    let moved = again.skipped.is_none() && bits(&task) != before;
    let verb = if skipped { "skipped" } else { "NOT skipped" };
    Ok(Check {
        name: "bad step",
        passed: skipped && changed == 0 && suspects == ["utterance-00"] && moved,
        found: format!(
            "step with a NaN {verb}, {changed} of {} values changed, blamed: {}",
            before.len(),
            suspects.join(", ")
        ),
        expected: "skipped, 0 values changed, `utterance-00` blamed, and the next step made",
    })
}

/// Every value of network and optimiser.
fn bits(task: &Tacotron2Task) -> Vec<u32> {
    let tensors = task.weights().into_iter().chain(task.optimizer().0);
    tensors
        .flat_map(|tensor| tensor.values)
        .map(f32::to_bits)
        .collect()
}

/// Five bad steps in a row send the run back to its last good checkpoint, and it ends well.
pub(super) fn restart(device: &Device, folder: &Path) -> Result<Check, TrainError> {
    let found = struck(device, folder, STRIKES..STRIKES + 5)?;
    let places: Vec<[u64; 2]> = found
        .restarts
        .iter()
        .map(|one| [one.from_step, one.to_step])
        .collect();
    let went = found.restarts.first();
    let [from, to] = went.map_or([0; 2], |one| [one.from_step, one.to_step]);
    Ok(Check {
        name: "restart",
        passed: found.outcome == Outcome::Completed
            && places == [[10, 4]]
            && found.rate_factor == 0.5
            && found.loss.is_finite(),
        found: format!(
            "{} restart, from step {from} to the good checkpoint of step {to}; learning rate times {}; ended at step {} \
             with validation loss {:.3}",
            places.len(),
            found.rate_factor,
            found.steps,
            found.loss
        ),
        expected: "one restart from step 10 to step 4 at half the learning rate, then the end of the run",
    })
}

/// When bad steps do not end, the run does, after the restarts it may make.
pub(super) fn giving_up(device: &Device, folder: &Path) -> Result<Check, TrainError> {
    let found = struck(device, folder, STRIKES..u64::MAX)?;
    let most = subject::hparams().max_restart_attempts;
    let restarts = found.restarts.len() as u64;
    let end = match found.outcome {
        Outcome::RedFlag => "stopped by a red flag",
        _ => "NOT stopped",
    };
    let weights = if found.whole { "finite" } else { "NOT finite" };
    Ok(Check {
        name: "giving up",
        passed: found.outcome == Outcome::RedFlag && restarts == most && found.whole,
        found: format!("{end} after {restarts} restarts of at most {most}; weights {weights}"),
        expected: "a red flag after all restarts, with every weight finite",
    })
}

/// What became of a run.
struct Struck {
    outcome: Outcome,
    steps: u64,
    restarts: Vec<RestartRecord>,
    rate_factor: f64,
    loss: f64,
    whole: bool,
}

/// Runs the trainer with bad steps.
fn struck(device: &Device, folder: &Path, strikes: Range<u64>) -> Result<Struck, TrainError> {
    let hparams = subject::hparams();
    let (train, symbols) = (subject::examples(7), subject::frontend().symbols);
    let seen = Restarts::default();
    let voice = Voice {
        mel: hparams.mel(),
        symbols: symbols.clone(),
        enhance: false,
        locale: hparams.locale.into(),
    };
    let identity = Identity {
        hparams: hparams.clone(),
        symbols,
        mel: hparams.mel(),
        data: fingerprint(&train),
        max_steps: hparams.max_steps,
    };
    let config = FeederConfig::from_hparams(&hparams);
    let task = Struckable {
        task: subject::task(&hparams, device)?,
        made: 0,
        strikes,
    };
    let mut engine = Engine {
        task: Box::new(task),
        controllers: control::standard(&hparams, hparams.max_steps),
        feeder: Feeder::new(Arc::new(train), config, device.clone(), Cursor::default())?,
        store: CheckpointStore::open(folder, hparams.keep_checkpoints)?,
        diary: Diary::new(
            Tracker::new(vec![("self-test", Box::new(seen.clone()))]),
            folder,
            voice,
        ),
        progress: Progress::start(&hparams),
        identity,
        text_fits: OnceCell::new(),
    };
    let outcome = engine.run(&StopFlag::new())?;
    let (progress, whole) = (engine.progress.clone(), engine.task.broken().is_none());
    engine.diary.close();
    let loss = progress.metrics().get(names::VALIDATION_LOSS).copied();
    let restarts = seen.0.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(Struck {
        outcome,
        steps: progress.step(),
        restarts: restarts.clone(),
        rate_factor: progress.knobs().get(Knob::LrRestartFactor),
        loss: loss.unwrap_or(f64::NAN),
        whole,
    })
}

/// Remembers every restart.
#[derive(Debug, Clone, Default)]
struct Restarts(Arc<Mutex<Vec<RestartRecord>>>);

impl Sink for Restarts {
    fn record(&mut self, event: &Event) -> Result<(), SinkError> {
        if let EventKind::Restart(restart) = &event.kind {
            let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            seen.push(restart.clone());
        }
        Ok(())
    }
}

/// A task that some of its steps come to with a NaN in the batch.
struct Struckable {
    task: Tacotron2Task,
    /// Steps since the session began: going back does not bring a strike back.
    made: u64,
    strikes: Range<u64>,
}

impl Task for Struckable {
    fn step(&mut self, batch: &StepBatch, knobs: &Knobs, step: u64) -> StepReport {
        let now = self.made;
        self.made += 1;
        if self.strikes.contains(&now) {
            self.task.step(&subject::poisoned(batch), knobs, step)
        } else {
            self.task.step(batch, knobs, step)
        }
    }

    fn validate(&self, depth: Depth, knobs: &Knobs) -> Validation {
        Validation {
            // Nobody looks at pictures of this run.
            exhibits: Vec::new(),
            ..self.task.validate(depth, knobs)
        }
    }

    fn weights(&self) -> Vec<NamedTensor> {
        self.task.weights()
    }

    fn optimizer(&self) -> (Vec<NamedTensor>, u64) {
        self.task.optimizer()
    }

    fn broken(&self) -> Option<String> {
        self.task.broken()
    }

    fn reinitialise(&mut self, seed: u64) {
        self.task.reinitialise(seed);
    }

    fn restore(&mut self, checkpoint: &Checkpoint) -> Result<(), TrainError> {
        self.task.restore(checkpoint)
    }
}

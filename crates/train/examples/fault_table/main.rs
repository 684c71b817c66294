//! Plants one fault after another into a run on real recordings, and prints what became of each as a table.
//!
//! ```sh
//! cargo run --release -p diktor-train --features fault-injection --example fault_table -- \
//!     assets/demo/en output/faults demo "max_steps=640,validation_freq=20,iters_per_checkpoint=80" 260 \
//!     "NaN in a weight" "dead gate"
//! ```
//!
//! Faults strike after so many steps, or from the beginning where only that makes sense; without names, all of them are
//! run. A run that has finished in the output folder is not run again, so that several processes can share the work and
//! a last one prints the table. A fault that strikes later goes on from a checkpoint of the clean run.

#![allow(clippy::print_stdout, reason = "the table is the result")]

mod table;

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use burn::tensor::Device;
use diktor_track::{Event, EventKind, read_events};
use diktor_train::{
    ConsoleStyle, Dataset, Hparams, Resume, StopFlag, TrainSpec,
    data::DatasetOptions,
    fault_injection::{Fault, Planted, train_with},
};

use table::Limit;

/// Any result, for a person to read.
type Outcome<T> = Result<T, Box<dyn Error>>;

/// One row of the table.
struct Row {
    name: &'static str,
    strikes: Strikes,
    fault: Fault,
    /// Within what it must be told, as the manual says.
    limit: Limit,
}

/// When a fault strikes, and for how long.
#[derive(Clone, Copy)]
enum Strikes {
    /// Later, so many steps in a row.
    Later(u64),
    /// Later, and for ever.
    LaterForEver,
    /// Always.
    Always,
}

fn row(name: &'static str, strikes: Strikes, fault: Fault, limit: Limit) -> Row {
    Row {
        name,
        strikes,
        fault,
        limit,
    }
}

fn rows() -> Vec<Row> {
    let mut rows = of_single_steps();
    rows.extend(of_whole_runs());
    rows
}

/// What a step shows by itself.
fn of_single_steps() -> Vec<Row> {
    use Limit::{Steps, Validations};
    use Strikes::{Later, LaterForEver};
    let (batch, thousandfold) = (Fault::NanInBatch, Fault::ScaledBatch(1000.0));
    let gradient = Fault::NanInGradient("decoder.attention_rnn.weight_hh");
    let weight = Fault::NanInTensor("decoder.attention_rnn.weight_hh");
    let buffer = Fault::NanInTensor("encoder.convolutions.0.1.running_var");
    vec![
        row("NaN in a batch", Later(1), batch.clone(), Steps(1)),
        row("NaN in five batches", Later(5), batch.clone(), Steps(1)),
        row("NaN in every batch", LaterForEver, batch, Steps(1)),
        row("NaN in a gradient", Later(1), gradient, Steps(1)),
        row("NaN in a weight", Later(1), weight, Steps(1)),
        row(
            "NaN in a running variance",
            Later(1),
            buffer,
            Validations(1),
        ),
        row("batch 1000x", Later(1), thousandfold, Steps(1)),
    ]
}

/// What only the course of the run shows.
fn of_whole_runs() -> Vec<Row> {
    use Limit::{Deadline, EarlyLook, Steps, Validations};
    use Strikes::{Always, LaterForEver};
    let rate = Fault::LearningRate;
    let (uniform, shuffled) = (Fault::UniformAttention, Fault::ShuffledTranscripts);
    vec![
        row("learning rate 30x", LaterForEver, rate(30.0), Steps(40)),
        row("learning rate 300x", LaterForEver, rate(300.0), Steps(40)),
        row("dead gate", LaterForEver, Fault::DeadGate, Validations(3)),
        row(
            "attention lost",
            LaterForEver,
            uniform.clone(),
            Validations(3),
        ),
        row("uniform attention", Always, uniform, EarlyLook),
        row("shuffled transcripts", Always, shuffled, Deadline),
    ]
}

/// What all runs share.
struct Bench {
    hparams: Hparams,
    dataset: Dataset,
    output: PathBuf,
}

impl Bench {
    /// Runs with faults planted, unless that run has finished; gives everything it told.
    fn run(&self, name: &str, from: Option<u64>, plan: Vec<Planted>) -> Outcome<Vec<Event>> {
        let run_dir = self.output.join(name.replace(' ', "_"));
        let log = run_dir.join("events.jsonl");
        let finished = log.exists()
            && read_events(&log)?
                .iter()
                .any(|event| matches!(event.kind, EventKind::RunFinished { .. }));
        if !finished {
            if run_dir.exists() {
                fs::remove_dir_all(&run_dir)?;
            }
            if let Some(step) = from {
                self.fork(step, &run_dir)?;
            }
            let spec = TrainSpec {
                hparams: self.hparams.clone(),
                dataset: self.dataset.clone(),
                run_dir: run_dir.clone(),
                resume: Resume::Auto,
                warm_start: None,
                go_on_from: None,
                beside: Vec::new(),
                opener: None,
                device: Device::flex(),
                console: ConsoleStyle::Quiet,
                sinks: Vec::new(),
            };
            train_with(spec, plan, &StopFlag::new())?;
        }
        Ok(read_events(&log)?)
    }

    /// The newest checkpoint of the clean run before a step.
    fn checkpoint_before(&self, step: u64) -> u64 {
        step / self.hparams.iters_per_checkpoint * self.hparams.iters_per_checkpoint
    }

    /// A run directory that stands where the clean run stood after `step` steps.
    fn fork(&self, step: u64, run_dir: &Path) -> Outcome<()> {
        let folder = run_dir.join("checkpoints");
        fs::create_dir_all(&folder)?;
        let clean = self.output.join("clean").join("checkpoints");
        let every = self.hparams.iters_per_checkpoint as usize;
        for step in (0..=step).step_by(every).skip(1) {
            let name = format!("checkpoint_{step:08}.ckpt");
            fs::copy(clean.join(&name), folder.join(&name))?;
        }
        let newest = folder.join(format!("checkpoint_{step:08}.ckpt"));
        fs::copy(&newest, folder.join("last_good.ckpt"))?;
        Ok(())
    }

    fn strike(&self, row: &Row, later: u64) -> Outcome<(u64, Vec<Event>)> {
        let fault = row.fault.clone();
        let from = match row.strikes {
            Strikes::Always => None,
            Strikes::Later(_) | Strikes::LaterForEver => Some(self.checkpoint_before(later)),
        };
        // Steps are counted from where the session begins.
        let begin = from.map_or(0, |from| later - from);
        let steps = match row.strikes {
            Strikes::Later(steps) => begin..begin + steps,
            Strikes::LaterForEver | Strikes::Always => begin..u64::MAX,
        };
        let planted = from.map_or(0, |_| later);
        let events = self.run(row.name, from, vec![Planted { steps, fault }])?;
        Ok((planted, events))
    }
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [corpus, output, preset, overrides, later, names @ ..] = &arguments[..] else {
        return Err("usage: fault_table CORPUS OUTPUT PRESET HPARAMS STEP [FAULT...]".into());
    };
    let later: u64 = later.parse()?;
    let mut hparams = Hparams::preset(preset)?;
    hparams.apply_overrides(overrides)?;
    hparams.keep_checkpoints = 1000;
    hparams.tensorboard_logging = false;
    hparams.validate()?;
    let options = DatasetOptions::default();
    let bench = Bench {
        dataset: Dataset::from_folder(corpus.as_ref(), &hparams, &options, &|_, _| ())?,
        output: output.into(),
        hparams,
    };
    let clean = bench.run("clean", None, Vec::new())?;
    table::print_head(&clean);
    for row in rows() {
        if names.is_empty() || names.iter().any(|name| name == row.name) {
            let (planted, events) = bench.strike(&row, later)?;
            let about = (row.name, planted, row.limit);
            table::print_row(about, &events, &clean, &bench.hparams);
        }
    }
    Ok(())
}

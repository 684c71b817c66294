//! Plants one fault after another into a run on real recordings, and prints what became of each as a table.
//!
//! ```sh
//! cargo run --release -p diktor-train --features fault-injection --example fault_table -- \
//!     assets/demo/en output/faults demo "max_steps=400,iters_per_checkpoint=100"
//! ```

#![allow(clippy::print_stdout, reason = "the table is the result")]

use std::{env, error::Error, path::Path};

use burn::tensor::Device;
use diktor_track::{EventKind, names, read_events};
use diktor_train::{
    ConsoleStyle, Dataset, Hparams, Resume, StopFlag, TrainSpec,
    data::DatasetOptions,
    fault_injection::{Fault, Planted, train_with},
};

/// How long a fault lasts once it strikes.
#[derive(Clone, Copy)]
enum Lasts {
    Steps(u64),
    ForEver,
}

fn faults() -> Vec<(&'static str, Lasts, Fault)> {
    use Lasts::{ForEver, Steps};
    let weight = "decoder.attention_rnn.weight_hh";
    let buffer = "encoder.convolutions.0.1.running_var";
    vec![
        ("NaN in a batch", Steps(1), Fault::NanInBatch),
        ("NaN in five batches", Steps(5), Fault::NanInBatch),
        ("NaN in every batch", ForEver, Fault::NanInBatch),
        ("NaN in a gradient", Steps(1), Fault::NanInGradient(weight)),
        ("NaN in a weight", Steps(1), Fault::NanInTensor(weight)),
        (
            "NaN in a running variance",
            Steps(1),
            Fault::NanInTensor(buffer),
        ),
        ("batch 1000x", Steps(1), Fault::ScaledBatch(1000.0)),
        ("learning rate 30x", ForEver, Fault::LearningRate(30.0)),
        ("dead gate", ForEver, Fault::DeadGate),
        ("shuffled transcripts", ForEver, Fault::ShuffledTranscripts),
        ("uniform attention", ForEver, Fault::UniformAttention),
    ]
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [corpus, output, preset, overrides] = &arguments[..] else {
        return Err("usage: fault_table CORPUS OUTPUT PRESET HPARAMS".into());
    };
    let mut hparams = Hparams::preset(preset)?;
    hparams.apply_overrides(overrides)?;
    hparams.validate()?;
    let options = DatasetOptions::default();
    let dataset = Dataset::from_folder(corpus.as_ref(), &hparams, &options, &|_, _| ())?;
    let run = |name: &str, plan: Vec<Planted>| {
        let run_dir = Path::new(output).join(name.replace(' ', "_"));
        let spec = TrainSpec {
            hparams: hparams.clone(),
            dataset: dataset.clone(),
            run_dir: run_dir.clone(),
            resume: Resume::Fresh,
            warm_start: None,
            device: Device::flex(),
            console: ConsoleStyle::Quiet,
            sinks: Vec::new(),
        };
        train_with(spec, plan, &StopFlag::new()).map(|outcome| (run_dir, outcome))
    };
    let loss = |metrics: &std::collections::BTreeMap<String, f64>| {
        metrics.get(names::VALIDATION_LOSS).copied()
    };
    let (_, clean) = run("clean", Vec::new())?;
    let clean = loss(&clean.metrics).unwrap_or(f64::NAN);
    println!("clean run: validation loss {clean:.4}\n");
    println!(
        "| fault | planted at | first told | as | where | restarts | outcome | loss | of clean |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (name, lasts, fault) in faults() {
        let from = hparams.max_steps * 3 / 10;
        let steps = match lasts {
            Lasts::Steps(steps) => from..from + steps,
            Lasts::ForEver => from..u64::MAX,
        };
        let (run_dir, outcome) = run(name, vec![Planted { steps, fault }])?;
        let told = told(&run_dir)?;
        let loss = loss(&outcome.metrics).unwrap_or(f64::NAN);
        println!(
            "| {name} | {} | {told} | {:?} | {loss:.4} | {:.0} % |",
            from + 1,
            outcome.outcome,
            100.0 * loss / clean
        );
    }
    Ok(())
}

/// Step, kind and place of the first fault after which something was done, and the number of restarts.
fn told(run_dir: &Path) -> Result<String, Box<dyn Error>> {
    let (mut first, mut restarts) = (None, 0);
    for event in read_events(&run_dir.join("events.jsonl"))? {
        match event.kind {
            EventKind::Fault(fault) => {
                first.get_or_insert((event.step, fault));
            }
            EventKind::Restart(_) => restarts += 1,
            _ => {}
        }
    }
    Ok(match first {
        Some((step, fault)) => {
            let place = fault.place.unwrap_or_else(|| fault.suspects.join(", "));
            format!("{step} | {:?} | {place} | {restarts}", fault.kind)
        }
        None => format!("- | - | - | {restarts}"),
    })
}

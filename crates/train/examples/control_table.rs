//! Trains clean runs and badly configured ones with the automatic fixes on and off, and prints how they end.
//!
//! ```sh
//! cargo run --release -p diktor-train --features fault-injection --example control_table -- \
//!     assets/demo/en output/control demo max_steps=500 1234,7,42
//! ```
//!
//! The last argument may be followed by names of configurations; all of them run otherwise. What was run before is read
//! from the output folder, so several processes may share the work and the last prints it all.

#![allow(clippy::print_stdout, reason = "the table is the result")]

mod common;

use std::{env, error::Error, path::Path};

use diktor_track::{Event, EventKind, names, read_events};
use diktor_train::{
    Hparams, StopFlag,
    fault_injection::{Fault, Planted, train_with},
};

/// A configuration: its name, what it changes, and how many times its learning rate is too high.
struct Configuration {
    name: &'static str,
    overrides: &'static str,
    rate: f64,
}

const CONFIGURATIONS: [Configuration; 4] = [
    Configuration {
        name: "clean",
        overrides: "",
        rate: 1.0,
    },
    Configuration {
        name: "rate x30",
        overrides: "",
        rate: 30.0,
    },
    Configuration {
        name: "guide weight 0",
        overrides: "guide_loss_weight=0,guide_loss_initial_weight=0",
        rate: 1.0,
    },
    Configuration {
        name: "batch of 2",
        overrides: "batch_size=2",
        rate: 1.0,
    },
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [corpus, output, preset, overrides, seeds, wanted @ ..] = &arguments[..] else {
        return Err("usage: control_table CORPUS OUTPUT PRESET HPARAMS SEED,SEED [NAME..]".into());
    };
    let seeds: Vec<u64> = seeds.split(',').map(str::parse).collect::<Result<_, _>>()?;
    let output = Path::new(output);
    println!(
        "| configuration | seed | fixes | outcome | step | validation loss | diagonality | what they did |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for configuration in &CONFIGURATIONS {
        let name = configuration.name;
        if !wanted.is_empty() && !wanted.iter().any(|one| one == name) {
            continue;
        }
        for &seed in &seeds {
            for fixes in [true, false] {
                let word = if fixes { "on" } else { "off" };
                let run_dir = output.join(format!("{}_{seed}_{word}", name.replace(' ', "_")));
                if !run_dir.join("events.jsonl").exists() {
                    let mut hparams = Hparams::preset(preset)?;
                    hparams.apply_overrides(overrides)?;
                    hparams.apply_overrides(&format!("seed={seed},auto_fix={fixes}"))?;
                    hparams.apply_overrides(configuration.overrides)?;
                    hparams.validate()?;
                    run(corpus.as_ref(), &run_dir, hparams, configuration.rate)?;
                }
                let events = read_events(&run_dir.join("events.jsonl"))?;
                println!("| {name} | {seed} | {word} | {} |", row(&events));
            }
        }
    }
    Ok(())
}

fn run(corpus: &Path, run_dir: &Path, hparams: Hparams, rate: f64) -> Result<(), Box<dyn Error>> {
    let spec = common::quiet_run(corpus, run_dir, hparams, Vec::new())?;
    let plan = Planted {
        steps: 0..u64::MAX,
        fault: Fault::LearningRate(rate),
    };
    train_with(spec, vec![plan], &StopFlag::new())?;
    Ok(())
}

/// How a run ended, and every change that was no schedule.
fn row(events: &[Event]) -> String {
    let (mut outcome, mut last, mut loss, mut diagonality) = (String::new(), 0, f64::NAN, f64::NAN);
    let mut deeds = Vec::new();
    for event in events {
        match &event.kind {
            EventKind::Validation { metrics } => {
                loss = metrics.get(names::VALIDATION_LOSS).copied().unwrap_or(loss);
                let found = metrics.get(names::ALIGNMENT_DIAGONALITY).copied();
                diagonality = found.unwrap_or(diagonality);
            }
            EventKind::Intervention(change) if change.who == "auto_fix" => deeds.push(format!(
                "{}: {} {:.3} -> {:.3}",
                event.step, change.knob, change.old, change.new
            )),
            EventKind::Restart(restart) => {
                deeds.push(format!("{}: {}", event.step, restart.sentence()))
            }
            EventKind::RunFinished { outcome: how, .. } => outcome = format!("{how:?}"),
            _ => {}
        }
        last = last.max(event.step);
    }
    let deeds = if deeds.is_empty() {
        "nothing".to_owned()
    } else {
        deeds.join("; ")
    };
    format!("{outcome} | {last} | {loss:.3} | {diagonality:.3} | {deeds}")
}

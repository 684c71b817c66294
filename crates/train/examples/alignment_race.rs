//! Trains one voice with each way of finding the diagonal, and prints how many steps each needed.
//!
//! ```sh
//! cargo run --release -p diktor-train --example alignment_race -- assets/demo/en output/race demo 400 1234,7,42
//! ```
//!
//! The last argument may be followed by names of recipes; all of them run otherwise. What was run before
//! is read from the output folder, so several processes may share the work and the last prints it all.

#![allow(clippy::print_stdout, reason = "the table is the result")]

mod common;

use std::{env, error::Error, path::Path};

use diktor_track::{Event, EventKind, NamedSink, Sink, SinkError, names, read_events};
use diktor_train::{Hparams, StopFlag, train};

/// Attention of this diagonality is on the diagonal.
const DIAGONAL: f64 = 0.7;
/// Attention of this focus looks at something. Forward attention is on the diagonal before it has learnt anything: it moves
/// on evenly, and looks at a broad band.
const FOCUSED: f64 = 0.3;
/// Validations in a row that must show it: a diagonal that comes and goes is none.
const IN_A_ROW: usize = 2;

/// What is added to the preset, by name.
const RECIPES: [(&str, &str); 12] = [
    ("nothing", "use_guided_attn=false"),
    ("ddc", "use_guided_attn=false,use_ddc_loss=true"),
    (
        "mmi",
        "use_guided_attn=false,use_mmi=true,drop_frame_rate=0.2",
    ),
    ("forward", "use_guided_attn=false,attention_type=forward"),
    ("dca", "use_guided_attn=false,attention_type=dca"),
    (
        "gradual",
        "use_guided_attn=false,r_max=6,gradual_training=[0:6,1:3],gradual_diagonality=0.7",
    ),
    ("guided", "use_guided_attn=true"),
    ("guided+ddc", "use_ddc_loss=true"),
    ("guided+mmi", "use_mmi=true,drop_frame_rate=0.2"),
    ("guided+forward", "attention_type=forward"),
    ("guided+dca", "attention_type=dca"),
    (
        "guided+gradual",
        "r_max=6,gradual_training=[0:6,1:3],gradual_diagonality=0.7",
    ),
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [corpus, output, preset, most, seeds, wanted @ ..] = &arguments[..] else {
        return Err("usage: alignment_race CORPUS OUTPUT PRESET STEPS SEED,SEED [RECIPE..]".into());
    };
    let seeds: Vec<u64> = seeds.split(',').map(str::parse).collect::<Result<_, _>>()?;
    let output = Path::new(output);
    for (name, overrides) in RECIPES {
        if !wanted.is_empty() && !wanted.iter().any(|one| one == name) {
            continue;
        }
        for &seed in &seeds {
            let run_dir = output.join(format!("{name}_{seed}"));
            if run_dir.join("events.jsonl").exists() {
                continue;
            }
            let mut hparams = Hparams::preset(preset)?;
            let all = format!("max_steps={most},validation_freq=10,seed={seed},{overrides}");
            hparams.apply_overrides(&all)?;
            hparams.validate()?;
            race(corpus.as_ref(), &run_dir, hparams)?;
        }
    }
    table(output, preset, &seeds)
}

/// Trains until attention reads, or to the end.
fn race(corpus: &Path, run_dir: &Path, hparams: Hparams) -> Result<(), Box<dyn Error>> {
    let stop = StopFlag::new();
    let finish = Finish {
        stop: stop.clone(),
        in_a_row: 0,
    };
    let sinks: Vec<NamedSink> = vec![("finish", Box::new(finish))];
    let spec = common::quiet_run(corpus, run_dir, hparams, sinks)?;
    train(spec, &stop)?;
    Ok(())
}

/// What attention has to be.
#[derive(Clone, Copy)]
enum Goal {
    Diagonal,
    DiagonalAndFocused,
}

impl Goal {
    /// Whether this validation reaches it; `None` if the event is none.
    fn is_reached(self, event: &Event) -> Option<bool> {
        let EventKind::Validation { metrics } = &event.kind else {
            return None;
        };
        let at_least = |name, least| metrics.get(name).is_some_and(|&found| found >= least);
        let diagonal = at_least(names::ALIGNMENT_DIAGONALITY, DIAGONAL);
        Some(match self {
            Self::Diagonal => diagonal,
            Self::DiagonalAndFocused => diagonal && at_least(names::ALIGNMENT_FOCUS, FOCUSED),
        })
    }
}

/// Ends a run whose attention reads.
struct Finish {
    stop: StopFlag,
    in_a_row: usize,
}

impl Sink for Finish {
    fn record(&mut self, event: &Event) -> Result<(), SinkError> {
        if let Some(reached) = Goal::DiagonalAndFocused.is_reached(event) {
            self.in_a_row = if reached { self.in_a_row + 1 } else { 0 };
            if self.in_a_row == IN_A_ROW {
                self.stop.raise();
            }
        }
        Ok(())
    }
}

/// What was found, one row for each recipe.
fn table(output: &Path, preset: &str, seeds: &[u64]) -> Result<(), Box<dyn Error>> {
    let batch = Hparams::preset(preset)?.batch_size as u64;
    println!(
        "steps until diagonality {DIAGONAL}, and until focus {FOCUSED} besides; utterances by then\n"
    );
    println!("| recipe | diagonal, seeds {seeds:?} | and focused | median | utterances |");
    println!("|---|---|---|---|---|");
    for (name, _) in RECIPES {
        let (mut diagonal, mut focused) = (Vec::new(), Vec::new());
        for seed in seeds {
            let log = output.join(format!("{name}_{seed}")).join("events.jsonl");
            if log.exists() {
                let events = read_events(&log)?;
                diagonal.push(reached(&events, Goal::Diagonal));
                focused.push(reached(&events, Goal::DiagonalAndFocused));
            }
        }
        if focused.is_empty() {
            continue;
        }
        let list = |steps: &[Option<u64>]| steps.iter().map(shown).collect::<Vec<_>>().join(", ");
        let (diagonal, each) = (list(&diagonal), list(&focused));
        // Never counts as later than any step.
        focused.sort_by_key(|step| step.unwrap_or(u64::MAX));
        let median = focused[focused.len() / 2];
        let utterances = shown(&median.map(|step| step * batch));
        println!(
            "| {name} | {diagonal} | {each} | {} | {utterances} |",
            shown(&median)
        );
    }
    Ok(())
}

fn shown(number: &Option<u64>) -> String {
    number.map_or("never".to_owned(), |number| number.to_string())
}

/// The first of the validations in a row that reach the goal.
fn reached(events: &[Event], goal: Goal) -> Option<u64> {
    let mut row = Vec::new();
    for event in events {
        match goal.is_reached(event) {
            Some(true) => row.push(event.step),
            Some(false) => row.clear(),
            None => {}
        }
        if row.len() == IN_A_ROW {
            return row.first().copied();
        }
    }
    None
}

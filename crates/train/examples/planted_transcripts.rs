//! Gives some utterances of a corpus each other's transcripts, trains, and prints how many of them
//! the ledger finds, and how many right ones it accuses.
//!
//! ```sh
//! cargo run --release -p diktor-train --example planted_transcripts -- \
//!     assets/demo/en output/planted demo "max_steps=700,seed=1" 200 10
//! ```
//!
//! With nothing planted it counts false alarms.

#![allow(clippy::print_stdout, reason = "the table is the result")]

use std::{collections::BTreeSet, env, error::Error, fs, path::Path};

use burn::tensor::Device;
use diktor_corpus::Example;
use diktor_track::names;
use diktor_train::{
    ConsoleStyle, Dataset, Hparams, Resume, StopFlag, TrainSpec, data::DatasetOptions,
};
use sha2::{Digest as _, Sha256};

/// As many as the page of the worst shows.
const WORST: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [corpus, output, preset, overrides, utterances, planted] = &arguments[..] else {
        let usage = "usage: planted_transcripts CORPUS RUN_DIR PRESET HPARAMS UTTERANCES PLANTED";
        return Err(usage.into());
    };
    let mut hparams = Hparams::preset(preset)?;
    hparams.apply_overrides(overrides)?;
    hparams.validate()?;
    let (seed, run_dir) = (hparams.seed, Path::new(output).to_owned());
    let options = DatasetOptions::default();
    let mut dataset = Dataset::from_folder(corpus.as_ref(), &hparams, &options, &|_, _| ())?;
    keep(&mut dataset, utterances.parse()?, seed);
    let wrong = plant(&mut dataset, planted.parse()?, seed);
    let trained_on: BTreeSet<String> = dataset.train.iter().map(|one| one.id.clone()).collect();
    let spec = TrainSpec {
        hparams,
        dataset,
        run_dir: run_dir.clone(),
        resume: Resume::Fresh,
        warm_start: None,
        go_on_from: None,
        beside: Vec::new(),
        opener: None,
        device: Device::flex(),
        console: ConsoleStyle::Plain { every_s: 60.0 },
        sinks: Vec::new(),
    };
    let outcome = diktor_train::train(spec, &StopFlag::new())?;
    let rows = ledger(&run_dir.join("ledger.csv"))?;
    let count = |keep: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| keep(row)).count();
    let among_worst = |ids: &dyn Fn(&str) -> bool| {
        let worst = rows.iter().take(WORST);
        worst
            .filter(|row| wrong.contains(&row.id) && ids(&row.id))
            .count()
    };
    println!(
        "| seed | utterances | planted | of these in training | among the worst {WORST} | of those \
         in training | planted proposed | right ones proposed | diagonality |"
    );
    println!(
        "| {seed} | {} | {} | {} | {} | {} | {} | {} | {:.3} |",
        rows.len(),
        wrong.len(),
        wrong.intersection(&trained_on).count(),
        among_worst(&|_| true),
        among_worst(&|id| trained_on.contains(id)),
        count(&|row| row.proposed && wrong.contains(&row.id)),
        count(&|row| row.proposed && !wrong.contains(&row.id)),
        outcome
            .metrics
            .get(names::ALIGNMENT_DIAGONALITY)
            .unwrap_or(&f64::NAN),
    );
    println!("planted: {wrong:?}");
    Ok(())
}

/// Leaves so many utterances, the validation set among them; another seed leaves others.
fn keep(dataset: &mut Dataset, utterances: usize, seed: u64) {
    let train = &mut dataset.train;
    train.sort_by_key(|one| place("keep", seed, &one.id));
    train.truncate(utterances.saturating_sub(dataset.validation.len()));
    train.sort_by(|a, b| a.id.cmp(&b.id));
}

/// Passes the transcripts of so many utterances on, each to the next; returns whose are wrong now.
fn plant(dataset: &mut Dataset, planted: usize, seed: u64) -> BTreeSet<String> {
    let both = dataset.train.iter_mut().chain(&mut dataset.validation);
    let mut chosen: Vec<&mut Example> = both.collect();
    chosen.sort_by_key(|one| place("plant", seed, &one.id));
    chosen.truncate(planted);
    let mut texts: Vec<(Vec<u32>, String)> = chosen
        .iter()
        .map(|one| (one.symbols.clone(), one.text.clone()))
        .collect();
    texts.rotate_left(1.min(planted));
    for (one, text) in chosen.iter_mut().zip(texts) {
        (one.symbols, one.text) = text;
    }
    chosen.iter().map(|one| one.id.clone()).collect()
}

/// Where an utterance stands in an order that depends on nothing but purpose, seed and name.
fn place(purpose: &str, seed: u64, id: &str) -> [u8; 32] {
    Sha256::digest(format!("{purpose} {seed} {id}")).into()
}

/// What the ledger says of one utterance.
struct Row {
    id: String,
    proposed: bool,
}

/// The ledger of a run, the most suspicious first.
fn ledger(path: &Path) -> Result<Vec<Row>, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let mut lines = text.lines();
    let heads: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let column = |name| heads.iter().position(|head| *head == name);
    let (id, proposed) = column("utterance")
        .zip(column("proposed"))
        .ok_or("columns")?;
    // The text, which may hold commas, is the last column.
    let rows = lines.map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        Row {
            id: cells[id].to_owned(),
            proposed: cells[proposed] == "true",
        }
    });
    Ok(rows.collect())
}

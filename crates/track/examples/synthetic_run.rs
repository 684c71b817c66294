//! Writes the run directory of a run that never happened, to look at what its readers are shown:
//! `cargo run -p diktor-track --example synthetic_run -- DIR`.

#[path = "../tests/it/synthetic.rs"]
mod synthetic;

use std::{env, error::Error, path::PathBuf};

use diktor_track::{
    ConsoleStyle, Tracker,
    report::{self, ReportLocale},
    run_sinks,
};

fn main() -> Result<(), Box<dyn Error>> {
    let run_dir = PathBuf::from(env::args().nth(1).ok_or("say which folder to write")?);
    let tracker = Tracker::new(run_sinks(
        &run_dir,
        ConsoleStyle::detect(false),
        ReportLocale::En,
        None,
    )?);
    let plan = synthetic::Plan {
        steps: 1500,
        validate_every: 100,
        utterances: 3,
    };
    synthetic::run(&run_dir, plan)?
        .into_iter()
        .for_each(|event| tracker.emit(event));
    tracker.finish();
    for (locale, name) in [
        (report::ReportLocale::Ru, "report.ru.html"),
        (report::ReportLocale::En, "report.html"),
    ] {
        let path = report::write_report(&run_dir, locale)?;
        std::fs::rename(path, run_dir.join(name))?;
    }
    Ok(())
}

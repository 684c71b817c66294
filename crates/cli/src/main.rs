//! The `diktor` binary: reads the command line, chooses threads and device, runs one verb.

use std::{ffi::OsString, process::ExitCode};

use diktor_track::Secrets;

mod alerting;
mod answer;
mod checkpoint;
mod cli;
mod cmd;
mod device;
mod exit;
mod logging;
mod machine;
mod npy;
mod onlookers;
mod progress;
mod runs;
mod settings;
mod signals;
mod threads;
mod tracking;
mod typed;
mod voice;

use cli::Cli;

fn main() -> ExitCode {
    let line: Vec<OsString> = std::env::args_os().collect();
    let cli = match Cli::read(line.clone()) {
        Ok(cli) => cli,
        Err(words) => return typed::tell(&words, &line),
    };
    // A file that may not grow is an error like a full disk, not the end of the program.
    let _default_stays = signals::refuse_instead_of_ending();
    let secrets = Secrets::known();
    logging::install(&cli.global, secrets.clone());
    let form = answer::Form::new(cli.global.json);
    let result = threads::install(cli.global.threads).and_then(|()| cmd::run(cli));
    match result {
        Ok(ending) => ending.into(),
        Err(error) => {
            exit::tell(&error, form, &secrets);
            ExitCode::from(exit::code_of(&error))
        }
    }
}

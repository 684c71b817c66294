//! The `diktor` binary: reads the command line, chooses threads and device, runs one verb.

use std::process::ExitCode;

use diktor_track::Secrets;

mod alerting;
mod answer;
mod cli;
mod cmd;
mod device;
mod exit;
mod logging;
mod machine;
mod npy;
mod onlookers;
mod progress;
mod settings;
mod signals;
mod threads;
mod tracking;
mod voice;

use cli::Cli;

fn main() -> ExitCode {
    let cli = match Cli::read(std::env::args_os()) {
        Ok(cli) => cli,
        Err(words) => {
            // Prints help and version on stdout, mistakes on stderr; neither can fail usefully.
            let _ = words.print();
            return ExitCode::from(u8::try_from(words.exit_code()).unwrap_or(exit::USAGE));
        }
    };
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

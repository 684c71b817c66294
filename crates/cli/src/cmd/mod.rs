//! One file per verb.

pub(crate) mod alert;
pub(crate) mod artifact;
pub(crate) mod bench;
pub(crate) mod check;
pub(crate) mod doctor;
pub(crate) mod eval;
pub(crate) mod export;
pub(crate) mod hparams;
pub(crate) mod import;
pub(crate) mod mlflow;
pub(crate) mod prepare;
pub(crate) mod quickstart;
pub(crate) mod recover;
pub(crate) mod report;
pub(crate) mod sync;
pub(crate) mod synthesize;
pub(crate) mod text;
pub(crate) mod train;
pub(crate) mod why;

use crate::{
    answer::Form,
    cli::{Cli, Verb},
    exit::Ending,
};

/// Does what was asked.
///
/// # Errors
/// What the verb says.
pub(crate) fn run(cli: Cli) -> anyhow::Result<Ending> {
    let form = Form::new(cli.global.json);
    let console = crate::logging::console(&cli.global);
    let verbose = cli.global.verbose > 0;
    match cli.verb {
        Verb::Quickstart(arguments) => quickstart::run(arguments, console, form),
        Verb::Prepare(verb) => prepare::run(verb, form),
        Verb::Train(arguments) => train::run(arguments, console, verbose, form),
        Verb::Recover(arguments) => recover::run(arguments, console, form),
        Verb::Synthesize(arguments) => synthesize::run(arguments, form),
        Verb::Eval(arguments) => eval::run(arguments, form),
        Verb::Text(arguments) => text::run(&arguments, form),
        Verb::Import(arguments) => import::run(arguments, form),
        Verb::Export(arguments) => export::run(arguments, form),
        Verb::Hparams(arguments) => hparams::run(arguments, form),
        Verb::Report(arguments) => report::run(arguments, form),
        Verb::Sync(arguments) => sync::run(&arguments, form),
        Verb::Check(arguments) => check::run(&arguments, form),
        Verb::Why(arguments) => why::run(&arguments, form),
        Verb::Alert(verb) => alert::run(&verb, form),
        Verb::Artifact(verb) => artifact::run(&verb, form),
        Verb::Mlflow(verb) => mlflow::run(&verb, form),
        Verb::Bench(verb) => bench::run(verb, form),
        Verb::Doctor(arguments) => doctor::run(arguments, form),
    }
}

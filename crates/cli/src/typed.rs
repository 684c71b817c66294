//! What is told about a command line that cannot be read: names of other programs with what does their job here,
//! everything else in clap's words, and with `--json` as an object too.

use std::{ffi::OsString, process::ExitCode};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use diktor_track::Secrets;
use diktor_train::hparams;

use crate::{
    answer::Form,
    cli::older::{self, Place},
    exit::{self, USAGE, usage},
};

/// Verbs that take `--hparams`.
const TRAINERS: [&str; 6] = [
    "train",
    "quickstart",
    "prepare",
    "import",
    "recover",
    "bench",
];

/// Tells what is wrong with `line`, or prints the help or version that it asked for.
pub(crate) fn tell(words: &clap::Error, line: &[OsString]) -> ExitCode {
    if !words.use_stderr() {
        // A reader that has gone away does not miss it.
        let _ = words.print();
        return ExitCode::SUCCESS;
    }
    let form = form_of(line);
    if let Some((what, hint)) = known(words, line) {
        let error = usage(format!("{what}\nhint: {hint}"));
        exit::tell(&error, form, &Secrets::known());
        return ExitCode::from(USAGE);
    }
    let _ = words.print();
    if form == Form::Json {
        let (error, hint) = in_short(words);
        let object = serde_json::json!({ "error": error, "hint": hint, "exit_code": USAGE });
        // Nothing is left to say when stdout is gone as well.
        let _ = form.print_value(&object);
    }
    ExitCode::from(USAGE)
}

/// Whether the line asks for JSON, as far as a line that cannot be read says anything.
fn form_of(line: &[OsString]) -> Form {
    let mut flags = line.iter().take_while(|word| *word != "--");
    Form::new(flags.any(|word| word == "--json"))
}

/// What is wrong and what to type instead, where clap would only guess.
fn known(words: &clap::Error, line: &[OsString]) -> Option<(String, String)> {
    let said = |kind| match words.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let (place, typed, shown) = match words.kind() {
        ErrorKind::InvalidSubcommand => {
            let typed = said(ContextKind::InvalidSubcommand)?;
            (Place::Verb, typed, typed.to_owned())
        }
        ErrorKind::UnknownArgument => {
            let typed = said(ContextKind::InvalidArg)?;
            (Place::Flag, typed, typed.to_owned())
        }
        ErrorKind::InvalidValue if said(ContextKind::InvalidArg)?.starts_with("--mode") => {
            let typed = said(ContextKind::InvalidValue)?;
            (Place::Mode, typed, format!("--mode {typed}"))
        }
        _ => return None,
    };
    if let Some(row) = older::find(place, typed) {
        return Some((format!("`{shown}`: {}", row.answer), row.hint.to_owned()));
    }
    let takes_hparams = line
        .iter()
        .any(|word| TRAINERS.iter().any(|verb| word == verb));
    let name = typed.strip_prefix("--").filter(|_| takes_hparams)?;
    let row = hparams::find(name)?;
    Some((
        format!("`{shown}` is a hyper-parameter and no flag"),
        format!("`--hparams {}=VALUE`", row.name),
    ))
}

/// The error and its hint without the usage that follows them.
fn in_short(words: &clap::Error) -> (String, Option<String>) {
    if words.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return (
            "there is more to say on this line".to_owned(),
            Some("`--help` lists what can follow".to_owned()),
        );
    }
    let text = words.render().to_string();
    let (mut error, mut tips) = (Vec::new(), Vec::new());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with("Usage:") || line.starts_with("For more information") {
            break;
        }
        match line.strip_prefix("tip: ") {
            Some(tip) => tips.push(tip.to_owned()),
            None => error.push(line.strip_prefix("error: ").unwrap_or(line)),
        }
    }
    let hint = match tips.is_empty() {
        true => "`--help` lists what can be said".to_owned(),
        false => tips.join("; "),
    };
    (error.join(" "), Some(hint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;

    fn refused(line: &str) -> (clap::Error, Vec<OsString>) {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        (Cli::read(words.clone()).unwrap_err(), words)
    }

    fn check_known(line: &str, words: &[&str]) {
        let (error, typed) = refused(line);
        let (what, hint) = known(&error, &typed).unwrap_or_else(|| panic!("{line}: {error}"));
        let all = format!("{what}\n{hint}");
        for word in words {
            assert!(all.contains(word), "{line}: {all}");
        }
    }

    #[test]
    fn names_of_other_programs_are_answered() {
        check_known(
            "diktor multiproc train.py --n_gpus 4",
            &["`multiproc`", "several devices"],
        );
        check_known("diktor --json train.py -o out", &["`diktor train`"]);
        check_known("diktor vocoder", &["Griffin-Lim", "--mel-output"]);
        check_known("diktor prepare segment", &["`segment`", "prepare stats"]);
        check_known("diktor mlflow ui", &["export mlflow-db"]);
        check_known("diktor train --n_trials 4", &["`--n_trials`", "tuner"]);
        check_known(
            "diktor train --mode optimize",
            &["`--mode optimize`", "tuner"],
        );
        check_known(
            "diktor train --guided_attn_weight 5",
            &["no flag", "--hparams guide_loss_weight=VALUE"],
        );
    }

    #[test]
    fn what_nobody_knows_is_left_to_clap() {
        for line in [
            "diktor sing",
            "diktor train --singing",
            "diktor why --seed 3",
            "diktor train --mode singing",
        ] {
            let (error, typed) = refused(line);
            assert!(known(&error, &typed).is_none(), "{line}");
        }
    }

    #[test]
    fn clap_in_short_has_no_usage() {
        let (error, _) = refused("diktor train --dataset-x y");
        let (what, hint) = in_short(&error);
        assert_eq!(what, "unexpected argument '--dataset-x' found");
        assert!(hint.unwrap().contains("--dataset"));
        let (error, _) = refused("diktor import");
        let (what, hint) = in_short(&error);
        assert!(
            what.contains("--output <FILE>") && !what.contains("Usage"),
            "{what}"
        );
        assert!(hint.unwrap().contains("--help"));
        let (error, _) = refused("diktor prepare");
        assert!(in_short(&error).1.unwrap().contains("--help"));
    }

    #[test]
    fn json_is_asked_for_before_the_end_of_the_flags() {
        let form = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            form_of(&words)
        };
        assert_eq!(form("diktor train --x --json"), Form::Json);
        assert_eq!(form("diktor synthesize -- --json"), Form::Words);
    }
}

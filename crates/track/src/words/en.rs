//! English.

use super::Words;
use crate::{
    ChangeCause, Collapse, EarlyVerdict, Outcome,
    figures::{figure_in, grouped},
    report::ReportLocale,
};

pub(super) const WORDS: Words = Words {
    locale: ReportLocale::En,
    units: ["h", "min", "s"],
    started: |start| {
        let from = match start.resumed_from {
            Some(step) => format!(", continues from step {step}"),
            None => String::new(),
        };
        format!(
            "run {}: {} parameters, {} utterances to train on, {} to validate on{from}",
            start.run,
            grouped(start.total_params),
            grouped(start.train_size),
            grouped(start.val_size),
        )
    },
    step: "step",
    left: |time| format!("ETA {time}"),
    shown: [
        "loss", "taco", "gate", "guide", "diag", "grad", "lr", "frames/s",
    ],
    validation: |step| format!("validation at step {step}"),
    validated: [
        "loss",
        "diagonality",
        "alignment",
        "gate accuracy",
        "free-running diagonality",
        "intelligibility",
        "do not end",
        "end too early",
        "distortion, dB",
        "composite score",
    ],
    finished: |outcome, step, time| {
        let how = match outcome {
            Outcome::Completed => "completed",
            Outcome::StoppedEarly => "stopped early: nothing more to gain",
            Outcome::RedFlag => "stopped by a red flag",
            Outcome::Interrupted => "interrupted; everything is saved",
            Outcome::Failed => "failed",
        };
        format!("run {how}, at step {step} after {time}")
    },
    nothing_left: |step| {
        format!(
            "nothing was left to do: the run had made its {step} steps already; raise `--max-steps` or `--epochs` to \
             go on"
        )
    },
    warning: "warning",
    hint: "hint",
    fault: "fault",
    saved: |path, why| format!("saved {path} ({why})"),
    best: |path, best| {
        let value = figure_in(best.value, ReportLocale::En);
        let before = best.before.map_or(String::new(), |before| {
            format!(", before {}", figure_in(before, ReportLocale::En))
        });
        format!(
            "saved {path}: the best so far by `{}`, {value}{before}",
            best.metric
        )
    },
    change: |what, why| format!("{what} ({why})"),
    causes: |cause| match cause {
        ChangeCause::Schedule => "schedule",
        ChangeCause::Phase => "phase",
        ChangeCause::Fix => "automatic fix",
        ChangeCause::Fault => "after a fault",
        ChangeCause::Person => "hyper-parameter",
        ChangeCause::Other => "change",
    },
    verdict: |verdict, figures| {
        format!(
            "the fix of step {}, `{}`, {}: {figures}",
            verdict.of_step,
            verdict.knob,
            verdict.outcome()
        )
    },
    phase: |[from, to], meaning, why| format!("phase `{from}` → `{to}`, {meaning}: {why}"),
    phases: [
        "attention has still to appear",
        "attention becomes steady",
        "mel and gate become better",
        "the last polish",
    ],
    refused: |who, what, why| format!("`{who}` wanted `{what}`, which was refused: {why}"),
    fault_sentence: |fault| fault.sentence(),
    restart: |restart, overrides, why| {
        let weights = if restart.reinitialised {
            " with new weights"
        } else {
            ""
        };
        format!(
            "restart {} of {}: from step {} back to {}{weights} ({overrides}): {why}",
            restart.attempt, restart.most, restart.from_step, restart.to_step
        )
    },
    attention: |change, words| {
        let was = match change.from {
            Some(from) => format!(" (before: it {})", words.attention_does(from)),
            None => String::new(),
        };
        format!(
            "attention {} in {:.0}% of the utterances{was}, diagonality {:.3}",
            words.attention_does(change.to),
            100.0 * change.share,
            change.diagonality
        )
    },
    attention_does: [
        "looks at the whole text alike",
        "does not leave a few symbols",
        "jumps about the text",
        "does not reach the end of the text",
        "skips symbols",
        "follows the text",
    ],
    early: |look, words| {
        let found = match look.verdict {
            EarlyVerdict::Aligned => "attention has found the diagonal",
            EarlyVerdict::OnItsWay => "attention is on its way to the diagonal",
            EarlyVerdict::NotOnItsWay => "attention is not on its way to the diagonal",
        };
        let fails = match look.class {
            Collapse::Ok => String::new(),
            class => format!("; so far it {}", words.attention_does(class)),
        };
        let again = match look.look_again {
            Some(step) => format!("; next look at step {step}"),
            None => String::new(),
        };
        format!(
            "{found}: diagonality {:.3} after {} utterances, {:+.4} per 1000 utterances{fails}{again}",
            look.diagonality,
            grouped(look.utterances),
            look.slope
        )
    },
    suspects: |suspects, worst| {
        format!(
            "{} of {} utterances look wrong; the worst are {worst}, see `worst.html`",
            suspects.proposed, suspects.measured
        )
    },
};

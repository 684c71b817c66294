//! English.

use diktor_track::{
    Outcome, decimals_in, figure_in, grouped,
    report::{ReportLocale, fault_words},
};

use super::Texts;
use crate::rules::{Advice, Fixes};

const EN: ReportLocale = ReportLocale::En;

pub(super) const TEXTS: Texts = Texts {
    locale: EN,
    started: |run, from| match from {
        Some(step) => format!("🚀 {run}: training goes on from step {step}"),
        None => format!("🚀 {run}: training has begun"),
    },
    made_of: |parameters, train, validation| {
        format!(
            "{parameters} parameters, {train} utterances to train on, {validation} to validate on"
        )
    },
    report: |run| format!("🤖 {run}: detailed report"),
    phase: |run, phase| format!("🧭 {run}: next phase, {phase}"),
    changed: |run, changes| match changes {
        1 => format!("🛠️ {run}: the run changed one setting"),
        _ => format!("🛠️ {run}: the run changed {changes} settings"),
    },
    critical: |run| format!("🚨 {run}: critical problem"),
    recommendation: |run| format!("💡 {run}: recommendation"),
    restarted: |run| format!("♻️ {run}: back to an earlier checkpoint"),
    finished: |run, outcome| match outcome {
        Outcome::Completed => format!("✅ {run}: training is complete"),
        Outcome::StoppedEarly => format!("✅ {run}: stopped early, nothing more to gain"),
        Outcome::RedFlag => format!("🛑 {run}: stopped by a red flag"),
        Outcome::Interrupted => format!("⏸️ {run}: interrupted, everything is saved"),
        Outcome::Failed => format!("💥 {run}: the run failed"),
    },
    recovered: |run| format!("🩹 {run}: the run is being recovered"),
    recovered_from: |checkpoint, step, backup| {
        format!("It goes on from `{checkpoint}`, step {step}; everything before is in `{backup}`.")
    },
    quiet_over: "📬 What happened in the quiet hours",
    lives_again: "📬 What could not be delivered",
    missed: |messages| format!("{messages} messages were not delivered at their time:"),
    again: |times| format!("(came {times} more times since it was told)"),

    step: "Step",
    of: "of",
    loss: "Loss",
    mel: "mel",
    gate: "gate",
    validation: |step| format!("Validation of step {step}"),
    validation_loss: "loss",
    grad_norm: "Gradient norm",
    diagonality: "Attention diagonality",
    intelligibility: "Intelligibility",
    gate_accuracy: "Gate accuracy",
    quality: "Quality",
    learning_rate: "Learning rate",
    frames_per_second: "frames/s",
    left: "about {} left",
    faults_since: "Faulty steps since the last report",
    actions_taken: "Actions taken",
    no_actions: "none",
    more: "and {} more",
    next: "Next",
    why: "Why",
    what_to_do: "What to do",
    duration: "Time",
    utterances: "Utterances",
    best: "Voice",
    units: ["h", "min", "s"],
    verdicts: [
        "helped",
        "made no difference",
        "made it worse and is undone",
    ],
    phases: [
        "attention has still to appear",
        "attention becomes steady",
        "mel and gate become better",
        "the last polish",
    ],
    fault_kind: |kind| fault_words(EN, kind),
    fault_actions: [
        "no update was made",
        "the run goes on",
        "the run goes back to an earlier checkpoint",
        "the run was ended",
    ],
    advice: |advice| {
        match advice {
        Advice::NotFinite => "the loss is not finite: the run skips such steps and goes back if they stay; look at the utterances that the faults name".to_owned(),
        Advice::Gradient { norm, limit, fixes } => format!(
            "the gradient norm {} is above {}: {}",
            figure_in(norm, EN),
            figure_in(limit, EN),
            match fixes {
                Fixes::On => "if it stays so, the run lowers the learning rate; if that does not help, halve `learning_rate`",
                Fixes::Off => "automatic fixes are off; if it stays so, halve `learning_rate`",
            }
        ),
        Advice::Attention { diagonality, limit, fixes } => format!(
            "diagonality is {}, below {}, which is normal early in a run; {}",
            decimals_in(diagonality, 3, EN),
            figure_in(limit, EN),
            match fixes {
                Fixes::On => "if it lasts, the run raises `guide_loss_weight`, and if that does not help, check transcripts and the learning rate",
                Fixes::Off => "automatic fixes are off; if it lasts, raise `guide_loss_weight`, and check transcripts and the learning rate",
            }
        ),
        Advice::Gate { accuracy, limit, fixes } => format!(
            "gate accuracy is {}, below {}; {}",
            decimals_in(accuracy, 3, EN),
            figure_in(limit, EN),
            match fixes {
                Fixes::On => "if it lasts, the run raises `gate_pos_weight`; check that silence is cut from the end of the recordings",
                Fixes::Off => "automatic fixes are off; if it lasts, raise `gate_pos_weight`, and check that silence is cut from the end of the recordings",
            }
        ),
        Advice::Healthy { report_at } => format!("nothing to do; the next report comes at step {report_at}"),
        Advice::Unmeasured => "wait for the first validation".to_owned(),
    }
    },
    restart: |restart| {
        let weights = if restart.reinitialised {
            " with new weights"
        } else {
            ""
        };
        format!(
            "Attempt {} of {}: from step {} back to {}{weights}.",
            restart.attempt, restart.most, restart.from_step, restart.to_step
        )
    },
    early: |look| {
        format!(
            "After {} utterances the attention is not on its way: diagonality {}, {} at the end if it went on so.",
            grouped(look.utterances),
            decimals_in(look.diagonality, 3, EN),
            decimals_in(look.projected, 3, EN)
        )
    },
    early_hint: "`diktor why` says what is wrong; check transcripts, language and learning rate before more time is spent",
    suspects: |suspects| {
        format!(
            "{} of {} utterances look as if transcript or recording were wrong.",
            suspects.proposed, suspects.measured
        )
    },
    suspects_hint: "listen to them in `worst.html`, then leave them out with `diktor prepare quarantine`",

    loss_curve: "Loss",
    in_training: "training",
    in_validation: "validation",

    help: "/status: the figures now\n/plot: loss curve and attention\n/why: what is wrong and what to do\n/stop: save everything and stop",
    stopping: "🛑 The run finishes its step, saves everything and stops. `diktor train --resume` goes on.",
    nothing_yet: "There are no figures yet.",
    unreadable: "The record of the run cannot be read yet.",
    ignored: |messages| format!("{messages} messages from other chats were ignored."),
    trial: "This is a trial message; its figures are examples.",
};

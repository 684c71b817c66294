//! What messages say by themselves, per language.

mod en;
mod ru;

use diktor_track::{
    EarlyLook, FaultAction, FaultKind, FaultRecord, Outcome, Phase, RestartRecord, Suspects,
    report::ReportLocale,
};

use crate::rules::Advice;

/// Everything messages say by themselves. A field that a language lacks does not compile.
pub(crate) struct Texts {
    pub(crate) locale: ReportLocale,
    /// Title of a run that begins, or goes on from a step.
    pub(crate) started: fn(run: &str, from: Option<u64>) -> String,
    /// What it is made of: parameters, utterances to train and to validate on.
    pub(crate) made_of: fn(parameters: &str, train: u64, validation: u64) -> String,
    /// Title of the report.
    pub(crate) report: fn(run: &str) -> String,
    /// Title of a new phase.
    pub(crate) phase: fn(run: &str, phase: &str) -> String,
    /// Title of so many changes.
    pub(crate) changed: fn(run: &str, changes: usize) -> String,
    /// Titles of something bad, of something to do, and of a way back.
    pub(crate) critical: fn(run: &str) -> String,
    pub(crate) recommendation: fn(run: &str) -> String,
    pub(crate) restarted: fn(run: &str) -> String,
    /// Title of the end.
    pub(crate) finished: fn(run: &str, outcome: Outcome) -> String,
    pub(crate) recovered: fn(run: &str) -> String,
    /// From which checkpoint, of which step, a run is recovered, and where the backup is.
    pub(crate) recovered_from: fn(checkpoint: &str, step: u64, backup: &str) -> String,
    /// Titles of digests.
    pub(crate) quiet_over: &'static str,
    pub(crate) lives_again: &'static str,
    /// How many messages a digest stands for.
    pub(crate) missed: fn(messages: u64) -> String,
    /// How often a message came since it was told.
    pub(crate) again: fn(times: u64) -> String,

    pub(crate) step: &'static str,
    pub(crate) of: &'static str,
    pub(crate) loss: &'static str,
    pub(crate) mel: &'static str,
    pub(crate) gate: &'static str,
    /// Heading of what the validation of a step measured.
    pub(crate) validation: fn(step: u64) -> String,
    pub(crate) validation_loss: &'static str,
    pub(crate) grad_norm: &'static str,
    pub(crate) diagonality: &'static str,
    pub(crate) intelligibility: &'static str,
    pub(crate) gate_accuracy: &'static str,
    pub(crate) quality: &'static str,
    pub(crate) learning_rate: &'static str,
    pub(crate) frames_per_second: &'static str,
    pub(crate) left: &'static str,
    pub(crate) faults_since: &'static str,
    pub(crate) actions_taken: &'static str,
    pub(crate) no_actions: &'static str,
    pub(crate) more: &'static str,
    pub(crate) next: &'static str,
    pub(crate) why: &'static str,
    pub(crate) what_to_do: &'static str,
    pub(crate) duration: &'static str,
    pub(crate) utterances: &'static str,
    pub(crate) best: &'static str,
    /// Hour, minute, second.
    pub(crate) units: [&'static str; 3],
    /// What came of a change: helped, made no difference, made it worse and is undone.
    pub(crate) verdicts: [&'static str; 3],
    /// Names of the phases, in the order of [`Phase::ALL`].
    pub(crate) phases: [&'static str; 4],
    pub(crate) fault_kind: fn(FaultKind) -> &'static str,
    /// What was done, in the order of [`FaultAction::ALL`].
    pub(crate) fault_actions: [&'static str; FaultAction::ALL.len()],
    pub(crate) advice: fn(Advice) -> String,
    pub(crate) restart: fn(&RestartRecord) -> String,
    pub(crate) early: fn(&EarlyLook) -> String,
    pub(crate) early_hint: &'static str,
    pub(crate) suspects: fn(&Suspects) -> String,
    pub(crate) suspects_hint: &'static str,

    pub(crate) loss_curve: &'static str,
    pub(crate) in_training: &'static str,
    pub(crate) in_validation: &'static str,

    /// What the commands are.
    pub(crate) help: &'static str,
    pub(crate) stopping: &'static str,
    pub(crate) nothing_yet: &'static str,
    pub(crate) unreadable: &'static str,
    pub(crate) ignored: fn(messages: u64) -> String,
    /// First line of every message of a trial.
    pub(crate) trial: &'static str,
}

impl Texts {
    pub(crate) fn of(locale: ReportLocale) -> &'static Self {
        match locale {
            ReportLocale::En => &en::TEXTS,
            ReportLocale::Ru => &ru::TEXTS,
        }
    }

    pub(crate) fn phase_name(&self, phase: Phase) -> &'static str {
        self.phases[phase as usize]
    }

    /// A fault in words, without its figures.
    pub(crate) fn fault(&self, fault: &FaultRecord) -> [&'static str; 2] {
        let mut actions = FaultAction::ALL.into_iter().zip(self.fault_actions);
        let action = actions.find(|(one, _)| *one == fault.action);
        [
            (self.fault_kind)(fault.kind),
            action.map_or("", |(_, text)| text),
        ]
    }
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Texts")
    }
}

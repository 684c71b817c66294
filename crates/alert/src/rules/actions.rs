//! What the run did by itself: told in groups, and listed in reports with what came of it.

use diktor_track::{ChangeCause, EventKind, InterventionRecord, VerdictRecord, in_words};

use crate::locale::Texts;

/// A burst of changes is complete after this many seconds.
const BURST_S: f64 = 2.0;
/// Changes that one message lists.
const MAX_LISTED: usize = 10;
/// What a list below a heading begins its lines with.
const INDENT: &str = "  ";
/// Changes that are remembered for their verdict.
const MAX_REMEMBERED: usize = 200;

/// One change of a knob.
#[derive(Debug, Clone)]
struct Action {
    step: u64,
    change: InterventionRecord,
    outcome: Outcome,
    reported: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Helped,
    NoDifference,
    Undone,
    Unknown,
}

/// The changes of a run.
#[derive(Debug)]
pub(super) struct Actions {
    group_s: f64,
    /// The newest, told or not.
    known: Vec<Action>,
    /// How many of the newest have not been told.
    untold: usize,
    /// When the first of them was noticed, and when the last group was told.
    waiting_since: Option<f64>,
    told_s: f64,
}

/// Changes to tell together.
pub(super) struct Due {
    pub(super) changes: usize,
    listed: Vec<Action>,
}

impl Actions {
    pub(super) fn new(group_s: f64) -> Self {
        Self {
            group_s,
            known: Vec::new(),
            untold: 0,
            waiting_since: None,
            told_s: f64::NEG_INFINITY,
        }
    }

    /// Notes a change. What a schedule does was known beforehand and is no news, unless something else made it move at
    /// this step.
    pub(super) fn turned(&mut self, step: u64, change: &InterventionRecord) {
        let moved = self.known.last().is_some_and(|last| last.step == step);
        if change.cause() == ChangeCause::Schedule && !moved {
            return;
        }
        if self.known.len() == MAX_REMEMBERED {
            self.known.remove(0);
        }
        self.known.push(Action {
            step,
            change: change.clone(),
            outcome: Outcome::Unknown,
            reported: false,
        });
        self.untold += 1;
    }

    /// Keeps what came of a change, to be reported once more.
    pub(super) fn judged(&mut self, verdict: &VerdictRecord) {
        let action =
            self.known.iter_mut().rev().find(|action| {
                action.step == verdict.of_step && action.change.knob == verdict.knob
            });
        if let Some(action) = action {
            action.outcome = match (verdict.helped, verdict.undone) {
                (true, _) => Outcome::Helped,
                (false, false) => Outcome::NoDifference,
                (false, true) => Outcome::Undone,
            };
            action.reported = false;
        }
    }

    /// The changes to tell now: a moment after the first, and never too soon after the last group.
    pub(super) fn due(&mut self, now_s: f64) -> Option<Due> {
        if self.untold == 0 {
            return None;
        }
        let since = *self.waiting_since.get_or_insert(now_s);
        if now_s < (since + BURST_S).max(self.told_s + self.group_s) {
            return None;
        }
        self.told_s = now_s;
        self.rest()
    }

    /// The changes not told yet, whatever the time.
    pub(super) fn rest(&mut self) -> Option<Due> {
        let changes = std::mem::take(&mut self.untold);
        self.waiting_since = None;
        let listed = changes.min(self.known.len()).min(MAX_LISTED);
        (changes > 0).then(|| Due {
            changes,
            listed: self.known[self.known.len() - listed..].to_vec(),
        })
    }

    /// The changes since the last report, and those whose outcome became known.
    pub(super) fn lines(&self, texts: &Texts) -> String {
        let unreported: Vec<&Action> = self.known.iter().filter(|one| !one.reported).collect();
        match unreported.len() {
            0 => format!("{INDENT}• {}", texts.no_actions),
            total => listed(&unreported, total, INDENT, texts),
        }
    }

    /// The changes have been reported.
    pub(super) fn reported(&mut self) {
        for action in &mut self.known {
            action.reported = true;
        }
    }
}

impl Due {
    pub(super) fn lines(&self, texts: &Texts) -> String {
        let actions: Vec<&Action> = self.listed.iter().collect();
        listed(&actions, self.changes, "", texts)
    }
}

/// The newest of `actions`, and how many there are besides.
fn listed(actions: &[&Action], total: usize, indent: &str, texts: &Texts) -> String {
    let newest = &actions[actions.len().saturating_sub(MAX_LISTED)..];
    let mut lines: Vec<String> = newest
        .iter()
        .map(|action| format!("{indent}• {}", action.line(texts)))
        .collect();
    if total > newest.len() {
        let more = texts
            .more
            .replace("{}", &(total - newest.len()).to_string());
        lines.push(format!("{indent}• {more}"));
    }
    lines.join("\n")
}

impl Action {
    fn line(&self, texts: &Texts) -> String {
        // What follows a plan is not on trial.
        let outcome = match self.outcome {
            Outcome::Helped => format!(" — {}", texts.verdicts[0]),
            Outcome::NoDifference => format!(" — {}", texts.verdicts[1]),
            Outcome::Undone => format!(" — {}", texts.verdicts[2]),
            Outcome::Unknown => String::new(),
        };
        let step = texts.step.to_lowercase();
        let change = EventKind::Intervention(self.change.clone());
        let change = in_words(&change, texts.locale).unwrap_or_default();
        format!("{step} {}: {change}{outcome}", self.step)
    }
}

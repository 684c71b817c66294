//! What one source of hyper-parameters names, what follows from it, and what a person is told about it.

use std::collections::{BTreeMap, BTreeSet};

use super::{table::Hparams, validate::Warning};

/// The names that sources gave, and the words on values that are taken but do not do what they say.
#[derive(Debug, Default)]
pub(super) struct Said {
    names: BTreeSet<&'static str>,
    notes: BTreeMap<&'static str, String>,
}

impl Said {
    /// A hyper-parameter was named.
    pub(super) fn name(&mut self, name: &'static str) {
        self.names.insert(name);
    }

    fn names(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Something is to be told about a name; the last word on a name counts.
    pub(super) fn note(&mut self, name: &'static str, word: String) {
        self.notes.insert(name, word);
    }

    /// A later value asks for nothing, so nothing is to be told.
    pub(super) fn unsay(&mut self, name: &str) {
        self.notes.remove(name);
    }

    /// The next source begins: what was named belongs to the one before.
    pub(super) fn next_source(&mut self) {
        self.names.clear();
    }

    /// The notes, each word once with all names that it is said of.
    pub(super) fn into_warnings(self) -> Vec<Warning> {
        let mut found: Vec<(Warning, Vec<String>)> = Vec::new();
        for (name, message) in self.notes {
            match found.iter_mut().find(|(one, _)| one.message == message) {
                Some((_, others)) => others.push(format!("`{name}`")),
                None => found.push((Warning { name, message }, Vec::new())),
            }
        }
        let all = found.into_iter().map(|(mut warning, others)| {
            if !others.is_empty() {
                let hint = warning.message.find("; hint: ");
                let end = hint.unwrap_or(warning.message.len());
                let others = format!(" (the same for {})", others.join(", "));
                warning.message.insert_str(end, &others);
            }
            warning
        });
        all.collect()
    }
}

impl Hparams {
    /// Sets what follows from the names that a source gives.
    ///
    /// The weight of guided attention alone is the weight from the first step on: only a source that names the initial
    /// one too asks for a schedule. The number of epochs alone is the length of the run: a number of steps that an
    /// earlier source gave would end it elsewhere.
    pub(super) fn follow(&mut self, said: &mut Said) {
        if said.names("guide_loss_weight") && !said.names("guide_loss_initial_weight") {
            self.guide_loss_initial_weight = self.guide_loss_weight;
        }
        if said.names("epochs") && !said.names("max_steps") && self.max_steps > 0 {
            let (epochs, steps) = (self.epochs, self.max_steps);
            said.note(
                "epochs",
                format!(
                    "{epochs} is said last and ends the run, not `max_steps` = `{steps}` of before"
                ),
            );
            self.max_steps = 0;
        } else if said.names("max_steps") {
            said.unsay("epochs");
        }
    }
}

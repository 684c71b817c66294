//! What a voice could do, and can do no longer.

use std::collections::BTreeMap;

use diktor_track::{FaultKind, names, short_figure};
use serde::{Deserialize, Serialize};

use crate::control::evidence::finite;

/// Validations in a row without it after which a skill is lost.
const IN_A_ROW: u64 = 3;

/// What can be lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Skill {
    /// Attention finds its diagonal.
    Attention,
    /// The gate tells frames apart.
    Gate,
}

impl Skill {
    pub(super) fn fault(self) -> FaultKind {
        match self {
            Self::Attention => FaultKind::AttentionLost,
            Self::Gate => FaultKind::GateDead,
        }
    }

    fn metric(self) -> &'static str {
        match self {
            Self::Attention => names::ALIGNMENT_DIAGONALITY,
            // Of a young gate the accuracy jumps up and down; that it tells frames apart stays.
            Self::Gate => names::VALIDATION_GATE_STD,
        }
    }

    /// From which value it is there, and below which it is gone.
    fn bounds(self) -> (f64, f64) {
        match self {
            Self::Attention => (0.5, 0.25),
            Self::Gate => (0.2, 0.05),
        }
    }
}

/// What the voice has shown that it can do.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Skills {
    attention: Shown,
    gate: Shown,
}

/// One skill so far.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Shown {
    /// Step of the validation at which it was first there.
    since: Option<u64>,
    /// Step of the newest validation at which it was not gone.
    sound_at: u64,
    /// Validations in a row at which it was gone.
    missing: u64,
}

/// A skill that is lost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Lost {
    pub(super) skill: Skill,
    pub(super) value: f64,
    /// Step of the newest validation at which it was there.
    pub(super) sound_at: u64,
}

impl Lost {
    pub(super) fn sentence(self) -> String {
        let what = match self.skill {
            Skill::Attention => "attention was there and is lost",
            Skill::Gate => "the gate told frames apart and is dead",
        };
        format!(
            "{what}: `{}` is {}, below {} in {IN_A_ROW} validations in a row",
            self.skill.metric(),
            short_figure(self.value),
            self.skill.bounds().1
        )
    }
}

impl Skills {
    /// Looks at a validation; says what is lost, if something is.
    pub(super) fn note(&mut self, step: u64, metrics: &BTreeMap<String, f64>) -> Option<Lost> {
        let attention = self.attention.note(Skill::Attention, step, metrics);
        let gate = self.gate.note(Skill::Gate, step, metrics);
        attention.or(gate)
    }

    /// The run stands at an earlier step again: what was first shown after it has still to be learnt.
    pub(super) fn went_back(&mut self, step: u64) {
        for shown in [&mut self.attention, &mut self.gate] {
            *shown = Shown {
                since: shown.since.filter(|since| *since <= step),
                sound_at: shown.sound_at.min(step),
                missing: 0,
            };
        }
    }
}

impl Shown {
    fn note(&mut self, skill: Skill, step: u64, metrics: &BTreeMap<String, f64>) -> Option<Lost> {
        let value = finite(metrics, skill.metric())?;
        let (there, gone) = skill.bounds();
        if value >= gone {
            self.missing = 0;
            self.sound_at = step;
            if value >= there {
                self.since.get_or_insert(step);
            }
            return None;
        }
        self.missing += 1;
        let is_lost = self.since.is_some() && self.missing >= IN_A_ROW;
        is_lost.then_some(Lost {
            skill,
            value,
            sound_at: self.sound_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(skills: &mut Skills, step: u64, diagonality: f64, std: f64) -> Option<Lost> {
        let metrics = [
            (names::ALIGNMENT_DIAGONALITY.to_owned(), diagonality),
            (names::VALIDATION_GATE_STD.to_owned(), std),
        ];
        skills.note(step, &metrics.into())
    }

    #[test]
    fn what_was_never_there_is_not_lost() {
        let mut skills = Skills::default();
        for step in 1..100 {
            assert_eq!(note(&mut skills, step, 0.1, 0.01), None);
        }
    }

    #[test]
    fn three_validations_without_it_and_not_two() {
        let mut skills = Skills::default();
        for step in [50, 100] {
            assert_eq!(note(&mut skills, step, 0.9, 0.4), None);
        }
        for _ in 0..5 {
            assert_eq!(note(&mut skills, 150, 0.0, 0.01), None);
            assert_eq!(note(&mut skills, 200, 0.0, 0.01), None);
            assert_eq!(note(&mut skills, 250, 0.3, 0.06), None, "bad, but there");
        }
        assert_eq!(note(&mut skills, 300, 0.9, 0.01), None);
        assert_eq!(note(&mut skills, 350, 0.9, 0.01), None);
        let lost = note(&mut skills, 400, 0.9, 0.01).unwrap();
        assert_eq!((lost.skill, lost.sound_at), (Skill::Gate, 250));
        assert!(
            lost.sentence().contains("`validation.gate_std` is 0.01"),
            "{lost:?}"
        );
    }

    #[test]
    fn what_is_lost_again_after_going_back_is_told_again() {
        let mut skills = Skills::default();
        note(&mut skills, 100, 0.9, 0.01);
        note(&mut skills, 200, 0.9, 0.4);
        skills.went_back(100);
        for step in [150, 200] {
            assert_eq!(note(&mut skills, step, 0.0, 0.01), None);
        }
        let lost = note(&mut skills, 250, 0.0, 0.01).unwrap();
        assert_eq!((lost.skill, lost.sound_at), (Skill::Attention, 100));
        skills.went_back(100);
        for step in 300..310 {
            let found = note(&mut skills, step, 0.9, 0.01);
            assert_eq!(found, None, "the gate came after the checkpoint");
        }
    }
}

//! Gradual training: fewer and fewer frames per decoder step.

use diktor_track::names;
use serde::{Deserialize, Serialize};

use super::{Controller, Moment, RunView};
use crate::{Hparams, Intervention, Knob, hparams::Stage};

/// Goes through stages of frames per decoder step and batch size: many frames at first, so that
/// attention aligns soon, then fewer, so that the voice sounds finer.
///
/// A stage begins at its step, or at the first full validation from that step on whose diagonality
/// has reached a value; one validation opens one stage at most.
///
/// # Source
/// The recipe of Coqui TTS (`gradual_training`).
#[derive(Debug, Clone, PartialEq)]
pub struct GradualTraining {
    stages: Vec<Stage>,
    /// Batch size where a stage says nothing.
    batch_size: usize,
    /// Diagonality that opens a stage; 0 where steps alone do.
    diagonality: f64,
    reached: Reached,
}

/// How far it has come, where diagonality decides.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reached {
    /// Number of the stage, from 0.
    stage: usize,
    /// The diagonality that opened it.
    diagonality: Option<f64>,
}

impl GradualTraining {
    /// The stages the hyper-parameters describe; `None` where they describe none.
    pub fn from_hparams(hparams: &Hparams) -> Option<Self> {
        (!hparams.gradual_training.is_empty()).then(|| Self {
            stages: hparams.gradual_training.clone(),
            batch_size: hparams.batch_size,
            diagonality: hparams.gradual_diagonality,
            reached: Reached::default(),
        })
    }

    fn by_steps(&self) -> bool {
        self.diagonality == 0.0
    }

    /// Opens the next stage if this validation is good enough for it.
    fn judge(&mut self, step: u64, diagonality: Option<f64>) {
        let next = self.stages.get(self.reached.stage + 1);
        let due = next.is_some_and(|stage| stage.from_step <= step);
        if let Some(found) = diagonality.filter(|found| due && *found >= self.diagonality) {
            self.reached = Reached {
                stage: self.reached.stage + 1,
                diagonality: Some(found),
            };
        }
    }

    /// The stage after `step` finished steps; `None` before the first.
    fn at(&self, step: u64) -> Option<usize> {
        let begun = self
            .stages
            .iter()
            .take_while(|stage| stage.from_step <= step)
            .count();
        let current = if self.by_steps() {
            begun
        } else {
            begun.min(self.reached.stage + 1)
        };
        current.checked_sub(1)
    }

    fn regime(&self, number: usize) -> String {
        let (stage, all) = (number + 1, self.stages.len());
        match self.reached.diagonality.filter(|_| !self.by_steps()) {
            Some(found) => {
                format!("gradual training: stage {stage} of {all}, at diagonality {found:.3}")
            }
            None => format!("gradual training: stage {stage} of {all}"),
        }
    }
}

impl Controller for GradualTraining {
    fn name(&self) -> &'static str {
        "gradual_training"
    }

    fn decide(&mut self, view: &RunView<'_>) -> Vec<Intervention> {
        if let Moment::Validated(metrics) = view.moment {
            self.judge(
                view.step,
                metrics.get(names::ALIGNMENT_DIAGONALITY).copied(),
            );
        }
        let Some(number) = self.at(view.step) else {
            return Vec::new();
        };
        let stage = self.stages[number];
        let follow = |knob, value: usize| Intervention::Follow {
            knob,
            value: value as f64,
            regime: self.regime(number),
        };
        vec![
            follow(Knob::NFramesPerStep, stage.frames_per_step),
            follow(Knob::BatchSize, stage.batch_size.unwrap_or(self.batch_size)),
        ]
    }

    fn save(&self) -> serde_json::Value {
        serde_json::to_value(&self.reached).unwrap_or_default()
    }

    fn load(&mut self, state: &serde_json::Value) -> Result<(), serde_json::Error> {
        self.reached = Reached::deserialize(state)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::Knobs;

    fn hparams(stages: &[&str], diagonality: f64) -> Hparams {
        Hparams {
            gradual_training: stages.iter().map(|text| text.parse().unwrap()).collect(),
            gradual_diagonality: diagonality,
            batch_size: 16,
            r_max: 6,
            ..Hparams::default()
        }
    }

    /// Frames per step and batch size that are asked for.
    fn asked(one: &mut GradualTraining, step: u64, moment: Moment<'_>) -> Option<(f64, f64)> {
        let knobs = Knobs::from_hparams(&Hparams::default());
        let view = RunView {
            step,
            max_steps: 1000,
            epoch: 1,
            phase: diktor_track::Phase::default(),
            knobs: &knobs,
            moment,
        };
        match one.decide(&view)[..] {
            [
                Intervention::Follow { value: r, .. },
                Intervention::Follow { value: batch, .. },
            ] => Some((r, batch)),
            _ => None,
        }
    }

    fn validated(diagonality: f64) -> BTreeMap<String, f64> {
        BTreeMap::from([(names::ALIGNMENT_DIAGONALITY.to_owned(), diagonality)])
    }

    #[test]
    fn stages_begin_at_their_steps() {
        let hparams = hparams(&["10:6:64", "100:3", "200:1:8"], 0.0);
        let mut gradual = GradualTraining::from_hparams(&hparams).unwrap();
        for (step, expected) in [
            (0, None),
            (10, Some((6.0, 64.0))),
            (99, Some((6.0, 64.0))),
            (100, Some((3.0, 16.0))),
            (200, Some((1.0, 8.0))),
            (u64::MAX, Some((1.0, 8.0))),
        ] {
            assert_eq!(asked(&mut gradual, step, Moment::Start), expected, "{step}");
        }
    }

    #[test]
    fn stages_wait_for_alignment_and_for_their_step() {
        let hparams = hparams(&["0:6", "100:3", "100:1"], 0.7);
        let mut gradual = GradualTraining::from_hparams(&hparams).unwrap();
        let (low, high) = (validated(0.69), validated(0.7));
        for (step, metrics, expected) in [
            (50, &high, 6.0),
            (150, &low, 6.0),
            (160, &high, 3.0),
            (170, &low, 3.0),
            (180, &high, 1.0),
            (190, &high, 1.0),
        ] {
            let found = asked(&mut gradual, step, Moment::Validated(metrics));
            assert_eq!(found, Some((expected, 16.0)), "after {step} steps");
        }
        assert_eq!(asked(&mut gradual, 500, Moment::Start), Some((1.0, 16.0)));
    }

    #[test]
    fn a_resumed_run_is_in_the_same_stage_for_the_same_reason() {
        let hparams = hparams(&["0:6", "0:3"], 0.5);
        let mut gradual = GradualTraining::from_hparams(&hparams).unwrap();
        asked(&mut gradual, 50, Moment::Validated(&validated(0.61)));
        let mut other = GradualTraining::from_hparams(&hparams).unwrap();
        other.load(&gradual.save()).unwrap();
        assert_eq!(other, gradual);
        assert_eq!(
            gradual.regime(1),
            "gradual training: stage 2 of 2, at diagonality 0.610"
        );
    }
}

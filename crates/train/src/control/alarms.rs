//! Alarms: what a person should know before it becomes a red flag.

use std::collections::BTreeMap;

use diktor_track::{Phase, names, short_figure};
use serde::{Deserialize, Serialize};

use super::{
    Controller, Moment, RunView,
    evidence::{NORM_STEPS, finite},
    patience::Patience,
    recent::Recent,
    red_flags::NO_GAIN,
};
use crate::{Hparams, Intervention};

/// High norms of the last [`NORM_STEPS`] that are an alarm.
const HIGH_NORMS: usize = 10;
/// Alignment score below which it is bad.
const BAD_SCORE: f64 = 0.3;
/// Balanced mean of the gate that is no decision any more.
const GATE_MEAN: (f64, f64) = (0.1, 0.9);

/// Warns of gradients, attention and gate that are out of bounds; turns no knob.
///
/// Each alarm is told when it begins, at most once per `fix_cooldown` steps, and again only after it was over. Attention
/// is judged after the grace, the gate once attention has appeared.
#[derive(Debug, Clone)]
pub struct Alarms {
    norm: f64,
    diagonality: f64,
    gate_accuracy: f64,
    patience: Patience,
    pause: u64,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct State {
    norms: Recent,
    raised: BTreeMap<Alarm, Raised>,
}

/// The closed list of alarms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Alarm {
    GradientNorm,
    Diagonality,
    AlignmentScore,
    GateAccuracy,
    GateMean,
    TextGain,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Raised {
    /// Step at which it was told.
    told_at: u64,
    /// Whether it still stands.
    stands: bool,
}

impl Alarm {
    fn hint(self) -> &'static str {
        match self {
            Self::GradientNorm => "a lower `learning_rate` calms gradients",
            Self::TextGain => {
                "the transcripts may not belong to the recordings: compare some of them"
            }
            Self::Diagonality | Self::AlignmentScore => {
                "compare transcripts with recordings; a higher `guide_loss_weight` pulls attention to the diagonal"
            }
            Self::GateAccuracy | Self::GateMean => {
                "a higher `gate_pos_weight` teaches stopping sooner"
            }
        }
    }
}

impl Alarms {
    /// The alarms as the hyper-parameters want them.
    pub fn from_hparams(hparams: &Hparams) -> Self {
        Self {
            norm: hparams.gradient_norm_threshold,
            diagonality: hparams.attention_diagonality_threshold,
            gate_accuracy: hparams.gate_accuracy_threshold,
            patience: Patience::from_hparams(hparams),
            pause: hparams.fix_cooldown,
            state: State {
                norms: Recent::new(NORM_STEPS),
                raised: BTreeMap::new(),
            },
        }
    }

    /// What was just measured of each alarm: its sentence if it stands, nothing if it is over.
    fn measured(&mut self, view: &RunView<'_>) -> Vec<(Alarm, Option<String>)> {
        match view.moment {
            Moment::Start | Moment::Broken(_) => Vec::new(),
            Moment::Step(report) => {
                let norm = report.metrics.get(names::GRAD_NORM);
                self.state.norms.push(norm.copied().unwrap_or(0.0));
                let high = self.state.norms.count(|norm| norm > self.norm);
                let stands = high >= HIGH_NORMS && view.step >= self.pause;
                let sentence = stands.then(|| {
                    format!(
                        "the norm of the gradient was above {} in {high} of the last {NORM_STEPS} steps",
                        short_figure(self.norm)
                    )
                });
                vec![(Alarm::GradientNorm, sentence)]
            }
            Moment::Checked(metrics) | Moment::Validated(metrics) => self.judged(view, metrics),
        }
    }

    fn judged(
        &self,
        view: &RunView<'_>,
        metrics: &BTreeMap<String, f64>,
    ) -> Vec<(Alarm, Option<String>)> {
        let graced = self.patience.has_run_out(view);
        let stopping = view.phase > Phase::PreAlignment && graced;
        let (low, high) = GATE_MEAN;
        let bounds = [
            (
                Alarm::Diagonality,
                names::ALIGNMENT_DIAGONALITY,
                graced,
                (self.diagonality, f64::INFINITY),
            ),
            (
                Alarm::AlignmentScore,
                names::VALIDATION_ALIGNMENT_SCORE,
                graced,
                (BAD_SCORE, f64::INFINITY),
            ),
            (
                Alarm::GateAccuracy,
                names::GATE_ACCURACY,
                stopping,
                (self.gate_accuracy, f64::INFINITY),
            ),
            (
                Alarm::GateMean,
                names::VALIDATION_GATE_MEAN,
                stopping,
                (low, high),
            ),
            (
                Alarm::TextGain,
                names::ALIGNMENT_TEXT_GAIN,
                graced,
                (NO_GAIN, f64::INFINITY),
            ),
        ];
        bounds
            .into_iter()
            .filter_map(|(alarm, name, applies, (low, high))| {
                let value = finite(metrics, name)?;
                let stands = applies && !(low..=high).contains(&value);
                let sentence = stands.then(|| {
                    let limit = if value < low { low } else { high };
                    let side = if value < low { "below" } else { "above" };
                    format!("`{name}` is {}, {side} {limit}", short_figure(value))
                });
                Some((alarm, sentence))
            })
            .collect()
    }
}

impl Controller for Alarms {
    fn name(&self) -> &'static str {
        "alarms"
    }

    fn decide(&mut self, view: &RunView<'_>) -> Vec<Intervention> {
        let mut asked = Vec::new();
        for (alarm, sentence) in self.measured(view) {
            let before = self.state.raised.get(&alarm).copied();
            let Some(message) = sentence else {
                if let Some(raised) = self.state.raised.get_mut(&alarm) {
                    raised.stands = false;
                }
                continue;
            };
            if before.is_some_and(|it| it.stands || view.step < it.told_at + self.pause) {
                continue;
            }
            let raised = Raised {
                told_at: view.step,
                stands: true,
            };
            self.state.raised.insert(alarm, raised);
            let hint = alarm.hint();
            asked.push(Intervention::Warn { message, hint });
        }
        asked
    }

    fn save(&self) -> serde_json::Value {
        serde_json::json!(self.state)
    }

    fn load(&mut self, state: &serde_json::Value) -> Result<(), serde_json::Error> {
        self.state = State::deserialize(state)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::trace::{Figures, HEALTHY, Player};

    fn warnings(figures: impl Fn(u64) -> Figures) -> Vec<(u64, String)> {
        let hparams = Hparams {
            fix_grace_steps: 2000,
            fix_grace_epochs: 0,
            ..Hparams::default()
        };
        let list: Vec<Box<dyn Controller>> = vec![Box::new(Alarms::from_hparams(&hparams))];
        let mut player = Player::new(&hparams, list);
        player.phase = Phase::AlignmentLearning;
        player.play(6000, |step, _| figures(step));
        player.story.warnings
    }

    #[test]
    fn an_alarm_is_told_when_it_begins_and_again_after_it_was_over() {
        let told = warnings(|step| Figures {
            norm: match step {
                1500..1600 | 1700..1800 | 4000..6000 => 20.0,
                _ => 1.0,
            },
            ..HEALTHY
        });
        let steps: Vec<u64> = told.iter().map(|(step, _)| *step).collect();
        assert_eq!(steps, [1510, 4010], "the second one came within the pause");
        assert!(told[0].1.contains("above 10 in 10"), "{told:?}");
    }

    #[test]
    fn attention_and_gate_are_judged_after_the_grace() {
        let told = warnings(|_| Figures {
            diagonality: 0.2,
            accuracy: 0.6,
            ..HEALTHY
        });
        let expected = [
            "`alignment.diagonality` is 0.2, below 0.3",
            "`validation.alignment_score` is 0.2, below 0.3",
            "`gate.accuracy` is 0.6, below 0.7",
        ];
        let expected = expected.map(|text| (2000, text.to_owned()));
        assert_eq!(told, expected);
        assert_eq!(warnings(|_| HEALTHY), []);
    }
}

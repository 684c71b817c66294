//! Alarms: what a person should know before it becomes a red flag.

use std::collections::BTreeMap;

use diktor_track::{
    Phase,
    flags::{MUMBLED, NO_GAIN},
    names, short_figure,
};
use serde::{Deserialize, Serialize};

use super::{
    Controller, Moment, RunView,
    evidence::{NORM_STEPS, finite},
    patience::Patience,
    recent::Recent,
};
use crate::{Hparams, Intervention};

/// High norms of the last [`NORM_STEPS`] that are an alarm.
const HIGH_NORMS: usize = 10;
/// Alignment score below which it is bad.
const BAD_SCORE: f64 = 0.3;
/// Share of freely spoken sentences that end wrongly which is bad.
const BAD_ENDINGS: f64 = 0.1;
/// Validations over which a rise of the diagonality is looked for, and the least that is one.
const RISE_OVER: usize = 3;
const RISE: f64 = 0.02;
/// Balanced mean of the gate that is no decision any more.
const GATE_MEAN: (f64, f64) = (0.1, 0.9);

/// Warns of gradients, attention and gate that are out of bounds; turns no knob.
///
/// Each alarm is told when it begins, at most once per `fix_cooldown` steps, and again only after it was over. Attention
/// that does not rise is told as soon as fixes may act on it, and any that is missing after the grace; the gate is judged
/// once attention has appeared.
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
    /// Diagonality of the newest validations.
    #[serde(default = "newest_diagonality")]
    diagonality: Recent,
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
    Intelligibility,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Raised {
    /// Step at which it was told.
    told_at: u64,
    /// Whether it still stands.
    stands: bool,
}

fn newest_diagonality() -> Recent {
    Recent::new(RISE_OVER)
}

impl Alarm {
    fn hint(self) -> &'static str {
        match self {
            Self::GradientNorm => "a lower `learning_rate` calms gradients",
            Self::TextGain => {
                "the transcripts may not belong to the recordings: compare some of them"
            }
            Self::Intelligibility => {
                "listen to the samples: more steps, more recordings or a voice to begin from"
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
                diagonality: newest_diagonality(),
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
                let sentence = self.high_norms(high).filter(|_| view.step >= self.pause);
                vec![(Alarm::GradientNorm, sentence)]
            }
            Moment::Checked(metrics) | Moment::Validated(metrics) => self.judged(view, metrics),
        }
    }

    fn judged(
        &mut self,
        view: &RunView<'_>,
        metrics: &BTreeMap<String, f64>,
    ) -> Vec<(Alarm, Option<String>)> {
        let graced = self.patience.has_run_out(view);
        let recent = &mut self.state.diagonality;
        if let Some(diagonality) = finite(metrics, names::ALIGNMENT_DIAGONALITY) {
            recent.push(diagonality);
        }
        let rises = recent.rise().is_none_or(|rise| rise >= RISE);
        let is_missed = graced || (self.patience.may_mend(view) && recent.is_full() && !rises);
        let stopping = view.phase > Phase::PreAlignment && graced;
        let applies = |alarm| match alarm {
            Alarm::GradientNorm => true,
            Alarm::Diagonality => is_missed,
            Alarm::AlignmentScore | Alarm::TextGain => graced,
            Alarm::GateAccuracy | Alarm::GateMean => stopping,
            // Sound is learnt after attention.
            Alarm::Intelligibility => view.phase > Phase::AlignmentLearning && graced,
        };
        self.bounds()
            .into_iter()
            .filter_map(|bound| {
                let value = finite(metrics, bound.name)?;
                let sentence = bound.broken_by(value).filter(|_| applies(bound.alarm));
                Some((bound.alarm, sentence))
            })
            .collect()
    }

    /// What the figures of a validation have to keep to.
    fn bounds(&self) -> [Bound; 6] {
        let at_least = |alarm, name, low| Bound {
            alarm,
            name,
            low,
            high: f64::INFINITY,
        };
        let (low, high) = GATE_MEAN;
        [
            at_least(
                Alarm::Diagonality,
                names::ALIGNMENT_DIAGONALITY,
                self.diagonality,
            ),
            at_least(
                Alarm::AlignmentScore,
                names::VALIDATION_ALIGNMENT_SCORE,
                BAD_SCORE,
            ),
            at_least(
                Alarm::GateAccuracy,
                names::GATE_ACCURACY,
                self.gate_accuracy,
            ),
            Bound {
                alarm: Alarm::GateMean,
                name: names::VALIDATION_GATE_MEAN,
                low,
                high,
            },
            at_least(Alarm::TextGain, names::ALIGNMENT_TEXT_GAIN, NO_GAIN),
            at_least(
                Alarm::Intelligibility,
                names::FREE_RUNNING_INTELLIGIBILITY,
                MUMBLED,
            ),
        ]
    }

    /// The sentence about the norms of the newest steps, if too many are high.
    fn high_norms(&self, high: usize) -> Option<String> {
        (high >= HIGH_NORMS).then(|| {
            format!(
                "the norm of the gradient was above {} in {high} of the last {NORM_STEPS} steps",
                short_figure(self.norm)
            )
        })
    }

    /// What would be said of the newest norms and figures if it were time for every alarm, each with its hint; and of
    /// free speech that does not end, or ends too early, which fixes see to.
    pub(crate) fn out_of_bounds(
        &self,
        norms: &[f64],
        metrics: &BTreeMap<String, f64>,
    ) -> Vec<(String, &'static str)> {
        let newest = norms.iter().rev().take(NORM_STEPS);
        let high = newest.filter(|norm| **norm > self.norm).count();
        let gradients = self
            .high_norms(high)
            .map(|said| (said, Alarm::GradientNorm.hint()));
        let bounds = self.bounds().into_iter().filter_map(|bound| {
            let said = bound.broken_by(finite(metrics, bound.name)?)?;
            Some((said, bound.alarm.hint()))
        });
        let endings = [
            (
                names::FREE_RUNNING_RUNAWAY_RATE,
                "a lower `gate_threshold` ends sentences sooner",
            ),
            (
                names::FREE_RUNNING_PREMATURE_RATE,
                "a higher `gate_threshold` ends sentences later",
            ),
        ];
        let endings = endings.into_iter().filter_map(|(name, hint)| {
            let rate = finite(metrics, name)?;
            Some((outside(name, rate, 0.0, BAD_ENDINGS)?, hint))
        });
        gradients.into_iter().chain(bounds).chain(endings).collect()
    }
}

/// What a figure has to keep to.
struct Bound {
    alarm: Alarm,
    name: &'static str,
    low: f64,
    high: f64,
}

impl Bound {
    /// The sentence about a value that does not keep to it.
    fn broken_by(&self, value: f64) -> Option<String> {
        outside(self.name, value, self.low, self.high)
    }
}

/// The sentence about a value outside of its bounds.
fn outside(name: &str, value: f64, low: f64, high: f64) -> Option<String> {
    if (low..=high).contains(&value) {
        return None;
    }
    let (side, limit) = if value < low {
        ("below", low)
    } else {
        ("above", high)
    };
    Some(format!(
        "`{name}` is {}, {side} {limit}",
        short_figure(value)
    ))
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

    #[test]
    fn mumbling_is_told_once_sound_is_what_is_learnt() {
        let told = |phase| {
            let hparams = Hparams::default();
            let list: Vec<Box<dyn Controller>> = vec![Box::new(Alarms::from_hparams(&hparams))];
            let mut player = Player::new(&hparams, list);
            player.phase = phase;
            player.play(40_000, |_, _| Figures {
                intelligibility: 0.5,
                ..HEALTHY
            });
            player.story.warnings
        };
        assert_eq!(told(Phase::AlignmentLearning), []);
        let warnings = told(Phase::QualityOptimization);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        let said = "`free_running.intelligibility` is 0.5, below 0.7";
        assert_eq!(warnings[0].1, said);
    }

    #[test]
    fn everything_out_of_bounds_is_listed_whatever_the_time() {
        let alarms = Alarms::from_hparams(&Hparams::default());
        let metrics = [
            (names::ALIGNMENT_DIAGONALITY, 0.9),
            (names::GATE_ACCURACY, 0.5),
            (names::FREE_RUNNING_RUNAWAY_RATE, 1.0),
        ];
        let metrics = metrics.map(|(name, value)| (name.to_owned(), value)).into();
        let said: Vec<String> = alarms
            .out_of_bounds(&[20.0; 12], &metrics)
            .into_iter()
            .map(|(said, _)| said)
            .collect();
        let expected = [
            "the norm of the gradient was above 10 in 12 of the last 100 steps",
            "`gate.accuracy` is 0.5, below 0.7",
            "`free_running.runaway_rate` is 1, above 0.1",
        ];
        assert_eq!(said, expected);
        assert!(alarms.out_of_bounds(&[], &BTreeMap::new()).is_empty());
    }

    /// Warnings about diagonality in a run as short as that of the quickstart.
    fn told_early(diagonality: impl Fn(u64) -> f64) -> Vec<u64> {
        let hparams = Hparams {
            batch_size: 16,
            ..Hparams::default()
        };
        let list: Vec<Box<dyn Controller>> = vec![Box::new(Alarms::from_hparams(&hparams))];
        let mut player = Player::new(&hparams, list);
        player.max_steps = 1350;
        player.play(1350, |step, _| Figures {
            diagonality: diagonality(step),
            ..HEALTHY
        });
        let warnings = player.story.warnings.into_iter();
        let of_diagonality = warnings.filter(|(_, said)| said.contains("alignment.diagonality"));
        of_diagonality.map(|(step, _)| step).collect()
    }

    #[test]
    fn attention_that_does_not_rise_is_told_when_fixes_may_act_on_it() {
        assert_eq!(told_early(|_| 0.02), [250]);
        let late = told_early(|step| 0.0007 * step as f64);
        assert!(late.is_empty(), "it is on its way");
        assert!(told_early(|step| if step < 100 { 0.1 } else { 0.8 }).is_empty());
    }
}

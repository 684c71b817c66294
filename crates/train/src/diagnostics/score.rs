//! One number for a whole model: for people in per cent, for a search as a loss.

use super::gate::GateMetrics;

/// What the scores look at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// [`super::AttentionMetrics::alignment_score`].
    pub alignment_score: f64,
    /// [`GateMetrics::accuracy`], balanced.
    pub gate_accuracy: f64,
    /// [`GateMetrics::f1`].
    pub gate_f1: f64,
    /// [`GateMetrics::stop_failure_rate`], free-running where it is known.
    pub stop_failure_rate: f64,
    /// [`super::mel_quality`].
    pub mel_quality: f64,
    /// What is heard of free speech, where that can be told.
    pub heard: Option<Heard>,
}

/// What is heard of free speech.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heard {
    /// How well it is understood, from 0 to 1.
    pub intelligibility: f64,
    /// Variance over time of its mels over that of the recordings.
    pub variance_ratio: f64,
}

impl Standing {
    /// From a teacher-forced gate; set `stop_failure_rate` afterwards where a free run says more.
    #[must_use]
    pub fn new(alignment_score: f64, gate: &GateMetrics, mel_quality: f64) -> Self {
        Self {
            alignment_score,
            gate_accuracy: gate.accuracy,
            gate_f1: gate.f1,
            stop_failure_rate: gate.stop_failure_rate,
            mel_quality,
            heard: None,
        }
    }
}

/// From 0, untrained, to 100, perfect; above 80 is the goal. A value that is not finite counts as
/// the worst.
///
/// Where free speech was heard, being understood is 40 % of it.
#[must_use]
pub fn quality_score(standing: &Standing) -> f64 {
    let gate = 0.4 * above_chance(standing.gate_accuracy)
        + 0.3 * unit(standing.gate_f1)
        + 0.3 * (1.0 - unit_bad(standing.stop_failure_rate));
    let seen =
        0.4 * unit(standing.alignment_score) + 0.35 * gate + 0.25 * unit(standing.mel_quality);
    100.0
        * match standing.heard {
            Some(heard) => 0.4 * unit(heard.intelligibility) + 0.6 * seen,
            None => seen,
        }
}

/// What a search minimises: 0 perfect, about 1 untrained, infinite when a loss is not a number.
///
/// Where free speech was heard, half of it is what was heard: being understood 0.40, being as lively as the recordings
/// 0.10. The other half is what is seen without listening, which is all there is otherwise.
///
/// `validation_loss` and `training_loss` are teacher-forced and unweighted: a search must not win
/// by making a weight small.
#[must_use]
pub fn composite_tts_score(standing: &Standing, validation_loss: f64, training_loss: f64) -> f64 {
    if !validation_loss.is_finite() || !training_loss.is_finite() {
        return f64::INFINITY;
    }
    let validation = ((1.0 + validation_loss.max(0.0)).ln() / 11_f64.ln()).min(1.0);
    let attention = (1.0 - unit(standing.alignment_score)).powf(1.5);
    let gate = (1.0 - above_chance(standing.gate_accuracy)).powf(1.2);
    let mel = (1.0 - unit(standing.mel_quality)).powf(0.8);
    let gap = (validation_loss - training_loss).max(0.0);
    let overfitting = (0.02 * gap).min(0.3);
    let seen = 0.40 * validation + 0.25 * attention + 0.20 * gate + 0.15 * mel;
    let score = match standing.heard {
        Some(heard) => {
            let blurred = unit_bad((1.0 - heard.variance_ratio).abs());
            0.40 * (1.0 - unit(heard.intelligibility)) + 0.10 * blurred + 0.50 * seen
        }
        None => seen,
    };
    score + overfitting
}

/// Balanced accuracy with chance at 0.
fn above_chance(accuracy: f64) -> f64 {
    unit(2.0 * unit(accuracy) - 1.0)
}

fn unit(value: f64) -> f64 {
    if value.is_nan() {
        0.0
    } else {
        value.clamp(0.0, 1.0)
    }
}

/// As [`unit`], of something that is better when small.
fn unit_bad(value: f64) -> f64 {
    if value.is_nan() {
        1.0
    } else {
        value.clamp(0.0, 1.0)
    }
}

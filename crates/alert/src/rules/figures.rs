//! The newest figures of a run, its curve of the loss, and its pictures and sounds.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use diktor_track::{
    Phase, RunStarted, decimals_in, duration, figure_in, grouped, names,
    picture::{Curve, curves},
    short_figure,
};

use super::advice::{Advice, Fixes, Limits, Measured};
use crate::{Attachment, Media, locale::Texts};

/// Points of a curve; when there are more, neighbours become one.
const MAX_POINTS: usize = 1024;
/// Name of the picture of the loss.
const CURVE_FILE: &str = "loss.png";

/// Limits for a run that does not say its own; those of the specification.
const LIMITS: Limits = Limits {
    norm: 10.0,
    diagonality: 0.3,
    gate_accuracy: 0.7,
    fixes: Fixes::On,
};

/// What is said of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Time {
    /// How much of it is left.
    Left,
    /// Nothing: the run is over.
    Over,
}

/// What has been measured.
#[derive(Debug)]
pub(super) struct Figures {
    pub(super) step: u64,
    pub(super) phase: Phase,
    max_steps: Option<u64>,
    /// Newest value of every metric: of training steps, and of validations.
    training: BTreeMap<String, f64>,
    validation: BTreeMap<String, f64>,
    /// Step of the newest validation.
    validated_at: Option<u64>,
    loss: Thinned,
    validation_loss: Thinned,
    limits: Limits,
    /// Time and step at which the session began, and time of the newest step.
    began: (f64, u64),
    now_s: f64,
    alignment: Option<PathBuf>,
    sound: Option<PathBuf>,
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            step: 0,
            phase: Phase::default(),
            max_steps: None,
            training: BTreeMap::new(),
            validation: BTreeMap::new(),
            validated_at: None,
            loss: Thinned::default(),
            validation_loss: Thinned::default(),
            limits: LIMITS,
            began: (0.0, 0),
            now_s: 0.0,
            alignment: None,
            sound: None,
        }
    }
}

impl Figures {
    pub(super) fn begun(&mut self, time_s: f64, step: u64, start: &RunStarted) {
        self.max_steps = start.max_steps;
        self.step = step;
        self.began = (time_s, step);
        self.now_s = time_s;
        let limit = |name: &str, otherwise: f64| {
            let said = start.hparams.get(name).and_then(serde_json::Value::as_f64);
            said.unwrap_or(otherwise)
        };
        let fixes = match start.hparams.get("auto_fix") {
            Some(serde_json::Value::Bool(false)) => Fixes::Off,
            _ => Fixes::On,
        };
        self.limits = Limits {
            fixes,
            norm: limit("gradient_norm_threshold", LIMITS.norm),
            diagonality: limit("attention_diagonality_threshold", LIMITS.diagonality),
            gate_accuracy: limit("gate_accuracy_threshold", LIMITS.gate_accuracy),
        };
    }

    pub(super) fn stepped(&mut self, step: u64, time_s: f64, metrics: &BTreeMap<String, f64>) {
        self.step = step;
        self.now_s = time_s;
        note(&mut self.training, metrics);
        if let Some(loss) = metrics.get(names::TRAINING_LOSS) {
            self.loss.push(step, *loss);
        }
    }

    pub(super) fn validated(&mut self, step: u64, metrics: &BTreeMap<String, f64>) {
        note(&mut self.validation, metrics);
        self.validated_at = Some(step);
        if let Some(loss) = metrics.get(names::VALIDATION_LOSS) {
            self.validation_loss.push(step, *loss);
        }
    }

    /// Forgets what was measured after a step that the run went back to.
    pub(super) fn went_back(&mut self, to_step: u64) {
        self.step = to_step;
        self.loss.cut(to_step);
        self.validation_loss.cut(to_step);
    }

    pub(super) fn seen(&mut self, tag: &str, path: &Path) {
        if group(tag) == names::PICTURE_ALIGNMENT {
            self.alignment = Some(path.to_owned());
        }
    }

    pub(super) fn heard(&mut self, tag: &str, path: &Path) {
        if group(tag) == names::AUDIO {
            self.sound = Some(path.to_owned());
        }
    }

    /// The figures for people, one per line: of the step, then of the newest validation.
    pub(super) fn lines(&self, step: u64, time: Time, texts: &Texts) -> String {
        let locale = texts.locale;
        let mut lines = vec![self.place(step, texts)];
        lines.extend(self.losses(texts));
        let trained = |name: &str| self.training.get(name).copied();
        lines.extend(trained(names::GRAD_NORM).map(|norm| {
            let norm = decimals_in(norm, 2, locale);
            format!("📊 {}: {norm}", texts.grad_norm)
        }));
        lines.extend(
            trained(names::LEARNING_RATE)
                .map(|rate| format!("🎚️ {}: {}", texts.learning_rate, short_figure(rate))),
        );
        lines.extend(self.pace(step, time, texts));
        if let Some(validated) = self.validated_at {
            let loss = self.validation.get(names::VALIDATION_LOSS).map(|loss| {
                let loss = figure_in(*loss, locale);
                format!(": {} {loss}", texts.validation_loss)
            });
            let heading = (texts.validation)(validated);
            lines.push(format!("🔬 {heading}{}", loss.unwrap_or_default()));
        }
        for (sign, label, name, digits, unit) in [
            ("🎯", texts.diagonality, names::ALIGNMENT_DIAGONALITY, 3, ""),
            ("🚪", texts.gate_accuracy, names::GATE_ACCURACY, 3, ""),
            (
                "👂",
                texts.intelligibility,
                names::FREE_RUNNING_INTELLIGIBILITY,
                2,
                "",
            ),
            ("⭐", texts.quality, names::QUALITY_SCORE, 1, " %"),
        ] {
            let line = self.validation.get(name).map(|value| {
                let value = decimals_in(*value, digits, locale);
                format!("{sign} {label}: {value}{unit}")
            });
            lines.extend(line);
        }
        lines.join("\n")
    }

    fn place(&self, step: u64, texts: &Texts) -> String {
        let of = self.max_steps.filter(|max| *max > 0).map(|max| {
            format!(
                " {} {max} ({:.0} %)",
                texts.of,
                100.0 * step as f64 / max as f64
            )
        });
        let phase = texts.phase_name(self.phase);
        format!(
            "📍 {} {step}{} · {phase}",
            texts.step,
            of.unwrap_or_default()
        )
    }

    fn losses(&self, texts: &Texts) -> Option<String> {
        let training = |name: &str| self.training.get(name).copied();
        let loss = training(names::TRAINING_LOSS)?;
        let parts = [
            (texts.mel, training(names::TRAINING_MEL_POST_LOSS)),
            (texts.gate, training(names::TRAINING_GATE_LOSS)),
        ];
        let parts = parts.into_iter().filter_map(|(label, value)| {
            Some(format!(" · {label} {}", figure_in(value?, texts.locale)))
        });
        Some(format!(
            "📉 {}: {}{}",
            texts.loss,
            figure_in(loss, texts.locale),
            parts.collect::<String>()
        ))
    }

    fn pace(&self, step: u64, time: Time, texts: &Texts) -> Option<String> {
        let speed = self.training.get(names::PERF_FRAMES_PER_SECOND)?;
        let speed = format!(
            "⚡ {} {}",
            grouped(speed.max(0.0) as u64),
            texts.frames_per_second
        );
        let (began_s, began_at) = self.began;
        let done = step.saturating_sub(began_at);
        let left = self.max_steps.map_or(0, |max| max.saturating_sub(step));
        if time == Time::Over || done == 0 || left == 0 {
            return Some(speed);
        }
        let seconds = (self.now_s - began_s).max(0.0) / done as f64 * left as f64;
        let left = texts.left.replace("{}", &duration(seconds, texts.units));
        Some(format!("{speed} · {left}"))
    }

    pub(super) fn advice(&self, report_at: u64) -> Advice {
        let measured = Measured {
            loss: self.training.get(names::TRAINING_LOSS).copied(),
            norm: self.training.get(names::GRAD_NORM).copied(),
            diagonality: self.validation.get(names::ALIGNMENT_DIAGONALITY).copied(),
            gate_accuracy: self.validation.get(names::GATE_ACCURACY).copied(),
        };
        Advice::of(measured, self.limits, report_at)
    }

    /// The newest picture of the attention.
    pub(super) fn alignment(&self, run_dir: &Path) -> Option<Attachment> {
        Attachment::read(&run_dir.join(self.alignment.as_ref()?), Media::Png)
    }

    /// The newest sound of the voice.
    pub(super) fn sound(&self, run_dir: &Path) -> Option<Attachment> {
        Attachment::read(&run_dir.join(self.sound.as_ref()?), Media::Wav)
    }

    /// The loss over the steps, once there is any.
    pub(super) fn curve(&self, run: &str, texts: &Texts) -> Option<Attachment> {
        let (training, validation) = (&self.loss.points, &self.validation_loss.points);
        training.first()?;
        let mut lines = vec![Curve {
            label: texts.in_training,
            points: training,
        }];
        if !validation.is_empty() {
            lines.push(Curve {
                label: texts.in_validation,
                points: validation,
            });
        }
        let title = format!("{}: {run}", texts.loss_curve);
        let picture = curves(&lines, &title, &texts.step.to_lowercase(), texts.locale);
        Some(Attachment {
            name: CURVE_FILE.to_owned(),
            media: Media::Png,
            bytes: picture.bytes,
        })
    }
}

fn group(tag: &str) -> &str {
    tag.split_once('/').map_or(tag, |(group, _)| group)
}

/// Keeps the newest values; a name is copied only when it is new.
fn note(known: &mut BTreeMap<String, f64>, metrics: &BTreeMap<String, f64>) {
    for (name, value) in metrics {
        match known.get_mut(name) {
            Some(slot) => *slot = *value,
            None => {
                known.insert(name.clone(), *value);
            }
        }
    }
}

/// A curve of bounded size: each point is the mean of as many steps as it takes.
#[derive(Debug)]
struct Thinned {
    points: Vec<(u64, f64)>,
    /// Steps per point.
    size: usize,
    /// Sum and number of the steps of the point that is not full yet.
    open: (f64, usize),
}

impl Default for Thinned {
    fn default() -> Self {
        Self {
            points: Vec::new(),
            size: 1,
            open: (0.0, 0),
        }
    }
}

impl Thinned {
    fn push(&mut self, step: u64, value: f64) {
        self.open = (self.open.0 + value, self.open.1 + 1);
        if self.open.1 < self.size {
            return;
        }
        self.points.push((step, self.open.0 / self.open.1 as f64));
        self.open = (0.0, 0);
        if self.points.len() == MAX_POINTS {
            let mean = |pair: &[(u64, f64)]| {
                let sum: f64 = pair.iter().map(|point| point.1).sum();
                (pair[pair.len() - 1].0, sum / pair.len() as f64)
            };
            self.points = self.points.chunks(2).map(mean).collect();
            self.size *= 2;
        }
    }

    fn cut(&mut self, step: u64) {
        self.points.retain(|point| point.0 <= step);
        self.open = (0.0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_curve_keeps_its_mean_and_its_size() {
        let mut curve = Thinned::default();
        for step in 0..100_000 {
            curve.push(step, (step % 2) as f64);
        }
        assert!(curve.points.len() < MAX_POINTS && curve.points.len() >= MAX_POINTS / 2 - 1);
        assert!(
            curve
                .points
                .iter()
                .all(|point| (point.1 - 0.5).abs() < 1e-9)
        );
        curve.cut(10);
        assert!(curve.points.iter().all(|point| point.0 <= 10));
    }
}

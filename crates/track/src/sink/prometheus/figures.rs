//! What events say, as figures.

use std::collections::BTreeMap;

use prometheus_client::{
    metrics::{
        counter::Counter,
        family::Family,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

use super::{Label, Level};
use crate::{Event, EventKind, FaultKind, FaultRecord, Phase, RunStarted, names};

/// A figure that only grows, in fractions.
type Growing = Counter<f64, std::sync::atomic::AtomicU64>;

/// The figures of a run; clones of them are registered.
#[derive(Debug)]
pub(super) struct Figures {
    build: Family<Label, Level>,
    steps: Counter,
    step: Level,
    max_steps: Level,
    epoch: Level,
    step_seconds: Histogram,
    data_seconds: Growing,
    validation_seconds: Histogram,
    loss: Family<[(&'static str, String); 2], Level>,
    validation: Family<Label, Level>,
    frames_per_second: Level,
    learning_rate: Level,
    gradient_norm: Level,
    phase: Family<Label, Level>,
    last_step: Level,
    last_checkpoint: Level,
    checkpoints: Counter,
    interventions: Family<Label, Counter>,
    faults: Family<Label, Counter>,
    restarts: Counter,
    warnings: Counter,
}

impl Figures {
    /// Registers all of them. A counter that has counted nothing is there as 0, so that its first
    /// count is an increase.
    pub(super) fn new(registry: &mut Registry) -> Self {
        let figures = Self {
            build: Family::default(),
            steps: Counter::default(),
            step: Level::default(),
            max_steps: Level::default(),
            epoch: Level::default(),
            step_seconds: Histogram::new(exponential_buckets(0.01, 2.0, 15)),
            data_seconds: Growing::default(),
            validation_seconds: Histogram::new(exponential_buckets(0.1, 2.0, 14)),
            loss: Family::default(),
            validation: Family::default(),
            frames_per_second: Level::default(),
            learning_rate: Level::default(),
            gradient_norm: Level::default(),
            phase: Family::default(),
            last_step: Level::default(),
            last_checkpoint: Level::default(),
            checkpoints: Counter::default(),
            interventions: Family::default(),
            faults: Family::default(),
            restarts: Counter::default(),
            warnings: Counter::default(),
        };
        for kind in FaultKind::ALL {
            let _zero = figures.faults.get_or_create(&[("kind", fault_name(kind))]);
        }
        figures.register_progress(registry);
        figures.register_quality(registry);
        figures.register_incidents(registry);
        figures
    }

    fn register_progress(&self, to: &mut Registry) {
        to.register(
            "tts_build_info",
            "Version of the program",
            self.build.clone(),
        );
        to.register(
            "tts_train_steps",
            "Optimiser steps made in this session",
            self.steps.clone(),
        );
        to.register(
            "tts_train_step",
            "Optimiser steps the network has behind it",
            self.step.clone(),
        );
        to.register(
            "tts_train_max_steps",
            "Step at which the run ends",
            self.max_steps.clone(),
        );
        to.register("tts_train_epoch", "Epochs begun", self.epoch.clone());
        to.register(
            "tts_step_duration_seconds",
            "Seconds per optimiser step",
            self.step_seconds.clone(),
        );
        to.register(
            "tts_data_wait_seconds",
            "Seconds that steps waited for their batches",
            self.data_seconds.clone(),
        );
        to.register(
            "tts_validation_duration_seconds",
            "Seconds per validation",
            self.validation_seconds.clone(),
        );
        to.register(
            "tts_frames_per_second",
            "Mel frames trained on per second",
            self.frames_per_second.clone(),
        );
        to.register(
            "tts_last_step_timestamp_seconds",
            "Unix time of the newest step",
            self.last_step.clone(),
        );
        to.register(
            "tts_last_checkpoint_timestamp_seconds",
            "Unix time of the newest checkpoint",
            self.last_checkpoint.clone(),
        );
        to.register(
            "tts_checkpoints",
            "Checkpoints that reached the disk",
            self.checkpoints.clone(),
        );
    }

    fn register_quality(&self, to: &mut Registry) {
        to.register(
            "tts_loss",
            "Newest losses by phase and component",
            self.loss.clone(),
        );
        to.register(
            "tts_validation_metric",
            "Newest validation metrics by their published names",
            self.validation.clone(),
        );
        to.register(
            "tts_learning_rate",
            "Learning rate of the newest step",
            self.learning_rate.clone(),
        );
        to.register(
            "tts_gradient_norm",
            "Global norm of the gradient before clipping",
            self.gradient_norm.clone(),
        );
    }

    fn register_incidents(&self, to: &mut Registry) {
        to.register(
            "tts_train_phase",
            "1 for the phase of the training, 0 for the others",
            self.phase.clone(),
        );
        to.register(
            "tts_interventions",
            "Changes of knobs by who asked for them",
            self.interventions.clone(),
        );
        to.register(
            "tts_faults",
            "Steps that went wrong, by what went wrong",
            self.faults.clone(),
        );
        to.register(
            "tts_restarts",
            "Ways back to an earlier checkpoint",
            self.restarts.clone(),
        );
        to.register("tts_warnings", "Warnings", self.warnings.clone());
    }

    /// Takes one event.
    pub(super) fn take(&self, event: &Event) {
        match &event.kind {
            EventKind::RunStarted(start) => self.start(event.step, start),
            EventKind::Step { metrics } => self.step(event, metrics),
            EventKind::Validation { metrics } => self.validation(metrics),
            EventKind::Phase { to, .. } => self.phase(*to),
            EventKind::CheckpointSaved { .. } => {
                self.last_checkpoint.set(event.time_s);
                self.checkpoints.inc();
            }
            EventKind::Intervention(change) => {
                self.interventions
                    .get_or_create(&[("who", change.who.clone())])
                    .inc();
            }
            EventKind::Fault(FaultRecord { kind, .. }) => {
                self.faults
                    .get_or_create(&[("kind", fault_name(*kind))])
                    .inc();
            }
            EventKind::Restart(_) => {
                self.restarts.inc();
            }
            EventKind::Warning { .. } => {
                self.warnings.inc();
            }
            _ => {}
        }
    }

    fn start(&self, step: u64, start: &RunStarted) {
        self.build
            .get_or_create(&[("version", start.version.clone())])
            .set(1.0);
        self.step.set(step as f64);
        self.max_steps
            .set(start.max_steps.map_or(f64::NAN, |steps| steps as f64));
    }

    fn step(&self, event: &Event, metrics: &BTreeMap<String, f64>) {
        self.steps.inc();
        self.step.set(event.step as f64);
        self.last_step.set(event.time_s);
        for (name, value) in metrics {
            match name.as_str() {
                names::PERF_STEP_SECONDS => self.step_seconds.observe(*value),
                names::PERF_DATA_SECONDS => {
                    self.data_seconds.inc_by(value.max(0.0));
                }
                names::PERF_FRAMES_PER_SECOND => {
                    self.frames_per_second.set(*value);
                }
                names::LEARNING_RATE => {
                    self.learning_rate.set(*value);
                }
                names::GRAD_NORM => {
                    self.gradient_norm.set(*value);
                }
                names::EPOCH => {
                    self.epoch.set(*value);
                }
                name => self.loss("train", name.strip_prefix("training."), *value),
            }
        }
    }

    fn validation(&self, metrics: &BTreeMap<String, f64>) {
        for (name, value) in metrics {
            if name == names::PERF_VALIDATION_SECONDS {
                self.validation_seconds.observe(*value);
            } else {
                self.validation
                    .get_or_create(&[("name", name.clone())])
                    .set(*value);
                self.loss("validation", name.strip_prefix("validation."), *value);
            }
        }
    }

    /// `mel_loss` is the component `mel`, `loss` is all of them together.
    fn loss(&self, phase: &str, name: Option<&str>, value: f64) {
        let component = match name {
            Some("loss") => "total",
            Some(name) => match name.strip_suffix("_loss") {
                Some(component) => component,
                None => return,
            },
            None => return,
        };
        let labels = [
            ("phase", phase.to_owned()),
            ("component", component.to_owned()),
        ];
        self.loss.get_or_create(&labels).set(value);
    }

    fn phase(&self, now: Phase) {
        for phase in Phase::ALL {
            let level = if phase == now { 1.0 } else { 0.0 };
            self.phase
                .get_or_create(&[("phase", phase.name().to_owned())])
                .set(level);
        }
    }
}

/// Its name in events.
fn fault_name(kind: FaultKind) -> String {
    match serde_json::to_value(kind) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

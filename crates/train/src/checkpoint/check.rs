//! What the fields of a checkpoint may be. Anybody can write a file with a right checksum, so nothing is built after a
//! field before it was looked at here.

use diktor_model::{
    Tacotron2Config,
    weights::{Dimensions, ImportReport},
};
use serde::Serialize;
use serde_json::Value;

use super::{Checkpoint, CheckpointError, State, TrainingState};
use crate::Knob;

/// The network that this program knows.
pub(super) const MODEL: &str = "tacotron2";
/// Steps, batches and updates that no run comes to.
const MOST_STEPS: u64 = 1_000_000_000_000;
/// Symbols that no script has: more characters than Unicode has names for.
const MOST_SYMBOLS: usize = 200_000;
/// Bytes of one symbol.
const LONGEST_SYMBOL: usize = 256;
/// Largest number in what controllers and tasks remember: up to here every whole number is one of `f64`.
const LARGEST: f64 = 9_007_199_254_740_992.0;

impl State {
    /// Checks every field; says of the first that cannot be why.
    pub(super) fn check(&self) -> Result<(), String> {
        demand(self.model == MODEL, || {
            format!("the network is `{}`, expected `{MODEL}`", self.model)
        })?;
        within("step", self.step, MOST_STEPS)?;
        self.hparams
            .check_sizes()
            .map_err(|error| first_line(&error))?;
        self.mel.validate().map_err(|error| first_line(&error))?;
        let (bins, spoken) = (self.mel.n_mel_channels, self.hparams.n_mel_channels);
        demand(bins == spoken, || {
            format!("the sound has {bins} mel bins, the network {spoken}")
        })?;
        let symbols = self.symbols.symbols();
        within("symbols", symbols.len() as u64, MOST_SYMBOLS as u64)?;
        demand(
            symbols.iter().all(|one| one.len() <= LONGEST_SYMBOL),
            || format!("a symbol is longer than {LONGEST_SYMBOL} bytes"),
        )?;
        match &self.training {
            Some(training) => training.check(self.hparams.r_max),
            None => Ok(()),
        }
    }
}

impl TrainingState {
    fn check(&self, r_max: usize) -> Result<(), String> {
        let counts = [
            ("cursor.epoch", self.cursor.epoch),
            ("cursor.batch", self.cursor.batch),
            ("updates", self.updates),
            ("restarts", self.restarts),
            ("best.step", self.best.as_ref().map_or(0, |best| best.step)),
        ];
        for (name, count) in counts {
            within(name, count, MOST_STEPS)?;
        }
        for knob in Knob::ALL {
            if let Some(objection) = knob.objection(self.knobs.get(knob)) {
                return Err(objection);
            }
        }
        let frames = self.knobs.n_frames_per_step;
        demand(frames <= r_max, || {
            format!("`n_frames_per_step` is {frames}, the network speaks {r_max} at most")
        })?;
        demand((0.0..=1.0).contains(&self.peak_diagonality), || {
            format!("`peak_diagonality` is {}", self.peak_diagonality)
        })?;
        moderate("controllers", &self.controllers)?;
        moderate("task", &self.task)?;
        moderate("watch", &self.watch)
    }
}

impl Checkpoint {
    /// The network of this checkpoint as it speaks, once it is known that the tensors fill it: a network is never
    /// larger than its file.
    ///
    /// # Errors
    /// [`CheckpointError::Absurd`] if tensors are missing or have other shapes than the hyper-parameters say.
    pub fn network(&self, path: &std::path::Path) -> Result<Tacotron2Config, CheckpointError> {
        let state = &self.state;
        let config = state.hparams.tacotron2(state.symbols.len()).speaking();
        let wanted = Dimensions::of(&config).tensors();
        let report = ImportReport::compare(&wanted, &self.weights);
        if report.is_complete() {
            return Ok(config);
        }
        let missing = report.missing.first();
        let what = match (missing, report.mis_shaped.first()) {
            (Some(name), _) => format!("tensor `{name}` is missing"),
            (None, Some(tensor)) => format!("tensor {tensor}"),
            (None, None) => "its tensors do not fit".to_owned(),
        };
        Err(CheckpointError::Absurd {
            path: path.to_owned(),
            what: format!("{what}, by its own hyper-parameters"),
        })
    }
}

/// No number in what is remembered may be so large that counting on from it fails.
fn moderate(name: &str, remembered: &impl Serialize) -> Result<(), String> {
    let value = serde_json::to_value(remembered).map_err(|error| format!("`{name}`: {error}"))?;
    match immoderate(&value) {
        Some(number) => Err(format!("`{name}` remembers the number {number}")),
        None => Ok(()),
    }
}

fn immoderate(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => {
            let is_whole = number.is_u64() || number.is_i64();
            let far = number.as_f64().is_none_or(|number| number.abs() > LARGEST);
            (is_whole && far).then(|| number.to_string())
        }
        Value::Array(items) => items.iter().find_map(immoderate),
        Value::Object(items) => items.values().find_map(immoderate),
        Value::Null | Value::Bool(_) | Value::String(_) => None,
    }
}

fn within(name: &str, count: u64, most: u64) -> Result<(), String> {
    demand(count <= most, || format!("`{name}` is {count}"))
}

fn demand(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

/// The sentence of an error without its hint, which is for whoever sets the value.
fn first_line(error: &impl ToString) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

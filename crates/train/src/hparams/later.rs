//! Names that configurations may carry and that change nothing here.
//!
//! A name of a feature this version lacks is accepted only with the value that leaves the feature
//! off, or with what the trainer does anyway: nothing that was asked for is silently not done.

use super::error::HparamError;

/// A name with the values that ask for nothing.
#[derive(Debug)]
pub struct Inert {
    /// The names: the proper one first, then what else it is called.
    pub names: &'static [&'static str],
    /// Values that ask for nothing; empty when every value is ignored.
    pub off: &'static [&'static str],
    /// The feature, in words; empty for names that are ignored.
    pub feature: &'static str,
}

/// No device of this program has kernels of the decoder for f16, and their range would need loss scaling besides.
const FP16: &str = "training in f16, which no device has kernels for here (`weight_dtype=bf16` saves memory traffic on the CPU and needs no loss scaling),";
const DISTRIBUTED: &str = "training on several devices";
const WARM: &str = "a warm start by hyper-parameter (use `--checkpoint FILE --warm-start`)";
const MEL: &str = "reading mel spectrograms instead of recordings";
const WAV: &str = "another full scale than 32768";
const TUNER: &str = "the tuner";

const fn off(
    names: &'static [&'static str],
    off: &'static [&'static str],
    feature: &'static str,
) -> Inert {
    Inert {
        names,
        off,
        feature,
    }
}

const FALSE: &[&str] = &["false"];

/// All of them.
pub static INERT: &[Inert] = &[
    off(&["cudnn_enabled"], &[], ""),
    off(&["cudnn_benchmark"], &[], ""),
    off(&["max_wav_value"], &["32768"], WAV),
    off(&["fp16_run"], FALSE, FP16),
    off(&["amp_dtype"], &["bf16", "fp16"], FP16),
    off(&["dynamic_loss_scaling"], &["true", "false"], FP16),
    off(&["loss_scale_init"], &["65536"], FP16),
    off(&["loss_scale_window"], &["2000"], FP16),
    off(&["distributed_run"], FALSE, DISTRIBUTED),
    off(&["dist_backend"], &["nccl"], DISTRIBUTED),
    off(&["dist_url"], &["tcp://localhost:54321"], DISTRIBUTED),
    off(&["warm_start"], FALSE, WARM),
    off(&["load_mel_from_disk"], FALSE, MEL),
    off(&["search_algorithm"], &["none"], TUNER),
    off(&["n_trials"], &["0"], TUNER),
    off(&["resume_from_checkpoint"], FALSE, TUNER),
    off(&["n_startup_iters"], &["1000"], TUNER),
    off(&["min_delta"], &["5e-4"], TUNER),
    off(&["patience"], &["5"], TUNER),
    off(&["max_runtime_hours"], &["48"], TUNER),
    off(&["objective_metric"], &["composite_tts_score"], TUNER),
    off(&["optimization_timeout"], &["none"], TUNER),
];

/// The row of `name`, if it has one.
pub(super) fn find(name: &str) -> Option<&'static Inert> {
    INERT.iter().find(|row| row.names.contains(&name))
}

impl Inert {
    /// Accepts a value that asks for nothing.
    ///
    /// # Errors
    /// Any other value: the feature is not available.
    pub fn accept(&self, value: &str) -> Result<(), HparamError> {
        if self.off.is_empty() || self.off.iter().any(|off| same(off, value)) {
            return Ok(());
        }
        Err(HparamError::NotAvailable {
            name: self.names[0].to_owned(),
            value: value.to_owned(),
            feature: self.feature,
            off: self.off[0],
        })
    }
}

/// Equal as texts, as numbers, or as truth values.
fn same(off: &str, value: &str) -> bool {
    let numbers = (off.parse::<f64>(), value.parse::<f64>());
    match (off, value) {
        ("true", "True" | "TRUE" | "1") | ("false", "False" | "FALSE" | "0") => true,
        _ if off.replace(' ', "") == value.replace(' ', "") => true,
        _ => matches!(numbers, (Ok(a), Ok(b)) if a == b),
    }
}

//! What guards a run, proven in seconds: on a network and utterances made up for it, on the machine and device at hand.
//!
//! Nothing is simulated: the checks feed the trainer itself, and measure what comes out.

mod learning;
mod reading;
mod recovery;
pub(crate) mod subject;

use std::path::Path;

use burn::tensor::Device;
use serde::Serialize;

use crate::TrainError;

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was checked.
    pub name: &'static str,
    /// Whether the figures are as they have to be.
    pub passed: bool,
    /// The figures measured, in a sentence.
    pub found: String,
    /// What they have to be.
    pub expected: &'static str,
}

/// Makes every check. `scratch` is an empty folder for the files of the runs.
///
/// # Errors
/// If a check cannot be made: the network cannot be built, or `scratch` cannot be written.
pub fn run(device: &Device, scratch: &Path) -> Result<Vec<Check>, TrainError> {
    let device = device.clone().autodiff();
    Ok(vec![
        learning::clipping(&device)?,
        learning::guided_loss(&device),
        learning::guided_attention(&device)?,
        learning::convergence(&device)?,
        reading::alignments(),
        recovery::bad_step(&device)?,
        recovery::restart(&device, &scratch.join("restart"))?,
        recovery::giving_up(&device, &scratch.join("giving-up"))?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_passes_and_says_its_figures() {
        let scratch = tempfile::tempdir().unwrap();
        let checks = run(&Device::flex(), scratch.path()).unwrap();
        let failed: Vec<_> = checks.iter().filter(|check| !check.passed).collect();
        assert!(failed.is_empty(), "{failed:#?}");
        assert_eq!(checks.len(), 8);
        for check in &checks {
            assert!(
                check.found.contains(|c: char| c.is_ascii_digit()),
                "{check:?}"
            );
        }
    }
}

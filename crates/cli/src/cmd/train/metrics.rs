//! Metrics as a table.

use std::{collections::BTreeMap, fmt};

use diktor_track::short_figure;

/// Published names and values.
pub(super) type Metrics = BTreeMap<String, f64>;

/// Writes a heading and one line per metric, names first.
pub(super) fn write(f: &mut fmt::Formatter<'_>, heading: &str, metrics: &Metrics) -> fmt::Result {
    let width = metrics.keys().map(String::len).max().unwrap_or(0);
    writeln!(f, "\n{heading}")?;
    for (name, value) in metrics {
        writeln!(f, "  {name:<width$}  {}", short_figure(*value))?;
    }
    Ok(())
}

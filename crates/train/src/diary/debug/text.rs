//! The debug report as a person reads it.

use std::fmt;

use super::{Attention, COLUMNS, DebugReport, Gradients, TREND, Trend};

impl fmt::Display for DebugReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "step {}, epoch {}, {:.2} h in this session, {:.3} steps/s\n\nlosses (newest, least, most, mean and slope of the last {TREND})",
            self.step, self.epoch, self.hours, self.steps_per_second
        )?;
        for (name, trend) in &self.losses {
            writeln!(f, "  {name:<26} {trend}")?;
        }
        if let Some(attention) = &self.attention {
            write!(f, "{attention}")?;
        }
        write!(f, "{}", self.gradients)?;
        let gaf = self.factors.gaf.map(|gaf| format!("{gaf:.4}"));
        writeln!(
            f,
            "  loss scaler {}; adaptive factor of mutual information {}\n\nknobs\n  {:?}\n\ndata\n  {:?}\n\nmachine\n  {}",
            self.factors.loss_scaler,
            gaf.unwrap_or_else(|| "n/a: off".to_owned()),
            self.knobs,
            self.data,
            self.machine
        )?;
        list(f, "issues", &self.issues)?;
        list(f, "decisions", &self.decisions)?;
        writeln!(f, "\nlast steps: {}", COLUMNS.join(", "))?;
        for (step, row) in &self.last_steps {
            let row: Vec<String> = row.iter().map(|value| format!("{value:>12.5e}")).collect();
            writeln!(f, "{step:>9} {}", row.join(" "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Trend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            now,
            min,
            max,
            mean,
            slope,
            direction,
            size,
        } = self;
        write!(
            f,
            "{now:>10.4} {min:>10.4} {max:>10.4} {mean:>10.4} {slope:>+10.5}  {direction}, {size}"
        )
    }
}

impl fmt::Display for Attention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\nattention of the batch\n  {:?}\n  worst: {} ({})\n  {:?}",
            self.mean, self.worst, self.worst_class, self.worst_figures
        )
    }
}

impl fmt::Display for Gradients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\ngradients: norm {:.4e}, {}; clip {}, {:.0}% of the remembered steps clipped, {:.2}% zeros",
            self.norm,
            self.status,
            self.clip,
            100.0 * self.clipped,
            100.0 * self.zeros
        )?;
        for (name, norm) in &self.modules {
            writeln!(f, "  {name:<40} {norm:.4e}")?;
        }
        writeln!(
            f,
            "  largest: {:?}\n  not finite: {:?}",
            self.largest, self.not_finite
        )
    }
}

fn list(f: &mut fmt::Formatter<'_>, heading: &str, lines: &[String]) -> fmt::Result {
    writeln!(f, "\n{heading}")?;
    if lines.is_empty() {
        writeln!(f, "  none")?;
    }
    lines.iter().try_for_each(|line| writeln!(f, "  {line}"))
}

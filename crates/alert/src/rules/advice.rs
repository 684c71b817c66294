//! What the figures say should be done next: a closed list.

/// The next action.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Advice {
    /// The loss is not a finite number.
    NotFinite,
    /// The gradients are too large.
    Gradient { norm: f64, limit: f64, fixes: Fixes },
    /// The attention has not found the text.
    Attention {
        diagonality: f64,
        limit: f64,
        fixes: Fixes,
    },
    /// The gate does not know the end.
    Gate {
        accuracy: f64,
        limit: f64,
        fixes: Fixes,
    },
    /// Nothing, until the next report.
    Healthy { report_at: u64 },
    /// Nothing has been validated yet.
    Unmeasured,
}

/// Whether the run may mend itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fixes {
    /// It may, once a trouble lasts.
    On,
    /// `auto_fix` is off.
    Off,
}

/// Limits of the figures, as the run's hyper-parameters have them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) norm: f64,
    pub(super) diagonality: f64,
    pub(super) gate_accuracy: f64,
    pub(super) fixes: Fixes,
}

/// Figures that decide; `None` for what was not measured.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Measured {
    pub(super) loss: Option<f64>,
    pub(super) norm: Option<f64>,
    pub(super) diagonality: Option<f64>,
    pub(super) gate_accuracy: Option<f64>,
}

impl Advice {
    /// The most urgent of what the figures call for.
    pub(super) fn of(measured: Measured, limits: Limits, report_at: u64) -> Self {
        let Measured {
            loss,
            norm,
            diagonality,
            gate_accuracy,
        } = measured;
        let fixes = limits.fixes;
        if loss.is_some_and(|loss| !loss.is_finite()) {
            return Self::NotFinite;
        }
        if let Some(norm) = norm.filter(|norm| norm.is_nan() || *norm > limits.norm) {
            return Self::Gradient {
                norm,
                limit: limits.norm,
                fixes,
            };
        }
        let Some(diagonality) = diagonality else {
            return Self::Unmeasured;
        };
        if diagonality < limits.diagonality {
            return Self::Attention {
                diagonality,
                limit: limits.diagonality,
                fixes,
            };
        }
        match gate_accuracy.filter(|accuracy| *accuracy < limits.gate_accuracy) {
            Some(accuracy) => Self::Gate {
                accuracy,
                limit: limits.gate_accuracy,
                fixes,
            },
            None => Self::Healthy { report_at },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_urgent_comes_first() {
        let limits = Limits {
            norm: 10.0,
            diagonality: 0.3,
            gate_accuracy: 0.7,
            fixes: Fixes::On,
        };
        let mut measured = Measured {
            loss: Some(f64::NAN),
            norm: Some(12.0),
            diagonality: Some(0.1),
            gate_accuracy: Some(0.5),
        };
        let mut check = |expected: &str, next: fn(&mut Measured)| {
            let advice = format!("{:?}", Advice::of(measured, limits, 9));
            assert!(advice.starts_with(expected), "{advice}");
            next(&mut measured);
        };
        check("NotFinite", |measured| measured.loss = Some(1.0));
        check("Gradient", |measured| measured.norm = Some(2.0));
        check("Attention", |measured| measured.diagonality = Some(0.8));
        check("Gate", |measured| measured.gate_accuracy = Some(0.9));
        check("Healthy", |measured| measured.diagonality = None);
        check("Unmeasured", |_| {});
    }
}

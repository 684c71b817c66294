//! What to look at when the gradient has vanished: the learning rate, and how large the weights are.

use std::{fmt::Write as _, fs, path::PathBuf};

use diktor_model::NamedTensor;
use diktor_track::{decimals_in, figure_in, report::ReportLocale, short_figure};

use super::Diary;
use crate::{Knobs, TrainError};

impl Diary {
    /// Writes `reports/vanished_<step>.txt` and says that it is there.
    pub(crate) fn vanished(&self, step: u64, knobs: &Knobs, weights: &[NamedTensor]) {
        let path = PathBuf::from("reports").join(format!("vanished_{step:08}.txt"));
        let full = self.run_dir.join(&path);
        let folder = self.run_dir.join("reports");
        let written = fs::create_dir_all(&folder)
            .and_then(|()| fs::write(&full, report(step, knobs, weights, self.voice.locale)))
            .map_err(TrainError::io(&full));
        let message = match written {
            Ok(()) => format!(
                "learning rate and norms of the weights, as of the vanished gradient, are in `{}`",
                path.display()
            ),
            Err(error) => format!("the report on the vanished gradient cannot be written: {error}"),
        };
        let hint = "weights that are all zero or very large learn nothing; `diktor recover` begins from an earlier step";
        self.warn(step, message, Some(hint));
    }
}

/// The learning rate and what makes it up, then every tensor, the largest first.
fn report(step: u64, knobs: &Knobs, weights: &[NamedTensor], locale: ReportLocale) -> String {
    let rate = short_figure(knobs.learning_rate);
    let [phase, fixes, restarts, limit] = [
        knobs.lr_phase_factor,
        knobs.lr_fix_factor,
        knobs.lr_restart_factor,
        knobs.grad_clip_thresh,
    ]
    .map(|value| figure_in(value, locale));
    let mut text = match locale {
        ReportLocale::En => format!(
            "step {step}\nlearning rate {rate} (phase x {phase}, fixes x {fixes}, restarts x {restarts})\nlimit of the gradient norm {limit}\n\n"
        ),
        ReportLocale::Ru => format!(
            "шаг {step}\nскорость обучения {rate} (множитель фазы {phase}, исправлений {fixes}, перезапусков {restarts})\nпредел нормы градиента {limit}\n\n"
        ),
    };
    let heads = match locale {
        ReportLocale::En => ["norm", "zeros", "tensor"],
        ReportLocale::Ru => ["норма", "нули", "тензор"],
    };
    let mut rows: Vec<(f64, f64, &str)> = weights.iter().map(row).collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let _ = writeln!(text, "{:>12}  {:>7}  {}", heads[0], heads[1], heads[2]);
    for (norm, zeros, name) in rows {
        let (norm, zeros) = (
            figure_in(norm, locale),
            decimals_in(100.0 * zeros, 1, locale),
        );
        let _ = writeln!(text, "{norm:>12}  {zeros:>5} %  {name}");
    }
    text
}

/// Norm, share of zeros and name.
fn row(tensor: &NamedTensor) -> (f64, f64, &str) {
    let squares: f64 = tensor.values.iter().map(|v| f64::from(*v).powi(2)).sum();
    let zeros = tensor.values.iter().filter(|v| **v == 0.0).count();
    let share = zeros as f64 / tensor.values.len().max(1) as f64;
    (squares.sqrt(), share, &tensor.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Hparams;

    #[test]
    fn the_report_names_the_rate_and_every_norm() {
        let tensor = |name: &str, values: Vec<f32>| NamedTensor {
            name: name.to_owned(),
            shape: vec![values.len()],
            values,
        };
        let knobs = Knobs::from_hparams(&Hparams {
            learning_rate: 1e-4,
            ..Hparams::default()
        });
        let weights = [
            tensor("small", vec![0.0, 0.0]),
            tensor("large", vec![3.0, 4.0]),
        ];
        let text = report(7, &knobs, &weights, ReportLocale::En);
        assert!(text.contains("learning rate 1e-4"), "{text}");
        let lines: Vec<&str> = text.lines().rev().take(2).collect();
        assert!(
            lines[1].starts_with("           5 ") && lines[1].ends_with("large"),
            "{text}"
        );
        assert!(
            lines[0].contains("100.0 %") && lines[0].ends_with("small"),
            "{text}"
        );
    }
}

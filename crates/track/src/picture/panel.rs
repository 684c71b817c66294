//! One heatmap with its axes, and the colour bar that explains it.

use super::{
    TEXT_SIZE,
    canvas::{Anchor, Canvas, Lettering, SOFT},
    ticks,
    words::Words,
};
use crate::{decimals_in, report::ReportLocale};

/// Pixels a named row needs.
const NAMED_ROW: usize = 20;
/// More named rows than this make a picture too tall to look at.
const MAX_NAMED_ROWS: usize = 34;

/// A matrix and what its axes are.
pub(super) struct Panel<'a> {
    /// What is written above it.
    pub(super) title: &'a str,
    pub(super) rows: usize,
    pub(super) cols: usize,
    /// Value of a row and a column; negative infinity where there is nothing to draw.
    pub(super) at: &'a dyn Fn(usize, usize) -> f32,
    pub(super) row_names: &'a [String],
    pub(super) x_label: &'a str,
    pub(super) y_label: &'a str,
}

/// Height of the cells of a matrix with so many rows and row names.
pub(super) fn height_for(rows: usize, names: usize) -> usize {
    let wanted = if names > 0 && names <= MAX_NAMED_ROWS {
        rows * NAMED_ROW
    } else {
        rows * 5
    };
    wanted.clamp(440, 680)
}

/// Which values the colours stand for.
pub(super) struct Scale {
    low: f32,
    high: f32,
}

impl Scale {
    /// The given range, or that of everything drawn.
    pub(super) fn of(panels: &[Panel<'_>], range: Option<(f32, f32)>) -> Self {
        let (low, high) = range.unwrap_or_else(|| {
            let mut extremes = (f32::INFINITY, f32::NEG_INFINITY);
            for panel in panels {
                for row in 0..panel.rows {
                    for col in 0..panel.cols {
                        let value = (panel.at)(row, col);
                        if value.is_finite() {
                            extremes = (extremes.0.min(value), extremes.1.max(value));
                        }
                    }
                }
            }
            extremes
        });
        if low.is_finite() && high.is_finite() && low < high {
            Self { low, high }
        } else if low.is_finite() {
            Self {
                low: low - 0.5,
                high: low + 0.5,
            }
        } else {
            Self {
                low: 0.0,
                high: 1.0,
            }
        }
    }

    fn share(&self, value: f32) -> f32 {
        (value - self.low) / (self.high - self.low)
    }

    /// Draws the colour bar.
    pub(super) fn draw(
        &self,
        canvas: &mut Canvas,
        area: [usize; 4],
        label: &str,
        locale: ReportLocale,
    ) {
        let [x, y, width, height] = area;
        for row in 0..height {
            let share = 1.0 - row as f32 / (height - 1) as f32;
            (0..width).for_each(|column| canvas.shade(x + column, y + row, share));
        }
        canvas.frame(x, y, width, height);
        let (values, decimals) = ticks(self.low.into(), self.high.into(), 8, 0.0);
        for value in values {
            let share = self.share(value as f32);
            let tick_y = y as f32 + (1.0 - share) * (height - 1) as f32;
            canvas.fill(x + width + 1, tick_y as usize, 5, 1, SOFT);
            let text = decimals_in(value, decimals, locale).replace('-', "−");
            let lettering = Lettering::new(TEXT_SIZE * 0.86, Anchor::Start);
            canvas.text((x + width + 10) as f32, tick_y, &text, lettering);
        }
        let middle = (y + height / 2) as f32;
        let lettering = Lettering::new(TEXT_SIZE, Anchor::Middle).upwards();
        canvas.text((x + width + 88) as f32, middle, label, lettering);
    }
}

impl Panel<'_> {
    /// Draws cells, ticks and labels around `area` (left, top, width, height of the cells).
    pub(super) fn draw(&self, canvas: &mut Canvas, scale: &Scale, area: [usize; 4], words: &Words) {
        let [x, y, width, height] = area;
        self.cells(canvas, scale, area);
        canvas.frame(x, y, width, height);
        self.column_ticks(canvas, area);
        self.row_ticks(canvas, area);
        let middle = Lettering::new(TEXT_SIZE, Anchor::Middle);
        let centre = (x + width / 2) as f32;
        canvas.text(centre, (y + height + 58) as f32, self.x_label, middle);
        canvas.text(
            24.0,
            (y + height / 2) as f32,
            self.y_label,
            middle.upwards(),
        );
        let title = Lettering::new(TEXT_SIZE, Anchor::Start);
        canvas.text(x as f32, y as f32 - 18.0, self.title, title);
        if self.rows == 0 || self.cols == 0 {
            canvas.text(centre, (y + height / 2) as f32, words.no_data, middle);
        }
    }

    fn cells(&self, canvas: &mut Canvas, scale: &Scale, [x, y, width, height]: [usize; 4]) {
        if self.rows == 0 || self.cols == 0 {
            return;
        }
        // The cells of a pixel: several when there are more cells than pixels, else the one it lies in.
        let span = |pixel: usize, pixels: usize, cells: usize| {
            let first = pixel * cells / pixels;
            first..((pixel + 1) * cells / pixels).max(first + 1)
        };
        for row in 0..height {
            let rows = span(height - 1 - row, height, self.rows);
            for column in 0..width {
                let mut largest = f32::NEG_INFINITY;
                for cell_row in rows.clone() {
                    for cell_col in span(column, width, self.cols) {
                        let value = (self.at)(cell_row, cell_col);
                        largest = if value.is_nan() {
                            value
                        } else {
                            largest.max(value)
                        };
                    }
                }
                if largest != f32::NEG_INFINITY {
                    canvas.shade(x + column, y + row, scale.share(largest));
                }
            }
        }
    }

    fn column_ticks(&self, canvas: &mut Canvas, [x, y, width, height]: [usize; 4]) {
        let (values, _) = ticks(0.0, self.cols.saturating_sub(1) as f64, 8, 1.0);
        for value in values {
            let tick_x = x as f32 + (value as f32 + 0.5) * width as f32 / self.cols as f32;
            canvas.fill(tick_x as usize, y + height + 1, 1, 6, SOFT);
            let lettering = Lettering::new(TEXT_SIZE * 0.86, Anchor::Middle);
            canvas.text(
                tick_x,
                (y + height + 22) as f32,
                &value.to_string(),
                lettering,
            );
        }
    }

    fn row_ticks(&self, canvas: &mut Canvas, [x, y, _, height]: [usize; 4]) {
        let named = self.row_names.len() == self.rows && self.rows <= MAX_NAMED_ROWS;
        let rows: Vec<usize> = if named {
            (0..self.rows).collect()
        } else {
            let most = (height / 40).max(2);
            let (values, _) = ticks(0.0, self.rows.saturating_sub(1) as f64, most, 1.0);
            values.into_iter().map(|value| value as usize).collect()
        };
        for row in rows {
            let middle = (row as f32 + 0.5) * height as f32 / self.rows as f32;
            let tick_y = (y + height) as f32 - middle;
            canvas.fill(x - 7, tick_y as usize, 6, 1, SOFT);
            let text = if named {
                shown(&self.row_names[row])
            } else {
                row.to_string()
            };
            let lettering = Lettering::new(TEXT_SIZE * 0.86, Anchor::End);
            canvas.text(x as f32 - 12.0, tick_y, &text, lettering);
        }
    }
}

/// A symbol as it can be seen: a space has no ink.
fn shown(symbol: &str) -> String {
    symbol.replace(' ', "␣")
}

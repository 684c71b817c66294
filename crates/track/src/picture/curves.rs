//! Curves over the steps of a run, as a picture.

use super::{
    LEFT, PLOT_WIDTH, Palette, Png, TEXT_SIZE, TITLE_SIZE,
    canvas::{Anchor, Canvas, Lettering, SOFT},
    ticks,
};
use crate::{figure_in, report::ReportLocale};

/// One curve.
#[derive(Debug, Clone, Copy)]
pub struct Curve<'a> {
    /// Its name in the legend.
    pub label: &'a str,
    /// Step and value, in the order of the steps; a value that is not finite breaks the line.
    pub points: &'a [(u64, f64)],
}

/// Pixels above the axes, for title and legend.
const TOP: usize = 104;
const HEIGHT: usize = 420;
const RIGHT: usize = 40;
const BOTTOM: usize = 84;
/// Half the thickness of a line in pixels.
const PEN: i64 = 1;
/// Darkness of the lines behind the curves.
const FAINT: f32 = 0.12;
/// Places of the curves in the palette: as far apart as it goes, and dark enough on white.
const SHADES: [f32; 4] = [0.22, 0.85, 0.5, 0.05];
/// From this ratio of the largest value to the smallest on the axis is logarithmic.
const LOGARITHMIC_FROM: f64 = 25.0;
/// Values beyond are drawn at the edge.
const MAX_VALUE: f64 = 1e30;

/// Draws at most four curves over the steps, on a logarithmic axis where their values are far apart.
///
/// `x_label` stands below the axis of the steps. Without a value to draw, it says so.
pub fn curves(curves: &[Curve<'_>], title: &str, x_label: &str, locale: ReportLocale) -> Png {
    let curves = &curves[..curves.len().min(SHADES.len())];
    let mut canvas = Canvas::new(LEFT + PLOT_WIDTH + RIGHT, TOP + HEIGHT + BOTTOM);
    let room = (PLOT_WIDTH + RIGHT) as f32 - 12.0;
    let shown = canvas.fitting(title, TITLE_SIZE, room);
    let heading = Lettering::new(TITLE_SIZE, Anchor::Start);
    canvas.text(LEFT as f32, 32.0, &shown, heading);
    legend(&mut canvas, curves, locale);
    canvas.frame(LEFT, TOP, PLOT_WIDTH, HEIGHT);
    let middle = Lettering::new(TEXT_SIZE, Anchor::Middle);
    let centre = (LEFT + PLOT_WIDTH / 2) as f32;
    canvas.text(centre, (TOP + HEIGHT + 58) as f32, x_label, middle);
    match Axes::of(curves) {
        Some(axes) => {
            axes.grid(&mut canvas, locale);
            for (curve, shade) in curves.iter().zip(SHADES) {
                axes.line(&mut canvas, curve.points, shade);
            }
        }
        None => canvas.text(centre, (TOP + HEIGHT / 2) as f32, "–", middle),
    }
    canvas.into_png(Palette::Viridis)
}

fn legend(canvas: &mut Canvas, curves: &[Curve<'_>], locale: ReportLocale) {
    let (mut x, y) = (LEFT as f32, 76.0);
    for (curve, shade) in curves.iter().zip(SHADES) {
        for column in 0..26 {
            for row in 0..5 {
                canvas.shade(
                    (x as usize + column).min(LEFT + PLOT_WIDTH),
                    74 + row,
                    shade,
                );
            }
        }
        let last = curve.points.last();
        let last = last.map(|point| figure_in(point.1, locale));
        let text = format!("{} {}", curve.label, last.unwrap_or_default());
        let room = (LEFT + PLOT_WIDTH + RIGHT) as f32 - x - 40.0;
        let text = canvas.fitting(&text, TEXT_SIZE, room);
        canvas.text(x + 34.0, y, &text, Lettering::new(TEXT_SIZE, Anchor::Start));
        x += 34.0 + canvas.text_width(&text, TEXT_SIZE) + 28.0;
        if x > (LEFT + PLOT_WIDTH) as f32 - 40.0 {
            break;
        }
    }
}

/// Where values lie in the picture.
struct Axes {
    last_step: f64,
    /// Lowest and highest value on the axis, as logarithms if it is logarithmic.
    low: f64,
    high: f64,
    logarithmic: bool,
}

impl Axes {
    /// Axes that show every finite value; `None` if there is none.
    fn of(curves: &[Curve<'_>]) -> Option<Self> {
        let points = || {
            let all = curves.iter().flat_map(|curve| curve.points);
            all.filter(|point| point.1.is_finite())
        };
        let last_step = points().map(|point| point.0).max()?.max(1) as f64;
        let values = || points().map(|point| point.1.clamp(-MAX_VALUE, MAX_VALUE));
        let low = values().fold(f64::INFINITY, f64::min);
        let high = values().fold(f64::NEG_INFINITY, f64::max);
        let logarithmic = low > 1e-15 && high / low > LOGARITHMIC_FROM;
        let (low, high) = if logarithmic {
            (low.log10(), high.log10())
        } else {
            (low, high)
        };
        let air = 0.05 * (high - low).max(1e-3 * high.abs()).max(1e-12);
        Some(Self {
            last_step,
            low: low - air,
            high: high + air,
            logarithmic,
        })
    }

    fn x(&self, step: u64) -> i64 {
        let share = step as f64 / self.last_step;
        (LEFT as f64 + share * (PLOT_WIDTH - 1) as f64).round() as i64
    }

    fn y(&self, value: f64) -> i64 {
        let value = value.clamp(-MAX_VALUE, MAX_VALUE);
        let place = if self.logarithmic {
            value.log10()
        } else {
            value
        };
        let share = (place - self.low) / (self.high - self.low);
        (TOP as f64 + (1.0 - share) * (HEIGHT - 1) as f64).round() as i64
    }

    /// Lines behind the curves, with their figures.
    fn grid(&self, canvas: &mut Canvas, locale: ReportLocale) {
        let small = TEXT_SIZE * 0.86;
        for value in self.values() {
            let y = self.y(value);
            if !(TOP as i64..(TOP + HEIGHT) as i64).contains(&y) {
                continue;
            }
            canvas.fill(LEFT, y as usize, PLOT_WIDTH, 1, FAINT);
            let end = Lettering::new(small, Anchor::End);
            let text = figure_in(value, locale).replace('-', "−");
            canvas.text(LEFT as f32 - 12.0, y as f32, &text, end);
        }
        let (steps, _) = ticks(0.0, self.last_step, 7, 1.0);
        for step in steps {
            let x = self.x(step as u64);
            canvas.fill(x as usize, TOP + HEIGHT + 1, 1, 6, SOFT);
            let middle = Lettering::new(small, Anchor::Middle);
            let text = format!("{step:.0}");
            canvas.text(x as f32, (TOP + HEIGHT + 22) as f32, &text, middle);
        }
    }

    /// The values that get a line.
    fn values(&self) -> Vec<f64> {
        if !self.logarithmic {
            return ticks(self.low, self.high, 7, 0.0).0;
        }
        let decades = self.low.floor() as i32..=self.high.ceil() as i32;
        let narrow = self.high - self.low < 3.5;
        let of_decade: &[f64] = if narrow { &[1.0, 2.0, 5.0] } else { &[1.0] };
        decades
            .flat_map(|decade| {
                of_decade
                    .iter()
                    .map(move |digit| digit * 10f64.powi(decade))
            })
            .collect()
    }

    fn line(&self, canvas: &mut Canvas, points: &[(u64, f64)], shade: f32) {
        let mut before = None;
        for (step, value) in points {
            if !value.is_finite() {
                before = None;
                continue;
            }
            let to = (self.x(*step), self.y(*value));
            stroke(canvas, before.unwrap_or(to), to, shade);
            before = Some(to);
        }
    }
}

/// A straight line between two points, clipped to the axes.
fn stroke(canvas: &mut Canvas, from: (i64, i64), to: (i64, i64), shade: f32) {
    let steps = (to.0 - from.0).abs().max((to.1 - from.1).abs()).max(1);
    for index in 0..=steps {
        let at = |from: i64, to: i64| from + (to - from) * index / steps;
        let (x, y) = (at(from.0, to.0), at(from.1, to.1));
        for dx in -PEN..=PEN {
            for dy in -PEN..=PEN {
                let column = (x + dx).clamp(LEFT as i64, (LEFT + PLOT_WIDTH - 1) as i64);
                let row = (y + dy).clamp(TOP as i64, (TOP + HEIGHT - 1) as i64);
                canvas.shade(column as usize, row as usize, shade);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colours(png: &Png) -> usize {
        let mut reader = png::Decoder::new(std::io::Cursor::new(&png.bytes))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        let drawn: std::collections::BTreeSet<u8> =
            pixels.into_iter().filter(|pixel| *pixel < 200).collect();
        drawn.len()
    }

    #[test]
    fn every_curve_has_its_colour() {
        let falling: Vec<(u64, f64)> = (1..200).map(|step| (step, 90.0 / step as f64)).collect();
        let flat = [(0, 0.5), (100, f64::NAN), (199, 0.5)];
        let curve = |label, points| Curve { label, points };
        let two = [curve("training", &falling[..]), curve("validation", &flat)];
        let png = curves(&two, "Loss", "step", ReportLocale::En);
        assert_eq!(colours(&png), 2);
        assert!(png.bytes.len() < 60_000, "{}", png.bytes.len());
        assert_eq!(colours(&curves(&[], "Loss", "step", ReportLocale::Ru)), 0);
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(24))]
        #[test]
        fn no_values_stop_the_drawing(
            values in proptest::collection::vec(proptest::num::f64::ANY, 0..9),
            last in proptest::num::u64::ANY,
        ) {
            let mut points: Vec<(u64, f64)> = (0..).zip(values).collect();
            points.extend(points.last().copied().map(|(_, value)| (last, value)));
            curves(&[Curve { label: "any", points: &points }], "", "", ReportLocale::Ru);
        }
    }
}

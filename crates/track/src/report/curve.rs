//! A chart as inline SVG whose colours are those of the page, light or dark.

use std::ops::Range;

use plotters::{coord::ranged1d::ValueFormatter, prelude::*};

use super::history::Series;
use crate::{figures::figure_in, report::ReportLocale};

/// One curve.
pub(super) struct Line<'a> {
    pub(super) label: String,
    pub(super) series: &'a Series,
}

/// A chart to draw.
pub(super) struct Chart<'a> {
    pub(super) lines: Vec<Line<'a>>,
    /// The values lie between 0 and 1, and the axis shows all of it.
    pub(super) shares: bool,
    /// What the values are, written beside them.
    pub(super) unit: &'a str,
    /// The word for a step, written below the steps.
    pub(super) step: &'a str,
    pub(super) locale: ReportLocale,
    /// Steps at which the run changed itself.
    pub(super) marks: &'a [u64],
    pub(super) last_step: u64,
}

/// A drawn chart.
pub(super) struct Drawn {
    pub(super) svg: String,
    /// What a pointer over the chart reads: pixel range, step range, and the points of every line.
    pub(super) readings: serde_json::Value,
    /// Values that could not be drawn.
    pub(super) not_finite: usize,
}

const SIZE: (u32, u32) = (560, 310);
/// More points than this cannot be told apart.
const MAX_POINTS: usize = 200;
/// Up to this many points each gets a dot.
const MAX_DOTS: usize = 40;
/// Curves have as many colours as the style sheet.
const MAX_LINES: usize = 5;

/// The axes are looked for round numbers in steps that vanish beyond these, which would never end.
const MAX_VALUE: f64 = 1e30;
const MIN_SPAN: f64 = 1e-15;

/// Stand-ins, replaced by the style sheet's variables in [`with_page_colours`].
const GRID: RGBColor = RGBColor(0xa2, 0, 1);
const LABEL: RGBColor = RGBColor(0xa2, 0, 2);
const MARK: RGBColor = RGBColor(0xa2, 0, 3);
const BAD: RGBColor = RGBColor(0xa2, 0, 4);

fn line_colour(index: usize) -> RGBColor {
    RGBColor(0xa1, 0, index as u8)
}

/// Draws a chart; nothing if it has no point to draw.
pub(super) fn draw(chart: &Chart<'_>) -> Option<Drawn> {
    let lines: Vec<Thinned> = chart
        .lines
        .iter()
        .take(MAX_LINES)
        .map(|line| Thinned::new(line.series))
        .collect();
    lines.iter().flat_map(Thinned::points).next()?;
    let last_step = chart.last_step.max(1) as f64;
    let mut svg = String::new();
    let pixels = {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        let mut builder = ChartBuilder::on(&root);
        builder
            .set_label_area_size(LabelAreaPosition::Left, 80)
            .set_label_area_size(LabelAreaPosition::Bottom, 50)
            .margin_top(12)
            .margin_right(16);
        let steps = 0.0..last_step;
        match value_axis(chart, &lines) {
            Axis::Linear(values) => {
                let mut axes = builder.build_cartesian_2d(steps, values.clone()).ok()?;
                paint(&mut axes, chart, &lines, &values)
            }
            Axis::Logarithmic(values) => {
                let mut axes = builder
                    .build_cartesian_2d(steps, values.clone().log_scale())
                    .ok()?;
                paint(&mut axes, chart, &lines, &values)
            }
        }
    }?;
    Some(Drawn {
        svg: with_page_colours(&svg),
        readings: readings(chart, &lines, &pixels),
        not_finite: lines.iter().map(|line| line.not_finite.len()).sum(),
    })
}

/// How values are placed.
enum Axis {
    Linear(Range<f64>),
    Logarithmic(Range<f64>),
}

/// The axis that shows all lines with some air around them.
fn value_axis(chart: &Chart<'_>, lines: &[Thinned]) -> Axis {
    let extremes = |value: fn(&Point) -> f64| {
        let points = lines.iter().flat_map(Thinned::points);
        points
            .map(|point| value(point).clamp(-MAX_VALUE, MAX_VALUE))
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            })
    };
    let (low, high) = extremes(|point| point.mean);
    if chart.shares {
        return Axis::Linear(low.min(0.0)..high.max(1.0));
    }
    if low > MIN_SPAN && high / low > 25.0 {
        return Axis::Logarithmic((high * 1e-9).max(low * 0.9)..high * 1.1);
    }
    // A band may widen the axis by half, no more: a single spike must not flatten the line.
    let room = 0.25 * (high - low);
    let low = low.min(extremes(|point| point.low).0.max(low - room));
    let high = high.max(extremes(|point| point.high).1.min(high + room));
    let span = (high - low).max(1e-3 * high.abs()).max(MIN_SPAN);
    Axis::Linear(low - 0.06 * span..high + 0.06 * span)
}

type Axes<'a, 'b, Y> =
    ChartContext<'a, SVGBackend<'b>, Cartesian2d<plotters::coord::types::RangedCoordf64, Y>>;

/// Grid, labels and units.
fn mesh<Y>(axes: &mut Axes<'_, '_, Y>, chart: &Chart<'_>, values: &Range<f64>) -> Option<()>
where
    Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
{
    axes.configure_mesh()
        .disable_x_mesh()
        .max_light_lines(0)
        .bold_line_style(GRID)
        .axis_style(GRID)
        .label_style(("sans-serif", 16).into_font().color(&LABEL))
        .x_labels(8)
        .y_labels(6)
        .x_desc(chart.step)
        .y_desc(chart.unit)
        .axis_desc_style(("sans-serif", 15).into_font().color(&LABEL))
        .x_label_formatter(&|step| format!("{step:.0}"))
        .y_label_formatter(&|value| figure_in(without_dust(*value, values), chart.locale))
        .draw()
        .ok()
}

/// Draws everything inside the chart and returns the pixel range of its columns.
fn paint<Y>(
    axes: &mut Axes<'_, '_, Y>,
    chart: &Chart<'_>,
    lines: &[Thinned],
    values: &Range<f64>,
) -> Option<Range<i32>>
where
    Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
{
    mesh(axes, chart, values)?;
    let steps = axes.x_range();
    let inside = |value: f64| value.clamp(values.start, values.end);
    for mark in chart
        .marks
        .iter()
        .map(|step| *step as f64)
        .filter(|step| *step <= steps.end)
    {
        let ends = vec![(mark, values.start), (mark, values.end)];
        axes.draw_series([PathElement::new(ends, MARK.mix(0.7))])
            .ok()?;
    }
    for (index, line) in lines.iter().enumerate() {
        let colour = line_colour(index);
        for segment in &line.segments {
            if line.thinned {
                let above = segment.iter().map(|point| (point.step, inside(point.high)));
                let below = segment
                    .iter()
                    .rev()
                    .map(|point| (point.step, inside(point.low)));
                let band: Vec<_> = above.chain(below).collect();
                axes.draw_series([Polygon::new(band, colour.mix(0.16))])
                    .ok()?;
            }
            let path: Vec<_> = segment
                .iter()
                .map(|point| (point.step, inside(point.mean)))
                .collect();
            if path.len() > 1 {
                let style = ShapeStyle::from(colour).stroke_width(2);
                axes.draw_series([PathElement::new(path.clone(), style)])
                    .ok()?;
            }
            if line.points().count() <= MAX_DOTS || path.len() == 1 {
                let dots = path
                    .into_iter()
                    .map(|at| Circle::new(at, 3, colour.filled()));
                axes.draw_series(dots).ok()?;
            }
        }
        let lost = line
            .not_finite
            .iter()
            .map(|step| Circle::new((*step, values.start), 3, BAD.filled()));
        axes.draw_series(lost).ok()?;
    }
    Some(axes.plotting_area().get_pixel_range().0)
}

/// A value of an axis without what adding up its ticks leaves in place of a zero.
fn without_dust(value: f64, axis: &Range<f64>) -> f64 {
    if axis.start <= 0.0 && value.abs() < 1e-9 * (axis.end - axis.start) {
        0.0
    } else {
        value
    }
}

/// One point: neighbouring steps put together.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Point {
    step: f64,
    mean: f64,
    low: f64,
    high: f64,
}

/// A curve with no more points than can be seen.
#[derive(Debug, PartialEq)]
struct Thinned {
    /// Unbroken pieces: a value that is not finite breaks the line.
    segments: Vec<Vec<Point>>,
    /// Steps of the values that are not finite.
    not_finite: Vec<f64>,
    thinned: bool,
}

impl Thinned {
    fn new(series: &Series) -> Self {
        let size = series.len().div_ceil(MAX_POINTS).max(1);
        let mut segments = vec![Vec::new()];
        let mut not_finite = Vec::new();
        for bucket in series.chunks(size) {
            let finite: Vec<f64> = bucket
                .iter()
                .map(|point| point.1)
                .filter(|value| value.is_finite())
                .collect();
            let lost = bucket.iter().filter(|point| !point.1.is_finite());
            not_finite.extend(lost.map(|point| point.0 as f64));
            if finite.is_empty() {
                segments.push(Vec::new());
                continue;
            }
            let middle =
                bucket.iter().map(|point| point.0 as f64).sum::<f64>() / bucket.len() as f64;
            // Divided before they are added, so that the largest numbers do not overflow.
            let mean = finite.iter().map(|value| value / finite.len() as f64).sum();
            let low = finite.iter().copied().fold(f64::INFINITY, f64::min);
            let high = finite.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let point = Point {
                step: middle,
                mean,
                low,
                high,
            };
            if let Some(segment) = segments.last_mut() {
                segment.push(point);
            }
        }
        segments.retain(|segment| !segment.is_empty());
        Self {
            segments,
            not_finite,
            thinned: size > 1,
        }
    }

    fn points(&self) -> impl Iterator<Item = &Point> {
        self.segments.iter().flatten()
    }
}

/// What the page's script needs to say which values the pointer is at.
fn readings(chart: &Chart<'_>, lines: &[Thinned], pixels: &Range<i32>) -> serde_json::Value {
    let lines: Vec<_> = chart
        .lines
        .iter()
        .zip(lines)
        .map(|(line, thinned)| {
            let points: Vec<_> = thinned
                .points()
                .map(|point| {
                    serde_json::json!([point.step.round(), figure_in(point.mean, chart.locale)])
                })
                .collect();
            serde_json::json!({ "label": line.label, "points": points })
        })
        .collect();
    serde_json::json!({
        "width": SIZE.0,
        "left": pixels.start,
        "right": pixels.end,
        "last": chart.last_step.max(1),
        "lines": lines,
    })
}

/// Replaces the stand-in colours by the style sheet's, and the fixed size by the room there is.
fn with_page_colours(svg: &str) -> String {
    let mut page = svg.to_owned();
    let mut replace = |colour: RGBColor, variable: &str| {
        let stand_in = format!("\"#{:02X}{:02X}{:02X}\"", colour.0, colour.1, colour.2);
        page = page.replace(&stand_in, &format!("\"var(--{variable})\""));
    };
    for index in 0..MAX_LINES {
        replace(line_colour(index), &format!("line-{index}"));
    }
    for (colour, variable) in [
        (GRID, "grid"),
        (LABEL, "muted"),
        (MARK, "mark"),
        (BAD, "bad"),
    ] {
        replace(colour, variable);
    }
    let (width, height) = SIZE;
    page.replacen(
        &format!("width=\"{width}\" height=\"{height}\""),
        "role=\"img\"",
        1,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(series: &Series) -> Option<Drawn> {
        let lines = vec![Line {
            label: "loss".to_owned(),
            series,
        }];
        draw(&Chart {
            lines,
            shares: false,
            unit: "loss",
            step: "step",
            locale: ReportLocale::En,
            marks: &[3],
            last_step: 10,
        })
    }

    #[test]
    fn a_value_that_is_not_finite_breaks_the_line_and_is_counted() {
        let series = vec![(1, 1.0), (2, f64::NAN), (3, 2.0), (4, f64::INFINITY)];
        let thinned = Thinned::new(&series);
        assert_eq!(
            thinned.segments.iter().map(Vec::len).collect::<Vec<_>>(),
            [1, 1]
        );
        assert_eq!(drawn(&series).unwrap().not_finite, 2);
    }

    #[test]
    fn a_long_series_keeps_its_mean_and_its_range() {
        let series: Series = (0..10_000).map(|step| (step, (step % 2) as f64)).collect();
        let thinned = Thinned::new(&series);
        assert!(thinned.points().count() <= MAX_POINTS);
        for point in thinned.points() {
            assert_eq!((point.low, point.high), (0.0, 1.0));
            assert!((point.mean - 0.5).abs() < 0.05, "{point:?}");
        }
    }

    #[test]
    fn a_zero_on_an_axis_is_a_zero_and_a_small_value_stays_one() {
        assert_eq!(without_dust(-2.71e-20, &(-0.06..1.0)), 0.0);
        assert_eq!(without_dust(-6e-17, &(-0.5..0.5)), 0.0);
        assert_eq!(without_dust(1e-12, &(0.0..1e-11)), 1e-12);
        assert_eq!(without_dust(1e-20, &(1e-21..1.0)), 1e-20);
        let svg = drawn(&vec![(1, 0.0), (2, 0.1), (3, 0.34)]).unwrap().svg;
        let mut labels = svg.lines().filter(|line| !line.contains('<'));
        assert!(labels.all(|label| !label.contains("e-")), "{svg}");
        assert!(svg.contains("loss") && svg.contains("step"), "{svg}");
    }

    #[test]
    fn colours_are_left_to_the_page() {
        let svg = drawn(&vec![(1, 1.0), (2, 3.0)]).unwrap().svg;
        assert!(svg.contains("var(--line-0)") && svg.contains("var(--grid)"));
        assert!(!svg.contains("#A1") && !svg.contains("#A2"), "{svg}");
    }

    proptest::proptest! {
        #[test]
        fn no_values_stop_the_drawing(
            bits in proptest::collection::vec(proptest::num::u64::ANY, 0..12),
            last_step in proptest::num::u64::ANY,
        ) {
            let series = (0..).zip(bits.into_iter().map(f64::from_bits)).collect();
            let lines = || vec![Line { label: String::new(), series: &series }];
            for shares in [false, true] {
                draw(&Chart {
                    lines: lines(),
                    shares,
                    unit: "",
                    step: "",
                    locale: ReportLocale::Ru,
                    marks: &[0, u64::MAX],
                    last_step,
                });
            }
        }
    }

    #[test]
    fn any_series_is_drawn_or_left_out() {
        assert!(drawn(&Vec::new()).is_none());
        assert!(drawn(&vec![(1, f64::NAN)]).is_none());
        for values in [
            &[0.0][..],
            &[1e-300, 1e300],
            &[f64::MAX, f64::MIN],
            &[f64::MAX, f64::MAX],
            &[f64::MIN_POSITIVE, 1.0],
            &[5e-324, 5e-324],
            &[-1.0, 1e-9, 1e9],
        ] {
            let series = (0..).zip(values.iter().copied()).collect();
            assert!(drawn(&series).is_some(), "{values:?}");
        }
    }
}

use super::{
    super::*,
    synthetic::{STEPS, SYMBOLS, normal, one_hot, rows, soft, spoken, uniform},
};

fn measure(values: &[f32]) -> AttentionMetrics {
    let view = AlignmentView {
        steps: STEPS,
        symbols: SYMBOLS,
        values,
    };
    attention(&view).unwrap()
}

/// One row of the published table: D, F, H, H_n, C, Mo, alignment score; `tolerance` is half of
/// the last digit printed where the matrix is determined, more where it was drawn.
fn check(name: &str, values: &[f32], expected: [f64; 7], tolerance: f64, collapse: Collapse) {
    let m = measure(values);
    let found = [
        m.diagonality,
        m.focus,
        m.entropy,
        m.entropy_normalised,
        m.coverage,
        m.monotonicity,
        m.alignment_score,
    ];
    for (place, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            (found - expected).abs() <= tolerance + 1e-9,
            "{name}, column {place}: {found}, expected {expected}: {m:?}"
        );
    }
    assert_eq!(m.collapse(), collapse, "{name}: {m:?}");
}

const EXACT: f64 = 0.005;
/// The draws behind the published figures are not known.
const DRAWN: f64 = 0.02;

#[test]
fn alignments_that_are_determined_have_the_published_figures() {
    let linear: Vec<usize> = (0..STEPS).map(|t| t * SYMBOLS / STEPS).collect();
    check(
        "linear",
        &one_hot(&linear),
        [1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0],
        EXACT,
        Collapse::Ok,
    );
    let uniform = rows(STEPS, |_, _| 1.0);
    check(
        "uniform",
        &uniform,
        [0.0, 0.011, 4.5, 1.0, 0.0, 1.0, 0.0],
        EXACT,
        Collapse::Uniform,
    );
    let first = one_hot(&[0; STEPS]);
    check(
        "first",
        &first,
        [0.0, 1.0, 0.0, 0.0, 0.01, 1.0, 0.0],
        EXACT,
        Collapse::Stuck,
    );
    let middle = one_hot(&[SYMBOLS / 2; STEPS]);
    check(
        "middle",
        &middle,
        [0.13, 1.0, 0.0, 0.0, 0.01, 1.0, 0.11],
        EXACT,
        Collapse::Stuck,
    );
}

#[test]
fn alignments_of_speech_have_the_published_figures() {
    let path = spoken();
    check(
        "one-hot",
        &one_hot(&path),
        [0.96, 1.0, 0.0, 0.0, 0.98, 1.0, 0.98],
        EXACT,
        Collapse::Ok,
    );
    let figures = [0.96, 0.68, 0.86, 0.19, 1.0, 1.0, 0.89];
    check("soft", &soft(&path, 0.6), figures, EXACT, Collapse::Ok);
    let figures = [0.95, 0.30, 1.73, 0.39, 1.0, 1.0, 0.73];
    check("blurred", &soft(&path, 1.5), figures, 0.035, Collapse::Ok);
    let clear = soft(&path, 0.6);
    let half: Vec<f32> = clear
        .iter()
        .map(|v| 0.5 * v + 0.5 / SYMBOLS as f32)
        .collect();
    let figures = [0.48, 0.35, 3.30, 0.73, 0.98, 1.0, 0.52];
    // Half of the weight lies all over the text, so the expected position never reaches its end.
    check("half", &half, figures, 0.007, Collapse::Stalled);
    let stall: Vec<usize> = (0..STEPS).map(|t| path[t.min(STEPS / 2)]).collect();
    let figures = [0.66, 0.67, 0.88, 0.20, 0.59, 1.0, 0.65];
    check(
        "stalls",
        &soft(&stall, 0.6),
        figures,
        0.006,
        Collapse::Stalled,
    );
    let reversed: Vec<usize> = path.iter().map(|n| SYMBOLS - 1 - n).collect();
    let figures = [0.0, 0.68, 0.86, 0.19, 1.0, 0.86, 0.0];
    check(
        "reversed",
        &soft(&reversed, 0.6),
        figures,
        0.006,
        Collapse::Stalled,
    );
}

#[test]
fn random_attention_has_the_published_figures() {
    let place = |t: usize, n: usize| (t * SYMBOLS + n) as u64;
    let noise = rows(STEPS, |t, n| normal(1, place(t, n)).exp());
    // The score of noise is a small power of a small chance diagonality, so it is not compared.
    let score = measure(&noise).alignment_score;
    assert!(score < 0.1, "{score}");
    let figures = [0.0, 0.08, 4.02, 0.89, 0.77, 0.50, score];
    check("normal", &noise, figures, 2.5 * DRAWN, Collapse::Random);

    // Dirichlet of 0.05: gamma variates by Marsaglia and Tsang's method, boosted from 1.05.
    let spiky = rows(STEPS, |t, n| gamma(0.05, place(t, n)));
    let score = measure(&spiky).alignment_score;
    assert!(score < 0.2, "{score}");
    let figures = [0.0, 0.32, 2.11, 0.47, 1.0, 0.50, score];
    check("spiky", &spiky, figures, 2.5 * DRAWN, Collapse::Random);
}

fn gamma(shape: f64, place: u64) -> f64 {
    let d = shape + 1.0 - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    for attempt in 0.. {
        let x = normal(2 + attempt, place);
        let v = (1.0 + c * x).powi(3);
        let u = uniform(1000 + attempt, place);
        if v > 0.0 && u.ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d * v * uniform(5000, place).powf(1.0 / shape);
        }
    }
    unreachable!("an attempt is accepted nineteen times of twenty")
}

#[test]
fn skipping_and_travel_are_seen() {
    let hurried: Vec<usize> = (0..STEPS).map(|t| (t / 30 * 4).min(SYMBOLS - 1)).collect();
    let metrics = measure(&one_hot(&hurried));
    assert_eq!(metrics.travel, 1.0);
    assert!(
        (metrics.skip_rate - 19.0 / 599.0).abs() < 1e-12,
        "{metrics:?}"
    );
    let back: Vec<usize> = (0..STEPS)
        .map(|t| if t % 2 == 0 { 10 } else { 11 })
        .collect();
    let metrics = measure(&one_hot(&back));
    assert!(
        metrics.travel < 0.01 && (metrics.monotonicity - 0.5).abs() < 0.01,
        "{metrics:?}"
    );
    let jumps: Vec<usize> = (0..STEPS)
        .map(|t| t * SYMBOLS / STEPS / 5 * 5 + 4)
        .collect();
    let metrics = measure(&one_hot(&jumps));
    assert_eq!(metrics.collapse(), Collapse::Skipping, "{metrics:?}");
}

#[test]
fn a_short_text_read_to_its_end_is_not_stalled() {
    let values: Vec<f32> = (0..12)
        .flat_map(|t| (0..4).map(move |n| f32::from(u8::from(t / 3 == n))))
        .collect();
    let view = AlignmentView {
        steps: 12,
        symbols: 4,
        values: &values,
    };
    assert_eq!(attention(&view).unwrap().collapse(), Collapse::Ok);
}

#[test]
fn what_is_too_small_to_align_is_not_measured() {
    for (steps, symbols, values) in [
        (2, 5, 10),
        (5, 2, 10),
        (0, 0, 0),
        (5, 5, 24),
        (usize::MAX, 3, 9),
    ] {
        let values = vec![0.2; values];
        assert_eq!(
            attention(&AlignmentView {
                steps,
                symbols,
                values: &values
            }),
            None
        );
    }
    assert_eq!(AttentionMetrics::mean(&[]), None);
}

#[test]
fn problems_name_what_is_wrong_the_worst_first() {
    let names = |values: &[f32]| -> Vec<&str> {
        let found = problems(&measure(values));
        assert!(found.is_sorted_by_key(|problem| problem.grade), "{found:?}");
        found.into_iter().map(|problem| problem.problem).collect()
    };
    assert!(names(&soft(&spoken(), 0.6)).is_empty());
    assert_eq!(
        names(&rows(STEPS, |_, _| 1.0)),
        [
            "no diagonal",
            "no symbol gets a weight of note",
            "blurred",
            "the weights are spread over the whole text",
            "symbols are skipped",
        ]
    );
    assert_eq!(names(&one_hot(&[0; STEPS]))[0], "no diagonal");
}

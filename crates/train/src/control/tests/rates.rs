//! The fixes of the learning rate.

use diktor_track::names;

use super::{COOLDOWN, fixes, play, play_short, quickstart};
use crate::{
    Knob,
    control::trace::{Figures, HEALTHY, noise},
};

#[test]
fn high_gradients_halve_the_rate_once_then_rest_then_recover() {
    let story = play(30_000, |step| Figures {
        norm: if (1500..2000).contains(&step) {
            30.0
        } else {
            1.0
        },
        ..HEALTHY
    });
    // Two evaluations of 100 steps; the verdict 2000 steps after; a release every 5000 calm steps.
    let factors: Vec<(u64, f64, f64)> = story.turns_of(Knob::LrFixFactor);
    assert_eq!(factors[0], (1700, 1.0, 0.5));
    assert_eq!(
        factors.iter().map(|turn| turn.2).collect::<Vec<_>>(),
        [0.5, 0.625, 0.781_25, 0.976_562_5, 1.0]
    );
    let releases: Vec<u64> = factors[1..]
        .windows(2)
        .map(|two| two[1].0 - two[0].0)
        .collect();
    assert_eq!(releases, [5000; 3]);
    let [(at, verdict)] = &story.verdicts[..] else {
        panic!("{:?}", story.verdicts)
    };
    assert_eq!((*at, verdict.of_step), (3700, 1700));
    assert_eq!(verdict.metric, names::GRAD_NORM);
    assert!(verdict.helped && !verdict.undone);
    // The rate follows its factor at the same step, and comes back to the base.
    let rates = story.turns_of(Knob::LearningRate);
    assert!(rates.contains(&(1700, 1e-3, 5e-4)), "{rates:?}");
    assert_eq!(rates.last().map(|turn| turn.2), Some(1e-3));
}

#[test]
fn gradients_that_stay_high_are_mended_five_times_a_cooldown_apart() {
    let story = play(20_000, |_| Figures {
        norm: 30.0,
        ..HEALTHY
    });
    let factors = story.turns_of(Knob::LrFixFactor);
    assert_eq!(factors.len(), 5);
    for two in factors.windows(2) {
        assert!(two[1].0 >= two[0].0 + COOLDOWN, "{factors:?}");
    }
    assert_eq!(factors.last().map(|turn| turn.2), Some(0.031_25));
    assert_eq!(story.verdicts.len(), 5, "each is judged");
    assert!(
        story
            .verdicts
            .iter()
            .all(|(_, it)| !it.helped && !it.undone)
    );
    assert!(story.warnings.len() == 1, "{:?}", story.warnings);
}

/// A voice that has a diagonal and does not read, and whose error is nowhere near its end.
const STUCK: Figures = Figures {
    norm: 3.0,
    loss: 9.0,
    text_gain: 0.05,
    ..HEALTHY
};

#[test]
fn an_error_that_stands_still_although_gradients_are_large_halves_the_rate() {
    // Two stretches of 41 steps that do not better the first, from 203 steps on, 68 steps apart, until 540.
    let story = play_short(&quickstart(), &["red_flags"], |_, _| STUCK);
    assert_eq!(
        story.turns_of(Knob::LrFixFactor),
        [
            (203, 1.0, 0.5),
            (271, 0.5, 0.25),
            (339, 0.25, 0.125),
            (410, 0.125, 0.0625),
            (492, 0.0625, 0.031_25)
        ]
    );
    let (_, verdict) = &story.verdicts[0];
    assert_eq!(verdict.metric, names::TRAINING_MEL_LOSS);
    assert!(!verdict.helped && !verdict.undone);
}

#[test]
fn a_rate_that_turned_out_too_high_stays_low() {
    let story = play_short(&quickstart(), &["red_flags"], |step, knobs| Figures {
        loss: if knobs.lr_fix_factor < 1.0 {
            9.0 * 0.9995_f64.powf(step as f64)
        } else {
            9.0
        },
        ..STUCK
    });
    assert_eq!(story.turns_of(Knob::LrFixFactor), [(203, 1.0, 0.5)]);
    assert!(story.verdicts[0].1.helped);
}

#[test]
fn small_gradients_a_voice_that_reads_and_an_error_that_falls_are_left_alone() {
    let falling = |step: u64| 9.0 * 0.999_f64.powf(step as f64) * (1.0 + 0.2 * noise(2, step));
    for (what, figures) in [
        ("small gradients", Figures { norm: 0.5, ..STUCK }),
        (
            "reads",
            Figures {
                text_gain: 0.3,
                ..STUCK
            },
        ),
    ] {
        let story = play_short(&quickstart(), &["red_flags"], |_, _| figures);
        assert_eq!(fixes(&story), [], "{what}");
    }
    let story = play_short(&quickstart(), &["red_flags"], |step, _| Figures {
        loss: falling(step),
        ..STUCK
    });
    assert_eq!(fixes(&story), []);
}

/// Mean mel error and median norm of the gradient in every 50 steps of three clean runs of the quickstart: English with
/// seeds 1234 and 7, Russian.
const CLEAN: [&[(f64, f64)]; 3] = [
    &[
        (45.21, 7.3),
        (10.91, 2.4),
        (9.85, 2.7),
        (8.92, 4.5),
        (7.54, 4.0),
        (6.82, 5.3),
        (6.50, 4.8),
        (6.20, 4.1),
        (5.96, 4.1),
        (5.74, 3.7),
        (5.59, 4.4),
        (5.41, 3.9),
        (5.21, 3.7),
        (5.04, 3.7),
        (4.92, 4.0),
        (4.78, 3.6),
        (4.66, 3.4),
        (4.59, 3.3),
        (4.54, 3.2),
        (4.48, 2.9),
        (4.44, 3.5),
        (4.42, 3.1),
        (4.39, 2.9),
        (4.42, 3.1),
    ],
    &[
        (44.93, 7.4),
        (10.88, 2.5),
        (10.00, 2.5),
        (9.02, 5.4),
        (7.95, 5.8),
        (6.96, 4.4),
        (6.46, 4.8),
        (6.25, 4.4),
        (5.94, 4.7),
        (5.64, 4.0),
        (5.40, 4.3),
        (5.13, 3.5),
        (4.79, 3.4),
        (4.52, 3.1),
        (4.31, 3.1),
        (4.16, 3.4),
        (4.00, 3.1),
        (3.78, 3.5),
        (3.69, 3.4),
        (3.59, 3.0),
        (3.43, 3.1),
        (3.32, 2.7),
        (3.20, 2.9),
        (3.12, 2.5),
        (3.05, 2.6),
        (3.04, 2.7),
        (3.00, 2.4),
    ],
    &[
        (44.59, 7.6),
        (10.98, 2.7),
        (9.94, 3.9),
        (9.31, 7.8),
        (8.17, 5.9),
        (7.30, 7.8),
        (6.91, 9.6),
        (6.58, 8.9),
        (6.31, 13.1),
        (6.15, 9.9),
        (5.83, 12.1),
        (5.60, 12.6),
        (5.35, 9.9),
        (5.24, 12.3),
        (4.98, 7.5),
        (4.88, 7.9),
        (4.65, 8.2),
        (4.59, 6.4),
        (4.41, 6.3),
        (4.26, 7.1),
        (4.06, 5.2),
        (3.99, 7.0),
        (3.81, 4.6),
        (3.67, 4.4),
        (3.57, 4.2),
        (3.52, 3.8),
        (3.47, 3.7),
    ],
];

#[test]
fn clean_runs_are_left_alone() {
    for (index, blocks) in CLEAN.into_iter().enumerate() {
        let story = play_short(&quickstart(), &[], |step, _| {
            let (error, norm) = blocks[(step as usize / 50).min(blocks.len() - 1)];
            Figures {
                norm: norm * (1.0 + noise(index as u64, step)),
                loss: error * (1.0 + 0.2 * noise(7 + index as u64, step)),
                // A voice that never came to read would be the one in danger.
                text_gain: 0.05,
                diagonality: if step < 100 { 0.27 } else { 0.85 },
                ..HEALTHY
            }
        });
        let of_rates: Vec<_> = story.turns_of(Knob::LrFixFactor);
        assert_eq!(of_rates, [], "run {index}");
    }
}

use super::{
    super::*,
    synthetic::{STEPS, SYMBOLS, one_hot, uniform},
};

const YES: f32 = 20.0;
const NO: f32 = -20.0;

/// Two utterances of 600 steps with the same logits.
fn gates(logits: &[f32]) -> GateMetrics {
    let view = GateView {
        logits,
        frames_per_step: 1,
    };
    gate(&[view, view], 0.5).unwrap()
}

/// One row of the published table: accuracy, mean, std, raw accuracy.
fn check_gate(name: &str, logits: &[f32], expected: [f64; 4], tolerance: f64) -> GateMetrics {
    let m = gates(logits);
    let found = [m.accuracy, m.mean, m.std, m.accuracy_raw];
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= tolerance, "{name}: {m:?}");
    }
    m
}

#[test]
fn gates_have_the_published_figures() {
    let at = |stop: usize| -> Vec<f32> {
        (0..STEPS)
            .map(|t| if t >= stop { YES } else { NO })
            .collect()
    };
    let perfect = check_gate("perfect", &at(STEPS - 1), [1.0, 0.5, 0.5, 1.0], 0.0005);
    assert_eq!((perfect.f1, perfect.stop_failure_rate), (1.0, 0.0));
    assert_eq!(perfect.stop_error_frames, Some(0.0));

    let never = check_gate("never", &at(STEPS), [0.5, 0.0, 0.0, 0.998], 0.0005);
    assert_eq!(
        (never.runaway_rate, never.premature_stop_rate, never.f1),
        (1.0, 0.0, 0.0)
    );
    assert_eq!(never.stop_error_frames, None);

    let always = check_gate("always", &[4.6; STEPS], [0.5, 0.99, 0.0, 0.002], 0.0005);
    assert_eq!(
        (always.runaway_rate, always.premature_stop_rate),
        (0.0, 1.0)
    );
    assert_eq!(always.stop_error_frames, Some(599.0));

    check_gate("constant", &[0.0; STEPS], [0.5, 0.5, 0.0, 0.998], 0.0005);

    let random: Vec<Vec<f32>> = (0..200)
        .map(|utterance| {
            let p = |t| uniform(7, utterance * 1000 + t);
            (0..STEPS as u64)
                .map(|t| (p(t) / (1.0 - p(t))).ln() as f32)
                .collect()
        })
        .collect();
    let views: Vec<GateView<'_>> = random
        .iter()
        .map(|logits| GateView {
            logits,
            frames_per_step: 1,
        })
        .collect();
    let m = gate(&views, 0.5).unwrap();
    for (found, expected) in [
        (m.accuracy, 0.5),
        (m.mean, 0.5),
        (m.std, 0.29),
        (m.accuracy_raw, 0.5),
    ] {
        assert!((found - expected).abs() < 0.05, "{m:?}");
    }
}

#[test]
fn a_stop_within_tolerance_is_a_hit() {
    let check = |steps: usize, stop: usize, frames_per_step: usize, hit: f64, premature: f64| {
        let logits: Vec<f32> = (0..steps)
            .map(|t| if t >= stop { YES } else { NO })
            .collect();
        let m = gate(
            &[GateView {
                logits: &logits,
                frames_per_step,
            }],
            0.5,
        )
        .unwrap();
        assert_eq!(
            (m.recall, m.premature_stop_rate),
            (hit, premature),
            "{steps} {stop}: {m:?}"
        );
    };
    // 2 % of 600 frames are 12, of 100 frames the least tolerance of 3 holds.
    check(600, 587, 1, 1.0, 0.0);
    check(600, 586, 1, 0.0, 1.0);
    check(100, 96, 1, 1.0, 0.0);
    check(100, 95, 1, 0.0, 1.0);
    // A step of three frames may be one step early.
    check(33, 31, 3, 1.0, 0.0);
    check(33, 30, 3, 0.0, 1.0);
    assert_eq!(gate(&[], 0.5), None);
    assert_eq!(
        gate(
            &[GateView {
                logits: &[],
                frames_per_step: 1
            }],
            0.5
        ),
        None
    );
}

fn run_of(path: &[usize], stopped_by_gate: bool) -> Ending {
    let values = one_hot(path);
    ending(&FreeRunView {
        alignment: AlignmentView {
            steps: path.len(),
            symbols: SYMBOLS,
            values: &values,
        },
        stopped_by_gate,
        frames_per_step: 3,
        frame_rate: 22_050.0 / 256.0,
    })
}

#[test]
fn free_running_endings_are_told_apart() {
    let whole: Vec<usize> = (0..SYMBOLS).collect();
    let last = SYMBOLS - 1;
    assert_eq!(run_of(&whole, true), Ending::Right);
    assert_eq!(run_of(&whole, false), Ending::Runaway);
    // Five per cent of ninety symbols may be left unread: four.
    assert_eq!(run_of(&whole[..SYMBOLS - 4], true), Ending::Right);
    assert_eq!(run_of(&whole[..SYMBOLS - 5], true), Ending::Premature);
    // Half a second is 43 frames, 14 steps of three.
    let resting = |steps: usize| [whole[..last].to_vec(), vec![last; steps]].concat();
    assert_eq!(run_of(&resting(14), true), Ending::Right);
    assert_eq!(run_of(&resting(15), true), Ending::Runaway);
    assert_eq!(run_of(&[0], true), Ending::Premature);
    assert_eq!(free_run(&[]), None);
}

#[test]
fn the_error_of_a_gate_is_half_at_chance() {
    let check = |logits: &[f32], expected: f64| {
        let error = gate_error(logits).unwrap();
        assert!((error - expected).abs() < 1e-6, "{logits:?}: {error}");
    };
    check(&[NO, NO, YES], 0.0);
    check(&[YES, YES, NO], 1.0);
    check(&[0.0, 0.0, 0.0], 0.5);
    // It never fires: wrong at the end, right before.
    check(&[NO; 600], 0.5);
    check(&[YES, NO, YES], 0.25);
    check(&[YES], 0.0);
    assert_eq!(gate_error(&[]), None);
}

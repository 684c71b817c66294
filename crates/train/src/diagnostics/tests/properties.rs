use proptest::prelude::*;

use super::{super::*, score::standing};

/// Anything a network can put out, broken ones included.
fn any_value() -> impl Strategy<Value = f32> {
    prop_oneof![
        6 => 0.0_f32..1.0,
        2 => Just(0.0),
        1 => any::<f32>(),
        1 => prop_oneof![Just(f32::NAN), Just(f32::INFINITY), Just(-1.0), Just(f32::MIN_POSITIVE)],
    ]
}

fn in_unit(values: &[f64]) -> bool {
    values.iter().all(|value| (0.0..=1.0).contains(value))
}

proptest! {
    #[test]
    fn attention_stays_in_its_range(
        (steps, symbols, values) in (0..12_usize, 0..12_usize).prop_flat_map(|(steps, symbols)| {
            let values = proptest::collection::vec(any_value(), steps * symbols);
            (Just(steps), Just(symbols), values)
        })
    ) {
        if let Some(m) = attention(&AlignmentView { steps, symbols, values: &values }) {
            prop_assert!(in_unit(&[
                m.diagonality, m.focus, m.entropy_normalised, m.coverage, m.coverage_strength,
                m.monotonicity, m.travel, m.skip_rate, m.final_position, m.alignment_score,
            ]), "{m:?}");
            prop_assert!((0.0..=(symbols as f64).ln()).contains(&m.entropy), "{m:?}");
        } else {
            prop_assert!(steps < MIN_SIZE || symbols < MIN_SIZE);
        }
    }

    #[test]
    fn the_scale_of_a_row_does_not_matter(
        values in proptest::collection::vec(0.01_f32..1.0, 20), scale in 0.1_f32..10.0,
    ) {
        let scaled: Vec<f32> = values.iter().map(|v| v * scale).collect();
        let of = |values: &[f32]| attention(&AlignmentView { steps: 4, symbols: 5, values }).unwrap();
        let (a, b) = (of(&values), of(&scaled));
        prop_assert!((a.diagonality - b.diagonality).abs() < 1e-5);
        prop_assert!((a.entropy - b.entropy).abs() < 1e-5);
    }

    #[test]
    fn gates_stay_in_their_range(
        utterances in proptest::collection::vec(
            proptest::collection::vec(prop_oneof![any::<f32>(), -5.0_f32..5.0, Just(f32::NAN)], 0..9), 0..5),
        frames_per_step in 0..5_usize,
        threshold in 0.0_f64..1.0,
    ) {
        let views: Vec<GateView<'_>> =
            utterances.iter().map(|logits| GateView { logits, frames_per_step }).collect();
        if let Some(m) = gate(&views, threshold) {
            prop_assert!(in_unit(&[
                m.accuracy, m.accuracy_raw, m.mean, m.std, m.precision, m.recall, m.f1,
                m.premature_stop_rate, m.runaway_rate, m.stop_failure_rate,
            ]), "{m:?}");
            prop_assert!(m.stop_error_frames.is_none_or(|error| error.is_finite() && error >= 0.0));
            let score = quality_score(&Standing::new(0.5, &m, 0.5));
            prop_assert!((0.0..=100.0).contains(&score));
        }
    }

    #[test]
    fn endings_and_mels_never_panic(
        values in proptest::collection::vec(any_value(), 0..60), steps in 0..9_usize, symbols in 0..9_usize,
        frame_rate in any::<f64>(), bins in 0..4_usize,
    ) {
        let alignment = AlignmentView { steps, symbols, values: &values };
        let view = FreeRunView { alignment, stopped_by_gate: true, frames_per_step: steps, frame_rate };
        prop_assert!(free_run(&[view]).is_some());
        let mut mean = ChannelMean::new(bins);
        mean.add(&values);
        let pair = MelPair { predicted: &values, target: &values[values.len() / 2..] };
        prop_assert!(mel_quality(&[pair], &mean.mean()).is_none_or(|q| (0.0..=1.0).contains(&q)));
    }

    #[test]
    fn scores_are_never_nan(a in any::<f64>(), b in any::<f64>(), c in any::<f64>(), l in any::<f64>(), t in any::<f64>()) {
        let standing = standing(a, b, c, a, b);
        prop_assert!((0.0..=100.0).contains(&quality_score(&standing)));
        prop_assert!(composite_tts_score(&standing, l, t) >= 0.0);
    }
}

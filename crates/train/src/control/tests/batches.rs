//! The fix of steps that see too few utterances.

use diktor_track::names;

use super::{fixes, play_short, quickstart};
use crate::{
    Hparams, Knob,
    control::trace::{Figures, HEALTHY, Story},
};

fn of_batches(batch_size: usize, gradient_accumulation_steps: usize, norm: f64) -> Story {
    let hparams = Hparams {
        batch_size,
        gradient_accumulation_steps,
        ..quickstart()
    };
    play_short(&hparams, &["red_flags"], |_, knobs| Figures {
        norm: norm / (knobs.accumulation_fix_factor as f64).sqrt(),
        ..HEALTHY
    })
}

#[test]
fn a_step_of_two_utterances_is_made_one_of_eight() {
    let story = of_batches(2, 1, 5.0);
    // A twentieth of 16 000 utterances.
    assert_eq!(
        story.turns_of(Knob::AccumulationFixFactor),
        [(400, 1.0, 4.0)]
    );
    let (_, verdict) = &story.verdicts[0];
    assert_eq!(
        (verdict.metric.as_str(), verdict.helped),
        (names::GRAD_NORM, true)
    );
    assert_eq!(
        of_batches(3, 1, 5.0).turns_of(Knob::AccumulationFixFactor)[0].2,
        3.0
    );
}

#[test]
fn enough_utterances_and_gradients_that_are_not_cut_are_left_alone() {
    for (batch_size, accumulation, norm) in [(8, 1, 5.0), (2, 4, 5.0), (2, 1, 0.5)] {
        assert_eq!(fixes(&of_batches(batch_size, accumulation, norm)), []);
    }
}

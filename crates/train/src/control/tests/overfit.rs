//! The fix of learning by heart.

use diktor_track::names;

use super::play;
use crate::{
    Knob,
    control::trace::{Figures, HEALTHY},
};

#[test]
fn learning_by_heart_is_held_back_once() {
    let story = play(30_000, |step| Figures {
        loss: 0.5 - 1e-5 * step as f64,
        validation: 0.6 + 1e-4 * step as f64,
        ..HEALTHY
    });
    let decays = story.turns_of(Knob::WeightDecay);
    assert!((decays[0].2 - 3e-6).abs() < 1e-18, "{decays:?}");
    assert_eq!(story.turns_of(Knob::LrFixFactor)[0].2, 0.5);
    let (_, verdict) = &story.verdicts[0];
    assert_eq!(verdict.metric, names::VALIDATION_LOSS);
    assert!(verdict.undone, "it did not help, and the loss rose on");
    assert_eq!(decays.len(), 2, "{decays:?}");
}

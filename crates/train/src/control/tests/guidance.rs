//! The fix of guided attention.

use super::{COOLDOWN, GRACE, fixes, hparams, play, play_short, player, quickstart};
use crate::{
    Hparams, Knob,
    control::trace::{Figures, HEALTHY},
};

#[test]
fn attention_that_does_not_appear_gets_more_guidance_and_releases_it_once_it_is_there() {
    let mut player = player(&hparams(), &["red_flags"]);
    player.play(14_000, |step, _| Figures {
        diagonality: if step < 2500 { 0.1 } else { 0.9 },
        ..HEALTHY
    });
    let story = player.story;
    let factors = story.turns_of(Knob::GuideFixFactor);
    assert_eq!(
        factors[0].0, GRACE,
        "the checks before the end of the grace count"
    );
    assert_eq!((factors[0].1, factors[0].2), (1.0, 1.5));
    assert!(story.verdicts[0].1.helped);
    assert!(
        factors[1..].iter().all(|turn| turn.2 < turn.1),
        "{factors:?}"
    );
    assert_eq!(factors.last().map(|turn| turn.2), Some(1.0));
    for two in factors[1..].windows(2) {
        assert_eq!(two[1].0, two[0].0 + COOLDOWN);
    }
}

#[test]
fn attention_that_rises_slowly_is_left_alone() {
    let story = play(12_000, |step| Figures {
        diagonality: 0.05 + 2e-5 * step as f64,
        ..HEALTHY
    });
    assert_eq!(fixes(&story), []);
}

#[test]
fn guidance_stops_at_half_of_the_loss() {
    // 0.3 of guided loss at weight 2 beside 0.5 of the rest: already more than half.
    let strong = Hparams {
        guide_loss_weight: 2.0,
        guide_loss_initial_weight: 2.0,
        ..hparams()
    };
    let mut player = player(&strong, &["red_flags"]);
    player.play(8000, |_, _| Figures {
        diagonality: 0.0,
        ..HEALTHY
    });
    assert_eq!(player.story.turns_of(Knob::GuideFixFactor), []);
}

#[test]
fn without_a_schedule_the_first_fix_gives_the_sure_weight_at_once() {
    let unguided = Hparams {
        guide_loss_weight: 0.0,
        guide_loss_initial_weight: 0.0,
        ..quickstart()
    };
    let story = play_short(&unguided, &["red_flags"], |_, knobs| Figures {
        diagonality: if knobs.guide_loss_weight > 0.0 {
            0.8
        } else {
            0.0
        },
        ..HEALTHY
    });
    // The sixth check of this run: the first has nothing to rise from.
    let weights = story.turns_of(Knob::GuideLossWeight);
    assert_eq!(weights[0], (300, 0.0, 5.0));
    assert!(story.verdicts[0].1.helped);
}

#[test]
fn a_short_run_is_not_mended_while_attention_rises() {
    // Diagonality of the quickstart at its validations: 0.27 after 50 steps, 0.85 after 100.
    let story = play_short(&quickstart(), &[], |step, _| Figures {
        diagonality: (0.27 * step as f64 / 50.0).min(0.9),
        ..HEALTHY
    });
    assert_eq!(fixes(&story), []);
}

#[test]
fn the_weight_in_force_is_the_one_asked_for_times_the_factor_of_the_phase() {
    for (text, weight) in [
        ("guide_loss_weight=5.0", 10.0),
        ("guide_loss_weight=3.0", 7.5),
        ("guide_loss_weight=2.0", 5.0),
        ("guide_loss_weight=1.0", 2.5),
        ("guide_loss_weight=0", 0.0),
        ("guide_loss_weight=5.0,use_phases=false", 5.0),
        (
            "guide_loss_weight=1,guide_loss_initial_weight=4,use_phases=false",
            4.0,
        ),
        ("guide_loss_weight=5.0,use_guided_attn=false", 0.0),
    ] {
        let mut hparams = Hparams::default();
        hparams.apply_overrides(text).unwrap();
        let player = player(&hparams, &["red_flags"]);
        assert_eq!(player.knobs.guide_loss_weight, weight, "{text}");
    }
}

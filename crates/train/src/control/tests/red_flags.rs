//! Red flags, and what they wait for.

use diktor_track::Outcome;

use super::{COOLDOWN, GRACE, WINDOW, hparams, play_short, player, quickstart};
use crate::{
    Hparams, Knob,
    control::trace::{Figures, HEALTHY, noise},
};

#[test]
fn no_attention_is_mended_as_far_as_possible_and_then_a_red_flag() {
    let mut player = player(&hparams(), &[]);
    player.play(60_000, |_, _| Figures {
        diagonality: 0.02,
        loss: 3.0,
        ..HEALTHY
    });
    let (at, outcome, why) = player.story.end.clone().unwrap();
    assert_eq!(outcome, Outcome::RedFlag);
    assert!(why.contains("diagonality") && why.contains("0.02"), "{why}");
    let factors = player.story.turns_of(Knob::GuideFixFactor);
    assert!(!factors.is_empty());
    let last = factors.last().unwrap().0;
    assert!(
        (WINDOW..WINDOW + 500).contains(&(at - last)),
        "{at} {factors:?}"
    );
}

#[test]
fn an_explosion_at_the_lowest_rate_is_a_red_flag() {
    let mut player = player(&hparams(), &[]);
    player.play(60_000, |_, _| Figures {
        norm: 500.0,
        ..HEALTHY
    });
    let (at, outcome, why) = player.story.end.clone().unwrap();
    assert_eq!(outcome, Outcome::RedFlag);
    assert!(why.contains("above 100"), "{why}");
    assert_eq!(player.story.turns_of(Knob::LrFixFactor).len(), 5);
    assert!(at < 10_000, "{at}");
}

/// Where a run as short as that of the quickstart ends, and why.
fn end_of_short(figures: Figures) -> Option<(u64, Outcome, String)> {
    play_short(&quickstart(), &[], |_, _| figures).end
}

#[test]
fn a_run_shorter_than_its_grace_is_judged_by_its_length() {
    // Of 1350 steps of 16, attention must be there after 540; ten checks of 50 steps follow.
    for (figures, reason) in [
        (
            Figures {
                diagonality: 0.02,
                ..HEALTHY
            },
            "diagonality was below 0.1",
        ),
        (
            Figures {
                text_gain: 0.001,
                ..HEALTHY
            },
            "the text makes no difference",
        ),
        (
            Figures {
                accuracy: 0.5,
                ..HEALTHY
            },
            "the gate has learnt nothing",
        ),
    ] {
        let (at, outcome, why) = end_of_short(figures).unwrap();
        assert_eq!(outcome, Outcome::RedFlag);
        assert!(why.contains(reason), "{why}");
        assert!((1000..=1050).contains(&at), "{at}: {why}");
    }
    assert_eq!(end_of_short(HEALTHY), None);
}

#[test]
fn a_text_that_makes_no_difference_is_a_red_flag_as_soon_as_there_is_attention() {
    let mut player = player(&hparams(), &[]);
    player.play(10_000, |_, _| Figures {
        text_gain: 0.0,
        ..HEALTHY
    });
    let (at, _, why) = player.story.end.clone().unwrap();
    assert!(why.contains("transcripts"), "{why}");
    assert!((GRACE + 800..GRACE + 1100).contains(&at), "{at}");
    let warned = player.story.warnings.iter();
    let warned: Vec<_> = warned.filter(|it| it.1.contains("text_gain")).collect();
    assert_eq!(warned.len(), 1, "{warned:?}");
    assert!(warned[0].0 <= GRACE + 100, "{warned:?}");
}

#[test]
fn a_standstill_before_attention_is_a_red_flag_and_slow_progress_is_not() {
    let off = Hparams {
        auto_fix: false,
        ..hparams()
    };
    let mut stuck = player(&off, &[]);
    stuck.play(20_000, |step, _| Figures {
        diagonality: 0.2,
        loss: 0.8 + 0.02 * noise(1, step),
        ..HEALTHY
    });
    let (at, _, why) = stuck.story.end.clone().unwrap();
    assert!(why.contains("neither the loss"), "{why}");
    assert!((GRACE + 999..GRACE + 1100).contains(&at), "{at}");

    let mut slow = player(&off, &[]);
    slow.play(20_000, |step, _| Figures {
        diagonality: 0.2,
        loss: 0.8 * 0.99_f64.powf(2.0 * step as f64 / COOLDOWN as f64),
        ..HEALTHY
    });
    assert_eq!(slow.story.end, None);
}

/// A run without guidance whose attention begins to rise, slowly, when it gets some.
fn rises_once_guided(auto_fix: bool) -> Option<(u64, Outcome, String)> {
    let unguided = Hparams {
        auto_fix,
        guide_loss_weight: 0.0,
        guide_loss_initial_weight: 0.0,
        ..quickstart()
    };
    let story = play_short(&unguided, &[], |step, knobs| Figures {
        diagonality: if knobs.guide_loss_weight > 0.0 {
            1.2e-4 * step.saturating_sub(250) as f64
        } else {
            0.0
        },
        loss: 3.0,
        ..HEALTHY
    });
    story.end
}

#[test]
fn a_red_flag_waits_as_long_as_guidance_helps_and_not_without_fixes() {
    assert_eq!(rises_once_guided(true), None);
    let (at, outcome, why) = rises_once_guided(false).unwrap();
    assert_eq!(outcome, Outcome::RedFlag);
    assert!(why.contains("diagonality was below 0.1"), "{why}");
    assert!((1000..=1050).contains(&at), "{at}");
}

//! Phases, and the early stop that waits for them.

use diktor_track::{Outcome, Phase};

use super::{hparams, player};
use crate::{
    Hparams,
    control::trace::{Figures, HEALTHY},
};

#[test]
fn phases_follow_the_voice_and_carry_their_factors() {
    let phased = Hparams {
        use_phases: true,
        ..hparams()
    };
    let mut player = player(&phased, &[]);
    assert_eq!(player.knobs.guide_loss_weight, 2.5);
    player.play(20_000, |step, _| Figures {
        diagonality: (step as f64 / 5000.0).min(0.9),
        validation: (3.0 - step as f64 / 2000.0).max(0.5),
        ..HEALTHY
    });
    let phases: Vec<Phase> = player.story.phases.iter().map(|it| it.1).collect();
    assert_eq!(phases, Phase::ALL[1..]);
    assert_eq!(player.knobs.guide_loss_weight, 0.25);
    assert!((player.knobs.learning_rate - 3e-4).abs() < 1e-12);
}

#[test]
fn a_phase_is_left_backwards_only_when_attention_is_clearly_lost() {
    let dip = |depth: f64| {
        let mut player = player(&hparams(), &[]);
        player.play(6000, |step, _| Figures {
            diagonality: if (3000..4000).contains(&step) {
                depth
            } else {
                0.9
            },
            ..HEALTHY
        });
        let phases = player.story.phases.iter();
        phases
            .map(|it| it.1)
            .filter(|phase| *phase == Phase::AlignmentLearning)
            .count()
    };
    assert_eq!(dip(0.6), 1, "above 0.55 nothing is lost");
    assert_eq!(dip(0.4), 2, "the run falls back by one phase");
}

#[test]
fn an_epoch_that_is_the_latest_ends_a_phase_for_good() {
    let mut player = player(&hparams(), &["red_flags", "auto_fix"]);
    player.play(52_000, |_, _| Figures {
        diagonality: 0.1,
        ..HEALTHY
    });
    assert_eq!(player.story.phases, [(50_000, Phase::AlignmentLearning)]);
}

#[test]
fn early_stopping_waits_for_attention_steps_and_patience() {
    let mut aligned = player(&hparams(), &[]);
    aligned.play(60_000, |_, _| HEALTHY);
    let (at, outcome, _) = aligned.story.end.clone().unwrap();
    assert_eq!(outcome, Outcome::StoppedEarly);
    // Fine-tuning by then: the first validation from 20 000 on, and twice the patience after it.
    assert_eq!(at, 20_000 + 2 * 15 * 500);
    let mut unaligned = player(&hparams(), &["red_flags"]);
    unaligned.play(49_000, |_, _| Figures {
        diagonality: 0.25,
        ..HEALTHY
    });
    assert_eq!(unaligned.story.end, None);
}

#[test]
fn a_voice_that_becomes_clearer_is_not_stopped_though_its_loss_stands_still() {
    let mut clearer = player(&hparams(), &[]);
    clearer.play(60_000, |step, _| Figures {
        intelligibility: 0.7 + 0.2 * (step as f64 / 40_000.0).min(1.0),
        ..HEALTHY
    });
    let (at, outcome, _) = clearer.story.end.clone().unwrap();
    assert_eq!(outcome, Outcome::StoppedEarly);
    assert!(at > 40_000, "stopped at {at}");
}

#[test]
fn a_voice_that_mumbles_is_not_fine_tuned() {
    let last = |intelligibility: f64| {
        let mut player = player(&hparams(), &[]);
        player.play(15_000, |_, _| Figures {
            intelligibility,
            ..HEALTHY
        });
        player.story.phases.last().unwrap().1
    };
    assert_eq!(last(0.6), Phase::QualityOptimization);
    assert_eq!(last(0.8), Phase::FineTuning);
}

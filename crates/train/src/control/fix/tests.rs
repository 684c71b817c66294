use diktor_track::{Outcome, Phase, names};
use proptest::prelude::*;

use crate::{
    Controller, Hparams, Knob,
    control::{
        AutoFix, standard,
        trace::{Figures, HEALTHY, Player, Story, noise},
    },
};

const GRACE: u64 = 2000;
const COOLDOWN: u64 = 1000;
const WINDOW: u64 = 2000;

fn hparams() -> Hparams {
    Hparams {
        fix_grace_steps: GRACE,
        fix_grace_epochs: 5,
        fix_cooldown: COOLDOWN,
        evaluation_window: WINDOW,
        use_phases: false,
        learning_rate: 1e-3,
        warmup_steps: 100,
        lr_decay_start: 1_000_000,
        ..Hparams::default()
    }
}

/// Every controller of an ordinary run, or all but some; never the guard, because a trace cannot go back.
fn player(hparams: &Hparams, without: &[&str]) -> Player {
    let mut list = standard(hparams, 1_000_000);
    list.retain(|one| one.name() != "fault_guard" && !without.contains(&one.name()));
    Player::new(hparams, list)
}

fn play(end: u64, figures: impl Fn(u64) -> Figures) -> Story {
    let mut player = player(&hparams(), &["red_flags"]);
    player.play(end, |step, _| figures(step));
    player.story
}

/// Knobs that only fixes turn.
const OF_FIXES: [Knob; 5] = [
    Knob::LrFixFactor,
    Knob::GuideFixFactor,
    Knob::GateThreshold,
    Knob::GatePosWeight,
    Knob::WeightDecay,
];

fn fixes(story: &Story) -> Vec<(u64, Knob, f64, f64)> {
    let turns = story.turns.iter();
    turns
        .filter(|turn| OF_FIXES.contains(&turn.1))
        .copied()
        .collect()
}

#[test]
fn constant_noise_triggers_nothing() {
    for seed in 0..5 {
        let story = play(30_000, |step| {
            let wave = |salt: u64, height: f64| height * noise(10 * seed + salt, step);
            Figures {
                norm: 3.0 + wave(1, 5.0),
                loss: 0.5 + wave(2, 0.6),
                diagonality: 0.8 + wave(3, 0.2),
                coverage: 0.95 + wave(4, 0.1),
                accuracy: 0.8 + wave(5, 0.2),
                text_gain: 0.3 + wave(9, 0.2),
                premature: 0.05 + wave(6, 0.08),
                runaway: 0.05 + wave(7, 0.08),
                validation: 0.6 + wave(8, 0.4),
            }
        });
        assert_eq!(fixes(&story), [], "seed {seed}");
        assert_eq!(story.warnings, [], "seed {seed}");
    }
}

#[test]
fn nothing_is_mended_before_the_grace_is_over() {
    let story = play(GRACE - 1, |_| Figures {
        diagonality: 0.0,
        accuracy: 0.5,
        premature: 0.5,
        ..HEALTHY
    });
    assert_eq!((fixes(&story), story.warnings), (vec![], vec![]));
}

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

#[test]
fn what_made_it_worse_is_undone() {
    let mut player = player(&hparams(), &["red_flags"]);
    player.play(12_000, |_, knobs| Figures {
        diagonality: if knobs.guide_fix_factor > 1.0 {
            0.1
        } else {
            0.2
        },
        ..HEALTHY
    });
    let story = player.story;
    let [first, second, ..] = story.turns_of(Knob::GuideFixFactor)[..] else {
        panic!("{:?}", story.turns)
    };
    assert_eq!((first.1, first.2), (1.0, 1.5));
    assert_eq!((second.1, second.2), (1.5, 1.0));
    let (judged_at, verdict) = &story.verdicts[0];
    assert_eq!(*judged_at, second.0);
    assert!(verdict.undone && !verdict.helped);
    assert_eq!(
        (verdict.of_step, verdict.knob.as_str()),
        (first.0, "guide_fix_factor")
    );
    assert!(verdict.after < verdict.before);
    assert!(*judged_at >= first.0 + COOLDOWN);
}

#[test]
fn what_was_undone_rests_for_a_whole_window() {
    let mut player = player(&hparams(), &["red_flags"]);
    player.play(12_000, |_, knobs| Figures {
        diagonality: if knobs.guide_fix_factor > 1.0 {
            0.1
        } else {
            0.2
        },
        ..HEALTHY
    });
    let turns = player.story.turns_of(Knob::GuideFixFactor);
    let undone = turns.iter().find(|turn| turn.2 < turn.1).unwrap().0;
    let next = turns.iter().find(|turn| turn.0 > undone).unwrap().0;
    assert!(next >= undone + WINDOW, "{turns:?}");
}

#[test]
fn a_fix_that_costs_attention_is_undone_although_it_did_what_it_is_for() {
    let mut player = player(&hparams(), &["red_flags"]);
    player.play(6000, |_, knobs| Figures {
        accuracy: if knobs.gate_pos_weight > 1.0 {
            0.9
        } else {
            0.5
        },
        diagonality: if knobs.gate_pos_weight > 1.0 {
            0.6
        } else {
            0.9
        },
        ..HEALTHY
    });
    let turns = player.story.turns_of(Knob::GatePosWeight);
    assert_eq!((turns[0].2, turns[1].2), (2.0, 1.0), "{turns:?}");
    let (_, verdict) = &player.story.verdicts[0];
    assert_eq!(verdict.metric, names::ALIGNMENT_DIAGONALITY);
    assert!(verdict.undone && !verdict.helped);
}

#[test]
fn attention_that_does_not_appear_gets_more_guidance_and_releases_it_once_it_is_there() {
    let mut player = player(&hparams(), &["red_flags"]);
    player.play(14_000, |step, _| Figures {
        diagonality: if step < 3000 { 0.1 } else { 0.9 },
        ..HEALTHY
    });
    let story = player.story;
    let factors = story.turns_of(Knob::GuideFixFactor);
    assert_eq!(
        factors[0].0,
        GRACE + 400,
        "five checks, the first at the end of the grace"
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
fn the_threshold_rises_on_premature_stops_and_falls_on_runaway() {
    for (premature, runaway, expected) in [(0.4, 0.0, 0.55), (0.0, 0.4, 0.45)] {
        let story = play(5000, |_| Figures {
            premature,
            runaway,
            ..HEALTHY
        });
        let turns = story.turns_of(Knob::GateThreshold);
        assert!((turns[0].2 - expected).abs() < 1e-12, "{turns:?}");
    }
    let far = play(40_000, |_| Figures {
        premature: 0.4,
        ..HEALTHY
    });
    let turns = far.turns_of(Knob::GateThreshold);
    assert_eq!(turns.len(), 5);
    assert!(turns.iter().all(|turn| turn.2 <= 0.8));
    let fixed = Hparams {
        adaptive_gate_threshold: false,
        ..hparams()
    };
    let mut player = player(&fixed, &[]);
    player.play(5000, |_, _| Figures {
        premature: 0.4,
        ..HEALTHY
    });
    assert_eq!(player.story.turns_of(Knob::GateThreshold), []);
}

#[test]
fn a_gate_at_chance_gets_more_weight_only_after_attention_appeared() {
    let story = play(5000, |_| Figures {
        accuracy: 0.5,
        ..HEALTHY
    });
    assert_eq!(story.turns_of(Knob::GatePosWeight)[0], (2400, 1.0, 2.0));
    let story = play(5000, |_| Figures {
        accuracy: 0.5,
        diagonality: 0.2,
        ..HEALTHY
    });
    assert_eq!(story.turns_of(Knob::GatePosWeight), []);
}

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

#[test]
fn without_automatic_fixes_nobody_turns_their_knobs() {
    let off = Hparams {
        auto_fix: false,
        ..hparams()
    };
    let mut player = player(&off, &["red_flags"]);
    player.play(10_000, |_, _| Figures {
        norm: 50.0,
        diagonality: 0.05,
        accuracy: 0.5,
        premature: 0.5,
        ..HEALTHY
    });
    assert_eq!(fixes(&player.story), []);
}

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
    let short = Hparams {
        batch_size: 16,
        fix_grace_steps: 10_000,
        ..hparams()
    };
    let mut player = player(&short, &[]);
    player.max_steps = 1350;
    player.play(1350, |_, _| figures);
    player.story.end
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

/// A run in which everything goes wrong at its own time.
fn troubled(seed: u64) -> impl Fn(u64, &crate::Knobs) -> Figures {
    move |step, knobs| {
        let wave = |salt: u64| noise(seed.wrapping_add(salt), step / 700);
        Figures {
            norm: (wave(1) * 8.0).exp(),
            loss: 0.5 + wave(2),
            diagonality: (0.5 + wave(3) + 0.1 * noise(seed, step)).clamp(0.0, 1.0),
            coverage: 0.95,
            accuracy: 0.7 + 0.6 * wave(4),
            text_gain: 0.1 + wave(8),
            premature: (0.3 + wave(5) - knobs.gate_threshold + 0.5).clamp(0.0, 1.0),
            runaway: (0.3 + wave(6) + knobs.gate_threshold - 0.5).clamp(0.0, 1.0),
            validation: 0.6 + wave(7) + 2e-4 * step as f64,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_happens_knobs_keep_their_limits_and_fixes_their_rest(seed in any::<u64>(), phases in any::<bool>()) {
        let hparams = Hparams { use_phases: phases, ..hparams() };
        let mut player = player(&hparams, &["red_flags", "early_stop"]);
        player.play(15_000, troubled(seed));
        let story = &player.story;
        for (_, knob, _, new) in &story.turns {
            match knob {
                Knob::LearningRate => prop_assert!((1e-6..=1e-3).contains(new), "{new}"),
                Knob::GuideLossWeight => prop_assert!((0.0..=10.0).contains(new)),
                Knob::GateThreshold => prop_assert!((0.3..=0.8).contains(new)),
                Knob::GatePosWeight => prop_assert!((1.0..=20.0).contains(new)),
                Knob::LrFixFactor => prop_assert!(*new <= 1.0),
                Knob::GuideFixFactor => prop_assert!(*new >= 1.0),
                _ => {}
            }
        }
        let firings: Vec<u64> = story.verdicts.iter().map(|(_, it)| it.of_step).collect();
        for two in firings.windows(2).filter(|two| two[0] != two[1]) {
            prop_assert!(two[1] >= two[0] + COOLDOWN);
        }
        for (at, verdict) in &story.verdicts {
            let undone = story.turns.iter().any(|(step, knob, _, _)| step == at && knob.name() == verdict.knob);
            prop_assert!(!verdict.undone || undone, "what is undone is turned back");
        }
    }

    #[test]
    fn a_stop_anywhere_changes_nothing(seed in any::<u64>(), stop in 1u64..12_000) {
        let hparams = Hparams { use_phases: true, ..hparams() };
        let mut whole = player(&hparams, &[]);
        whole.play(12_000, troubled(seed));
        let mut first = player(&hparams, &[]);
        first.play(stop, troubled(seed));
        let mut second = player(&hparams, &[]);
        for (new, old) in second.controllers.iter_mut().zip(&first.controllers) {
            let text = serde_json::to_string(&old.save()).unwrap();
            new.load(&serde_json::from_str(&text).unwrap()).unwrap();
        }
        second.knobs = first.knobs;
        second.phase = first.phase;
        second.step = first.step;
        second.story = first.story;
        second.play(12_000, troubled(seed));
        prop_assert_eq!(&second.story, &whole.story);
        for (a, b) in second.controllers.iter().zip(&whole.controllers) {
            prop_assert_eq!(a.save(), b.save());
        }
    }
}

#[test]
fn a_state_of_another_shape_is_an_error() {
    let mut fixes = AutoFix::from_hparams(&hparams());
    assert!(fixes.load(&serde_json::json!({"cases": 3})).is_err());
}

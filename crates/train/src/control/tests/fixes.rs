//! What all fixes have in common.

use diktor_track::names;
use proptest::prelude::*;

use super::{COOLDOWN, GRACE, WINDOW, fixes, hparams, play, player};
use crate::{
    Controller, Hparams, Knob,
    control::{
        AutoFix,
        trace::{Figures, HEALTHY, Story, noise},
    },
};

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
                intelligibility: 0.85 + wave(10, 0.2),
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

/// Attention is poor, and more guidance makes it poorer.
fn story_of_worse_guidance() -> Story {
    let mut player = player(&hparams(), &["red_flags"]);
    player.play(12_000, |_, knobs| Figures {
        diagonality: if knobs.guide_fix_factor > 1.0 {
            0.1
        } else {
            0.2
        },
        ..HEALTHY
    });
    player.story
}

#[test]
fn what_made_it_worse_is_undone() {
    let story = story_of_worse_guidance();
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
    let story = story_of_worse_guidance();
    let turns = story.turns_of(Knob::GuideFixFactor);
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
fn a_state_of_another_shape_is_an_error() {
    let mut fixes = AutoFix::from_hparams(&hparams());
    assert!(fixes.load(&serde_json::json!({"cases": 3})).is_err());
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
            intelligibility: (0.5 + 2.0 * wave(9)).clamp(0.0, 1.0),
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

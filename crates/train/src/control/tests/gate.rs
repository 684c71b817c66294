//! Fixes of the gate.

use super::{GRACE, hparams, play, player};
use crate::{
    Hparams, Knob,
    control::trace::{Figures, HEALTHY},
};

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
    assert_eq!(story.turns_of(Knob::GatePosWeight)[0], (GRACE, 1.0, 2.0));
    let story = play(5000, |_| Figures {
        accuracy: 0.5,
        diagonality: 0.2,
        ..HEALTHY
    });
    assert_eq!(story.turns_of(Knob::GatePosWeight), []);
}

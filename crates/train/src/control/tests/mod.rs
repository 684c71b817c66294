//! Controllers on traces: runs that are only their figures.

mod batches;
mod fixes;
mod gate;
mod guidance;
mod overfit;
mod phases;
mod rates;
mod red_flags;

use super::{
    standard,
    trace::{Figures, Player, Story},
};
use crate::{Hparams, Knob, Knobs};

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

/// A run as short as a quickstart on few sentences.
fn quickstart() -> Hparams {
    Hparams {
        batch_size: 16,
        fix_grace_steps: 10_000,
        ..hparams()
    }
}

/// Steps of it.
const QUICKSTART: u64 = 1350;

/// A whole short run, or what has become of it.
fn play_short(
    hparams: &Hparams,
    without: &[&str],
    figures: impl Fn(u64, &Knobs) -> Figures,
) -> Story {
    let mut player = player(hparams, without);
    player.max_steps = QUICKSTART;
    player.play(QUICKSTART, figures);
    player.story
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
const OF_FIXES: [Knob; 6] = [
    Knob::LrFixFactor,
    Knob::AccumulationFixFactor,
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

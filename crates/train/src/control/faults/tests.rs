//! The guard on traces of steps and validations.

use super::*;
use crate::Knobs;

/// A guard, and what it asked for so far.
struct Trace {
    guard: FaultGuard,
    step: u64,
    max_steps: u64,
    knobs: Knobs,
}

impl Trace {
    fn new(change: impl FnOnce(&mut Hparams)) -> Self {
        let mut hparams = Hparams::default();
        change(&mut hparams);
        Self {
            guard: FaultGuard::from_hparams(&hparams),
            step: 0,
            max_steps: 1_000_000,
            knobs: Knobs::from_hparams(&hparams),
        }
    }

    fn asked(&mut self, moment: Moment<'_>) -> Vec<Intervention> {
        let view = RunView {
            step: self.step,
            max_steps: self.max_steps,
            epoch: 1,
            phase: diktor_track::Phase::default(),
            knobs: &self.knobs,
            moment,
        };
        self.guard.decide(&view)
    }

    fn at(&mut self, moment: Moment<'_>) -> Vec<Intervention> {
        let mut wishes = self.asked(moment);
        wishes.retain(|wish| !matches!(wish, Intervention::Follow { .. }));
        wishes
    }

    fn step(&mut self, norm: f64, skipped: Option<Skipped>) -> Vec<Intervention> {
        self.step += 1;
        let report = StepReport {
            metrics: [(names::GRAD_NORM.to_owned(), norm)].into(),
            skipped,
            ..StepReport::default()
        };
        self.at(Moment::Step(&report))
    }

    fn clean(&mut self, steps: u64) {
        for _ in 0..steps {
            assert_eq!(self.step(1.0, None), []);
        }
    }

    fn spike(&mut self, norm: f64) -> Vec<(FaultKind, FaultAction)> {
        faults(&self.step(norm, Some(Skipped::Spike(norm))))
    }

    fn factor(&mut self, knob: Knob) -> f64 {
        let wishes = self.asked(Moment::Start);
        let found = wishes.iter().find_map(|wish| match wish {
            Intervention::Follow {
                knob: one, value, ..
            } if *one == knob => Some(*value),
            _ => None,
        });
        found.unwrap()
    }
}

fn faults(wishes: &[Intervention]) -> Vec<(FaultKind, FaultAction)> {
    let told = wishes.iter().filter_map(|wish| match wish {
        Intervention::Tell(fault) => Some((fault.kind, fault.action)),
        _ => None,
    });
    told.collect()
}

#[test]
fn five_non_finite_steps_in_a_row_are_a_restart_and_four_are_not() {
    let nan = Some(Skipped::Loss(f64::NAN));
    let mut trace = Trace::new(|_| ());
    for _ in 0..10 {
        for _ in 0..4 {
            let wishes = trace.step(f64::NAN, nan);
            assert_eq!(
                faults(&wishes),
                [(FaultKind::NonFiniteLoss, FaultAction::Skipped)]
            );
        }
        trace.clean(1);
    }
    for _ in 0..4 {
        trace.step(f64::NAN, nan);
    }
    let wishes = trace.step(f64::NAN, nan);
    assert!(
        matches!(&wishes[..], [Intervention::Tell(_), Intervention::Restart(restart)] if restart.attempt == 1),
        "{wishes:?}"
    );
}

#[test]
fn spikes_and_explosions_are_counted_within_a_hundred_steps() {
    let mut trace = Trace::new(|_| ());
    for _ in 0..20 {
        assert_eq!(
            trace.spike(500.0),
            [(FaultKind::GradientSpike, FaultAction::Skipped)]
        );
        trace.clean(24);
    }
    for action in [
        FaultAction::Skipped,
        FaultAction::Skipped,
        FaultAction::Restarted,
    ] {
        // The first of these three stands within a hundred steps of three of the spikes above.
        let kind = FaultKind::GradientExplosion;
        assert_eq!(trace.spike(5000.0), [(kind, action)]);
        if action == FaultAction::Skipped {
            trace.clean(30);
        }
    }
    let mut trace = Trace::new(|_| ());
    for _ in 0..4 {
        trace.spike(500.0);
    }
    let last = (FaultKind::GradientSpike, FaultAction::Restarted);
    assert_eq!(trace.spike(500.0), [last]);
}

#[test]
fn after_the_last_attempt_the_run_stops_and_says_what_was_tried() {
    let mut trace = Trace::new(|hparams| hparams.max_restart_attempts = 2);
    for attempt in 1..=2 {
        let wishes = trace.at(Moment::Broken("encoder.x"));
        let [Intervention::Tell(fault), Intervention::Restart(restart)] = &wishes[..] else {
            panic!("{wishes:?}")
        };
        assert_eq!(fault.place.as_deref(), Some("encoder.x"));
        assert_eq!((restart.attempt, restart.most), (attempt, 2));
        assert_eq!(restart.min_age, if attempt == 1 { 0 } else { 500 });
        assert_eq!(trace.at(Moment::Start), []);
        trace.clean(300);
    }
    let wishes = trace.at(Moment::Broken("encoder.x"));
    let [_, Intervention::Stop { outcome, why }] = &wishes[..] else {
        panic!("{wishes:?}")
    };
    assert_eq!(*outcome, Outcome::RedFlag);
    assert!(
        why.contains("after 2 restarts") && why.contains("at step 300"),
        "{why}"
    );
}

#[test]
fn without_restarts_the_run_stops_at_once() {
    let mut trace = Trace::new(|hparams| hparams.emergency_restart_enabled = false);
    let wishes = trace.at(Moment::Broken("x"));
    assert!(
        matches!(&wishes[..], [_, Intervention::Stop { why, .. }] if why.contains("switched off")),
        "{wishes:?}"
    );
}

#[test]
fn two_thousand_clean_steps_begin_the_count_anew_and_take_back_one_halving() {
    let mut trace = Trace::new(|hparams| hparams.warmup_steps = 10);
    for _ in 0..2 {
        trace.at(Moment::Broken("x"));
        trace.at(Moment::Start);
    }
    assert_eq!(trace.factor(Knob::LrRestartFactor), 0.25 * 0.1);
    trace.clean(9);
    assert_eq!(trace.factor(Knob::LrRestartFactor), 0.25);
    assert_eq!(trace.factor(Knob::GuideRestartFactor), 4.0);
    trace.clean(1990);
    assert_eq!(trace.factor(Knob::ClipRestartFactor), 0.25);
    trace.clean(1);
    assert_eq!(trace.factor(Knob::ClipRestartFactor), 0.5);
    let wishes = trace.at(Moment::Broken("x"));
    assert!(
        matches!(&wishes[..], [_, Intervention::Restart(restart)] if restart.attempt == 1),
        "{wishes:?}"
    );
}

#[test]
fn a_vanished_gradient_is_told_once() {
    let mut trace = Trace::new(|_| ());
    let told: usize = (0..300).map(|_| trace.step(1e-9, None).len()).sum();
    assert_eq!(told, 1);
    trace.clean(1);
    let told: usize = (0..99).map(|_| trace.step(1e-9, None).len()).sum();
    assert_eq!(told, 0);
    let wishes = trace.step(1e-9, None);
    assert_eq!(
        faults(&wishes),
        [(FaultKind::VanishingGradient, FaultAction::Reported)]
    );
}

#[test]
fn a_guard_that_was_saved_goes_on_counting() {
    let mut trace = Trace::new(|_| ());
    for _ in 0..4 {
        trace.spike(500.0);
    }
    let text = trace.guard.save().to_string();
    let mut again = Trace::new(|_| ());
    again
        .guard
        .load(&serde_json::from_str(&text).unwrap())
        .unwrap();
    again.step = trace.step;
    assert_eq!(
        again.spike(500.0),
        [(FaultKind::GradientSpike, FaultAction::Restarted)]
    );
}

#[test]
fn a_short_run_takes_back_sooner_but_only_past_the_place_where_it_went_wrong() {
    let mut trace = Trace::new(|hparams| hparams.warmup_steps = 0);
    trace.max_steps = 600;
    trace.step = 300;
    trace.at(Moment::Broken("x"));
    // Back at step 240, sixty clean steps lead only to where it went wrong.
    trace.step = 240;
    trace.at(Moment::Start);
    trace.clean(119);
    assert_eq!(trace.factor(Knob::LrRestartFactor), 0.5);
    trace.clean(1);
    assert_eq!(
        (trace.step, trace.factor(Knob::LrRestartFactor)),
        (360, 1.0)
    );
}

#[test]
fn a_halving_that_is_needed_as_soon_as_it_is_taken_back_stays() {
    let mut trace = Trace::new(|hparams| hparams.warmup_steps = 0);
    trace.max_steps = 1000;
    trace.at(Moment::Broken("x"));
    trace.at(Moment::Start);
    trace.clean(100);
    assert_eq!(trace.factor(Knob::LrRestartFactor), 1.0);
    trace.clean(10);
    trace.at(Moment::Broken("x"));
    trace.at(Moment::Start);
    trace.clean(5000);
    assert_eq!(trace.factor(Knob::LrRestartFactor), 0.5);
}

#[test]
fn a_loss_far_above_its_best_is_a_restart_from_before_it_rose() {
    let mut trace = Trace::new(|_| ());
    let error = |trace: &mut Trace, error: f64| {
        trace.step += 1;
        let report = StepReport {
            metrics: [
                (names::GRAD_NORM.to_owned(), 1.0),
                (names::TRAINING_MEL_LOSS.to_owned(), error),
                (names::TRAINING_MEL_POST_LOSS.to_owned(), error),
            ]
            .into(),
            ..StepReport::default()
        };
        trace.at(Moment::Step(&report))
    };
    for _ in 0..100 {
        assert_eq!(error(&mut trace, 2.0), []);
    }
    let wishes = (0..20)
        .map(|_| error(&mut trace, 8.0))
        .find(|wishes| !wishes.is_empty())
        .unwrap();
    let [Intervention::Tell(fault), Intervention::Restart(restart)] = &wishes[..] else {
        panic!("{wishes:?}")
    };
    assert_eq!(fault.kind, FaultKind::LossDiverged);
    assert!(restart.min_age >= 20, "{restart:?}");
    assert!(restart.why.contains("is 16, it was 4"), "{restart:?}");
}

#[test]
fn attention_and_gate_that_are_lost_are_restarts_from_before() {
    for (lost, kind) in [
        (names::ALIGNMENT_DIAGONALITY, FaultKind::AttentionLost),
        (names::VALIDATION_GATE_STD, FaultKind::GateDead),
    ] {
        let mut trace = Trace::new(|_| ());
        let mut check = |value: f64| {
            trace.step += 50;
            let metrics: BTreeMap<String, f64> = [
                (names::ALIGNMENT_DIAGONALITY.to_owned(), 0.9),
                (names::VALIDATION_GATE_STD.to_owned(), 0.4),
                (lost.to_owned(), value),
            ]
            .into_iter()
            .collect();
            trace.at(Moment::Checked(&metrics))
        };
        assert_eq!(check(0.9), []);
        assert_eq!((check(0.01), check(0.01)), (Vec::new(), Vec::new()));
        let wishes = check(0.01);
        let [Intervention::Tell(fault), Intervention::Restart(restart)] = &wishes[..] else {
            panic!("{wishes:?}")
        };
        assert_eq!((fault.kind, fault.value), (kind, 0.01));
        assert_eq!(restart.min_age, 150);
    }
}

#[test]
fn a_restart_leaves_out_the_terms_of_variants_where_there_are_any() {
    for (use_mmi, expected) in [(true, Some(0.0)), (false, None)] {
        let mut trace = Trace::new(|hparams| hparams.use_mmi = use_mmi);
        let wishes = trace.at(Moment::Broken("x"));
        let [_, Intervention::Restart(restart)] = &wishes[..] else {
            panic!("{wishes:?}")
        };
        let factor = restart.overrides.get("variants_restart_factor");
        assert_eq!(factor.copied(), expected);
    }
}

//! Every indicator and red flag of the critical check, each on a run that shows it.

use diktor_track::{
    names,
    report::{FlagKind, IndicatorKind, check_critical},
};

use crate::diagnosis::{Run, restart};

fn raised(run: &Run) -> Vec<FlagKind> {
    let folder = tempfile::tempdir().unwrap();
    run.write(folder.path());
    let check = check_critical(folder.path()).unwrap();
    let raised: Vec<FlagKind> = check
        .red_flags
        .iter()
        .filter(|flag| flag.raised == Some(true))
        .map(|flag| flag.red_flag)
        .collect();
    assert_eq!(check.has_red_flag(), !raised.is_empty());
    raised
}

#[test]
fn a_good_run_meets_every_indicator_and_raises_no_flag() {
    let folder = tempfile::tempdir().unwrap();
    let run = Run::good();
    run.write(folder.path());
    let check = check_critical(folder.path()).unwrap();
    assert!(
        check.indicators.iter().all(|one| one.met == Some(true)),
        "{check:?}"
    );
    assert_eq!(raised(&run), []);
}

#[test]
fn every_red_flag_is_raised_by_what_it_is_about() {
    let exploding = Run::good().training(names::GRAD_NORM, |_| 150.0);
    assert_eq!(raised(&exploding), [FlagKind::GradientNorm]);
    let not_finite = Run::good().training(names::GRAD_NORM, |_| f64::NAN);
    assert_eq!(raised(&not_finite), [FlagKind::GradientNorm]);
    let lost = Run::good().validation(names::ALIGNMENT_DIAGONALITY, |_| 0.05);
    assert_eq!(raised(&lost), [FlagKind::Diagonality]);
    let mut stalled = Run::good()
        .training(names::TRAINING_TACO_LOSS, |_| 3.0)
        .validation(names::ALIGNMENT_DIAGONALITY, |_| 0.2);
    stalled.steps = 1100;
    assert_eq!(raised(&stalled), [FlagKind::LossStalled]);
    let settled = Run {
        steps: 1100,
        ..Run::good().training(names::TRAINING_TACO_LOSS, |_| 3.0)
    };
    assert_eq!(
        raised(&settled),
        [],
        "a loss may stand still once attention is there"
    );
}

#[test]
fn what_was_not_measured_is_not_judged() {
    let folder = tempfile::tempdir().unwrap();
    let young = Run {
        steps: 20,
        outcome: None,
        ..Run::good().training(names::GRAD_NORM, |step| if step < 8 { 300.0 } else { 5.0 })
    };
    young.write(folder.path());
    let check = check_critical(folder.path()).unwrap();
    let met = |kind| {
        check
            .indicators
            .iter()
            .find(|one| one.indicator == kind)
            .unwrap()
            .met
    };
    assert_eq!(met(IndicatorKind::Diagonality), None);
    assert_eq!(met(IndicatorKind::Loss), None);
    assert_eq!(
        raised(&young),
        [],
        "the first gradients of a run mean nothing"
    );
}

#[test]
fn restarts_within_a_session_count_until_the_run_has_come_further() {
    let at_the_end = Run::good().also(1000, restart(4, 1000, 950));
    assert_eq!(raised(&at_the_end), [FlagKind::Restarts]);
    let passed = Run::good().also(500, restart(4, 500, 450));
    assert_eq!(raised(&passed), []);
    let again = Run::good().also(500, restart(1, 500, 0));
    let folder = tempfile::tempdir().unwrap();
    again.write(folder.path());
    let check = check_critical(folder.path()).unwrap();
    let found = check
        .indicators
        .iter()
        .find(|one| one.indicator == IndicatorKind::RestartsAtZero)
        .unwrap();
    assert_eq!((found.value, found.met), (Some(1.0), Some(false)));
}

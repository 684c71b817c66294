//! Every claim of a verdict in words, each on a run that deserves it and on one that does not.

use std::fs;

use diktor_track::{
    Event, EventKind, FaultAction, FaultKind, FaultRecord, InterventionRecord, Outcome, Phase,
    names,
    report::{
        Advice, Call, Evidence, Fact, FlagKind, IndicatorKind, Next, ReportLocale, Verdict,
        call_words, check_critical, check_critical_of, diagnose, write_report,
    },
};

use crate::diagnosis::{Run, restart};

fn verdict(run: &Run) -> Verdict {
    Verdict::of(&Evidence::of_log(run.events()))
}

fn call(run: &Run) -> Call {
    verdict(run).call
}

/// A run that has just begun, of so many steps.
fn young(steps: u64) -> Run {
    Run {
        steps,
        outcome: None,
        ..Run::good()
    }
}

fn stopped() -> Run {
    let why = "`red_flags` ends the run: the text makes no difference";
    let warning = EventKind::Warning {
        message: why.to_owned(),
        hint: None,
    };
    Run {
        outcome: Some(Outcome::RedFlag),
        ..Run::good().also(1000, warning)
    }
}

#[test]
fn a_call_is_deserved() {
    let no_free = |run: Run| run;
    assert_eq!(call(&no_free(Run::good())), Call::Aligned);
    let follows = || Run::good().validation(names::FREE_RUNNING_DIAGONALITY, |_| 0.9);
    assert_eq!(call(&follows()), Call::Follows);
    let speaks = follows().validation(names::FREE_RUNNING_INTELLIGIBILITY, |_| 0.95);
    assert_eq!(call(&speaks), Call::Speaks);
    let lost = Run::good().validation(names::FREE_RUNNING_DIAGONALITY, |_| 0.3);
    assert_eq!(call(&lost), Call::NeedsHelp);
    let half = Run::good().validation(names::ALIGNMENT_DIAGONALITY, |_| 0.5);
    assert_eq!(call(&half), Call::Learning);
    let never = Run::good().validation(names::ALIGNMENT_DIAGONALITY, |_| 0.2);
    assert_eq!(call(&never), Call::NeverAligned);
    assert!(verdict(&never).failed);
    let still = Run {
        outcome: None,
        ..Run::good().validation(names::ALIGNMENT_DIAGONALITY, |_| 0.2)
    };
    assert_eq!(call(&still), Call::NotAligned);
    assert_eq!(call(&young(20)), Call::Unmeasured);
    let short = Run {
        outcome: Some(Outcome::Completed),
        ..young(20)
    };
    assert_eq!(call(&short), Call::NeverMeasured);
    let failed = Run {
        outcome: Some(Outcome::Failed),
        ..Run::good()
    };
    assert_eq!(call(&failed), Call::BrokeOff);
}

#[test]
fn attention_without_a_use_for_the_text_is_no_reading() {
    let deaf = || Run::good().validation(names::ALIGNMENT_TEXT_GAIN, |_| 0.008);
    assert_eq!(call(&deaf()), Call::IgnoresText);
    assert!(verdict(&deaf()).failed);
    let facts = deaf().facts();
    assert!(matches!(facts[0], Fact::TextIgnored { .. }), "{facts:?}");
    let also = deaf()
        .validation(names::GATE_ACCURACY, |_| 0.5)
        .validation(names::FREE_RUNNING_DIAGONALITY, |_| 0.3)
        .facts();
    assert!(
        matches!(also[..], [Fact::TextIgnored { .. }]),
        "what follows from it is no finding of its own: {also:?}"
    );
    let reading = Run::good().validation(names::ALIGNMENT_TEXT_GAIN, |_| 0.4);
    assert_eq!(call(&reading), Call::Aligned);
    let barely = Run::good().validation(names::ALIGNMENT_TEXT_GAIN, |_| 0.05);
    assert_eq!(call(&barely), Call::Learning);
    let early = Run {
        steps: 200,
        outcome: None,
        ..deaf()
    };
    assert_eq!(call(&early), Call::NotAligned, "it may still learn to read");
    assert!(!verdict(&early).failed);
}

#[test]
fn a_voice_that_nobody_understands_does_not_speak() {
    let heard = |intelligibility: fn(u64) -> f64| {
        Run::good()
            .validation(names::FREE_RUNNING_DIAGONALITY, |_| 0.95)
            .validation(names::FREE_RUNNING_INTELLIGIBILITY, intelligibility)
    };
    assert_eq!(call(&heard(|_| 0.57)), Call::Mumbles);
    assert!(
        !verdict(&heard(|_| 0.57)).failed,
        "it may still learn to speak"
    );
    let found = heard(|_| 0.57).facts();
    assert!(
        matches!(
            found[..],
            [Fact::Mumbles {
                intelligibility: 0.57,
                ..
            }]
        ),
        "{found:?}"
    );
    let lost = heard(|_| 0.2).validation(names::FREE_RUNNING_DIAGONALITY, |_| 0.3);
    assert_eq!(call(&lost), Call::NeedsHelp);
    assert!(
        !lost
            .facts()
            .iter()
            .any(|fact| matches!(fact, Fact::Mumbles { .. }))
    );
    let folder = tempfile::tempdir().unwrap();
    let clear = heard(|_| 0.95);
    for (run, met) in [(heard(|_| 0.57), false), (clear, true)] {
        run.write(folder.path());
        let check = check_critical(folder.path()).unwrap();
        let mut all = check.indicators.into_iter();
        let found = all.find(|one| one.indicator == IndicatorKind::Intelligibility);
        assert_eq!(found.unwrap().met, Some(met));
    }
}

#[test]
fn a_run_that_stopped_itself_fails_the_check_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    stopped().write(folder.path());
    let check = check_critical(folder.path()).unwrap();
    assert_eq!(check.verdict.call, Call::StoppedItself);
    assert!(check.verdict.failed && check.has_red_flag());
    let why = check.verdict.why.unwrap();
    assert!(why.contains("the text makes no difference"), "{why}");
    for locale in [ReportLocale::En, ReportLocale::Ru] {
        let page = fs::read_to_string(write_report(folder.path(), locale).unwrap()).unwrap();
        let [title, _] = call_words(locale, Call::StoppedItself);
        assert!(page.contains(&format!("<h1>{title}</h1>")), "{locale:?}");
    }
    assert!(!verdict(&Run::good()).failed);
}

#[test]
fn gradients_that_stay_large_are_told_however_young_the_run() {
    let huge = |steps| young(steps).training(names::GRAD_NORM, |_| 3e5);
    for steps in [10, 30, 85] {
        let found = verdict(&huge(steps));
        assert_eq!(found.raised, [FlagKind::GradientNorm], "{steps} steps");
        assert_eq!(found.call, Call::OutOfControl);
        let first = huge(steps).first_fact();
        assert!(matches!(first, Fact::Exploding { .. }), "{first:?}");
    }
    let most = young(40).training(
        names::GRAD_NORM,
        |step| if step % 4 == 0 { 3.0 } else { 3e5 },
    );
    assert!(verdict(&most).failed);
    let first = young(40).training(names::GRAD_NORM, |step| if step < 9 { 300.0 } else { 3.0 });
    assert_eq!(verdict(&first).raised, [], "the first mean nothing");
}

#[test]
fn a_restart_does_not_take_the_evidence_away() {
    let run = || Run::good().training(names::GRAD_NORM, |step| if step > 980 { 3e5 } else { 2.0 });
    let back = Run {
        outcome: Some(Outcome::RedFlag),
        ..run().also(1000, restart(1, 1000, 950))
    };
    assert_eq!(verdict(&back).raised, [FlagKind::GradientNorm]);
    let mut events = run().also(1000, restart(1, 1000, 950)).events();
    events.pop();
    events.extend((951..=1000).map(|step| {
        let metrics = [(names::GRAD_NORM.to_owned(), 2.0)].into();
        Event {
            step,
            time_s: 2e9 + step as f64,
            kind: EventKind::Step { metrics },
        }
    }));
    let healed = Verdict::of(&Evidence::of_log(events));
    assert_eq!(healed.raised, [], "the restart has helped");
}

#[test]
fn restarts_are_counted_to_the_one_that_was_refused() {
    let gave_up = EventKind::Fault(FaultRecord {
        kind: FaultKind::NonFiniteTensor,
        value: f64::NAN,
        place: None,
        suspects: Vec::new(),
        batch: Vec::new(),
        action: FaultAction::Stopped,
    });
    let ended = || Run {
        outcome: Some(Outcome::RedFlag),
        ..Run::good()
            .also(950, restart(3, 950, 900))
            .also(1000, gave_up.clone())
    };
    let folder = tempfile::tempdir().unwrap();
    ended().write(folder.path());
    let check = check_critical(folder.path()).unwrap();
    let flag = check
        .red_flags
        .iter()
        .find(|flag| flag.red_flag == FlagKind::Restarts)
        .unwrap();
    assert_eq!((flag.value, flag.raised), (Some(4.0), Some(true)));
    let patient = ended().hparam("max_restart_attempts", 5);
    assert_eq!(verdict(&patient).raised, [], "this run may have five");
    let passed = Run::good().also(500, restart(3, 500, 450));
    assert_eq!(verdict(&passed).raised, []);
}

#[test]
fn gate_accuracy_is_an_indicator() {
    let met = |accuracy: fn(u64) -> f64| {
        let run = Run::good().validation(names::GATE_ACCURACY, accuracy);
        let check = check_critical_of("run".to_owned(), run.events());
        let mut found = check.indicators.into_iter();
        found
            .find(|one| one.indicator == IndicatorKind::GateAccuracy)
            .unwrap()
            .met
    };
    assert_eq!(met(|_| 0.95), Some(true));
    assert_eq!(met(|_| 0.5), Some(false));
}

#[test]
fn a_standstill_is_no_flag_before_its_time_nor_while_a_fix_is_on_trial() {
    let flat = |steps| Run {
        steps,
        outcome: None,
        ..Run::good()
            .training(names::TRAINING_TACO_LOSS, |_| 3.0)
            .validation(names::ALIGNMENT_DIAGONALITY, |_| 0.2)
            .hparam("evaluation_window", 2000)
    };
    assert_eq!(verdict(&flat(1000)).raised, []);
    assert_eq!(verdict(&flat(1100)).raised, [FlagKind::LossStalled]);
    let facts = flat(1100).facts();
    assert!(
        facts
            .iter()
            .any(|fact| matches!(fact, Fact::StandsStill { .. })),
        "{facts:?}"
    );
    let raise = EventKind::Intervention(InterventionRecord {
        who: "auto_fix".to_owned(),
        knob: "guide_fix_factor".to_owned(),
        old: 1.0,
        new: 1.5,
        why: "diagonality".to_owned(),
    });
    assert_eq!(verdict(&flat(1100).also(1090, raise)).raised, []);
    let grown = EventKind::Phase {
        from: Phase::PreAlignment,
        to: Phase::AlignmentLearning,
        why: "diagonality".to_owned(),
    };
    assert_eq!(verdict(&flat(1100).also(500, grown)).raised, []);
}

fn advised(run: &Run, fact: fn(&Fact) -> bool) -> (Vec<Advice>, String) {
    let found = run.diagnosis().findings.into_iter();
    let mut found = found.filter(|finding| fact(&finding.fact));
    let finding = found.next().unwrap_or_else(|| panic!("{:?}", run.facts()));
    (finding.advice, finding.action)
}

#[test]
fn nobody_is_near_at_a_diagonality_of_zero_or_at_an_absurd_loss() {
    let is_not_aligned = |fact: &Fact| matches!(fact, Fact::NotAligned { .. });
    let stalled = |run: Run| {
        run.also(
            50,
            EventKind::Attention(diktor_track::AttentionChange {
                from: None,
                to: diktor_track::Collapse::Stalled,
                share: 0.9,
                diagonality: 0.0,
            }),
        )
    };
    let goes_on = |advice: &[Advice]| {
        advice
            .iter()
            .any(|one| matches!(one, Advice::LetItGoOn | Advice::GoOnLonger))
    };
    let near = stalled(Run::good().validation(names::ALIGNMENT_DIAGONALITY, |_| 0.6));
    assert!(goes_on(&advised(&near, is_not_aligned).0));
    let lost = stalled(Run::good().validation(names::ALIGNMENT_DIAGONALITY, |_| 0.0));
    assert!(!goes_on(&advised(&lost, is_not_aligned).0));
    let absurd = stalled(
        Run::good()
            .validation(names::ALIGNMENT_DIAGONALITY, |_| 0.6)
            .validation(names::VALIDATION_LOSS, |_| 1.9e6),
    );
    assert!(!goes_on(&advised(&absurd, is_not_aligned).0));
}

#[test]
fn advice_never_tells_to_set_what_is_set() {
    let is_not_aligned = |fact: &Fact| matches!(fact, Fact::NotAligned { .. });
    let lost = || Run::good().validation(names::ALIGNMENT_DIAGONALITY, |_| 0.05);
    let (_, action) = advised(&lost(), is_not_aligned);
    assert!(
        action.contains("Set `guide_loss_weight` to 5; it is 1"),
        "{action}"
    );
    let off = lost()
        .hparam("guide_loss_weight", 5.0)
        .hparam("use_guided_attn", false);
    let (advice, action) = advised(&off, is_not_aligned);
    assert!(advice.contains(&Advice::SwitchOnGuidance), "{action}");
    assert!(!action.contains("guide_loss_weight"), "{action}");
    let most = lost()
        .hparam("guide_loss_weight", 10.0)
        .hparam("n_frames_per_step", 3)
        .hparam("learning_rate", 1e-3);
    let (advice, action) = advised(&most, is_not_aligned);
    assert!(
        !advice.iter().any(|one| matches!(one, Advice::Set(_))),
        "{action}"
    );

    let is_dead = |fact: &Fact| matches!(fact, Fact::GateDead { .. });
    let dead = || Run::good().validation(names::GATE_ACCURACY, |_| 0.5);
    for (weight, expected) in [(1.0, Some(5.0)), (5.0, Some(10.0)), (20.0, None)] {
        let (advice, action) = advised(&dead().hparam("gate_pos_weight", weight), is_dead);
        let to = advice.iter().find_map(|one| match one {
            Advice::Set(setting) => Some(setting.to),
            _ => None,
        });
        assert_eq!(to, expected, "{action}");
    }
    let turned = EventKind::Intervention(InterventionRecord {
        who: "auto_fix".to_owned(),
        knob: "gate_pos_weight".to_owned(),
        old: 5.0,
        new: 10.0,
        why: "gate".to_owned(),
    });
    let (_, action) = advised(
        &dead().hparam("gate_pos_weight", 5.0).also(500, turned),
        is_dead,
    );
    assert!(
        action.contains("to 20; it is 10"),
        "what a fix has set counts: {action}"
    );
}

#[test]
fn a_red_flag_sends_nobody_to_findings_that_are_not_there() {
    let is_flag = |fact: &Fact| matches!(fact, Fact::RedFlag { .. });
    let (advice, _) = advised(&stopped(), is_flag);
    assert!(!advice.contains(&Advice::ReadTheOthers), "{advice:?}");
    let both = stopped().training(names::GRAD_NORM, |_| 3e5);
    assert!(advised(&both, is_flag).0.contains(&Advice::ReadTheOthers));
    let message = "`fault_guard` ends the run: the gradient norm was above 1000 in 3 of 100 steps, \
                   after 3 restarts in a row: at step 4 the gradient norm was above 1000 in 3 of \
                   100 steps; at step 7 the gradient norm was above 1000 in 3 of 100 steps";
    let told = EventKind::Warning {
        message: message.to_owned(),
        hint: None,
    };
    let thrice = Run {
        outcome: Some(Outcome::RedFlag),
        ..Run::good().also(1000, told)
    };
    let Fact::RedFlag { why } = thrice.first_fact() else {
        panic!("{:?}", thrice.facts());
    };
    assert_eq!(
        why.matches("the gradient norm was above 1000").count(),
        1,
        "{why}"
    );
}

#[test]
fn a_small_corpus_is_sent_to_a_voice_that_can_be_had() {
    let small = Run {
        utterances: 20,
        ..Run::good()
    };
    let folder = tempfile::tempdir().unwrap();
    small.write(folder.path());
    for locale in [ReportLocale::En, ReportLocale::Ru] {
        let found = diagnose(folder.path(), locale).unwrap().findings.remove(0);
        assert!(
            found
                .action
                .contains("diktor import tacotron2_statedict.pt"),
            "{found:?}"
        );
    }
}

#[test]
fn it_is_told_how_far_a_run_is_and_what_comes_next() {
    let next = |run: &Run| run.diagnosis().progress.next;
    let unseen = young(20).hparam("validation_freq", 50);
    assert_eq!(next(&unseen), Next::Validation { step: Some(50) });
    let slow = young(200).validation(names::ALIGNMENT_DIAGONALITY, |_| 0.1);
    assert_eq!(
        next(&slow),
        Next::Attention {
            usual: 100,
            latest: 400
        }
    );
    let half = young(100).validation(names::ALIGNMENT_DIAGONALITY, |_| 0.5);
    assert_eq!(next(&half), Next::Steady { latest: 400 });
    let reads = young(500);
    assert_eq!(next(&reads), Next::Sound { end: Some(1000) });
    assert_eq!(next(&Run::good()), Next::Over);
    let told = reads.diagnosis();
    assert_eq!(told.progress.left_s, Some(500.0), "a step takes a second");
    assert!(
        told.how_far[0].starts_with("step 500 of 1000"),
        "{:?}",
        told.how_far
    );
}

#[test]
fn a_run_without_a_validation_is_not_promised_one_after_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let short = Run {
        outcome: Some(Outcome::Completed),
        ..young(30)
    };
    short.write(folder.path());
    let page = fs::read_to_string(write_report(folder.path(), ReportLocale::En).unwrap()).unwrap();
    assert!(
        !page.contains("come with the first validation"),
        "the run is over"
    );
    let first = short.first_fact();
    assert!(
        matches!(first, Fact::NeverMeasured { step: 30, .. }),
        "{first:?}"
    );
}

#[test]
fn a_training_set_without_differences_is_named_as_the_cause() {
    let message = "the training set holds 200 utterances with 1 different texts and 200 different \
                   recordings";
    let told = EventKind::Warning {
        message: message.to_owned(),
        hint: None,
    };
    let first = Run::good().also(1, told).first_fact();
    let expected = Fact::Monotonous {
        utterances: 200,
        texts: 1,
        recordings: 200,
    };
    assert_eq!(first, expected);
}

#[test]
fn a_run_that_ended_before_attention_is_due_is_only_too_short() {
    let is_not_aligned = |fact: &Fact| matches!(fact, Fact::NotAligned { .. });
    let short = Run {
        outcome: Some(Outcome::Completed),
        ..young(100).validation(names::ALIGNMENT_DIAGONALITY, |_| 0.1)
    };
    assert_eq!(advised(&short, is_not_aligned).0, [Advice::GoOnLonger]);
    assert!(!verdict(&short).failed, "it has shown nothing yet");
}

//! Events in, messages out.

use std::{collections::BTreeMap, fs};

use diktor_track::{InterventionRecord, Phase, Picture, VerdictRecord, names};

use super::*;
use crate::Media;

fn watch(locale: ReportLocale) -> (Watch, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let rules = Rules {
        run_dir: folder.path().to_owned(),
        locale,
        interval: 10,
        group_s: 30.0,
    };
    let mut watch = Watch::new(rules);
    let start = RunStarted {
        run: "voice".to_owned(),
        version: "0.1.0".to_owned(),
        resumed_from: None,
        max_steps: Some(40),
        total_params: 28_193_153,
        train_size: 121,
        val_size: 12,
        hparams: BTreeMap::new(),
    };
    let told = watch.observe(&event(0, EventKind::RunStarted(start)));
    assert_eq!(told[0].kind, Kind::Start);
    (watch, folder)
}

/// One step is one second.
fn event(step: u64, kind: EventKind) -> Event {
    Event {
        step,
        time_s: 1_800_000_000.0 + step as f64,
        kind,
    }
}

fn figures<const N: usize>(figures: [(&str, f64); N]) -> BTreeMap<String, f64> {
    figures.map(|(name, value)| (name.to_owned(), value)).into()
}

fn step(number: u64) -> Event {
    let metrics = figures([
        (names::TRAINING_LOSS, 0.5),
        (names::TRAINING_MEL_POST_LOSS, 0.25),
        (names::GRAD_NORM, 1.234),
        (names::LEARNING_RATE, 1e-3),
        (names::PERF_FRAMES_PER_SECOND, 2310.0),
    ]);
    event(number, EventKind::Step { metrics })
}

fn validated(number: u64) -> Event {
    let metrics = figures([
        (names::VALIDATION_LOSS, 0.75),
        (names::ALIGNMENT_DIAGONALITY, 0.712),
        (names::GATE_ACCURACY, 0.9),
    ]);
    event(number, EventKind::Validation { metrics })
}

fn change(knob: &str, old: f64, new: f64) -> InterventionRecord {
    InterventionRecord {
        who: "auto_fix".to_owned(),
        knob: knob.to_owned(),
        old,
        new,
        why: "diagonality 0.31 is at least 0.3".to_owned(),
    }
}

fn turned(number: u64, knob: &str, old: f64, new: f64) -> Event {
    event(number, EventKind::Intervention(change(knob, old, new)))
}

fn kinds(messages: &[Message]) -> Vec<Kind> {
    messages.iter().map(|message| message.kind).collect()
}

#[test]
fn the_report_has_the_figures_the_actions_and_what_came_of_them() {
    let (mut watch, folder) = watch(ReportLocale::Ru);
    fs::write(folder.path().join("a.png"), b"png").unwrap();
    watch.observe(&validated(2));
    watch.observe(&turned(3, "guide_loss_weight", 2.5, 3.75));
    watch.observe(&event(
        8,
        EventKind::Verdict(VerdictRecord {
            who: "auto_fix".to_owned(),
            of_step: 3,
            knob: "guide_loss_weight".to_owned(),
            metric: names::ALIGNMENT_DIAGONALITY.to_owned(),
            before: 0.2,
            after: 0.7,
            helped: true,
            undone: false,
        }),
    ));
    watch.observe(&event(
        9,
        EventKind::Picture(Picture {
            tag: "alignment/a".to_owned(),
            caption: String::new(),
            path: "a.png".into(),
            width: 1,
            height: 1,
        }),
    ));
    let told: Vec<Message> = (1..=10)
        .flat_map(|number| watch.observe(&step(number)))
        .collect();
    let report = told
        .iter()
        .find(|message| message.kind == Kind::Progress)
        .unwrap();
    for expected in [
        "Шаг 10 из 40 (25 %)",
        "Потери: 0,5 · мел-спектрограмма 0,25",
        "Валидация на шаге 2: потери 0,75",
        "Норма градиента: 1,23",
        "Диагональность внимания: 0,712",
        "Точность гейта: 0,900",
        "Скорость обучения: 1e-3",
        "2 310 кадров/с · осталось около 30 с",
        "Выполненные действия:\n  • шаг 3: `guide_loss_weight` 2.5 → 3.75 (исправление: диагональность 0,31 не меньше 0,3) — помогло",
        "Дальше: делать ничего не нужно; следующий отчёт на шаге 20",
    ] {
        assert!(
            report.body.contains(expected),
            "`{expected}` in\n{}",
            report.body
        );
    }
    assert_eq!(report.of(Media::Png).count(), 2);
    let next: Vec<Message> = (11..=20)
        .flat_map(|number| watch.observe(&step(number)))
        .collect();
    let report = next.iter().find(|one| one.kind == Kind::Progress).unwrap();
    assert!(report.body.contains("не потребовались"), "{}", report.body);
}

#[test]
fn many_changes_at_once_are_one_message_and_the_next_waits() {
    let (mut watch, _folder) = watch(ReportLocale::En);
    let mut told = Vec::new();
    for knob in 0..14 {
        told.extend(watch.observe(&turned(1, &format!("knob_{knob}"), 1.0, 2.0)));
    }
    told.extend((2..=9).flat_map(|number| watch.observe(&step(number))));
    assert_eq!(kinds(&told), [Kind::Actions]);
    assert!(told[0].title.contains("14 settings"), "{told:?}");
    assert!(
        told[0].body.contains("`knob_13` 1 → 2 (automatic fix: "),
        "{told:?}"
    );
    assert!(told[0].body.ends_with("and 4 more"), "{told:?}");

    watch.observe(&turned(9, "late", 1.0, 2.0));
    let at = |seconds: f64| 1_800_000_000.0 + seconds;
    assert!(watch.due(at(20.0)).is_none(), "too soon after the last");
    assert!(watch.due(at(60.0)).unwrap().body.contains("`late` 1 → 2"));
    assert!(watch.due(at(90.0)).is_none());
}

#[test]
fn what_is_rare_is_told_at_once() {
    let (mut watch, _folder) = watch(ReportLocale::En);
    let fault = |kind, action| {
        EventKind::Fault(FaultRecord {
            kind,
            value: f64::NAN,
            place: Some("decoder.attention_rnn".to_owned()),
            suspects: vec!["LJ001-0007".to_owned()],
            batch: Vec::new(),
            action,
        })
    };
    let told = watch.observe(&event(
        5,
        fault(FaultKind::NonFiniteLoss, FaultAction::Skipped),
    ));
    assert_eq!(
        (told[0].kind, told[0].severity),
        (Kind::Critical, Severity::Critical)
    );
    assert!(
        told[0].body.contains("LJ001-0007") && told[0].body.contains("NaN"),
        "{told:?}"
    );
    let spike = fault(FaultKind::GradientSpike, FaultAction::Skipped);
    assert!(watch.observe(&event(5, spike)).is_empty());

    let phase = EventKind::Phase {
        from: Phase::PreAlignment,
        to: Phase::AlignmentLearning,
        why: "diagonality 0.5".to_owned(),
    };
    let told = watch.observe(&event(6, phase));
    assert_eq!(told[0].kind, Kind::Phase);
    assert!(
        told[0].title.contains("attention becomes steady"),
        "{told:?}"
    );

    let warning = |norm: &str| EventKind::Warning {
        message: format!("the norm is {norm}"),
        hint: Some("lower it".to_owned()),
    };
    let [one, other] =
        ["12.5", "1300"].map(|norm| watch.observe(&event(7, warning(norm))).remove(0));
    assert_eq!(one.kind, Kind::Recommendation);
    assert!(
        one.body.contains("the norm is 12.5") && one.body.contains("lower it"),
        "{one:?}"
    );
    assert!(one.key.is_some());
    assert_ne!(one.body, other.body);
}

#[test]
fn a_way_back_says_from_where_and_what_is_different() {
    let (mut watch, _folder) = watch(ReportLocale::En);
    let restart = RestartRecord {
        attempt: 1,
        most: 3,
        from_step: 7,
        to_step: 4,
        checkpoint: "checkpoints/last_good.ckpt".into(),
        reinitialised: false,
        overrides: figures([("learning_rate", 1e-5)]),
        why: "the loss stays NaN".to_owned(),
    };
    let told = watch.observe(&event(7, EventKind::Restart(restart)));
    assert_eq!(told[0].kind, Kind::Restart);
    assert!(told[0].body.contains("from step 7 back to 4"), "{told:?}");
    assert!(told[0].body.contains("`learning_rate` = 1e-5"), "{told:?}");
}

#[test]
fn the_end_says_why_and_brings_the_sound() {
    let (mut watch, folder) = watch(ReportLocale::En);
    fs::write(folder.path().join("free.wav"), b"wav").unwrap();
    let audio = |tag: &str, path: &str| EventKind::Audio {
        tag: tag.to_owned(),
        path: path.into(),
        caption: String::new(),
    };
    watch.observe(&step(3));
    watch.observe(&event(3, audio("audio/a", "free.wav")));
    watch.observe(&event(3, audio("audio_target/a", "target.wav")));
    watch.observe(&turned(3, "learning_rate", 1e-3, 1e-4));
    let message = "`red_flags` ends the run: no attention".to_owned();
    watch.observe(&event(
        4,
        EventKind::Warning {
            message,
            hint: None,
        },
    ));
    let outcome = Outcome::RedFlag;
    let told = watch.observe(&event(
        4,
        EventKind::RunFinished {
            outcome,
            seconds: 245.0,
        },
    ));
    assert_eq!(kinds(&told), [Kind::Actions, Kind::Completion]);
    assert_eq!(told[1].severity, Severity::Critical);
    assert!(
        told[1].body.contains("no attention") && told[1].body.contains("4 min 05 s"),
        "{told:?}"
    );
    assert_eq!(told[1].of(Media::Wav).next().unwrap().name, "free.wav");
    assert_eq!(told[1].of(Media::Png).count(), 1);
}

#[test]
fn a_key_has_no_figures() {
    assert_eq!(without_figures("is 12.5, above 10"), "is #.#, above #");
}

#[test]
fn nothing_is_left_once_a_run_is_over() {
    for locale in [ReportLocale::En, ReportLocale::Ru] {
        let (mut watch, _folder) = watch(locale);
        for number in 1..=3 {
            watch.observe(&step(number));
        }
        let end = EventKind::RunFinished {
            outcome: Outcome::Interrupted,
            seconds: 3.0,
        };
        let left = Texts::of(locale).left.replace("{}", "");
        let told = watch.observe(&event(3, end));
        let body = &told.last().unwrap().body;
        assert!(!body.contains(left.trim()), "`{left}` in\n{body}");
        assert!(body.contains("2 310"), "{body}");
    }
}

#[test]
fn what_follows_a_schedule_is_no_news_and_what_a_fix_moves_is() {
    let (mut watch, _folder) = watch(ReportLocale::En);
    let scheduled = |number: u64, knob: &str, why: &str| {
        let who = if knob == "learning_rate" {
            "learning_rate"
        } else {
            "guide_schedule"
        };
        let change = InterventionRecord {
            who: who.to_owned(),
            why: why.to_owned(),
            ..change(knob, 1.0, 2.0)
        };
        event(number, EventKind::Intervention(change))
    };
    watch.observe(&scheduled(1, "learning_rate", "warm-up"));
    assert!(watch.due(f64::MAX).is_none());
    watch.observe(&turned(2, "guide_fix_factor", 1.0, 1.5));
    watch.observe(&scheduled(
        2,
        "guide_loss_weight",
        "guided attention at a constant weight, times 1.5 of the fixes",
    ));
    let told = watch.due(1_800_000_200.0).unwrap();
    let lines: Vec<&str> = told.body.lines().collect();
    assert_eq!(lines.len(), 2, "{told:?}");
    assert!(
        lines
            .iter()
            .all(|line| line.starts_with("• step 2: `guide")),
        "{told:?}"
    );
}

#[test]
fn advice_does_not_promise_a_fix_that_is_switched_off() {
    for (auto_fix, expected) in [(true, "the run raises"), (false, "fixes are off")] {
        let (mut watch, _folder) = watch(ReportLocale::En);
        let start = RunStarted {
            run: "voice".to_owned(),
            version: String::new(),
            resumed_from: None,
            max_steps: None,
            total_params: 0,
            train_size: 0,
            val_size: 0,
            hparams: [("auto_fix".to_owned(), auto_fix.into())].into(),
        };
        watch.observe(&event(0, EventKind::RunStarted(start)));
        watch.observe(&step(1));
        let metrics = figures([(names::ALIGNMENT_DIAGONALITY, 0.1)]);
        watch.observe(&event(1, EventKind::Validation { metrics }));
        let report = watch.report_now(1_800_000_001.0);
        assert!(report.body.contains(expected), "{}", report.body);
    }
}

//! A run told to people: from events to what arrives, with services that fail meanwhile.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use diktor_alert::{Alerts, AlertsSection, AlertsSpec, Channel, Log, Operator, Patience, Telegram};
use diktor_track::{
    Event, EventKind, Outcome, RunStarted, SinkSummary, Tracker, names, report::ReportLocale,
};

use crate::{
    channels::api,
    standin::{Fault, Standin, TOKEN},
    until,
};

/// Nobody asks it for anything.
pub(crate) struct Nobody;

impl Operator for Nobody {
    fn stop(&self) {
        panic!("nobody asked to stop");
    }
}

pub(crate) fn now_s() -> f64 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_secs_f64()
}

pub(crate) fn started() -> EventKind {
    EventKind::RunStarted(RunStarted {
        run: "голос".to_owned(),
        version: "0.1.0".to_owned(),
        resumed_from: None,
        max_steps: Some(100),
        total_params: 1,
        train_size: 2,
        val_size: 3,
        hparams: BTreeMap::new(),
    })
}

pub(crate) fn step() -> EventKind {
    let metrics = [(names::TRAINING_LOSS, 0.5), (names::GRAD_NORM, 1.5)];
    let metrics = metrics.map(|(name, value)| (name.to_owned(), value)).into();
    EventKind::Step { metrics }
}

pub(crate) fn spec(run_dir: &Path, channels: Vec<Box<dyn Channel>>) -> AlertsSpec {
    AlertsSpec {
        run_dir: run_dir.to_owned(),
        locale: ReportLocale::Ru,
        interval: 50,
        section: AlertsSection::default(),
        channels,
        listener: None,
        operator: Arc::new(Nobody),
        patience: Patience {
            first: Duration::from_millis(20),
            most: Duration::from_millis(200),
            tries: 3,
        },
    }
}

fn chat(standin: &Standin) -> Box<dyn Channel> {
    let api = api(&standin.url(), TOKEN, Duration::from_millis(5));
    Box::new(Telegram::new(api, "42".to_owned()))
}

pub(crate) fn emit(tracker: &Tracker, step: u64, kind: EventKind) {
    let time_s = now_s();
    tracker.emit(Event { step, time_s, kind });
}

/// A run of a hundred steps, with `meanwhile` half-way.
fn run(spec: AlertsSpec, meanwhile: impl Fn(&Tracker)) -> Vec<SinkSummary> {
    let tracker = Tracker::new(vec![("alerts", Box::new(Alerts::start(spec).unwrap()))]);
    emit(&tracker, 0, started());
    (1..=50).for_each(|number| emit(&tracker, number, step()));
    meanwhile(&tracker);
    (51..=100).for_each(|number| emit(&tracker, number, step()));
    let outcome = Outcome::Completed;
    emit(
        &tracker,
        100,
        EventKind::RunFinished {
            outcome,
            seconds: 9.0,
        },
    );
    tracker.finish()
}

/// How the messages begin, in their order; of two reports in a row the first may have given way to the second.
fn titles(standin: &Standin) -> Vec<String> {
    let words = standin.taken().into_iter().map(|one| one.words());
    let mut titles: Vec<String> = words
        .map(|words| words.lines().next().unwrap_or_default().to_owned())
        .collect();
    titles.dedup();
    titles
}

const TOLD: [&str; 3] = [
    "🚀 голос: обучение началось",
    "🤖 голос: подробный отчёт",
    "✅ голос: обучение завершено",
];

#[test]
fn a_run_is_told_from_its_start_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let standin = Standin::start();
    let log = folder.path().join("alerts.log");
    let channels = vec![
        chat(&standin),
        Box::new(Log::new(log.clone())) as Box<dyn Channel>,
    ];
    let summaries = run(spec(folder.path(), channels), |_| ());
    assert_eq!(summaries[0].failure, None);
    assert_eq!(titles(&standin), TOLD);
    let report = &standin.taken()[1];
    assert_eq!(report.method, "sendPhoto");
    assert!(report.fields["photo"].contains("PNG"));
    assert!(
        report.words().contains("Норма градиента: 1,50"),
        "{}",
        report.words()
    );
    let log = std::fs::read_to_string(log).unwrap();
    assert_eq!(log.matches(" [note] ").count(), 4, "{log}");
}

#[test]
fn a_service_that_asks_to_wait_breaks_or_hangs_is_told_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let standin = Standin::start();
    let hang = Fault::Hang(Duration::from_millis(1500));
    standin.fail(&[Fault::TooMany(1), Fault::Broken, hang]);
    let began = Instant::now();
    run(spec(folder.path(), vec![chat(&standin)]), |_| ());
    assert_eq!(titles(&standin), TOLD);
    assert!(
        began.elapsed() >= Duration::from_secs(1),
        "it waited as asked"
    );
    let first = standin.refused()[0].at;
    assert!(standin.taken()[0].at - first >= Duration::from_secs(1));
}

#[test]
fn a_dead_service_costs_the_run_nothing_and_is_told_when_it_lives() {
    let folder = tempfile::tempdir().unwrap();
    let standin = Standin::start();
    standin.fail(&[Fault::Broken; 25]);
    let alive = standin.clone();
    run(spec(folder.path(), vec![chat(&standin)]), |tracker| {
        let began = Instant::now();
        for number in 0..200 {
            let message = format!("something is {}", "odd ".repeat(number % 7 + 1));
            emit(
                tracker,
                50,
                EventKind::Warning {
                    message,
                    hint: None,
                },
            );
        }
        assert!(
            began.elapsed() < Duration::from_secs(2),
            "nobody waits for the dead"
        );
        until("it lives again", || !alive.taken().is_empty());
    });
    let words: Vec<String> = standin.taken().into_iter().map(|one| one.words()).collect();
    let digest = &words[0];
    assert!(
        digest.starts_with("📬 Что не удалось доставить"),
        "{digest}"
    );
    // A start, a report, and seven warnings that are told once each.
    assert!(
        digest.contains("Не доставлено вовремя: 9 сообщений"),
        "{digest}"
    );
    assert!(words.last().unwrap().starts_with(TOLD[2]), "{words:?}");
}

#[test]
fn the_end_of_a_run_does_not_wait_for_a_silent_service() {
    let folder = tempfile::tempdir().unwrap();
    let standin = Standin::start();
    standin.fail(&[Fault::Hang(Duration::from_secs(60)); 9]);
    let began = Instant::now();
    let summaries = run(spec(folder.path(), vec![chat(&standin)]), |_| ());
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(summaries[0].failure, None);
}

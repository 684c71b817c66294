//! What the bot answers, and to whom.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use diktor_alert::{Alerts, AlertsSpec, Operator};
use diktor_track::{Jsonl, Tracker};

use crate::{
    channels::api,
    run::{emit, spec, started, step},
    standin::{Standin, TOKEN},
    until,
};

#[derive(Default)]
struct Counted(AtomicUsize);

impl Operator for Counted {
    fn stop(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn the_bot_answers_its_chat_and_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let standin = Standin::start();
    let operator = Arc::new(Counted::default());
    standin.write(42, "/stop");
    let api = api(&standin.url(), TOKEN, Duration::from_millis(5));
    let told: Arc<dyn Operator> = Arc::<Counted>::clone(&operator);
    let alerts = Alerts::start(AlertsSpec {
        listener: Some((api, "42".to_owned())),
        operator: told,
        ..spec(folder.path(), Vec::new())
    });
    let log = Jsonl::open(&folder.path().join("events.jsonl")).unwrap();
    let tracker = Tracker::new(vec![
        ("events.jsonl", Box::new(log)),
        ("alerts", Box::new(alerts.unwrap())),
    ]);
    emit(&tracker, 0, started());
    (1..=9).for_each(|number| emit(&tracker, number, step()));
    tracker.sync();
    until("the bot asks", || standin.questions() >= 2);
    assert_eq!(
        operator.0.load(Ordering::SeqCst),
        0,
        "an old order is not obeyed"
    );

    let answered = |number: usize| {
        until("an answer", || standin.taken().len() >= number);
        standin.taken()[number - 1].clone()
    };
    standin.write(13, "/stop");
    standin.write(42, "just talking");
    standin.write(42, "/status");
    let status = answered(1);
    assert_eq!(status.method, "sendMessage");
    for expected in [
        "Шаг 9 из 100",
        "Норма градиента: 1,50",
        "Из других чатов пропущено: 1",
    ] {
        assert!(status.words().contains(expected), "{}", status.words());
    }
    standin.write(42, "/plot@diktor_bot");
    assert_eq!(answered(2).method, "sendPhoto");
    standin.write(42, "/why");
    let why = answered(3).words();
    assert!(
        why.starts_with("🔎 голос (шаг 9)") && why.contains("👉"),
        "{why}"
    );
    standin.write(42, "/help");
    assert!(answered(4).words().contains("/plot"));
    assert_eq!(
        operator.0.load(Ordering::SeqCst),
        0,
        "another chat is not obeyed"
    );
    standin.write(42, "/stop");
    assert!(answered(5).words().contains("diktor train --resume"));
    assert_eq!(operator.0.load(Ordering::SeqCst), 1);
}

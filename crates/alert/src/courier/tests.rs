//! A channel that does what the test wants.

use std::sync::Mutex;

use diktor_track::report::ReportLocale;

use super::*;
use crate::{Kind, Severity};

const PATIENCE: Patience = Patience {
    first: Duration::from_millis(2),
    most: Duration::from_millis(8),
    tries: 3,
};

/// What the channel was asked to send, and how it answers next.
#[derive(Default)]
struct Desk {
    attempts: Vec<String>,
    delivered: Vec<String>,
    answers: VecDeque<ChannelError>,
    dead: bool,
}

struct Scripted(Arc<Mutex<Desk>>);

impl Channel for Scripted {
    fn name(&self) -> ChannelName {
        ChannelName::Slack
    }

    fn send(&mut self, message: &Message) -> Result<(), ChannelError> {
        let mut desk = self.0.lock().unwrap();
        desk.attempts.push(message.title.clone());
        if desk.dead {
            return Err(ChannelError::Unreachable("no".to_owned()));
        }
        match desk.answers.pop_front() {
            Some(error) => Err(error),
            None => {
                desk.delivered.push(message.text());
                Ok(())
            }
        }
    }
}

fn message(number: usize) -> Arc<Message> {
    Arc::new(Message {
        kind: Kind::Recommendation,
        severity: Severity::Warning,
        time_s: 0.0,
        title: format!("message {number}"),
        body: String::new(),
        attachments: Vec::new(),
        key: None,
    })
}

fn until(what: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !what() {
        assert!(Instant::now() < end, "it did not happen");
        thread::sleep(Duration::from_millis(2));
    }
}

fn courier(answers: Vec<ChannelError>) -> (Courier, Arc<Mutex<Desk>>) {
    let desk = Arc::new(Mutex::new(Desk {
        answers: answers.into(),
        ..Desk::default()
    }));
    let texts = Texts::of(ReportLocale::En);
    let channel = Box::new(Scripted(Arc::clone(&desk)));
    (Courier::start(channel, texts, PATIENCE), desk)
}

#[test]
fn what_failed_is_tried_again_in_order_and_told_once() {
    let failure = || ChannelError::Unreachable("busy".to_owned());
    let (courier, desk) = courier(vec![failure(), failure()]);
    (1..=3).for_each(|number| courier.deliver(&message(number)));
    until(|| desk.lock().unwrap().delivered.len() == 3);
    let desk = desk.lock().unwrap();
    assert_eq!(desk.delivered, ["message 1", "message 2", "message 3"]);
    assert_eq!(desk.attempts.len(), 5);
}

#[test]
fn a_service_that_asks_to_wait_is_left_alone_meanwhile() {
    let retry_after = Duration::from_millis(120);
    let (courier, desk) = courier(vec![ChannelError::Limited { retry_after }]);
    let began = Instant::now();
    courier.deliver(&message(1));
    until(|| desk.lock().unwrap().delivered.len() == 1);
    assert!(began.elapsed() >= retry_after);
    assert_eq!(desk.lock().unwrap().attempts.len(), 2);
}

#[test]
fn a_refused_message_does_not_stop_the_next() {
    let (courier, desk) = courier(vec![ChannelError::Refused("too odd".to_owned())]);
    (1..=2).for_each(|number| courier.deliver(&message(number)));
    until(|| desk.lock().unwrap().delivered.len() == 1);
    assert_eq!(desk.lock().unwrap().delivered, ["message 2"]);
}

#[test]
fn a_dead_channel_keeps_a_bounded_number_and_tells_them_as_one_when_it_lives() {
    let (mut courier, desk) = courier(Vec::new());
    desk.lock().unwrap().dead = true;
    courier.deliver(&message(0));
    until(|| desk.lock().unwrap().attempts.len() > 4);
    for number in 1..=SPOOL + 20 {
        courier.deliver(&message(number));
        // Slower than the inbox is emptied.
        thread::sleep(Duration::from_micros(300));
    }
    until(|| desk.lock().unwrap().attempts.len() > 12);
    desk.lock().unwrap().dead = false;
    until(|| !desk.lock().unwrap().delivered.is_empty());
    courier.deliver(&message(999));
    until(|| desk.lock().unwrap().delivered.len() == 2);
    let deadline = Instant::now() + Duration::from_secs(5);
    courier.close(deadline);
    courier.join(deadline);
    let desk = desk.lock().unwrap();
    let first = &desk.delivered[0];
    assert!(
        first.contains("121") && first.contains("message 120"),
        "{first}"
    );
    assert!(first.lines().count() < 20, "{first}");
    assert_eq!(desk.delivered[1], "message 999");
}

#[test]
fn the_end_waits_for_what_is_left_and_not_for_the_dead() {
    let (mut courier, desk) = self::courier(Vec::new());
    (1..=5).for_each(|number| courier.deliver(&message(number)));
    let deadline = Instant::now() + Duration::from_secs(10);
    courier.close(deadline);
    courier.join(deadline);
    assert_eq!(desk.lock().unwrap().delivered.len(), 5);

    let (mut courier, desk) = self::courier(Vec::new());
    desk.lock().unwrap().dead = true;
    courier.deliver(&message(1));
    let began = Instant::now();
    let deadline = began + Duration::from_millis(60);
    courier.close(deadline);
    courier.join(deadline + Duration::from_secs(5));
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_report_that_waits_gives_way_to_a_newer_one() {
    let (courier, desk) = courier(Vec::new());
    let report = |number| {
        let kind = Kind::Progress;
        Arc::new(Message {
            kind,
            ..Message::clone(&message(number))
        })
    };
    // While the desk is locked the channel is busy.
    let busy = desk.lock().unwrap();
    courier.deliver(&message(0));
    (1..=5).for_each(|number| courier.deliver(&report(number)));
    courier.deliver(&message(6));
    drop(busy);
    until(|| {
        desk.lock()
            .unwrap()
            .delivered
            .iter()
            .any(|text| text.contains("message 6"))
    });
    let attempts = &desk.lock().unwrap().attempts;
    assert_eq!(attempts, &["message 0", "message 5", "message 6"]);
}

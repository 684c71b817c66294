use std::io;

use super::*;
use crate::{SinkError, SinkLag};

type Seen = Arc<Mutex<Vec<Event>>>;

/// Takes events until one of the step `fails_at`.
struct Stub {
    seen: Seen,
    delivery: Delivery,
    fails_at: u64,
    panics: bool,
    slow: Duration,
}

impl Sink for Stub {
    fn record(&mut self, event: &Event) -> Result<(), SinkError> {
        thread::sleep(self.slow);
        if event.step == self.fails_at {
            assert!(!self.panics, "a sink that panics");
            return Err(SinkError::Write {
                path: "log".into(),
                source: io::Error::other("gone"),
            });
        }
        self.seen.lock().unwrap().push(event.clone());
        Ok(())
    }

    fn delivery(&self) -> Delivery {
        self.delivery
    }
}

fn stub() -> (Seen, Stub) {
    let seen = Seen::default();
    let sink = Stub {
        seen: Arc::clone(&seen),
        delivery: Delivery::BestEffort,
        fails_at: u64::MAX,
        panics: false,
        slow: Duration::ZERO,
    };
    (seen, sink)
}

fn event(step: u64) -> Event {
    Event {
        step,
        time_s: 0.0,
        kind: EventKind::Step {
            metrics: Default::default(),
        },
    }
}

#[test]
fn every_sink_sees_every_event_in_order() {
    let ((seen_a, a), (seen_b, b)) = (stub(), stub());
    let tracker = Tracker::new(vec![("a", Box::new(a)), ("b", Box::new(b))]);
    (1..=100).for_each(|step| tracker.emit(event(step)));
    let summaries = tracker.finish();
    assert!(
        summaries
            .iter()
            .all(|s| s.taken == 100 && s.missed == 0 && s.failure.is_none())
    );
    for seen in [seen_a, seen_b] {
        let steps: Vec<u64> = seen
            .lock()
            .unwrap()
            .iter()
            .map(|event| event.step)
            .collect();
        assert_eq!(steps, (1..=100).collect::<Vec<u64>>());
    }
}

/// Holds back two of what it took, and keeps what it was shown of the others.
struct Watcher(Arc<Mutex<Lag>>);

impl Sink for Watcher {
    fn record(&mut self, _: &Event) -> Result<(), SinkError> {
        Ok(())
    }

    fn watch(&mut self, lag: &Lag) {
        *self.0.lock().unwrap() = lag.clone();
    }

    fn undelivered(&self) -> u64 {
        2
    }
}

#[test]
fn a_sink_sees_how_far_all_are_behind() {
    let seen = Arc::default();
    let (_, mut bad) = stub();
    bad.fails_at = 3;
    let watcher = Watcher(Arc::clone(&seen));
    let tracker = Tracker::new(vec![("bad", Box::new(bad)), ("watcher", Box::new(watcher))]);
    (1..=5).for_each(|step| tracker.emit(event(step)));
    let lag = seen.lock().unwrap().clone();
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let [bad, watcher]: [SinkLag; 2] = lag.sinks().collect::<Vec<_>>().try_into().unwrap();
        let all_is_told = bad.missed >= 3 && bad.pending == 0 && watcher.pending == 2;
        if all_is_told {
            assert!(
                !bad.works && watcher.works && watcher.missed == 0,
                "{lag:?}"
            );
            break;
        }
        assert!(Instant::now() < deadline, "{lag:?}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_failing_sink_is_told_once_and_harms_no_other() {
    for panics in [false, true] {
        let ((seen, good), (_, mut bad)) = (stub(), stub());
        (bad.fails_at, bad.panics, bad.delivery) = (2, panics, Delivery::Lossless);
        let tracker = Tracker::new(vec![("bad", Box::new(bad)), ("good", Box::new(good))]);
        // More events than a queue holds: a dead lossless sink must not make the run wait.
        (1..=3).for_each(|step| tracker.emit(event(step)));
        while !tracker.lanes[0].state.failed.load(Ordering::Acquire) {
            thread::yield_now();
        }
        (4..=6000).for_each(|step| {
            tracker.emit(event(step));
            if step % 1000 == 0 {
                thread::sleep(Duration::from_millis(20));
            }
        });
        let summaries = tracker.finish();
        assert_eq!(summaries[0].taken, 1);
        assert!(summaries[0].failure.is_some());
        assert_eq!(summaries[1].failure, None);
        let seen = seen.lock().unwrap();
        let warnings = seen
            .iter()
            .filter(|event| matches!(event.kind, EventKind::Warning { .. }));
        assert_eq!(warnings.count(), 1);
    }
}

#[test]
fn only_the_record_of_the_run_makes_it_wait() {
    let (seen, mut slow) = stub();
    (slow.delivery, slow.slow) = (Delivery::Lossless, Duration::from_micros(20));
    let tracker = Tracker::new(vec![("record", Box::new(slow))]);
    let events = QUEUE_EVENTS as u64 + 500;
    (0..events).for_each(|step| tracker.emit(event(step)));
    tracker.finish();
    assert_eq!(seen.lock().unwrap().len() as u64, events);

    let (_, mut stuck) = stub();
    stuck.slow = Duration::from_millis(300);
    let tracker = Tracker::new(vec![("stuck", Box::new(stuck))]);
    let began = Instant::now();
    (0..events).for_each(|step| tracker.emit(event(step)));
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "emitting never waits for it"
    );
    assert!(tracker.lanes[0].state.missed.load(Ordering::Relaxed) >= 400);
    // Its queue would take minutes: it is left behind instead of being waited for.
    std::mem::forget(tracker);
}

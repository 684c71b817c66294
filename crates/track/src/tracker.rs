//! Hands every event to every sink, without ever letting a sink slow, steer or stop the run.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender, TrySendError},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{Delivery, Event, EventKind, NamedSink, Sink};

/// Events that may wait for a sink before it counts as too far behind.
const QUEUE_EVENTS: usize = 4096;
/// How long what a sink took may stay unseen.
const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// How long the end of a run waits for a sink that is no record of the run.
const PATIENCE: Duration = Duration::from_secs(10);

/// Hands events to sinks, each on its own thread behind a bounded queue.
///
/// [`Tracker::emit`] never fails. It waits for a full queue only if the sink is the record of the
/// run ([`Delivery::Lossless`]). A sink that fails or panics is given nothing more, and the others
/// are told so once, as a warning event. Dropping the tracker finishes it.
#[derive(Debug)]
pub struct Tracker {
    lanes: Vec<Lane>,
}

/// What became of one sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkSummary {
    /// Name of the sink.
    pub name: &'static str,
    /// Events it took.
    pub taken: u64,
    /// Events it missed: it was too far behind, or had failed.
    pub missed: u64,
    /// Why it was given up, if it was.
    pub failure: Option<String>,
}

impl Tracker {
    /// Starts a thread for every sink.
    pub fn new(sinks: Vec<NamedSink>) -> Self {
        Self {
            lanes: sinks.into_iter().map(Lane::start).collect(),
        }
    }

    /// A tracker without sinks: for tests and for runs nobody watches.
    pub fn silent() -> Self {
        Self::new(Vec::new())
    }

    /// Hands `event` to every sink.
    pub fn emit(&self, event: Event) {
        let (step, time_s) = (event.step, event.time_s);
        self.deliver(event);
        for lane in &self.lanes {
            if let Some(failure) = lane.state.untold_failure() {
                let name = lane.name;
                let message = format!("sink `{name}` failed and is given nothing more: {failure}");
                let hint = Some("the run itself goes on; mend the cause and resume".to_owned());
                self.deliver(Event {
                    step,
                    time_s,
                    kind: EventKind::Warning { message, hint },
                });
            }
        }
    }

    /// Waits until the record of the run holds what was emitted so far.
    ///
    /// Call it before a checkpoint is written: the history of a run that is killed right after its
    /// checkpoint then has no gap before it.
    pub fn sync(&self) {
        for lane in self
            .lanes
            .iter()
            .filter(|lane| lane.delivery == Delivery::Lossless)
        {
            let (flushed, wait) = mpsc::channel();
            let queue = lane.queue.as_ref();
            if queue.is_some_and(|queue| queue.send(Message::Flush(flushed)).is_ok()) {
                // A sink that failed meanwhile drops its end and ends the wait.
                let _flushed = wait.recv_timeout(PATIENCE);
            }
        }
    }

    /// Waits until the sinks have taken what was emitted, flushes them and says what became of each.
    pub fn finish(mut self) -> Vec<SinkSummary> {
        self.close()
    }

    fn deliver(&self, event: Event) {
        let event = Arc::new(event);
        for lane in &self.lanes {
            lane.send(&event);
        }
    }

    fn close(&mut self) -> Vec<SinkSummary> {
        let deadline = Instant::now() + PATIENCE;
        // All queues are closed before the first is waited for, so the sinks finish side by side.
        for lane in &mut self.lanes {
            lane.queue = None;
        }
        let summaries: Vec<_> = self
            .lanes
            .drain(..)
            .map(|lane| lane.join(deadline))
            .collect();
        for summary in summaries.iter().filter(|summary| summary.missed > 0) {
            let SinkSummary { name, missed, .. } = summary;
            tracing::warn!(sink = name, missed, "the sink did not see every event");
        }
        summaries
    }
}

impl Drop for Tracker {
    fn drop(&mut self) {
        self.close();
    }
}

/// One sink's queue and thread.
#[derive(Debug)]
struct Lane {
    name: &'static str,
    delivery: Delivery,
    /// `None` once the run has ended.
    queue: Option<SyncSender<Message>>,
    /// Disconnects when the thread has ended.
    done: Receiver<()>,
    state: Arc<LaneState>,
}

/// What the run sends to a thread.
#[derive(Debug)]
enum Message {
    Event(Arc<Event>),
    /// Flush, and say when that is done.
    Flush(Sender<()>),
}

/// What the thread and the run both look at.
#[derive(Debug, Default)]
struct LaneState {
    taken: AtomicU64,
    missed: AtomicU64,
    failed: AtomicBool,
    told: AtomicBool,
    failure: Mutex<Option<String>>,
}

impl LaneState {
    fn fail(&self, name: &'static str, failure: String) {
        tracing::warn!(sink = name, failure, "the sink is given nothing more");
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
        self.failed.store(true, Ordering::Release);
    }

    /// The failure, the first time it is asked for.
    fn untold_failure(&self) -> Option<String> {
        let untold = self.failed.load(Ordering::Acquire) && !self.told.swap(true, Ordering::AcqRel);
        untold.then(|| self.failure()).flatten()
    }

    fn failure(&self) -> Option<String> {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Lane {
    fn start((name, mut sink): NamedSink) -> Self {
        let (queue, messages) = mpsc::sync_channel(QUEUE_EVENTS);
        let (ended, done) = mpsc::channel();
        let delivery = sink.delivery();
        let state = Arc::new(LaneState::default());
        let shared = Arc::clone(&state);
        let started = thread::Builder::new()
            .name(format!("sink {name}"))
            .spawn(move || {
                let guard = PanicGuard {
                    name,
                    state: &shared,
                };
                if let Err(failure) = drain(sink.as_mut(), &messages, &shared) {
                    shared.fail(name, failure);
                    // Whoever waits for room in the queue must not wait for a sink that is gone.
                    while let Ok(message) = messages.recv() {
                        let missed = u64::from(matches!(message, Message::Event(_)));
                        shared.missed.fetch_add(missed, Ordering::Relaxed);
                    }
                }
                drop(guard);
                drop(ended);
            });
        if let Err(error) = started {
            state.fail(name, format!("no thread for it: {error}"));
        }
        Self {
            name,
            delivery,
            queue: Some(queue),
            done,
            state,
        }
    }

    fn send(&self, event: &Arc<Event>) {
        let Some(queue) = &self.queue else { return };
        let delivered = match self.delivery {
            Delivery::Lossless => queue.send(Message::Event(Arc::clone(event))).is_ok(),
            Delivery::BestEffort => match queue.try_send(Message::Event(Arc::clone(event))) {
                Ok(()) => true,
                Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
            },
        };
        if !delivered {
            self.state.missed.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn join(self, deadline: Instant) -> SinkSummary {
        match self.delivery {
            Delivery::Lossless => {
                let _ended = self.done.recv();
            }
            Delivery::BestEffort => {
                let left = deadline.saturating_duration_since(Instant::now());
                if self.done.recv_timeout(left) == Err(RecvTimeoutError::Timeout) {
                    self.state
                        .fail(self.name, "it did not finish in time".to_owned());
                }
            }
        }
        SinkSummary {
            name: self.name,
            taken: self.state.taken.load(Ordering::Relaxed),
            missed: self.state.missed.load(Ordering::Relaxed),
            failure: self.state.failure(),
        }
    }
}

/// Gives the sink events until the run ends, and flushes it at least every second meanwhile.
fn drain(
    sink: &mut dyn Sink,
    messages: &Receiver<Message>,
    state: &LaneState,
) -> Result<(), String> {
    let mut flushed = Instant::now();
    loop {
        match messages.recv_timeout(FLUSH_EVERY.saturating_sub(flushed.elapsed())) {
            Ok(Message::Flush(done)) => {
                sink.flush().map_err(|error| error.to_string())?;
                let _ignored = done.send(());
            }
            Ok(Message::Event(event)) => {
                if let Err(error) = sink.record(&event) {
                    state.missed.fetch_add(1, Ordering::Relaxed);
                    return Err(error.to_string());
                }
                state.taken.fetch_add(1, Ordering::Relaxed);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return sink.flush().map_err(|error| error.to_string());
            }
        }
        if flushed.elapsed() >= FLUSH_EVERY {
            sink.flush().map_err(|error| error.to_string())?;
            flushed = Instant::now();
        }
    }
}

/// Says that a sink panicked, while its thread unwinds.
struct PanicGuard<'a> {
    name: &'static str,
    state: &'a LaneState,
}

impl Drop for PanicGuard<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.state.fail(self.name, "it panicked".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::SinkError;

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
                return Err(SinkError::Terminal(io::Error::other("gone")));
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
}

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

use crate::{Delivery, Event, EventKind, Lag, NamedSink, Sink};

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
    pub fn new(mut sinks: Vec<NamedSink>) -> Self {
        let states: Vec<Arc<LaneState>> = sinks.iter().map(|_| Arc::default()).collect();
        let named = sinks.iter().map(|(name, _)| *name);
        let lag = Lag::of(named.zip(states.iter().cloned()).collect());
        for (_, sink) in &mut sinks {
            sink.watch(&lag);
        }
        let lanes = sinks.into_iter().zip(states);
        Self {
            lanes: lanes
                .map(|(sink, state)| Lane::start(sink, state))
                .collect(),
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

/// What the thread, the run and whoever watches the lag look at.
#[derive(Debug, Default)]
pub(crate) struct LaneState {
    /// Events the run had for it.
    offered: AtomicU64,
    taken: AtomicU64,
    pub(crate) missed: AtomicU64,
    /// What the sink has taken and its server has not.
    undelivered: AtomicU64,
    pub(crate) failed: AtomicBool,
    told: AtomicBool,
    failure: Mutex<Option<String>>,
}

impl LaneState {
    /// What waits, in the queue or with the sink.
    pub(crate) fn pending(&self) -> u64 {
        let [offered, taken, missed, undelivered] =
            [&self.offered, &self.taken, &self.missed, &self.undelivered]
                .map(|count| count.load(Ordering::Relaxed));
        offered.saturating_sub(taken + missed) + undelivered
    }

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
    fn start((name, mut sink): NamedSink, state: Arc<LaneState>) -> Self {
        let (queue, messages) = mpsc::sync_channel(QUEUE_EVENTS);
        let (ended, done) = mpsc::channel();
        let delivery = sink.delivery();
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
        self.state.offered.fetch_add(1, Ordering::Relaxed);
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
            let undelivered = sink.undelivered();
            state.undelivered.store(undelivered, Ordering::Relaxed);
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
mod tests;

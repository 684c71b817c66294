//! Delivers the messages of one channel on a thread of its own, and never gives up for good.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{Channel, ChannelError, ChannelName, Kind, Message, digest::digest, locale::Texts};

/// Messages on their way to the courier.
const QUEUE: usize = 256;
/// Messages that are kept while the channel does not take them; the oldest go first.
const SPOOL: usize = 100;

/// How a courier deals with a channel that fails.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Wait after the first failure; it doubles with each.
    pub first: Duration,
    /// Longest wait between two attempts.
    pub most: Duration,
    /// Failures in a row after which the channel is dead: told of once, then silence.
    pub tries: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            most: Duration::from_secs(300),
            tries: 3,
        }
    }
}

/// Delivers the messages of one channel.
#[derive(Debug)]
pub(crate) struct Courier {
    name: ChannelName,
    inbox: Option<SyncSender<Order>>,
    /// How many messages were left when the thread ended.
    ended: Receiver<u64>,
}

#[derive(Debug)]
enum Order {
    Deliver(Arc<Message>),
    /// Deliver what is left by then, and end.
    Close(Instant),
}

impl Courier {
    /// Starts the thread.
    pub(crate) fn start(
        channel: Box<dyn Channel>,
        texts: &'static Texts,
        patience: Patience,
    ) -> Self {
        let name = channel.name();
        let (inbox, orders) = mpsc::sync_channel(QUEUE);
        let (end, ended) = mpsc::channel();
        let round = Round {
            channel,
            texts,
            patience,
            spool: VecDeque::new(),
            lost: 0,
            failures: 0,
            not_before: Instant::now(),
        };
        let started = thread::Builder::new()
            .name(format!("alerts {}", name.name()))
            .spawn(move || round.work(&orders, &end));
        if let Err(error) = started {
            tracing::warn!(channel = name.name(), %error, "no thread for the channel, nothing is sent");
        }
        Self {
            name,
            inbox: Some(inbox),
            ended,
        }
    }

    /// Takes a message; never waits.
    pub(crate) fn deliver(&self, message: &Arc<Message>) {
        let order = Order::Deliver(Arc::clone(message));
        let sent = self
            .inbox
            .as_ref()
            .map(|inbox| inbox.try_send(order).is_ok());
        if sent != Some(true) {
            tracing::debug!(channel = self.name.name(), "a message found no room");
        }
    }

    /// Asks for the end; what is left by `deadline` is not delivered.
    pub(crate) fn close(&mut self, deadline: Instant) {
        if let Some(inbox) = self.inbox.take() {
            // A full inbox ends when its sender is gone.
            let _full = inbox.try_send(Order::Close(deadline));
        }
    }

    /// Waits for the end, and says if messages were left.
    pub(crate) fn join(&self, deadline: Instant) {
        let left = deadline.saturating_duration_since(Instant::now());
        // A request that is under way may outlast the deadline; the process need not wait for it.
        let undelivered = self.ended.recv_timeout(left).ok();
        if undelivered != Some(0) {
            let channel = self.name.name();
            tracing::warn!(
                channel,
                ?undelivered,
                "the channel did not take every message"
            );
        }
    }
}

/// The thread's own state.
struct Round {
    channel: Box<dyn Channel>,
    texts: &'static Texts,
    patience: Patience,
    spool: VecDeque<Arc<Message>>,
    /// Messages that the spool had no room for.
    lost: u64,
    /// Failures in a row.
    failures: u32,
    not_before: Instant,
}

impl Round {
    fn work(mut self, orders: &Receiver<Order>, ended: &Sender<u64>) {
        let mut deadline = None;
        loop {
            let wait = self.not_before.saturating_duration_since(Instant::now());
            let order = match (deadline, self.spool.is_empty()) {
                (Some(_), true) => break,
                (Some(end), false) => {
                    if self.not_before > end {
                        break;
                    }
                    thread::sleep(wait);
                    Err(RecvTimeoutError::Timeout)
                }
                (None, true) => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
                (None, false) => orders.recv_timeout(wait),
            };
            if matches!(order, Err(RecvTimeoutError::Disconnected)) {
                break;
            }
            // All that came while the channel was busy, so that nothing old is sent in place of something newer.
            for order in order.into_iter().chain(orders.try_iter()) {
                match order {
                    Order::Deliver(message) => self.keep(message),
                    Order::Close(end) => {
                        deadline = Some(end);
                        self.last_chance();
                    }
                }
            }
            if !self.spool.is_empty() && Instant::now() >= self.not_before {
                self.attempt();
            }
        }
        // Nobody may be listening any more.
        let _gone = ended.send(self.spool.len() as u64 + self.lost);
    }

    /// A report that still waits gives way to a newer one: a slow channel tells how things are, not how they were. The log
    /// is the record and keeps them all.
    fn keep(&mut self, message: Arc<Message>) {
        if message.kind == Kind::Progress && self.channel.name() != ChannelName::Log {
            self.spool.retain(|waiting| waiting.kind != Kind::Progress);
        }
        if self.spool.len() == SPOOL {
            self.spool.pop_front();
            self.lost += 1;
        }
        self.spool.push_back(message);
    }

    /// One more attempt at the end, unless it is the service that asked to wait.
    fn last_chance(&mut self) {
        if self.failures > 0 {
            self.not_before = Instant::now();
        }
    }

    fn is_dead(&self) -> bool {
        self.failures >= self.patience.tries
    }

    /// Sends the oldest message, or after a long silence all of them as one.
    fn attempt(&mut self) {
        let as_one = self.is_dead() || self.lost > 0;
        let (message, covers) = match self.spool.front() {
            Some(oldest) if !as_one => (Some(Message::clone(oldest)), 1),
            _ => {
                let all = self.spool.iter().map(|message| Message::clone(message));
                let reason = self.texts.lives_again;
                let one = digest(all.collect(), self.lost, self.texts, reason);
                (one, self.spool.len())
            }
        };
        let Some(message) = message else { return };
        match self.channel.send(&message) {
            Ok(()) => self.delivered(covers),
            Err(ChannelError::Limited { retry_after }) => {
                self.not_before = Instant::now() + retry_after;
            }
            Err(error @ ChannelError::Refused(_)) => {
                self.tell(&error, "the channel refuses a message");
                self.delivered(covers);
            }
            Err(error) => self.failed(&error),
        }
    }

    fn delivered(&mut self, covers: usize) {
        if self.is_dead() {
            tracing::info!(
                channel = self.channel.name().name(),
                "the channel lives again"
            );
        }
        self.spool.drain(..covers.min(self.spool.len()));
        (self.failures, self.lost) = (0, 0);
    }

    fn failed(&mut self, error: &ChannelError) {
        let was_dead = self.is_dead();
        self.failures = match error {
            // Trying again soon would not help: somebody has to mend the configuration.
            ChannelError::Forbidden { .. } => self.failures.max(self.patience.tries),
            _ => self.failures.saturating_add(1),
        };
        if self.is_dead() && !was_dead {
            self.tell(error, "the channel is dead, its messages are kept");
        }
        let doublings = self.failures.saturating_sub(1).min(16);
        let wait = self.patience.first.saturating_mul(1 << doublings);
        self.not_before = Instant::now() + wait.min(self.patience.most);
    }

    fn tell(&self, error: &ChannelError, what: &str) {
        let channel = self.channel.name().name();
        tracing::warn!(channel, %error, "{what}");
    }
}

#[cfg(test)]
mod tests;

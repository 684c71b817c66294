//! Which messages are told, and which are only counted or wait for the morning.

use std::collections::BTreeMap;

use crate::{Kind, Message, QuietHours, Severity, digest::digest, locale::Texts};

/// More keys than this are not remembered; the oldest go first.
const MAX_KEYS: usize = 256;
/// More messages than this do not wait for the morning; the oldest go first.
const MAX_HELD: usize = 100;

/// What is told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    /// The least a message must matter.
    pub(crate) min_severity: Severity,
    pub(crate) quiet_hours: Option<QuietHours>,
    /// Seconds in which messages of the same key are told once.
    pub(crate) window_s: f64,
}

/// Applies the policy; the time comes with the messages.
#[derive(Debug)]
pub(crate) struct Filter {
    policy: Policy,
    texts: &'static Texts,
    /// Of every key: when it was told, and how often it came since.
    told: BTreeMap<String, (f64, u64)>,
    /// What waits for the end of the quiet hours.
    held: Vec<Message>,
    /// What did not even find room to wait.
    lost: u64,
}

impl Filter {
    pub(crate) fn new(policy: Policy, texts: &'static Texts) -> Self {
        Self {
            policy,
            texts,
            told: BTreeMap::new(),
            held: Vec::new(),
            lost: 0,
        }
    }

    /// The message, if it is to be told now.
    pub(crate) fn admit(&mut self, mut message: Message) -> Option<Message> {
        if message.severity < self.policy.min_severity {
            return None;
        }
        let again = self.again(&message)?;
        if again > 0 {
            let line = (self.texts.again)(again);
            message.body = format!("{}\n{line}", message.body).trim().to_owned();
        }
        // The end of a run is the last chance to tell it.
        let waits = message.severity < Severity::Critical && message.kind != Kind::Completion;
        if waits && self.is_quiet(message.time_s) {
            if self.held.len() == MAX_HELD {
                self.held.remove(0);
                self.lost += 1;
            }
            self.held.push(message);
            return None;
        }
        Some(message)
    }

    /// What waited, once the quiet hours are over.
    pub(crate) fn due(&mut self, now_s: f64) -> Option<Message> {
        if self.held.is_empty() || self.is_quiet(now_s) {
            return None;
        }
        self.rest()
    }

    /// What still waits, whatever the hour: the run ends.
    pub(crate) fn rest(&mut self) -> Option<Message> {
        let held: Vec<Message> = self.held.drain(..).collect();
        let lost = std::mem::take(&mut self.lost);
        digest(held, lost, self.texts, self.texts.quiet_over)
    }

    fn is_quiet(&self, time_s: f64) -> bool {
        let hours = self.policy.quiet_hours;
        hours.is_some_and(|hours| hours.hold_at(time_s))
    }

    /// How often its key came since it was told last; `None` if that was just now.
    fn again(&mut self, message: &Message) -> Option<u64> {
        let Some(key) = &message.key else {
            return Some(0);
        };
        if let Some((told_s, times)) = self.told.get_mut(key)
            && message.time_s - *told_s < self.policy.window_s
        {
            *times += 1;
            return None;
        }
        let before = self.told.insert(key.clone(), (message.time_s, 0));
        if self.told.len() > MAX_KEYS {
            let oldest = self.told.iter().min_by(|a, b| a.1.0.total_cmp(&b.1.0));
            if let Some(key) = oldest.map(|(key, _)| key.clone()) {
                self.told.remove(&key);
            }
        }
        Some(before.map_or(0, |(_, times)| times))
    }
}

#[cfg(test)]
mod tests {
    use diktor_track::report::ReportLocale;

    use super::*;

    /// 2027-01-15, midnight in UTC.
    const MIDNIGHT: f64 = 1_799_971_200.0;

    fn message(time_s: f64, severity: Severity, key: Option<&str>) -> Message {
        Message {
            kind: Kind::Recommendation,
            severity,
            time_s,
            title: format!("at {time_s}"),
            body: String::new(),
            attachments: Vec::new(),
            key: key.map(str::to_owned),
        }
    }

    fn filter(min_severity: Severity, quiet: Option<&str>) -> Filter {
        let policy = Policy {
            min_severity,
            quiet_hours: quiet.map(|hours| hours.parse().unwrap()),
            window_s: 3600.0,
        };
        Filter::new(policy, Texts::of(ReportLocale::En))
    }

    #[test]
    fn the_same_message_is_told_once_per_window_and_counted() {
        let mut filter = filter(Severity::Note, None);
        let mut at = |time_s| filter.admit(message(time_s, Severity::Warning, Some("norm")));
        assert!(at(0.0).is_some());
        assert!(at(10.0).is_none() && at(3599.0).is_none());
        let next = at(3600.0).unwrap();
        assert!(next.body.contains("2"), "{next:?}");
        assert_eq!(at(8000.0).unwrap().body, "");
        let mut filter = self::filter(Severity::Note, None);
        for time_s in [0.0, 1.0] {
            assert!(
                filter
                    .admit(message(time_s, Severity::Note, None))
                    .is_some()
            );
        }
    }

    #[test]
    fn keys_without_end_take_no_memory_without_end() {
        let mut filter = filter(Severity::Note, None);
        for number in 0..10_000 {
            let key = format!("key {number}");
            filter.admit(message(f64::from(number), Severity::Note, Some(&key)));
        }
        assert_eq!(filter.told.len(), MAX_KEYS);
    }

    #[test]
    fn quiet_hours_hold_everything_but_what_is_critical() {
        let mut filter = filter(Severity::Note, Some("23:00-07:00"));
        let night = MIDNIGHT + 3600.0;
        assert!(
            filter
                .admit(message(night, Severity::Warning, None))
                .is_none()
        );
        assert!(
            filter
                .admit(message(night, Severity::Critical, None))
                .is_some()
        );
        assert!(filter.due(night + 60.0).is_none());
        assert!(
            filter
                .admit(message(night + 60.0, Severity::Note, None))
                .is_none()
        );
        let morning = filter.due(MIDNIGHT + 7.0 * 3600.0).unwrap();
        assert_eq!(morning.kind, Kind::Digest);
        assert_eq!(morning.severity, Severity::Warning);
        assert!(morning.body.contains(&format!("at {night}")), "{morning:?}");
        assert!(filter.due(MIDNIGHT + 8.0 * 3600.0).is_none());
        let day = MIDNIGHT + 12.0 * 3600.0;
        assert!(filter.admit(message(day, Severity::Note, None)).is_some());
    }

    #[test]
    fn what_matters_less_than_asked_for_is_not_told() {
        let mut filter = filter(Severity::Warning, None);
        assert!(filter.admit(message(0.0, Severity::Note, None)).is_none());
        assert!(
            filter
                .admit(message(0.0, Severity::Warning, None))
                .is_some()
        );
    }
}

//! Sends messages now and says what became of them: for a person who waits for the answer.

use std::{thread, time::Duration};

use serde::Serialize;

use crate::{Channel, ChannelError, ChannelName, Message};

/// A person does not wait longer than this for a service that asks for time.
const MOST_WAIT: Duration = Duration::from_secs(60);

/// What became of messages on one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// The channel.
    pub channel: ChannelName,
    /// Messages it took.
    pub sent: usize,
    /// Messages it was to take.
    pub of: usize,
    /// Why it took no more.
    pub error: Option<String>,
}

/// Sends every message to every channel; a channel that fails gets no more.
pub fn deliver(channels: &mut [Box<dyn Channel>], messages: &[Message]) -> Vec<Delivery> {
    channels
        .iter_mut()
        .map(|channel| {
            let mut delivery = Delivery {
                channel: channel.name(),
                sent: 0,
                of: messages.len(),
                error: None,
            };
            for message in messages {
                match patiently(channel.as_mut(), message) {
                    Ok(()) => delivery.sent += 1,
                    Err(error) => {
                        delivery.error = Some(error.to_string());
                        break;
                    }
                }
            }
            delivery
        })
        .collect()
}

/// Sends a message, and once more when the service asks to wait a little.
fn patiently(channel: &mut dyn Channel, message: &Message) -> Result<(), ChannelError> {
    match channel.send(message) {
        Err(ChannelError::Limited { retry_after }) if retry_after <= MOST_WAIT => {
            thread::sleep(retry_after);
            channel.send(message)
        }
        result => result,
    }
}

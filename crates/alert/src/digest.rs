//! Several messages as one.

use diktor_track::date;

use crate::{Kind, Message, locale::Texts};

/// Messages that a digest lists: the newest.
const MAX_LISTED: usize = 12;
/// Characters that it quotes of each, besides the title.
const MAX_BEGINNING: usize = 120;

/// One message that says what the others said: how the newest begin, and one in full with its pictures: how the run
/// ended if that is among them, else the newest of those that matter most.
///
/// `lost` counts those that are not even among `messages`, `reason` is the title. None for no message; a single one
/// speaks for itself.
pub(crate) fn digest(
    mut messages: Vec<Message>,
    lost: u64,
    texts: &Texts,
    reason: &str,
) -> Option<Message> {
    let total = messages.len() as u64 + lost;
    let severity = messages.iter().map(|message| message.severity).max()?;
    let main = messages
        .iter()
        .rposition(|message| message.severity == severity)?;
    let main = messages.remove(main);
    if total == 1 {
        return Some(main);
    }
    let listed = &messages[messages.len().saturating_sub(MAX_LISTED)..];
    let mut body = (texts.missed)(total);
    for message in listed {
        let begins = message.body.lines().next().unwrap_or_default();
        let begins: String = begins.chars().take(MAX_BEGINNING).collect();
        let (time, title) = (date(message.time_s), &message.title);
        body.push_str(&format!("\n• {time} {title} — {begins}"));
    }
    body.push_str(&format!("\n\n{}", main.text()));
    Some(Message {
        kind: Kind::Digest,
        severity,
        time_s: main.time_s,
        title: reason.to_owned(),
        body,
        attachments: main.attachments,
        key: None,
    })
}

//! Telegram by the Bot API: text, pictures as photos, sounds as documents.

mod api;

use std::sync::Arc;

use serde_json::{Value, json};

pub use self::api::TelegramApi;
use super::{
    Channel, ChannelName,
    multipart::Form,
    text::{Count, escaped},
};
use crate::{Attachment, ChannelError, Media, Message};

/// Telegram's limit for a text, in units of UTF-16.
const MAX_TEXT: usize = 4096;
/// Telegram's limit for the text under a picture.
const MAX_CAPTION: usize = 1024;
/// Longer titles are cut.
const MAX_TITLE: usize = 256;
/// Pictures in one message.
const MAX_PICTURES: usize = 10;
/// What the tags of the title and the line break take.
const TITLE_MARKUP: usize = "<b></b>\n".len();

/// Messages to one chat.
#[derive(Debug)]
pub struct Telegram {
    api: Arc<TelegramApi>,
    /// Number or public name.
    chat: String,
}

impl Telegram {
    /// Writes to the chat.
    pub fn new(api: Arc<TelegramApi>, chat: String) -> Self {
        Self { api, chat }
    }

    fn text(&self, message: &Message) -> Result<(), ChannelError> {
        let body = json!({
            "chat_id": self.chat,
            "text": html(message, MAX_TEXT),
            "parse_mode": "HTML",
            "disable_web_page_preview": true,
        });
        self.api.call("sendMessage", &body).map(drop)
    }

    /// Sends pictures with `caption` under the first.
    fn pictures(&self, pictures: &[&Attachment], caption: &str) -> Result<(), ChannelError> {
        let form = Form::default().field("chat_id", &self.chat);
        if let [picture] = pictures {
            let form = form
                .field("caption", caption)
                .field("parse_mode", "HTML")
                .file("photo", &picture.name, picture.media.mime(), &picture.bytes);
            return self.api.upload("sendPhoto", form).map(drop);
        }
        let mut media = Vec::new();
        for index in 0..pictures.len() {
            let mut one = json!({ "type": "photo", "media": format!("attach://picture{index}") });
            if index == 0 {
                one["caption"] = caption.into();
                one["parse_mode"] = "HTML".into();
            }
            media.push(one);
        }
        let mut form = form.field("media", &Value::Array(media).to_string());
        for (index, picture) in pictures.iter().enumerate() {
            let name = format!("picture{index}");
            form = form.file(&name, &picture.name, picture.media.mime(), &picture.bytes);
        }
        self.api.upload("sendMediaGroup", form).map(drop)
    }

    /// Sends sounds. As documents, because Telegram's player takes MP3 and M4A only.
    fn sounds(&self, message: &Message) -> Result<(), ChannelError> {
        for sound in message.of(Media::Wav) {
            let form = Form::default().field("chat_id", &self.chat).file(
                "document",
                &sound.name,
                sound.media.mime(),
                &sound.bytes,
            );
            self.api.upload("sendDocument", form)?;
        }
        Ok(())
    }

    /// Text and pictures in one message if the text fits under a picture, else one after the other.
    fn text_and_pictures(&self, message: &Message) -> Result<(), ChannelError> {
        let pictures: Vec<&Attachment> = message.of(Media::Png).take(MAX_PICTURES).collect();
        if pictures.is_empty() {
            return self.text(message);
        }
        let caption = html(message, MAX_TEXT);
        if Count::Utf16.length(&caption) <= MAX_CAPTION {
            return match self.pictures(&pictures, &caption) {
                // The picture is to blame, not the text.
                Err(ChannelError::Refused(_)) => self.text(message),
                result => result,
            };
        }
        self.text(message)?;
        told(self.pictures(&pictures, &title(message)));
        Ok(())
    }
}

impl Channel for Telegram {
    fn name(&self) -> ChannelName {
        ChannelName::Telegram
    }

    fn send(&mut self, message: &Message) -> Result<(), ChannelError> {
        self.text_and_pictures(message)?;
        told(self.sounds(message));
        Ok(())
    }
}

/// The words have arrived; sending them again for the sake of a file would only repeat them.
fn told(result: Result<(), ChannelError>) {
    if let Err(error) = result {
        tracing::debug!(%error, "telegram has the words of a message and not its files");
    }
}

fn title(message: &Message) -> String {
    let title = escaped(&message.title, MAX_TITLE, Count::Utf16);
    format!("<b>{title}</b>")
}

/// The message in Telegram's HTML, no longer than `limit` with its markup, which Telegram would not even count.
fn html(message: &Message, limit: usize) -> String {
    let room = limit - MAX_TITLE - TITLE_MARKUP;
    match &*message.body {
        "" => title(message),
        body => format!("{}\n{}", title(message), escaped(body, room, Count::Utf16)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Kind, Severity};

    proptest! {
        #[test]
        fn any_message_fits_and_has_only_our_tags(
            title in "(?s).{0,400}",
            body in "(?s).{0,3000}",
            times in 1_usize..4,
        ) {
            let message = Message {
                kind: Kind::Progress,
                severity: Severity::Note,
                time_s: 0.0,
                title,
                body: body.repeat(times),
                attachments: Vec::new(),
                key: None,
            };
            let text = html(&message, MAX_TEXT);
            prop_assert!(Count::Utf16.length(&text) <= MAX_TEXT);
            prop_assert_eq!(text.matches('<').count(), 2);
            prop_assert!(text.starts_with("<b>") && text.contains("</b>"));
        }
    }
}

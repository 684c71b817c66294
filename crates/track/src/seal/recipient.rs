//! For whom artifacts are sealed.

use std::fmt;

use age::x25519;

use super::{MOST_RECIPIENTS, SealError};

/// The public keys of those who may open what is sealed.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Recipients(Vec<x25519::Recipient>);

impl Recipients {
    /// Reads public keys, `age1...`; none of them twice. Each text may hold several, separated by
    /// commas or white space.
    ///
    /// # Errors
    /// A text that is no X25519 recipient. The newer types of recipients are refused: the `age` of
    /// stable distributions does not open what is sealed for them.
    pub fn parse<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Result<Self, SealError> {
        let mut recipients = Vec::new();
        for text in texts {
            let separators = |letter: char| letter == ',' || letter.is_whitespace();
            for key in text
                .as_ref()
                .split(separators)
                .filter(|key| !key.is_empty())
            {
                let recipient = recipient(key)?;
                if !recipients.contains(&recipient) {
                    recipients.push(recipient);
                }
            }
        }
        match recipients.len() {
            ..=MOST_RECIPIENTS => Ok(Self(recipients)),
            _ => Err(SealError::TooMany),
        }
    }

    /// Whether there are none: then nothing is sealed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The public keys as texts.
    pub fn ids(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &dyn age::Recipient> {
        self.0.iter().map(|key| key as &dyn age::Recipient)
    }
}

fn recipient(text: &str) -> Result<x25519::Recipient, SealError> {
    // A private key in this place must not get into an error text.
    if text.to_ascii_uppercase().contains("AGE-SECRET-KEY") {
        return Err(SealError::PrivateRecipient);
    }
    text.parse().map_err(|_| SealError::Recipient {
        text: text.to_owned(),
    })
}

impl fmt::Debug for Recipients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Recipients").field(&self.ids()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::KeyPair, *};

    #[test]
    fn recipients_are_read_once_each_from_any_list() {
        let (a, b) = (KeyPair::generate().recipient, KeyPair::generate().recipient);
        let read = Recipients::parse([format!("{a},{b}"), a.clone()]).unwrap();
        assert_eq!(read.ids(), [a.clone(), b.clone()]);
        assert_eq!(Recipients::parse([format!(" {a}\n{b} ")]).unwrap(), read);
        assert!(Recipients::parse([""]).unwrap().is_empty());
    }

    #[test]
    fn what_is_no_recipient_is_named_and_a_private_key_is_not() {
        let error = Recipients::parse(["age1nonsense"]).unwrap_err().to_string();
        assert!(error.contains("`age1nonsense`") && error.contains("hint:"));
        let private = KeyPair::generate();
        let text = private.identity.expose().to_lowercase();
        let error = Recipients::parse([&text]).unwrap_err().to_string();
        assert!(
            error.contains("private") && !error.contains(&text),
            "{error}"
        );
    }
}

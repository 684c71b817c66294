//! Finding secrets in a text, however it spells them.
//!
//! A library that quotes an address quotes it percent-encoded; a log that quotes a header shows
//! base64; a debug form escapes with backslashes. All of these are looked for.

use base64::{Engine as _, engine::general_purpose};

use super::{HIDDEN, SecretName};

/// Parts shorter than this are too common in texts to be looked for: only whole secrets are.
const SHORTEST_PART: usize = 4;
/// Base64 shorter than this says next to nothing about what it came from.
const SHORTEST_CORE: usize = 6;

/// Everything that gives the secret away by itself: the whole, and the parts that are keys.
pub(super) fn keys(name: SecretName, secret: &str) -> Vec<String> {
    let parts = match name {
        SecretName::TelegramBotToken => secret.split(':').skip(1).map(str::to_owned).collect(),
        SecretName::SlackWebhookUrl => after_host(secret),
        SecretName::SmtpUrl => password(secret),
        SecretName::AgeIdentity => secret.lines().map(|line| line.trim().to_owned()).collect(),
        SecretName::MlflowTrackingUsername
        | SecretName::MlflowTrackingPassword
        | SecretName::MlflowTrackingToken => Vec::new(),
    };
    let parts = parts.into_iter().filter(|part| part.len() >= SHORTEST_PART);
    std::iter::once(secret.to_owned()).chain(parts).collect()
}

/// The path of an address, and its last part.
fn after_host(url: &str) -> Vec<String> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let Some((_, path)) = rest.split_once('/') else {
        return Vec::new();
    };
    let last = path.rsplit('/').next().unwrap_or(path);
    vec![path.to_owned(), last.to_owned()]
}

/// The password of an address, as it is and as it is meant.
fn password(url: &str) -> Vec<String> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let userinfo = rest.rsplit_once('@').map_or("", |(userinfo, _)| userinfo);
    let Some((_, password)) = userinfo.split_once(':') else {
        return Vec::new();
    };
    vec![password.to_owned(), percent_decoded(password)]
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let (byte, tail) = match escaped(rest) {
            Some(byte) => (byte, &rest[3..]),
            None => (first, tail),
        };
        bytes.push(byte);
        rest = tail;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The byte that `%XX` at the beginning of `text` means.
fn escaped(text: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = text else {
        return None;
    };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// `text` with every spelling of `key` replaced.
pub(super) fn without(text: &str, key: &str) -> String {
    let plain = replaced(text, |rest| spelled(rest, key.as_bytes()));
    cores(key).iter().fold(plain, |text, core| {
        replaced(&text, |rest| {
            rest.starts_with(core.as_bytes()).then_some(core.len())
        })
    })
}

/// Replaces what `length_of` finds at a place by [`HIDDEN`].
fn replaced(text: &str, length_of: impl Fn(&[u8]) -> Option<usize>) -> String {
    let mut result = String::with_capacity(text.len());
    let (mut kept, mut at) = (0, 0);
    while at < text.len() {
        let found = length_of(&text.as_bytes()[at..]).filter(|length| *length > 0);
        // A key may begin or end inside a character only where the text is no longer the key's.
        match found.filter(|length| text.is_char_boundary(at) && text.is_char_boundary(at + length))
        {
            Some(length) => {
                result.push_str(&text[kept..at]);
                result.push_str(HIDDEN);
                at += length;
                kept = at;
            }
            None => at += 1,
        }
    }
    result.push_str(&text[kept..]);
    result
}

/// How many bytes of `text` spell `key`, as it is or with escapes.
fn spelled(text: &[u8], key: &[u8]) -> Option<usize> {
    // A key that has `%` or a backslash itself can be read both ways.
    let plain = text.starts_with(key).then_some(key.len());
    plain.or_else(|| spelled_with_escapes(text, key))
}

/// How many bytes of `text` spell `key`, each of its bytes as `%XX`, behind a backslash or as it is.
fn spelled_with_escapes(text: &[u8], key: &[u8]) -> Option<usize> {
    let mut at = 0;
    for byte in key {
        let rest = text.get(at..)?;
        at += match rest {
            [b'%', ..] if escaped(rest) == Some(*byte) => 3,
            [b'\\', second, ..] if second == byte => 2,
            [first, ..] if first == byte => 1,
            [b'+', ..] if *byte == b' ' => 1,
            _ => return None,
        };
    }
    Some(at)
}

/// What the base64 of any text that holds `key` holds, for each of the three places `key` can have
/// in a group of three bytes, in both alphabets.
fn cores(key: &str) -> Vec<String> {
    let mut cores = Vec::new();
    for before in 0..3 {
        let padded = [&[0; 2][..before], key.as_bytes()].concat();
        for alphabet in [
            general_purpose::STANDARD_NO_PAD,
            general_purpose::URL_SAFE_NO_PAD,
        ] {
            let encoded = alphabet.encode(&padded);
            // Border characters also depend on the neighbours.
            let (from, to) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
            let core = encoded.get(from..to).unwrap_or_default();
            if core.len() >= SHORTEST_CORE && !cores.iter().any(|known| known == core) {
                cores.push(core.to_owned());
            }
        }
    }
    cores
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_that_are_keys_are_known() {
        let smtp = keys(
            SecretName::SmtpUrl,
            "smtps://me%40x:p%3Ass%2Fword@mail.x:465",
        );
        assert!(smtp.contains(&"p:ss/word".to_owned()), "{smtp:?}");
        let slack = keys(
            SecretName::SlackWebhookUrl,
            "https://hooks.slack.com/services/T0/B0/KEYKEY",
        );
        assert_eq!(slack[1..], ["services/T0/B0/KEYKEY", "KEYKEY"]);
        let telegram = keys(SecretName::TelegramBotToken, "123:AAcanary");
        assert_eq!(telegram[1..], ["AAcanary"]);
    }

    fn percent(text: &str, upper: bool) -> String {
        let byte = |byte: u8| {
            if upper {
                format!("%{byte:02X}")
            } else {
                format!("%{byte:02x}")
            }
        };
        text.bytes().map(byte).collect()
    }

    proptest! {
        #[test]
        fn no_spelling_of_a_key_stays(
            key in "[a-zA-Z0-9:/@ \"\\\\+%.-]{8,40}", before in "[ -~]{0,20}", after in "[ -~]{0,20}",
        ) {
            let quoted = format!("{key:?}");
            let spellings = [
                key.clone(), percent(&key, true), percent(&key, false), percent(&key, true).replace("%20", "+"),
                quoted[1..quoted.len() - 1].to_owned(),
            ];
            for spelling in spellings {
                let cleaned = without(&format!("{before}{spelling}{after}"), &key);
                prop_assert!(cleaned.contains(HIDDEN), "{cleaned}");
                prop_assert!(!cleaned.contains(&spelling) || spelling.len() < 3, "{cleaned}");
            }
            let wrapped = format!("{before}{key}{after}");
            let header = general_purpose::STANDARD.encode(&wrapped);
            let cleaned = without(&header, &key);
            prop_assert!(cleaned.contains(HIDDEN), "{cleaned}");
            // At most a character or two at each border is left of what the key became.
            let middle = &general_purpose::STANDARD.encode(&key)[2..8];
            prop_assert!(before.len() % 3 != 0 || !cleaned.contains(middle), "{cleaned}");
        }

        #[test]
        fn a_text_without_the_key_stays_as_it_is(text in "\\PC{0,60}") {
            prop_assert_eq!(without(&text, "\u{1}never\u{1}here"), text);
        }
    }
}

//! Mail over SMTP, with pictures and sounds attached.

use std::{fs, path::Path, time::Duration};

use diktor_track::{Secret, Secrets};
use lettre::{
    Message as Letter, SmtpTransport, Transport as _,
    message::{Attachment as Part, MultiPart, SinglePart, header::ContentType},
    transport::smtp::client::{Certificate, Tls, TlsParameters},
};

use super::{
    Channel, ChannelName,
    text::{Count, cut},
};
use crate::{ChannelError, ConfigError, Message};

pub use lettre::message::Mailbox;

/// A subject longer than this is not shown whole anywhere.
const MAX_SUBJECT: usize = 200;
/// What servers commonly take, before the encoding that makes a third more of it.
const MAX_ATTACHED_BYTES: usize = 7 << 20;

/// Messages to addresses of mail.
pub struct Email {
    transport: SmtpTransport,
    from: Mailbox,
    to: Vec<Mailbox>,
    secrets: Secrets,
}

impl Email {
    /// Mail handed in at `url`, which may hold user and password; `ca_file` names the authority of a server whose
    /// certificate no public authority has signed.
    ///
    /// # Errors
    /// An address that is not understood, a file that holds no certificate.
    pub fn new(
        url: &Secret,
        [from, to]: [Vec<Mailbox>; 2],
        ca_file: Option<&Path>,
        secrets: Secrets,
        timeout: Duration,
    ) -> Result<Self, ConfigError> {
        let wrong = |error: lettre::transport::smtp::Error| {
            ConfigError::SmtpUrl(secrets.redact(&error.to_string()))
        };
        let mut builder = SmtpTransport::from_url(url.expose()).map_err(wrong)?;
        if let Some(path) = ca_file {
            let (scheme, rest) = url.expose().split_once("://").unwrap_or_default();
            let tls = trusting(path, host(rest)).map_err(|reason| ConfigError::Authority {
                path: path.to_owned(),
                reason,
            })?;
            builder = builder.tls(match scheme {
                "smtps" => Tls::Wrapper(tls),
                // Whoever names an authority wants the connection to be private.
                _ => Tls::Required(tls),
            });
        }
        let from = from.into_iter().next().or_else(|| to.first().cloned());
        Ok(Self {
            transport: builder.timeout(Some(timeout)).build(),
            from: from.ok_or_else(|| ConfigError::Address {
                field: "to",
                value: String::new(),
                reason: "nobody to write to".to_owned(),
            })?,
            to,
            secrets,
        })
    }

    fn letter(&self, message: &Message) -> Result<Letter, lettre::error::Error> {
        let subject = cut(&message.title, MAX_SUBJECT, Count::Characters);
        let mut letter = Letter::builder().from(self.from.clone()).subject(subject);
        for to in &self.to {
            letter = letter.to(to.clone());
        }
        let mut parts = MultiPart::mixed().singlepart(SinglePart::plain(message.body.clone()));
        let mut left = MAX_ATTACHED_BYTES;
        for attachment in &message.attachments {
            if attachment.bytes.len() > left {
                continue;
            }
            left -= attachment.bytes.len();
            // Both types are written in this program, so they are types.
            if let Ok(kind) = ContentType::parse(attachment.media.mime()) {
                let part = Part::new(attachment.name.clone());
                parts = parts.singlepart(part.body(attachment.bytes.clone(), kind));
            }
        }
        letter.multipart(parts)
    }
}

impl Channel for Email {
    fn name(&self) -> ChannelName {
        ChannelName::Email
    }

    fn send(&mut self, message: &Message) -> Result<(), ChannelError> {
        let letter = self
            .letter(message)
            .map_err(|error| ChannelError::Refused(error.to_string()))?;
        let Err(error) = self.transport.send(&letter) else {
            return Ok(());
        };
        let said = self.secrets.redact(&chain(&error));
        let code = error.status().map(u16::from);
        Err(match code {
            // Authentication is required or failed; the sender or the recipient is not wanted here.
            Some(530..=538 | 550 | 553) => ChannelError::Forbidden {
                what: said,
                hint: "are user and password in `SMTP_URL` right, and the addresses of `email`?",
            },
            _ if error.is_permanent() => ChannelError::Refused(said),
            _ => ChannelError::Unreachable(said),
        })
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |mut text, cause| {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text.push_str(&format!(": {cause}"));
        }
        text
    })
}

fn trusting(path: &Path, host: &str) -> Result<TlsParameters, String> {
    let pem = fs::read(path).map_err(|error| error.to_string())?;
    let authority = Certificate::from_pem(&pem).map_err(|error| error.to_string())?;
    TlsParameters::builder(host.to_owned())
        .add_root_certificate(authority)
        .build()
        .map_err(|error| error.to_string())
}

/// The host of what follows the scheme of an address.
fn host(rest: &str) -> &str {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let place = authority
        .rsplit_once('@')
        .map_or(authority, |(_, place)| place);
    match place.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => place.split(':').next().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_an_address_is_found() {
        let check = |rest, expected| assert_eq!(host(rest), expected);
        check(
            "user:p%40ss@mail.example.org:587?tls=required",
            "mail.example.org",
        );
        check("localhost", "localhost");
        check("[::1]:25/x", "::1");
    }
}

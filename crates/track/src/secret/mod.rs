//! Secrets: where they come from, and the promise that nothing shows them.
//!
//! A secret is looked for in the environment variable of its name, then in the file that
//! `<NAME>_FILE` names, then in the file of that name in systemd's `$CREDENTIALS_DIRECTORY`. It never
//! comes from the command line, which every user of a machine can read.

mod redact;

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret as _, SecretString};

/// What replaces a secret in a text for people.
pub const HIDDEN: &str = "(hidden)";

/// The secrets that the program knows, closed: [`Secrets::redact`] looks for every one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretName {
    /// The token of the Telegram bot.
    TelegramBotToken,
    /// The address of Slack's incoming webhook, which is a key by itself.
    SlackWebhookUrl,
    /// Where mail is handed in, with user and password: `smtps://user:password@host:465`.
    SmtpUrl,
    /// The name of the user of an MLflow server with basic authentication.
    MlflowTrackingUsername,
    /// That user's password.
    MlflowTrackingPassword,
    /// The bearer token of an MLflow server.
    MlflowTrackingToken,
    /// The age identity that opens sealed artifacts.
    AgeIdentity,
}

impl SecretName {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::TelegramBotToken,
        Self::SlackWebhookUrl,
        Self::SmtpUrl,
        Self::MlflowTrackingUsername,
        Self::MlflowTrackingPassword,
        Self::MlflowTrackingToken,
        Self::AgeIdentity,
    ];

    /// The environment variable it is looked for in.
    pub fn variable(self) -> &'static str {
        match self {
            Self::TelegramBotToken => "TELEGRAM_BOT_TOKEN",
            Self::SlackWebhookUrl => "SLACK_WEBHOOK_URL",
            Self::SmtpUrl => "SMTP_URL",
            Self::MlflowTrackingUsername => "MLFLOW_TRACKING_USERNAME",
            Self::MlflowTrackingPassword => "MLFLOW_TRACKING_PASSWORD",
            Self::MlflowTrackingToken => "MLFLOW_TRACKING_TOKEN",
            Self::AgeIdentity => "AGE_IDENTITY",
        }
    }
}

/// One secret. Its `Debug` form says `[REDACTED]`, and its memory is wiped when it is dropped.
#[derive(Debug, Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Keeps `text` as a secret.
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// The secret itself, for the one request that needs it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// Why a secret could not be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file that should hold it cannot be read.
    #[error("`{path}`: cannot be read, and `{variable}` should be in it: {source}")]
    File {
        /// The environment variable of the secret.
        variable: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others than the owner may read the file.
    #[error(
        "`{path}` holds `{variable}` and others may read it (mode {mode:o})\nhint: chmod 600 {path}"
    )]
    Readable {
        /// The environment variable of the secret.
        variable: &'static str,
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// There is nothing in it.
    #[error("`{place}`: is empty\nhint: unset it, or put the secret there")]
    Empty {
        /// The variable or file.
        place: String,
    },
}

/// The secrets that were found.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    found: Vec<(SecretName, Secret)>,
    /// What is hidden besides.
    others: Vec<Secret>,
}

impl Secrets {
    /// Looks for every secret.
    ///
    /// # Errors
    /// A file that cannot be read or that others may read, an empty secret.
    pub fn from_environment() -> Result<Self, SecretError> {
        Self::from_lookup(|variable| env::var(variable).ok())
    }

    /// As [`Secrets::from_environment`], with `lookup` in place of the environment.
    ///
    /// # Errors
    /// As [`Secrets::from_environment`].
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SecretError> {
        let mut found = Self::default();
        for name in SecretName::ALL {
            if let Some(secret) = find(name.variable(), &lookup)? {
                found.set(name, secret);
            }
        }
        Ok(found)
    }

    /// As [`Secrets::from_environment`], without those that cannot be had: enough to hide them.
    pub fn known() -> Self {
        let lookup = |variable: &str| env::var(variable).ok();
        let known = |name: SecretName| Some((name, find(name.variable(), &lookup).ok()??));
        Self {
            found: SecretName::ALL.into_iter().filter_map(known).collect(),
            others: Vec::new(),
        }
    }

    /// Adds one from elsewhere (a configuration file), in place of what was there.
    pub fn set(&mut self, name: SecretName, secret: Secret) {
        self.found.retain(|(known, _)| *known != name);
        self.found.push((name, secret));
    }

    /// Hides one that has no name here: a password on its way to a server.
    pub fn hide(&mut self, secret: Secret) {
        self.others.push(secret);
    }

    /// The secret of that name.
    pub fn get(&self, name: SecretName) -> Option<&Secret> {
        self.found
            .iter()
            .find_map(|(known, secret)| (*known == name).then_some(secret))
    }

    /// `text` without any of them: error texts of other libraries may quote an address that holds
    /// one. Parts that are keys by themselves (the password in an address) and other spellings
    /// (percent-encoded, base64) are hidden as well.
    pub fn redact(&self, text: &str) -> String {
        let named = self.found.iter();
        let named = named.flat_map(|(name, secret)| redact::keys(*name, secret.expose()));
        let others = self.others.iter().map(|secret| secret.expose().to_owned());
        let mut keys: Vec<String> = named.chain(others).collect();
        // The whole goes before its parts, so that it is hidden as one.
        keys.sort_by_key(|key| std::cmp::Reverse(key.len()));
        keys.iter()
            .fold(text.to_owned(), |text, key| redact::without(&text, key))
    }
}

/// Keeps the secret that stands in the variable or file that a person named for it, by the rules of
/// all secrets: nothing empty, no file that others may read.
///
/// # Errors
/// As [`Secrets::from_environment`].
pub fn secret_of_file(path: &Path) -> Result<Secret, SecretError> {
    read("the secret", path)
}

fn find(
    variable: &'static str,
    lookup: &impl Fn(&str) -> Option<String>,
) -> Result<Option<Secret>, SecretError> {
    if let Some(text) = lookup(variable) {
        return nonempty(&text, variable).map(Some);
    }
    if let Some(path) = lookup(&format!("{variable}_FILE")) {
        return read(variable, Path::new(&path)).map(Some);
    }
    let credential =
        lookup("CREDENTIALS_DIRECTORY").map(|folder| Path::new(&folder).join(variable));
    match credential.filter(|path| path.exists()) {
        Some(path) => read(variable, &path).map(Some),
        None => Ok(None),
    }
}

fn read(variable: &'static str, path: &Path) -> Result<Secret, SecretError> {
    let failed = |source| SecretError::File {
        variable,
        path: path.to_path_buf(),
        source,
    };
    let mode = mode(path).map_err(failed)?;
    if mode & 0o077 != 0 {
        return Err(SecretError::Readable {
            variable,
            path: path.to_path_buf(),
            mode,
        });
    }
    let text = fs::read_to_string(path).map_err(failed)?;
    nonempty(&text, &path.display().to_string())
}

fn nonempty(text: &str, place: &str) -> Result<Secret, SecretError> {
    match text.trim() {
        "" => Err(SecretError::Empty {
            place: place.to_owned(),
        }),
        text => Ok(Secret::new(text.to_owned())),
    }
}

#[cfg(unix)]
fn mode(path: &Path) -> io::Result<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::metadata(path)?.permissions().mode() & 0o777)
}

/// Elsewhere permissions are no bits, and whoever may read the file is not told from them.
#[cfg(not(unix))]
fn mode(path: &Path) -> io::Result<u32> {
    fs::metadata(path).map(|_| 0o600)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn secrets(environment: &[(&str, &str)]) -> Result<Secrets, SecretError> {
        let environment: BTreeMap<_, _> = environment.iter().copied().collect();
        Secrets::from_lookup(|name| environment.get(name).map(|text| (*text).to_owned()))
    }

    fn file(folder: &Path, name: &str, mode: u32) -> String {
        use std::os::unix::fs::PermissionsExt as _;
        let path = folder.join(name);
        fs::write(&path, "123:canary\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path.display().to_string()
    }

    #[test]
    fn variable_file_and_credential_are_asked_in_this_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path(), "TELEGRAM_BOT_TOKEN", 0o600);
        let credentials = folder.path().display().to_string();
        let token = |environment: &[(&str, &str)]| {
            let secrets = secrets(environment).unwrap();
            secrets
                .get(SecretName::TelegramBotToken)
                .map(|secret| secret.expose().to_owned())
        };
        assert_eq!(token(&[]), None);
        assert_eq!(
            token(&[("CREDENTIALS_DIRECTORY", &credentials)]).unwrap(),
            "123:canary"
        );
        assert_eq!(
            token(&[("TELEGRAM_BOT_TOKEN_FILE", &path)]).unwrap(),
            "123:canary"
        );
        let both = [
            ("TELEGRAM_BOT_TOKEN", "9:direct"),
            ("TELEGRAM_BOT_TOKEN_FILE", &path[..]),
        ];
        assert_eq!(token(&both).unwrap(), "9:direct");
    }

    #[test]
    fn a_file_that_others_may_read_is_refused_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path(), "token", 0o644);
        let error = secrets(&[("SLACK_WEBHOOK_URL_FILE", &path)])
            .unwrap_err()
            .to_string();
        assert!(error.contains(&path) && error.contains("644") && error.contains("chmod 600"));
        assert!(!error.contains("canary"));
    }

    #[test]
    fn a_missing_file_and_an_empty_secret_are_errors() {
        assert!(matches!(
            secrets(&[("SMTP_URL_FILE", "/no/such/file")]),
            Err(SecretError::File { .. })
        ));
        assert!(matches!(
            secrets(&[("SMTP_URL", " ")]),
            Err(SecretError::Empty { .. })
        ));
    }

    #[test]
    fn nothing_shows_a_secret() {
        let secrets = secrets(&[("TELEGRAM_BOT_TOKEN", "123:canary")]).unwrap();
        assert!(!format!("{secrets:?}").contains("canary"));
        let quoted = "https://api.telegram.org/bot123:canary/sendMessage: timed out";
        assert_eq!(
            secrets.redact(quoted),
            "https://api.telegram.org/bot(hidden)/sendMessage: timed out"
        );
    }
    #[test]
    fn parts_and_other_spellings_are_hidden_too() {
        let secrets = secrets(&[
            ("SMTP_URL", "smtps://me:pass%2Fword@mail.example:465"),
            ("MLFLOW_TRACKING_USERNAME", "trainer"),
            ("MLFLOW_TRACKING_PASSWORD", "a long secret"),
        ])
        .unwrap();
        let check = |text: &str, hidden: &str| assert_eq!(secrets.redact(text), hidden, "{text}");
        check("535: `pass/word` refused", "535: `(hidden)` refused");
        check(
            "to smtps://me:pass%2fword@mail.example:465",
            "to smtps://me:(hidden)@mail.example:465",
        );
        check("password=a%20long%20secret", "password=(hidden)");
        // "trainer:a long secret" as a header of basic authentication.
        let header = secrets.redact("Basic dHJhaW5lcjphIGxvbmcgc2VjcmV0");
        assert!(
            !header.contains("dHJhaW5l") && !header.contains("bG9uZyBz"),
            "{header}"
        );
    }
}

//! Who can open what is sealed.

use std::{
    fmt,
    fs::OpenOptions,
    io::{self, Write as _},
    path::Path,
};

use age::x25519;
use secrecy::ExposeSecret as _;

use super::SealError;
use crate::Secret;

/// The private keys at hand.
#[derive(Clone)]
pub struct Identities(Vec<x25519::Identity>);

impl Identities {
    /// Reads a secret in the form of an identity file: one key per line, comments behind `#`.
    ///
    /// # Errors
    /// A line that is no X25519 identity, which is named by its number only; no key at all.
    pub fn parse(secret: &Secret) -> Result<Self, SealError> {
        let lines = (1..).zip(secret.expose().lines().map(str::trim));
        let keys = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let read =
            |(line, text): (usize, &str)| text.parse().map_err(|_| SealError::Identity { line });
        let identities = keys.map(read).collect::<Result<Vec<_>, _>>()?;
        if identities.is_empty() {
            return Err(SealError::NoIdentity);
        }
        Ok(Self(identities))
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &dyn age::Identity> {
        self.0.iter().map(|key| key as &dyn age::Identity)
    }
}

/// Without the keys.
impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identities({} hidden)", self.0.len())
    }
}

/// A private key and its public one.
#[derive(Debug)]
pub struct KeyPair {
    /// The private key, `AGE-SECRET-KEY-1...`.
    pub identity: Secret,
    /// The public key, `age1...`.
    pub recipient: String,
}

impl KeyPair {
    /// Makes a pair from the system's randomness.
    pub fn generate() -> Self {
        let identity = x25519::Identity::generate();
        Self {
            recipient: identity.to_public().to_string(),
            identity: Secret::new(identity.to_string().expose_secret().to_owned()),
        }
    }

    /// Writes a new identity file that only its owner may read.
    ///
    /// # Errors
    /// If there is a file already: a key is not replaced; if it cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        writeln!(file, "# public key: {}", self.recipient)?;
        writeln!(file, "{}", self.identity.expose())?;
        file.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_file_is_read_with_its_comments() {
        let pair = KeyPair::generate();
        let file = format!(
            "# public key: {}\r\n\n{}\n",
            pair.recipient,
            pair.identity.expose()
        );
        let identities = Identities::parse(&Secret::new(file)).unwrap();
        assert_eq!(identities.0.len(), 1);
        assert_eq!(format!("{identities:?}"), "Identities(1 hidden)");
    }

    #[test]
    fn a_key_is_written_for_its_owner_and_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("voice.key");
        KeyPair::generate().write(&path).unwrap();
        let written = crate::secret_of_file(&path).unwrap();
        assert_eq!(Identities::parse(&written).unwrap().0.len(), 1);
        assert!(KeyPair::generate().write(&path).is_err());
        assert_eq!(
            crate::secret_of_file(&path).unwrap().expose(),
            written.expose()
        );
    }

    #[test]
    fn a_line_that_is_no_key_is_named_by_its_number() {
        let check = |text: &str, expected: &str| {
            let error = Identities::parse(&Secret::new(text.to_owned())).unwrap_err();
            let error = error.to_string();
            assert!(
                error.contains(expected) && !error.contains("CANARY"),
                "{error}"
            );
        };
        check("# a comment\nCANARY", "line `2`");
        check("# a comment", "holds no key");
    }
}

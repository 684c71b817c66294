//! Sealing and opening one file, in pieces: a checkpoint may be larger than the memory.

use std::{
    fs::File,
    io::{self, BufRead, BufWriter, Read, Seek as _, Write},
    path::Path,
};

use age::{DecryptError, Decryptor, EncryptError, Encryptor};
use sha2::{Digest as _, Sha256};

use super::{Identities, Recipients, SealError};
use crate::store::hex;

const PIECE_BYTES: usize = 1 << 16;

/// What a file holds, in two numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// SHA-256 of the bytes, in hexadecimal.
    pub sha256: String,
    /// How many bytes.
    pub bytes: u64,
}

/// A sealed copy of a file. It has no name, so that nothing of it stays behind, whatever happens.
#[derive(Debug)]
pub struct SealedFile {
    /// The copy, at its beginning.
    pub file: File,
    /// How much of it there is.
    pub bytes: u64,
    /// Of the file that was sealed.
    pub plaintext: Digest,
}

/// Seals a copy of what is left of `plain` for `recipients`; the copy lies in `folder`.
///
/// # Errors
/// No recipients; a file that cannot be read or written.
pub fn seal(plain: &File, recipients: &Recipients, folder: &Path) -> Result<SealedFile, SealError> {
    let unwritable = |source| SealError::Write {
        path: folder.to_owned(),
        source,
    };
    let mut file = tempfile::tempfile_in(folder).map_err(unwritable)?;
    let encryptor = Encryptor::with_recipients(recipients.keys()).map_err(|error| match error {
        EncryptError::MissingRecipients => SealError::NoRecipients,
        EncryptError::Io(source) => SealError::Io(source),
        other => SealError::Io(io::Error::other(other.to_string())),
    })?;
    let out = BufWriter::with_capacity(PIECE_BYTES, &file);
    let mut sealed = encryptor.wrap_output(out).map_err(unwritable)?;
    let plaintext = copied(&mut { plain }, &mut sealed).map_err(|failure| match failure {
        Failure::Read(source) => SealError::Io(source),
        Failure::Write(source) => unwritable(source),
    })?;
    sealed
        .finish()
        .and_then(|mut out| out.flush())
        .map_err(unwritable)?;
    let bytes = file.stream_position().map_err(unwritable)?;
    file.rewind().map_err(unwritable)?;
    Ok(SealedFile {
        file,
        bytes,
        plaintext,
    })
}

/// The hash and length of what is left of `input`.
///
/// # Errors
/// What reading it says.
pub fn digest(input: &mut dyn Read) -> io::Result<Digest> {
    copied(input, &mut io::sink()).map_err(|failure| match failure {
        Failure::Read(source) | Failure::Write(source) => source,
    })
}

/// Opens what was sealed, writes the plaintext to `out` and tells what it was.
///
/// What was written before an error is the beginning of the plaintext: nobody should use it.
///
/// # Errors
/// No age file, none of the identities fits, damage, a failure to read or write.
pub fn open(
    sealed: impl BufRead,
    identities: &Identities,
    out: &mut dyn Write,
) -> Result<Digest, SealError> {
    let decryptor = Decryptor::new_buffered(sealed).map_err(header_error)?;
    let mut plain = decryptor.decrypt(identities.keys()).map_err(header_error)?;
    copied(&mut plain, out).map_err(|failure| match failure {
        Failure::Read(error) if is_damage(&error) => SealError::Damaged(error.to_string()),
        Failure::Read(error) | Failure::Write(error) => SealError::Io(error),
    })
}

fn header_error(error: DecryptError) -> SealError {
    match error {
        DecryptError::NoMatchingKeys => SealError::WrongIdentity,
        DecryptError::Io(source) if !is_damage(&source) => SealError::Io(source),
        DecryptError::InvalidMac | DecryptError::DecryptionFailed => {
            SealError::Damaged(error.to_string())
        }
        other => SealError::NotSealed(other.to_string()),
    }
}

fn is_damage(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
    )
}

/// Which side of a copy failed.
enum Failure {
    Read(io::Error),
    Write(io::Error),
}

/// Copies everything and tells what it was.
fn copied(from: &mut dyn Read, to: &mut dyn Write) -> Result<Digest, Failure> {
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let length = match from.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failure::Read(error)),
        };
        hash.update(&piece[..length]);
        bytes += length as u64;
        to.write_all(&piece[..length]).map_err(Failure::Write)?;
    }
    Ok(Digest {
        sha256: hex(&hash.finalize()),
        bytes,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::{super::KeyPair, *};

    fn file_of(plain: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(plain).unwrap();
        file.rewind().unwrap();
        file
    }

    /// The bytes of `plain` sealed for `recipient`, and what was told about them.
    fn sealed(plain: &[u8], recipient: &str) -> (Vec<u8>, Digest) {
        let folder = tempfile::tempdir().unwrap();
        let recipients = Recipients::parse([recipient]).unwrap();
        let mut sealed = seal(&file_of(plain), &recipients, folder.path()).unwrap();
        let mut bytes = Vec::new();
        sealed.file.read_to_end(&mut bytes).unwrap();
        assert_eq!(sealed.bytes, bytes.len() as u64);
        assert_eq!(sealed.plaintext, digest(&mut { plain }).unwrap());
        let left = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 0, "the copy has no name");
        (bytes, sealed.plaintext)
    }

    fn opened(bytes: &[u8], pair: &KeyPair) -> Result<(Vec<u8>, Digest), SealError> {
        let mut plain = Vec::new();
        let identities = Identities::parse(&pair.identity)?;
        let digest = open(bytes, &identities, &mut plain)?;
        Ok((plain, digest))
    }

    #[test]
    fn the_hash_is_that_of_the_plaintext() {
        // From FIPS 180-2, appendix B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let (_, digest) = sealed(b"abc", &KeyPair::generate().recipient);
        assert_eq!((digest.sha256.as_str(), digest.bytes), (abc, 3));
    }

    #[test]
    fn nobody_else_opens_it_and_nothing_of_it_shows() {
        let (pair, other) = (KeyPair::generate(), KeyPair::generate());
        let (bytes, _) = sealed(&b"canary in the plaintext".repeat(9000), &pair.recipient);
        assert!(!bytes.windows(6).any(|window| window == b"canary"));
        assert!(matches!(
            opened(&bytes, &other),
            Err(SealError::WrongIdentity)
        ));
    }

    #[test]
    fn without_recipients_nothing_is_sealed() {
        let folder = tempfile::tempdir().unwrap();
        let sealed = seal(&file_of(b"x"), &Recipients::default(), folder.path());
        assert!(matches!(sealed, Err(SealError::NoRecipients)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn what_was_sealed_is_opened_and_no_changed_byte_passes(
            plain in prop::collection::vec(any::<u8>(), 0..200_000),
            at in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>(),
        ) {
            let pair = KeyPair::generate();
            let (bytes, digest) = sealed(&plain, &pair.recipient);
            prop_assert_eq!(opened(&bytes, &pair).unwrap(), (plain, digest));
            let mut changed = bytes.clone();
            changed[at.index(bytes.len())] ^= 1;
            prop_assert!(opened(&changed, &pair).is_err());
            prop_assert!(opened(&bytes[..cut.index(bytes.len())], &pair).is_err());
        }

        #[test]
        fn no_rubbish_panics(rubbish in prop::collection::vec(any::<u8>(), 0..400)) {
            let pair = KeyPair::generate();
            prop_assert!(opened(&rubbish, &pair).is_err());
        }
    }
}

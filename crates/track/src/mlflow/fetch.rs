//! Files of a run as a server has them: listed, fetched, opened and compared with what was sent.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufReader, BufWriter, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use serde::Serialize;
use serde_json::Value;
use tempfile::NamedTempFile;

use super::{Client, MlflowError, Server, error, runs};
use crate::{
    seal::{self, Digest, Identities, SEALED_ENDING, SealError},
    store::{Store, tags},
};

/// Folders inside folders that are looked into.
const DEEPEST: usize = 16;
/// Larger files are none of a run's.
const LARGEST: u64 = 1 << 40;

/// A file of a run at a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredFile {
    /// Its name: its path in the run, with `/`, as it was before it was sealed.
    pub name: String,
    /// How much of it there is, as the server says.
    pub bytes: Option<u64>,
    /// Whether it is sealed.
    pub sealed: bool,
    #[serde(skip)]
    path: String,
}

/// What was fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fetched {
    /// Its name at the server.
    pub name: String,
    /// Where it is now.
    pub output: PathBuf,
    /// How much of it there is.
    pub bytes: u64,
    /// SHA-256 of what is there now, in hexadecimal.
    pub sha256: String,
    /// Whether it was sealed.
    pub sealed: bool,
    /// Whether it was compared with the hash that the run tells; pictures and sounds have none there.
    pub verified: bool,
}

/// Why a file could not be had.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The run has no such file.
    #[error("the run `{run}` has no file `{name}`\nhint: `diktor artifact list` shows what it has")]
    Missing {
        /// The run.
        run: String,
        /// The file.
        name: String,
    },
    /// It is sealed and there is no key.
    #[error(
        "`{name}` is sealed, and there is no key to open it; it was sealed for {recipients}\nhint: set AGE_IDENTITY_FILE to the file with the private key"
    )]
    NoIdentity {
        /// The file.
        name: String,
        /// For whom it was sealed.
        recipients: String,
    },
    /// It cannot be opened.
    #[error("`{name}`: {source}")]
    Sealed {
        /// The file.
        name: String,
        /// Why.
        source: SealError,
    },
    /// It is not what was sent.
    #[error(
        "`{name}` is not what was sent: its SHA-256 is {found}, the run tells {told}\nhint: somebody changed it at the server; nothing was written"
    )]
    Changed {
        /// The file.
        name: String,
        /// What came.
        found: String,
        /// What was sent.
        told: String,
    },
    /// It cannot be written.
    #[error("`{path}`: cannot be written: {source}")]
    Output {
        /// Where it should go.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The server.
    #[error(transparent)]
    Server(#[from] MlflowError),
}

/// The id that `server` gave to the run in `run_dir`, once it was delivered there.
///
/// # Errors
/// If the store of the run cannot be read.
pub fn delivered_run(run_dir: &Path, server: &Server) -> Result<Option<String>, MlflowError> {
    let progress = Store::open(run_dir)?.progress(&server.target())?;
    Ok(progress.run.map(|run| run.id))
}

/// The run and the file of a registered model, `name@alias` or `name/version`.
///
/// # Errors
/// If the server does not answer, or has no such version.
pub fn model_file(client: &Client, model: &str) -> Result<(String, String), MlflowError> {
    let (path, query) = match (model.split_once('@'), model.rsplit_once('/')) {
        (Some((name, alias)), _) => (
            "registered-models/alias",
            [("name", name), ("alias", alias)],
        ),
        (None, Some((name, version))) => {
            ("model-versions/get", [("name", name), ("version", version)])
        }
        (None, None) => (
            "registered-models/alias",
            [("name", model), ("alias", "best")],
        ),
    };
    let found = client.get(&format!("/api/2.0/mlflow/{path}"), &query)?;
    let version = &found["model_version"];
    let source = error::text(client, version, "source")?;
    let file = source
        .split_once("/artifacts/")
        .map_or("", |(_, file)| file);
    Ok((
        error::text(client, version, "run_id")?,
        unsealed(file).to_owned(),
    ))
}

/// Every file of a run, by name.
///
/// # Errors
/// If the server does not answer, or does not let us.
pub fn list_files(client: &Client, run: &str) -> Result<Vec<StoredFile>, MlflowError> {
    let mut files = Vec::new();
    let mut folders = vec![(String::new(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let query = [("run_id", run), ("path", folder.as_str())];
        let query = if folder.is_empty() {
            &query[..1]
        } else {
            &query[..]
        };
        let found = client.get("/api/2.0/mlflow/artifacts/list", query)?;
        for entry in found["files"].as_array().into_iter().flatten() {
            let path = error::text(client, entry, "path")?;
            match entry["is_dir"].as_bool() {
                Some(true) if depth < DEEPEST => folders.push((path, depth + 1)),
                Some(true) => {}
                _ => files.push(stored(path, &entry["file_size"])),
            }
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

/// 64-bit numbers are texts in answers of this API, and numbers in those of its proxies.
fn stored(path: String, size: &Value) -> StoredFile {
    let of_text = || size.as_str().and_then(|text| text.parse().ok());
    StoredFile {
        name: unsealed(&path).to_owned(),
        bytes: size.as_u64().or_else(of_text),
        sealed: path.ends_with(SEALED_ENDING),
        path,
    }
}

fn unsealed(path: &str) -> &str {
    path.strip_suffix(SEALED_ENDING).unwrap_or(path)
}

/// Fetches the file `name` of a run into `output`, opened and compared with its hash. Until both are
/// done nothing is at `output`.
///
/// # Errors
/// No such file, no key or the wrong one, another hash, a server that does not let us.
pub fn fetch(
    client: &Client,
    run: &str,
    name: &str,
    identities: Option<&Identities>,
    output: &Path,
) -> Result<Fetched, FetchError> {
    let files = list_files(client, run)?;
    let wanted = |file: &&StoredFile| file.path == name || file.name == name;
    let file = files
        .iter()
        .find(wanted)
        .ok_or_else(|| FetchError::Missing {
            run: run.to_owned(),
            name: name.to_owned(),
        })?;
    let told = tags_of(client, run)?;
    let identities = match (file.sealed, identities) {
        (true, None) => {
            let recipients = told.get(tags::RECIPIENTS).map_or("others", String::as_str);
            return Err(FetchError::NoIdentity {
                name: file.name.clone(),
                recipients: recipients.to_owned(),
            });
        }
        (sealed, identities) => identities.filter(|_| sealed),
    };
    let whole = download(client, run, file, output)?;
    let (copy, digest) = match identities {
        Some(identities) => opened(file, &whole, identities, output)?,
        None => {
            let digest =
                seal::digest(&mut whole.as_file()).map_err(|error| unwritable(output, error))?;
            (whole, digest)
        }
    };
    let told = told.get(&tags::sha256_of(&file.name));
    if let Some(told) = told.filter(|told| **told != digest.sha256) {
        return Err(FetchError::Changed {
            name: file.name.clone(),
            found: digest.sha256,
            told: told.clone(),
        });
    }
    let kept = copy.persist(output);
    kept.map_err(|error| unwritable(output, error.error))?;
    Ok(Fetched {
        name: file.name.clone(),
        output: output.to_owned(),
        bytes: digest.bytes,
        sha256: digest.sha256,
        sealed: file.sealed,
        verified: told.is_some(),
    })
}

fn unwritable(path: &Path, source: io::Error) -> FetchError {
    FetchError::Output {
        path: path.to_owned(),
        source,
    }
}

/// A file beside `output` that only its owner may read, and that goes away unless it is kept.
fn beside(output: &Path) -> Result<NamedTempFile, FetchError> {
    let folder = output
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))
        .map_err(|error| unwritable(output, error))
}

/// What the server has, as it is.
fn download(
    client: &Client,
    run: &str,
    file: &StoredFile,
    output: &Path,
) -> Result<NamedTempFile, FetchError> {
    let mut whole = beside(output)?;
    let query = [("path", file.path.as_str()), ("run_uuid", run)];
    client.download("/get-artifact", &query, LARGEST, whole.as_file_mut())?;
    whole.rewind().map_err(|error| unwritable(output, error))?;
    Ok(whole)
}

/// What was sealed.
fn opened(
    file: &StoredFile,
    whole: &NamedTempFile,
    identities: &Identities,
    output: &Path,
) -> Result<(NamedTempFile, Digest), FetchError> {
    let plain = beside(output)?;
    let mut out = BufWriter::new(plain.as_file());
    let sealed: BufReader<&File> = BufReader::new(whole.as_file());
    let digest = seal::open(sealed, identities, &mut out).map_err(|source| FetchError::Sealed {
        name: file.name.clone(),
        source,
    })?;
    out.flush().map_err(|error| unwritable(output, error))?;
    drop(out);
    Ok((plain, digest))
}

/// The tags of a run.
fn tags_of(client: &Client, run: &str) -> Result<BTreeMap<String, String>, MlflowError> {
    let found = runs::get(client, run)?;
    let tags = found["data"]["tags"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let pair = |tag: &Value| Some((text(&tag["key"])?, text(&tag["value"])?));
    Ok(tags.filter_map(pair).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_sealed_file_is_listed_under_its_own_name() {
        let file = stored("checkpoints/best_model.ckpt.age".to_owned(), &json!("123"));
        assert_eq!(file.name, "checkpoints/best_model.ckpt");
        assert_eq!((file.sealed, file.bytes), (true, Some(123)));
        let file = stored("config.yaml".to_owned(), &json!(7));
        assert_eq!(
            (file.sealed, file.bytes, &*file.name),
            (false, Some(7), "config.yaml")
        );
    }
}

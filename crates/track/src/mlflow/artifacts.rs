//! Files of a run at the server.

use super::{Client, MlflowError, Outgoing, multipart};
use crate::store::RemoteRun;

/// Where the server keeps what is sent through it.
const PROXY: &str = "/api/2.0/mlflow-artifacts/artifacts";

/// Sends a file, in parts where the server takes parts and the file is worth it.
pub(super) fn upload(client: &Client, run: &RemoteRun, file: &Outgoing) -> Result<(), MlflowError> {
    let folder = folder(client, run)?;
    if multipart::is_worth_it(file) && multipart::is_taken(client)? {
        return multipart::upload(client, &folder, file);
    }
    let path = format!("{PROXY}/{folder}/{}", encoded(&file.name));
    client.put(&path, &file.file)
}

/// The folder of the run behind the server, encoded.
fn folder(client: &Client, run: &RemoteRun) -> Result<String, MlflowError> {
    let uri = &run.artifact_uri;
    let path = match uri.strip_prefix("mlflow-artifacts:") {
        // `mlflow-artifacts:/1/run/artifacts` or `mlflow-artifacts://host:port/1/run/artifacts`.
        Some(rest) => match rest.strip_prefix("//") {
            Some(named) => named.split_once('/').map(|(_, path)| path),
            None => Some(rest.trim_start_matches('/')),
        },
        None => uri
            .split_once(PROXY)
            .map(|(_, path)| path.trim_start_matches('/')),
    };
    match path {
        Some(path) => Ok(encoded(path)),
        None => Err(MlflowError::Refused {
            server: client.uri().to_owned(),
            status: 400,
            code: "NOT_SERVED".to_owned(),
            reason: format!(
                "artifacts of this run are kept at `{uri}`, which the server does not serve; start it with \
                 `--artifacts-destination`"
            ),
        }),
    }
}

/// A path with everything encoded that an address does not take as it is.
pub(super) fn encoded(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Secrets, mlflow::Server};

    #[test]
    fn names_of_every_script_become_addresses() {
        assert_eq!(encoded("samples/a b.png"), "samples/a%20b.png");
        assert_eq!(encoded("ё%?#"), "%D1%91%25%3F%23");
    }

    #[test]
    fn the_folder_is_read_off_the_runs_address() {
        let server = Server::new("http://h", "e", Secrets::default()).unwrap();
        let client = Client::new(&server);
        let folder = |uri: &str| {
            let run = RemoteRun {
                id: "r".to_owned(),
                experiment_id: "1".to_owned(),
                artifact_uri: uri.to_owned(),
            };
            folder(&client, &run)
        };
        let expected = "1/r/artifacts";
        for uri in [
            "mlflow-artifacts:/1/r/artifacts",
            "mlflow-artifacts://h:5000/1/r/artifacts",
            "http://h/api/2.0/mlflow-artifacts/artifacts/1/r/artifacts",
        ] {
            assert_eq!(folder(uri).unwrap(), expected, "{uri}");
        }
        let error = folder("s3://bucket/1/r/artifacts").unwrap_err().to_string();
        assert!(error.contains("s3://bucket") && error.contains("--artifacts-destination"));
    }
}

//! Large files in parts, straight to the store behind the server, where the server offers that.

use std::io::Read as _;

use serde_json::{Value, json};

use super::{Client, MlflowError, Outgoing, artifacts::encoded, error};

/// Smaller files go through the server in one piece.
const WORTH_IT: u64 = 256 << 20;
/// Size of a part; stores want at least 5 MiB.
const PART: u64 = 64 << 20;

pub(super) fn is_worth_it(file: &Outgoing) -> bool {
    file.bytes >= WORTH_IT
}

/// Whether the server takes parts. A server that cannot say does not.
pub(super) fn is_taken(client: &Client) -> Result<bool, MlflowError> {
    match client.get("/api/3.0/mlflow/server-info", &[]) {
        Ok(info) => Ok(info["multipart_uploads_enabled"] == true),
        Err(MlflowError::Refused { .. } | MlflowError::NotMlflow { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Sends the file in parts; what was begun is given up if a part fails.
pub(super) fn upload(client: &Client, folder: &str, file: &Outgoing) -> Result<(), MlflowError> {
    let (parent, _) = file.name.rsplit_once('/').unwrap_or(("", &file.name));
    let place = match parent {
        "" => folder.to_owned(),
        parent => format!("{folder}/{}", encoded(parent)),
    };
    let address = |verb: &str| format!("/api/2.0/mlflow-artifacts/mpu/{verb}/{place}");
    let parts = file.bytes.div_ceil(PART);
    let begun = client.post(
        &address("create"),
        &json!({ "path": file.name, "num_parts": parts }),
    )?;
    let upload_id = begun["upload_id"].as_str();
    let sent = send_parts(client, &begun["credentials"], file, parts);
    let body = |parts: Value| json!({ "path": file.name, "upload_id": upload_id, "parts": parts });
    match sent {
        Ok(parts) => client.post(&address("complete"), &body(parts)).map(drop),
        Err(error) => {
            // Whether it can be given up changes nothing about the failure.
            let _given_up = client.post(&address("abort"), &body(json!([])));
            Err(error)
        }
    }
}

fn send_parts(
    client: &Client,
    credentials: &Value,
    file: &Outgoing,
    parts: u64,
) -> Result<Value, MlflowError> {
    let mut sent = Vec::new();
    for credential in credentials.as_array().into_iter().flatten() {
        let url = error::text(client, credential, "url")?;
        let mut part = Vec::new();
        let read = (&file.file).take(PART).read_to_end(&mut part);
        read.map_err(|source| MlflowError::File {
            path: file.name.clone().into(),
            source,
        })?;
        let tag = client.put_elsewhere(&url, &part)?;
        sent.push(json!({ "part_number": credential["part_number"], "etag": tag, "url": url }));
    }
    if sent.len() as u64 != parts {
        return Err(MlflowError::NotMlflow {
            server: client.uri().to_owned(),
            reason: format!("it has places for {} parts of {parts}", sent.len()),
        });
    }
    Ok(Value::Array(sent))
}

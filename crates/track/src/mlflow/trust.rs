//! Whom to believe that it is the server of an `https://` address.

use std::{fs, path::Path};

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use super::ServerError;

const CERTIFICATE: &str = "MLFLOW_TRACKING_SERVER_CERT_PATH";
const INSECURE: &str = "MLFLOW_TRACKING_INSECURE_TLS";

/// Whose certificates are accepted.
#[derive(Debug, Clone, Default)]
pub(super) enum Trust {
    /// Those signed by the public authorities that the program was built with.
    #[default]
    Public,
    /// Those signed by one of these.
    These(Vec<Certificate<'static>>),
    /// Anybody's.
    Anybody,
}

impl Trust {
    /// What the variables of `MLflow`'s own client say.
    pub(super) fn find(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ServerError> {
        let said = |name: &str| lookup(name).filter(|text| !text.is_empty());
        let insecure = said(INSECURE).is_some_and(|text| {
            let text = text.to_ascii_lowercase();
            text == "true" || text == "1"
        });
        match (said(CERTIFICATE), insecure) {
            (None, false) => Ok(Self::Public),
            (None, true) => Ok(Self::Anybody),
            (Some(path), false) => certificates(Path::new(&path)).map(Self::These),
            (Some(_), true) => Err(ServerError::Trust {
                reason: format!("{INSECURE} is set as well as {CERTIFICATE}: which is meant?"),
            }),
        }
    }

    /// The same for the library.
    pub(super) fn config(&self) -> TlsConfig {
        let config = TlsConfig::builder();
        match self {
            Self::Public => config.build(),
            Self::These(certificates) => {
                let roots = RootCerts::new_with_certs(certificates);
                config.root_certs(roots).build()
            }
            Self::Anybody => config.disable_verification(true).build(),
        }
    }
}

/// The certificates of a PEM file.
fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, ServerError> {
    let failed = |reason: String| ServerError::Trust {
        reason: format!("{CERTIFICATE}: `{}`: {reason}", path.display()),
    };
    let text = fs::read(path).map_err(|error| failed(error.to_string()))?;
    let mut found = Vec::new();
    for item in parse_pem(&text) {
        match item {
            Ok(PemItem::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(error) => return Err(failed(error.to_string())),
        }
    }
    if found.is_empty() {
        return Err(failed("no certificate in PEM there".to_owned()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_is_none_is_named_and_so_are_contradictions() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        let path = file.display().to_string();
        let find = |insecure: &str| {
            Trust::find(|name| match name {
                CERTIFICATE => Some(path.clone()),
                INSECURE => Some(insecure.to_owned()),
                _ => None,
            })
        };
        for content in [
            None,
            Some("text"),
            Some("-----BEGIN CERTIFICATE-----\n%%%\n"),
        ] {
            if let Some(content) = content {
                fs::write(&file, content).unwrap();
            }
            let error = find("").unwrap_err().to_string();
            assert!(
                error.contains("ca.pem") && error.contains(CERTIFICATE),
                "{error}"
            );
        }
        let error = find("true").unwrap_err().to_string();
        assert!(error.contains(INSECURE), "{error}");
        assert!(matches!(Trust::find(|_| None), Ok(Trust::Public)));
    }
}

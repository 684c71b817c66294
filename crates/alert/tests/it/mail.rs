//! A real mail server, started and ended by the test.
//!
//! `DIKTOR_SMTP_PYTHON` names a Python that has aiosmtpd 1.4.6. The certificates are made by `openssl`.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;

use crate::service::{printed, service};

pub(crate) const USER: &str = "diktor";
pub(crate) const PASSWORD: &str = "CANARY-smtp-password";

/// The server; it is killed at the end.
pub(crate) struct MailServer {
    server: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _gone = self.server.kill();
        let _status = self.server.wait();
    }
}

impl MailServer {
    /// Starts it; `None` if there is none to start.
    pub(crate) fn start() -> Option<Self> {
        let python = service("DIKTOR_SMTP_PYTHON")?;
        let folder = tempfile::tempdir().unwrap();
        certificates(folder.path());
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("letters")).unwrap();
        let mut server = Command::new(python)
            .args(["-c", include_str!("smtp.py")])
            .args([at("letters"), at("server.pem"), at("server.key")])
            .args([USER, PASSWORD])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let port = line.trim().parse().expect("the server says its port");
        Some(Self {
            server,
            port,
            folder,
        })
    }

    pub(crate) fn url(&self, password: &str) -> String {
        format!(
            "smtp://{USER}:{password}@localhost:{}?tls=required",
            self.port
        )
    }

    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// What arrived, in its order.
    pub(crate) fn letters(&self) -> Vec<Value> {
        let folder = fs::read_dir(self.folder.path().join("letters")).unwrap();
        let mut paths: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
        paths.sort();
        paths
            .iter()
            .map(|path| serde_json::from_slice(&fs::read(path).unwrap()).unwrap())
            .collect()
    }
}

/// An authority, and the server's certificate signed by it.
fn certificates(folder: &Path) {
    let openssl = |line: &str| {
        printed(
            Command::new("openssl")
                .current_dir(folder)
                .args(line.split(' ')),
        );
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(&format!(
        "req -x509 {key} -keyout authority.key -out authority.pem -days 2 -subj /CN=Test-authority"
    ));
    openssl(&format!(
        "req -new {key} -keyout server.key -out server.csr -subj /CN=localhost"
    ));
    fs::write(
        folder.join("names"),
        "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n",
    )
    .unwrap();
    openssl(
        "x509 -req -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 -extfile names -out server.pem",
    );
}

//! No secret of the environment gets into anything that a run prints or leaves behind, whatever the
//! servers say and however they fail.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use diktor_track::seal::KeyPair;

use crate::{
    harness::{QUICK, Ran, command, corpus, words},
    service::free_port,
};

/// A server that refuses everything, and repeats what it was told, with every header.
struct Parrot {
    port: u16,
    heard: Arc<Mutex<String>>,
}

impl Parrot {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::<Mutex<String>>::default();
        let shared = Arc::clone(&heard);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || repeat(stream, &shared));
            }
        });
        Self { port, heard }
    }

    fn heard(&self) -> String {
        self.heard.lock().unwrap().clone()
    }
}

fn repeat(mut stream: TcpStream, heard: &Mutex<String>) {
    stream
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    let (mut request, mut piece) = (Vec::new(), [0; 4096]);
    // The body is of no interest: a pause ends the request.
    while let Ok(length @ 1..) = stream.read(&mut piece) {
        request.extend_from_slice(&piece[..length]);
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    heard.lock().unwrap().push_str(&request);
    let body = serde_json::json!({
        "error_code": "PERMISSION_DENIED", "message": request, "ok": false, "description": request,
    });
    let body = body.to_string();
    let answer = format!(
        "HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    // Whoever has gone away missed nothing.
    let _gone = stream.write_all(answer.as_bytes());
}

/// Every secret, and the texts that give one away.
struct Canaries {
    environment: Vec<(&'static str, String)>,
    texts: Vec<String>,
}

impl Canaries {
    fn new(parrot: &Parrot) -> Self {
        let key = KeyPair::generate().identity.expose().to_owned();
        let slack = format!(
            "http://127.0.0.1:{}/services/T0-slack-canary/B0/slack-canary-1",
            parrot.port
        );
        let smtp = format!("smtp://me:smtp%2Fcanary%3A1@127.0.0.1:{}", free_port());
        let plain = [
            "telegram-canary-1",
            "mlflow-user-canary",
            "mlflow canary/1",
            "token-canary-1",
        ];
        let environment = vec![
            ("TELEGRAM_BOT_TOKEN", format!("4242:{}", plain[0])),
            ("TELEGRAM_CHAT_ID", "77".to_owned()),
            ("SLACK_WEBHOOK_URL", slack),
            ("SMTP_URL", smtp),
            ("MLFLOW_TRACKING_USERNAME", plain[1].to_owned()),
            ("MLFLOW_TRACKING_PASSWORD", plain[2].to_owned()),
            ("MLFLOW_TRACKING_TOKEN", plain[3].to_owned()),
            ("AGE_IDENTITY", key.clone()),
        ];
        let parts = [
            "slack-canary-1",
            "T0-slack-canary",
            "smtp%2Fcanary%3A1",
            "smtp/canary:1",
        ];
        let texts = plain
            .into_iter()
            .chain(parts)
            .map(str::to_owned)
            .chain([key]);
        Self {
            environment,
            texts: texts.collect(),
        }
    }

    /// The first secret that `bytes` show: as it is, percent-encoded, or in base64 of anything.
    fn found_in(&self, bytes: &[u8]) -> Option<&str> {
        let holds = |needle: &str| {
            bytes
                .windows(needle.len())
                .any(|window| window == needle.as_bytes())
        };
        let shown = |text: &&String| spellings(text).iter().any(|spelling| holds(spelling));
        self.texts.iter().find(shown).map(String::as_str)
    }
}

fn spellings(text: &str) -> Vec<String> {
    let percent = |keep: &dyn Fn(u8) -> bool| -> String {
        let byte = |byte: u8| match keep(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        };
        text.bytes().map(byte).collect()
    };
    let component = percent(&|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte));
    let path = percent(&|byte| byte.is_ascii_alphanumeric() || b"-_.~/:".contains(&byte));
    let mut all = vec![
        text.to_owned(),
        component.to_lowercase(),
        component,
        path,
        percent(&|_| false),
    ];
    // The middle of base64 tells wherever the text stood in what was encoded.
    for before in 0..3 {
        let encoded = STANDARD.encode(format!("{}{text}", &"::"[..before]));
        all.push(encoded[4..encoded.len() - 4].to_owned());
    }
    all
}

/// Runs the binary with every secret in its environment, and sees that nothing shows one.
fn run(folder: &Path, canaries: &Canaries, line: &str) -> Ran {
    let mut command: Command = command(folder);
    let secrets = canaries
        .environment
        .iter()
        .map(|(name, value)| (*name, value.as_str()));
    let output = command.args(words(line)).envs(secrets).output().unwrap();
    for bytes in [&output.stdout, &output.stderr] {
        let found = canaries.found_in(bytes);
        assert_eq!(found, None, "`{line}`: {}", String::from_utf8_lossy(bytes));
    }
    output.into()
}

fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

#[test]
fn no_secret_is_shown_or_left_behind() {
    let parrot = Parrot::start();
    let canaries = Canaries::new(&parrot);
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    let parrots = format!("http://127.0.0.1:{}", parrot.port);
    let config = format!(
        "tracking_uri: {parrots}\ntelegram: {{api_url: '{parrots}'}}\nemail: {{to: [a@example.org]}}\n"
    );
    fs::write(folder.path().join("config.yaml"), config).unwrap();
    let train = format!(
        "train --dataset corpus -o run --preset tiny --config config.yaml --max-steps 4 -vv --json --hparams {QUICK}"
    );
    run(folder.path(), &canaries, &train).ok();
    let dead = format!("http://127.0.0.1:{}", free_port());
    for line in [
        "sync run -vv".to_owned(),
        format!("sync run -vv --json --patience 1 --tracking-uri {dead}"),
        "artifact list run -vv".to_owned(),
        "doctor -vv".to_owned(),
        "why run --json".to_owned(),
        "alert test --config config.yaml -vv --json".to_owned(),
        "train --resume -o run --max-steps 6 -vv".to_owned(),
    ] {
        run(folder.path(), &canaries, &line);
    }
    let mut left = Vec::new();
    files(&folder.path().join("run"), &mut left);
    assert!(
        left.iter().any(|path| path.ends_with("store.sqlite")),
        "{left:?}"
    );
    for path in left {
        let found = canaries.found_in(&fs::read(&path).unwrap());
        assert_eq!(found, None, "`{}`", path.display());
    }

    // The secrets were used, and what looks for them finds them.
    let heard = parrot.heard();
    let pair = STANDARD.encode("mlflow-user-canary:mlflow canary/1");
    assert!(
        heard.contains(&pair),
        "the password was never sent: {heard}"
    );
    for canary in ["/bot4242:telegram-canary-1/", "/services/T0-slack-canary/"] {
        assert!(heard.contains(canary), "`{canary}` was never sent: {heard}");
    }
    let secrets = canaries
        .environment
        .iter()
        .filter(|(name, _)| *name != "TELEGRAM_CHAT_ID");
    for (_, secret) in secrets {
        let encoded = STANDARD.encode(format!("user:{secret}"));
        assert!(canaries.found_in(secret.as_bytes()).is_some());
        assert!(canaries.found_in(encoded.as_bytes()).is_some());
    }
}

#[test]
fn an_address_with_a_password_is_refused_and_not_written_down() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    let line = "train --dataset corpus -o run --preset tiny --max-steps 1 --hparams \
                tracking_uri=http://me:uri-canary@127.0.0.1:1";
    let output = command(folder.path()).args(words(line)).output().unwrap();
    let ran = Ran::from(output);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("MLFLOW_TRACKING_USERNAME"), "{ran:?}");
    assert!(
        !ran.stderr.contains("uri-canary") && !ran.stdout.contains("uri-canary"),
        "{ran:?}"
    );
    assert!(!folder.path().join("run/config.yaml").exists());
}

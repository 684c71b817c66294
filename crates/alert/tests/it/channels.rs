//! What every channel has to do: `check_channel`.

use std::{
    fs,
    net::TcpListener,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use diktor_alert::{
    Attachment, Channel, ChannelError, ChannelName, Email, Kind, Log, Mailbox, Media, Message,
    Severity, Slack, Telegram, TelegramApi,
};
use diktor_track::{Secret, SecretName, Secrets};

use crate::{
    mail::{MailServer, PASSWORD},
    standin::{Fault, HOOK, Standin, TOKEN},
};

const CANARY: &str = "CANARY";
const TIMEOUT: Duration = Duration::from_millis(700);

/// A channel with the service it speaks to.
struct Member {
    name: ChannelName,
    channel: Box<dyn Channel>,
    /// The words that have arrived, message by message.
    arrived: Box<dyn Fn() -> Vec<String>>,
    /// The same channel where its service is not, or does not answer, or does not know us.
    broken: Vec<Box<dyn Channel>>,
    /// Longest text it delivers, in characters.
    limit: Option<usize>,
}

fn message(title: &str, body: &str) -> Message {
    Message {
        kind: Kind::Progress,
        severity: Severity::Warning,
        time_s: 1_800_000_000.0,
        title: title.to_owned(),
        body: body.to_owned(),
        attachments: Vec::new(),
        key: None,
    }
}

fn check_channel(mut member: Member) {
    let last = |member: &Member| (member.arrived)().pop().expect("something arrived");
    assert_eq!(member.channel.name(), member.name);

    let odd = "шаг 5 & <b>жирно</b> *звёзды* \"кавычки\" 🤖";
    member.channel.send(&message("заголовок <i>", odd)).unwrap();
    let words = last(&member);
    for expected in ["заголовок <i>", "шаг 5 & <b>жирно</b>", "\"кавычки\" 🤖"]
    {
        assert!(words.contains(expected), "{words}");
    }

    let long = "щ🤖<&".repeat(5000);
    member.channel.send(&message("long", &long)).unwrap();
    let words = last(&member);
    assert!(!words.contains('\u{fffd}'));
    assert!(words.contains("щ🤖<&щ🤖<&"));
    if let Some(limit) = member.limit {
        let length = words.chars().count();
        assert!(words.ends_with('…') && length <= limit, "{length}: {words}");
    }

    let mut full = message("with files", "and words");
    full.attachments = vec![
        attachment("attention.png", Media::Png, b"\x89PNG 1"),
        attachment("loss.png", Media::Png, b"\x89PNG 2"),
        attachment("voice.wav", Media::Wav, b"RIFF 3"),
    ];
    member.channel.send(&full).unwrap();
    assert!(
        (member.arrived)()
            .iter()
            .any(|words| words.contains("with files"))
    );

    for broken in &mut member.broken {
        let began = Instant::now();
        let error = broken.send(&full).unwrap_err();
        assert!(began.elapsed() < Duration::from_secs(10), "{error}");
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(CANARY), "{shown}");
        assert!(shown.len() < 2000, "{shown}");
    }
}

fn attachment(name: &str, media: Media, bytes: &[u8]) -> Attachment {
    Attachment {
        name: name.to_owned(),
        media,
        bytes: bytes.to_vec(),
    }
}

/// An address where nobody listens.
fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// An address where somebody listens and never says a word.
fn silence() -> (String, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    (
        format!("http://{}", listener.local_addr().unwrap()),
        listener,
    )
}

fn secrets(name: SecretName, text: &str) -> (Secret, Secrets) {
    let mut secrets = Secrets::default();
    secrets.set(name, Secret::new(text.to_owned()));
    (Secret::new(text.to_owned()), secrets)
}

pub(crate) fn api(base: &str, token: &str, interval: Duration) -> Arc<TelegramApi> {
    let (secret, secrets) = secrets(SecretName::TelegramBotToken, token);
    Arc::new(TelegramApi::new(base, secret, secrets, [interval, TIMEOUT]))
}

fn telegram(base: &str, token: &str) -> Box<dyn Channel> {
    let api = api(base, token, Duration::ZERO);
    Box::new(Telegram::new(api, "42".to_owned()))
}

fn slack(base: &str, hook: &str) -> Box<dyn Channel> {
    let (webhook, secrets) = secrets(SecretName::SlackWebhookUrl, &format!("{base}{hook}"));
    Box::new(Slack::new(webhook, secrets, TIMEOUT))
}

fn email(url: &str, authority: Option<PathBuf>) -> Box<dyn Channel> {
    let (url, secrets) = secrets(SecretName::SmtpUrl, url);
    let mailbox = |text: &str| -> Vec<Mailbox> { vec![text.parse().unwrap()] };
    let people = [
        mailbox("Diktor <diktor@example.org>"),
        mailbox("owner@example.org"),
    ];
    let ca_file = authority.as_deref();
    Box::new(Email::new(&url, people, ca_file, secrets, Duration::from_secs(5)).unwrap())
}

#[test]
fn telegram_is_a_channel() {
    let standin = Standin::start();
    let (silent, _listener) = silence();
    let wrong = format!("{TOKEN}-of-another");
    let seen = standin.clone();
    check_channel(Member {
        name: ChannelName::Telegram,
        channel: telegram(&standin.url(), TOKEN),
        arrived: Box::new(move || {
            seen.taken()
                .iter()
                .map(super::standin::Arrived::words)
                .collect()
        }),
        broken: vec![
            telegram(&nowhere(), TOKEN),
            telegram(&silent, TOKEN),
            telegram(&standin.url(), &wrong),
        ],
        limit: Some(4096),
    });
    let methods: Vec<String> = standin.taken().into_iter().map(|one| one.method).collect();
    assert_eq!(
        methods,
        [
            "sendMessage",
            "sendMessage",
            "sendMediaGroup",
            "sendDocument"
        ]
    );
}

#[test]
fn slack_is_a_channel() {
    let standin = Standin::start();
    let (silent, _listener) = silence();
    let seen = standin.clone();
    let words = |text: String| {
        text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
    };
    check_channel(Member {
        name: ChannelName::Slack,
        channel: slack(&standin.url(), HOOK),
        arrived: Box::new(move || {
            let taken = seen.taken().into_iter();
            taken
                .map(|mut one| words(one.fields.remove("text").unwrap()))
                .collect()
        }),
        broken: vec![
            slack(&nowhere(), HOOK),
            slack(&silent, HOOK),
            slack(&standin.url(), "/services/CANARY-of-another"),
        ],
        limit: Some(4000),
    });
}

#[test]
fn email_is_a_channel() {
    let Some(server) = MailServer::start() else {
        return;
    };
    let server = Arc::new(server);
    let (silent, _listener) = silence();
    let seen = Arc::clone(&server);
    let elsewhere = |address: &str| {
        format!(
            "smtp://u:{PASSWORD}@{}",
            address.trim_start_matches("http://")
        )
    };
    check_channel(Member {
        name: ChannelName::Email,
        channel: email(&server.url(PASSWORD), Some(server.authority())),
        arrived: Box::new(move || {
            let letters = seen.letters().into_iter();
            letters
                .map(|letter| format!("{} {}", letter["subject"], letter["text"]))
                .map(|text| {
                    text.replace("\\\"", "\"")
                        .trim_end_matches(['\"', 'n', '\\'])
                        .to_owned()
                })
                .collect()
        }),
        broken: vec![
            email(&elsewhere(&nowhere()), None),
            email(&elsewhere(&silent), None),
            // Its authority is not among the public ones.
            email(&server.url(PASSWORD), None),
            email(&server.url("CANARY-of-another"), Some(server.authority())),
        ],
        limit: None,
    });
    let letters = server.letters();
    assert_eq!(letters.len(), 3);
    assert!(letters.iter().all(|letter| letter["encrypted"] == true));
    assert_eq!(letters[2]["to"], serde_json::json!(["owner@example.org"]));
    let attached = serde_json::json!([
        ["attention.png", "image/png", 6],
        ["loss.png", "image/png", 6],
        ["voice.wav", "audio/wav", 6],
    ]);
    assert_eq!(letters[2]["attached"], attached);
}

#[test]
fn the_log_is_a_channel() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alerts.log");
    let seen = path.clone();
    check_channel(Member {
        name: ChannelName::Log,
        channel: Box::new(Log::new(path)),
        arrived: Box::new(move || {
            let text = fs::read_to_string(&seen).unwrap();
            text.split("2027-01-15")
                .skip(1)
                .map(str::to_owned)
                .collect()
        }),
        broken: vec![Box::new(Log::new(
            folder.path().join("no/such/folder/alerts.log"),
        ))],
        limit: None,
    });
}

#[test]
fn telegram_says_how_long_to_wait_and_what_is_wrong() {
    let standin = Standin::start();
    let mut channel = telegram(&standin.url(), TOKEN);
    standin.fail(&[Fault::TooMany(7), Fault::Broken]);
    let error = channel.send(&message("a", "b")).unwrap_err();
    assert!(matches!(error, ChannelError::Limited { retry_after } if retry_after.as_secs() == 7));
    let error = channel.send(&message("a", "b")).unwrap_err();
    assert!(matches!(error, ChannelError::Unreachable(_)), "{error}");
    let mut lost = Telegram::new(api(&standin.url(), TOKEN, Duration::ZERO), "43".to_owned());
    let error = lost.send(&message("a", "b")).unwrap_err().to_string();
    assert!(
        error.contains("chat not found") && error.contains("TELEGRAM_CHAT_ID"),
        "{error}"
    );
    let error = telegram(&standin.url(), "1:x")
        .send(&message("a", "b"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("Unauthorized") && error.contains("TELEGRAM_BOT_TOKEN"),
        "{error}"
    );
}

#[test]
fn a_long_report_keeps_its_pictures_and_one_picture_is_a_photo() {
    let standin = Standin::start();
    let mut channel = telegram(&standin.url(), TOKEN);
    let mut long = message("report", &"слово ".repeat(400));
    long.attachments = vec![attachment("loss.png", Media::Png, b"\x89PNG 2")];
    channel.send(&long).unwrap();
    let methods: Vec<String> = standin.taken().into_iter().map(|one| one.method).collect();
    assert_eq!(methods, ["sendMessage", "sendPhoto"]);
    assert_eq!(standin.refused().len(), 0);
}

#[test]
fn one_chat_gets_no_more_than_a_message_per_interval() {
    let standin = Standin::start();
    let interval = Duration::from_millis(150);
    let api = api(&standin.url(), TOKEN, interval);
    let mut channel = Telegram::new(api, "-1042".to_owned());
    (0..3).for_each(|_| channel.send(&message("a", "b")).unwrap());
    let at: Vec<Instant> = standin.taken().iter().map(|one| one.at).collect();
    assert!(
        at.windows(2)
            .all(|pair| pair[1] - pair[0] >= interval - Duration::from_millis(20))
    );
}

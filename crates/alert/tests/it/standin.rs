//! A loopback stand-in for Telegram's Bot API and Slack's webhooks, with their limits and their ways to fail.

use std::{
    collections::{BTreeMap, VecDeque},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// The token and the webhook that the stand-in knows.
pub(crate) const TOKEN: &str = "123456:CANARY-telegram-token";
pub(crate) const HOOK: &str = "/services/T0/B0/CANARY-slack-hook";

/// One request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Arrived {
    /// Method of the Bot API, or `slack`.
    pub(crate) method: String,
    /// Fields of the form or of the object; of files, their size.
    pub(crate) fields: BTreeMap<String, String>,
    pub(crate) at: Instant,
    /// Status that was answered.
    pub(crate) status: u16,
}

impl Arrived {
    /// The words as a person sees them.
    pub(crate) fn words(&self) -> String {
        let mut words = String::new();
        for name in ["text", "caption"] {
            words.push_str(self.fields.get(name).map_or("", String::as_str));
        }
        if let Some(media) = self.fields.get("media") {
            let media: Value = serde_json::from_str(media).unwrap();
            words.push_str(media[0]["caption"].as_str().unwrap_or_default());
        }
        shown(&words).unwrap_or_default()
    }
}

/// A way to fail, once.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// 429 with the seconds to wait.
    TooMany(u64),
    /// 500.
    Broken,
    /// No answer for so long.
    Hang(Duration),
}

#[derive(Default)]
struct State {
    arrived: Vec<Arrived>,
    faults: VecDeque<Fault>,
    updates: Vec<Value>,
}

/// The server; it lives as long as the test.
#[derive(Clone)]
pub(crate) struct Standin {
    pub(crate) address: SocketAddr,
    state: Arc<(Mutex<State>, Condvar)>,
}

impl Standin {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let standin = Self {
            address: listener.local_addr().unwrap(),
            state: Arc::default(),
        };
        let server = standin.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = server.clone();
                thread::spawn(move || server.serve(&stream));
            }
        });
        standin
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What arrived and was taken, without questions for updates.
    pub(crate) fn taken(&self) -> Vec<Arrived> {
        let state = self.state.0.lock().unwrap();
        let taken = state.arrived.iter().filter(|one| one.status == 200);
        taken
            .filter(|one| one.method != "getUpdates")
            .cloned()
            .collect()
    }

    /// What arrived and was not taken.
    pub(crate) fn refused(&self) -> Vec<Arrived> {
        let state = self.state.0.lock().unwrap();
        state
            .arrived
            .iter()
            .filter(|one| one.status != 200)
            .cloned()
            .collect()
    }

    pub(crate) fn questions(&self) -> usize {
        let state = self.state.0.lock().unwrap();
        state
            .arrived
            .iter()
            .filter(|one| one.method == "getUpdates")
            .count()
    }

    /// Fails so at the next messages, once each.
    pub(crate) fn fail(&self, faults: &[Fault]) {
        self.state.0.lock().unwrap().faults.extend(faults);
    }

    /// Somebody writes to the bot.
    pub(crate) fn write(&self, chat: i64, text: &str) {
        let mut state = self.state.0.lock().unwrap();
        let id = 700 + state.updates.len();
        let update = json!({ "update_id": id, "message": { "message_id": id, "chat": { "id": chat }, "text": text } });
        state.updates.push(update);
        self.state.1.notify_all();
    }

    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some((path, kind, body)) = request(&mut reader) {
            let at = Instant::now();
            let (method, fields) = read(&path, &kind, &body);
            let fault = match method.as_str() {
                "getUpdates" => None,
                _ => self.state.0.lock().unwrap().faults.pop_front(),
            };
            let (status, answer) = match fault {
                Some(Fault::TooMany(seconds)) => too_many(seconds),
                Some(Fault::Broken) => (500, "internal error".to_owned()),
                Some(Fault::Hang(time)) => {
                    thread::sleep(time);
                    (500, String::new())
                }
                None => self.answer(&path, &method, &fields),
            };
            let arrived = Arrived {
                method,
                fields,
                at,
                status,
            };
            self.state.0.lock().unwrap().arrived.push(arrived);
            let retry = if status == 429 {
                "Retry-After: 1\r\n"
            } else {
                ""
            };
            let head = format!(
                "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{retry}\r\n",
                answer.len()
            );
            let mut writer = stream;
            if writer.write_all((head + &answer).as_bytes()).is_err() {
                return;
            }
        }
    }

    fn answer(&self, path: &str, method: &str, fields: &BTreeMap<String, String>) -> (u16, String) {
        if method == "slack" {
            return slack(path, fields);
        }
        if !path.starts_with(&format!("/bot{TOKEN}/")) {
            return refusal(401, "Unauthorized");
        }
        let field = |name: &str| fields.get(name).map_or("", String::as_str);
        if method == "getUpdates" {
            let wait = field("timeout").parse().unwrap_or(0);
            return self.updates(field("offset").parse().unwrap(), Duration::from_secs(wait));
        }
        if !["42", "-1042", "@voice"].contains(&field("chat_id")) {
            return refusal(400, "Bad Request: chat not found");
        }
        let verdict = match method {
            "sendMessage" => allowed(field("text"), 1, 4096, "message is too long"),
            "sendPhoto" => allowed(field("caption"), 0, 1024, "message caption is too long"),
            "sendMediaGroup" => group(field("media"), fields),
            "sendDocument" => Ok(()),
            _ => return refusal(404, "Not Found"),
        };
        match verdict {
            Ok(()) => (
                200,
                json!({ "ok": true, "result": { "message_id": 1 } }).to_string(),
            ),
            Err(why) => refusal(400, &format!("Bad Request: {why}")),
        }
    }

    /// As Telegram: updates from `offset` on, the newest for -1, after at most `wait`.
    fn updates(&self, offset: i64, wait: Duration) -> (u16, String) {
        let (lock, news) = &*self.state;
        let end = Instant::now() + wait;
        let mut state = lock.lock().unwrap();
        loop {
            let id = |update: &Value| update["update_id"].as_i64().unwrap();
            let found: Vec<Value> = match offset {
                -1 => state.updates.last().cloned().into_iter().collect(),
                _ => state
                    .updates
                    .iter()
                    .filter(|one| id(one) >= offset)
                    .cloned()
                    .collect(),
            };
            let left = end.saturating_duration_since(Instant::now());
            if !found.is_empty() || left.is_zero() {
                return (200, json!({ "ok": true, "result": found }).to_string());
            }
            state = news.wait_timeout(state, left).unwrap().0;
        }
    }
}

fn refusal(status: u16, why: &str) -> (u16, String) {
    let answer = json!({ "ok": false, "error_code": status, "description": why });
    (status, answer.to_string())
}

fn too_many(seconds: u64) -> (u16, String) {
    let why = format!("Too Many Requests: retry after {seconds}");
    let answer = json!({
        "ok": false, "error_code": 429, "description": why, "parameters": { "retry_after": seconds },
    });
    (429, answer.to_string())
}

fn slack(path: &str, fields: &BTreeMap<String, String>) -> (u16, String) {
    match fields.get("text") {
        _ if path != HOOK => (403, "invalid_token".to_owned()),
        Some(text) if !text.is_empty() => (200, "ok".to_owned()),
        _ => (400, "no_text".to_owned()),
    }
}

/// What Telegram makes of its HTML; `None` if it cannot be parsed.
fn shown(html: &str) -> Option<String> {
    let plain = html.replace("<b>", "").replace("</b>", "");
    let clean = !plain.contains(['<', '>']);
    let known = ["&amp;", "&lt;", "&gt;", "&quot;"];
    let escapes = plain
        .match_indices('&')
        .all(|(at, _)| known.iter().any(|one| plain[at..].starts_with(one)));
    let text = plain
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&");
    (clean && escapes).then_some(text)
}

fn allowed(html: &str, least: usize, most: usize, why: &str) -> Result<(), String> {
    let text = shown(html).ok_or("can't parse entities")?;
    match text.encode_utf16().count() {
        units if units < least => Err("message text is empty".to_owned()),
        units if units > most => Err(why.to_owned()),
        _ => Ok(()),
    }
}

fn group(media: &str, fields: &BTreeMap<String, String>) -> Result<(), String> {
    let media: Vec<Value> = serde_json::from_str(media).map_err(|error| error.to_string())?;
    if !(2..=10).contains(&media.len()) {
        return Err("wrong number of media".to_owned());
    }
    for one in &media {
        let name = one["media"]
            .as_str()
            .and_then(|name| name.strip_prefix("attach://"));
        if name.is_none_or(|name| !fields.contains_key(name)) {
            return Err("there is no such file".to_owned());
        }
    }
    let caption = media[0]["caption"].as_str().unwrap_or_default();
    allowed(caption, 0, 1024, "message caption is too long")
}

/// Path, content type and body of the next request of a connection.
fn request(reader: &mut BufReader<&TcpStream>) -> Option<(String, String, Vec<u8>)> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let (mut length, mut kind) = (0, String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(':') else {
            break;
        };
        match &*name.to_lowercase() {
            "content-length" => length = value.trim().parse().ok()?,
            "content-type" => kind = value.trim().to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((path, kind, body))
}

fn read(path: &str, kind: &str, body: &[u8]) -> (String, BTreeMap<String, String>) {
    let method = match path.starts_with("/bot") {
        true => path.rsplit('/').next().unwrap().to_owned(),
        false => "slack".to_owned(),
    };
    let fields = match kind.split_once("boundary=") {
        Some((_, boundary)) => parts(body, boundary),
        None => {
            let object: BTreeMap<String, Value> = serde_json::from_slice(body).unwrap_or_default();
            let text = |value: Value| match value {
                Value::String(text) => text,
                other => other.to_string(),
            };
            object
                .into_iter()
                .map(|(name, value)| (name, text(value)))
                .collect()
        }
    };
    (method, fields)
}

/// Fields of a form; of a file, what it begins with and its size.
fn parts(body: &[u8], boundary: &str) -> BTreeMap<String, String> {
    let mark = format!("--{boundary}");
    let mut fields = BTreeMap::new();
    for part in split(body, mark.as_bytes()) {
        let Some(at) = find(part, b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&part[..at]).into_owned();
        let content = &part[at + 4..part.len() - 2];
        let name = head
            .split("name=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let value = match head.contains("filename=") {
            true => format!(
                "{} {}",
                String::from_utf8_lossy(&content[..content.len().min(4)]),
                content.len()
            ),
            false => String::from_utf8(content.to_vec()).unwrap(),
        };
        fields.insert(name.to_owned(), value);
    }
    fields
}

fn split<'a>(mut body: &'a [u8], mark: &[u8]) -> Vec<&'a [u8]> {
    let mut found = Vec::new();
    while let Some(at) = find(body, mark) {
        found.push(&body[..at]);
        body = &body[at + mark.len()..];
    }
    found
}

fn find(body: &[u8], mark: &[u8]) -> Option<usize> {
    body.windows(mark.len()).position(|window| window == mark)
}

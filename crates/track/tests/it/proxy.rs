//! A way to a server that can be made bad: it delays, cuts, or answers itself.

use std::{
    io::{self, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

/// What happens to a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mood {
    /// It reaches the server.
    Pass,
    /// It reaches the server, after so long.
    Delay(Duration),
    /// It is cut after the request was read.
    Cut,
    /// It is answered with this status.
    Answer(u16),
    /// It is answered with a page of somebody else's, and `200`.
    Web,
}

/// Listens on a free loopback port until the process ends.
#[derive(Debug, Clone)]
pub(crate) struct Proxy {
    port: u16,
    mood: Arc<Mutex<Mood>>,
    requests: Arc<AtomicU64>,
}

impl Proxy {
    /// A proxy of the server on `port`.
    pub(crate) fn start(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self {
            port: listener.local_addr().unwrap().port(),
            mood: Arc::new(Mutex::new(Mood::Pass)),
            requests: Arc::default(),
        };
        let shared = proxy.clone();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let shared = shared.clone();
                thread::spawn(move || {
                    // A connection that breaks is what this is for.
                    let _broken = shared.serve(connection, port);
                    shared.requests.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        proxy
    }

    pub(crate) fn uri(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// Connections that have ended.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }

    /// One request and its answer; the connection is then closed, so that each meets the mood of the moment.
    fn serve(&self, mut client: TcpStream, port: u16) -> io::Result<()> {
        client.set_read_timeout(Some(Duration::from_secs(60)))?;
        let request = read_message(&mut client)?;
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Pass => forward(&request, &mut client, port),
            Mood::Delay(delay) => {
                thread::sleep(delay);
                forward(&request, &mut client, port)
            }
            Mood::Cut => Ok(()),
            Mood::Answer(status) => {
                let body = "{\"error_code\": \"INTERNAL_ERROR\", \"message\": \"not today\"}";
                answer(&mut client, status, "application/json", body)
            }
            Mood::Web => answer(&mut client, 200, "text/html", "<html>Please log in</html>"),
        }
    }
}

fn answer(client: &mut TcpStream, status: u16, kind: &str, body: &str) -> io::Result<()> {
    write!(
        client,
        "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nRetry-After: 1\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
}

fn forward(request: &[u8], client: &mut TcpStream, port: u16) -> io::Result<()> {
    let mut server = TcpStream::connect(("127.0.0.1", port))?;
    let text = String::from_utf8_lossy(&request[..head_length(request).unwrap_or(0)]).into_owned();
    let closing = text.replacen("\r\n", "\r\nConnection: close\r\n", 1);
    server.write_all(closing.as_bytes())?;
    server.write_all(&request[text.len()..])?;
    io::copy(&mut server, client).map(drop)
}

/// Head and body of a request of known length.
fn read_message(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut message = Vec::new();
    let mut block = [0; 65536];
    loop {
        if let Some(head) = head_length(&message) {
            let text = String::from_utf8_lossy(&message[..head]).to_lowercase();
            let length = text
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"));
            let length = length.map_or(0, |length| length.trim().parse().unwrap_or(0));
            if message.len() >= head + length {
                return Ok(message);
            }
        }
        match stream.read(&mut block)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => message.extend_from_slice(&block[..read]),
        }
    }
}

fn head_length(message: &[u8]) -> Option<usize> {
    let end = message
        .windows(4)
        .position(|window| window == b"\r\n\r\n")?;
    Some(end + 4)
}

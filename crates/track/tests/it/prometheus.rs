//! The address that Prometheus scrapes, asked as any HTTP client would.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    time::{Duration, Instant},
};

use diktor_track::{Event, Prometheus, Sink as _, SinkError, Tracker, names};

use crate::{step, synthetic};

const ANY_PORT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// Head and body of the answer.
fn get(address: SocketAddr, path: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

/// The figures by name and labels.
fn figures(address: SocketAddr) -> BTreeMap<String, f64> {
    let (head, body) = get(address, "/metrics");
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(head.contains("application/openmetrics-text"), "{head}");
    assert!(body.ends_with("# EOF\n"), "{body}");
    let samples = body.lines().filter(|line| !line.starts_with('#'));
    samples
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), value.parse().unwrap())
        })
        .collect()
}

/// Tracks events with a sink that serves; returns where.
fn tracked(run_dir: &Path, events: impl IntoIterator<Item = Event>) -> (Tracker, SocketAddr) {
    let sink = Prometheus::listen(ANY_PORT, run_dir).unwrap();
    let address = sink.address();
    let tracker = Tracker::new(vec![("prometheus", Box::new(sink))]);
    events.into_iter().for_each(|event| tracker.emit(event));
    (tracker, address)
}

/// The figures once `name` has `value`.
fn eventually(address: SocketAddr, name: &str, value: f64) -> BTreeMap<String, f64> {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let figures = figures(address);
        if figures.get(name) == Some(&value) {
            return figures;
        }
        assert!(
            Instant::now() < deadline,
            "`{name}` is not {value}: {figures:?}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_run_is_seen_in_figures() {
    let folder = tempfile::tempdir().unwrap();
    let plan = synthetic::Plan {
        steps: 30,
        validate_every: 10,
        utterances: 1,
    };
    let events = synthetic::run(folder.path(), plan).unwrap();
    let (tracker, address) = tracked(folder.path(), events);
    let found = eventually(address, "tts_checkpoints_total", 3.0);
    let is = |name: &str, value: f64| assert_eq!(found.get(name), Some(&value), "{name}");
    is(r#"tts_build_info{version="0.1.0"}"#, 1.0);
    is("tts_train_steps_total", 30.0);
    is("tts_train_step", 30.0);
    is("tts_train_max_steps", 30.0);
    is(r#"tts_interventions_total{who="divergence guard"}"#, 1.0);
    is("tts_warnings_total", 1.0);
    is("tts_restarts_total", 0.0);
    is(r#"tts_faults_total{kind="non_finite_loss"}"#, 0.0);
    is(r#"tts_train_phase{phase="alignment_learning"}"#, 1.0);
    is(r#"tts_train_phase{phase="fine_tuning"}"#, 0.0);
    is(r#"tts_sink_up{sink="prometheus"}"#, 1.0);
    is(r#"tts_sink_dropped_total{sink="prometheus"}"#, 0.0);
    for name in [
        r#"tts_loss{phase="train",component="total"}"#,
        r#"tts_loss{phase="validation",component="total"}"#,
        r#"tts_validation_metric{name="gate.accuracy"}"#,
        "tts_learning_rate",
        "tts_frames_per_second",
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "tts_disk_free_bytes",
        "tts_memory_available_bytes",
        r#"tts_spool_pending{sink="prometheus"}"#,
    ] {
        assert!(found.contains_key(name), "`{name}`: {found:?}");
    }
    drop(tracker);
    let deadline = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect(address).is_ok() {
        assert!(Instant::now() < deadline, "it ends with the run");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_loss_that_is_not_a_number_is_shown_so() {
    let folder = tempfile::tempdir().unwrap();
    let events = [(1, f64::NAN), (2, f64::INFINITY)]
        .map(|(number, value)| step(number, names::TRAINING_LOSS, value));
    for (count, event) in (1..).zip(events) {
        let (_tracker, address) = tracked(folder.path(), [event.clone()]);
        let found = eventually(address, "tts_train_step", f64::from(count));
        let value = found[r#"tts_loss{phase="train",component="total"}"#];
        assert!(!value.is_finite(), "{value}");
    }
}

#[test]
fn it_says_that_it_is_healthy() {
    let folder = tempfile::tempdir().unwrap();
    let (_tracker, address) = tracked(folder.path(), []);
    let (head, body) = get(address, "/-/healthy");
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert_eq!(body, "healthy\n");
    assert!(get(address, "/").0.starts_with("http/1.1 404"));
}

#[test]
fn an_address_that_is_taken_is_an_error_that_names_it() {
    let taken = TcpListener::bind(ANY_PORT).unwrap();
    let address = taken.local_addr().unwrap();
    let error = Prometheus::listen(address, Path::new("run")).unwrap_err();
    assert!(matches!(error, SinkError::Listen { .. }));
    let said = error.to_string();
    assert!(
        said.contains(&address.to_string()) && said.contains("hint:"),
        "{said}"
    );
}

#[test]
fn who_does_not_finish_asking_keeps_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = Prometheus::listen(ANY_PORT, folder.path()).unwrap();
    let mut half = TcpStream::connect(sink.address()).unwrap();
    half.write_all(b"GET /metr").unwrap();
    sink.record(&step(1, names::TRAINING_LOSS, 1.0)).unwrap();
    assert_eq!(figures(sink.address())["tts_train_step"], 1.0);
    drop(sink);
    let mut rest = Vec::new();
    half.set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let ended = half.read_to_end(&mut rest);
    assert!(ended.is_ok() || ended.is_err_and(|e| e.kind() == std::io::ErrorKind::ConnectionReset));
}

#[test]
fn idle_and_slow_connections_are_closed_and_everybody_else_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let (_tracker, address) = tracked(folder.path(), [step(1, names::TRAINING_LOSS, 1.0)]);
    let open_files = || std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    let before = open_files();
    let mut idle = Vec::new();
    for number in 0..200 {
        let mut stream = TcpStream::connect(address).unwrap();
        if number % 2 == 0 {
            stream
                .write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ")
                .unwrap();
        }
        idle.push(stream);
    }
    // Whoever comes last is served at once, and most of the others are gone.
    let asked = Instant::now();
    assert!(figures(address).len() > 3);
    assert!(
        asked.elapsed() < Duration::from_secs(5),
        "{:?}",
        asked.elapsed()
    );
    let held = open_files().saturating_sub(before + idle.len());
    assert!(held <= 40, "{held} connections are held");

    // Those that were left run out of time, though they keep sending.
    let newest = idle.last_mut().unwrap();
    newest
        .set_read_timeout(Some(Duration::from_secs(1)))
        .unwrap();
    let patience = Instant::now() + Duration::from_secs(60);
    let mut byte = [0];
    loop {
        assert!(Instant::now() < patience, "it is never closed");
        let _may_be_closed = newest.write_all(b"x");
        match newest.read(&mut byte) {
            Ok(0) => break,
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
            Ok(_) | Err(_) => {}
        }
    }
    assert!(figures(address).len() > 3);
}

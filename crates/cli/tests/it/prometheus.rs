//! A real Prometheus scrapes a real run, and answers everything that `deploy/` asks.
//!
//! `DIKTOR_PROMETHEUS` names the program, with promtool beside it.

use std::{
    fs,
    io::Write as _,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    harness::{Ran, command, corpus, diktor, words},
    service::{free_port, service},
};

/// Figures that this run has no reason to show, or that need a GPU.
const MAY_BE_EMPTY: [&str; 4] = ["tts_gpu_", "tts_train_phase", "tts_interventions", "[6h]"];

fn prometheus() -> Option<PathBuf> {
    service("DIKTOR_PROMETHEUS")
}

/// What promtool says.
fn promtool(prometheus: &Path, arguments: &[&str], input: &str) -> Ran {
    let mut child = Command::new(prometheus.with_file_name("promtool"))
        .args(arguments)
        .current_dir(deploy("prometheus"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap().into()
}

fn deploy(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../deploy")
        .join(path)
}

/// A process that ends with the test, however the test ends.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _status = self.0.wait();
    }
}

/// Body of an answer; `None` while nobody answers, or only that the server is starting up.
fn get(url: &str, query: &[(&str, &str)]) -> Option<String> {
    let mut request = ureq::get(url);
    for (name, value) in query {
        request = request.query(name, value);
    }
    let request = request.config().http_status_as_error(false).build();
    let mut answer = request.call().ok()?;
    if answer.status() == ureq::http::StatusCode::SERVICE_UNAVAILABLE {
        return None;
    }
    answer.body_mut().read_to_string().ok()
}

/// A Prometheus that scrapes one run every second, with the rules of `deploy/`.
struct Scraping {
    url: String,
    _server: Server,
}

impl Scraping {
    fn start(program: &Path, folder: &Path, metrics_port: u16) -> Self {
        let port = free_port();
        let config = fs::read_to_string(deploy("prometheus/prometheus.yml")).unwrap();
        let config = config
            .replace("127.0.0.1:9464", &format!("127.0.0.1:{metrics_port}"))
            .replace("15s", "1s");
        let file = folder.join("prometheus.yml");
        fs::write(&file, config).unwrap();
        fs::copy(deploy("prometheus/rules.yml"), folder.join("rules.yml")).unwrap();
        let child = Command::new(program)
            .arg(format!("--config.file={}", file.display()))
            .arg(format!(
                "--storage.tsdb.path={}",
                folder.join("tsdb").display()
            ))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            url: format!("http://127.0.0.1:{port}"),
            _server: Server(child),
        }
    }

    /// The series that an expression finds.
    fn query(&self, expression: &str) -> Option<Vec<Value>> {
        let body = get(
            &format!("{}/api/v1/query", self.url),
            &[("query", expression)],
        )?;
        let answer: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(answer["status"], "success", "`{expression}`: {answer}");
        Some(answer["data"]["result"].as_array().unwrap().clone())
    }

    /// The series, once there are some.
    fn eventually(&self, expression: &str) -> Vec<Value> {
        let patience = Instant::now() + Duration::from_secs(90);
        loop {
            match self.query(expression) {
                Some(found) if !found.is_empty() => return found,
                _ => assert!(Instant::now() < patience, "`{expression}` finds nothing"),
            }
            sleep(Duration::from_millis(200));
        }
    }
}

/// Every expression of the dashboards, as Grafana would ask it with everything chosen.
fn dashboard_expressions() -> Vec<String> {
    let mut expressions = Vec::new();
    for entry in fs::read_dir(deploy("grafana/dashboards")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let board: Value = serde_json::from_str(&text).unwrap();
        for panel in board["panels"].as_array().unwrap() {
            for target in panel["targets"].as_array().into_iter().flatten() {
                let expression = target["expr"].as_str().unwrap();
                let expression = expression.replace("$instance", ".*");
                expressions.push(expression.replace("$__rate_interval", "1m"));
            }
        }
    }
    assert!(expressions.len() > 30, "{expressions:?}");
    expressions
}

/// The alerts that `deploy/` promises.
const ALERTS: [&str; 6] = [
    "RunStalled",
    "LossNotFinite",
    "GateDead",
    "GradientExploding",
    "DiskNearlyFull",
    "SinkLagging",
];

/// A training that goes on until it is stopped, and shows itself on `port`.
fn training(folder: &Path, port: u16) -> Server {
    let line = format!(
        "train --dataset corpus -o run --preset tiny --max-steps 100000 --json -q \
         --metrics-addr 127.0.0.1:{port} --hparams \
         batch_size=4,max_decoder_steps=12,iters_per_checkpoint=10,validation_freq=5"
    );
    let mut trainer = command(folder);
    let trainer = trainer
        .args(words(&line))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Server(trainer.spawn().unwrap())
}

fn dashboards_find_something(scraping: &Scraping) {
    for expression in dashboard_expressions() {
        let may_be_empty = |family: &&str| expression.contains(*family);
        if MAY_BE_EMPTY.iter().any(may_be_empty) {
            scraping.query(&expression).unwrap();
        } else {
            scraping.eventually(&expression);
        }
    }
}

fn rules_are_evaluated(scraping: &Scraping) {
    let rules = get(&format!("{}/api/v1/rules", scraping.url), &[]).unwrap();
    let rules: Value = serde_json::from_str(&rules).unwrap();
    let rules = rules["data"]["groups"][0]["rules"].as_array().unwrap();
    for rule in rules {
        scraping.query(rule["query"].as_str().unwrap()).unwrap();
        assert_ne!(rule["health"], "err", "{rule}");
    }
    for alert in ALERTS {
        assert!(
            rules.iter().any(|rule| rule["name"] == alert),
            "`{alert}` in {rules:?}"
        );
    }
}

fn promtool_has_no_complaint(program: &Path, port: u16) {
    let exposed = get(&format!("http://127.0.0.1:{port}/metrics"), &[]).unwrap();
    let complaints = promtool(program, &["check", "metrics"], &exposed);
    // promtool reads the older text format, where the sample of a counter has the name of its family.
    let real = |line: &&str| !line.ends_with("_total no help text");
    let complaints: Vec<&str> = complaints.stderr.lines().filter(real).collect();
    assert_eq!(complaints, Vec::<&str>::new(), "{exposed}");
}

fn stop(mut trainer: Server) {
    let pid = trainer.0.id().to_string();
    let told = Command::new("kill").args(["-INT", &pid]).status().unwrap();
    assert!(told.success());
    assert_eq!(trainer.0.wait().unwrap().code(), Some(130));
}

#[test]
fn every_expression_of_the_dashboards_and_rules_is_answered() {
    let Some(program) = prometheus() else { return };
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    let port = free_port();
    let trainer = training(folder.path(), port);
    let scraping = Scraping::start(&program, folder.path(), port);
    scraping.eventually("rate(tts_validation_duration_seconds_count[1m]) > 0");
    scraping.eventually("tts_checkpoints_total > 1");

    dashboards_find_something(&scraping);
    rules_are_evaluated(&scraping);
    promtool_has_no_complaint(&program, port);

    let found = scraping.query(r#"max_over_time(tts_loss{phase="train",component="total"}[5m])"#);
    let stored = &found.unwrap()[0]["value"][1];
    let stored: f64 = stored.as_str().unwrap().parse().unwrap();
    stop(trainer);
    let events = fs::read_to_string(folder.path().join("run/events.jsonl")).unwrap();
    let recorded = events.lines().any(|line| {
        let event: Value = serde_json::from_str(line).unwrap();
        event["metrics"]["training.loss"].as_f64() == Some(stored)
    });
    assert!(recorded, "{stored} is a loss of the record");
}

#[test]
fn the_configuration_is_valid_and_each_alert_fires_when_it_should() {
    let Some(program) = prometheus() else { return };
    promtool(&program, &["check", "config", "prometheus.yml"], "").ok();
    promtool(&program, &["test", "rules", "rules_test.yml"], "").ok();
}

#[test]
fn a_taken_address_is_told_before_anything_begins() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let line = format!(
        "train --dataset corpus -o run --preset tiny --max-steps 1 -q --metrics-addr {address}"
    );
    let ran = diktor(folder.path(), &line);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.stderr.contains(&address.to_string()) && ran.stderr.contains("hint:"),
        "{ran:?}"
    );
    assert!(!folder.path().join("run").exists(), "nothing has begun");
}

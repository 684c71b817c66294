//! A server that dies, hangs, is locked or is none: the run does not notice, and nothing is lost.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use diktor_track::{
    ConsoleStyle, Event, EventKind, Secrets, Tracker,
    mlflow::{Courier, Server, sync},
    names,
    report::ReportLocale,
    run_sinks,
};
use rusqlite::Connection;

use crate::{
    mlflow::{EXPERIMENT, events, expected, run},
    mlflow_server::{MlflowServer, python},
    proxy::{Mood, Proxy},
    service::free_port,
    started,
};

/// A session that lasts, so that its server can be ill-treated meanwhile.
struct Session {
    tracker: Tracker,
    courier: Courier,
    step: u64,
    slowest: Duration,
}

impl Session {
    fn begin(run_dir: &Path, server: Server) -> Self {
        let courier = Courier::start(run_dir, server);
        let tracker =
            Tracker::new(run_sinks(run_dir, ConsoleStyle::Quiet, ReportLocale::En, None).unwrap());
        let mut start = started(None);
        start.time_s = now_s();
        tracker.emit(start);
        Self {
            tracker,
            courier,
            step: 0,
            slowest: Duration::ZERO,
        }
    }

    /// Steps until `enough` says so, 20 metrics each.
    fn go_on(&mut self, mut enough: impl FnMut(u64) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(150);
        while !enough(self.step) {
            assert!(
                Instant::now() < deadline,
                "it takes too long, step {}",
                self.step
            );
            self.step += 1;
            let metrics = names::ALL[..20]
                .iter()
                .map(|name| ((*name).to_owned(), self.step as f64 / 3.0))
                .collect();
            let event = Event {
                step: self.step,
                time_s: now_s(),
                kind: EventKind::Step { metrics },
            };
            let began = Instant::now();
            self.tracker.emit(event);
            self.slowest = self.slowest.max(began.elapsed());
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn end(self) {
        self.tracker.finish();
        self.courier.finish();
    }
}

fn now_s() -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap().as_secs_f64()
}

#[test]
fn a_server_that_dies_hangs_and_lies_costs_nothing_and_misses_nothing() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut server = MlflowServer::start(python, folder.path());
    let proxy = Proxy::start(server.port());
    let run_dir = folder.path().join("voice");
    let mut session = Session::begin(&run_dir, through(&proxy));
    let rows_there = |server: &MlflowServer| {
        let runs = server.runs(EXPERIMENT);
        runs.first().map_or(0, |run| server.rows(run).len())
    };
    session.go_on(|step| step % 100 == 0 && rows_there(&server) > 0);
    let requests = proxy.requests();
    proxy.set(Mood::Answer(500));
    // The first of them may have been on its way before.
    session.go_on(|_| proxy.requests() > requests + 1);
    proxy.set(Mood::Pass);
    for _ in 0..3 {
        server.kill();
        server.launch();
        session.go_on(|step| step % 100 == 0 && server.answers());
    }
    locked(&server, &mut session);
    proxy.set(Mood::Delay(Duration::from_secs(30)));
    let steps = session.step;
    session.go_on(|step| step > steps + 100);
    let (slowest, last) = (session.slowest, session.step);
    let ended = Instant::now();
    session.end();
    assert!(
        ended.elapsed() < Duration::from_secs(40),
        "the end of a run does not wait for a server"
    );
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");

    proxy.set(Mood::Pass);
    let deadline = Instant::now() + Duration::from_secs(300);
    let synced = loop {
        match sync(&run_dir, &through(&proxy), Duration::from_secs(60)) {
            Ok(synced) => break synced,
            // The thread of the run may still wait for the answer that comes 30 s late, and then delivers all the rest.
            Err(error) => assert!(error.is_passing() && Instant::now() < deadline, "{error}"),
        }
        thread::sleep(Duration::from_millis(200));
    };
    assert_eq!((synced.failure, synced.refused), (None, 0));
    let remote = server.run(EXPERIMENT);
    let there = server.rows(&remote);
    assert_eq!(there, expected(&events(&run_dir)));
    assert_eq!(there.len() as u64, 20 * last);
}

#[test]
fn what_is_wrong_with_a_server_is_told_and_everything_kept() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path());
    let proxy = Proxy::start(free_port());
    for (mood, sentence) in [
        (Mood::Pass, "no answer"),
        (Mood::Cut, "no answer"),
        (Mood::Answer(500), "answered 500: not today"),
        (Mood::Answer(429), "answered 429"),
        (Mood::Answer(401), "MLFLOW_TRACKING_TOKEN"),
        (Mood::Answer(403), "EDIT"),
        (Mood::Answer(302), "no answer of MLflow"),
        (Mood::Web, "Please log in"),
    ] {
        proxy.set(mood);
        let synced = sync(folder.path(), &through(&proxy), Duration::ZERO).unwrap();
        let failure = synced.failure.unwrap();
        assert!(failure.contains(sentence), "{mood:?}: {failure}");
        assert_eq!((synced.metrics, synced.refused), (0, 0), "{mood:?}");
        assert_eq!(
            synced.waiting,
            expected(&events(folder.path())).len() as u64,
            "{mood:?}"
        );
    }
}

fn through(proxy: &Proxy) -> Server {
    let secrets = Secrets::default();
    Server::new(&proxy.uri(), EXPERIMENT, secrets).unwrap()
}

/// Somebody else holds the database for 40 s, twice as long as the server waits for it.
fn locked(server: &MlflowServer, session: &mut Session) {
    let database = Connection::open(server.database()).unwrap();
    database.busy_timeout(Duration::from_secs(20)).unwrap();
    database.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let until = Instant::now() + Duration::from_secs(40);
    session.go_on(|_| Instant::now() > until);
    database.execute_batch("ROLLBACK").unwrap();
}

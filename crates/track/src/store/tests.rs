//! The store holds what the log says, whatever happened to either.

use std::{collections::BTreeMap, fs, path::Path};

use proptest::prelude::*;

use super::{Fact, Mark, RemoteRun, Store, Target, tags};
use crate::{
    EVENTS_FILE, Event, EventKind, InterventionRecord, Jsonl, Outcome, RestartRecord, RunStarted,
    Sink as _, names, read_events,
};

fn at(step: u64, time_s: f64, kind: EventKind) -> Event {
    Event { step, time_s, kind }
}

fn started(resumed_from: Option<u64>) -> EventKind {
    EventKind::RunStarted(RunStarted {
        run: "voice".to_owned(),
        version: "1".to_owned(),
        resumed_from,
        max_steps: None,
        total_params: 5,
        train_size: 2,
        val_size: 1,
        hparams: BTreeMap::from([("batch_size".to_owned(), 4.into())]),
    })
}

fn measured(entries: &[(&str, f64)]) -> EventKind {
    let metrics = entries
        .iter()
        .map(|(name, value)| ((*name).to_owned(), *value))
        .collect();
    EventKind::Step { metrics }
}

fn restart(to_step: u64) -> EventKind {
    EventKind::Restart(RestartRecord {
        attempt: 1,
        most: 3,
        from_step: 9,
        to_step,
        checkpoint: "c".into(),
        reinitialised: false,
        overrides: BTreeMap::new(),
        why: "a test".to_owned(),
    })
}

fn write(run_dir: &Path, events: &[Event]) {
    let mut log = Jsonl::open(&run_dir.join(EVENTS_FILE)).unwrap();
    for event in events {
        log.record(event).unwrap();
    }
    log.flush().unwrap();
}

type Rows = Vec<(String, i64, i64, u64)>;

/// Name, step, time and bits of every row of the store, NaN being one value.
fn rows(store: &Store) -> Rows {
    let rows = store.metrics_after(0, usize::MAX >> 1).unwrap();
    sorted(
        rows.into_iter()
            .map(|row| (row.name, row.step, row.timestamp_ms, row.value)),
    )
}

/// The same of the events that count, each value of a step once.
fn expected(run_dir: &Path) -> Rows {
    let events = read_events(&run_dir.join(EVENTS_FILE)).unwrap();
    let mut rows: Vec<(String, i64, i64, f64)> = Vec::new();
    for event in events {
        let (step, time) = (event.step as i64, super::time::milliseconds(event.time_s));
        match event.kind {
            EventKind::Step { metrics } | EventKind::Validation { metrics } => {
                rows.extend(
                    metrics
                        .into_iter()
                        .map(|(name, value)| (name, step, time, value)),
                );
            }
            EventKind::Intervention(change) => {
                rows.push((
                    format!("{}{}", names::KNOB_PREFIX, change.knob),
                    step,
                    time,
                    change.new,
                ));
            }
            _ => {}
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    rows.retain(|(name, step, _, value)| {
        let bits = if value.is_nan() {
            f64::NAN.to_bits()
        } else {
            value.to_bits()
        };
        seen.insert((name.clone(), *step, bits))
    });
    sorted(rows.into_iter())
}

fn sorted(rows: impl Iterator<Item = (String, i64, i64, f64)>) -> Rows {
    let mut rows: Rows = rows
        .map(|(name, step, time, value)| {
            let bits = if value.is_nan() {
                f64::NAN.to_bits()
            } else {
                value.to_bits()
            };
            (name, step, time, bits)
        })
        .collect();
    rows.sort();
    rows
}

/// What can stand in a log, the step of a resume never below that of the last way back.
fn history() -> impl Strategy<Value = Vec<Event>> {
    let value = prop_oneof![
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(-0.0),
        Just(0.0),
        -2.0..2.0_f64
    ];
    let entry = (0..6_u8, 0..12_u64, value);
    proptest::collection::vec(entry, 1..60).prop_map(|entries| {
        let mut events = vec![at(0, 1.0, started(None))];
        let mut least = 0;
        for (number, (what, step, value)) in entries.into_iter().enumerate() {
            let time_s = 2.0 + number as f64;
            let kind = match what {
                0..=2 => measured(&[("training.loss", value), ("duration", value)]),
                3 => EventKind::Intervention(InterventionRecord {
                    who: "w".to_owned(),
                    knob: "k".to_owned(),
                    old: 0.0,
                    new: value,
                    why: String::new(),
                }),
                4 => {
                    least = step;
                    restart(step)
                }
                _ => started(Some(step.max(least))),
            };
            events.push(at(step, time_s, kind));
        }
        events
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn the_store_holds_the_history_that_counts(events in history(), looks in proptest::collection::vec(any::<bool>(), 60)) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        for (event, look) in events.iter().zip(looks) {
            write(folder.path(), std::slice::from_ref(event));
            if look {
                store.catch_up().unwrap();
                // Whoever comes later finds the same.
                drop(store);
                store = Store::open(folder.path()).unwrap();
            }
        }
        write(folder.path(), &events[events.len().min(60)..]);
        store.catch_up().unwrap();
        prop_assert_eq!(rows(&store), expected(folder.path()));
    }
}

#[test]
fn a_torn_line_is_taken_once_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join(EVENTS_FILE);
    let mut store = Store::open(folder.path()).unwrap();
    write(
        folder.path(),
        &[
            at(0, 1.0, started(None)),
            at(1, 2.0, measured(&[("a", 1.0)])),
        ],
    );
    let whole = fs::read(&log).unwrap();
    for length in [whole.len() / 2, whole.len() - 1, whole.len()] {
        fs::write(&log, &whole[..length]).unwrap();
        store.catch_up().unwrap();
        assert_eq!(
            rows(&store).len(),
            usize::from(length == whole.len()),
            "{length}"
        );
    }
}

#[test]
fn a_log_that_lost_its_end_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join(EVENTS_FILE);
    let mut store = Store::open(folder.path()).unwrap();
    let line = |step: u64, value| at(step, step as f64, measured(&[("a", value)]));
    write(
        folder.path(),
        &[at(0, 1.0, started(None)), line(1, 1.0), line(2, 2.0)],
    );
    store.catch_up().unwrap();
    let text = fs::read_to_string(&log).unwrap();
    let kept: String = text.split_inclusive('\n').take(2).collect();
    fs::write(&log, kept).unwrap();
    write(
        folder.path(),
        &[at(1, 9.0, started(Some(1))), line(2, 3.0), line(3, 4.0)],
    );
    store.catch_up().unwrap();
    assert_eq!(rows(&store), expected(folder.path()));
}

#[test]
fn a_run_keeps_its_identity_and_what_is_begun_anew_gets_another() {
    let folder = tempfile::tempdir().unwrap();
    let identity = |events: &[Event]| {
        write(folder.path(), events);
        let mut store = Store::open(folder.path()).unwrap();
        store.catch_up().unwrap();
        store.fact(Fact::RunUuid).unwrap().unwrap()
    };
    let first = identity(&[at(0, 1.0, started(None))]);
    assert_eq!(identity(&[at(0, 2.0, started(Some(0)))]), first);
    fs::remove_file(folder.path().join(super::STORE_FILE)).unwrap();
    assert_eq!(identity(&[]), first, "made anew from the log");
    assert_ne!(identity(&[at(0, 3.0, started(None))]), first);
}

/// Something that happens to a store, and what it is called.
type Damage = (&'static str, fn(&Path));

fn sql(store: &Path, statements: &str) {
    let connection = rusqlite::Connection::open(store).unwrap();
    connection.execute_batch(statements).unwrap();
}

/// Writes over a share of the file.
fn overwrite(store: &Path, from: f64, to: f64, byte: u8) {
    let mut bytes = fs::read(store).unwrap();
    let at = |share: f64| (share * bytes.len() as f64) as usize;
    let (from, to) = (at(from), at(to));
    bytes[from..to].fill(byte);
    fs::write(store, bytes).unwrap();
}

fn keep(store: &Path, share: f64) {
    let bytes = fs::read(store).unwrap();
    fs::write(store, &bytes[..(share * bytes.len() as f64) as usize]).unwrap();
}

const DAMAGES: &[Damage] = &[
    ("garbage", |store| fs::write(store, vec![7; 9000]).unwrap()),
    ("text", |store| fs::write(store, "no database\n").unwrap()),
    ("nothing", |store| fs::write(store, "").unwrap()),
    ("a cut header", |store| keep(store, 0.001)),
    ("half of it", |store| keep(store, 0.5)),
    ("all but its end", |store| keep(store, 0.99)),
    ("zeros within", |store| overwrite(store, 0.2, 0.8, 0)),
    ("noise within", |store| overwrite(store, 0.3, 0.7, 0xa5)),
    ("noise at the end", |store| overwrite(store, 0.9, 1.0, 0x5a)),
    ("a forgotten form", |store| {
        sql(store, "PRAGMA user_version = 0")
    }),
    ("a table less", |store| sql(store, "DROP TABLE deliveries")),
    ("an index less", |store| {
        sql(store, "DROP INDEX metrics_once")
    }),
    ("a column less", |store| {
        sql(store, "ALTER TABLE artifacts DROP COLUMN bytes");
    }),
    ("another program's", |store| {
        fs::remove_file(store).unwrap();
        sql(
            store,
            "CREATE TABLE meta (id INTEGER); PRAGMA user_version = 1",
        );
    }),
    ("a folder", |store| {
        fs::remove_file(store).unwrap();
        fs::create_dir(store).unwrap();
    }),
    ("a place beyond the log", |store| {
        sql(
            store,
            "UPDATE meta SET value = '999999' WHERE name = 'log_offset'",
        );
    }),
    ("no last line", |store| {
        sql(
            store,
            "DELETE FROM meta WHERE name = 'log_tail'; DELETE FROM metrics",
        );
    }),
    ("a journal of noise", |store| {
        fs::write(store.with_extension("sqlite-wal"), vec![9; 5000]).unwrap();
    }),
];

/// A run of many rows, and its store.
fn kept(run_dir: &Path) -> Store {
    let events: Vec<Event> = std::iter::once(at(0, 1.0, started(None)))
        .chain((1..400_u32).map(|step| {
            let values = [("a", f64::from(step)), ("b", -0.5)];
            at(step.into(), f64::from(step), measured(&values))
        }))
        .collect();
    write(run_dir, &events);
    let mut store = Store::open(run_dir).unwrap();
    store.catch_up().unwrap();
    store
}

#[test]
fn a_damaged_store_is_set_aside_and_made_anew() {
    for (what, damage) in DAMAGES {
        let folder = tempfile::tempdir().unwrap();
        let identity = kept(folder.path()).fact(Fact::RunUuid).unwrap();
        damage(&folder.path().join(super::STORE_FILE));
        let mut store =
            Store::open(folder.path()).unwrap_or_else(|error| panic!("{what}: {error}"));
        let followed = store.catch_up();
        assert!(followed.is_ok(), "{what}: {followed:?}");
        assert_eq!(rows(&store), expected(folder.path()), "{what}");
        assert_eq!(store.fact(Fact::RunUuid).unwrap(), identity, "{what}");
    }
}

#[test]
fn damage_that_is_met_while_the_store_is_open_is_mended_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(super::STORE_FILE);
    let mut store = kept(folder.path());
    store
        .read(|store| store.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA cache_size = 0"))
        .unwrap();
    overwrite(&path, 0.01, 1.0, 0xa5);
    write(folder.path(), &[at(400, 400.0, measured(&[("a", 1.0)]))]);
    store.catch_up().unwrap();
    assert_eq!(rows(&store), expected(folder.path()));
    assert!(folder.path().join("store.damaged.sqlite").is_file());
}

#[test]
fn a_store_of_a_newer_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(kept(folder.path()));
    let path = folder.path().join(super::STORE_FILE);
    sql(&path, "PRAGMA user_version = 2");
    let refused = Store::open(folder.path()).unwrap_err();
    assert!(refused.to_string().contains("hint:"), "{refused}");
    assert!(path.is_file());
}

/// A server, and a run on it.
fn somewhere() -> (Target, RemoteRun) {
    let target = Target {
        server: "http://h".to_owned(),
        experiment: "e".to_owned(),
    };
    let run = RemoteRun {
        id: "r".to_owned(),
        experiment_id: "1".to_owned(),
        artifact_uri: "a".to_owned(),
    };
    (target, run)
}

#[test]
fn what_a_server_was_told_is_told_again_and_not_in_other_words() {
    let folder = tempfile::tempdir().unwrap();
    let (target, run) = somewhere();
    let mut store = Store::open(folder.path()).unwrap();
    let step = |step: u64, time, loss, duration| {
        let metrics = [("training.loss", loss), ("duration", duration)];
        at(step, time, measured(&metrics))
    };
    write(
        folder.path(),
        &[
            at(0, 1.0, started(None)),
            step(1, 2.0, 0.5, 0.1),
            step(2, 3.0, f64::NAN, 0.2),
            step(3, 4.0, 0.3, 0.3),
        ],
    );
    store.catch_up().unwrap();
    store.note_run(&target, &run).unwrap();
    // Four rows were on their way when the session was killed; nobody knows whether they arrived.
    store.mark(&target, Mark::Offered(4)).unwrap();
    write(
        folder.path(),
        &[
            at(1, 10.0, started(Some(1))),
            step(2, 11.0, f64::NAN, 0.7),
            step(3, 12.0, 0.3, 0.8),
        ],
    );
    store.catch_up().unwrap();
    let all = store.metrics_after(0, 100).unwrap();
    let of = |name: &str, step| {
        let row = all.iter().find(|row| row.name == name && row.step == step);
        let row = row.unwrap();
        (row.timestamp_ms, row.value)
    };
    assert_eq!(all.len(), 6);
    assert_eq!(
        of("duration", 2),
        (3000, 0.2),
        "it may be there: told again as it was"
    );
    assert_eq!(of("training.loss", 2).0, 3000);
    assert_eq!(
        of("duration", 3),
        (12_000, 0.8),
        "never told: the newer one counts"
    );
    assert_eq!(of("training.loss", 3), (12_000, 0.3));
}

#[test]
fn what_a_server_was_told_is_remembered_over_a_session_that_told_it_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (target, run) = somewhere();
    let mut store = Store::open(folder.path()).unwrap();
    let step = |time| at(1, time, measured(&[("training.loss", 0.5)]));
    write(folder.path(), &[at(0, 1.0, started(None)), step(2.0)]);
    store.catch_up().unwrap();
    store.note_run(&target, &run).unwrap();
    store.mark(&target, Mark::Offered(1)).unwrap();
    for time in [10.0, 20.0] {
        write(
            folder.path(),
            &[at(0, time, started(Some(0))), step(time + 1.0)],
        );
        store.catch_up().unwrap();
    }
    let rows = store.metrics_after(0, 100).unwrap();
    let rows: Vec<_> = rows
        .iter()
        .map(|row| (row.step, row.timestamp_ms))
        .collect();
    assert_eq!(rows, [(1, 2000)]);
}

#[test]
fn parameters_are_said_once_and_changes_are_tags() {
    let folder = tempfile::tempdir().unwrap();
    let mut later = started(Some(0));
    if let EventKind::RunStarted(start) = &mut later {
        start.hparams.insert("batch_size".to_owned(), 8.into());
    }
    let end = EventKind::RunFinished {
        outcome: Outcome::Interrupted,
        seconds: 1.0,
    };
    write(
        folder.path(),
        &[
            at(0, 1.0, started(None)),
            at(0, 2.0, later),
            at(0, 3.0, end),
        ],
    );
    let mut store = Store::open(folder.path()).unwrap();
    store.catch_up().unwrap();
    assert_eq!(store.param("hparams.batch_size").unwrap().unwrap(), "4");
    let tags: BTreeMap<String, String> = store
        .tags_after(0)
        .unwrap()
        .into_iter()
        .map(|tag| (tag.name, tag.value))
        .collect();
    assert_eq!(tags["hparams.batch_size"], "8");
    assert_eq!(tags[tags::SESSIONS], "[null,0]");
    assert_eq!(tags[tags::OUTCOME], "interrupted");
    assert_eq!(store.status().unwrap(), Some(tags::Status::Killed));
}

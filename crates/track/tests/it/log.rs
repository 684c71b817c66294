//! `events.jsonl` keeps every bit, whatever happens to the file.

use std::{collections::BTreeMap, fs};

use diktor_track::{
    Event, EventKind, FaultAction, FaultKind, FaultRecord, InterventionRecord, Jsonl,
    RestartRecord, Sink, effective, read_events, read_log,
};
use proptest::prelude::*;

use crate::{session, started, step};

/// The same, with NaN equal to NaN.
fn same_bits(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

proptest! {
    #[test]
    fn numbers_come_back_bit_for_bit(bits in proptest::collection::vec(any::<u64>(), 1..20)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let values: Vec<f64> = bits.into_iter().map(f64::from_bits)
            .chain([f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 5e-324]).collect();
        let mut sink = Jsonl::open(&path).unwrap();
        for value in &values {
            sink.record(&step(1, "training.loss", *value)).unwrap();
            sink.record(&Event { step: 1, time_s: *value, kind: EventKind::Intervention(InterventionRecord {
                who: String::new(), knob: String::new(), old: *value, new: *value, why: String::new(),
            })}).unwrap();
        }
        sink.flush().unwrap();
        let events = read_events(&path).unwrap();
        prop_assert_eq!(events.len(), 2 * values.len());
        for (pair, value) in events.chunks(2).zip(values) {
            let EventKind::Step { metrics } = &pair[0].kind else { panic!("{pair:?}") };
            let EventKind::Intervention(change) = &pair[1].kind else { panic!("{pair:?}") };
            let read = [metrics["training.loss"], change.old, change.new, pair[1].time_s];
            prop_assert!(read.iter().all(|read| same_bits(*read, value)), "{value:?} {read:?}");
        }
    }

    #[test]
    fn any_damage_costs_only_the_lines_it_hits(at in any::<prop::sample::Index>(), bit in 0..8u32, cut in any::<bool>()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let events: Vec<Event> = (1..=20).map(|number| step(number, "training.loss", 0.5)).collect();
        let lines: Vec<String> = events.iter().map(|event| serde_json::to_string(event).unwrap() + "\n").collect();
        let mut bytes = lines.concat().into_bytes();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] ^= 1 << bit }
        fs::write(&path, &bytes).unwrap();
        let log = read_log(&path).unwrap();
        let whole = lines.iter().scan(0, |end, line| { *end += line.len(); Some(*end) })
            .take_while(|end| *end <= at).count();
        prop_assert_eq!(&log.events[..whole], &events[..whole]);
        // A flipped bit harms its line, and the next one if it was the end of the line.
        if !cut { prop_assert!(log.events.len() >= 18) }
    }
}

#[test]
fn every_kind_of_event_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let plan = crate::synthetic::Plan {
        steps: 30,
        validate_every: 15,
        utterances: 1,
    };
    let events = crate::synthetic::run(folder.path(), plan).unwrap();
    for event in events {
        let line = serde_json::to_string(&event).unwrap();
        let back: Event = serde_json::from_str(&line).unwrap();
        // NaN is not equal to itself, but its line is.
        assert_eq!(serde_json::to_string(&back).unwrap(), line);
    }
}

#[test]
fn a_resumed_run_takes_back_what_came_after_its_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let steps = |range: std::ops::RangeInclusive<u64>, value: f64| {
        range.map(move |number| step(number, "training.loss", value))
    };
    session(folder.path(), None, steps(1..=20, 1.0));
    session(folder.path(), Some(10), steps(11..=15, 2.0));
    session(folder.path(), Some(12), steps(13..=14, 3.0));
    let events = read_events(&folder.path().join("events.jsonl")).unwrap();
    let points: Vec<(u64, f64)> = events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Step { metrics } => Some((event.step, metrics["training.loss"])),
            _ => None,
        })
        .collect();
    let expected: Vec<(u64, f64)> = (1..=10)
        .map(|step| (step, 1.0))
        .chain([(11, 2.0), (12, 2.0), (13, 3.0), (14, 3.0)])
        .collect();
    assert_eq!(points, expected);
    let starts = events
        .iter()
        .filter(|event| matches!(event.kind, EventKind::RunStarted(_)));
    assert_eq!(starts.count(), 3);
}

#[test]
fn after_a_sync_the_file_holds_every_event() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    let jsonl = Jsonl::open(&path).unwrap();
    let tracker = diktor_track::Tracker::new(vec![("events.jsonl", Box::new(jsonl))]);
    (1..=500).for_each(|number| tracker.emit(step(number, "training.loss", 0.5)));
    tracker.sync();
    assert_eq!(read_events(&path).unwrap().len(), 500);
}

#[test]
fn a_fresh_start_takes_back_everything() {
    let events = vec![
        started(None),
        step(1, "a", 1.0),
        started(None),
        step(1, "a", 2.0),
    ];
    assert_eq!(effective(events.clone()), events[2..]);
}

fn restart(from_step: u64, to_step: u64) -> Event {
    Event {
        step: to_step,
        time_s: 0.0,
        kind: EventKind::Restart(RestartRecord {
            attempt: 1,
            most: 3,
            from_step,
            to_step,
            checkpoint: "checkpoints/last_good.ckpt".into(),
            reinitialised: false,
            overrides: BTreeMap::from([("lr_restart_factor".to_owned(), 0.5)]),
            why: "a test".to_owned(),
        }),
    }
}

fn fault(step: u64) -> Event {
    Event {
        step,
        time_s: 0.0,
        kind: EventKind::Fault(FaultRecord {
            kind: FaultKind::NonFiniteLoss,
            value: f64::INFINITY,
            place: Some("encoder".to_owned()),
            suspects: vec!["a".to_owned()],
            batch: vec!["a".to_owned(), "b".to_owned()],
            action: FaultAction::Skipped,
        }),
    }
}

#[test]
fn a_restart_takes_back_the_measurements_and_keeps_the_story() {
    let events = vec![
        started(None),
        step(1, "a", 1.0),
        step(2, "a", 1.0),
        fault(3),
        restart(3, 1),
        step(2, "a", 2.0),
    ];
    let mut expected = events.clone();
    expected.remove(2);
    assert_eq!(effective(events.clone()), expected);
    // A session that goes on from before the fault went on from after the restart.
    let resumed: Vec<Event> = events.into_iter().chain([started(Some(1))]).collect();
    let kept = effective(resumed);
    assert!(kept.contains(&fault(3)) && kept.contains(&restart(3, 1)));
    assert!(!kept.contains(&step(2, "a", 2.0)));
}

#[test]
fn faults_and_restarts_come_back() {
    for event in [fault(3), restart(7, 2)] {
        let line = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), event);
    }
    let EventKind::Fault(fault) = fault(3).kind else {
        panic!("no fault")
    };
    assert_eq!(
        fault.sentence(),
        "the loss is inf, in `encoder`; utterance a: no update was made"
    );
}

#[test]
fn numbers_written_by_other_tools_are_read() {
    let line =
        r#"{"step":3,"time_s":7,"event":"step","metrics":{"a":1,"b":-2,"c":"NaN","d":"-inf"}}"#;
    let event: Event = serde_json::from_str(line).unwrap();
    let EventKind::Step { metrics } = event.kind else {
        panic!("{event:?}")
    };
    let expected = BTreeMap::from([("a", 1.0), ("b", -2.0), ("d", f64::NEG_INFINITY)]);
    assert!(
        expected
            .iter()
            .all(|(name, value)| metrics[*name] == *value)
    );
    assert!(metrics["c"].is_nan());
    assert!(serde_json::from_str::<Event>(&line.replace("NaN", "much")).is_err());
}

//! Batches come in an order that is a function of the seed and the place alone.

use diktor_train::{Hparams, data::Cursor};

use crate::support;

fn ids(hparams: &Hparams, from: Cursor, steps: usize) -> Vec<(Vec<String>, Cursor)> {
    let mut feeder = support::feeder(hparams, from);
    (0..steps)
        .map(|_| {
            let batch = feeder.next_step().unwrap();
            (
                batch.ids().into_iter().map(str::to_owned).collect(),
                feeder.cursor(),
            )
        })
        .collect()
}

#[test]
fn any_place_can_be_returned_to() {
    for accumulation in [1, 2, 4] {
        let hparams = Hparams {
            gradient_accumulation_steps: accumulation,
            ..support::hparams()
        };
        let whole = ids(&hparams, Cursor::default(), 12);
        for (done, (_, cursor)) in whole.iter().enumerate() {
            let rest = ids(&hparams, *cursor, 11 - done);
            assert_eq!(
                rest,
                whole[done + 1..],
                "accumulating {accumulation}, after {done}"
            );
        }
    }
}

#[test]
fn every_utterance_comes_once_per_epoch() {
    let first: Vec<String> = ids(&support::hparams(), Cursor::default(), 3)
        .into_iter()
        .flat_map(|(ids, _)| ids)
        .collect();
    let mut sorted = first.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!((first.len(), sorted.len()), (7, 7));
}

#[test]
fn other_frames_per_step_change_the_padding_and_not_the_order() {
    let hparams = support::hparams();
    let expected = ids(&hparams, Cursor::default(), 6);
    let mut feeder = support::feeder(&hparams, Cursor::default());
    for (index, (ids, _)) in expected.iter().enumerate() {
        if index == 3 {
            feeder.set_frames_per_step(5);
        }
        let batch = feeder.next_step().unwrap();
        assert_eq!(batch.ids(), *ids);
        let r = if index < 3 { 2 } else { 5 };
        assert_eq!((batch.frames_per_step, batch.parts[0].frames() % r), (r, 0));
    }
}

#[test]
fn a_step_of_more_batches_takes_the_next_ones() {
    let hparams = support::hparams();
    let expected = ids(&hparams, Cursor::default(), 4);
    let mut feeder = support::feeder(&hparams, Cursor::default());
    assert_eq!(feeder.next_step().unwrap().ids(), expected[0].0);
    feeder.set_accumulation(3);
    let batch = feeder.next_step().unwrap();
    let together: Vec<&String> = expected[1..].iter().flat_map(|(ids, _)| ids).collect();
    assert_eq!(batch.ids(), together);
    assert_eq!((batch.parts.len(), feeder.cursor()), (3, expected[3].1));
}

#[test]
fn another_batch_size_begins_a_new_epoch() {
    let hparams = support::hparams();
    let mut feeder = support::feeder(&hparams, Cursor::default());
    feeder.next_step().unwrap();
    feeder.set_batch_size(hparams.batch_size);
    assert_eq!(feeder.cursor(), Cursor { epoch: 0, batch: 1 });
    feeder.set_batch_size(2);
    let start = Cursor { epoch: 1, batch: 0 };
    assert_eq!(feeder.cursor(), start);
    let smaller = Hparams {
        batch_size: 2,
        ..hparams
    };
    let expected = ids(&smaller, start, 5);
    for (expected, after) in expected {
        assert_eq!(feeder.next_step().unwrap().ids(), expected);
        assert_eq!(feeder.cursor(), after);
    }
}

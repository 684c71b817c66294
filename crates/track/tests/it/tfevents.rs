//! Damaged TensorBoard files give up their whole records and nothing else.

use std::fs;

use diktor_track::tfevents::{EventWriter, Summary, read_records};
use proptest::prelude::*;

/// A file of ten records.
fn file() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = EventWriter::create(folder.path(), 1e9).unwrap();
    writer.session_start(0, 1e9).unwrap();
    for step in 0..4 {
        let summaries = [
            Summary::Scalar {
                tag: "training/loss",
                value: f32::NAN,
            },
            Summary::Text {
                tag: "run/warnings",
                markdown: "**мягко**",
            },
        ];
        summaries
            .iter()
            .for_each(|summary| writer.summary(step, 1e9, summary).unwrap());
    }
    writer.flush().unwrap();
    fs::read(writer.path()).unwrap()
}

/// Where each record of a whole file ends.
fn ends(file: &[u8]) -> Vec<usize> {
    let records = read_records(file);
    assert_eq!(records.damaged_bytes, 0);
    let mut end = 0;
    records
        .payloads
        .iter()
        .map(|payload| {
            end += payload.len() + 16;
            end
        })
        .collect()
}

#[test]
fn a_whole_file_is_read_to_its_end() {
    let file = file();
    let records = read_records(&file);
    assert_eq!((records.payloads.len(), records.damaged_bytes), (10, 0));
    assert!(records.payloads[0].ends_with(b"brain.Event:2"));
}

#[test]
fn a_length_that_lies_allocates_nothing() {
    let mut file = file();
    let length = u64::MAX.to_le_bytes();
    file[..8].copy_from_slice(&length);
    assert!(read_records(&file).payloads.is_empty());
}

proptest! {
    #[test]
    fn a_torn_file_gives_its_whole_records(at in any::<prop::sample::Index>()) {
        let file = file();
        let at = at.index(file.len());
        let records = read_records(&file[..at]);
        let whole = ends(&file).into_iter().filter(|end| *end <= at).count();
        prop_assert_eq!(&records.payloads, &read_records(&file).payloads[..whole]);
        prop_assert_eq!(records.damaged_bytes > 0, at != 0 && !ends(&file).contains(&at));
    }

    #[test]
    fn a_flipped_bit_ends_the_reading_before_its_record(at in any::<prop::sample::Index>(), bit in 0..8u32) {
        let whole = file();
        let at = at.index(whole.len());
        let mut damaged = whole.clone();
        damaged[at] ^= 1 << bit;
        let before = ends(&whole).into_iter().filter(|end| *end <= at).count();
        prop_assert_eq!(&read_records(&damaged).payloads, &read_records(&whole).payloads[..before]);
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        read_records(&bytes);
    }
}

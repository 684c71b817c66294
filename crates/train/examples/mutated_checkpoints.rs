//! Damages checkpoints of every kind at random and reads what is left: no panic, no hang, no memory beyond the file's.
//!
//! `cargo run --release --example mutated_checkpoints -- 10000 1 FILES` makes 10 000 mutations with seed 1 and tells
//! how they ended.
#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use std::{
    collections::BTreeMap,
    fs,
    panic::catch_unwind,
    path::Path,
    time::{Duration, Instant},
};

use diktor_model::weights::{Dimensions, ImportReport};
use diktor_train::checkpoint::Given;

/// SplitMix64: the same mutations from the same seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let a = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let b = (a ^ (a >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        b ^ (b >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// Pieces of pickles and headers that mean something where they fall.
const PIECES: [&[u8]; 14] = [
    b"cos\nsystem\n",
    b"ctorch\nFloatStorage\n",
    b"(X\x01\0\0\0atR",
    b"\x8c\x02os\x8c\x06system\x93",
    b"h\0",
    b"q\0",
    b"u.",
    b"}(",
    b"((((((((",
    b"\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\0",
    b"18446744073709551615",
    b"[9223372036854775807,2]",
    b"\"",
    b"PK\x03\x04",
];

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(4) {
        // The heads hold the pickle or the JSON, the end of an archive its directory.
        let near = match random.below(4) {
            0 => bytes.len(),
            1 => bytes.len().min(100),
            _ => bytes.len().min(12_000),
        };
        let at = match random.below(6) {
            0 => bytes.len() - random.below(bytes.len().min(4000)).min(bytes.len()),
            _ => random.below(near),
        };
        match random.below(8) {
            0..=2 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
            3 => bytes.truncate(bytes.len() - random.below(bytes.len())),
            4 => {
                let piece = PIECES[random.below(PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            5 => {
                let piece = PIECES[random.below(PIECES.len())];
                let end = (at + piece.len()).min(bytes.len());
                bytes.splice(at..end, piece.iter().copied());
            }
            6 => {
                let end = (at + random.below(16)).min(bytes.len());
                bytes.drain(at..end);
            }
            _ => {
                let size = random.next().to_le_bytes();
                if let Some(field) = bytes.get_mut(at..at + 8) {
                    field.copy_from_slice(&size);
                }
            }
        }
    }
}

fn read(path: &Path) -> String {
    match Given::read(path) {
        Ok(Given::Checkpoint(checkpoint)) => match checkpoint.network(path) {
            Ok(_) => "a voice".to_owned(),
            Err(_) => "a voice whose tensors do not fit".to_owned(),
        },
        Ok(given @ Given::Weights(_)) => match Dimensions::infer(given.tensors()) {
            Ok(dimensions) => {
                let report = ImportReport::compare(&dimensions.tensors(), given.tensors());
                format!("weights, whole: {}", report.is_complete())
            }
            Err(_) => "weights of something else".to_owned(),
        },
        Err(error) => {
            let error = format!("{error:?}");
            let kinds = error.split(|c: char| !c.is_alphanumeric());
            let kinds: Vec<&str> = kinds.filter(|kind| !kind.is_empty()).take(2).collect();
            format!("refused: {}", kinds.join(" "))
        }
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |what: &str| -> u64 {
        let given = arguments.next().and_then(|given| given.parse().ok());
        given.unwrap_or_else(|| panic!("{what} is wanted first"))
    };
    let (count, seed) = (number("the number of mutations"), number("the seed"));
    let originals: Vec<Vec<u8>> = arguments.filter_map(|name| fs::read(name).ok()).collect();
    let folder = std::env::temp_dir().join(format!("mutated-checkpoints-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder of the moment");
    let path = folder.join("x");
    let mut random = Random(seed);
    let (mut ends, mut slowest) = (BTreeMap::<String, u64>::new(), Duration::ZERO);
    for index in 0..count {
        let mut bytes = originals[random.below(originals.len())].clone();
        mutate(&mut bytes, &mut random);
        fs::write(&path, &bytes).expect("a file of the moment");
        let start = Instant::now();
        let end = catch_unwind(|| read(&path)).unwrap_or_else(|_| {
            let kept = folder.with_extension(format!("panic-{index}"));
            let _ = fs::copy(&path, kept);
            "PANIC".to_owned()
        });
        let took = start.elapsed();
        if took > slowest {
            slowest = took;
            println!("{index}: {took:?} for {} bytes: {end}", bytes.len());
        }
        *ends.entry(end).or_default() += 1;
    }
    let _ = fs::remove_dir_all(&folder);
    for (end, times) in ends {
        println!("{times:6} {end}");
    }
    println!("slowest: {slowest:?}");
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM"));
    println!("{}", peak.unwrap_or("VmHWM: unknown"));
}

//! Damages sound files at random and decodes what is left: no panic, no hang.
//!
//! `cargo run --release --example mutated_sounds -- 10000 1 FILES` makes 10 000 mutations with seed 1
//! and tells how they ended. With a folder in `KEEP` each mutation and its samples (`.f32`) are left
//! there, so that another reader can be held against this one.
#![allow(clippy::print_stdout, reason = "an example shows what it found")]

use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use diktor_audio::{DecodeError, decode_within};

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

const SIZES: [u32; 12] = [
    0,
    1,
    7,
    8,
    16,
    0x7fff,
    0x7fff_f000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ff00,
    0xffff_ffdb,
    0xffff_ffff,
];

const CHUNKS: [&[u8]; 6] = [
    b"LIST\x05\0\0\0INFOx\0",
    b"LIST\x05\0\0\0INFOx",
    b"fact\x08\0\0\0\0\0\0\0\0\0\0\0",
    b"JUNK\0\0\0\0",
    b"data\0\0\0\0",
    b"\0",
];

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(3) {
        let near = if random.below(3) == 0 {
            bytes.len()
        } else {
            bytes.len().min(80)
        };
        let at = random.below(near);
        match random.below(8) {
            0 | 1 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
            2 => bytes.truncate(bytes.len() - random.below(bytes.len())),
            3 => {
                let size = SIZES[random.below(SIZES.len())].to_le_bytes();
                if let Some(field) = bytes.get_mut((at & !1)..(at & !1) + 4) {
                    field.copy_from_slice(&size);
                }
            }
            4 => {
                let chunk = CHUNKS[random.below(CHUNKS.len())];
                let at = [12, 36, bytes.len(), at][random.below(4)].min(bytes.len());
                bytes.splice(at..at, chunk.iter().copied());
            }
            5 => {
                let end = (at + random.below(16)).min(bytes.len());
                bytes.drain(at..end);
            }
            6 => {
                let noise: Vec<u8> = (0..random.below(16)).map(|_| random.next() as u8).collect();
                bytes.splice(at..at, noise);
            }
            _ => bytes.extend((0..random.below(9)).map(|_| 0)),
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
    let originals: Vec<Vec<u8>> = arguments
        .filter_map(|name| std::fs::read(name).ok())
        .collect();
    let keep = std::env::var_os("KEEP").map(PathBuf::from);
    let mut random = Random(seed);
    let (mut ends, mut slowest) = (BTreeMap::<String, u64>::new(), Duration::ZERO);
    for index in 0..count {
        let mut bytes = originals[random.below(originals.len())].clone();
        mutate(&mut bytes, &mut random);
        let start = Instant::now();
        let result = catch_unwind(|| decode_within(&bytes, 60.0));
        let took = start.elapsed();
        if took > slowest {
            slowest = took;
            println!("{index}: {took:?} for {} bytes", bytes.len());
        }
        let end = match &result {
            Err(_) => "PANIC".to_owned(),
            Ok(Ok(sound)) if sound.notes.is_empty() => "read".to_owned(),
            Ok(Ok(_)) => "read, with a note".to_owned(),
            Ok(Err(DecodeError::Broken { name })) => format!("{name} broke down"),
            Ok(Err(error)) => format!("{error:?}")
                .chars()
                .take_while(|c| c.is_alphanumeric())
                .collect(),
        };
        *ends.entry(end).or_default() += 1;
        if let Some(folder) = &keep {
            let name = folder.join(format!("{index:05}.wav"));
            std::fs::write(&name, &bytes).expect("the folder can be written to");
            if let Ok(Ok(sound)) = result {
                let samples: Vec<u8> = sound
                    .waveform
                    .samples
                    .iter()
                    .flat_map(|s| s.to_le_bytes())
                    .collect();
                std::fs::write(name.with_extension("f32"), samples).expect("as above");
            }
        }
    }
    for (end, count) in ends {
        println!("{count:6} {end}");
    }
}

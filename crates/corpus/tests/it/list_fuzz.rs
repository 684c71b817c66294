//! Lists that are damaged in every way are an answer, and what is read of them is whole.

use std::{fs, path::Path, time::Instant};

use diktor_audio::write_wav;
use diktor_corpus::{BadPolicy, ImportConfig, Reading, import};
use proptest::prelude::*;

use crate::clips::{english, tone};

/// Where more lists and the recordings they name are, to be damaged by hand.
const CASES: &str = "DIKTOR_LIST_CASES";

/// Lists of every kind that is read.
const LISTS: [&str; 9] = [
    "c0|in being modern.\nc1|It is late; good night.\nc2|One of these days.\n",
    "c0.wav|in being modern.|in being modern.\nc1.wav|It is 5.|It is five.\nc2.wav|So be it.|So be it.\n",
    "audio_file|text|speaker_name\nwavs/c0.wav|Hello there.|anna\nwavs/c1.wav|Good night.|boris\n",
    "\"c0\"|\"He said \"\"no\"\".\"\n\"c1\"|\"Yes, | and no.\"\n",
    "c0,\"One,\ntwo.\"\nc1,\"Three, four.\"\nc2,Five.\n",
    "client_id\tpath\tsentence\nab\tc0.mp3\tHello.\nab\tc1.mp3\tGood bye.\n",
    "C:\\data\\wavs\\c0.wav|Hello there.|0\nC:\\data\\wavs\\c1.wav|Good night.|0\n",
    "sep=;\nc0;\"a; b\"\nc1;c\n",
    "c0 HELLO THERE\nc1 GOOD NIGHT\n",
];

/// What damage puts in.
const PIECES: [&[u8]; 16] = [
    b"|",
    b"\"",
    b"\"\"",
    b"\n",
    b"\r\n",
    b",",
    b";",
    b"\t",
    b"\\",
    b"/",
    b"..",
    b"\xff",
    b"\0",
    b"\xef\xbb\xbf",
    "й".as_bytes(),
    b"c0",
];

/// Small numbers that look random, the same for the same seed.
struct Dice(u64);

impl Dice {
    /// Below a bound.
    ///
    /// # Source
    /// SplitMix64 (Steele, Lea, Flood 2014).
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }
}

fn damaged(list: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = list.to_vec();
    for _ in 0..=dice.below(6) {
        let at = dice.below(bytes.len() + 1);
        let end = (at + dice.below(30)).min(bytes.len());
        match dice.below(6) {
            0 => drop(bytes.splice(at..at, PIECES[dice.below(PIECES.len())].iter().copied())),
            1 => drop(bytes.drain(at..end)),
            2 => bytes.truncate(at),
            3 => {
                let copied = bytes[at..end].to_vec();
                let to = dice.below(bytes.len() + 1);
                drop(bytes.splice(to..to, copied));
            }
            4 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = dice.below(256) as u8;
                }
            }
            _ => drop(bytes.splice(at..at, vec![b'"'; dice.below(4)])),
        }
    }
    bytes
}

/// Reads damaged lists; how many of them were read at all.
fn fuzz(folder: &Path, list: &Path, lists: &[Vec<u8>], rounds: usize, seed: u64) -> usize {
    let mut dice = Dice(seed);
    let reading = Reading {
        bad: BadPolicy::Drop,
        ..Reading::default()
    };
    let config = ImportConfig {
        threads: 1,
        ..reading.over(ImportConfig::default())
    };
    let mut read = 0;
    for _ in 0..rounds {
        let bytes = damaged(&lists[dice.below(lists.len())], &mut dice);
        fs::write(list, &bytes).unwrap();
        let began = Instant::now();
        match import(folder, None, &english(), &config) {
            Ok((manifest, _)) => {
                read += 1;
                assert!(manifest.utterances.iter().all(|u| !u.text.is_empty()));
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
        assert!(
            began.elapsed().as_secs() < 20,
            "{:?}",
            String::from_utf8_lossy(&bytes)
        );
    }
    read
}

#[test]
fn a_damaged_list_is_an_answer() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("wavs")).unwrap();
    for number in 0..3 {
        let wav = dir.path().join(format!("wavs/c{number}.wav"));
        write_wav(&wav, &tone(300.0 + 20.0 * f64::from(number), 0.8, 22_050)).unwrap();
    }
    let lists: Vec<Vec<u8>> = LISTS.iter().map(|list| list.as_bytes().to_vec()).collect();
    let read = fuzz(
        dir.path(),
        &dir.path().join("metadata.csv"),
        &lists,
        400,
        11,
    );
    assert!(read > 100, "{read}");
}

#[test]
#[expect(clippy::print_stderr, reason = "the outcome of a run by hand")]
fn ten_thousand_damaged_lists_of_a_folder_are_answers() {
    let Some(folder) = std::env::var_os(CASES) else {
        eprintln!("skipped: `{CASES}` names no folder with lists/ and corpus/");
        return;
    };
    let folder = Path::new(&folder);
    let lists: Vec<Vec<u8>> = fs::read_dir(folder.join("lists"))
        .unwrap()
        .map(|entry| fs::read(entry.unwrap().path()).unwrap())
        .collect();
    let corpus = folder.join("corpus");
    let read = fuzz(&corpus, &corpus.join("metadata.csv"), &lists, 10_000, 5);
    eprintln!("{read} of 10000 damaged lists were read, the others refused");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_text_is_read_by_half(
        // Long words: what shares none with the text beside it is no other form of it.
        texts in prop::collection::vec("[a-z]{6,9}( [a-z]{6,9}[|,;]?){2,4}", 4..8),
        separator in prop::sample::select(vec!["|", "\t", ",", ";"]),
        third in prop::sample::select(vec!["", "anna", "same"]),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut lines = String::new();
        for (number, text) in texts.iter().enumerate() {
            let wav = dir.path().join(format!("c{number}.wav"));
            write_wav(&wav, &tone(300.0 + 20.0 * number as f64, 0.8, 22_050)).unwrap();
            lines += &format!("c{number}{separator}{text}");
            match third {
                "" => {}
                "same" => lines += &format!("{separator}{text}"),
                speaker => lines += &format!("{separator}{speaker}"),
            }
            lines.push('\n');
        }
        fs::write(dir.path().join("metadata.csv"), &lines).unwrap();
        let reading = Reading { bad: BadPolicy::Drop, ..Reading::default() };
        let config = reading.over(ImportConfig { max_text_len: 1000, ..ImportConfig::default() });
        if let Ok((manifest, _)) = import(dir.path(), None, &english(), &config) {
            let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
            for utterance in &manifest.utterances {
                let number: usize = utterance.id[1..].parse().unwrap();
                prop_assert_eq!(letters(&utterance.text), letters(&texts[number]), "{}", lines);
            }
        }
    }
}

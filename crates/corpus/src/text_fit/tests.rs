use diktor_text::SymbolTable;

use super::{sounds::PAUSE, *};

/// Letters of the invented language.
const LETTERS: &str = "abcdefghij";

/// How many they are.
pub(super) fn letters() -> usize {
    LETTERS.len()
}

/// Somebody who speaks an invented language: every letter has a spectrum of its own.
pub(super) struct Speaker {
    state: u64,
}

const BINS: usize = 40;

impl Speaker {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A number in `0..bound` (Steele et al., SplitMix64).
    fn below(&mut self, bound: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// Eight to eleven words, as sounds.
    pub(super) fn text(&mut self) -> Vec<Sound> {
        let mut text = vec![PAUSE];
        for _ in 0..8 + self.below(4) {
            for _ in 0..2 + self.below(4) {
                text.push(1 + self.below(letters() as u64) as Sound);
            }
            text.push(PAUSE);
        }
        text
    }

    /// Its recording, and the sound of every frame; a pause between words is silent half the time.
    pub(super) fn say(&mut self, text: &[Sound]) -> (Mel, Vec<Sound>) {
        let mut spoken = Vec::new();
        for (place, &sound) in text.iter().enumerate() {
            let frames = match sound {
                PAUSE if place == 0 || place + 1 == text.len() => 4,
                PAUSE => 3 * self.below(2),
                _ => 3 + self.below(6),
            };
            spoken.extend((0..frames).map(|_| sound));
        }
        let mut values = Vec::with_capacity(BINS * spoken.len());
        for &sound in &spoken {
            for bin in 0..BINS {
                let noise = self.below(1000) as f32 / 1000.0 - 0.5;
                let wave = (usize::from(sound) * (2 * bin + 7)) as f32 * 0.11;
                let loudness = if sound == PAUSE { -8.0 } else { -3.0 };
                values.push(loudness + 1.5 * wave.sin() + noise);
            }
        }
        (Mel::new(BINS, values), spoken)
    }

    /// An utterance; its name tells its number.
    fn example(&mut self, number: usize, table: &SymbolTable) -> Example {
        let text = self.text();
        let (mel, _) = self.say(&text);
        let letter = |sound: &Sound| match LETTERS.chars().nth(usize::from(*sound).wrapping_sub(1))
        {
            Some(letter) => table.id(&letter.to_string()).unwrap(),
            None => table.id(" ").unwrap(),
        };
        Example {
            id: format!("u{number:03}"),
            symbols: text.iter().map(letter).collect(),
            mel,
            audio: "none.wav".into(),
            text: String::new(),
            trimmed_s: 0.0,
            cached: false,
        }
    }
}

pub(super) fn corpus(count: usize, seed: u64) -> (Vec<Example>, SymbolTable) {
    let table = SymbolTable::nvidia();
    let mut speaker = Speaker::new(seed);
    (
        (0..count)
            .map(|number| speaker.example(number, &table))
            .collect(),
        table,
    )
}

fn misfits(examples: &[Example], fits: &TextFits) -> Vec<String> {
    let ids = examples.iter().map(|one| one.id.clone());
    ids.filter(|id| fits.is_misfit(id)).collect()
}

#[test]
fn exchanged_texts_are_misfits_and_no_others() {
    let (mut examples, table) = corpus(80, 1);
    assert_eq!(
        misfits(&examples, &TextFits::of(&examples, &table, 7)),
        Vec::<String>::new()
    );
    let text = examples[10].symbols.clone();
    examples[10].symbols = examples[50].symbols.clone();
    examples[50].symbols = text;
    let fits = TextFits::of(&examples, &table, 7);
    assert!(fits.tells() && fits.usual() > 4.0, "{}", fits.usual());
    assert_eq!(misfits(&examples, &fits), ["u010", "u050"]);
    assert!(
        fits.get("u010").unwrap().margin < 2.0,
        "{:?}",
        fits.get("u010")
    );
}

#[test]
fn neither_order_nor_threads_change_a_margin() {
    let (mut examples, table) = corpus(40, 2);
    let threads = |count, examples: &[Example]| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(count)
            .build()
            .unwrap();
        pool.install(|| TextFits::of(examples, &table, 7))
    };
    let one = threads(1, &examples);
    assert_eq!(one.iter().count(), 40);
    examples.reverse();
    assert_eq!(one, threads(3, &examples));
    assert_ne!(
        one,
        TextFits::of(&examples, &table, 8),
        "another seed draws other rivals"
    );
}

#[test]
fn what_cannot_be_judged_is_left_out_and_harms_nobody() {
    let (mut examples, table) = corpus(40, 3);
    let nothing = Mel::new(BINS, Vec::new());
    let frame = |value: f32| Mel::new(BINS, vec![value; BINS]);
    examples[0].mel = frame(f32::NAN);
    examples[1].mel = nothing;
    examples[2].symbols = Vec::new();
    examples[3].symbols = vec![table.id(".").unwrap()];
    // These can be judged: a frame for a whole text, and a text of one letter.
    examples[4].mel = frame(-3.0);
    examples[5].symbols = vec![table.id("a").unwrap()];
    let fits = TextFits::of(&examples, &table, 7);
    let judged: Vec<bool> = examples[..7]
        .iter()
        .map(|one| fits.get(&one.id).is_some())
        .collect();
    assert_eq!(judged, [false, false, false, false, true, true, true]);
    assert!(
        fits.iter()
            .all(|(_, fit)| fit.margin.is_finite() && fit.evidence.is_finite())
    );
}

#[test]
fn too_few_utterances_or_texts_are_not_judged() {
    let (examples, table) = corpus(LEAST_UTTERANCES - 1, 4);
    assert_eq!(TextFits::of(&examples, &table, 7), TextFits::default());
    assert!(!TextFits::of(&[], &table, 7).tells());
    let (mut examples, table) = corpus(40, 4);
    let text = examples[0].symbols.clone();
    examples
        .iter_mut()
        .for_each(|one| one.symbols.clone_from(&text));
    assert_eq!(TextFits::of(&examples, &table, 7).iter().count(), 0);
}

/// Margins of 99 right texts, 4 to 8, but of the first.
fn fits(first: f64) -> TextFits {
    let margin = |i: u32| 6.0 + 0.04 * (f64::from(i) - 49.0);
    let others = (1..99).map(|i| (format!("u{i}"), margin(i)));
    others.chain([("u0".to_owned(), first)]).collect()
}

#[test]
fn evidence_weighs_wrong_texts_against_right_ones() {
    let evidence = |margin| fits(margin).get("u0").unwrap().evidence;
    assert!(
        evidence(6.0) < -15.0 && evidence(4.0) < 0.0,
        "{}",
        evidence(4.0)
    );
    assert!(evidence(0.0) > 4.0, "{}", evidence(0.0));
    assert_eq!(evidence(0.0), evidence(-9.0));
    assert!(fits(0.0).is_misfit("u0") && !fits(4.0).is_misfit("u0"));
}

#[test]
fn texts_that_never_stand_out_accuse_nobody() {
    let fits: TextFits = (0..99)
        .map(|i| (format!("u{i}"), f64::from(i) / 49.0))
        .collect();
    assert!(!fits.tells() && fits.usual() == 1.0);
    assert!(fits.iter().all(|(id, _)| !fits.is_misfit(id)));
}

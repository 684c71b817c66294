//! What holds for every text.

use diktor_text::{Class, Cleaners, Frontend, TextError};
use proptest::prelude::*;

/// Pieces that rules look for; texts made of them are what rules get wrong.
const PIECES: [&str; 88] = [
    "$",
    "£",
    "€",
    "₽",
    "¢",
    "%",
    "‰",
    "&",
    "+",
    "-",
    "−",
    "–",
    "—",
    "=",
    "/",
    "*",
    "#",
    "@",
    "_",
    "^",
    "~",
    ".",
    ",",
    ":",
    ";",
    "!",
    "?",
    "'",
    "’",
    "\"",
    "«",
    "»",
    "(",
    ")",
    "[",
    "{",
    "}",
    " ",
    "\u{a0}",
    "\u{2009}",
    "\u{202f}",
    "½",
    "¾",
    "²",
    "³",
    "₂",
    "⁶",
    "°C",
    "№",
    "§",
    "π",
    "😀",
    "👍🏽",
    "•",
    "5",
    "10",
    "000",
    "1984",
    "2024",
    "31",
    "01",
    "007",
    "1,000",
    "v1.2.3",
    "192.168.0.1",
    "+7 495",
    "555-1234",
    "MP3",
    "3D",
    "km/h",
    "кг",
    "руб.",
    "млн",
    "г.",
    "т. д.",
    "мая",
    "May",
    "Jan.",
    "p.m.",
    "Mr.",
    "St.",
    "etc.",
    "XIX",
    "VIII",
    "век",
    "Петр",
    "Henry",
    "а\u{301}",
];

/// Texts of those pieces, and of any characters between them.
fn mixed_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => prop::sample::select(PIECES.to_vec()).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => "[a-zA-Zа-яА-ЯёЁ]{1,4}",
        1 => "[0-9]{1,4}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Any Unicode, with the characters that the rules look at well represented.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-zA-Z0-9.,$£€%& {}'\"\\-]{0,40}",
        "[а-яёА-ЯЁ+\u{301}\u{300}\u{306}\u{308}«»—….,!?0-9 -]{0,40}",
        "((mr|st|co|ft|dr)\\.|[0-9]{1,5}(st|th|,[0-9]{3}|\\.[0-9]{1,3})|\\$|£| |million|\\{AH0 [A-Z]{1,2}\\}){0,8}",
    ]
}

/// A thousand texts of each kind, or as many as `PROPTEST_CASES` says.
fn cases() -> ProptestConfig {
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    if asked {
        ProptestConfig::default()
    } else {
        ProptestConfig::with_cases(1_000)
    }
}

fn any_front_end() -> impl Strategy<Value = Frontend> {
    prop::sample::subsequence(Cleaners::ALL.to_vec(), 0..=2).prop_map(Frontend::new)
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn cleaning_a_clean_text_changes_nothing(text in prop_oneof![any_text(), mixed_text()], which in 0..4_usize) {
        let cleaners = Cleaners::ALL[which];
        let once = cleaners.clean(&text);
        prop_assert_eq!(cleaners.clean(&once), once.clone());
        prop_assert_eq!(once.trim(), once.as_str());
    }

    #[test]
    fn any_text_is_read_or_refused_with_its_unknown_characters(
        text in any_text(),
        frontend in any_front_end(),
    ) {
        match frontend.encode(&text) {
            Ok(read) => {
                let table = &frontend.symbols;
                prop_assert!(read.ids.iter().all(|&id| (id as usize) < table.len() && id != table.pad()));
                let decoded = table.decode(&read.ids).unwrap();
                prop_assert_eq!(decoded.replace("}{", " "), read.cleaned.replace("}{", " "));
            }
            Err(TextError::UnknownCharacters { characters, text }) => {
                prop_assert!(!characters.is_empty());
                prop_assert!(characters.iter().all(|&c| text.contains(c)));
            }
            Err(_) => {}
        }
    }

    #[test]
    fn decoding_and_encoding_gives_the_same_ids(text in any_text(), which in 0..4_usize) {
        let frontend = Frontend::new(vec![Cleaners::ALL[which]]);
        if let Ok(read) = frontend.encode(&text) {
            let decoded = frontend.symbols.decode(&read.ids).unwrap();
            prop_assert_eq!(frontend.encode(&decoded).unwrap().ids, read.ids);
        }
    }

    #[test]
    fn nothing_that_is_speech_is_dropped_without_a_note(
        text in prop_oneof![any_text(), mixed_text()],
        which in 0..4_usize,
    ) {
        let reading = Frontend::new(vec![Cleaners::ALL[which]]).read(&text);
        let mut place = 0;
        for token in &reading.tokens {
            prop_assert!(token.span.start <= token.span.end && token.span.start >= place);
            prop_assert!(text.is_char_boundary(token.span.start) && text.is_char_boundary(token.span.end));
            // Between tokens stands only what nobody sees.
            prop_assert!(!text[place..token.span.start].contains(char::is_alphanumeric));
            place = token.span.end;
            let written = &text[token.span.clone()];
            let heard = !token.spoken.trim().is_empty();
            if written.contains(char::is_alphanumeric) && !heard {
                prop_assert!(!token.notes.is_empty(), "{written:?} in {text:?}");
            }
            if token.class == Class::Dropped {
                prop_assert!(!token.notes.is_empty());
            }
        }
        prop_assert!(!text[place..].contains(char::is_alphanumeric));
    }

    #[test]
    fn every_error_is_a_sentence(text in any_text(), frontend in any_front_end()) {
        if let Err(error) = frontend.encode(&text) {
            prop_assert!(error.to_string().len() > 10);
        }
    }
}

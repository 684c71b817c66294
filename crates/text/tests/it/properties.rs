//! What holds for every text.

use diktor_text::{Cleaners, Frontend, TextError};
use proptest::prelude::*;

/// Any Unicode, with the characters that the rules look at well represented.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-zA-Z0-9.,$£€%& {}'\"\\-]{0,40}",
        "[а-яёА-ЯЁ+\u{301}\u{300}\u{306}\u{308}«»—….,!?0-9 -]{0,40}",
        "((mr|st|co|ft|dr)\\.|[0-9]{1,5}(st|th|,[0-9]{3}|\\.[0-9]{1,3})|\\$|£| |million|\\{AH0 [A-Z]{1,2}\\}){0,8}",
    ]
}

fn any_front_end() -> impl Strategy<Value = Frontend> {
    prop::sample::subsequence(Cleaners::ALL.to_vec(), 0..=2).prop_map(Frontend::new)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn cleaning_a_clean_text_changes_nothing(text in any_text(), which in 0..4_usize) {
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
    fn every_error_is_a_sentence(text in any_text(), frontend in any_front_end()) {
        if let Err(error) = frontend.encode(&text) {
            prop_assert!(error.to_string().len() > 10);
        }
    }
}

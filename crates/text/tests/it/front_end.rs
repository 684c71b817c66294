//! Texts to ids, and what is said about texts that have none.

use diktor_text::{Cleaners, Frontend, TextError};

fn english() -> Frontend {
    Frontend::new(vec![Cleaners::EnglishCleaners])
}

fn russian() -> Frontend {
    Frontend::new(vec![Cleaners::RussianCleaners])
}

#[test]
fn ids_are_nvidias() {
    let read = english().encode("Hi, Mr. Fox!").unwrap();
    assert_eq!(read.cleaned, "hi, mister fox!");
    // h i , space m i s t e r space f o x !
    assert_eq!(
        read.ids,
        [45, 46, 6, 11, 50, 46, 56, 57, 42, 55, 11, 43, 52, 61, 2]
    );
}

#[test]
fn phonemes_in_braces_pass_the_cleaners_untouched() {
    let frontend = english();
    let read = frontend
        .encode("Turn left on {HH AW1  S S T AH0 N} Street.")
        .unwrap();
    assert_eq!(read.cleaned, "turn left on {HH AW1 S S T AH0 N} street.");
    let house = frontend.symbols.id("@HH").unwrap();
    assert_eq!(read.ids[13], house);
    assert_eq!(frontend.symbols.decode(&read.ids).unwrap(), read.cleaned);
    let whole = Frontend::new(vec![Cleaners::TransliterationCleaners]);
    assert_eq!(whole.normalise("Say {HH AY1}"), "say {HH AY1}.");
    assert!(frontend.encode("{HH AY1}").is_ok());
}

#[test]
fn a_phoneme_that_does_not_exist_is_named() {
    let refused = english().encode("say {HH XX}").unwrap_err();
    assert!(matches!(&refused, TextError::UnknownPhoneme { phoneme, .. } if phoneme == "XX"));
    let message = refused.to_string();
    assert!(
        message.contains("`XX`") && message.contains("hint:"),
        "{message}"
    );
}

#[test]
fn braces_without_phonemes_are_unknown_characters() {
    for text in ["a { b", "a } b", "a {} b", "}{"] {
        let refused = english().encode(text);
        assert!(
            matches!(refused, Err(TextError::UnknownCharacters { .. })),
            "{text}: {refused:?}"
        );
    }
    assert!(russian().encode("дом {HH AW1 S}").is_err());
}

#[test]
fn every_unknown_character_is_reported_once() {
    let refused = english().encode("a * b ~ c * _ # →").unwrap_err();
    let TextError::UnknownCharacters { characters, text } = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(characters, ['*', '~', '_', '#', '→']);
    assert_eq!(text, "a * b ~ c * _ # →");
}

#[test]
fn the_hint_fits_the_unknown_characters() {
    let message = |frontend: Frontend, text: &str| frontend.encode(text).unwrap_err().to_string();
    assert!(message(english(), "Привет, мир").contains("russian_cleaners"));
    assert!(message(english(), "你好").contains("transliteration_cleaners"));
    assert!(message(russian(), "Мне ٥ лет").contains("spell them out"));
    let basic = Frontend::new(vec![Cleaners::BasicCleaners]);
    assert!(message(basic, "I am 5").contains("numbers out in words"));
    assert!(message(english(), "a*b").contains("spell them out"));
    assert!(message(english(), "a*b").starts_with("no symbol for `*` (U+002A) in `a*b`"));
}

#[test]
fn no_russian_letter_is_lost() {
    let frontend = russian();
    let alphabet = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя";
    for text in [alphabet.to_owned(), alphabet.to_uppercase()] {
        let read = frontend.encode(&text).unwrap();
        assert_eq!(read.cleaned, format!("{alphabet}."));
        // begin, 33 letters, full stop, end
        assert_eq!(read.ids.len(), 36);
        assert_eq!((read.ids[0], read.ids[35]), (1, 2));
    }
}

#[test]
fn stress_goes_after_a_vowel() {
    let frontend = russian();
    let plus = frontend.encode("за+мок").unwrap();
    assert_eq!(frontend.encode("за\u{301}мок").unwrap(), plus);
    for text in ["зам+ок", "+дом", "а++", "а + б"] {
        let refused = frontend.encode(text);
        assert!(
            matches!(refused, Err(TextError::MisplacedStress { .. })),
            "{text}: {refused:?}"
        );
    }
}

#[test]
fn a_text_without_letters_is_empty() {
    for text in ["", "  ", "...", "?!", "\u{feff}"] {
        for frontend in [english(), russian()] {
            let refused = frontend.encode(text);
            assert!(
                matches!(refused, Err(TextError::Empty { .. })),
                "{text:?}: {refused:?}"
            );
        }
    }
}

#[test]
fn cleaner_names_are_those_of_the_hyper_parameters() {
    for cleaners in Cleaners::ALL {
        assert_eq!(cleaners.to_string().parse(), Ok(cleaners));
        assert_eq!(
            serde_json::to_string(&cleaners).unwrap(),
            format!("\"{cleaners}\"")
        );
    }
    let message = "english".parse::<Cleaners>().unwrap_err().to_string();
    assert!(message.contains("`english_cleaners`"), "{message}");
}

#[test]
fn the_last_chain_chooses_the_table() {
    assert_eq!(Frontend::new(vec![]).symbols.len(), 148);
    let both = Frontend::new(vec![Cleaners::BasicCleaners, Cleaners::RussianCleaners]);
    assert_eq!(both.symbols, Cleaners::RussianCleaners.default_table());
    let json = serde_json::to_string(&both).unwrap();
    assert_eq!(serde_json::from_str::<Frontend>(&json).unwrap(), both);
}

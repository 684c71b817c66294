//! The ASCII folding against Unidecode.

use std::collections::BTreeMap;

use diktor_text::Cleaners;

use crate::golden;

/// Golden: Unidecode 1.4.0, `fixtures/gen/text_english.py`.
#[test]
fn letters_are_spelt_as_unidecode_spells_them() {
    let letters: BTreeMap<char, String> = golden("ascii_folding.json");
    let mut different = Vec::new();
    for (letter, expected) in &letters {
        // Framed, so that neither the end mark nor trimming touches the letter.
        let folded = Cleaners::TransliterationCleaners.clean(&format!("a{letter}b"));
        if folded != format!("a{}b.", expected.to_lowercase()) {
            different.push((*letter, folded));
        }
    }
    assert!(different.is_empty(), "{different:?}");
}

#[test]
fn transliteration_sets_the_end_mark() {
    for (input, expected) in [
        ("Щука и ёж", "shchuka i iozh."),
        ("Привет!", "privet!"),
        ("Ну, вот,", "nu, vot."),
        ("Żółć", "zolc."),
    ] {
        assert_eq!(Cleaners::TransliterationCleaners.clean(input), expected);
    }
}

#[test]
fn basic_cleaners_only_lower_and_collapse() {
    assert_eq!(Cleaners::BasicCleaners.clean("  Dr.  Ёж\n5 "), "dr. ёж 5");
}

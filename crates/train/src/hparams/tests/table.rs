use std::{collections::BTreeSet, path::Path};

use super::super::*;

#[test]
fn every_name_stands_in_the_table_once() {
    let mut seen = BTreeSet::new();
    let known = HPARAMS
        .iter()
        .flat_map(|row| row.aliases.iter().chain([&row.name]));
    let inert = INERT.iter().map(|row| &row.name);
    for name in known.chain(inert) {
        assert!(seen.insert(name), "`{name}` stands there twice");
    }
}

#[test]
fn every_row_says_what_it_does_in_both_languages() {
    for row in HPARAMS {
        let (en, ru) = (row.effect(Locale::En), row.effect(Locale::Ru));
        assert!(en.ends_with('.') && ru.ends_with('.'), "{}", row.name);
        assert!(ru.chars().any(|c| ('а'..='я').contains(&c)), "{}", row.name);
        assert!(
            !en.contains('|') || en.contains("`path|text`"),
            "{}",
            row.name
        );
    }
}

#[test]
fn defaults_and_presets_are_valid_and_not_unusual() {
    assert_eq!(Hparams::default().validate().unwrap(), []);
    for preset in PRESETS {
        let hparams = Hparams::preset(preset.name).unwrap();
        assert_eq!(hparams.validate().unwrap(), [], "{}", preset.name);
    }
}

#[test]
fn the_default_network_is_nvidias() {
    let ours = Hparams::default().tacotron2(148);
    assert_eq!(ours, diktor_model::Tacotron2Config::default());
    assert_eq!(Hparams::default().mel(), diktor_audio::MelConfig::default());
}

#[test]
fn every_text_chain_can_be_named() {
    let row = find("text_cleaners").unwrap();
    let names = diktor_text::Cleaners::ALL.map(|chain| chain.name().to_owned());
    assert_eq!(
        row.range.to_string(),
        format!("one of {}", names.join(", "))
    );
}

#[test]
fn the_size_of_a_network_travels_both_ways() {
    let tiny = Hparams::preset("tiny").unwrap();
    let mut other = Hparams::default();
    other.adopt(&tiny.tacotron2(148));
    assert_eq!(other.tacotron2(148), tiny.tacotron2(148));
}

fn docs(locale: Locale) -> String {
    let title = match locale {
        Locale::En => "Hyper-parameters",
        Locale::Ru => "Гиперпараметры",
    };
    format!(
        "# {title}\n\n<!-- generated: diktor hparams --markdown {locale} -->\n{}\n<!-- end generated -->\n",
        markdown(locale).trim_end()
    )
}

#[test]
fn the_committed_documentation_is_that_of_the_table() {
    for locale in [Locale::En, Locale::Ru] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../docs")
            .join(locale.name())
            .join("hparams.md");
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == docs(locale),
            "{}: out of date; run `cargo xtask docs`",
            path.display()
        );
    }
}

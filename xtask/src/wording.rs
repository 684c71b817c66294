//! Russian is written in one vocabulary: that of `docs/ru/glossary.md`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{docs::markdown_files, root, tidy::rust_files};

/// Beginnings of words that say in another way what the glossary has a word for, and that word.
const BANNED: &[(&str, &str)] = &[
    ("потеря проверки", "потери на валидации"),
    ("потери проверки", "потери на валидации"),
    ("потерь проверки", "потери на валидации"),
    ("потери валидации", "потери на валидации"),
    ("валидационн", "на валидации"),
    ("потерю", "потери"),
    ("потерей", "потери"),
    ("потеря не ", "потери"),
    ("функция потерь не", "потери"),
    ("пакет", "батч"),
    ("ворот", "гейт"),
    ("мёртвый гейт", "гейт не срабатывает"),
    ("гейт мёртв", "гейт не срабатывает"),
    ("остановка умерла", "гейт перестал срабатывать"),
    ("точность остановки", "точность гейта"),
    ("точности остановки", "точность гейта"),
    ("среднее остановки", "среднее гейта"),
    ("разброс остановки", "разброс гейта"),
    ("потери остановки", "потери гейта"),
    ("наведени", "направленное внимание"),
    ("направляемо", "направленное внимание"),
    ("ручк", "параметр"),
    ("ранний взгляд", "ранняя проверка"),
    ("раннего взгляда", "ранняя проверка"),
    ("чекпоинт", "чекпойнт"),
    ("контрольные точки", "чекпойнты"),
    ("контрольная точка", "чекпойнт"),
    ("высказывани", "фраза"),
    ("раскладк", "разметка корпуса"),
    ("множитель правок", "множитель исправлений"),
    ("тревоги", "предупреждение"),
    ("бьётся", "звучит предупреждение"),
    ("ошибка mel", "ошибка мел-спектрограммы"),
    ("ошибки mel", "ошибка мел-спектрограммы"),
    ("ошибка мел ", "ошибка мел-спектрограммы"),
    ("свободная речь", "самостоятельная речь"),
    ("свободной речи", "самостоятельная речь"),
    ("подсказкой записи", "с подсказкой"),
    ("подсказкой учителя", "с подсказкой"),
];

/// Text in Russian, with the place it stands at: a line of a page, or of a catalogue in the program.
fn russian() -> Vec<(String, String)> {
    let mut pages: Vec<PathBuf> = markdown_files(&root().join("docs").join("ru")).unwrap();
    pages.push(root().join("README.ru.md"));
    let mut lines: Vec<(String, String)> = pages
        .iter()
        .flat_map(|path| lines_of(path, Kind::Page))
        .collect();
    for crate_name in ["track", "alert", "train", "cli"] {
        let mut sources = Vec::new();
        rust_files(
            &root().join("crates").join(crate_name).join("src"),
            &mut sources,
        );
        lines.extend(sources.iter().flat_map(|path| lines_of(path, Kind::Source)));
    }
    lines
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Page,
    Source,
}

/// The lines of a file that hold Russian, without what is code: in a page between back quotes and fences.
fn lines_of(path: &Path, kind: Kind) -> Vec<(String, String)> {
    let text = fs::read_to_string(path).unwrap();
    let (mut in_code, mut found) = (false, Vec::new());
    for (index, line) in text.lines().enumerate() {
        in_code ^= line.starts_with("```");
        let is_russian = line
            .chars()
            .any(|letter| ('а'..='я').contains(&letter.to_lowercase().next().unwrap_or(letter)));
        if !is_russian || (kind == Kind::Page && in_code) {
            continue;
        }
        let prose: Vec<&str> = line.split('`').step_by(2).collect();
        let place = format!("{}:{}", path.display(), index + 1);
        found.push((place, prose.join("`")));
    }
    found
}

#[test]
fn one_word_stands_for_one_thing_in_russian() {
    let mut wrong = Vec::new();
    for (place, line) in russian() {
        let line = line.to_lowercase();
        for (banned, right) in BANNED {
            let begins = |at: usize| {
                let before = line[..at].chars().next_back();
                before.is_none_or(|letter| !letter.is_alphabetic())
            };
            if line.match_indices(banned).any(|(at, _)| begins(at)) {
                wrong.push(format!("{place}: `{banned}`, the glossary says `{right}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn russian_prose_has_a_decimal_comma() {
    let mut wrong = Vec::new();
    for (place, line) in russian() {
        // A version stands after a name in Latin letters, and a value that could be typed beside an arrow; the table of
        // hyper-parameters and tests quote such values.
        if ["hparams.md", "tests.rs", "figures.rs"]
            .iter()
            .any(|file| place.contains(file))
        {
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        for (index, word) in words.iter().enumerate() {
            let after_name = index
                .checked_sub(1)
                .and_then(|at| words.get(at))
                .is_some_and(|before| {
                    before.ends_with(|letter: char| letter.is_ascii_alphabetic())
                });
            let word = word.trim_matches(|letter: char| !letter.is_ascii_digit());
            let is_decimal = word.split_once('.').is_some_and(|(whole, part)| {
                let digits =
                    |text: &str| !text.is_empty() && text.bytes().all(|one| one.is_ascii_digit());
                digits(whole) && digits(part)
            });
            let in_text = line.contains('"') || place.contains(".md:");
            let is_value = [index.wrapping_sub(1), index + 1]
                .into_iter()
                .any(|at| matches!(words.get(at), Some(&"→" | &"*")));
            if is_decimal
                && !after_name
                && !is_value
                && in_text
                && !line.contains("assert")
                && !line.trim_start().starts_with('(')
            {
                wrong.push(format!("{place}: `{word}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_glossary_has_the_same_terms_in_both_languages() {
    let terms = |language: &str, own: usize, other: usize| {
        let path = root().join("docs").join(language).join("glossary.md");
        let text = fs::read_to_string(path).unwrap();
        let rows = text.lines().filter(|line| line.starts_with("| ")).skip(1);
        let mut terms: Vec<[String; 2]> = rows
            .map(|row| {
                let cells: Vec<&str> = row.split('|').map(str::trim).collect();
                [cells[own].to_owned(), cells[other].to_owned()]
            })
            .collect();
        terms.sort();
        terms
    };
    let english = terms("en", 1, 3);
    assert!(english.len() > 30);
    assert_eq!(english, terms("ru", 3, 1));
}

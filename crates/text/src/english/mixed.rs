//! Letters and digits side by side: `MP3`, `3D`, `B2B`, `CO₂`.

use super::numbers::digits;
use crate::ascii;
use crate::number_words::digit_by_digit;
use crate::tokens::{At, Class, Match, Note, is_letter};

/// A run of letters and digits that no other rule knows.
pub(super) fn letters_and_digits(at: &At<'_>) -> Option<Match> {
    let rest = at.rest();
    let run = &rest[..rest
        .find(|c: char| !is_letter(c) && !is_digit(c))
        .unwrap_or(rest.len())];
    let digits = run.contains(is_digit);
    let letters = run.contains(|c: char| c.is_alphabetic());
    if !digits || !letters || !at.is_free() {
        return None;
    }
    Some(
        Match::new(run.len(), Class::Mixed, spell(run))
            .note(Note::guess("letters and digits apart")),
    )
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || ('₀'..='₉').contains(&c)
}

/// Short runs of capitals letter by letter, other letters as a word, digits as a number.
pub(super) fn spell(run: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut rest = run;
    while let Some(first) = rest.chars().next() {
        let number = is_digit(first);
        let end = rest.find(|c| is_digit(c) != number).unwrap_or(rest.len());
        let (piece, others) = rest.split_at(end);
        words.push(match number {
            true => number_in_name(piece),
            false => letters_in_name(piece, piece.len() < run.len()),
        });
        rest = others;
    }
    words.join(" ")
}

fn number_in_name(piece: &str) -> String {
    let ascii: String = piece
        .chars()
        .map(|c| match c {
            '₀'..='₉' => char::from(b'0' + (u32::from(c) - u32::from('₀')) as u8),
            c => c,
        })
        .collect();
    if ascii.len() > 4 {
        digit_by_digit(&ascii)
    } else {
        digits(&ascii)
    }
}

fn letters_in_name(piece: &str, beside_digits: bool) -> String {
    let count = piece.chars().count();
    let vowel = piece.contains(|c: char| "aeiouyAEIOUY".contains(c));
    let capitals = piece.chars().all(char::is_uppercase);
    let apart = count > 1
        && count <= 4
        && piece.is_ascii()
        && beside_digits
        && (!vowel || (capitals && count <= 3));
    let folded = ascii::fold_latin(piece);
    if apart {
        let letters: Vec<String> = folded.chars().map(String::from).collect();
        return letters.join(" ");
    }
    folded
}

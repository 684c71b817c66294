//! Roman numerals, where what stands beside them says that they are numerals.

use crate::number_words::{cardinal, ordinal};
use crate::numerals::roman;
use crate::tokens::{At, Class, Match, Note};

/// Words after which a numeral counts parts: `Chapter IV`.
const PARTS: [&str; 24] = [
    "chapter", "part", "volume", "vol", "book", "act", "scene", "section", "article", "appendix",
    "war", "phase", "stage", "type", "class", "level", "episode", "season", "grade", "figure",
    "table", "canto", "title", "bowl",
];

/// Names of those who are counted: `Henry VIII`.
const NAMES: [&str; 40] = [
    "henry",
    "louis",
    "george",
    "edward",
    "elizabeth",
    "charles",
    "james",
    "william",
    "richard",
    "john",
    "paul",
    "pius",
    "benedict",
    "leo",
    "gregory",
    "innocent",
    "alexander",
    "nicholas",
    "catherine",
    "peter",
    "philip",
    "ferdinand",
    "napoleon",
    "frederick",
    "ivan",
    "mary",
    "ramses",
    "otto",
    "clement",
    "urban",
    "francis",
    "leopold",
    "wilhelm",
    "xerxes",
    "darius",
    "ptolemy",
    "robert",
    "haakon",
    "gustav",
    "joseph",
];

/// `Henry VIII`, `World War II`, `Chapter IV`, `the XIX century`
pub(super) fn numeral(at: &At<'_>) -> Option<Match> {
    let rest = at.rest();
    let len = rest
        .find(|c: char| !"IVXLCDM".contains(c))
        .unwrap_or(rest.len());
    let letters = &rest[..len];
    if len == 0 || !at.is_free() || !at.ends(len) || at.last() == Some('.') {
        return None;
    }
    let value = roman(letters)?;
    let before = at.word_before();
    let lower = before.to_lowercase();
    let capital = before.starts_with(char::is_uppercase) && at.last() == Some(' ');
    let alone = len == 1;
    let after = at.word_after(len).to_lowercase();
    let claim = |spoken: String| Some(Match::new(len, Class::Roman, spoken));
    if after.starts_with("centur") && !alone || (alone && after.starts_with("century")) {
        return claim(ordinal(value));
    }
    // Other letters alone are names: `Part C`.
    let counts = !alone || "VX".contains(letters) || letters == "I" && ends_phrase(at, len, &lower);
    if PARTS.contains(&lower.as_str()) && counts {
        return claim(cardinal(value));
    }
    if NAMES.contains(&lower.as_str())
        && capital
        && (!alone || "VX".contains(letters) || is_title(at, len))
        && !(alone && is_initial(at))
        && value < 40
    {
        return claim(format!("the {}", ordinal(value)));
    }
    let small = !alone && value < 40 && letters.contains('I')
        || matches!(letters, "XX" | "XV" | "XXX" | "XXV");
    (small && letters != "MI").then(|| {
        Match::new(len, Class::Roman, cardinal(value)).note(Note::guess("a Roman numeral"))
    })
}

/// Whether a letter with its dot is an initial: `John V. Smith`.
fn is_initial(at: &At<'_>) -> bool {
    at.after(1).starts_with(". ") && at.word_after(2).starts_with(char::is_uppercase)
}

/// Whether `I` after `Chapter` is the numeral: the phrase ends, or goes on as one about a part.
fn ends_phrase(at: &At<'_>, len: usize, before: &str) -> bool {
    let after = at.after(len).trim_start();
    after.is_empty()
        || !after.starts_with(char::is_alphabetic)
        || ["of", "and", "or", "to", "was", "is", "began", "ended"].contains(&at.word_after(len))
        || before == "war" && at.before().trim_end().to_lowercase().ends_with("world war")
}

/// Whether `I` after a name is a title and not the speaker: `Elizabeth I was`, but `John I told you`.
fn is_title(at: &At<'_>, len: usize) -> bool {
    let after = at.after(len);
    after.is_empty()
        || after.starts_with([',', '.', ';', ')', '\'', '’'])
        || ["of", "was", "is", "had", "and", "the"].contains(&at.word_after(len))
}

//! Walks over a text once and lets the rules of a language claim what begins at each place.

use regex::{Captures, Regex};

use super::{Class, Note, Source, Token, is_drawing};

/// A rule: what begins here, if it is of its class.
pub(crate) type Rule = fn(&At<'_>) -> Option<Match>;

/// A language, as the scanner sees it.
pub(crate) struct Grammar {
    /// Rules in the order in which they are asked; the first answer counts.
    pub(crate) rules: &'static [Rule],
    /// A word that no rule claims, as it is written in the cleaned text.
    pub(crate) word: fn(&str) -> String,
    /// A mark that no rule claims: `None` where the language knows nothing of it.
    pub(crate) mark: fn(char) -> Option<&'static str>,
}

/// What a rule claims.
pub(crate) struct Match {
    len: usize,
    class: Class,
    spoken: String,
    notes: Vec<Note>,
}

impl Match {
    /// `len` bytes from here on are of this class and read so.
    pub(crate) fn new(len: usize, class: Class, spoken: impl Into<String>) -> Self {
        Self {
            len,
            class,
            spoken: spoken.into(),
            notes: Vec::new(),
        }
    }

    /// With a doubt.
    pub(crate) fn note(mut self, note: Note) -> Self {
        self.notes.push(note);
        self
    }

    /// With a doubt, if there is one.
    pub(crate) fn maybe(self, note: Option<Note>) -> Self {
        match note {
            Some(note) => self.note(note),
            None => self,
        }
    }
}

/// A place in a text.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    text: &'a str,
    place: usize,
}

impl<'a> At<'a> {
    /// What begins here.
    pub(crate) fn rest(&self) -> &'a str {
        &self.text[self.place..]
    }

    /// What begins `len` bytes further on.
    pub(crate) fn after(&self, len: usize) -> &'a str {
        &self.text[self.place + len..]
    }

    /// What stands before.
    pub(crate) fn before(&self) -> &'a str {
        &self.text[..self.place]
    }

    /// The character before, if any.
    pub(crate) fn last(&self) -> Option<char> {
        self.before().chars().next_back()
    }

    /// The character that begins here.
    pub(crate) fn first(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Whether a number can begin here: a digit after neither a letter nor a digit.
    pub(crate) fn is_number(&self) -> bool {
        self.is_free() && self.rest().starts_with(|c: char| c.is_ascii_digit())
    }

    /// Whether a word can begin here: an ASCII letter after neither a letter nor a digit.
    pub(crate) fn is_word(&self) -> bool {
        self.is_free() && self.rest().starts_with(|c: char| c.is_ascii_alphabetic())
    }

    /// What stands here up to the next blank.
    pub(crate) fn chunk(&self) -> &'a str {
        let rest = self.rest();
        &rest[..rest.find(char::is_whitespace).unwrap_or(rest.len())]
    }

    /// The letters that begin here.
    pub(crate) fn letters(&self) -> &'a str {
        let rest = self.rest();
        &rest[..rest
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(rest.len())]
    }

    /// Whether neither a letter nor a digit stands before.
    pub(crate) fn is_free(&self) -> bool {
        !self.last().is_some_and(char::is_alphanumeric)
    }

    /// Whether neither a letter nor a digit follows `len` bytes.
    pub(crate) fn ends(&self, len: usize) -> bool {
        !self.after(len).starts_with(char::is_alphanumeric)
    }

    /// The word before, with nothing but blanks between.
    pub(crate) fn word_before(&self) -> &'a str {
        let before = self.before().trim_end();
        let start = before
            .char_indices()
            .rev()
            .take_while(|(_, c)| c.is_alphabetic())
            .last();
        start.map_or("", |(start, _)| &before[start..])
    }

    /// The word that follows `len` bytes, with nothing but blanks between.
    pub(crate) fn word_after(&self, len: usize) -> &'a str {
        let after = self.after(len).trim_start();
        let end = after.find(|c: char| !c.is_alphabetic());
        &after[..end.unwrap_or(after.len())]
    }

    /// What a pattern finds here; the pattern begins with `^`.
    pub(crate) fn find(&self, pattern: &Regex) -> Option<Captures<'a>> {
        pattern.captures(self.rest())
    }
}

/// A pattern, compiled once.
macro_rules! pattern {
    ($pattern:expr) => {{
        static PATTERN: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
            regex::Regex::new($pattern).expect("the pattern is a constant")
        });
        &*PATTERN
    }};
}
pub(crate) use pattern;

/// Cuts a text into tokens; together they cover all of it.
pub(crate) fn scan(given: &str, grammar: &Grammar) -> Vec<Token> {
    let source = Source::new(given);
    let text = source.text.as_str();
    let mut tokens = Vec::new();
    let mut place = 0;
    while place < text.len() {
        let at = At { text, place };
        let found = claim(&at, grammar);
        debug_assert!(
            found.len > 0,
            "a rule that claims nothing would stand still"
        );
        let end = place + found.len;
        tokens.push(Token {
            span: source.origin(place..end),
            class: found.class,
            spoken: found.spoken,
            notes: found.notes,
        });
        place = end;
    }
    tokens
}

/// Pictures are seen, not heard: a rule that every language may have.
pub(crate) fn drawing(at: &At<'_>) -> Option<Match> {
    let rest = at.rest();
    let len = rest.find(|c| !is_drawing(c)).unwrap_or(rest.len());
    (len > 0).then(|| {
        Match::new(len, Class::Dropped, "").note(Note::LeftOut {
            what: rest[..len].to_owned(),
        })
    })
}

fn claim(at: &At<'_>, grammar: &Grammar) -> Match {
    let rest = at.rest();
    let blank = rest.len() - rest.trim_start().len();
    if blank > 0 {
        return Match::new(blank, Class::Space, " ");
    }
    if let Some(found) = grammar.rules.iter().find_map(|rule| rule(at)) {
        return found;
    }
    let word = rest.find(|c: char| !is_letter(c)).unwrap_or(rest.len());
    if word > 0 {
        let found = Match::new(word, Class::Word, (grammar.word)(&rest[..word]));
        // An accent alone has no letter to belong to.
        let silent = found.spoken.is_empty().then(|| Note::LeftOut {
            what: rest[..word].to_owned(),
        });
        return found.maybe(silent);
    }
    let Some(c) = at.first() else {
        return Match::new(0, Class::Space, "");
    };
    let len = c.len_utf8();
    match (grammar.mark)(c) {
        Some(spoken) => Match::new(len, Class::Punctuation, spoken),
        None => Match::new(len, Class::Unknown, (grammar.word)(&rest[..len])),
    }
}

/// A letter, or a mark that belongs to the letter before.
pub(crate) fn is_letter(c: char) -> bool {
    c.is_alphabetic() || unicode_normalization::char::is_combining_mark(c)
}

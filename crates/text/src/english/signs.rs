//! Signs that are read as words.

use crate::numerals::digits;
use crate::tokens::{At, Class, Match, Note, pattern};

/// `x²`, `10⁶`, `x^2`
pub(super) fn power(at: &At<'_>) -> Option<Match> {
    if !at
        .first()
        .is_some_and(|c| c == '^' || c == '⁻' || superscript(c).is_some())
    {
        return None;
    }
    let caret = at
        .find(pattern!(r"^\^([-−]?)([0-9]+)"))
        .map(|c| (c[0].len(), !c[1].is_empty(), c[2].to_owned()));
    let raised = || {
        let found = at.find(pattern!(r"^([⁻]?)([⁰¹²³⁴-⁹]+)"))?;
        let plain: String = found[2].chars().filter_map(superscript).collect();
        Some((found[0].len(), !found[1].is_empty(), plain))
    };
    let (len, negative, exponent) = caret.or_else(raised)?;
    let number = super::numbers::digits(&exponent);
    let minus = if negative { "minus " } else { "" };
    let spoken = match (exponent.as_str(), negative) {
        ("2", false) => "squared".to_owned(),
        ("3", false) => "cubed".to_owned(),
        _ => format!("to the power of {minus}{number}"),
    };
    // After a whole word it is the number of a note.
    let word = at
        .before()
        .chars()
        .rev()
        .take_while(|c| c.is_alphabetic())
        .count();
    let base = at.last().is_some_and(|c| c.is_alphanumeric() || c == ')');
    if word > 2 || !base {
        return Some(
            Match::new(len, Class::Cardinal, number).note(Note::guess("the number of a note")),
        );
    }
    Some(Match::new(len, Class::Sign, spoken))
}

/// The digit that is raised.
pub(crate) fn superscript(c: char) -> Option<char> {
    "⁰¹²³⁴⁵⁶⁷⁸⁹"
        .chars()
        .position(|raised| raised == c)
        .map(|n| char::from(b'0' + n as u8))
}

/// Marks of emphasis and of headings, as in Markdown: seen, not heard.
pub(crate) fn emphasis(at: &At<'_>) -> Option<Match> {
    let first = at.first().filter(|c| "*_`~#>".contains(*c))?;
    let rest = at.rest();
    let len = rest.len() - rest.trim_start_matches(first).len();
    let opens = at.last().is_none_or(|c| !c.is_alphanumeric())
        && at
            .after(len)
            .starts_with(|c: char| !c.is_whitespace() && !c.is_ascii_digit() && c != first);
    let closes = at.last().is_some_and(|c| !c.is_whitespace())
        && !at.after(len).starts_with(char::is_alphanumeric);
    let pair = match first {
        '*' | '_' | '`' => opens != closes || opens && at.last().is_some(),
        '~' => len == 2 && opens != closes,
        '#' | '>' => at.before().is_empty() && at.after(len).starts_with(' '),
        _ => false,
    };
    let inside = first == '_'
        && at.last().is_some_and(char::is_alphanumeric)
        && at.after(len).starts_with(char::is_alphanumeric);
    (pair || inside).then(|| {
        Match::new(len, Class::Dropped, "").note(Note::LeftOut {
            what: rest[..len].to_owned(),
        })
    })
}

/// `3m x 4m`: an `x` between two sizes.
pub(super) fn by(at: &At<'_>) -> Option<Match> {
    let between = at.rest().starts_with(['x', 'X']) && at.last() == Some(' ');
    let size = digits(at.rest().get(1..)?.strip_prefix(' ')?) > 0;
    let before = at.before().trim_end().rsplit(' ').next()?;
    (between && size && before.starts_with(|c: char| c.is_ascii_digit()))
        .then(|| Match::new(1, Class::Sign, "by").note(Note::or("`times`")))
}

/// `&`, `+`, `=`, `@` and their like.
pub(super) fn sign(at: &At<'_>) -> Option<Match> {
    let c = at.first()?;
    let len = c.len_utf8();
    let claim = |word: &str| Some(Match::new(len, Class::Sign, word));
    let guess =
        |word: &str| claim(word).map(|found| found.note(Note::guess(format!("read as `{word}`"))));
    let between = |test: fn(char) -> bool| {
        at.before().trim_end().ends_with(test) && at.after(len).trim_start().starts_with(test)
    };
    if let Some(name) = word_for(c) {
        return claim(name);
    }
    match c {
        '*' if between(|c| c.is_ascii_digit()) => claim("times"),
        '/' if between(char::is_alphanumeric) => guess("slash"),
        '#' if digits(at.after(len)) > 0 => claim("number"),
        '#' if at.last().is_some_and(|c| c.is_ascii_uppercase()) && at.ends(len) => claim("sharp"),
        '~' if at
            .after(len)
            .trim_start()
            .starts_with(|c: char| c.is_ascii_digit()) =>
        {
            claim("about")
        }
        '$' => guess("dollar"),
        '£' => guess("pound"),
        '€' => guess("euro"),
        '¥' => guess("yen"),
        '¢' => guess("cent"),
        '₽' => guess("ruble"),
        '₹' => guess("rupee"),
        '\\' => guess("backslash"),
        '−' if at.after(len).starts_with([' ', '\u{A0}']) && at.last() == Some(' ') => {
            claim("minus")
        }
        '·' => Some(Match::new(len, Class::Dropped, " ").note(Note::LeftOut {
            what: c.to_string(),
        })),
        _ => greek(at, c),
    }
}

/// Signs that have one reading wherever they stand.
fn word_for(c: char) -> Option<&'static str> {
    Some(match c {
        '%' => "percent",
        '‰' => "per mille",
        '&' => "and",
        '@' => "at",
        '+' => "plus",
        '=' => "equals",
        '<' => "less than",
        '>' => "greater than",
        '≤' => "less than or equal to",
        '≥' => "greater than or equal to",
        '≠' => "not equal to",
        '≈' => "approximately",
        '±' => "plus or minus",
        '×' => "times",
        '÷' => "divided by",
        '√' => "square root of",
        '∞' => "infinity",
        '∑' => "sum",
        '∆' => "delta",
        '°' => "degrees",
        '℃' => "degrees celsius",
        '℉' => "degrees fahrenheit",
        '№' => "number",
        '§' => "section",
        '©' => "copyright",
        '®' => "registered",
        '™' => "trademark",
        _ => return None,
    })
}

/// One Greek letter that stands for itself.
fn greek(at: &At<'_>, c: char) -> Option<Match> {
    const NAMES: [(&str, &str); 24] = [
        ("αΑ", "alpha"),
        ("βΒ", "beta"),
        ("γΓ", "gamma"),
        ("δΔ", "delta"),
        ("εΕ", "epsilon"),
        ("ζΖ", "zeta"),
        ("ηΗ", "eta"),
        ("θΘ", "theta"),
        ("ιΙ", "iota"),
        ("κΚ", "kappa"),
        ("λΛ", "lambda"),
        ("μΜµ", "mu"),
        ("νΝ", "nu"),
        ("ξΞ", "xi"),
        ("οΟ", "omicron"),
        ("πΠ", "pi"),
        ("ρΡ", "rho"),
        ("σςΣ", "sigma"),
        ("τΤ", "tau"),
        ("υΥ", "upsilon"),
        ("φΦ", "phi"),
        ("χΧ", "chi"),
        ("ψΨ", "psi"),
        ("ωΩ", "omega"),
    ];
    let len = c.len_utf8();
    let greek = |c: char| ('\u{370}'..='\u{3FF}').contains(&c) || c == 'µ';
    let alone = !at.last().is_some_and(greek) && !at.after(len).starts_with(greek);
    let (_, name) = NAMES
        .iter()
        .find(|(letters, _)| letters.contains(c))
        .filter(|_| alone)?;
    Some(Match::new(len, Class::Sign, *name))
}

//! Days, months and times of day.

use super::names;
use super::numbers::{digits, nth};
use crate::number_words::cardinal;
use crate::tokens::{At, Class, Match, Note, pattern};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// A month by name or by its first letters, with or without a dot.
pub(super) fn month_named(word: &str) -> Option<&'static str> {
    let word = word.trim_end_matches('.').to_ascii_lowercase();
    let full = MONTHS.iter().find(|month| **month == word);
    let short = || {
        MONTHS.iter().find(|month| {
            word == "sept" && **month == "september" || word.len() == 3 && month.starts_with(&word)
        })
    };
    full.or_else(short).copied()
}

/// `2024-01-31`, `2024/01/31`
pub(super) fn iso(at: &At<'_>) -> Option<Match> {
    let found = at.is_number().then(|| {
        at.find(pattern!(
            r"^([0-9]{4})([-/.])([0-9]{1,2})([-/.])([0-9]{1,2})"
        ))
    })??;
    let len = found[0].len();
    let time = at
        .after(len)
        .strip_prefix('T')
        .is_some_and(|t| t.starts_with(|c: char| c.is_ascii_digit()));
    if found[2] != found[4] || !at.is_free() || !(at.ends(len) || time) {
        return None;
    }
    let spoken = day(
        found[3].parse().ok()?,
        found[5].parse().ok()?,
        Some(&found[1]),
    )?;
    Some(Match::new(len, Class::Date, spoken))
}

/// `31/01/2024`, `1/31/24`, `31.01.2024`
pub(super) fn numeric(at: &At<'_>) -> Option<Match> {
    let found = at.is_number().then(|| {
        at.find(pattern!(
            r"^([0-9]{1,2})([-/.])([0-9]{1,2})([-/.])([0-9]{4}|[0-9]{2})"
        ))
    })??;
    let len = found[0].len();
    let (mark, short) = (&found[2], found[5].len() == 2);
    if found[4] != *mark || (short && mark == "-") || !at.is_free() || !at.ends(len) {
        return None;
    }
    let (first, second): (u32, u32) = (found[1].parse().ok()?, found[3].parse().ok()?);
    let year = if short {
        format!("20{}", &found[5])
    } else {
        found[5].to_owned()
    };
    // Dots are European; with slashes the American order is tried first.
    let [(month, date), (other_month, other_date)] = if mark == "/" {
        [(first, second), (second, first)]
    } else {
        [(second, first), (first, second)]
    };
    let one = day(month, date, Some(&year));
    let other = day(other_month, other_date, Some(&year));
    let note = match (&one, &other) {
        (Some(one), Some(other)) if one != other => Some(Note::or(format!("`{other}`"))),
        _ => None,
    };
    Some(Match::new(len, Class::Date, one.or(other)?).maybe(note))
}

/// `May 5-7`, `5-7 May`
pub(super) fn days(at: &At<'_>) -> Option<Match> {
    let day = |text: &str| {
        text.parse::<u32>()
            .ok()
            .filter(|day| (1..=31).contains(day))
    };
    if at.is_number() {
        let found = at.find(pattern!(
            r"^([0-9]{1,2})[-–—]([0-9]{1,2})[ \u{a0}](?:of )?([A-Z][a-z]{2,8}|[A-Z]{3,9})(?-u:\b)"
        ))?;
        let month = month_named(&found[3]).filter(|_| at.ends(found[0].len()))?;
        let [from, to] = [day(&found[1])?, day(&found[2])?].map(|day| nth(&day.to_string()));
        let spoken = format!("the {from} to the {to} of {month}");
        return Some(Match::new(found[0].len(), Class::Date, spoken));
    }
    if !at.is_word() || month_named(at.letters()).is_none() {
        return None;
    }
    let found = at.find(pattern!(
        r"^([A-Z][a-z]{2,8})\.?[ \u{a0}]([0-9]{1,2})[-–—]([0-9]{1,2})(?-u:\b)"
    ))?;
    let month = month_named(&found[1])?;
    let [from, to] = [day(&found[2])?, day(&found[3])?].map(|day| nth(&day.to_string()));
    let free = at.ends(found[0].len()) && !number_goes_on(at.after(found[0].len()));
    free.then(|| {
        Match::new(
            found[0].len(),
            Class::Date,
            format!("{month} {from} to {to}"),
        )
    })
}

/// `January 5`, `Jan. 5, 1999`, `May 5th`, `May 1999`
pub(super) fn month_first(at: &At<'_>) -> Option<Match> {
    if !at.is_word() || month_named(at.letters()).is_none() {
        return None;
    }
    let found = at.find(pattern!(
        r"^([A-Z][a-z]{2,8}|[A-Z]{3,9})\.?[ \u{a0}](?:([0-9]{1,2})(?:st|nd|rd|th)?(?:,? ?([12][0-9]{3})(?-u:\b))?|([12][0-9]{3}))(?-u:\b)"
    ))?;
    let month = month_named(&found[1])?;
    let len = found[0].len();
    if !at.ends(len) || number_goes_on(at.after(len)) {
        return short_date(at, month, &found[0], found.get(2).map(|m| m.as_str()));
    }
    let spoken = match (found.get(2), found.get(3), found.get(4)) {
        (_, _, Some(year)) => format!("{month} {}", digits(year.as_str())),
        (Some(date), year, _) => named(month, date.as_str(), year.map(|m| m.as_str()))?,
        _ => return None,
    };
    Some(Match::new(len, Class::Date, spoken))
}

/// A day whose "year" turned out to be something else: `May 5, 2000 kg` keeps the day only.
fn short_date(at: &At<'_>, month: &str, whole: &str, date: Option<&str>) -> Option<Match> {
    let date = date?;
    let len = whole.find(date)? + date.len();
    if !at.ends(len) || number_goes_on(at.after(len)) {
        return None;
    }
    Some(Match::new(len, Class::Date, named(month, date, None)?))
}

/// Whether digits, a decimal part or a range go on.
fn number_goes_on(after: &str) -> bool {
    let mut chars = after.chars();
    chars.next().is_some_and(|c| ".,-–:/%".contains(c))
        && chars.next().is_some_and(|c| c.is_ascii_digit())
        || after.starts_with('%')
}

/// `5 January 1999`, `5th of May`
pub(super) fn day_first(at: &At<'_>) -> Option<Match> {
    let found = at.is_number().then(|| at.find(pattern!(
        r"^([0-9]{1,2})(?:st|nd|rd|th)?[ \u{a0}](?:of )?([A-Z][a-z]{2,8}|[A-Z]{3,9})(?-u:\b)(?:\.?,? ([12][0-9]{3})(?-u:\b))?"
    )))??;
    let month = month_named(&found[2])?;
    let len = found[0].len();
    if !at.is_free() || !at.ends(len) {
        return None;
    }
    let date: u32 = found[1]
        .parse()
        .ok()
        .filter(|date| (1..=31).contains(date))?;
    let the = if at.word_before().eq_ignore_ascii_case("the") {
        ""
    } else {
        "the "
    };
    let year = found
        .get(3)
        .map_or_else(String::new, |year| format!(", {}", digits(year.as_str())));
    let spoken = format!("{the}{} of {month}{year}", nth(&date.to_string()));
    Some(Match::new(len, Class::Date, spoken))
}

fn named(month: &str, date: &str, year: Option<&str>) -> Option<String> {
    let date: u32 = date.parse().ok().filter(|date| (1..=31).contains(date))?;
    let year = year.map_or_else(String::new, |year| format!(", {}", digits(year)));
    Some(format!("{month} {}{year}", nth(&date.to_string())))
}

/// A day by the numbers of month and day, if there is such a day.
fn day(month: u32, date: u32, year: Option<&str>) -> Option<String> {
    let name = MONTHS.get(month.checked_sub(1)? as usize)?;
    named(name, &date.to_string(), year)
}

/// The time after a date, with the `T` between them: `2024-01-31T15:30`.
pub(super) fn iso_time(at: &At<'_>) -> Option<Match> {
    let clock = at.rest().strip_prefix('T')?;
    let (len, spoken) = at
        .last()
        .filter(char::is_ascii_digit)
        .and_then(|_| time_of_day(clock))?;
    Some(Match::new(1 + len, Class::Time, format!(", {spoken}")))
}

/// `3:45pm`, `15:30`, `9 a.m.`, `9:00-17:00`
pub(super) fn time(at: &At<'_>) -> Option<Match> {
    if !at.is_number() {
        return None;
    }
    let Some((len, spoken)) = time_of_day(at.rest()).filter(|(len, _)| at.ends(*len)) else {
        return names::ratio(at);
    };
    if let Some(found) = pattern!(r"^ ?[-–—] ?").find(at.after(len)) {
        let second = len + found.len();
        if let Some((more, until)) =
            time_of_day(at.after(second)).filter(|(more, _)| at.ends(second + more))
        {
            return Some(Match::new(
                second + more,
                Class::Range,
                format!("{spoken} to {until}"),
            ));
        }
    }
    // A dot that is part of `p.m.` ends the sentence as well.
    let len = len + usize::from(spoken.ends_with('.') && at.after(len).starts_with('.'));
    Some(Match::new(len, Class::Time, spoken))
}

/// Length and reading of a time of day.
fn time_of_day(text: &str) -> Option<(usize, String)> {
    let found = pattern!(
        r"^([0-9]{1,2})(?:([:.])([0-9]{2})(?::([0-9]{2}))?)?(?:[ \u{a0}]?(?:([aA]\.[mM]\.|[aA][mM](?-u:\b))|([pP]\.[mM]\.|[pP][mM](?-u:\b))))?"
    )
    .captures(text)?;
    let hour: u64 = found[1].parse().ok().filter(|hour| *hour <= 24)?;
    let half = match (found.get(5), found.get(6)) {
        (Some(_), _) => Some("a.m."),
        (_, Some(_)) => Some("p.m."),
        _ => None,
    };
    let clock = match (found.get(2).map(|m| m.as_str()), half) {
        (None, None) | (Some("."), None) => return None,
        _ => found.get(3).map(|m| m.as_str()),
    };
    let minutes = clock
        .map_or(Some(0), |m| m.parse::<u64>().ok())
        .filter(|m| *m < 60)?;
    let mut spoken = cardinal(hour);
    match (clock, minutes, half) {
        (Some(_), 0, None) if (1..=12).contains(&hour) => spoken += " o'clock",
        (Some(_), 0, None) => spoken += " hundred",
        (_, 0, _) => {}
        (_, 1..=9, _) => spoken += &format!(" oh {}", cardinal(minutes)),
        _ => spoken += &format!(" {}", cardinal(minutes)),
    }
    if let Some(seconds) = found.get(4) {
        let seconds: u64 = seconds.as_str().parse().ok().filter(|s| *s < 60)?;
        let unit = if seconds == 1 { "second" } else { "seconds" };
        spoken = spoken.replace(" o'clock", "").replace(" hundred", "");
        spoken += &format!(" and {} {unit}", cardinal(seconds));
    }
    if let Some(half) = half {
        spoken += &format!(" {half}");
    }
    Some((found[0].len(), spoken))
}

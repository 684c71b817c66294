//! Days, years and times of day.

use super::forms::{Form, Gender};
use super::numbers::{cardinal, ordinal, plural};
use crate::numerals::{self, plain};
use crate::tokens::{At, Class, Match, Note, pattern};

const MONTHS: [&str; 12] = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
];

/// `5 мая`, `5 мая 1945 г.`, `с 5 по 7 мая`
pub(super) fn day_of_month(at: &At<'_>) -> Option<Match> {
    if !at.is_number() {
        return None;
    }
    let found = at.find(pattern!(
        r"^([0-9]{1,2})(?:-?(?:го|е))?(?:( по | ?[-–—] ?)([0-9]{1,2})(?:-?(?:го|е))?)?[ \u{a0}]((?i)января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря)"
    ))?;
    let len = found[0].len();
    let date = |text: &str| {
        text.parse::<u64>()
            .ok()
            .filter(|date| (1..=31).contains(date))
    };
    if !at.ends(len) {
        return None;
    }
    let month = found[4].to_lowercase();
    let (form, note) = form_of_day(at, len);
    let days = match found.get(3) {
        None => ordinal(date(&found[1])?, form)?,
        Some(second) => {
            let until = &found[2] == " по ";
            let joint = if until { " по " } else { " - " };
            let second_form = if until { Form::Oje } else { Form::Ogo };
            format!(
                "{}{joint}{}",
                ordinal(date(&found[1])?, Form::Ogo)?,
                ordinal(date(second.as_str())?, second_form)?
            )
        }
    };
    let (more, year) = year_of_day(at, len);
    Some(Match::new(len + more, Class::Date, format!("{days} {month}{year}")).maybe(note))
}

/// The year after a day, always in the genitive: bytes and words.
fn year_of_day(at: &At<'_>, len: usize) -> (usize, String) {
    let found =
        pattern!(r"^,? ([12][0-9]{3})(?:[ \u{a0}]?(?:года|г\.|г))?").captures(at.after(len));
    let Some(found) = found else {
        return (0, String::new());
    };
    let mut more = found[0].len();
    let Some(year) = plain(&found[1]).and_then(|n| ordinal(n, Form::Ogo)) else {
        return (0, String::new());
    };
    if !at.ends(len + more) {
        // `5 мая 1945 граждан`: the letter belongs to the next word.
        more = 1 + found[1].len() + found[0].find(&found[1]).unwrap_or(1) - 1;
        return (more, format!(" {year} года"));
    }
    if found[0].ends_with('.') {
        more -= 1;
        more += super::units::dot(at.after(len + more));
    }
    (more, format!(" {year} года"))
}

/// How a day stands in its sentence: `сегодня пятое`, `к пятому`, else `пятого`.
fn form_of_day(at: &At<'_>, len: usize) -> (Form, Option<Note>) {
    let whole = at.before().trim().is_empty()
        && at
            .after(len)
            .trim_matches(|c: char| ".!? ".contains(c))
            .is_empty();
    match at.word_before().to_lowercase().as_str() {
        "к" | "ко" => (Form::Omu, None),
        "по" | "на" | "сегодня" | "завтра" | "вчера" | "послезавтра" | "было" | "наступило" => {
            (Form::Oje, None)
        }
        "с" | "со" | "до" | "от" | "после" | "около" => (Form::Ogo, None),
        _ if whole => (Form::Oje, None),
        _ => (Form::Ogo, Some(Note::guess("when, in the genitive"))),
    }
}

/// `31.01.2024`, `31/01/2024`, `2024-01-31`
pub(super) fn numeric(at: &At<'_>) -> Option<Match> {
    if !at.is_number() {
        return None;
    }
    let iso = at.find(pattern!(r"^([0-9]{4})(-)([0-9]{1,2})(-)([0-9]{1,2})"));
    let [year, month, date] = match &iso {
        Some(found) => [&found[1], &found[3], &found[5]].map(str::to_owned),
        None => {
            let found = at.find(pattern!(
                r"^([0-9]{1,2})([./-])([0-9]{1,2})([./-])([0-9]{4}|[0-9]{2})"
            ))?;
            let short = found[5].len() == 2;
            if found[2] != found[4] || short && &found[2] == "-" {
                return None;
            }
            [
                if short {
                    format!("20{}", &found[5])
                } else {
                    found[5].to_owned()
                },
                found[3].to_owned(),
                found[1].to_owned(),
            ]
        }
    };
    let written = iso.as_ref().map_or_else(
        || {
            pattern!(r"^[0-9]{1,2}[./-][0-9]{1,2}[./-](?:[0-9]{4}|[0-9]{2})")
                .find(at.rest())
                .map_or(0, |m| m.len())
        },
        |found| found[0].len(),
    );
    if !at.ends(written) {
        return None;
    }
    let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
    let date: u64 = date.parse().ok().filter(|date| (1..=31).contains(date))?;
    let year = ordinal(plain(&year)?, Form::Ogo)?;
    let tail = pattern!(r"^[ \u{a0}]?(?:года|г\.)")
        .find(at.after(written))
        .map_or(0, |m| m.len());
    let stop = if tail > 0
        && at.after(written + tail).trim().is_empty()
        && at.after(written).contains('.')
    {
        "."
    } else {
        ""
    };
    let (form, note) = form_of_day(at, written + tail);
    let spoken = format!("{} {month} {year} года{stop}", ordinal(date, form)?);
    Some(Match::new(written + tail, Class::Date, spoken).maybe(note))
}

/// `1984 год`, `в 1984 году`, `1984 г.`, `1941–1945 гг.`
pub(super) fn year(at: &At<'_>) -> Option<Match> {
    if !at.is_number() {
        return None;
    }
    let found = at.find(pattern!(
        r"^([12][0-9]{3})(?:[-–—]([12][0-9]{3}|[0-9]{2}))?[ \u{a0}]?(годами|годам|годах|годов|годом|годы|году|года|год|гг|г)(\.?)"
    ))?;
    let word = &found[3];
    // `1500 г муки` is a weight.
    let said = ["в", "во", "к", "с", "со", "до", "от", "после"]
        .contains(&at.word_before().to_lowercase().as_str());
    if word == "г" && found[4].is_empty() && !said {
        return None;
    }
    let len = found[0].len() - found[4].len();
    if !at.ends(len) {
        return None;
    }
    let (form, name) = form_of_year(at, word)?;
    let mut words = ordinal(plain(&found[1])?, form)?;
    if let Some(second) = found.get(2) {
        words += &format!(" - {}", ordinal(plain(second.as_str())?, form)?);
    }
    let dot = if word.starts_with("гг") || word == "г" {
        super::units::dot(at.after(len))
    } else {
        0
    };
    Some(Match::new(
        len + dot,
        Class::Year,
        format!("{words} {name}"),
    ))
}

fn form_of_year(at: &At<'_>, word: &str) -> Option<(Form, &'static str)> {
    let before = at.word_before().to_lowercase();
    let before = before.as_str();
    Some(match word {
        "год" => (Form::Yj, "год"),
        "года" => (Form::Ogo, "года"),
        "году" if ["к", "ко", "по"].contains(&before) => (Form::Omu, "году"),
        "году" => (Form::Om, "году"),
        "годом" => (Form::Ym, "годом"),
        "годы" => (Form::Yj, "годы"),
        "годов" => (Form::Ogo, "годов"),
        "годах" => (Form::Om, "годах"),
        "годам" => (Form::Omu, "годам"),
        "годами" => (Form::Ym, "годами"),
        "г" if ["в", "во", "о"].contains(&before) => (Form::Om, "году"),
        "г" if ["к", "ко"].contains(&before) => (Form::Omu, "году"),
        "г" if [
            "с",
            "со",
            "до",
            "от",
            "после",
            "около",
            "из",
            "весной",
            "летом",
            "осенью",
            "зимой",
            "конца",
            "начала",
        ]
        .contains(&before) =>
        {
            (Form::Ogo, "года")
        }
        "г" => (Form::Yj, "год"),
        "гг" if ["в", "во", "о"].contains(&before) => (Form::Om, "годах"),
        "гг" => (Form::Yj, "годы"),
        _ => return None,
    })
}

/// `в 18.30`: a time with a dot, after a preposition of time.
pub(super) fn dotted_time(at: &At<'_>) -> Option<Match> {
    let said =
        ["в", "к", "с", "до", "после", "около"].contains(&at.word_before().to_lowercase().as_str());
    if !said || !at.is_number() {
        return None;
    }
    let found = at.find(pattern!(r"^([0-9]{1,2})\.([0-9]{2})(?-u:\b)"))?;
    let len = found[0].len();
    let counts = at
        .after(len)
        .trim_start()
        .starts_with(['%', '₽', '$', '€', '°']);
    let unit = super::units::unit(at.after(len).trim_start(), true).is_some();
    let (_, spoken) = time_of_day(&format!("{}:{}", &found[1], &found[2]))?;
    (!counts && !unit && at.ends(len))
        .then(|| Match::new(len, Class::Time, spoken).note(Note::guess("a time of day")))
}

/// `с 1941 по 1945 год`
pub(super) fn years(at: &At<'_>) -> Option<Match> {
    let from = ["с", "со", "от"].contains(&at.word_before().to_lowercase().as_str());
    if !from || !at.is_number() {
        return None;
    }
    let found = at.find(pattern!(
        r"^([12][0-9]{3}) (по|до) ([12][0-9]{3})[ \u{a0}]?(год|года|гг|г)(\.?)"
    ))?;
    let len = found[0].len() - found[5].len();
    let (form, name) = if &found[2] == "по" {
        (Form::Yj, "год")
    } else {
        (Form::Ogo, "года")
    };
    let first = ordinal(plain(&found[1])?, Form::Ogo)?;
    let second = ordinal(plain(&found[3])?, form)?;
    let dot = if found[4].starts_with("гг") || &found[4] == "г" {
        super::units::dot(at.after(len))
    } else {
        0
    };
    at.ends(len).then(|| {
        Match::new(
            len + dot,
            Class::Year,
            format!("{first} {} {second} {name}", &found[2]),
        )
    })
}

/// `15:30`, `9:00`, `9:05`
pub(super) fn time(at: &At<'_>) -> Option<Match> {
    if !at.is_number() {
        return None;
    }
    let (len, spoken) = match time_of_day(at.rest()) {
        Some(found) => found,
        None => return ratio(at),
    };
    if let Some(dash) = pattern!(r"^ ?[-–—] ?").find(at.after(len)) {
        let second = len + dash.len();
        if let Some((more, until)) = time_of_day(at.after(second)) {
            return Some(Match::new(
                second + more,
                Class::Range,
                format!("{spoken} - {until}"),
            ));
        }
    }
    at.ends(len).then(|| Match::new(len, Class::Time, spoken))
}

fn time_of_day(text: &str) -> Option<(usize, String)> {
    let found = pattern!(r"^([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?").captures(text)?;
    let hour = found[1].parse::<u64>().ok().filter(|hour| *hour <= 24)?;
    let minutes = found[2]
        .parse::<u64>()
        .ok()
        .filter(|minutes| *minutes < 60)?;
    let mut spoken = cardinal(hour, Gender::Masculine);
    match minutes {
        0 => spoken += &format!(" {}", plural(hour, ["час", "часа", "часов"])),
        1..=9 => spoken += &format!(" ноль {}", cardinal(minutes, Gender::Masculine)),
        _ => spoken += &format!(" {}", cardinal(minutes, Gender::Masculine)),
    }
    if let Some(seconds) = found.get(3) {
        let seconds = seconds.as_str().parse::<u64>().ok().filter(|s| *s < 60)?;
        let name = plural(seconds, ["секунда", "секунды", "секунд"]);
        spoken += &format!(" {} {name}", cardinal(seconds, Gender::Feminine));
    }
    Some((found[0].len(), spoken))
}

/// A ratio or a score: `3:1`.
fn ratio(at: &At<'_>) -> Option<Match> {
    let first = numerals::digits(at.rest());
    let second = at
        .after(first)
        .strip_prefix(':')
        .map(numerals::digits)
        .filter(|n| *n > 0)?;
    let len = first + 1 + second;
    let number = |text: &str| super::numbers::digits(text, Gender::Masculine);
    let spoken = format!(
        "{} - {}",
        number(&at.rest()[..first]),
        number(&at.rest()[first + 1..len])
    );
    at.ends(len).then(|| Match::new(len, Class::Range, spoken))
}

//! Figures as people read them.

use crate::report::ReportLocale;

/// How a figure is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// With so many decimals.
    Fixed(usize),
    /// A share as a percentage.
    Percent,
    /// Three significant digits, with an exponent where that is shorter.
    Short,
}

impl Form {
    /// The figure as a language has it.
    pub(crate) fn show_in(self, value: f64, locale: ReportLocale) -> String {
        let text = match self {
            _ if !value.is_finite() => value.to_string(),
            Self::Fixed(digits) => fixed(value, digits, locale),
            Self::Percent => format!(
                "{:.0}{}",
                value * 100.0,
                match locale {
                    ReportLocale::En => "%",
                    ReportLocale::Ru => " %",
                }
            ),
            Self::Short => short_figure(value),
        };
        with_decimal_sign(text, locale)
    }
}

/// With so many decimals where they say something: thousands are grouped, and millions counted.
fn fixed(value: f64, digits: usize, locale: ReportLocale) -> String {
    let names = match locale {
        ReportLocale::En => ["M", "G", "T"],
        ReportLocale::Ru => ["млн", "млрд", "трлн"],
    };
    let size = value.abs();
    if size >= 1e15 {
        return short_figure(value);
    }
    for (unit, name) in [1e12, 1e9, 1e6].into_iter().zip(names.into_iter().rev()) {
        // 999 999.7 has a million in it once it is rounded.
        if size.round() >= unit {
            let counted = format!("{:.2}", value / unit);
            let counted = counted.trim_end_matches('0').trim_end_matches('.');
            return format!("{counted} {name}");
        }
    }
    if size >= 1000.0 {
        let sign = if value < 0.0 { "-" } else { "" };
        return format!("{sign}{}", grouped(size.round() as u64));
    }
    // A figure that rounds to nothing has no sign.
    let text = format!("{value:.digits$}");
    match text.strip_prefix('-') {
        Some(zero) if zero.chars().all(|letter| "0.".contains(letter)) => zero.to_owned(),
        _ => text,
    }
}

/// A figure's text with the decimal sign of a language. With an exponent it stays as it is typed: `9.5e-4`.
fn with_decimal_sign(text: String, locale: ReportLocale) -> String {
    match locale {
        ReportLocale::Ru if !text.contains('e') => text.replace('.', ","),
        _ => text,
    }
}

/// A sentence with its figures as a language has them; what stands between back quotes is code and stays.
pub(crate) fn prose_in(sentence: &str, locale: ReportLocale) -> String {
    if locale == ReportLocale::En {
        return sentence.to_owned();
    }
    let prose = |part: &str| -> String {
        let words = part.split_inclusive(char::is_whitespace);
        words
            .map(|word| decimal_in_prose(word).unwrap_or_else(|| word.to_owned()))
            .collect()
    };
    let parts = sentence.split('`').enumerate();
    let parts: Vec<String> = parts
        .map(|(index, part)| match index % 2 {
            0 => prose(part),
            _ => part.to_owned(),
        })
        .collect();
    parts.join("`")
}

/// A word that is a decimal number, with a comma; `None` for any other. What has an exponent stays as it is typed.
fn decimal_in_prose(word: &str) -> Option<String> {
    let bare = word.trim_matches(|letter: char| !letter.is_ascii_digit());
    let (whole, part) = bare.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|one| one.is_ascii_digit());
    let is_decimal = digits(whole) && digits(part);
    is_decimal.then(|| word.replacen(bare, &format!("{whole},{part}"), 1))
}

/// [`short_figure`] in a sentence of a language: `0.71` in English, `0,71` in Russian.
pub fn figure_in(value: f64, locale: ReportLocale) -> String {
    Form::Short.show_in(value, locale)
}

/// A figure with so many decimals in a sentence of a language; thousands are grouped, millions counted.
pub fn decimals_in(value: f64, digits: usize, locale: ReportLocale) -> String {
    Form::Fixed(digits).show_in(value, locale)
}

/// A figure in a sentence: three significant digits, with an exponent where that is shorter.
pub fn short_figure(value: f64) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let size = value.abs();
    if size != 0.0 && !(1e-2..1e6).contains(&size) {
        let text = format!("{value:.2e}");
        let Some((digits, exponent)) = text.split_once('e') else {
            return text;
        };
        return format!(
            "{}e{exponent}",
            digits.trim_end_matches('0').trim_end_matches('.')
        );
    }
    let decimals = match size {
        _ if size >= 1000.0 => 0,
        _ if size >= 100.0 => 1,
        _ if size >= 10.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// `3 h 07 min`, `4 min 05 s`, `12 s`, in the given names of hour, minute and second.
pub fn duration(seconds: f64, [h, min, s]: [&str; 3]) -> String {
    let total = seconds.max(0.0).round() as u64;
    let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest} {s}"),
        (0, _) => format!("{minutes} {min} {rest:02} {s}"),
        _ => format!("{hours} {h} {minutes:02} {min}"),
    }
}

/// `28 193 153`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// `2026-11-20 09:27 UTC` of a Unix time; empty if it is no time.
pub fn date(time_s: f64) -> String {
    if !(0.0..1e11).contains(&time_s) {
        return String::new();
    }
    let total = time_s as u64;
    let (days, minutes) = (total / 86_400, total / 60 % 1440);
    let (year, month, day) = civil(days);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02} UTC",
        minutes / 60,
        minutes % 60
    )
}

/// Year, month and day of a number of days since 1970-01-01.
///
/// # Source
/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_exact_enough() {
        let check =
            |value, expected| assert_eq!(Form::Short.show_in(value, ReportLocale::En), expected);
        check(0.0, "0");
        check(0.001, "1e-3");
        check(1.25e-4, "1.25e-4");
        check(0.5, "0.5");
        check(1234.56, "1235");
        check(8.0, "8");
        check(100.0, "100");
        check(f64::NAN, "NaN");
        assert_eq!(Form::Percent.show_in(0.034, ReportLocale::En), "3%");
        assert_eq!(grouped(28_193_153), "28 193 153");
        let fixed =
            |value, expected| assert_eq!(Form::Fixed(3).show_in(value, ReportLocale::En), expected);
        fixed(2_173_840.25, "2.17 M");
        fixed(999_999.7, "1 M");
        fixed(-12_345.678, "-12 346");
        fixed(1234.5, "1 235");
        fixed(999.4567, "999.457");
        fixed(-1e-9, "0.000");
        fixed(3e12, "3 T");
        fixed(4e18, "4e18");
        assert_eq!(grouped(7), "7");
    }

    #[test]
    fn russian_has_a_comma_where_nothing_can_be_typed() {
        let check = |form: Form, value, expected| {
            assert_eq!(form.show_in(value, ReportLocale::Ru), expected);
        };
        check(Form::Fixed(3), 0.7124, "0,712");
        check(Form::Fixed(3), 2_173_840.25, "2,17 млн");
        check(Form::Short, 9.5e-4, "9.5e-4");
        check(Form::Percent, 0.034, "3 %");
        check(Form::Short, f64::NAN, "NaN");
        let prose = |sentence| prose_in(sentence, ReportLocale::Ru);
        assert_eq!(
            prose("диагональность 0.71; норма — от 0.7, `guide_sigma=0.4`, шаг 1e-3 (было 2.5)."),
            "диагональность 0,71; норма — от 0,7, `guide_sigma=0.4`, шаг 1e-3 (было 2,5)."
        );
    }

    #[test]
    fn durations_use_two_units() {
        let names = ["h", "min", "s"];
        assert_eq!(duration(11.6, names), "12 s");
        assert_eq!(duration(245.0, names), "4 min 05 s");
        assert_eq!(duration(11_220.0, names), "3 h 07 min");
        assert_eq!(duration(f64::NAN, names), "0 s");
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        // `date -u -d @...` of GNU coreutils.
        assert_eq!(date(0.0), "1970-01-01 00:00 UTC");
        assert_eq!(date(951_782_400.0), "2000-02-29 00:00 UTC");
        assert_eq!(date(1_800_000_000.0), "2027-01-15 08:00 UTC");
        assert_eq!(date(f64::NAN), "");
    }
}

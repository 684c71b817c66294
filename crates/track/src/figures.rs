//! Figures as people read them.

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
    pub(crate) fn show(self, value: f64) -> String {
        match self {
            _ if !value.is_finite() => value.to_string(),
            Self::Fixed(digits) => format!("{value:.digits$}"),
            Self::Percent => format!("{:.0}%", value * 100.0),
            Self::Short => short_figure(value),
        }
    }
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
        let check = |value, expected| assert_eq!(Form::Short.show(value), expected);
        check(0.0, "0");
        check(0.001, "1e-3");
        check(1.25e-4, "1.25e-4");
        check(0.5, "0.5");
        check(1234.56, "1235");
        check(8.0, "8");
        check(100.0, "100");
        check(f64::NAN, "NaN");
        assert_eq!(Form::Percent.show(0.034), "3%");
        assert_eq!(grouped(28_193_153), "28 193 153");
        assert_eq!(grouped(7), "7");
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

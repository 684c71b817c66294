//! Hours in which only what is critical is told.

use std::str::FromStr;

use crate::ConfigError;

const DAY: i64 = 24 * 60;

/// From one time of the day to another, perhaps over midnight: `23:00-07:00`, `23:00-07:00 +03:00`.
///
/// The times are those of UTC unless a distance from it follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    /// Minute of the day they begin at, in UTC.
    from: i64,
    /// Minute of the day they end at, in UTC.
    to: i64,
}

impl QuietHours {
    /// Whether they hold at a Unix time in seconds; never if they begin and end at the same minute.
    pub fn hold_at(self, time_s: f64) -> bool {
        let minute = (time_s / 60.0).floor().rem_euclid(DAY as f64) as i64;
        if self.from <= self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        }
    }
}

impl FromStr for QuietHours {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let mut words = text.split_whitespace();
            let (from, to) = words.next()?.split_once('-')?;
            let offset = words.next().map_or(Some(0), offset)?;
            let end = words.next();
            let utc = |minute: i64| (minute - offset).rem_euclid(DAY);
            let (from, to) = (utc(clock(from)?), utc(clock(to)?));
            end.is_none().then_some(Self { from, to })
        };
        read().ok_or_else(|| ConfigError::QuietHours(text.to_owned()))
    }
}

/// Minutes of `23:00`.
fn clock(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str, most: i64| {
        let digits = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        let value: i64 = digits.then(|| text.parse().ok())??;
        (value <= most).then_some(value)
    };
    Some(number(hours, 23)? * 60 + number(minutes, 59)?)
}

/// Minutes of `+03:00` or `-5:30`.
fn offset(text: &str) -> Option<i64> {
    match text.split_at_checked(1)? {
        ("+", rest) => clock(rest),
        ("-", rest) => clock(rest).map(|minutes| -minutes),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(hours: &str, time: &str, expected: bool) {
        let time_s = clock(time).unwrap() as f64 * 60.0 + 1_800_000_000.0 - 28_800.0;
        let hours: QuietHours = hours.parse().unwrap();
        assert_eq!(hours.hold_at(time_s), expected, "{hours:?} at {time}");
    }

    #[test]
    fn they_hold_from_the_first_minute_to_the_last_but_one() {
        // 1 800 000 000 is 08:00 in UTC.
        check("23:00-07:00", "23:00", true);
        check("23:00-07:00", "03:12", true);
        check("23:00-07:00", "06:59", true);
        check("23:00-07:00", "07:00", false);
        check("23:00-07:00", "22:59", false);
        check("13:00-14:30", "14:29", true);
        check("13:00-14:30", "14:30", false);
        check("05:00-05:00", "05:00", false);
    }

    #[test]
    fn a_distance_from_utc_moves_them() {
        check("23:00-07:00 +03:00", "20:00", true);
        check("23:00-07:00 +03:00", "04:00", false);
        check("23:00-07:00 -5:30", "04:30", true);
        check("23:00-07:00 -5:30", "04:29", false);
    }

    #[test]
    fn what_is_no_pair_of_times_is_named() {
        for wrong in [
            "",
            "23:00",
            "24:00-07:00",
            "23:60-07:00",
            "23-7",
            "23:00-07:00 3",
            "a-b",
            "+1:00-2:00",
            "23:00-07:00 +03:00 x",
        ] {
            let error = wrong.parse::<QuietHours>().unwrap_err().to_string();
            assert!(error.contains(&format!("`{wrong}`")), "{error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_and_no_time_stop_it(text in ".{0,24}", time_s in proptest::num::f64::ANY) {
            if let Ok(hours) = text.parse::<QuietHours>() {
                hours.hold_at(time_s);
            }
        }
    }
}

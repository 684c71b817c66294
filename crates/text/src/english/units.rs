//! Units of measure after a number.

use crate::tokens::pattern;

/// Whether a unit may stand a blank away from its number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Blank {
    /// It may.
    Allowed,
    /// It may not, because the letters are a word or a name of something else as often.
    Never,
    /// It must, because side by side it is something else: `4K`.
    Needed,
}

/// As written, one, many.
const UNITS: [(&str, &str, &str, Blank); 92] = {
    use Blank::{Allowed, Needed, Never};
    [
        ("km/h", "kilometer per hour", "kilometers per hour", Allowed),
        ("kmh", "kilometer per hour", "kilometers per hour", Allowed),
        ("kph", "kilometer per hour", "kilometers per hour", Allowed),
        (
            "m/s²",
            "meter per second squared",
            "meters per second squared",
            Allowed,
        ),
        ("m/s", "meter per second", "meters per second", Allowed),
        (
            "km/s",
            "kilometer per second",
            "kilometers per second",
            Allowed,
        ),
        ("mph", "mile per hour", "miles per hour", Allowed),
        ("mpg", "mile per gallon", "miles per gallon", Allowed),
        ("km", "kilometer", "kilometers", Allowed),
        ("cm", "centimeter", "centimeters", Allowed),
        ("mm", "millimeter", "millimeters", Allowed),
        ("µm", "micrometer", "micrometers", Allowed),
        ("μm", "micrometer", "micrometers", Allowed),
        ("nm", "nanometer", "nanometers", Allowed),
        ("dm", "decimeter", "decimeters", Allowed),
        ("m", "meter", "meters", Allowed),
        ("ft", "foot", "feet", Allowed),
        ("in", "inch", "inches", Never),
        ("yd", "yard", "yards", Allowed),
        ("mi", "mile", "miles", Allowed),
        ("kg", "kilogram", "kilograms", Allowed),
        ("kgs", "kilogram", "kilograms", Allowed),
        ("mg", "milligram", "milligrams", Allowed),
        ("µg", "microgram", "micrograms", Allowed),
        ("μg", "microgram", "micrograms", Allowed),
        ("g", "gram", "grams", Allowed),
        ("lb", "pound", "pounds", Allowed),
        ("lbs", "pound", "pounds", Allowed),
        ("oz", "ounce", "ounces", Allowed),
        ("t", "ton", "tons", Never),
        ("L", "liter", "liters", Allowed),
        ("l", "liter", "liters", Allowed),
        ("ml", "milliliter", "milliliters", Allowed),
        ("mL", "milliliter", "milliliters", Allowed),
        ("cl", "centiliter", "centiliters", Allowed),
        ("gal", "gallon", "gallons", Allowed),
        ("ha", "hectare", "hectares", Never),
        ("°C", "degree celsius", "degrees celsius", Allowed),
        ("℃", "degree celsius", "degrees celsius", Allowed),
        ("°F", "degree fahrenheit", "degrees fahrenheit", Allowed),
        ("℉", "degree fahrenheit", "degrees fahrenheit", Allowed),
        ("°", "degree", "degrees", Allowed),
        ("K", "kelvin", "kelvin", Needed),
        ("s", "second", "seconds", Never),
        ("sec", "second", "seconds", Never),
        ("secs", "second", "seconds", Never),
        ("ms", "millisecond", "milliseconds", Allowed),
        ("µs", "microsecond", "microseconds", Allowed),
        ("μs", "microsecond", "microseconds", Allowed),
        ("ns", "nanosecond", "nanoseconds", Allowed),
        ("min", "minute", "minutes", Allowed),
        ("mins", "minute", "minutes", Allowed),
        ("h", "hour", "hours", Allowed),
        ("hr", "hour", "hours", Allowed),
        ("hrs", "hour", "hours", Allowed),
        ("yrs", "year", "years", Allowed),
        ("B", "byte", "bytes", Never),
        ("kB", "kilobyte", "kilobytes", Allowed),
        ("KB", "kilobyte", "kilobytes", Allowed),
        ("MB", "megabyte", "megabytes", Allowed),
        ("Mb", "megabit", "megabits", Allowed),
        ("GB", "gigabyte", "gigabytes", Allowed),
        ("Gb", "gigabit", "gigabits", Allowed),
        ("TB", "terabyte", "terabytes", Allowed),
        ("KiB", "kibibyte", "kibibytes", Allowed),
        ("MiB", "mebibyte", "mebibytes", Allowed),
        ("GiB", "gibibyte", "gibibytes", Allowed),
        ("kbps", "kilobit per second", "kilobits per second", Allowed),
        ("Mbps", "megabit per second", "megabits per second", Allowed),
        ("Gbps", "gigabit per second", "gigabits per second", Allowed),
        (
            "MB/s",
            "megabyte per second",
            "megabytes per second",
            Allowed,
        ),
        (
            "GB/s",
            "gigabyte per second",
            "gigabytes per second",
            Allowed,
        ),
        ("Hz", "hertz", "hertz", Allowed),
        ("kHz", "kilohertz", "kilohertz", Allowed),
        ("MHz", "megahertz", "megahertz", Allowed),
        ("GHz", "gigahertz", "gigahertz", Allowed),
        ("W", "watt", "watts", Allowed),
        ("kW", "kilowatt", "kilowatts", Allowed),
        ("MW", "megawatt", "megawatts", Allowed),
        ("kWh", "kilowatt hour", "kilowatt hours", Allowed),
        ("V", "volt", "volts", Allowed),
        ("kV", "kilovolt", "kilovolts", Allowed),
        ("mA", "milliampere", "milliamperes", Allowed),
        ("mAh", "milliampere hour", "milliampere hours", Allowed),
        ("Ω", "ohm", "ohms", Allowed),
        ("dB", "decibel", "decibels", Allowed),
        ("Pa", "pascal", "pascals", Allowed),
        ("kPa", "kilopascal", "kilopascals", Allowed),
        ("hp", "horsepower", "horsepower", Allowed),
        (
            "rpm",
            "revolution per minute",
            "revolutions per minute",
            Allowed,
        ),
        ("fps", "frame per second", "frames per second", Allowed),
        ("kcal", "kilocalorie", "kilocalories", Allowed),
    ]
};

/// Units that take `²` and `³`: square meters, cubic centimeters.
const LENGTHS: [&str; 9] = ["km", "cm", "mm", "dm", "m", "ft", "in", "yd", "mi"];

/// A unit found after a number.
pub(super) struct Unit {
    /// Bytes, with the blank before it.
    pub(super) len: usize,
    /// The letters mean something else as often.
    pub(super) other: Option<&'static str>,
    prefix: &'static str,
    one: &'static str,
    many: &'static str,
}

impl Unit {
    /// The unit that follows a number.
    pub(super) fn after(text: &str) -> Option<Self> {
        let blank = pattern!(r"^[ \u{a0}\u{2009}\u{202f}]")
            .find(text)
            .map_or(0, |m| m.len());
        let hyphen = usize::from(blank == 0 && text.starts_with('-'));
        let rest = &text[blank + hyphen..];
        let found = UNITS
            .iter()
            .filter(|(sign, ..)| rest.starts_with(sign))
            .max_by_key(|(sign, ..)| sign.len())?;
        let (sign, one, many, allowed) = *found;
        let apart = blank + hyphen > 0;
        if apart && allowed == Blank::Never || !apart && allowed == Blank::Needed {
            return None;
        }
        let (prefix, power) = power(sign, &rest[sign.len()..]);
        let after = &rest[sign.len() + power..];
        // A letter right after means that the letters are part of a word: `5 meals`.
        if sign != "°" && after.starts_with(char::is_alphanumeric)
            || blank > 0 && is_doubtful(sign, prefix, after)
        {
            return None;
        }
        let other = match sign {
            "m" if prefix.is_empty() => Some("million"),
            _ => None,
        };
        Some(Self {
            len: blank + hyphen + sign.len() + power,
            other,
            prefix,
            one,
            many,
        })
    }

    /// The unit after one, or after any other number.
    pub(super) fn name(&self, one: bool) -> String {
        format!("{}{}", self.prefix, if one { self.one } else { self.many })
    }
}

/// Single letters a blank away are units only where nothing like a name follows: `5 m.` and
/// `5 h later`, but `5 W 43rd`.
fn is_doubtful(sign: &str, prefix: &str, after: &str) -> bool {
    let capital = after
        .trim_start()
        .starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
    sign.len() == 1 && prefix.is_empty() && (capital || after.starts_with(['\'', '’', '&', '-']))
}

/// A power after a unit of length, as the word before it, and its bytes.
fn power(sign: &str, rest: &str) -> (&'static str, usize) {
    if !LENGTHS.contains(&sign) {
        return ("", 0);
    }
    let digit_ends = |len: usize| !rest[len..].starts_with(char::is_alphanumeric);
    for (written, prefix) in [
        ("²", "square "),
        ("³", "cubic "),
        ("^2", "square "),
        ("^3", "cubic "),
        ("2", "square "),
        ("3", "cubic "),
    ] {
        if rest.starts_with(written) && digit_ends(written.len()) {
            return (prefix, written.len());
        }
    }
    ("", 0)
}

//! Whole numbers in words: cardinals, ordinals, digits, first parts of compounds.

use super::forms::{Form, Gender};
use crate::numerals::plain;

/// The form that a number wants: 1 рубль, 2 рубля, 5 рублей.
pub(super) fn plural<T: Copy>(n: u64, [one, few, many]: [T; 3]) -> T {
    match (n % 10, n % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}

/// A whole number in the nominative.
pub(super) fn cardinal(n: u64, gender: Gender) -> String {
    if n == 0 {
        return UNITS[0].to_owned();
    }
    let mut words = Vec::new();
    for (index, (forms, of)) in SCALES.iter().enumerate().rev() {
        let group = n / 1000_u64.pow(index as u32 + 1) % 1000;
        if group == 0 {
            continue;
        }
        // `тысяча девятьсот`: one thousand at the start is said without `одна`.
        if !(group == 1 && index == 0 && words.is_empty()) {
            words.push(below_thousand(group, *of));
        }
        words.push(plural(group, *forms).to_owned());
    }
    if !n.is_multiple_of(1000) {
        words.push(below_thousand(n % 1000, gender));
    }
    words.join(" ")
}

fn below_thousand(n: u64, gender: Gender) -> String {
    let mut words = Vec::new();
    if n >= 100 {
        words.push(HUNDREDS[(n / 100) as usize]);
    }
    let rest = n % 100;
    if rest >= 20 {
        words.push(TENS[(rest / 10) as usize]);
    }
    let unit = if rest < 20 { rest } else { rest % 10 };
    if unit > 0 {
        words.push(match (unit, gender) {
            (1, Gender::Feminine) => "одна",
            (1, Gender::Neuter) => "одно",
            (2, Gender::Feminine) => "две",
            _ => UNITS[unit as usize],
        });
    }
    words.join(" ")
}

/// A whole number as an ordinal; `None` where nobody would say one.
pub(super) fn ordinal(n: u64, form: Form) -> Option<String> {
    if n >= 1_000_000 {
        return None;
    }
    let hard = |stem: &str| {
        let stressed = form == Form::Yj
            && ["втор", "шест", "седьм", "восьм", "нулев", "сороков"].contains(&stem);
        format!("{stem}{}", if stressed { "ой" } else { form.hard() })
    };
    let last = |stem: &str| {
        if stem == "трет" {
            format!("{stem}{}", form.soft())
        } else {
            hard(stem)
        }
    };
    let (head, tail) = match n {
        n if n < 20 => (0, last(NTH[n as usize])),
        n if n.is_multiple_of(1000) && n > 0 => {
            (0, format!("{}тысячн{}", of(n / 1000, ""), form.hard()))
        }
        n if n.is_multiple_of(100) => (
            n - n % 1000,
            hard(&format!(
                "{}сот",
                [
                    "",
                    "",
                    "двух",
                    "трёх",
                    "четырёх",
                    "пяти",
                    "шести",
                    "семи",
                    "восьми",
                    "девяти"
                ][(n % 1000 / 100) as usize]
            )),
        ),
        n if n % 100 < 20 => (n - n % 100, last(NTH[(n % 100) as usize])),
        n if n.is_multiple_of(10) => (n - n % 100, hard(TENS_NTH[(n % 100 / 10) as usize])),
        n => (n - n % 10, last(NTH[(n % 10) as usize])),
    };
    Some(if head == 0 {
        tail
    } else {
        format!("{} {tail}", cardinal(head, Gender::Masculine))
    })
}

/// A number as the first part of a compound: 25 is `двадцатипяти`; below a thousand.
pub(super) fn of(n: u64, joint: &str) -> String {
    // A compound of exactly one thousand has no first part: `тысячный`.
    if n == 1 && joint.is_empty() {
        return String::new();
    }
    let rest = n % 100;
    let unit = if rest < 20 { rest } else { rest % 10 };
    let parts = [
        HUNDREDS_OF[(n / 100 % 10) as usize],
        if rest >= 20 {
            TENS_OF[(rest / 10) as usize]
        } else {
            ""
        },
        if unit > 0 {
            UNITS_OF[unit as usize]
        } else {
            ""
        },
    ];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(joint.trim_start_matches('-'))
}

/// Digits one by one.
pub(super) fn digit_by_digit(digits: &str) -> String {
    let words: Vec<&str> = digits
        .bytes()
        .filter(u8::is_ascii_digit)
        .map(|d| UNITS[usize::from(d - b'0')])
        .collect();
    words.join(" ")
}

/// Digits as one number, or one by one where they have no name.
pub(super) fn digits(digits: &str, gender: Gender) -> String {
    plain(digits).map_or_else(|| digit_by_digit(digits), |n| cardinal(n, gender))
}

/// Groups of digits as telephone numbers are told: in twos and threes, zeros first.
pub(super) fn group(digits: &str) -> String {
    let zeros = digits.bytes().take_while(|b| *b == b'0').count();
    let rest = &digits[zeros..];
    let mut words = vec![UNITS[0]; zeros].join(" ");
    if !rest.is_empty() {
        if !words.is_empty() {
            words.push(' ');
        }
        words += &if rest.len() > 3 {
            digit_by_digit(rest)
        } else {
            self::digits(rest, Gender::Masculine)
        };
    }
    words
}

const UNITS: [&str; 20] = [
    "ноль",
    "один",
    "два",
    "три",
    "четыре",
    "пять",
    "шесть",
    "семь",
    "восемь",
    "девять",
    "десять",
    "одиннадцать",
    "двенадцать",
    "тринадцать",
    "четырнадцать",
    "пятнадцать",
    "шестнадцать",
    "семнадцать",
    "восемнадцать",
    "девятнадцать",
];
const TENS: [&str; 10] = [
    "",
    "",
    "двадцать",
    "тридцать",
    "сорок",
    "пятьдесят",
    "шестьдесят",
    "семьдесят",
    "восемьдесят",
    "девяносто",
];
const HUNDREDS: [&str; 10] = [
    "",
    "сто",
    "двести",
    "триста",
    "четыреста",
    "пятьсот",
    "шестьсот",
    "семьсот",
    "восемьсот",
    "девятьсот",
];
/// Stems of ordinals; those with `ой` in the masculine carry the stress there.
const NTH: [&str; 20] = [
    "нулев",
    "перв",
    "втор",
    "трет",
    "четвёрт",
    "пят",
    "шест",
    "седьм",
    "восьм",
    "девят",
    "десят",
    "одиннадцат",
    "двенадцат",
    "тринадцат",
    "четырнадцат",
    "пятнадцат",
    "шестнадцат",
    "семнадцат",
    "восемнадцат",
    "девятнадцат",
];
const TENS_NTH: [&str; 10] = [
    "",
    "",
    "двадцат",
    "тридцат",
    "сороков",
    "пятидесят",
    "шестидесят",
    "семидесят",
    "восьмидесят",
    "девяност",
];
/// First parts of compounds: `двухсот|летний`.
const UNITS_OF: [&str; 20] = [
    "нуль",
    "одно",
    "двух",
    "трёх",
    "четырёх",
    "пяти",
    "шести",
    "семи",
    "восьми",
    "девяти",
    "десяти",
    "одиннадцати",
    "двенадцати",
    "тринадцати",
    "четырнадцати",
    "пятнадцати",
    "шестнадцати",
    "семнадцати",
    "восемнадцати",
    "девятнадцати",
];
const TENS_OF: [&str; 10] = [
    "",
    "",
    "двадцати",
    "тридцати",
    "сорока",
    "пятидесяти",
    "шестидесяти",
    "семидесяти",
    "восьмидесяти",
    "девяносто",
];
const HUNDREDS_OF: [&str; 10] = [
    "",
    "сто",
    "двухсот",
    "трёхсот",
    "четырёхсот",
    "пятисот",
    "шестисот",
    "семисот",
    "восьмисот",
    "девятисот",
];

/// A name of thousands and more: one, two to four, many.
type Scale = ([&'static str; 3], Gender);

const SCALES: [Scale; 6] = [
    (["тысяча", "тысячи", "тысяч"], Gender::Feminine),
    (["миллион", "миллиона", "миллионов"], Gender::Masculine),
    (["миллиард", "миллиарда", "миллиардов"], Gender::Masculine),
    (["триллион", "триллиона", "триллионов"], Gender::Masculine),
    (
        ["квадриллион", "квадриллиона", "квадриллионов"],
        Gender::Masculine,
    ),
    (
        ["квинтиллион", "квинтиллиона", "квинтиллионов"],
        Gender::Masculine,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cardinals_agree_in_gender() {
        for (n, gender, expected) in [
            (0, Gender::Masculine, "ноль"),
            (1, Gender::Feminine, "одна"),
            (1, Gender::Neuter, "одно"),
            (22, Gender::Feminine, "двадцать две"),
            (1000, Gender::Masculine, "тысяча"),
            (2001, Gender::Feminine, "две тысячи одна"),
            (21_000, Gender::Masculine, "двадцать одна тысяча"),
            (1_001_000, Gender::Masculine, "один миллион одна тысяча"),
            (115, Gender::Masculine, "сто пятнадцать"),
        ] {
            assert_eq!(cardinal(n, gender), expected);
        }
        assert!(cardinal(u64::MAX, Gender::Masculine).starts_with("восемнадцать квинтиллионов"));
    }

    #[test]
    fn ordinals_take_every_ending() {
        for (n, form, expected) in [
            (3, Form::Yj, "третий"),
            (3, Form::Ogo, "третьего"),
            (23, Form::Uju, "двадцать третью"),
            (40, Form::Yj, "сороковой"),
            (100, Form::Aja, "сотая"),
            (500, Form::Yj, "пятисотый"),
            (1984, Form::Om, "тысяча девятьсот восемьдесят четвёртом"),
            (2000, Form::Ogo, "двухтысячного"),
            (1000, Form::Yj, "тысячный"),
            (25_000, Form::Yj, "двадцатипятитысячный"),
            (1900, Form::Yj, "тысяча девятисотый"),
        ] {
            assert_eq!(ordinal(n, form).as_deref(), Some(expected));
        }
        assert_eq!(ordinal(1_000_000, Form::Yj), None);
    }
}

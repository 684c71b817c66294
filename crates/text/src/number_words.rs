//! English words for numbers.

const UNITS: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = [
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];
const SCALES: [&str; 7] = [
    "",
    "thousand",
    "million",
    "billion",
    "trillion",
    "quadrillion",
    "quintillion",
];
/// Whether `and` stands before the last two digits of a group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum And {
    Spoken,
    Left,
}

/// A whole number in words: `one thousand, two hundred thirty-four`.
pub fn cardinal(n: u64) -> String {
    groups(n, And::Left)
}

/// A whole number as an ordinal: `one hundred and first`.
pub fn ordinal(n: u64) -> String {
    let words = groups(n, And::Spoken);
    let start = words.rfind([' ', '-']).map_or(0, |i| i + 1);
    let (head, last) = words.split_at(start);
    let last = match last {
        "one" => "first".to_owned(),
        "two" => "second".to_owned(),
        "three" => "third".to_owned(),
        "five" => "fifth".to_owned(),
        "eight" => "eighth".to_owned(),
        "nine" => "ninth".to_owned(),
        "twelve" => "twelfth".to_owned(),
        word => match word.strip_suffix('y') {
            Some(stem) => format!("{stem}ieth"),
            None => format!("{word}th"),
        },
    };
    format!("{head}{last}")
}

/// A whole number the way text means it: numbers that look like years are read as years.
///
/// 1905 is `nineteen oh five`, 1900 `nineteen hundred`, 2004 `two thousand four`, 2010
/// `twenty ten`; outside 1001–2999, and for 2000, it is the cardinal.
pub fn year_style(n: u64) -> String {
    match n {
        0..=1000 | 2000 | 3000.. => cardinal(n),
        2001..=2009 => format!("two thousand {}", UNITS[(n % 10) as usize]),
        _ if n.is_multiple_of(100) => format!("{} hundred", below_hundred(n / 100)),
        _ if n % 100 < 10 => format!("{} oh {}", below_hundred(n / 100), UNITS[(n % 10) as usize]),
        _ => format!("{} {}", below_hundred(n / 100), below_hundred(n % 100)),
    }
}

/// Digits one by one, zero as `oh`.
pub(crate) fn digit_by_digit(digits: &str) -> String {
    let words: Vec<&str> = digits
        .bytes()
        .filter(u8::is_ascii_digit)
        .map(|d| {
            if d == b'0' {
                "oh"
            } else {
                UNITS[usize::from(d - b'0')]
            }
        })
        .collect();
    words.join(" ")
}

fn groups(n: u64, and: And) -> String {
    if n == 0 {
        return UNITS[0].to_owned();
    }
    let mut rest = n;
    let mut parts = Vec::new();
    for scale in SCALES {
        let group = rest % 1000;
        rest /= 1000;
        if group > 0 {
            let words = below_thousand(group, and);
            parts.push(if scale.is_empty() {
                words
            } else {
                format!("{words} {scale}")
            });
        }
    }
    parts.reverse();
    // A last group below a hundred joins without a comma: `one thousand one`.
    if parts.len() > 1 && (1..100).contains(&(n % 1000)) {
        let last = parts.pop().unwrap_or_default();
        let joint = if and == And::Spoken { " and " } else { " " };
        return format!("{}{joint}{last}", parts.join(", "));
    }
    parts.join(", ")
}

fn below_thousand(n: u64, and: And) -> String {
    let (hundreds, rest) = (n / 100, n % 100);
    if hundreds == 0 {
        return below_hundred(rest);
    }
    let head = format!("{} hundred", UNITS[hundreds as usize]);
    match (rest, and) {
        (0, _) => head,
        (_, And::Spoken) => format!("{head} and {}", below_hundred(rest)),
        (_, And::Left) => format!("{head} {}", below_hundred(rest)),
    }
}

fn below_hundred(n: u64) -> String {
    match (n / 10, n % 10) {
        (0 | 1, _) => UNITS[n as usize].to_owned(),
        (tens, 0) => TENS[tens as usize].to_owned(),
        (tens, unit) => format!("{}-{}", TENS[tens as usize], UNITS[unit as usize]),
    }
}

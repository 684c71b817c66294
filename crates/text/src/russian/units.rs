//! What is counted in Russian texts: units, currencies, thousands and millions.

use super::forms::Gender;
use super::nouns::Noun;

/// Units as written, without the dot that may follow.
const UNITS: [(&str, Noun); 52] = [
    (
        "км/ч",
        Noun::masculine("километр в час", "километра в час", "километров в час"),
    ),
    (
        "км/с",
        Noun::masculine(
            "километр в секунду",
            "километра в секунду",
            "километров в секунду",
        ),
    ),
    (
        "м/с",
        Noun::masculine("метр в секунду", "метра в секунду", "метров в секунду"),
    ),
    ("км", Noun::masculine("километр", "километра", "километров")),
    (
        "см",
        Noun::masculine("сантиметр", "сантиметра", "сантиметров"),
    ),
    (
        "мм",
        Noun::masculine("миллиметр", "миллиметра", "миллиметров"),
    ),
    ("дм", Noun::masculine("дециметр", "дециметра", "дециметров")),
    ("м", Noun::masculine("метр", "метра", "метров")),
    (
        "кг",
        Noun::masculine("килограмм", "килограмма", "килограммов"),
    ),
    (
        "мг",
        Noun::masculine("миллиграмм", "миллиграмма", "миллиграммов"),
    ),
    ("г", Noun::masculine("грамм", "грамма", "граммов")),
    ("т", Noun::feminine("тонна", "тонны", "тонн")),
    ("ц", Noun::masculine("центнер", "центнера", "центнеров")),
    ("л", Noun::masculine("литр", "литра", "литров")),
    (
        "мл",
        Noun::masculine("миллилитр", "миллилитра", "миллилитров"),
    ),
    ("га", Noun::masculine("гектар", "гектара", "гектаров")),
    (
        "°C",
        Noun::masculine("градус цельсия", "градуса цельсия", "градусов цельсия"),
    ),
    (
        "°С",
        Noun::masculine("градус цельсия", "градуса цельсия", "градусов цельсия"),
    ),
    (
        "℃",
        Noun::masculine("градус цельсия", "градуса цельсия", "градусов цельсия"),
    ),
    (
        "°F",
        Noun::masculine(
            "градус фаренгейта",
            "градуса фаренгейта",
            "градусов фаренгейта",
        ),
    ),
    ("°", Noun::masculine("градус", "градуса", "градусов")),
    ("ч", Noun::masculine("час", "часа", "часов")),
    ("мин", Noun::feminine("минута", "минуты", "минут")),
    ("сек", Noun::feminine("секунда", "секунды", "секунд")),
    ("с", Noun::feminine("секунда", "секунды", "секунд")),
    (
        "мс",
        Noun::feminine("миллисекунда", "миллисекунды", "миллисекунд"),
    ),
    ("Гц", Noun::masculine("герц", "герца", "герц")),
    ("кГц", Noun::masculine("килогерц", "килогерца", "килогерц")),
    ("МГц", Noun::masculine("мегагерц", "мегагерца", "мегагерц")),
    ("ГГц", Noun::masculine("гигагерц", "гигагерца", "гигагерц")),
    ("Вт", Noun::masculine("ватт", "ватта", "ватт")),
    ("кВт", Noun::masculine("киловатт", "киловатта", "киловатт")),
    (
        "кВт·ч",
        Noun::masculine("киловатт-час", "киловатт-часа", "киловатт-часов"),
    ),
    ("МВт", Noun::masculine("мегаватт", "мегаватта", "мегаватт")),
    ("В", Noun::masculine("вольт", "вольта", "вольт")),
    ("А", Noun::masculine("ампер", "ампера", "ампер")),
    ("Ом", Noun::masculine("ом", "ома", "ом")),
    ("дБ", Noun::masculine("децибел", "децибела", "децибел")),
    ("КБ", Noun::masculine("килобайт", "килобайта", "килобайт")),
    ("МБ", Noun::masculine("мегабайт", "мегабайта", "мегабайт")),
    ("ГБ", Noun::masculine("гигабайт", "гигабайта", "гигабайт")),
    ("Гб", Noun::masculine("гигабайт", "гигабайта", "гигабайт")),
    ("ТБ", Noun::masculine("терабайт", "терабайта", "терабайт")),
    (
        "Мбит/с",
        Noun::masculine(
            "мегабит в секунду",
            "мегабита в секунду",
            "мегабит в секунду",
        ),
    ),
    (
        "ккал",
        Noun::feminine("килокалория", "килокалории", "килокалорий"),
    ),
    ("шт", Noun::feminine("штука", "штуки", "штук")),
    ("чел", Noun::masculine("человек", "человека", "человек")),
    (
        "км/час",
        Noun::masculine("километр в час", "километра в час", "километров в час"),
    ),
    (
        "экз",
        Noun::masculine("экземпляр", "экземпляра", "экземпляров"),
    ),
    (
        "л. с",
        Noun::feminine("лошадиная сила", "лошадиные силы", "лошадиных сил"),
    ),
    (
        "л.с",
        Noun::feminine("лошадиная сила", "лошадиные силы", "лошадиных сил"),
    ),
    (
        "мкм",
        Noun::masculine("микрометр", "микрометра", "микрометров"),
    ),
];

/// Letters that are a unit only right after the number, or followed by a dot or the end.
const SHORT: [&str; 6] = ["с", "В", "А", "м", "ц", "ч"];

/// Squares and cubes of lengths: the length, how it is written, one, few, many.
const LENGTHS: [(&str, [&str; 3]); 5] = [
    ("км", ["километр", "километра", "километров"]),
    ("см", ["сантиметр", "сантиметра", "сантиметров"]),
    ("мм", ["миллиметр", "миллиметра", "миллиметров"]),
    ("дм", ["дециметр", "дециметра", "дециметров"]),
    ("м", ["метр", "метра", "метров"]),
];

/// A unit found after a number: its length, and its name after one, a few and many.
pub(super) struct Found {
    pub(super) len: usize,
    pub(super) forms: [String; 3],
    pub(super) feminine: bool,
}

/// The unit at the start of a text that follows a number; `apart` where a blank stands between.
pub(super) fn unit(text: &str, apart: bool) -> Option<Found> {
    if let Some(found) = power(text) {
        return Some(found);
    }
    let (sign, noun) = UNITS
        .iter()
        .filter(|(sign, _)| text.starts_with(sign))
        .max_by_key(|(sign, _)| sign.len())?;
    let after = &text[sign.len()..];
    let ends = !after.starts_with(|c: char| c.is_alphanumeric() && *sign != "°" || c == '\u{301}');
    let capital = after.trim_start().starts_with(char::is_uppercase) && !after.starts_with('.');
    let doubtful = apart
        && SHORT.contains(sign)
        && (capital || *sign == "с" && !after.is_empty() && !after.starts_with(['.', ',']));
    (ends && !doubtful).then(|| Found {
        len: sign.len() + dot(after),
        forms: noun.forms.map(str::to_owned),
        feminine: noun.gender == Gender::Feminine,
    })
}

/// `м²`, `м3`, `кв. м`, `куб. см`
fn power(text: &str) -> Option<Found> {
    let prefixes = [
        ("кв. ", "квадратн"),
        ("кв.", "квадратн"),
        ("куб. ", "кубическ"),
        ("куб.", "кубическ"),
    ];
    for (written, stem) in prefixes {
        let Some(rest) = text.strip_prefix(written) else {
            continue;
        };
        let (sign, forms) = LENGTHS.iter().find(|(sign, _)| rest.starts_with(sign))?;
        let after = &rest[sign.len()..];
        return (!after.starts_with(char::is_alphanumeric))
            .then(|| raised(written.len() + sign.len() + dot(after), stem, *forms));
    }
    let (sign, forms) = LENGTHS.iter().find(|(sign, _)| text.starts_with(sign))?;
    let rest = &text[sign.len()..];
    let (mark, stem) = [
        ("²", "квадратн"),
        ("2", "квадратн"),
        ("³", "кубическ"),
        ("3", "кубическ"),
    ]
    .into_iter()
    .find(|(mark, _)| rest.starts_with(mark))?;
    let after = &rest[mark.len()..];
    (!after.starts_with(char::is_alphanumeric))
        .then(|| raised(sign.len() + mark.len(), stem, *forms))
}

fn raised(len: usize, stem: &str, [one, few, many]: [&str; 3]) -> Found {
    let (singular, plural) = if stem.ends_with('к') {
        ("ий", "их")
    } else {
        ("ый", "ых")
    };
    let forms = [
        format!("{stem}{singular} {one}"),
        format!("{stem}{plural} {few}"),
        format!("{stem}{plural} {many}"),
    ];
    Found {
        len,
        forms,
        feminine: false,
    }
}

/// The dot of an abbreviation, unless it ends the sentence.
pub(super) fn dot(after: &str) -> usize {
    let Some(rest) = after.strip_prefix('.') else {
        return 0;
    };
    let next = rest.trim_start();
    let ends = next.is_empty()
        || rest.len() != next.len() && next.starts_with(char::is_uppercase)
        || rest.starts_with(['.', '»', '"', '”', ')']);
    usize::from(!ends)
}

const RUBLE: Noun = Noun::masculine("рубль", "рубля", "рублей");
const KOPECK: Noun = Noun::feminine("копейка", "копейки", "копеек");
const DOLLAR: Noun = Noun::masculine("доллар", "доллара", "долларов");
const CENT: Noun = Noun::masculine("цент", "цента", "центов");
const EURO: Noun = Noun::masculine("евро", "евро", "евро");
const POUND: Noun = Noun::masculine("фунт", "фунта", "фунтов");
const PENNY: Noun = Noun::masculine("пенс", "пенса", "пенсов");

/// A currency and its hundredth, where it has one.
pub(super) type Currency = (Noun, Option<Noun>);

const SIGNS: [(&str, Currency); 10] = [
    ("US$", (DOLLAR, Some(CENT))),
    ("$", (DOLLAR, Some(CENT))),
    ("€", (EURO, Some(CENT))),
    ("£", (POUND, Some(PENNY))),
    ("₽", (RUBLE, Some(KOPECK))),
    ("¥", (Noun::feminine("иена", "иены", "иен"), None)),
    (
        "₴",
        (Noun::feminine("гривна", "гривны", "гривен"), Some(KOPECK)),
    ),
    ("₸", (Noun::masculine("тенге", "тенге", "тенге"), None)),
    ("₹", (Noun::feminine("рупия", "рупии", "рупий"), None)),
    ("¢", (CENT, None)),
];

const WORDS: [(&str, Currency); 10] = [
    ("руб", (RUBLE, Some(KOPECK))),
    ("р", (RUBLE, Some(KOPECK))),
    ("коп", (KOPECK, None)),
    ("долл", (DOLLAR, Some(CENT))),
    ("RUB", (RUBLE, Some(KOPECK))),
    ("USD", (DOLLAR, Some(CENT))),
    ("EUR", (EURO, Some(CENT))),
    ("евро", (EURO, Some(CENT))),
    ("тг", (Noun::masculine("тенге", "тенге", "тенге"), None)),
    (
        "грн",
        (Noun::feminine("гривна", "гривны", "гривен"), Some(KOPECK)),
    ),
];

/// The currency whose sign stands here.
pub(super) fn sign(text: &str) -> Option<(usize, Currency)> {
    SIGNS
        .iter()
        .find(|(sign, _)| text.starts_with(sign))
        .map(|(sign, currency)| (sign.len(), *currency))
}

/// The currency whose sign or abbreviation stands here, after a number.
pub(super) fn currency(text: &str) -> Option<(usize, Currency)> {
    if let Some(found) = sign(text) {
        return Some(found);
    }
    let end = text
        .find(|c: char| !c.is_alphabetic())
        .unwrap_or(text.len());
    let (word, currency) = WORDS.iter().find(|(word, _)| *word == &text[..end])?;
    let after = &text[end..];
    // `р` needs its dot, or nothing but an end after it.
    let clear = *word != "р" || after.starts_with('.') || after.is_empty();
    clear
        .then(|| (end + dot(after), *currency))
        .filter(|_| !word.is_empty())
}

/// `тыс.`, `млн`, `млрд`, `трлн` after a number.
pub(super) fn scale(text: &str) -> Option<(usize, Noun)> {
    const SCALES: [(&str, Noun); 4] = [
        ("тыс", Noun::feminine("тысяча", "тысячи", "тысяч")),
        ("млн", Noun::masculine("миллион", "миллиона", "миллионов")),
        (
            "млрд",
            Noun::masculine("миллиард", "миллиарда", "миллиардов"),
        ),
        (
            "трлн",
            Noun::masculine("триллион", "триллиона", "триллионов"),
        ),
    ];
    let end = text
        .find(|c: char| !c.is_alphabetic())
        .unwrap_or(text.len());
    let (_, noun) = SCALES.iter().find(|(word, _)| *word == &text[..end])?;
    Some((end + dot(&text[end..]), *noun))
}

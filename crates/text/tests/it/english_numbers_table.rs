//! What the English chain says of numbers, one line per rule: written from the classes, before the rules.

use diktor_text::{Class, Cleaners};

use crate::Line;

fn check(lines: &[Line]) {
    crate::check_table(Cleaners::EnglishCleaners, lines);
}

#[test]
fn money() {
    use Class::Money;
    check(&[
        (Money, "It costs $5.", "it costs five dollars."),
        (Money, "$1", "one dollar"),
        (Money, "$5.50", "five dollars, fifty cents"),
        (Money, "$5.01", "five dollars, one cent"),
        (Money, "$.01", "one cent"),
        (Money, "$3.5 million", "three point five million dollars"),
        (Money, "$2 billion.", "two billion dollars."),
        (Money, "$1bn", "one billion dollars"),
        (Money, "$5m", "five million dollars"),
        (Money, "$1.2M", "one point two million dollars"),
        (Money, "$10K", "ten thousand dollars"),
        (Money, "£20k", "twenty thousand pounds"),
        (Money, "£1.50", "one pound, fifty pence"),
        (Money, "€1,000.50", "one thousand euros, fifty cents"),
        (Money, "€3", "three euros"),
        (Money, "5€", "five euros"),
        (Money, "5 €", "five euros"),
        (Money, "5¢", "five cents"),
        (Money, "1¢", "one cent"),
        (Money, "US$5", "five u.s. dollars"),
        (Money, "A$20", "twenty australian dollars"),
        (Money, "C$7.25", "seven canadian dollars, twenty-five cents"),
        (Money, "¥500", "five hundred yen"),
        (Money, "₹100", "one hundred rupees"),
        (Money, "₽300", "three hundred rubles"),
        (Money, "100 USD", "one hundred u.s. dollars"),
        (Money, "USD 100", "one hundred u.s. dollars"),
        (Money, "-$5", "minus five dollars"),
        (Money, "$5-10", "five to ten dollars"),
        (Money, "$5–$10", "five to ten dollars"),
        (Money, "$5-10 million", "five to ten million dollars"),
        (Money, "$5 bn", "five billion dollars"),
        (Money, "Rs. 500", "five hundred rupees"),
        (
            Money,
            "$1,234.56",
            "one thousand, two hundred thirty-four dollars, fifty-six cents",
        ),
        (Money, "$40,000", "forty thousand dollars"),
    ]);
}

#[test]
fn letters_beside_digits() {
    use Class::{Initials, Mixed, Ordinal, Sign, Time, Unit, Year};
    check(&[
        (Mixed, "in 3D", "in three d"),
        (Ordinal, "the 4th", "the fourth"),
        (Ordinal, "on the 21ST floor", "on the twenty-first floor"),
        (Ordinal, "the 1,000th", "the one thousandth"),
        (Mixed, "y=2x+3", "y equals two x plus three"),
        (Mixed, "a V8 engine", "a v eight engine"),
        (Sign, "3m x 4m", "three meters by four meters"),
        (Unit, "2x faster", "two times faster"),
        (Unit, "a 2x4 beam", "a two by four beam"),
        (Unit, "1920x1080", "nineteen twenty by ten eighty"),
        (Unit, "10x15 cm", "ten by fifteen centimeters"),
        (Mixed, "A4 paper", "a four paper"),
        (Mixed, "B2B sales", "b two b sales"),
        (Mixed, "an MP3 file", "an m p three file"),
        (Mixed, "an mp3 file", "an m p three file"),
        (Mixed, "R2D2", "r two d two"),
        (Mixed, "5G", "five g"),
        (Mixed, "4K", "four k"),
        (Mixed, "iPhone15", "iphone fifteen"),
        (Mixed, "AK47", "a k forty-seven"),
        (Mixed, "GPT4", "g p t four"),
        (Mixed, "H2O", "h two o"),
        (Mixed, "CO₂", "c o two"),
        (Mixed, "H₂SO₄", "h two s o four"),
        (Time, "3pm", "three p.m."),
        (Unit, "5km", "five kilometers"),
        (Unit, "10kg", "ten kilograms"),
        (Year, "the 1990s", "the nineteen nineties"),
        (Year, "the '90s", "the nineties"),
        (Year, "the 1900s", "the nineteen hundreds"),
        (Year, "the 2010s", "the twenty tens"),
        (Year, "in her 20s", "in her twenties"),
        (Year, "the 60’s", "the sixties"),
        (Sign, "x²", "x squared"),
        (Sign, "x³ + y³", "x cubed plus y cubed"),
        (Sign, "10⁶", "ten to the power of six"),
        (Sign, "x^2", "x squared"),
        (Sign, "2^10", "two to the power of ten"),
        (Initials, "the FBI", "the fbi"),
        (Initials, "the U.S. army", "the u.s. army"),
        (Initials, "J. R. Smith", "j. r. smith"),
    ]);
}

#[test]
fn units_and_percent() {
    use Class::{Percent, Unit};
    check(&[
        (Unit, "100 km/h", "one hundred kilometers per hour"),
        (Unit, "1 km", "one kilometer"),
        (Unit, "60 mph", "sixty miles per hour"),
        (Unit, "20°C", "twenty degrees celsius"),
        (Unit, "20 °C", "twenty degrees celsius"),
        (Unit, "-5°C", "minus five degrees celsius"),
        (Unit, "98.6 °F", "ninety-eight point six degrees fahrenheit"),
        (Unit, "a 90° turn", "a ninety degrees turn"),
        (Unit, "2.5 kg", "two point five kilograms"),
        (Unit, "64GB", "sixty-four gigabytes"),
        (Unit, "100 Mbps", "one hundred megabits per second"),
        (Unit, "50 m²", "fifty square meters"),
        (Unit, "50 m2", "fifty square meters"),
        (Unit, "3 cm³", "three cubic centimeters"),
        (
            Unit,
            "9.8 m/s²",
            "nine point eight meters per second squared",
        ),
        (Unit, "500 ml", "five hundred milliliters"),
        (Unit, "440 Hz", "four hundred forty hertz"),
        (Unit, "22.05 kHz", "twenty-two point oh five kilohertz"),
        (Unit, "5'10\"", "five feet ten inches"),
        (Unit, "5 ft 10 in", "five feet ten inches"),
        (Unit, "10 lbs", "ten pounds"),
        (Unit, "100 m", "one hundred meters"),
        (Unit, "15s", "fifteen seconds"),
        (
            Unit,
            "1905 km",
            "one thousand, nine hundred five kilometers",
        ),
        (Unit, "5-10 km", "five to ten kilometers"),
        (Percent, "50%", "fifty percent"),
        (Percent, "0.5 %", "zero point five percent"),
        (Percent, "5-10%", "five to ten percent"),
        (Percent, "5%-10%", "five to ten percent"),
        (Percent, "-3%", "minus three percent"),
        (Percent, "+3%", "plus three percent"),
    ]);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table: one row per text")]
fn numbers() {
    use Class::{Cardinal, Decimal, Digits, Fraction, Range, Year};
    check(&[
        (Cardinal, "1,000,000", "one million"),
        (Cardinal, "1 000 000", "one million"),
        (Cardinal, "1\u{2009}000\u{2009}000", "one million"),
        (Cardinal, "1\u{a0}000\u{a0}000", "one million"),
        (Cardinal, "1\u{202f}000\u{202f}000", "one million"),
        (Cardinal, "1'000'000", "one million"),
        (Cardinal, "1,00,000", "one hundred thousand"),
        (
            Cardinal,
            "12,34,567",
            "one million, two hundred thirty-four thousand, five hundred sixty-seven",
        ),
        (Cardinal, "1.000.000", "one million"),
        (
            Cardinal,
            "12 345 678 people",
            "twelve million, three hundred forty-five thousand, six hundred seventy-eight people",
        ),
        (
            Cardinal,
            "1,234 people",
            "one thousand, two hundred thirty-four people",
        ),
        (Cardinal, "2,300 feet", "twenty-three hundred feet"),
        (Cardinal, "20k people", "twenty thousand people"),
        (Cardinal, "-5", "minus five"),
        (Cardinal, "−5 degrees", "minus five degrees"),
        (Decimal, "-0.5", "minus zero point five"),
        (Decimal, "3.14159", "three point one four one five nine"),
        (Decimal, ".5", "point five"),
        (Decimal, "6.4", "six point four"),
        (Decimal, "1.05", "one point oh five"),
        (Year, "in 1984", "in nineteen eighty-four"),
        (Year, "in 2005", "in two thousand five"),
        (Year, "in 1900", "in nineteen hundred"),
        (Year, "in 2024", "in twenty twenty-four"),
        (Digits, "007", "oh oh seven"),
        (
            Digits,
            "18446744073709551616",
            "one eight four four six seven four four oh seven three seven oh nine five five one six one six",
        ),
        (
            Digits,
            "978-3-16-148410-0",
            "nine seven eight, three, one six, one four eight four one oh, oh",
        ),
        (
            Cardinal,
            "100 200 300",
            "one hundred two hundred three hundred",
        ),
        (Fraction, "1/2", "one half"),
        (Fraction, "½ cup", "one half cup"),
        (Fraction, "2/3", "two thirds"),
        (Fraction, "3/4", "three quarters"),
        (Fraction, "3¾", "three and three quarters"),
        (Fraction, "3½", "three and a half"),
        (Fraction, "2 1/2", "two and a half"),
        (Fraction, "1 1/8", "one and an eighth"),
        (Fraction, "a 50/50 chance", "a fifty fifty chance"),
        (Fraction, "24/7", "twenty-four seven"),
        (Fraction, "120/80", "one hundred twenty over eighty"),
        (Range, "5-10", "five to ten"),
        (
            Range,
            "1990–1995",
            "nineteen ninety to nineteen ninety-five",
        ),
        (Range, "1914-1918", "nineteen fourteen to nineteen eighteen"),
        (Range, "pages 5 – 10", "pages five to ten"),
        (Range, "1.5-2.5", "one point five to two point five"),
        (Range, "a 3-2 win", "a three to two win"),
    ]);
}

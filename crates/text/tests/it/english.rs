//! Readings of the English chain.

use diktor_text::{Cleaners, cardinal, ordinal, year_style};

use crate::golden;

fn check(input: &str, expected: &str) {
    let cleaned = Cleaners::EnglishCleaners.clean(input);
    assert_eq!(cleaned, expected, "{input}");
    assert_eq!(
        Cleaners::EnglishCleaners.clean(&cleaned),
        cleaned,
        "again: {input}"
    );
}

/// Golden: inflect 7.5.0, `fixtures/gen/text_english.py`.
#[test]
fn number_words_are_those_of_inflect() {
    let rows: Vec<(u64, String, String, String)> = golden("english_numbers.json");
    assert!(rows.len() > 400);
    for (n, as_cardinal, as_ordinal, reading) in rows {
        assert_eq!(cardinal(n), as_cardinal, "{n}");
        assert_eq!(ordinal(n), as_ordinal, "{n}");
        assert_eq!(year_style(n), reading, "{n}");
    }
}

#[test]
fn bare_numbers_and_years() {
    check("1999", "nineteen ninety-nine");
    check(
        "In 1905, in 2004, in 2012.",
        "in nineteen oh five, in two thousand four, in twenty twelve.",
    );
    check(
        "1000 1800 2000 3000",
        "one thousand eighteen hundred two thousand three thousand",
    );
    check("124,001 men", "one hundred twenty-four thousand one men");
    check("2,300", "twenty-three hundred");
    check("1,2,3", "one,two,three");
    check("May 5,1984", "may fifth, nineteen eighty-four");
    check("1914-1918", "nineteen fourteen to nineteen eighteen");
    check("January 5th, 1999", "january fifth, nineteen ninety-nine");
}

#[test]
fn leading_zeros_and_long_numbers_read_digit_by_digit() {
    check("007", "oh oh seven");
    check("at 10:05", "at ten oh five");
    check("18446744073709551615", &cardinal(u64::MAX));
    check(
        "18446744073709551616",
        "one eight four four six seven four four oh seven three seven oh nine five five one six one six",
    );
}

#[test]
fn decimals_keep_their_zeros() {
    check("6.4 sec", "six point four sec");
    check("2.50", "two point fifty");
    check("1.05", "one point oh five");
    check("3.14159", "three point one four one five nine");
}

#[test]
fn ordinals() {
    check(
        "the 1st, 2ND, 3rd, 12th and 21st",
        "the first, second, third, twelfth and twenty-first",
    );
    check("100th 101st", "one hundredth one hundred and first");
}

#[test]
fn money() {
    check("$0.00", "zero dollars");
    check("$1", "one dollar");
    check("$.01", "one cent");
    check("$0.25", "twenty-five cents");
    check("$5.00", "five dollars");
    check("$5.01", "five dollars, one cent");
    check(
        "$135.99.",
        "one hundred thirty-five dollars, ninety-nine cents.",
    );
    check("$40,000", "forty thousand dollars");
    check("for £2500!", "for twenty-five hundred pounds!");
    check("£1.50", "one pound, fifty pence");
    check("€3", "three euros");
    check("$1.5", "one dollar, fifty cents");
    check("$1.5 million", "one point five million dollars");
    check("$2 billion.", "two billion dollars.");
}

#[test]
fn abbreviations_need_their_dot() {
    check("Mr. and Mrs. Fox", "mister and misess fox");
    check(
        "Dr. Lee, Gen. Hardy, Lt. Col. Ray",
        "doctor lee, general hardy, lieutenant colonel ray",
    );
    check("St. Mary at Ft. Knox", "saint mary at fort knox");
    check("the co op", "the co op");
    check("best.", "best.");
    check("Smith & Co. Ltd.", "smith and company limited");
}

#[test]
fn typography_becomes_what_the_table_has() {
    check("“Oh,” she said — ‘no’…", "oh, she said -- 'no'...");
    check("café naïve Ångström Æsop", "cafe naive angstrom aesop");
    check("cafe\u{301}", "cafe");
    check("50% of [them]", "fifty percent of (them)");
    check("５ ﬁgs", "five figs");
    check("a\u{a0}b\t\n c", "a b c");
    check("zero\u{200b}width\u{feff}", "zerowidth");
    check("Привет", "привет");
}

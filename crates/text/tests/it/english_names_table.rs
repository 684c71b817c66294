//! What the English chain says of names, dates, words and signs, one line per rule: written from the
//! classes, before the rules.

use diktor_text::{Class, Cleaners};

use crate::Line;

fn check(lines: &[Line]) {
    crate::check_table(Cleaners::EnglishCleaners, lines);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table: one row per text")]
fn dates_and_times() {
    use Class::{Abbreviation, Date, Range, Time};
    check(&[
        (
            Date,
            "2024-01-31",
            "january thirty-first, twenty twenty-four",
        ),
        (
            Date,
            "31/01/2024",
            "january thirty-first, twenty twenty-four",
        ),
        (
            Date,
            "01/31/2024",
            "january thirty-first, twenty twenty-four",
        ),
        (Date, "1/2/24", "january second, twenty twenty-four"),
        (
            Date,
            "31.01.2024",
            "january thirty-first, twenty twenty-four",
        ),
        (Date, "Jan. 5, 1999", "january fifth, nineteen ninety-nine"),
        (Date, "January 5th", "january fifth"),
        (
            Date,
            "January 5th, 1999",
            "january fifth, nineteen ninety-nine",
        ),
        (
            Date,
            "On May 5,1984, he",
            "on may fifth, nineteen eighty-four, he",
        ),
        (Date, "May 5-7", "may fifth to seventh"),
        (Date, "10–20 May", "the tenth to the twentieth of may"),
        (Date, "May 1999", "may nineteen ninety-nine"),
        (
            Date,
            "5 January 1999",
            "the fifth of january, nineteen ninety-nine",
        ),
        (Date, "the 5th of May", "the fifth of may"),
        (
            Date,
            "31 Dec. 2020",
            "the thirty-first of december, twenty twenty",
        ),
        (Abbreviation, "in Sept. they left", "in september they left"),
        (
            Date,
            "2024-01-31T15:30",
            "january thirty-first, twenty twenty-four, fifteen thirty",
        ),
        (Time, "3:45pm", "three forty-five p.m."),
        (Time, "3:45 PM", "three forty-five p.m."),
        (Time, "15:30", "fifteen thirty"),
        (Time, "at 9 a.m. sharp", "at nine a.m. sharp"),
        (Time, "at 9 am.", "at nine a.m."),
        (Time, "3:00", "three o'clock"),
        (Time, "15:00", "fifteen hundred"),
        (Time, "at 10:05", "at ten oh five"),
        (Time, "12:30:45", "twelve thirty and forty-five seconds"),
        (Range, "9:00-17:30", "nine o'clock to seventeen thirty"),
        (Range, "1:1000", "one to one thousand"),
        (Range, "16:9", "sixteen to nine"),
    ]);
}

#[test]
fn names_and_addresses() {
    use Class::{Ip, Phone, Version, Web};
    check(&[
        (Version, "v1.2.3", "version one point two point three"),
        (Version, "version 2.0.1", "version two point zero point one"),
        (Version, "v2", "version two"),
        (
            Ip,
            "192.168.1.1",
            "one nine two dot one six eight dot one dot one",
        ),
        (
            Ip,
            "10.0.0.255",
            "one zero dot zero dot zero dot two five five",
        ),
        (
            Phone,
            "+1 (555) 123-4567",
            "plus one, five five five, one two three, four five six seven",
        ),
        (
            Phone,
            "(555) 123-4567",
            "five five five, one two three, four five six seven",
        ),
        (
            Phone,
            "555-123-4567",
            "five five five, one two three, four five six seven",
        ),
        (Phone, "555-1234", "five five five, one two three four"),
        (
            Phone,
            "+7 495 123-45-67",
            "plus seven, four nine five, one two three, four five, six seven",
        ),
        (
            Web,
            "john.doe@example.com",
            "john dot doe at example dot com",
        ),
        (Web, "Mail a_b@x.org.", "mail a underscore b at x dot org."),
        (
            Web,
            "https://www.example.com/a?b=1",
            "w w w dot example dot com slash a question mark b equals one",
        ),
        (Web, "See example.com.", "see example dot com."),
        (Web, "#love", "hashtag love"),
        (Web, "@someone", "at someone"),
    ]);
}

#[test]
fn roman_numerals() {
    use Class::{Roman, Word};
    check(&[
        (Roman, "Henry VIII", "henry the eighth"),
        (Roman, "Louis XIV's court", "louis the fourteenth's court"),
        (Roman, "Elizabeth II", "elizabeth the second"),
        (
            Roman,
            "Elizabeth I was queen",
            "elizabeth the first was queen",
        ),
        (Roman, "Chapter IV", "chapter four"),
        (Roman, "Chapter V.", "chapter five."),
        (Roman, "Part I of the book", "part one of the book"),
        (Roman, "World War II", "world war two"),
        (Roman, "World War I began", "world war one began"),
        (Roman, "the XIX century", "the nineteenth century"),
        (Roman, "Rocky III", "rocky three"),
        (Word, "Part C of it", "part c of it"),
        (Word, "John V. Smith", "john v. smith"),
        (Word, "I am here", "i am here"),
        (Word, "Then I left", "then i left"),
        (Word, "John I told you", "john i told you"),
        (Word, "MIX the paint", "mix the paint"),
        (Word, "a CD and a DVD", "a cd and a dvd"),
    ]);
}

#[test]
fn abbreviations() {
    use Class::Abbreviation;
    check(&[
        (Abbreviation, "Mr. Smith", "mister smith"),
        (Abbreviation, "Mr.Smith", "mister smith"),
        (Abbreviation, "Mr Smith", "mister smith"),
        (Abbreviation, "Mrs. Fox", "misess fox"),
        (Abbreviation, "Dr. Lee", "doctor lee"),
        (Abbreviation, "St. Mary", "saint mary"),
        (Abbreviation, "on Main St. today", "on main street today"),
        (Abbreviation, "pens, paper, etc.", "pens, paper, et cetera."),
        (Abbreviation, "e.g. apples", "for example apples"),
        (Abbreviation, "i.e. never", "that is never"),
        (Abbreviation, "cats vs. dogs", "cats versus dogs"),
        (Abbreviation, "No. 5", "number five"),
        (Abbreviation, "Fig. 3", "figure three"),
        (Abbreviation, "vol. II", "volume two"),
        (Abbreviation, "St. John's St.", "saint john's street."),
        (Abbreviation, "pp. 5-10", "pages five to ten"),
        (Abbreviation, "Prof. Hill", "professor hill"),
        (Abbreviation, "Acme Inc. grew", "acme incorporated grew"),
        (Abbreviation, "Fifth Ave.", "fifth avenue."),
    ]);
}

#[test]
fn signs_and_marks() {
    use Class::{Cardinal, Dropped, Punctuation, Sign, Word};
    check(&[
        (Sign, "salt & pepper", "salt and pepper"),
        (Sign, "AT&T", "at and t"),
        (Sign, "2+2=4", "two plus two equals four"),
        (Sign, "3 × 4", "three times four"),
        (Sign, "3 * 4", "three times four"),
        (Sign, "8 ÷ 2", "eight divided by two"),
        (Sign, "5 > 3", "five greater than three"),
        (Cardinal, "5 - 3 = 2", "five minus three equals two"),
        (Cardinal, "±5", "plus or minus five"),
        (Cardinal, "~5 people", "about five people"),
        (Sign, "in C#", "in c sharp"),
        (Sign, "C++", "c plus plus"),
        (Sign, "100+ people", "one hundred plus people"),
        (Sign, "f(x)=x²", "f(x) equals x squared"),
        (Sign, "#1", "number one"),
        (Sign, "№ 5", "number five"),
        (Sign, "§ 12", "section twelve"),
        (Sign, "π is irrational", "pi is irrational"),
        (Sign, "and/or", "and slash or"),
        (Sign, "meet @ noon", "meet at noon"),
        (Dropped, "Hello 😀 world", "hello world"),
        (Dropped, "Great👍🏽!", "great!"),
        (Dropped, "this is *very* good", "this is very good"),
        (Dropped, "**bold**", "bold"),
        (Dropped, "snake_case", "snake case"),
        (Dropped, "• first", "first"),
        (Punctuation, "- Hello", "- hello"),
        (Punctuation, "«a» “b” „c“ \"d\"", "a b c d"),
        (Word, "cafe\u{301}", "cafe"),
    ]);
}

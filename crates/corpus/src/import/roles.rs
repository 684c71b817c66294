//! What the columns of a list without a header hold, told from many of its lines.
//!
//! A wrong guess would train a voice on names of speakers, so whatever is not clear is asked for.

use super::{
    columns::{Column, Columns},
    dialect::Separator,
    kinds::{Kind, distinct, kind},
    likeness::likeness,
    places::has_audio_extension,
};

/// Why columns cannot be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unclear {
    /// The column, counted from 1.
    pub(super) column: usize,
    /// Some of what it holds.
    pub(super) values: Vec<String>,
}

/// In fewer lines nothing comes again and again.
const FEW_LINES: usize = 4;

/// Words of two texts that are the same, as a share: above it one is the other normalised.
const SAME_TEXT: f64 = 0.4;

/// The columns of lines cut so; the one at `path` names the recordings.
///
/// A column behind the text may be the rest of a text with the separator in it. It is believed to be
/// a column if its values come again and again, or if the list is NVIDIA's `path|text|speaker`.
pub(super) fn guess(
    lines: &[Vec<String>],
    path: usize,
    separator: Separator,
) -> Result<Columns, Unclear> {
    let width = usual_width(lines).max(path + 1);
    let values: Vec<Vec<&str>> = (0..width).map(|place| column(lines, place)).collect();
    let kinds: Vec<Kind> = values.iter().map(|values| kind(values)).collect();
    let others: Vec<usize> = (0..width).filter(|&place| place != path).collect();
    let text = text_column(&values, &kinds, &others)?;
    let varies = lines.iter().any(|line| filled(line) != width);
    // Sentences are full of commas.
    let doubtful =
        matches!(separator, Separator::Every(',' | ';')) && (varies || lines.len() < FEW_LINES);
    let named = values[path]
        .iter()
        .filter(|name| has_audio_extension(name))
        .count();
    let published = separator == Separator::Every('|') && named * 2 > values[path].len();
    let mut columns = vec![Column::Ignored; width];
    (columns[path], columns[text]) = (Column::Path, Column::Text);
    if varies && lines.len() >= FEW_LINES && text > path && ends_in_labels(lines, text) {
        // The separator stands in some texts: each goes on to the label at the end of its line.
        columns.truncate(text + 1);
        columns.push(Column::Speaker);
        return Ok(Columns::new(columns).expect("a path and a text are among them"));
    }
    for &place in others.iter().filter(|&&place| place != text) {
        let comes_again = distinct(&values[place]).len() * 2 <= values[place].len();
        let is_label = place < text || comes_again || published;
        let told = match kinds[place] {
            // Elsewhere it may be the half of a text that holds the separator.
            _ if place == text + 1 && is_normalised(lines, text, place) => Some(Column::Normalised),
            _ if place > text && is_normalised(lines, text, place) => None,
            Kind::Empty => Some(Column::Ignored),
            _ if doubtful && place > text => None,
            Kind::Label | Kind::Number if !is_label => None,
            Kind::Label | Kind::Number if !columns.contains(&Column::Speaker) => {
                Some(Column::Speaker)
            }
            Kind::Language => Some(Column::Language),
            Kind::Measure | Kind::Manner | Kind::Label | Kind::Number => Some(Column::Ignored),
            Kind::Speech => None,
        };
        match told {
            Some(column) => columns[place] = column,
            // Not in every line: the separator stands in the text, which goes on to the end.
            None if place > text
                && varies
                && lines.len() >= FEW_LINES
                && !are_said_twice(lines, text) =>
            {
                columns.truncate(text + 1);
                break;
            }
            None => {
                return Err(Unclear {
                    column: place + 1,
                    values: examples(&values[place]),
                });
            }
        }
    }
    Columns::new(columns).ok_or_else(|| Unclear {
        column: text + 1,
        values: examples(&values[text]),
    })
}

/// Whether every line holds its text two times, so that another column follows it, wherever the text is cut.
fn are_said_twice(lines: &[Vec<String>], text: usize) -> bool {
    let trimmed = |fields: &[String]| fields[..filled(fields)].to_vec();
    lines.iter().all(|line| {
        let rest = line.get(text..).unwrap_or_default();
        (1..rest.len()).any(|half| trimmed(&rest[..half]) == trimmed(&rest[half..]))
    })
}

/// Whether every line ends in one of a few labels, however many separators its text has.
fn ends_in_labels(lines: &[Vec<String>], text: usize) -> bool {
    let last = lines
        .iter()
        .filter_map(|line| line.get(filled(line).checked_sub(1)?));
    let last: Vec<&str> = last.map(String::as_str).collect();
    lines.iter().all(|line| filled(line) > text + 1)
        && kind(&last) == Kind::Label
        && distinct(&last).len() * 2 <= last.len()
}

/// Fields up to the last that holds something.
pub(super) fn filled(line: &[String]) -> usize {
    line.iter()
        .rposition(|field| !field.is_empty())
        .map_or(0, |last| last + 1)
}

/// The most fields that a good part of the lines have; one line with more has a separator in it.
fn usual_width(lines: &[Vec<String>]) -> usize {
    let widths: Vec<usize> = lines.iter().map(|line| filled(line)).collect();
    let with = |width: usize| widths.iter().filter(|&&w| w >= width).count();
    let usual = |&width: &usize| {
        let count = with(width);
        count * 2 > lines.len() || (count >= 3 && count * 5 >= lines.len())
    };
    (2..=widths.iter().copied().max().unwrap_or(0))
        .rev()
        .find(usual)
        .unwrap_or(2)
}

fn column(lines: &[Vec<String>], place: usize) -> Vec<&str> {
    let fields = lines.iter().filter_map(|line| line.get(place));
    fields
        .map(String::as_str)
        .filter(|field| !field.is_empty())
        .collect()
}

/// The column of the texts: the first that holds sentences, or the only one that may.
fn text_column(values: &[Vec<&str>], kinds: &[Kind], others: &[usize]) -> Result<usize, Unclear> {
    let of_kind = |kind| {
        others
            .iter()
            .copied()
            .filter(move |&place| kinds[place] == kind)
    };
    if let [only] = others {
        return Ok(*only);
    }
    if let Some(first) = of_kind(Kind::Speech).next() {
        return Ok(first);
    }
    let labels: Vec<usize> = of_kind(Kind::Label).collect();
    let words = |place: usize| distinct(&values[place]).len();
    let unclear = |place: usize| Unclear {
        column: place + 1,
        values: examples(&values[place]),
    };
    match labels[..] {
        [] => match others.iter().find(|&&place| kinds[place] != Kind::Empty) {
            // Words of a few letters can look like codes of languages, digits like numbers.
            Some(&first)
                if others
                    .iter()
                    .all(|&p| p == first || kinds[p] == Kind::Empty) =>
            {
                Ok(first)
            }
            Some(&first) => Err(unclear(first)),
            None => Err(unclear(others[0])),
        },
        // Single words of a small vocabulary and single speakers look alike: only the usual order,
        // text before speaker, with more words than speakers, is believed.
        [first, ref rest @ ..] if rest.iter().all(|&p| words(p) < words(first)) => Ok(first),
        [first, ..] => Err(unclear(first)),
    }
}

/// Whether one column is the other with numbers and abbreviations in words.
fn is_normalised(lines: &[Vec<String>], text: usize, other: usize) -> bool {
    let pairs = lines.iter().filter_map(|line| {
        let (a, b) = (line.get(text)?, line.get(other)?);
        (!b.is_empty()).then(|| likeness(a, b))
    });
    let likenesses: Vec<f64> = pairs.collect();
    !likenesses.is_empty() && likenesses.iter().sum::<f64>() / likenesses.len() as f64 >= SAME_TEXT
}

/// A few different values.
fn examples(values: &[&str]) -> Vec<String> {
    let mut shown: Vec<String> = Vec::new();
    for value in values {
        let value: String = value.chars().take(40).collect();
        if shown.len() < 3 && !shown.contains(&value) {
            shown.push(value);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[&str], expected: Option<&str>) {
        let cut = |line: &&str| line.split('|').map(str::to_owned).collect();
        let lines: Vec<Vec<String>> = lines.iter().map(cut).collect();
        let guessed = guess(&lines, 0, Separator::Every('|'))
            .ok()
            .map(|columns| columns.to_string());
        assert_eq!(guessed.as_deref(), expected, "{lines:?}");
    }

    #[test]
    fn a_third_column_is_told_by_what_it_holds() {
        let third = |values: &[&str]| -> Vec<String> {
            let texts = [
                "In 1455 it began.",
                "Dr. Smith left at 5.",
                "Nobody saw the 3 of them.",
                "It was late.",
                "The end of the book.",
                "And so it goes, on and on.",
            ];
            let lines = texts.iter().zip(values.iter().cycle()).enumerate();
            lines
                .map(|(i, (text, value))| format!("a{i}|{text}|{value}"))
                .collect()
        };
        for (values, expected) in [
            (&["anna"][..], Some("path,text,speaker")),
            (&["anna", "boris"], Some("path,text,speaker")),
            (&["Anna Ivanova"], Some("path,text,speaker")),
            (&["0", "1"], Some("path,text,speaker")),
            (&["en"], Some("path,text,language")),
            (&["en-US", "en-GB"], Some("path,text,language")),
            (&["neutral", "happy", "neutral"], Some("path,text,-")),
            (
                &["2.31", "4.02", "1.75", "3", "2.2", "5.01"],
                Some("path,text,-"),
            ),
            (
                &["00:02", "00:03", "00:04", "0:05", "0:06", "0:07"],
                Some("path,text,-"),
            ),
            (
                &[
                    "in fourteen fifty five it began",
                    "doctor smith left at five",
                    "nobody saw the three of them",
                    "it was late",
                    "the end of the book",
                    "and so it goes on and on",
                ],
                Some("path,text,normalised"),
            ),
            (
                &[
                    "Все началось давно.",
                    "Доктор ушёл рано.",
                    "Никто их не видел.",
                    "Было уже поздно.",
                    "Конец этой книги.",
                    "Так и идёт всё дальше.",
                ],
                None,
            ),
        ] {
            let lines = third(values);
            check(
                &lines.iter().map(String::as_str).collect::<Vec<_>>(),
                expected,
            );
        }
    }

    #[test]
    fn the_text_is_found_behind_other_columns() {
        check(
            &["a|0|Hello there.", "b|1|It is late.", "c|0|Good night."],
            Some("path,speaker,text"),
        );
        check(
            &["a|anna|Hello there.", "b|anna|It is late."],
            Some("path,speaker,text"),
        );
        check(
            &[
                "a|Hi there.|anna|en",
                "b|It is late.|boris|en",
                "c|Good night.|anna|en",
                "d|Who is there?|boris|en",
            ],
            Some("path,text,speaker,language"),
        );
    }

    #[test]
    fn single_words_are_texts_only_where_that_is_sure() {
        check(&["a|zero", "b|one", "c|zero"], Some("path,text"));
        check(
            &["a|zero|anna", "b|one|anna", "c|two|boris", "d|six|boris"],
            Some("path,text,speaker"),
        );
        check(&["a|zero|anna", "b|one|anna", "c|two|boris"], None);
        check(
            &["a|anna|zero", "b|anna|one", "c|boris|two", "d|boris|six"],
            None,
        );
    }

    #[test]
    fn one_line_with_a_separator_in_its_text_makes_no_column() {
        let mut lines = vec!["a|One of these.", "b|Two of those.", "c|Three | of them."];
        check(&lines, Some("path,text"));
        lines.extend(["d|Four | of us."; 3]);
        check(&lines, Some("path,text"));
        let labelled = [
            "a|One.|anna",
            "b|Two | and.|anna",
            "c|Three | of | them.|anna",
            "d|Four.|anna",
        ];
        check(&labelled, Some("path,text,speaker"));
        check(&["a|One | two|One | two", "b|Six | ten|Six | ten"], None);
    }
}

//! How the lines of a list are cut into fields: by which separator, and with or without quotes.
//!
//! Quotes are those of Excel (RFC 4180), read leniently. The usual CSV readers close a field at any
//! quote and open one that runs to the end of the file when a quote is left alone; both would lose
//! words of a transcript. Here a quote closes only before a separator or the end of a line, and a
//! quoted field that does not close, or would swallow another utterance, is a line with quotes in it.

/// Most lines that one quoted field spans.
const MAX_SPAN: usize = 20;

/// What stands between two fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Separator {
    /// This character, wherever it stands.
    Every(char),
    /// The first white space of the line: `id text`, as Kaldi and LibriSpeech list.
    FirstSpace,
}

/// How lines are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) separator: Separator,
    pub(super) quoting: Quoting,
}

/// Whether a quote at the edge of a field belongs to the format or to the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    /// It is a character of the text.
    None,
    /// It encloses a field; two of them inside are one quote.
    Csv,
}

impl Dialect {
    /// Every dialect, the likelier first.
    pub(super) const ALL: [Self; 9] = [
        Self::of('|', Quoting::None),
        Self::of('|', Quoting::Csv),
        Self::of('\t', Quoting::None),
        Self::of('\t', Quoting::Csv),
        Self::of(';', Quoting::Csv),
        Self::of(';', Quoting::None),
        Self::of(',', Quoting::Csv),
        Self::of(',', Quoting::None),
        Self {
            separator: Separator::FirstSpace,
            quoting: Quoting::None,
        },
    ];

    const fn of(separator: char, quoting: Quoting) -> Self {
        Self {
            separator: Separator::Every(separator),
            quoting,
        }
    }

    /// One text out of fields that it was cut into. A separator that nobody would speak gives way to
    /// a space.
    pub(super) fn joined(self, fields: &[String]) -> String {
        let text = match self.separator {
            Separator::Every(separator @ (',' | ';')) => fields.join(&separator.to_string()),
            Separator::Every(_) | Separator::FirstSpace => {
                let parts: Vec<&str> = fields.iter().map(|field| field.trim()).collect();
                parts.join(" ")
            }
        };
        text.trim().to_owned()
    }

    /// The separator as a person sees it.
    pub(super) fn separator(self) -> &'static str {
        match self.separator {
            Separator::Every('|') => "|",
            Separator::Every('\t') => "tab",
            Separator::Every(';') => ";",
            Separator::Every(_) => ",",
            Separator::FirstSpace => "space",
        }
    }

    /// Cuts the first of these lines, and the lines after it that it goes on in. Spaces at the edges
    /// of fields stay, so that fields that were one text can be joined again.
    ///
    /// `names_recording` says whether a field names a recording: a line that begins so is an
    /// utterance of its own and never the rest of another.
    pub(super) fn cut(
        self,
        lines: &[&str],
        names_recording: &dyn Fn(&str) -> bool,
    ) -> (Vec<String>, usize) {
        let line = lines.first().copied().unwrap_or_default();
        match (self.separator, self.quoting) {
            (Separator::FirstSpace, _) => {
                let line = line.trim();
                let (id, text) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
                (vec![id.to_owned(), text.trim().to_owned()], 1)
            }
            (Separator::Every(separator), Quoting::None) => {
                (line.split(separator).map(str::to_owned).collect(), 1)
            }
            (Separator::Every(separator), Quoting::Csv) => {
                cut_quoted(lines, separator, names_recording)
            }
        }
    }
}

fn cut_quoted(
    lines: &[&str],
    separator: char,
    names_recording: &dyn Fn(&str) -> bool,
) -> (Vec<String>, usize) {
    let goes_on = |line: &str| {
        let first = line.split(separator).next().unwrap_or_default();
        !names_recording(first.trim().trim_matches('"'))
    };
    let (mut fields, mut used) = (Vec::new(), 1);
    let mut rest = lines.first().copied().unwrap_or_default();
    loop {
        let start = rest.trim_start_matches([' ', '\u{feff}']);
        let later = lines.get(used..).unwrap_or_default();
        let quoted = start
            .strip_prefix('"')
            .and_then(|inner| quoted_field(inner, later, separator, &goes_on));
        let (field, after) = match quoted {
            Some((field, after, more)) => {
                used += more;
                (field, after)
            }
            None => {
                let (field, after) = match rest.split_once(separator) {
                    Some((field, after)) => (field, Some(after)),
                    None => (rest, None),
                };
                (without_edges(field).to_owned(), after)
            }
        };
        fields.push(field);
        match after {
            Some(after) => rest = after,
            None => return (fields, used),
        }
    }
}

/// A field up to its closing quote, what follows its separator, and how many more lines it took.
fn quoted_field<'a>(
    inner: &'a str,
    later: &[&'a str],
    separator: char,
    goes_on: &dyn Fn(&str) -> bool,
) -> Option<(String, Option<&'a str>, usize)> {
    let (mut field, mut rest, mut used) = (String::new(), inner, 0);
    loop {
        let Some((before, after)) = rest.split_once('"') else {
            let next = later.get(used).filter(|line| goes_on(line))?;
            used += 1;
            if used >= MAX_SPAN {
                return None;
            }
            field.push_str(rest);
            field.push('\n');
            rest = next;
            continue;
        };
        field.push_str(before);
        let tail = after.trim_start_matches(' ');
        if let Some(after) = after.strip_prefix('"') {
            field.push('"');
            rest = after;
        } else if tail.is_empty() {
            return Some((field.trim().to_owned(), None, used));
        } else if let Some(after) = tail.strip_prefix(separator) {
            return Some((field.trim().to_owned(), Some(after), used));
        } else {
            return None;
        }
    }
}

/// A field without the quotes around it; a quote on one side only is a character of it.
fn without_edges(field: &str) -> &str {
    let trimmed = field.trim();
    let inner = trimmed.strip_prefix('"').and_then(|f| f.strip_suffix('"'));
    inner.map_or(field, str::trim)
}

/// What the quotes in the fields of a list speak for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct QuoteEvidence {
    lines: usize,
    first_enclosed: usize,
    enclosed: usize,
    doubled: usize,
    separating: usize,
    alone: usize,
}

impl QuoteEvidence {
    /// Counts the quotes of lines cut at a character without regard to quotes.
    pub(super) fn of(lines: &[&str], separator: char) -> Self {
        let mut found = Self::default();
        for line in lines {
            found.lines += 1;
            let (quoted, _) = cut_quoted(&[line], separator, &|_| true);
            if quoted.len() < line.split(separator).count() {
                found.separating += 1;
                continue;
            }
            for (place, field) in line.split(separator).map(str::trim).enumerate() {
                let inner = (field.len() > 1)
                    .then(|| field.strip_prefix('"')?.strip_suffix('"'))
                    .flatten();
                match inner {
                    Some(inner) => {
                        found.first_enclosed += usize::from(place == 0);
                        found.enclosed += 1;
                        let single = inner.replace("\"\"", "");
                        found.doubled += usize::from(single.len() < inner.len());
                        found.alone += usize::from(single.contains('"'));
                    }
                    None => found.alone += usize::from(field.contains('"')),
                }
            }
        }
        found
    }

    /// Whether the quotes are the format's: the ids stand in quotes, or quotes inside are doubled.
    pub(super) fn speaks_for_csv(self, separator: Separator) -> bool {
        let ids = self.lines > 0 && self.first_enclosed * 10 >= self.lines * 8;
        // Separators that texts hold anyway come with quotes wherever they do.
        let usual = matches!(separator, Separator::Every(',' | ';')) && self.enclosed > self.alone;
        ids || self.doubled + self.separating > self.alone || usual
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(lines: &str, separator: char) -> Vec<Vec<String>> {
        let lines: Vec<&str> = lines.lines().collect();
        let dialect = Dialect::of(separator, Quoting::Csv);
        let (mut at, mut records) = (0, Vec::new());
        while at < lines.len() {
            let (fields, used) = dialect.cut(&lines[at..], &|field| field.starts_with("id"));
            at += used;
            records.push(fields.iter().map(|field| field.trim().to_owned()).collect());
        }
        records
    }

    #[test]
    fn fields_are_cut_as_excel_writes_them() {
        for (line, expected) in [
            (r#""id1","a, b""#, vec!["id1", "a, b"]),
            (
                r#"id1,"He said ""no""","#,
                vec!["id1", r#"He said "no""#, ""],
            ),
            (r#"id1, "a" , b"#, vec!["id1", "a", "b"]),
            (r#"id1,"""Yes.""""#, vec!["id1", r#""Yes.""#]),
            (r#"id1,"""#, vec!["id1", ""]),
            (r#"id1,1,000"#, vec!["id1", "1", "000"]),
            (
                r#"id1,"the "lower-case" s""#,
                vec!["id1", r#"the "lower-case" s"#],
            ),
            (r#"id1,"open and on"#, vec!["id1", r#""open and on"#]),
            (r#"id1,He said "no"."#, vec!["id1", r#"He said "no"."#]),
        ] {
            assert_eq!(cut(line, ','), [expected], "{line}");
        }
    }

    #[test]
    fn a_text_in_quotes_may_span_lines_but_swallows_no_utterance() {
        assert_eq!(
            cut("id1|\"One,\ntwo.\"|x\nid2|b", '|'),
            [vec!["id1", "One,\ntwo.", "x"], vec!["id2", "b"]]
        );
        assert_eq!(
            cut("id1|\"An open quote.\nid2|b \"c\"\nid3|d", '|'),
            [
                vec!["id1", "\"An open quote."],
                vec!["id2", "b \"c\""],
                vec!["id3", "d"]
            ]
        );
    }

    #[test]
    fn quotes_of_speech_are_told_from_quotes_of_a_format() {
        let csv = |lines: &[&str], separator| {
            QuoteEvidence::of(lines, separator).speaks_for_csv(Separator::Every(separator))
        };
        assert!(!csv(&[r#"a|"Yes," she said."#, r#"b|"No.""#], '|'));
        assert!(!csv(&[r#"a|"Yes," she said, "I do.""#], '|'));
        assert!(csv(&[r#"a|"He said ""no""."|"#], '|'));
        assert!(csv(&[r#""a"|"the "lower" case""#, r#""b"|"x""#], '|'));
        assert!(csv(&[r#"a,"Yes, please.""#], ','));
        assert!(!csv(&["a|b", "c|d"], '|'));
    }

    proptest! {
        #[test]
        fn no_letter_is_lost_or_made_up(fields in prop::collection::vec("[a-z |\",]{0,12}", 1..5)) {
            let quoted: Vec<String> = fields
                .iter()
                .map(|field| format!("\"{}\"", field.replace('"', "\"\"")))
                .collect();
            let trimmed: Vec<String> = fields.iter().map(|f| f.trim().to_owned()).collect();
            prop_assert_eq!(cut(&quoted.join("|"), '|'), [trimmed]);
        }

        #[test]
        fn whatever_quotes_there_are_every_letter_stays(line in "[a-z|\" ]{0,30}") {
            let letters = |text: &str| text.chars().filter(char::is_ascii_lowercase).collect::<String>();
            let (fields, used) = Dialect::of('|', Quoting::Csv).cut(&[&line], &|_| false);
            prop_assert_eq!(used, 1);
            prop_assert_eq!(letters(&fields.concat()), letters(&line));
        }
    }
}

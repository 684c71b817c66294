//! The grammar of `--hparams`: `a=1,b=True,list=[1,2],list[0]=3,text='a,b'`.
//!
//! # Source
//! TensorFlow's `HParams.parse`, with quotes added for texts that hold a comma.

use super::error::HparamError;

/// One `name=value` or `name[index]=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The name before `=`.
    pub name: String,
    /// The index of `name[index]=`.
    pub index: Option<usize>,
    /// What stands after `=`.
    pub literal: Literal,
}

/// What stands after `=`, before its type is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// One value.
    One(String),
    /// A list in brackets.
    Many(Vec<String>),
}

/// Reads `a=1,b=True,...`. An empty text holds no assignments.
///
/// # Errors
/// [`HparamError::Grammar`] with the part that could not be read.
pub fn parse(text: &str) -> Result<Vec<Assignment>, HparamError> {
    let mut rest = text.trim();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (target, after) = rest
            .split_once('=')
            .ok_or_else(|| bad(rest, "there is no `=`"))?;
        let (name, index) = target_of(target)?;
        let after = after.trim_start();
        let (literal, tail) = match after.strip_prefix('[') {
            Some(inside) => list(inside, after)?,
            None => {
                let (value, tail) = scalar(after, ",")?;
                (Literal::One(value), tail)
            }
        };
        found.push(Assignment {
            name,
            index,
            literal,
        });
        rest = next(tail)?;
    }
    Ok(found)
}

fn bad(text: &str, reason: &'static str) -> HparamError {
    HparamError::Grammar {
        text: text.to_owned(),
        reason,
    }
}

/// `name` or `name[index]`.
fn target_of(target: &str) -> Result<(String, Option<usize>), HparamError> {
    let target = target.trim();
    let (name, index) = match target.split_once('[') {
        None => (target, None),
        Some((name, index)) => {
            let digits = index
                .strip_suffix(']')
                .ok_or_else(|| bad(target, "`[` without `]`"))?;
            let index = digits
                .trim()
                .parse()
                .map_err(|_| bad(target, "an index is a whole number from 0"))?;
            (name.trim_end(), Some(index))
        }
    };
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    if name.is_empty() || !name.chars().all(letters) {
        return Err(bad(target, "not a name"));
    }
    Ok((name.to_owned(), index))
}

/// One value up to one of `ends` (outside quotes), and what follows it.
fn scalar<'t>(text: &'t str, ends: &str) -> Result<(String, &'t str), HparamError> {
    let text = text.trim_start();
    if let Some(quote) = text.chars().next().filter(|c| matches!(c, '\'' | '"')) {
        let inside = &text[1..];
        let end = inside
            .find(quote)
            .ok_or_else(|| bad(text, "the quote is not closed"))?;
        let tail = inside[end + 1..].trim_start();
        if tail.chars().next().is_some_and(|c| !ends.contains(c)) {
            return Err(bad(text, "something stands right after the quotes"));
        }
        return Ok((inside[..end].to_owned(), tail));
    }
    let end = text.find(|c| ends.contains(c)).unwrap_or(text.len());
    let value = text[..end].trim_end();
    if value.contains(['=', '[', ']']) {
        return Err(bad(text, "a value with `=`, `[` or `]` needs quotes"));
    }
    Ok((value.to_owned(), &text[end..]))
}

/// The entries after `[`, and what follows `]`.
fn list<'t>(mut text: &'t str, whole: &str) -> Result<(Literal, &'t str), HparamError> {
    let mut entries = Vec::new();
    if let Some(tail) = text.trim_start().strip_prefix(']') {
        return Ok((Literal::Many(entries), tail));
    }
    loop {
        let (entry, tail) = scalar(text, ",]")?;
        if entry.is_empty() && !text.trim_start().starts_with(['\'', '"']) {
            return Err(bad(whole, "an entry of the list is empty"));
        }
        entries.push(entry);
        if let Some(tail) = tail.strip_prefix(']') {
            return Ok((Literal::Many(entries), tail));
        }
        text = tail
            .strip_prefix(',')
            .ok_or_else(|| bad(whole, "`[` without `]`"))?;
    }
}

/// What stands after the comma; nothing at the end.
fn next(tail: &str) -> Result<&str, HparamError> {
    let tail = tail.trim();
    if tail.is_empty() {
        return Ok(tail);
    }
    let rest = tail
        .strip_prefix(',')
        .ok_or_else(|| bad(tail, "a comma is missing before this"))?
        .trim_start();
    if rest.is_empty() {
        return Err(bad(tail, "nothing follows the last comma"));
    }
    Ok(rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &[(&str, Option<usize>, Literal)]) {
        let expected: Vec<Assignment> = expected
            .iter()
            .map(|(name, index, literal)| Assignment {
                name: (*name).to_owned(),
                index: *index,
                literal: literal.clone(),
            })
            .collect();
        assert_eq!(parse(text).unwrap(), expected, "{text}");
    }

    fn one(text: &str) -> Literal {
        Literal::One(text.to_owned())
    }

    fn many(texts: &[&str]) -> Literal {
        Literal::Many(texts.iter().map(|text| (*text).to_owned()).collect())
    }

    #[test]
    fn every_form_of_an_assignment_is_read() {
        check("", &[]);
        check("a=1", &[("a", None, one("1"))]);
        check(
            " a = 1 , b=True",
            &[("a", None, one("1")), ("b", None, one("True"))],
        );
        check(
            "a=[1,2],b=x",
            &[("a", None, many(&["1", "2"])), ("b", None, one("x"))],
        );
        check("a=[]", &[("a", None, many(&[]))]);
        check("a=[ 1 , 'x,]y' ]", &[("a", None, many(&["1", "x,]y"]))]);
        check("a[2]=v", &[("a", Some(2), one("v"))]);
        check(
            "a='x,y=z',b=\"\"",
            &[("a", None, one("x,y=z")), ("b", None, one(""))],
        );
        check("a=", &[("a", None, one(""))]);
        check(
            "путь=1".replace("путь", "p").as_str(),
            &[("p", None, one("1"))],
        );
        check(
            "p=/данные/список.csv",
            &[("p", None, one("/данные/список.csv"))],
        );
    }

    #[test]
    fn what_is_not_an_assignment_is_refused() {
        for text in [
            "a", "=1", "a=1,", "a=1,,b=2", "a=[1", "a=[1,]", "a=[,1]", "a='x", "a='x'y", "a=[1]2",
            "a[=1", "a[x]=1", "a[-1]=1", "a b=1", "a=1 b=2", "a=[[1]]", "a=x]",
        ] {
            assert!(
                matches!(parse(text), Err(HparamError::Grammar { .. })),
                "{text}: {:?}",
                parse(text)
            );
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}") {
            let _ = parse(&text);
        }

        #[test]
        fn no_mix_of_its_own_signs_makes_it_panic(text in "[a1=,\\[\\]'\" я.]{0,24}") {
            let _ = parse(&text);
        }
    }
}

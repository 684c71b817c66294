//! Lines of a list, whatever its editor did to them: byte order mark, CRLF, stray bytes.

use std::{fs, path::Path};

use crate::error::CorpusError;

/// A list of a million utterances has about 200 MB; larger files are something else.
const MAX_LIST_BYTES: u64 = 1 << 29;

/// One line that is not blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Counted from 1, blank lines included.
    pub(super) number: usize,
    /// The line without its end, or `None` if it is not UTF-8.
    pub(super) text: Option<String>,
}

/// Reads the lines of a list that are not blank.
pub(super) fn read(path: &Path) -> Result<Vec<Line>, CorpusError> {
    let io = |source| CorpusError::Io {
        path: path.into(),
        source,
    };
    let metadata = fs::metadata(path).map_err(io)?;
    // A pipe or a device could block for ever or never end.
    if !metadata.is_file() {
        return Err(CorpusError::NotAFile { path: path.into() });
    }
    if metadata.len() > MAX_LIST_BYTES {
        let (bytes, max) = (metadata.len(), MAX_LIST_BYTES);
        return Err(CorpusError::ListTooLarge {
            path: path.into(),
            bytes,
            max,
        });
    }
    let bytes = fs::read(path).map_err(io)?;
    if bytes.contains(&0) || bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(CorpusError::NotText { path: path.into() });
    }
    Ok(split(&bytes))
}

fn split(bytes: &[u8]) -> Vec<Line> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes
        .split(|&b| b == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .enumerate()
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .map(|(index, line)| Line {
            number: index + 1,
            text: std::str::from_utf8(line).ok().map(str::to_owned),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Line, split};

    fn check(bytes: &[u8], expected: &[(usize, Option<&str>)]) {
        let expected: Vec<Line> = expected
            .iter()
            .map(|&(number, text)| Line {
                number,
                text: text.map(str::to_owned),
            })
            .collect();
        assert_eq!(split(bytes), expected);
    }

    #[test]
    fn editors_leave_their_marks_and_the_text_is_the_same() {
        check(b"a|b\nc|d\n", &[(1, Some("a|b")), (2, Some("c|d"))]);
        check(
            b"\xef\xbb\xbfa|b\r\nc|d",
            &[(1, Some("a|b")), (2, Some("c|d"))],
        );
        check(b"\n\n  \na|b\n\n", &[(4, Some("a|b"))]);
        check(b"", &[]);
    }

    #[test]
    fn a_line_that_is_not_utf8_does_not_take_the_others_with_it() {
        check(
            b"a|b\n\xff\xfe|x\nc|d",
            &[(1, Some("a|b")), (2, None), (3, Some("c|d"))],
        );
    }

    proptest! {
        #[test]
        fn any_bytes_split(bytes: Vec<u8>) {
            prop_assert!(split(&bytes).len() <= bytes.len());
        }
    }
}

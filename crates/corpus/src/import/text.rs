//! The lines of a list, whatever its editor did to them: byte order mark, UTF-16, CRLF, stray bytes.
//!
//! UTF-8 and UTF-16 are read. Another encoding is named and not read: two encodings of one alphabet
//! differ in a few letters only, and a wrong guess would be trained on.

use std::{fs, path::Path};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use crate::error::CorpusError;

/// A list of a million utterances has about 200 MB; larger files are something else.
const MAX_LIST_BYTES: u64 = 1 << 29;

/// No sentence that is spoken in one breath is longer, bytes.
const MAX_LINE_BYTES: usize = 1 << 16;

/// More lines than this in another encoding, and a larger share of the lines beyond ASCII, are the
/// encoding of the list and no accident.
const FEW_FOREIGN_LINES: usize = 1;

/// How much of a line in another encoding is shown.
const SHOWN_LETTERS: usize = 60;

/// One line that is not blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Counted from 1, blank lines included.
    pub(super) number: usize,
    /// The line without its end.
    pub(super) text: Result<String, BadLine>,
}

/// Why a line cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BadLine {
    /// It is not UTF-8 but, most likely, of this encoding.
    NotUtf8(&'static str),
    /// It is longer than any sentence, in bytes.
    TooLong(usize),
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
    if let Some(found) = other_format(&bytes) {
        return Err(CorpusError::NotAList {
            path: path.into(),
            found,
        });
    }
    let text = match utf16(&bytes) {
        Some(encoding) => encoding.decode_with_bom_removal(&bytes).0.into_owned(),
        None if bytes.contains(&0) => return Err(CorpusError::NotText { path: path.into() }),
        None => return lines_of_bytes(path, &bytes),
    };
    lines_of_bytes(path, text.as_bytes())
}

/// What a file that begins with these bytes is, if it is certainly no list.
fn other_format(bytes: &[u8]) -> Option<&'static str> {
    const FORMATS: [(&[u8], &str); 15] = [
        (b"RIFF", "a WAV recording"),
        (b"RF64", "a WAV recording"),
        (b"fLaC", "a FLAC recording"),
        (b"OggS", "an Ogg recording"),
        (b"ID3", "an MP3 recording"),
        (b"PK\x03\x04", "an Excel workbook or another ZIP archive"),
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
        (b"%PDF", "a PDF"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"7z\xbc\xaf", "a 7z archive"),
        (b"Rar!", "a RAR archive"),
        (b"SQLite format 3\0", "a database"),
        (b"\x89PNG", "a picture"),
        (b"PAR1", "a Parquet table"),
        (b"{\\rtf", "a word processor's document"),
    ];
    let mp4 = bytes.get(4..8) == Some(b"ftyp");
    let known = FORMATS.iter().find(|(magic, _)| bytes.starts_with(magic));
    known
        .map(|&(_, name)| name)
        .or(mp4.then_some("an M4A recording"))
}

/// The byte order of a text in UTF-16, which Excel calls "Unicode text".
fn utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [0xff, 0xfe, ..] => return Some(UTF_16LE),
        [0xfe, 0xff, ..] => return Some(UTF_16BE),
        _ => {}
    }
    // Without the mark, the line feeds and separators of a list have their zero on one side only.
    let ascii_at = |odd: usize| {
        let pairs = bytes.chunks_exact(2).take(4096);
        let zeros = pairs.clone().filter(|pair| pair[odd] == 0).count();
        (zeros, pairs.len())
    };
    let ((even, pairs), (odd, _)) = (ascii_at(0), ascii_at(1));
    let guess = if even == 0 && odd * 8 > pairs {
        UTF_16LE
    } else if odd == 0 && even * 8 > pairs {
        UTF_16BE
    } else {
        return None;
    };
    let (text, damaged) = guess.decode_without_bom_handling(bytes);
    (!damaged && text.contains(['|', '\t', ';', ','])).then_some(guess)
}

fn lines_of_bytes(path: &Path, bytes: &[u8]) -> Result<Vec<Line>, CorpusError> {
    let lines = split(bytes);
    let foreign: Vec<&Line> = lines
        .iter()
        .filter(|line| matches!(line.text, Err(BadLine::NotUtf8(_))))
        .collect();
    let beyond_ascii = |line: &&Line| line.text.as_ref().is_ok_and(|text| !text.is_ascii());
    let utf8 = lines.iter().filter(beyond_ascii).count();
    match foreign[..] {
        [first, ..] if foreign.len() > FEW_FOREIGN_LINES.max(utf8) => {
            let encoding = guess(bytes);
            let raw = bytes.split(|&b| b == b'\n').nth(first.number - 1);
            let (line, _, _) = encoding.decode(raw.unwrap_or_default());
            Err(CorpusError::OtherEncoding {
                path: path.into(),
                encoding: name(encoding),
                line: first.number,
                reads: line.trim().chars().take(SHOWN_LETTERS).collect(),
            })
        }
        _ => Ok(lines),
    }
}

/// The encoding that bytes which are not UTF-8 are most likely in.
fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Deny)
}

/// The name of an encoding as `iconv` and people know it.
fn name(encoding: &'static Encoding) -> &'static str {
    match encoding.name() {
        "windows-1251" => "CP1251",
        "windows-1252" => "CP1252",
        "IBM866" => "CP866",
        other => other,
    }
}

fn split(bytes: &[u8]) -> Vec<Line> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // The line feeds of files from before OS X are carriage returns.
    let end = if bytes.contains(&b'\n') { b'\n' } else { b'\r' };
    let text = |line: &[u8]| match std::str::from_utf8(line) {
        _ if line.len() > MAX_LINE_BYTES => Err(BadLine::TooLong(line.len())),
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(BadLine::NotUtf8(name(guess(line)))),
    };
    bytes
        .split(|&b| b == end)
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .enumerate()
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .map(|(index, line)| Line {
            number: index + 1,
            text: text(line),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(bytes: &[u8], expected: &[(usize, Result<&str, BadLine>)]) {
        let expected: Vec<Line> = expected
            .iter()
            .map(|(number, text)| Line {
                number: *number,
                text: text.clone().map(str::to_owned),
            })
            .collect();
        assert_eq!(split(bytes), expected);
    }

    fn read_bytes(bytes: &[u8]) -> Result<Vec<Line>, CorpusError> {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("list.csv");
        fs::write(&list, bytes).unwrap();
        read(&list)
    }

    #[test]
    fn editors_leave_their_marks_and_the_text_is_the_same() {
        check(b"a|b\nc|d\n", &[(1, Ok("a|b")), (2, Ok("c|d"))]);
        check(b"\xef\xbb\xbfa|b\r\nc|d", &[(1, Ok("a|b")), (2, Ok("c|d"))]);
        check(b"\n\n  \na|b\n\n", &[(4, Ok("a|b"))]);
        check(b"a|b\rc|d\r", &[(1, Ok("a|b")), (2, Ok("c|d"))]);
        check(b"", &[]);
    }

    #[test]
    fn utf16_reads_as_utf8_does_with_or_without_its_mark() {
        let text = "один|Привет, мир.\r\nдва|Пока.\r\n";
        let expected = read_bytes(text.as_bytes()).unwrap();
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [
            [&b"\xff\xfe"[..], &little].concat(),
            [&b"\xfe\xff"[..], &big].concat(),
            little,
            big,
        ] {
            assert_eq!(read_bytes(&bytes).unwrap(), expected);
        }
    }

    #[test]
    fn a_line_of_another_encoding_does_not_take_the_others_with_it() {
        let lines = read_bytes(b"a|b\nc|caf\xe9 au lait\nc|d").unwrap();
        assert_eq!(lines[1].text, Err(BadLine::NotUtf8("CP1252")));
        assert_eq!((lines.len(), lines[2].text.as_deref()), (3, Ok("c|d")));
    }

    #[test]
    fn a_list_in_another_encoding_is_refused_by_its_name() {
        let russian = "a1|Привет, это запись.\na2|Сегодня хорошая погода.\na3|Мы идём домой.\n";
        let french =
            "a1|Un café noir et une crème brûlée.\na2|Où êtes-vous allés hier, à l'église?\n";
        for (text, encoding, name) in [
            (russian, encoding_rs::WINDOWS_1251, "CP1251"),
            (russian, encoding_rs::KOI8_R, "KOI8-U"),
            (russian, encoding_rs::IBM866, "CP866"),
            (french, encoding_rs::WINDOWS_1252, "CP1252"),
        ] {
            let (bytes, ..) = encoding.encode(text);
            let error = read_bytes(&bytes).unwrap_err().to_string();
            let line = text.lines().next().unwrap();
            for word in [name, line, "iconv -f", "-t UTF-8"] {
                assert!(error.contains(word), "{word}: {error}");
            }
        }
    }

    #[test]
    fn what_is_no_list_is_named() {
        for (bytes, name) in [
            (&b"RIFF\x24\x00\x00\x00WAVEfmt "[..], "a WAV recording"),
            (b"PK\x03\x04\x14\x00", "Excel workbook"),
            (b"\x00\x00\x00\x20ftypM4A ", "an M4A recording"),
        ] {
            let error = read_bytes(bytes).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn a_line_longer_than_any_sentence_is_a_bad_line() {
        let long = "x".repeat(MAX_LINE_BYTES + 1);
        let lines = read_bytes(format!("a|b\nc|{long}\n").as_bytes()).unwrap();
        assert!(matches!(lines[1].text, Err(BadLine::TooLong(_))));
    }

    proptest! {
        #[test]
        fn any_bytes_split(bytes: Vec<u8>) {
            prop_assert!(split(&bytes).len() <= bytes.len());
        }
    }
}

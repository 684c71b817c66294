//! Bytes of a pickle, one field after another.

use super::globals::Global;

/// A place in the bytes of a pickle.
#[derive(Debug, Clone)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    /// A little-endian number of so many bytes.
    pub(super) fn number(&mut self, bytes: usize) -> Option<u64> {
        let bytes = self.take(bytes)?.iter().rev();
        Some(bytes.fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// Bytes behind their count, itself so many bytes long.
    pub(super) fn counted(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let count = usize::try_from(self.number(bytes)?).ok()?;
        self.take(count)
    }

    pub(super) fn line(&mut self) -> Option<&'a [u8]> {
        let end = self.rest.iter().position(|byte| *byte == b'\n')?;
        let line = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }

    pub(super) fn number_line(&mut self) -> Option<u64> {
        std::str::from_utf8(self.line()?).ok()?.trim().parse().ok()
    }

    /// Module and name, a line each.
    pub(super) fn global(&mut self) -> Option<Global> {
        let text = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
        let (module, name) = (text(self.line()?), text(self.line()?));
        Some(Global { module, name })
    }

    /// A text in which characters may be written as `\u006f`, or, between quotes, as `\x6f` and `\157`.
    pub(super) fn escaped_line(&mut self, quoted: bool) -> Option<String> {
        let line = String::from_utf8_lossy(self.line()?).into_owned();
        let line = if quoted {
            line.trim_matches(['"', '\''])
        } else {
            &line
        };
        let mut text = String::with_capacity(line.len());
        let mut rest = line;
        while let Some(place) = rest.find('\\') {
            text.push_str(&rest[..place]);
            rest = &rest[place + 1..];
            let (digits, radix) = match rest.chars().next() {
                Some('u') => (1..5, 16),
                Some('U') => (1..9, 16),
                Some('x') if quoted => (1..3, 16),
                Some('0'..='7') if quoted => (0..3, 8),
                _ => (0..0, 16),
            };
            let code = rest.get(digits.clone()).filter(|digits| !digits.is_empty());
            let code = code.and_then(|digits| u32::from_str_radix(digits, radix).ok());
            match code.and_then(char::from_u32) {
                Some(character) => {
                    text.push(character);
                    rest = &rest[digits.end..];
                }
                None => text.push('\\'),
            }
        }
        text.push_str(rest);
        Some(text)
    }
}

//! What an MP4 file takes back of its samples: encoders of AAC put a thousand or two of silence
//! before the sound, and the edit list, or a tag of iTunes, says how many.

use std::ops::Range;

/// The part of the decoded sound that sounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Edit {
    /// Where it starts, s.
    start_s: f64,
    /// How long it is, s; infinite where only the end of the samples ends it.
    length_s: f64,
    /// How exactly the length is told, s.
    tick_s: f64,
}

impl Edit {
    /// The frames that sound, of `frames` if their number is known.
    pub(crate) fn heard(self, sample_rate: u32, frames: Option<u64>) -> Range<u64> {
        let rate = f64::from(sample_rate);
        let start = (self.start_s * rate).round() as u64;
        let end = frames.unwrap_or(u64::MAX).max(start);
        // A length in milliseconds is no better than a millisecond: the samples know better.
        let rest_s = (end - start) as f64 / rate;
        if self.length_s + self.tick_s < rest_s {
            return start..start.saturating_add((self.length_s * rate).round() as u64);
        }
        start..end
    }
}

/// The edit of the first sound of an MP4 file; `None` where there is none, or several.
pub(crate) fn of(bytes: &[u8]) -> Option<Edit> {
    let movie = child(bytes, b"moov")?;
    let is_sound = |track: &&[u8]| {
        let handler = child(track, b"mdia").and_then(|media| child(media, b"hdlr"));
        handler.and_then(|handler| handler.get(8..12)) == Some(b"soun")
    };
    let mut tracks = children(movie).filter(|(name, _)| name == b"trak");
    let track = tracks.find_map(|(_, track)| Some(track).filter(is_sound))?;
    let media_scale = time_scale(child(child(track, b"mdia")?, b"mdhd")?)?;
    let movie_scale = time_scale(child(movie, b"mvhd")?)?;
    let list = child(track, b"edts").and_then(|edits| child(edits, b"elst"));
    match list.and_then(one_entry) {
        Some((duration, start)) => Some(Edit {
            start_s: start as f64 / media_scale,
            length_s: if duration == 0 {
                f64::INFINITY
            } else {
                duration as f64 / movie_scale
            },
            tick_s: 1.0 / movie_scale,
        }),
        None => tag_of_itunes(movie, media_scale),
    }
}

/// Whether the file has the table of its samples, which is written last by what records.
pub(crate) fn has_index(bytes: &[u8]) -> bool {
    child(bytes, b"moov").is_some()
}

/// Duration and start of the only entry that is not a pause.
fn one_entry(list: &[u8]) -> Option<(u64, u64)> {
    let version = *list.first()?;
    let size = if version == 1 { 20 } else { 12 };
    let entries = list.get(8..)?.chunks_exact(size);
    let mut sounding = entries.filter_map(|entry| {
        let (duration, start) = if version == 1 {
            (be(&entry[..8]), be(&entry[8..16]).cast_signed())
        } else {
            let start = be(&entry[4..8]) as u32;
            (be(&entry[..4]), i64::from(start.cast_signed()))
        };
        Some((duration, u64::try_from(start).ok()?))
    });
    let entry = sounding.next()?;
    sounding.next().is_none().then_some(entry)
}

/// `iTunSMPB`: hexadecimal numbers, of which the second is the samples before the sound and the
/// fourth those of the sound.
fn tag_of_itunes(movie: &[u8], media_scale: f64) -> Option<Edit> {
    let at = movie.windows(8).position(|name| name == b"iTunSMPB")?;
    let text = movie.get(at + 8..)?;
    let text = &text[..text.len().min(200)];
    let text = &text[text.windows(4).position(|name| name == b"data")? + 4..];
    let text: String = text
        .iter()
        .map(|&byte| {
            if byte.is_ascii_graphic() {
                char::from(byte)
            } else {
                ' '
            }
        })
        .collect();
    let mut numbers = text
        .split_whitespace()
        .map_while(|word| u64::from_str_radix(word, 16).ok());
    let start = numbers.nth(1)?;
    let length = numbers.nth(1)?;
    Some(Edit {
        start_s: start as f64 / media_scale,
        length_s: length as f64 / media_scale,
        tick_s: 0.0,
    })
}

/// Ticks per second of `mvhd` and `mdhd`, which begin alike.
fn time_scale(header: &[u8]) -> Option<f64> {
    let at = if *header.first()? == 1 { 20 } else { 12 };
    let scale = be(header.get(at..at + 4)?);
    (scale > 0).then_some(scale as f64)
}

fn child<'a>(bytes: &'a [u8], wanted: &[u8; 4]) -> Option<&'a [u8]> {
    children(bytes)
        .find(|(name, _)| name == wanted)
        .map(|(_, content)| content)
}

/// The boxes inside a box.
fn children(mut bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let name = bytes.get(4..8)?.try_into().ok()?;
        let (head, size) = match be(&bytes[..4]) {
            0 => (8, bytes.len() as u64),
            1 => (16, be(bytes.get(8..16)?)),
            size => (8, size),
        };
        let size = usize::try_from(size).ok()?.min(bytes.len());
        let content = bytes.get(head..size)?;
        bytes = &bytes[size..];
        Some((name, content))
    })
}

fn be(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |value, &byte| value << 8 | u64::from(byte))
}

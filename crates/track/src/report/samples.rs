//! Pictures and sounds of the run, sentence by sentence.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::Path,
};

use super::{
    history::{History, Shown, spread},
    html::{data_uri, escape, section},
    locale::Texts,
};
use crate::{
    artefact::{self, Kind},
    names,
};

/// Sentences shown; the rest are in the run directory.
const MAX_SENTENCES: usize = 8;
/// Sentences that are open when the report is.
const OPEN_SENTENCES: usize = 2;
/// Moments of a run that show how a picture came to be.
const MAX_PICTURES: usize = 12;
const MAX_SPECTROGRAMS: usize = 6;
const MAX_SOUNDS: usize = 5;
/// A page much larger than this opens slowly.
const MAX_BYTES: usize = 24 << 20;

/// Pictures and sounds of one sentence, by group.
#[derive(Default)]
struct Sentence<'a> {
    pictures: BTreeMap<&'a str, &'a [Shown]>,
    sounds: BTreeMap<&'a str, &'a [Shown]>,
}

/// The section of all sentences.
pub(super) fn html(run_dir: &Path, history: &History, texts: &Texts) -> String {
    let mut sentences: BTreeMap<&str, Sentence<'_>> = BTreeMap::new();
    for (tag, shown) in &history.pictures {
        let (group, id) = split(tag);
        sentences
            .entry(id)
            .or_default()
            .pictures
            .insert(group, shown);
    }
    for (tag, shown) in &history.sounds {
        let (group, id) = split(tag);
        sentences.entry(id).or_default().sounds.insert(group, shown);
    }
    let mut embedded = Embedded {
        run_dir,
        bytes: 0,
        left_out: sentences.len() > MAX_SENTENCES,
    };
    let mut body = String::new();
    for (index, (id, sentence)) in sentences.iter().take(MAX_SENTENCES).enumerate() {
        let inside = sentence_html(sentence, texts, &mut embedded);
        if inside.is_empty() {
            continue;
        }
        let open = if index < OPEN_SENTENCES { " open" } else { "" };
        let _infallible = write!(
            body,
            "<details class=\"sentence\"{open}><summary><b>{}</b> <span>{}</span></summary>{inside}</details>",
            escape(id),
            escape(caption(sentence)),
        );
    }
    if body.is_empty() {
        return body;
    }
    let mut page = legend(&sentences, texts);
    page.push_str(&body);
    if embedded.left_out {
        let _infallible = write!(page, "<p class=\"note\">{}</p>", escape(texts.left_out));
    }
    section("samples", texts.samples.title, texts.samples.meaning, &page)
}

/// `alignment/LJ001-0001` is the group `alignment` of the sentence `LJ001-0001`; the name of a sentence
/// may be a path.
fn split(tag: &str) -> (&str, &str) {
    tag.split_once('/').unwrap_or(("", tag))
}

fn caption<'a>(sentence: &Sentence<'a>) -> &'a str {
    let mut all = sentence.sounds.values().chain(sentence.pictures.values());
    all.find_map(|shown| shown.last())
        .map_or("", |shown| &shown.caption)
}

/// What the groups of pictures and sounds are, said once.
fn legend(sentences: &BTreeMap<&str, Sentence<'_>>, texts: &Texts) -> String {
    let groups: BTreeSet<&str> = sentences
        .values()
        .flat_map(|sentence| sentence.sounds.keys().chain(sentence.pictures.keys()))
        .copied()
        .collect();
    let mut html = "<dl>".to_owned();
    for (group, heading) in texts
        .groups
        .iter()
        .filter(|(group, _)| groups.contains(group))
    {
        let (title, meaning) = (escape(heading.title), escape(heading.meaning));
        let _infallible = write!(html, "<dt class=\"{group}\">{title}</dt><dd>{meaning}</dd>");
    }
    html.push_str("</dl>");
    html
}

fn sentence_html(sentence: &Sentence<'_>, texts: &Texts, embedded: &mut Embedded<'_>) -> String {
    let mut players = String::new();
    let mut earlier = String::new();
    for (group, shown) in &sentence.sounds {
        let chosen = spread(shown, MAX_SOUNDS);
        embedded.left_out |= chosen.len() < shown.len();
        for (index, sound) in chosen.iter().enumerate() {
            let into = if index + 1 == chosen.len() {
                &mut players
            } else {
                &mut earlier
            };
            into.push_str(&player(sound, group, texts, embedded));
        }
    }
    let mut pictures = String::new();
    for (group, shown) in &sentence.pictures {
        pictures.push_str(&film(shown, group, texts, embedded));
    }
    let mut html = String::new();
    if !players.is_empty() {
        let _infallible = write!(html, "<div class=\"players\">{players}</div>");
    }
    if !earlier.is_empty() {
        let summary = escape(texts.earlier);
        let _infallible = write!(
            html,
            "<details class=\"earlier\"><summary>{summary}</summary><div class=\"players\">{earlier}</div></details>"
        );
    }
    if !pictures.is_empty() {
        let _infallible = write!(html, "<div class=\"films\">{pictures}</div>");
    }
    html
}

fn title_of<'a>(group: &'a str, texts: &Texts) -> &'a str {
    texts.group(group).map_or(group, |heading| heading.title)
}

fn player(sound: &Shown, group: &str, texts: &Texts, embedded: &mut Embedded<'_>) -> String {
    let Some(source) = embedded.file(sound, Kind::Wav) else {
        return String::new();
    };
    // A recording is the same at every step.
    let step = if group == names::AUDIO_TARGET {
        String::new()
    } else {
        format!(", {} {}", escape(texts.step), sound.step)
    };
    format!(
        "<figure class=\"player\"><figcaption>{}{step}</figcaption>\
         <audio controls preload=\"metadata\" src=\"{source}\"></audio></figure>",
        escape(title_of(group, texts)),
    )
}

/// The same picture at several moments, one at a time with a slider.
fn film(shown: &[Shown], group: &str, texts: &Texts, embedded: &mut Embedded<'_>) -> String {
    let is_alignment = [names::PICTURE_ALIGNMENT, names::PICTURE_ALIGNMENT_FREE].contains(&group);
    let most = if is_alignment {
        MAX_PICTURES
    } else {
        MAX_SPECTROGRAMS
    };
    let chosen = spread(shown, most);
    embedded.left_out |= chosen.len() < shown.len();
    let title = escape(title_of(group, texts));
    let mut frames = String::new();
    let mut count = 0;
    // The last picture says most, so it is embedded first, in case there is room for no more.
    for picture in chosen.iter().rev() {
        let Some(source) = embedded.file(picture, Kind::Png) else {
            continue;
        };
        let (step, word) = (picture.step, escape(texts.step));
        let alt = format!("{title}, {word} {step}. {}", escape(&picture.caption));
        frames.insert_str(
            0,
            &format!("<img src=\"{source}\" alt=\"{alt}\" data-step=\"{word} {step}\">"),
        );
        count += 1;
    }
    if count == 0 {
        return String::new();
    }
    let slider = if count > 1 {
        let last = count - 1;
        format!(
            "<input type=\"range\" min=\"0\" max=\"{last}\" value=\"{last}\" aria-label=\"{}\">",
            escape(texts.step)
        )
    } else {
        String::new()
    };
    format!(
        "<figure class=\"film\"><figcaption>{title} <output></output></figcaption>\
         <div class=\"frames\">{frames}</div>{slider}</figure>"
    )
}

/// What went into the page so far.
struct Embedded<'a> {
    run_dir: &'a Path,
    bytes: usize,
    left_out: bool,
}

impl Embedded<'_> {
    /// The file as part of the page, if it is there, is what it should be, and there is room.
    fn file(&mut self, shown: &Shown, kind: Kind) -> Option<String> {
        if self.bytes >= MAX_BYTES {
            self.left_out = true;
            return None;
        }
        let file = artefact::read(self.run_dir, &shown.path, kind)?;
        self.bytes += file.len();
        let media_type = match kind {
            Kind::Png => "image/png",
            Kind::Wav => "audio/wav",
        };
        Some(data_uri(media_type, &file))
    }
}

//! The page: figures, then every sentence with its sounds side by side and their mels.

use std::fmt::Write as _;

use diktor_eval::{Evaluation, Figure, Judged, Language, Measure, Origin, Sentence};
use diktor_track::{
    picture::{Caption, MelPanel, mels},
    report::{ReportLocale, data_uri, escape, section, shell, table},
};

use super::{Listener, Subject};

/// Sounds and pictures that one page may hold; browsers give up on more.
const MOST_BYTES: usize = 96 << 20;

/// Words of the page.
struct Texts {
    lang: &'static str,
    title: &'static str,
    figures: [&'static str; 2],
    sentences: [&'static str; 2],
    definitions: &'static str,
    measure: &'static str,
    heard: &'static str,
    too_large: &'static str,
    left_out: &'static str,
}

const EN: Texts = Texts {
    lang: "en",
    title: "What is heard",
    figures: [
        "Figures",
        "In brackets the 95 % interval, bootstrapped over the sentences.",
    ],
    sentences: ["Sentences", "The worst first."],
    definitions: "What the measures are",
    measure: "measure",
    heard: "heard",
    too_large: "The sounds of the sentences below are left out: the page would be too large. --sounds keeps them.",
    left_out: "Left out",
};

const RU: Texts = Texts {
    lang: "ru",
    title: "Что слышно",
    figures: [
        "Показатели",
        "В скобках — 95-процентный интервал, бутстреп по предложениям.",
    ],
    sentences: ["Предложения", "Сначала худшие."],
    definitions: "Что означают показатели",
    measure: "показатель",
    heard: "услышано",
    too_large: "Звук предложений ниже не вошёл: страница стала бы слишком большой. Его сохраняет --sounds.",
    left_out: "Пропущено",
};

/// The whole page.
pub(super) fn html(
    subject: &Subject,
    evaluation: &Evaluation,
    listener: &Listener<'_>,
    language: Language,
    seed: u64,
) -> String {
    let texts = match language {
        Language::En => &EN,
        Language::Ru => &RU,
    };
    let path = match subject {
        Subject::Voice(path) | Subject::Recordings(path) | Subject::Pairs(path) => path,
    };
    let title = format!("{}: {}", texts.title, path.display());
    let mut body = format!(
        "<header class=\"plain\"><h1>{}</h1></header>",
        escape(&title)
    );
    let [heading, meaning] = texts.figures;
    let figures = figures(evaluation, language, seed, texts);
    body.push_str(&section("figures", heading, meaning, &figures));
    let [heading, meaning] = texts.sentences;
    let sentences = sentences(evaluation, listener, language, texts);
    body.push_str(&section("sentences", heading, meaning, &sentences));
    let left_out: Vec<Vec<String>> = evaluation
        .left_out
        .iter()
        .map(|one| vec![escape(&one.id), escape(&one.reason)])
        .collect();
    let left_out = table(&["", ""], &left_out);
    body.push_str(&section("left-out", texts.left_out, "", &left_out));
    body.push_str(&section(
        "definitions",
        texts.definitions,
        "",
        &definitions(evaluation, language),
    ));
    shell(texts.lang, &title, &body)
}

fn figures(evaluation: &Evaluation, language: Language, seed: u64, texts: &Texts) -> String {
    let figures = evaluation.figures(seed);
    let mut heads = vec![texts.measure];
    heads.extend(figures.keys().map(|origin| origin.label(language)));
    let rows: Vec<Vec<String>> = evaluation
        .measures()
        .map(|measure| {
            let mut row = vec![escape(measure.label(language))];
            row.extend(figures.values().map(|column| {
                let figure = column.get(&measure);
                escape(&figure.map_or_else(|| "–".to_owned(), Figure::shown))
            }));
            row
        })
        .collect();
    table(&heads, &rows)
}

fn definitions(evaluation: &Evaluation, language: Language) -> String {
    let rows: Vec<Vec<String>> = evaluation
        .measures()
        .map(|measure| {
            vec![
                escape(measure.label(language)),
                escape(measure.definition(language)),
            ]
        })
        .collect();
    table(&["", ""], &rows)
}

fn sentences(
    evaluation: &Evaluation,
    listener: &Listener<'_>,
    language: Language,
    texts: &Texts,
) -> String {
    let mut html = String::new();
    let mut room = MOST_BYTES;
    for sentence in evaluation.worst_first() {
        let text = sentence.text.as_deref().unwrap_or_default();
        let _infallible = write!(
            html,
            "<h3>{}</h3><p>{}</p>",
            escape(&sentence.id),
            escape(text)
        );
        let media = media(sentence, listener, language);
        match room.checked_sub(media.len()) {
            Some(rest) => {
                room = rest;
                html.push_str(&media);
            }
            None if room > 0 => {
                room = 0;
                let _infallible = write!(html, "<p>{}</p>", escape(texts.too_large));
            }
            None => {}
        }
        html.push_str(&scores(sentence, language, texts));
    }
    html
}

/// Players and mels of a sentence.
fn media(sentence: &Sentence, listener: &Listener<'_>, language: Language) -> String {
    let mut players = String::new();
    let mut panels = Vec::new();
    for origin in sentence.sounds.keys() {
        let label = origin.label(language);
        if let Some(bytes) = listener.bytes(&sentence.id, *origin) {
            let _infallible = write!(
                players,
                "<figure class=\"player\"><figcaption>{}</figcaption>\
                 <audio controls preload=\"metadata\" src=\"{}\"></audio></figure>",
                escape(label),
                data_uri("audio/wav", &bytes),
            );
        }
        if let Some(mel) = listener.mels.get(&(sentence.id.clone(), *origin)) {
            panels.push(MelPanel {
                title: label,
                values: mel.values(),
                bins: mel.bins(),
            });
        }
    }
    let locale = match language {
        Language::En => ReportLocale::En,
        Language::Ru => ReportLocale::Ru,
    };
    let caption = Caption {
        title: &sentence.id,
        text: sentence.text.as_deref().unwrap_or_default(),
        locale,
    };
    let picture = if panels.is_empty() {
        String::new()
    } else {
        let png = mels(&panels, caption);
        format!(
            "<img alt=\"{}\" width=\"{}\" src=\"{}\">",
            escape(&sentence.id),
            png.width,
            data_uri("image/png", &png.bytes)
        )
    };
    format!("<div class=\"players\">{players}</div>{picture}")
}

/// What was measured of every sound of a sentence, and what was heard.
fn scores(sentence: &Sentence, language: Language, texts: &Texts) -> String {
    let mut heads = vec![texts.measure];
    heads.extend(
        sentence
            .sounds
            .keys()
            .map(|origin: &Origin| origin.label(language)),
    );
    let row = |name: &str, cell: &dyn Fn(&Judged) -> Option<String>| {
        let cells: Vec<Option<String>> = sentence.sounds.values().map(cell).collect();
        cells.iter().any(Option::is_some).then(|| {
            let mut row = vec![escape(name)];
            row.extend(
                cells
                    .into_iter()
                    .map(|cell| cell.map_or("–".to_owned(), |c| escape(&c))),
            );
            row
        })
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    rows.extend(row(texts.heard, &|judged| judged.heard.clone()));
    for measure in Measure::ALL {
        rows.extend(row(measure.label(language), &|judged| {
            let value = judged.scores.get(&measure)?.value(measure);
            Some(format!("{value:.3}"))
        }));
    }
    format!(
        "<details><summary>{}</summary>{}</details>",
        escape(texts.figures[0]),
        table(&heads, &rows)
    )
}

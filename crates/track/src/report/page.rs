//! The page, from headline to footnotes.

use std::{fmt::Write as _, path::Path};

use super::{
    charts,
    diagnosis::Words,
    history::{History, Session},
    html::{escape, section, with_code},
    key_figures::{Grade, KEY_FIGURES},
    ledger,
    locale::Texts,
    samples, tables,
    verdict::{Mood, Verdict},
};
use crate::Outcome;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
/// Nothing may be loaded from anywhere: the page is all there is.
const POLICY: &str = "default-src 'none'; img-src data:; media-src data:; \
                      style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/// What a page is made from.
pub(super) struct Material<'a> {
    pub(super) run_dir: &'a Path,
    pub(super) history: &'a History,
    /// `config.yaml`, if there is one.
    pub(super) configuration: Option<String>,
    pub(super) unreadable_lines: usize,
    pub(super) texts: &'static Texts,
    pub(super) words: &'static Words,
}

/// The whole page.
pub(super) fn html(material: &Material<'_>) -> String {
    let Material {
        run_dir,
        history,
        texts,
        ..
    } = material;
    let run = match history.start() {
        Some(start) => start.run.clone(),
        None => run_dir
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
    };
    let title = format!("{}: {run}", texts.report_of);
    let body = [
        header(history, texts, &run),
        key_figures(history, texts),
        tables::warnings(history, texts),
        tables::faults(history, texts),
        samples::html(run_dir, history, texts),
        charts::html(history, texts),
        ledger::html(history, material.words),
        tables::phases(history, texts),
        tables::changes(history, texts),
        tables::facts(history, texts),
        tables::configuration(history, material.configuration.as_deref(), texts),
    ]
    .concat();
    let unreadable = match material.unreadable_lines {
        0 => String::new(),
        lines => format!("<footer>{lines} {}</footer>", escape(texts.unreadable)),
    };
    shell(texts.lang, &title, &(body + &unreadable))
}

/// A page that loads nothing, around its content.
pub fn shell(lang: &str, title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{}</title>\
         <style>{STYLE}</style></head><body><main>{body}</main>\
         <script>{SCRIPT}</script></body></html>\n",
        escape(title),
    )
}

fn header(history: &History, texts: &Texts, run: &str) -> String {
    let verdict = Verdict::of(&history.evidence);
    let heading = texts.verdict(verdict.call);
    let mood = match verdict.call.mood() {
        Mood::Good => "good",
        Mood::Fair => "fair",
        Mood::Bad => "bad",
        Mood::Plain => "plain",
    };
    let why = verdict.why.map_or_else(String::new, |why| {
        format!("<p>{}</p>", with_code(&texts.said(&why)))
    });
    format!(
        "<header class=\"{mood}\"><p class=\"eyebrow\">{} · <b>{}</b> {}</p><h1>{}</h1>\
         <p>{}</p>{why}</header>",
        escape(texts.report_of),
        escape(run),
        badge(history.sessions.last(), texts),
        escape(heading.title),
        with_code(heading.meaning),
    )
}

/// How a session ended, as a coloured word.
pub(super) fn badge(session: Option<&Session>, texts: &Texts) -> String {
    let Some(session) = session else {
        return String::new();
    };
    let (word, mood) = match session.end {
        None => (texts.unfinished, "fair"),
        Some((outcome, ..)) => (
            texts.outcome(outcome),
            match outcome {
                Outcome::Completed | Outcome::StoppedEarly => "good",
                Outcome::Interrupted => "fair",
                Outcome::RedFlag | Outcome::Failed => "bad",
            },
        ),
    };
    format!("<span class=\"badge {mood}\">{}</span>", escape(word))
}

fn key_figures(history: &History, texts: &Texts) -> String {
    let mut cards = String::new();
    for key in KEY_FIGURES {
        let Some(value) = history.latest(key.name) else {
            continue;
        };
        let mood = match key.grade(value) {
            Grade::Good => "good",
            Grade::Fair => "fair",
            Grade::Bad => "bad",
            Grade::Plain => "plain",
        };
        let meaning = texts.metric(key.name).map_or("", |metric| metric.meaning);
        let _infallible = write!(
            cards,
            "<div class=\"card {mood}\"><h3>{}</h3><p class=\"figure\">{}</p><p>{}</p></div>",
            escape(texts.label(key.name)),
            escape(&key.form.show_in(value, texts.locale)),
            escape(meaning),
        );
    }
    if cards.is_empty() {
        cards = format!("<p class=\"note\">{}</p>", escape(texts.no_figures));
    }
    let body = format!("<div class=\"cards\">{cards}</div>");
    section("figures", texts.figures.title, texts.figures.meaning, &body)
}

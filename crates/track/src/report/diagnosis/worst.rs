//! `worst.html`: the utterances most unlike the rest, to be listened to.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use super::{locale::Words, name_of, read_history};
use crate::{
    ReportError, Suspect, Suspects,
    artefact::{self, Kind},
    figures::Form,
    report::{
        ReportLocale,
        html::{data_uri, escape, with_code},
        page,
    },
};

/// Name of the page in the run directory.
pub(in crate::report) const FILE: &str = "worst.html";

/// Writes `worst.html` into the run directory and returns its path; `None` when the run has not
/// judged its utterances.
///
/// The page is made from `events.jsonl` and what its newest list names; like the report it loads
/// nothing.
///
/// # Errors
/// If `events.jsonl` cannot be read or the page cannot be written.
pub fn write_worst(run_dir: &Path, locale: ReportLocale) -> Result<Option<PathBuf>, ReportError> {
    let history = read_history(run_dir)?;
    let Some((step, suspects)) = &history.suspects else {
        return Ok(None);
    };
    let (words, run) = (Words::of(locale), name_of(run_dir, &history));
    let path = run_dir.join(FILE);
    let title = format!("{}: {run}", words.worst);
    let body = body(run_dir, *step, suspects, words, &run);
    let draft = run_dir.join(".worst.html.tmp");
    fs::write(&draft, page::shell(words.lang, &title, &body))
        .and_then(|()| fs::rename(&draft, &path))
        .map_err(|source| ReportError::Write {
            path: path.clone(),
            source,
        })?;
    Ok(Some(path))
}

fn body(run_dir: &Path, step: u64, suspects: &Suspects, words: &Words, run: &str) -> String {
    let mut html = format!(
        "<header class=\"fair\"><p class=\"eyebrow\"><b>{}</b> · {} {step}</p><h1>{}</h1>\
         <p>{}</p></header><p class=\"note\">{}</p>",
        escape(run),
        escape(words.step),
        escape(words.worst),
        escape(words.worst_lead),
        with_code(
            &words
                .confirm
                .replace("{run}", &run_dir.display().to_string())
        ),
    );
    for (place, suspect) in suspects.worst.iter().enumerate() {
        html.push_str(&card(run_dir, place + 1, suspect, words));
    }
    html
}

/// One utterance: its text, why it is here, its sound and its attention.
fn card(run_dir: &Path, place: usize, suspect: &Suspect, words: &Words) -> String {
    let badge = if suspect.proposed {
        format!(
            "<span class=\"badge bad\">{}</span>",
            escape(words.proposed)
        )
    } else {
        String::new()
    };
    let mut html = format!(
        "<section><h2>{place}. {} {badge}</h2><p class=\"lead\">{}</p><p>{}</p>",
        escape(&suspect.utterance),
        escape(&suspect.text),
        escape(&figures(suspect, words)),
    );
    let files = [
        (&suspect.audio, Kind::Wav, "audio/wav"),
        (&suspect.picture, Kind::Png, "image/png"),
    ];
    for (path, kind, media_type) in files {
        let file = path
            .as_ref()
            .and_then(|path| artefact::read(run_dir, path, kind));
        let Some(bytes) = file else { continue };
        let source = data_uri(media_type, &bytes);
        let _infallible = match kind {
            Kind::Wav => write!(
                html,
                "<p><audio controls preload=\"metadata\" src=\"{source}\"></audio></p>"
            ),
            Kind::Png => write!(
                html,
                "<figure class=\"film\"><img src=\"{source}\" alt=\"{}\"></figure>",
                escape(&suspect.utterance)
            ),
        };
    }
    html.push_str("</section>");
    html
}

fn figures(suspect: &Suspect, words: &Words) -> String {
    let short = |value| Form::Short.show_in(value, words.locale);
    let mut parts = vec![
        format!("{} {}", words.suspicion, short(suspect.suspicion)),
        format!("{} {}", words.loss, short(suspect.loss)),
    ];
    let score = suspect.alignment_score;
    parts.extend(score.map(|score| format!("{} {}", words.alignment, short(score))));
    let fit = suspect.text_fit;
    parts.extend(fit.map(|fit| format!("{} {}", words.text_fit, short(fit))));
    parts.push(format!(
        "{} {}",
        words.frames_per_symbol,
        short(suspect.frames_per_symbol)
    ));
    let reasons: Vec<&str> = suspect
        .because
        .iter()
        .map(|one| (words.oddity)(*one))
        .collect();
    if !reasons.is_empty() {
        parts.push(format!("{}: {}", words.because, reasons.join(", ")));
    }
    parts.join(" · ")
}

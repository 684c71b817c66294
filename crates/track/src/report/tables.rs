//! What the run tells in rows: warnings, changes, facts, configuration.

use std::fmt::Write as _;

use super::{
    history::History,
    html::{escape, section, table, with_code},
    locale::Texts,
    page::badge,
};
use crate::{
    VerdictRecord,
    figures::{date, duration, figure_in, grouped, short_figure},
};

/// Checkpoints told of; the folder shows the rest.
const MAX_CHECKPOINTS: usize = 20;
/// Faults told one by one; a run that has more of them has one story to tell, not a thousand.
const MAX_FAULTS: usize = 50;

/// What a person should know.
pub(super) fn warnings(history: &History, texts: &Texts) -> String {
    let rows: Vec<Vec<String>> = history
        .warnings
        .iter()
        .map(|warning| {
            vec![
                warning.first_step.to_string(),
                with_code(&texts.said(&warning.message)),
                with_code(&texts.said(warning.hint.as_deref().unwrap_or_default())),
                warning.times.to_string(),
            ]
        })
        .collect();
    let heads = [texts.step, texts.message, texts.hint, texts.times];
    section(
        "warnings",
        texts.warnings.title,
        texts.warnings.meaning,
        &table(&heads, &rows),
    )
}

/// What went wrong, and how the run went back and tried again.
pub(super) fn faults(history: &History, texts: &Texts) -> String {
    let rows: Vec<Vec<String>> = history
        .faults
        .iter()
        .take(MAX_FAULTS)
        .map(|(step, fault)| {
            // Where no single recording is to blame, the whole batch is what there is to look at.
            let utterances = if fault.suspects.is_empty() {
                &fault.batch
            } else {
                &fault.suspects
            };
            vec![
                step.to_string(),
                escape(texts.fault(fault.kind)),
                escape(&figure_in(fault.value, texts.locale)),
                fault.place.as_deref().map(code).unwrap_or_default(),
                escape(&utterances.join(", ")),
                escape(texts.fault_action(fault.action)),
            ]
        })
        .collect();
    let mut body = table(
        &[
            texts.step,
            texts.message,
            texts.value,
            texts.place,
            texts.culprits,
            texts.action,
        ],
        &rows,
    );
    if let Some(more) = history.faults.len().checked_sub(MAX_FAULTS + 1) {
        let _infallible = write!(body, "<p class=\"note\">+{}</p>", more + 1);
    }
    let restarts: Vec<Vec<String>> = history
        .restarts
        .iter()
        .map(|restart| {
            let overrides: Vec<String> = restart
                .overrides
                .iter()
                .map(|(name, value)| format!("{} = {}", code(name), short_figure(*value)))
                .collect();
            vec![
                format!("{} / {}", restart.attempt, restart.most),
                format!("{} → {}", restart.from_step, restart.to_step),
                overrides.join("<br>"),
                with_code(&texts.said(&restart.why)),
            ]
        })
        .collect();
    if !restarts.is_empty() {
        let _infallible = write!(body, "<h3>{}</h3>", escape(texts.restarts));
        let heads = [texts.attempt, texts.step, texts.value, texts.why];
        body.push_str(&table(&heads, &restarts));
    }
    section("faults", texts.faults.title, texts.faults.meaning, &body)
}

/// What the run changed by itself, and what it was not allowed to.
pub(super) fn changes(history: &History, texts: &Texts) -> String {
    let short = |value: f64| escape(&short_figure(value));
    let rows: Vec<Vec<String>> = history
        .changes
        .iter()
        .map(|(step, change)| {
            let old_new = format!("{} → {}", short(change.old), short(change.new));
            let knob = code(&change.knob);
            vec![
                step.to_string(),
                code(&change.who),
                knob,
                old_new,
                with_code(&texts.said(&change.why)),
                outcome(history.verdict_of(*step, change), texts),
            ]
        })
        .collect();
    let refused: Vec<Vec<String>> = history
        .refusals
        .iter()
        .map(|refusal| {
            let [who, what, why] = [&refusal.who, &refusal.what, &refusal.why]
                .map(|text| with_code(&texts.said(text)));
            vec![refusal.step.to_string(), who, what, why]
        })
        .collect();
    let heads = [
        texts.step,
        texts.who,
        texts.knob,
        texts.old_new,
        texts.why,
        texts.came_of_it,
    ];
    let mut body = table(&heads, &rows);
    if body.is_empty() {
        body = format!("<p class=\"note\">{}</p>", escape(texts.no_changes));
    }
    if !refused.is_empty() {
        let _infallible = write!(body, "<h3>{}</h3>", escape(texts.refused));
        body.push_str(&table(
            &[texts.step, texts.who, texts.message, texts.why],
            &refused,
        ));
    }
    section("changes", texts.changes.title, texts.changes.meaning, &body)
}

/// A name as code.
fn code(name: &str) -> String {
    format!("<code>{}</code>", escape(name))
}

/// What came of a change, with the metric that tells; nothing if it has not been judged.
fn outcome(verdict: Option<&VerdictRecord>, texts: &Texts) -> String {
    let Some(verdict) = verdict else {
        return String::new();
    };
    let word = match (verdict.helped, verdict.undone) {
        (true, _) => texts.helped,
        (false, false) => texts.no_difference,
        (false, true) => texts.worse_undone,
    };
    let [before, after] =
        [verdict.before, verdict.after].map(|value| figure_in(value, texts.locale));
    format!(
        "{}: {} {} → {}",
        escape(word),
        escape(texts.label(&verdict.metric)),
        escape(&before),
        escape(&after)
    )
}

/// The way of the run through its phases.
pub(super) fn phases(history: &History, texts: &Texts) -> String {
    let rows: Vec<Vec<String>> = history
        .phases
        .iter()
        .map(|change| {
            let [from, to] = [change.from, change.to].map(|phase| escape(texts.phase(phase)));
            vec![
                change.step.to_string(),
                format!("{from} → {to}"),
                with_code(&texts.said(&change.why)),
            ]
        })
        .collect();
    section(
        "phases",
        texts.phases.title,
        texts.phases.meaning,
        &table(&[texts.step, texts.old_new, texts.why], &rows),
    )
}

/// What was trained, on how much, for how long.
pub(super) fn facts(history: &History, texts: &Texts) -> String {
    let Some(start) = history.start() else {
        return String::new();
    };
    let ends = history.sessions.iter().filter_map(|session| session.end);
    let seconds: f64 = ends.map(|(_, _, seconds)| seconds).sum();
    let of = start
        .max_steps
        .map(|max| format!(" / {}", grouped(max)))
        .unwrap_or_default();
    let utterances = format!(
        "{} + {}",
        grouped(start.train_size),
        grouped(start.val_size)
    );
    let rows = [
        (texts.run, escape(&start.run)),
        (texts.version, escape(&start.version)),
        (texts.parameters, grouped(start.total_params)),
        (texts.utterances, utterances),
        (
            texts.steps_done,
            format!("{}{of}", grouped(history.last_step)),
        ),
        (texts.time_spent, duration(seconds, texts.units)),
    ]
    .map(|(name, value)| vec![escape(name), value]);
    let mut body = table(&[texts.name, texts.value], &rows);
    body.push_str(&sessions(history, texts));
    body.push_str(&checkpoints(history, texts));
    section("facts", texts.facts.title, texts.facts.meaning, &body)
}

fn sessions(history: &History, texts: &Texts) -> String {
    let rows: Vec<Vec<String>> = history
        .sessions
        .iter()
        .map(|session| {
            let ended = session.end.map(|(_, step, seconds)| {
                format!(
                    ", {} {step}, {}",
                    escape(texts.step),
                    duration(seconds, texts.units)
                )
            });
            vec![
                date(session.time_s),
                session.start.resumed_from.unwrap_or(0).to_string(),
                badge(Some(session), texts) + &ended.unwrap_or_default(),
            ]
        })
        .collect();
    let table = table(&[texts.began, texts.from_step, texts.ended], &rows);
    format!("<h3>{}</h3>{table}", escape(texts.sessions))
}

fn checkpoints(history: &History, texts: &Texts) -> String {
    let recent = history.checkpoints.len().saturating_sub(MAX_CHECKPOINTS);
    let rows: Vec<Vec<String>> = history.checkpoints[recent..]
        .iter()
        .map(|(step, path, why)| {
            let file = format!("<code>{}</code>", escape(&path.to_string_lossy()));
            vec![step.to_string(), file, escape(&texts.said(why))]
        })
        .collect();
    folded(
        texts.checkpoints,
        &table(&[texts.step, texts.file, texts.why], &rows),
    )
}

/// Everything needed to repeat the run.
pub(super) fn configuration(history: &History, yaml: Option<&str>, texts: &Texts) -> String {
    let file = yaml.map(|yaml| format!("<pre>{}</pre>", escape(&without_secrets(yaml))));
    let hparams = history.start().map(|start| &start.hparams);
    let rows: Vec<Vec<String>> = hparams
        .into_iter()
        .flatten()
        .map(|(name, value)| {
            [name.clone(), value.to_string()]
                .map(|text| format!("<code>{}</code>", escape(&text)))
                .to_vec()
        })
        .collect();
    let body = folded("config.yaml", &file.unwrap_or_default())
        + &folded(texts.hparams, &table(&[texts.name, texts.value], &rows));
    section(
        "configuration",
        texts.configuration.title,
        texts.configuration.meaning,
        &body,
    )
}

/// Something to unfold; nothing if there is nothing in it.
fn folded(heading: &str, inside: &str) -> String {
    if inside.is_empty() {
        return String::new();
    }
    format!(
        "<details><summary>{}</summary>{inside}</details>",
        escape(heading)
    )
}

/// A report is made to be passed on, so values of keys that name a secret do not go into it.
fn without_secrets(yaml: &str) -> String {
    const SECRET_ENDS: &[&str] = &[
        "token",
        "password",
        "secret",
        "api_key",
        "webhook",
        "webhook_url",
        "smtp_url",
    ];
    let mut text = String::with_capacity(yaml.len());
    for line in yaml.lines() {
        let secret = line.split_once(':').filter(|(key, value)| {
            let key = key.trim().trim_matches(['"', '\'']).to_lowercase();
            !value.trim().is_empty() && SECRET_ENDS.iter().any(|end| key.ends_with(end))
        });
        match secret {
            Some((key, _)) => text.push_str(&format!("{key}: •••")),
            None => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_stay_out_of_the_report() {
        let yaml = "telegram:\n  bot_token: 12:ab\n  chat_id: 5\nn_tokens: 10\n";
        let expected = "telegram:\n  bot_token: •••\n  chat_id: 5\nn_tokens: 10\n";
        assert_eq!(without_secrets(yaml), expected);
    }
}

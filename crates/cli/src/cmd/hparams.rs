//! `diktor hparams`: the table of hyper-parameters, or one of them explained.

use std::fmt;

use diktor_train::{
    Hparams,
    hparams::{self, Group, HPARAMS, Hparam, HparamError, Locale, PRESETS, Range},
};
use serde::Serialize;

use crate::{
    answer::Form,
    cli::{HparamsArgs, Language},
    exit::{Ending, usage},
};

#[derive(Debug, Serialize)]
struct Row {
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    value: serde_json::Value,
    default: serde_json::Value,
    range: String,
    effect: &'static str,
    source: &'static str,
    aliases: &'static [&'static str],
    #[serde(skip)]
    group: Group,
    #[serde(skip)]
    shown: String,
}

#[derive(Debug, Serialize)]
struct Table {
    preset: Option<String>,
    presets: Vec<&'static str>,
    hparams: Vec<Row>,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Explained(Row);

/// The page of the manual, in words only.
#[derive(Debug, Serialize)]
struct Page {
    markdown: String,
}

/// Lists or explains.
///
/// # Errors
/// When no hyper-parameter or preset has that name.
pub(crate) fn run(arguments: HparamsArgs, form: Form) -> anyhow::Result<Ending> {
    if let Some(language) = arguments.markdown {
        let locale = match language {
            Language::En => Locale::En,
            Language::Ru => Locale::Ru,
        };
        form.print(&Page {
            markdown: hparams::markdown(locale),
        })?;
        return Ok(Ending::Done);
    }
    let values = match &arguments.preset {
        Some(name) => Hparams::preset(name).map_err(usage)?,
        None => Hparams::default(),
    };
    match arguments.name {
        Some(name) => {
            let found = hparams::find(&name).ok_or_else(|| unknown(name))?;
            form.print(&Explained(row(found, &values)))?;
        }
        None => form.print(&Table {
            preset: arguments.preset,
            presets: PRESETS.iter().map(|preset| preset.name).collect(),
            hparams: HPARAMS.iter().map(|hparam| row(hparam, &values)).collect(),
        })?,
    }
    Ok(Ending::Done)
}

fn unknown(name: String) -> anyhow::Error {
    let nearest = hparams::nearest(&name);
    usage(HparamError::Unknown { name, nearest })
}

fn row(hparam: &'static Hparam, values: &Hparams) -> Row {
    let json = |values: &Hparams| -> serde_json::Value {
        let all = serde_json::to_value(values).unwrap_or_default();
        all.get(hparam.name).cloned().unwrap_or_default()
    };
    Row {
        name: hparam.name,
        kind: hparam.kind.name(),
        value: json(values),
        default: json(&Hparams::default()),
        range: if hparam.range == Range::Any {
            String::new()
        } else {
            hparam.range.to_string()
        },
        effect: hparam.effect(Locale::En),
        source: hparam.source,
        aliases: hparam.aliases,
        group: hparam.group,
        shown: hparam.value(values).to_yaml(),
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for group in Group::ALL {
            writeln!(f, "{}", group.title(Locale::En))?;
            for row in self.hparams.iter().filter(|row| row.group == group) {
                writeln!(f, "  {:<32} {:<24} {}", row.name, row.shown, row.range)?;
            }
        }
        writeln!(f, "\nPresets: {}", self.presets.join(", "))?;
        write!(f, "`diktor hparams NAME` explains one.")
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = &self.0;
        writeln!(f, "{} = {}", row.name, row.shown)?;
        writeln!(f, "{}", row.effect)?;
        writeln!(f, "type:    {}", row.kind)?;
        if !row.range.is_empty() {
            writeln!(f, "range:   {}", row.range)?;
        }
        if !row.aliases.is_empty() {
            writeln!(f, "aliases: {}", row.aliases.join(", "))?;
        }
        write!(f, "default from: {}", row.source)
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.markdown)
    }
}

//! `diktor hparams`: the table of hyper-parameters, or one of them explained.

use std::fmt;

use diktor_train::{
    Hparams,
    hparams::{
        self, Group, HPARAMS, Hparam, HparamError, Inert, Locale, Otherwise, PRESETS, Range,
        Sections,
    },
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

/// A name that configurations may hold and that is no hyper-parameter of its own.
#[derive(Debug, Serialize)]
struct Other {
    name: String,
    /// Whether this version has what the name is about.
    available: bool,
    #[serde(rename = "type")]
    kind: Option<&'static str>,
    /// Values that ask for nothing.
    off: &'static [&'static str],
    effect: String,
}

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
        Some(name) => match (hparams::find(&name), other(&name)) {
            (Some(found), _) => form.print(&Explained(row(found, &values)))?,
            (None, Some(found)) => form.print(&found)?,
            (None, None) => return Err(unknown(name)),
        },
        None => form.print(&Table {
            preset: arguments.preset,
            presets: PRESETS.iter().map(|preset| preset.name).collect(),
            hparams: HPARAMS.iter().map(|hparam| row(hparam, &values)).collect(),
        })?,
    }
    Ok(Ending::Done)
}

/// What is known of a name without a row in the table.
fn other(name: &str) -> Option<Other> {
    if let Some(inert) = hparams::find_inert(name) {
        return Some(Other::from(inert));
    }
    let (kind, effect) = if let Some(attention) = hparams::attention_switch(name) {
        let effect = format!("true is the same as `attention_type={}`", attention.name());
        (Some("bool"), effect)
    } else {
        Sections::all().find(|section| *section == name)?;
        let effect = "a section of the configuration file, see the manual".to_owned();
        (None, effect)
    };
    Some(Other {
        name: name.to_owned(),
        available: true,
        kind,
        off: &[],
        effect,
    })
}

impl From<&'static Inert> for Other {
    fn from(inert: &'static Inert) -> Self {
        let effect = match inert.otherwise {
            Otherwise::Ignored => "taken and ignored: it concerns another library".to_owned(),
            Otherwise::Instead(word) => word.of(Locale::En).replace("; hint: ", "; "),
            Otherwise::Refused(word) => {
                format!("{} is not in this version", word.of(Locale::En))
            }
        };
        Self {
            name: inert.name.to_owned(),
            available: false,
            kind: Some(inert.kind.name()),
            off: inert.off,
            effect,
        }
    }
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

impl fmt::Display for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.available {
            true => writeln!(f, "{}", self.name)?,
            false => writeln!(f, "{}: no hyper-parameter of this version", self.name)?,
        }
        write!(f, "{}", self.effect)?;
        if let Some(kind) = self.kind {
            write!(f, "\ntype:    {kind}")?;
        }
        if !self.off.is_empty() {
            write!(f, "\nasks for nothing as: {}", self.off.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.markdown)
    }
}

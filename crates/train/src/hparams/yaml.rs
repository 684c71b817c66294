//! Hyper-parameters as a YAML file: flat names, complete when written, partial when read.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{
    assign::{find, wrong_type},
    choice::Locale,
    error::HparamError,
    hparam::Group,
    said::Said,
    sections::Sections,
    table::{HPARAMS, Hparams},
    value::Value,
};

/// Larger files are not configurations.
pub const MAX_CONFIG_BYTES: u64 = 1 << 20;

impl Hparams {
    /// Defaults overlaid with the keys of a YAML text.
    ///
    /// # Errors
    /// As [`Hparams::apply_yaml`].
    pub fn from_yaml(text: &str) -> Result<Self, HparamError> {
        let mut hparams = Self::default();
        hparams.apply_yaml(text)?;
        Ok(hparams)
    }

    /// Overlays the keys of a YAML text, all or none: flat names of hyper-parameters, and the sections
    /// `encryption`, `optimization`, `quality_control`, `search_space`. Gives back the sections of other crates.
    ///
    /// # Errors
    /// Text that is not YAML, an unknown key, a wrong type, a value out of range.
    pub fn apply_yaml(&mut self, text: &str) -> Result<Sections, HparamError> {
        self.overlay_yaml(text, &mut Said::default())
    }

    /// As [`Hparams::apply_yaml`], and notes what the text says.
    pub(super) fn overlay_yaml(
        &mut self,
        text: &str,
        said: &mut Said,
    ) -> Result<Sections, HparamError> {
        said.next_source();
        let mut changed = self.clone();
        let mut sections = Sections::default();
        let mut wrong = Vec::new();
        for (name, node) in read(text)? {
            if let Err(error) = changed.take_key(&name, node, &mut sections, said) {
                wrong.push(error);
            }
        }
        HparamError::all(wrong)?;
        changed.follow(said);
        *self = changed;
        Ok(sections)
    }

    /// One key of a file: a section, a hyper-parameter, or a name that has none here.
    fn take_key(
        &mut self,
        name: &str,
        node: serde_json::Value,
        sections: &mut Sections,
        said: &mut Said,
    ) -> Result<(), HparamError> {
        if Sections::is_section(name) {
            let settings = sections.add(name, node, said)?;
            return settings
                .iter()
                .try_for_each(|(name, value)| self.set(name, value));
        }
        let shown = shown(&node);
        let Some(row) = find(name) else {
            let refused = self.assign_otherwise(name, &shown, said);
            return refused.map_err(|error| match error {
                HparamError::Unknown { name, .. } if node.is_object() => {
                    let known = Sections::all().collect();
                    HparamError::UnknownSection { name, known }
                }
                error => error,
            });
        };
        let value = value_of(node)
            .and_then(|value| value.coerce(row.kind))
            .ok_or_else(|| wrong_type(row, &shown))?;
        said.name(row.name);
        self.set_value(row, &value)
    }

    /// All hyper-parameters as YAML, in groups; [`Hparams::from_yaml`] gives the same values back.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let mut text = String::new();
        for group in Group::ALL {
            let _ = writeln!(text, "# {}", group.title(Locale::En));
            for row in HPARAMS.iter().filter(|row| row.group == group) {
                let _ = writeln!(text, "{}: {}", row.name, row.value(self).to_yaml());
            }
        }
        text
    }
}

/// The keys of a text; a text without any is an empty configuration.
fn read(text: &str) -> Result<BTreeMap<String, serde_json::Value>, HparamError> {
    if text.len() as u64 > MAX_CONFIG_BYTES {
        return Err(HparamError::Yaml(format!(
            "{} bytes, a configuration has at most {MAX_CONFIG_BYTES}",
            text.len()
        )));
    }
    // No snippets: a line of the file may hold a token. Strict booleans: `y` is a text.
    let options = serde_saphyr::options! {
        with_snippet: false,
        strict_booleans: true,
    };
    let keys: Option<BTreeMap<String, serde_json::Value>> =
        serde_saphyr::from_str_with_options(text, options)
            .map_err(|error| HparamError::Yaml(error.to_string()))?;
    Ok(keys.unwrap_or_default())
}

/// A scalar or a list of texts and numbers; nothing else is a value.
fn value_of(node: serde_json::Value) -> Option<Value> {
    use serde_json::Value as Node;
    match node {
        Node::Bool(v) => Some(Value::Bool(v)),
        Node::Number(v) => match v.as_i64() {
            Some(v) => Some(Value::Int(v)),
            None => v.as_f64().filter(|v| v.is_finite()).map(Value::Float),
        },
        Node::String(v) => Some(Value::Text(v)),
        Node::Array(entries) => entries
            .into_iter()
            .map(|entry| match entry {
                Node::String(v) => Some(v),
                Node::Number(v) => Some(v.to_string()),
                // A stage of gradual training.
                Node::Array(_) => Some(entry.to_string()),
                _ => None,
            })
            .collect::<Option<Vec<String>>>()
            .map(Value::List),
        Node::Null | Node::Object(_) => None,
    }
}

/// The value as it is quoted in a message.
fn shown(node: &serde_json::Value) -> String {
    match node {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null => "none".to_owned(),
        other => other.to_string(),
    }
}

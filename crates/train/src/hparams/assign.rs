//! Giving hyper-parameters their values: the one way in for files, flags and overrides.

use super::{
    error::HparamError,
    hparam::Hparam,
    later::{INERT, find_inert},
    overrides::{self, Assignment, Literal},
    said::Said,
    sections::Sections,
    switches::ATTENTION_SWITCHES,
    table::{HPARAMS, Hparams},
    value::{Kind, Value},
};

/// Names less alike than this are not offered.
const LIKENESS: f64 = 0.75;

/// The row of `name` or of what else it is called; underscores and hyphens are the same.
#[must_use]
pub fn find(name: &str) -> Option<&'static Hparam> {
    let name = name.replace('-', "_");
    HPARAMS
        .iter()
        .find(|row| row.name == name || row.aliases.contains(&name.as_str()))
}

/// Every name that a configuration may hold.
fn known() -> impl Iterator<Item = &'static str> {
    HPARAMS
        .iter()
        .flat_map(|row| std::iter::once(row.name).chain(row.aliases.iter().copied()))
        .chain(INERT.iter().map(|row| row.name))
        .chain(ATTENTION_SWITCHES.iter().map(|(name, _)| *name))
        .chain(Sections::all())
}

/// At most three known names that look like `name`, best first.
#[must_use]
pub fn nearest(name: &str) -> Vec<String> {
    let mut scored: Vec<(f64, &str)> = known()
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(likeness, _)| *likeness >= LIKENESS)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored
        .iter()
        .take(3)
        .map(|(_, known)| (*known).to_owned())
        .collect()
}

impl Hparams {
    /// Sets one hyper-parameter from its text: `set("learning_rate", "1e-3")`. A list may be
    /// written with or without brackets.
    ///
    /// # Errors
    /// An unknown name, a value of the wrong type or out of range, a feature that is not available.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), HparamError> {
        let literal = match (find(name).map(|row| row.kind), text.trim()) {
            (Some(Kind::List), text) if text.starts_with('[') => {
                match overrides::parse(&format!("list={text}"))?.pop() {
                    Some(assignment) => assignment.literal,
                    None => Literal::Many(Vec::new()),
                }
            }
            (_, text) => Literal::One(text.to_owned()),
        };
        let assignment = Assignment {
            name: name.to_owned(),
            index: None,
            literal,
        };
        self.assign(&assignment, &mut Said::default())
    }

    /// Sets several from one text: `a=1,b=True,list=[1,2],list[0]=3,text='a,b'`. All or none.
    ///
    /// # Errors
    /// As [`Hparams::set`], and a text of another form.
    pub fn apply_overrides(&mut self, text: &str) -> Result<(), HparamError> {
        let mut said = Said::default();
        self.overlay_text(text, &mut said)?;
        self.follow(&mut said);
        Ok(())
    }

    /// As [`Hparams::apply_overrides`], without what follows from the names.
    pub(super) fn overlay_text(&mut self, text: &str, said: &mut Said) -> Result<(), HparamError> {
        let mut changed = self.clone();
        let mut wrong = Vec::new();
        for assignment in overrides::parse(text)? {
            if let Err(error) = changed.assign(&assignment, said) {
                wrong.push(error);
            }
        }
        HparamError::all(wrong)?;
        *self = changed;
        Ok(())
    }

    /// The value of one hyper-parameter by its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value> {
        find(name).map(|row| row.value(self))
    }

    fn assign(&mut self, assignment: &Assignment, said: &mut Said) -> Result<(), HparamError> {
        let name = &assignment.name;
        let Some(row) = find(name) else {
            return self.assign_otherwise(name, &text_of(&assignment.literal), said);
        };
        said.name(row.name);
        let value = match (assignment.index, &assignment.literal) {
            (Some(index), literal) => self.with_entry(row, index, literal)?,
            (None, Literal::Many(texts)) if row.kind == Kind::List => Value::List(texts.clone()),
            (None, Literal::One(text)) => {
                Value::parse(row.kind, text).ok_or_else(|| wrong_type(row, text))?
            }
            (None, literal) => return Err(wrong_type(row, &text_of(literal))),
        };
        self.set_value(row, &value)
    }

    /// Sets what has no row: an older switch, or a name that asks for nothing.
    pub(super) fn assign_otherwise(
        &mut self,
        name: &str,
        text: &str,
        said: &mut Said,
    ) -> Result<(), HparamError> {
        self.turn_switch(&name.replace('-', "_"), text)
            .unwrap_or_else(|| accept_inert(name, text, said))
    }

    /// The list of `row` with one entry replaced.
    fn with_entry(
        &self,
        row: &Hparam,
        index: usize,
        literal: &Literal,
    ) -> Result<Value, HparamError> {
        let problem = |reason: String| HparamError::Index {
            name: row.name.to_owned(),
            index,
            reason,
        };
        let Value::List(mut list) = row.value(self) else {
            return Err(problem(format!("it is {}, not a list", row.kind)));
        };
        let length = list.len();
        let (Some(entry), Literal::One(text)) = (list.get_mut(index), literal) else {
            return Err(problem(format!(
                "the list has {length} entries, each one text"
            )));
        };
        entry.clone_from(text);
        Ok(Value::List(list))
    }

    /// Sets the hyper-parameter of `row`, checking type and range.
    pub(super) fn set_value(&mut self, row: &Hparam, value: &Value) -> Result<(), HparamError> {
        if value.kind() != row.kind {
            return Err(wrong_type(row, &value.to_string()));
        }
        if !row.range.holds(value) || !(row.set)(self, value) {
            return Err(HparamError::OutOfRange {
                name: row.name.to_owned(),
                value: value.to_string(),
                range: row.range,
            });
        }
        Ok(())
    }
}

/// Accepts a name that has no hyper-parameter here; refuses what nobody knows.
fn accept_inert(name: &str, value: &str, said: &mut Said) -> Result<(), HparamError> {
    match find_inert(name) {
        Some(inert) => inert.accept(value, said),
        None => Err(HparamError::Unknown {
            name: name.to_owned(),
            nearest: nearest(name),
        }),
    }
}

pub(super) fn wrong_type(row: &Hparam, value: &str) -> HparamError {
    wrong_type_of(row.name, value, row.kind)
}

pub(super) fn wrong_type_of(name: &str, value: &str, expected: Kind) -> HparamError {
    HparamError::Type {
        name: name.to_owned(),
        value: value.to_owned(),
        expected,
    }
}

fn text_of(literal: &Literal) -> String {
    match literal {
        Literal::One(text) => text.clone(),
        Literal::Many(texts) => Value::List(texts.clone()).to_string(),
    }
}

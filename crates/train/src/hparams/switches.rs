//! Older names that say with a truth value what one of ours says with a word.

use diktor_model::AttentionType;

use super::{
    assign::wrong_type_of,
    error::HparamError,
    table::Hparams,
    value::{Kind, Value},
};

/// Each name with the attention it asks for.
pub(super) static ATTENTION_SWITCHES: &[(&str, AttentionType)] = &[
    ("use_location_sensitive_attention", AttentionType::Location),
    ("use_forward_attention", AttentionType::Forward),
    ("use_location_relative_attention", AttentionType::Dca),
];

/// The attention that an older switch asks for, if `name` is one.
#[must_use]
pub fn attention_switch(name: &str) -> Option<AttentionType> {
    let name = name.replace('-', "_");
    let mut switches = ATTENTION_SWITCHES.iter();
    Some(switches.find(|(switch, _)| *switch == name)?.1)
}

impl Hparams {
    /// Turns an older switch, if `name` is one: `true` asks for its attention, `false` for any
    /// other, which is the location-sensitive one.
    ///
    /// # Errors
    /// The value is no truth value, or asks for another attention without saying which.
    pub(super) fn turn_switch(
        &mut self,
        name: &str,
        text: &str,
    ) -> Option<Result<(), HparamError>> {
        let (name, asked) = *ATTENTION_SWITCHES
            .iter()
            .find(|(switch, _)| *switch == name)?;
        let Some(Value::Bool(on)) = Value::parse(Kind::Bool, text) else {
            return Some(Err(wrong_type_of(name, text, Kind::Bool)));
        };
        if on {
            self.attention_type = asked;
        } else if self.attention_type == asked {
            if asked == AttentionType::Location {
                return Some(Err(HparamError::Conflict {
                    what: format!("`{name}` = `{text}` does not say which attention instead"),
                    hint: format!(
                        "set `attention_type` to one of {}",
                        AttentionType::NAMES[1..].join(", ")
                    ),
                }));
            }
            self.attention_type = AttentionType::Location;
        }
        Some(Ok(()))
    }
}

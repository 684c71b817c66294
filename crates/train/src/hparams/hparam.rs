//! One row of the table of hyper-parameters, and the macro that turns rows into a struct.

use super::{
    choice::Locale,
    table::Hparams,
    value::{Kind, Range, Value},
};

/// What belongs together in lists and in the documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Length of the run, seed, language.
    Run,
    /// Learning rate, optimiser, clipping.
    Optimisation,
    /// Checkpoints, validation, starting from another model.
    Checkpoints,
    /// Where the data is, what is kept of it, how it is batched.
    Data,
    /// Features: rate, window, mel bins.
    Audio,
    /// Sizes of the network, dropouts, reduction factor.
    Model,
    /// Weights and form of the losses.
    Loss,
    /// What the run does about itself: phases, fixes, alarms, early stopping.
    Control,
    /// Free-running synthesis.
    Inference,
    /// What is done when a step goes wrong.
    Recovery,
}

impl Group {
    /// All groups in the order of the documentation.
    pub const ALL: [Self; 10] = [
        Self::Run,
        Self::Optimisation,
        Self::Checkpoints,
        Self::Data,
        Self::Audio,
        Self::Model,
        Self::Loss,
        Self::Control,
        Self::Inference,
        Self::Recovery,
    ];

    /// Its heading.
    #[must_use]
    pub const fn title(self, locale: Locale) -> &'static str {
        match (self, locale) {
            (Self::Run, Locale::En) => "Run",
            (Self::Run, Locale::Ru) => "Запуск",
            (Self::Optimisation, Locale::En) => "Optimisation",
            (Self::Optimisation, Locale::Ru) => "Оптимизация",
            (Self::Checkpoints, Locale::En) => "Checkpoints and validation",
            (Self::Checkpoints, Locale::Ru) => "Чекпойнты и валидация",
            (Self::Data, Locale::En) => "Data",
            (Self::Data, Locale::Ru) => "Данные",
            (Self::Audio, Locale::En) => "Audio",
            (Self::Audio, Locale::Ru) => "Звук",
            (Self::Model, Locale::En) => "Model",
            (Self::Model, Locale::Ru) => "Модель",
            (Self::Loss, Locale::En) => "Losses",
            (Self::Loss, Locale::Ru) => "Функции потерь",
            (Self::Control, Locale::En) => "Control",
            (Self::Control, Locale::Ru) => "Управление",
            (Self::Inference, Locale::En) => "Synthesis",
            (Self::Inference, Locale::Ru) => "Синтез",
            (Self::Recovery, Locale::En) => "Faults and recovery",
            (Self::Recovery, Locale::Ru) => "Сбои и восстановление",
        }
    }
}

/// One hyper-parameter: all that is known about it.
#[derive(Debug)]
pub struct Hparam {
    /// Its name, the same in the struct, in files and in overrides.
    pub name: &'static str,
    /// Other names it is known by.
    pub aliases: &'static [&'static str],
    /// Its type.
    pub kind: Kind,
    /// What it may be.
    pub range: Range,
    /// Where it stands in lists.
    pub group: Group,
    /// Where the default comes from.
    pub source: &'static str,
    pub(super) en: &'static str,
    pub(super) ru: &'static str,
    pub(super) get: fn(&Hparams) -> Value,
    pub(super) set: fn(&mut Hparams, &Value) -> bool,
}

impl Hparam {
    /// What it does, in one sentence.
    #[must_use]
    pub const fn effect(&self, locale: Locale) -> &'static str {
        match locale {
            Locale::En => self.en,
            Locale::Ru => self.ru,
        }
    }

    /// Its value in `hparams`.
    #[must_use]
    pub fn value(&self, hparams: &Hparams) -> Value {
        (self.get)(hparams)
    }

    /// Its default.
    #[must_use]
    pub fn default_value(&self) -> Value {
        self.value(&Hparams::default())
    }
}

/// Rows in, three things out: the struct, its defaults, and the table about it.
macro_rules! hparams {
    ($($group:ident {
        $($name:ident: $type:ty = $default:expr, $range:expr, [$($alias:literal),*], $source:literal,
            $en:literal, $ru:literal;)+
    })+) => {
        /// The hyper-parameters of a run. Every field stands in [`HPARAMS`] under its own name.
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Hparams {
            $($(#[doc = $en] pub $name: $type,)+)+
        }

        impl Default for Hparams {
            fn default() -> Self {
                Self { $($($name: $default,)+)+ }
            }
        }

        /// Every hyper-parameter, in the order of the documentation.
        pub static HPARAMS: &[Hparam] = &[
            $($(Hparam {
                name: stringify!($name),
                aliases: &[$($alias),*],
                kind: <$type as Typed>::KIND,
                range: $range,
                group: Group::$group,
                source: $source,
                en: $en,
                ru: $ru,
                get: |hparams| Typed::get(&hparams.$name),
                set: |hparams, value| match <$type as Typed>::from_value(value) {
                    Some(value) => {
                        hparams.$name = value;
                        true
                    }
                    None => false,
                },
            },)+)+
        ];
    };
}
pub(super) use hparams;

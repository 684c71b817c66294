//! Gender, and the endings that ordinals take.

/// Gender of what is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gender {
    Masculine,
    Feminine,
    Neuter,
}

/// Endings of an adjective, as an ordinal takes them, by the form of `новый`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// новый
    Yj,
    /// новая
    Aja,
    /// новое
    Oje,
    /// нового
    Ogo,
    /// новому
    Omu,
    /// новым
    Ym,
    /// новом
    Om,
    /// новой
    Oj,
    /// новую
    Uju,
    /// новые
    Yje,
    /// новых
    Yh,
    /// новыми
    Ymi,
}

impl Form {
    /// The form by how an adjective or a suffix ends.
    pub(super) fn of_ending(ending: &str) -> Option<Self> {
        Some(match ending {
            "й" | "ый" | "ий" => Self::Yj,
            "я" | "ая" | "ья" => Self::Aja,
            "е" | "ое" | "ье" => Self::Oje,
            "го" | "ого" | "его" => Self::Ogo,
            "му" | "ому" | "ему" => Self::Omu,
            "ым" | "им" => Self::Ym,
            "м" | "ом" | "ем" => Self::Om,
            "ой" | "ей" => Self::Oj,
            "ю" | "ую" | "ью" => Self::Uju,
            "ые" | "ие" => Self::Yje,
            "х" | "ых" | "их" => Self::Yh,
            "ми" | "ыми" | "ими" => Self::Ymi,
            _ => return None,
        })
    }

    /// The endings of most ordinals.
    pub(super) fn hard(self) -> &'static str {
        match self {
            Self::Yj => "ый",
            Self::Aja => "ая",
            Self::Oje => "ое",
            Self::Ogo => "ого",
            Self::Omu => "ому",
            Self::Ym => "ым",
            Self::Om => "ом",
            Self::Oj => "ой",
            Self::Uju => "ую",
            Self::Yje => "ые",
            Self::Yh => "ых",
            Self::Ymi => "ыми",
        }
    }

    /// The endings of `третий`.
    pub(super) fn soft(self) -> &'static str {
        match self {
            Self::Yj => "ий",
            Self::Aja => "ья",
            Self::Oje => "ье",
            Self::Ogo => "ьего",
            Self::Omu => "ьему",
            Self::Ym => "ьим",
            Self::Om => "ьем",
            Self::Oj => "ьей",
            Self::Uju => "ью",
            Self::Yje => "ьи",
            Self::Yh => "ьих",
            Self::Ymi => "ьими",
        }
    }
}

//! Names that configurations may carry and that change nothing here.
//!
//! What a name asks for is never silently not done: a value that asks for nothing is accepted, any other is accepted
//! with a word on what is done instead, or refused where a training would be another one.

use super::{
    assign::wrong_type_of,
    choice::Locale,
    error::HparamError,
    said::Said,
    value::{Kind, Value},
};

/// A name without a hyper-parameter of this version.
#[derive(Debug)]
pub struct Inert {
    /// The name.
    pub name: &'static str,
    /// The type of its values.
    pub kind: Kind,
    /// Values that ask for nothing.
    pub off: &'static [&'static str],
    /// What becomes of every other value.
    pub otherwise: Otherwise,
}

/// What becomes of a value that asks for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Otherwise {
    /// It concerns other libraries and changes nothing.
    Ignored,
    /// It is taken, and this is said: what is done instead.
    Instead(Word),
    /// It is refused: the feature, in words.
    Refused(Word),
}

/// The same in both languages of the documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    en: &'static str,
    ru: &'static str,
}

impl Word {
    /// In one language.
    #[must_use]
    pub const fn of(self, locale: Locale) -> &'static str {
        match locale {
            Locale::En => self.en,
            Locale::Ru => self.ru,
        }
    }
}

use Otherwise::{Ignored, Instead, Refused};

/// No device of this program has kernels of the decoder for f16, and their range would need loss scaling besides.
const F16: Otherwise = Instead(Word {
    en: "nothing trains in f16 here, the run computes in f32; hint: `weight_dtype=bf16` is what saves memory traffic on the CPU",
    ru: "обучения в f16 нет, запуск считает в f32; память на CPU экономит `weight_dtype=bf16`",
});
const SCALING: Otherwise = Instead(Word {
    en: "losses are f32 here and need no scaling, so nothing is scaled",
    ru: "потери считаются в f32, масштабировать их незачем, и они не масштабируются",
});
const DISTRIBUTED: Otherwise = Instead(Word {
    en: "training on several devices is not in this version, the run uses one; hint: `gradient_accumulation_steps=N` makes each step of N batches",
    ru: "обучения на нескольких устройствах в этой версии нет, запуск идёт на одном; `gradient_accumulation_steps=N` собирает шаг из N батчей",
});
/// What is said of every setting of the tuner, and of its sections.
pub(super) const TUNER: Word = Word {
    en: "for the tuner, which this version does not have: the training starts without it",
    ru: "для тюнера, которого в этой версии нет: обучение начинается без него",
};
const WARM: Otherwise = Refused(Word {
    en: "a warm start by hyper-parameter (use `--checkpoint FILE --warm-start`)",
    ru: "warm start гиперпараметром (вместо него `--checkpoint FILE --warm-start`)",
});
const FULL_SCALE: Otherwise = Refused(Word {
    en: "another full scale than 32768",
    ru: "другая полная шкала, не 32768",
});
const MELS: Otherwise = Refused(Word {
    en: "reading mel spectrograms instead of recordings",
    ru: "чтение мел-спектрограмм вместо записей",
});

const fn row(
    name: &'static str,
    kind: Kind,
    off: &'static [&'static str],
    otherwise: Otherwise,
) -> Inert {
    Inert {
        name,
        kind,
        off,
        otherwise,
    }
}

const FALSE: &[&str] = &["false"];

/// All of them.
pub static INERT: &[Inert] = &[
    row("cudnn_enabled", Kind::Bool, &[], Ignored),
    row("cudnn_benchmark", Kind::Bool, &[], Ignored),
    row("max_wav_value", Kind::Float, &["32768"], FULL_SCALE),
    row("fp16_run", Kind::Bool, FALSE, F16),
    row("amp_dtype", Kind::Text, &["bf16", "fp16"], F16),
    row("dynamic_loss_scaling", Kind::Bool, FALSE, SCALING),
    row("loss_scale_init", Kind::Float, &["65536"], SCALING),
    row("loss_scale_window", Kind::Int, &["2000"], SCALING),
    row("distributed_run", Kind::Bool, FALSE, DISTRIBUTED),
    row("dist_backend", Kind::Text, &["nccl"], DISTRIBUTED),
    row(
        "dist_url",
        Kind::Text,
        &["tcp://localhost:54321"],
        DISTRIBUTED,
    ),
    row("warm_start", Kind::Bool, FALSE, WARM),
    row("load_mel_from_disk", Kind::Bool, FALSE, MELS),
    row("search_algorithm", Kind::Text, &["none"], Instead(TUNER)),
    row("n_trials", Kind::Int, &["0"], Instead(TUNER)),
    row("resume_from_checkpoint", Kind::Bool, FALSE, Instead(TUNER)),
    row("n_startup_iters", Kind::Int, &["1000"], Instead(TUNER)),
    row("min_delta", Kind::Float, &["5e-4"], Instead(TUNER)),
    row("patience", Kind::Int, &["5"], Instead(TUNER)),
    row("max_runtime_hours", Kind::Float, &["48"], Instead(TUNER)),
    row(
        "objective_metric",
        Kind::Text,
        &["composite_tts_score"],
        Instead(TUNER),
    ),
    row(
        "optimization_timeout",
        Kind::Float,
        &["none"],
        Instead(TUNER),
    ),
];

/// The row of `name`, if it has one; underscores and hyphens are the same.
#[must_use]
pub fn find_inert(name: &str) -> Option<&'static Inert> {
    let name = name.replace('-', "_");
    INERT.iter().find(|row| row.name == name)
}

impl Inert {
    /// Accepts a value, and notes what is to be said of it.
    ///
    /// # Errors
    /// A value of another type, or one that asks for what the program refuses.
    pub(super) fn accept(&self, value: &str, said: &mut Said) -> Result<(), HparamError> {
        if self.off.iter().any(|off| same(off, value)) {
            said.unsay(self.name);
            return Ok(());
        }
        if self.otherwise != Ignored && Value::parse(self.kind, value).is_none() {
            return Err(wrong_type_of(self.name, value, self.kind));
        }
        match self.otherwise {
            Ignored => Ok(()),
            Instead(word) => {
                said.note(self.name, word.of(Locale::En).to_owned());
                Ok(())
            }
            Refused(feature) => Err(HparamError::NotAvailable {
                name: self.name.to_owned(),
                value: value.to_owned(),
                feature: feature.of(Locale::En),
                off: self.off[0],
            }),
        }
    }
}

/// Equal as texts, as numbers, or as truth values.
fn same(off: &str, value: &str) -> bool {
    let numbers = (off.parse::<f64>(), value.parse::<f64>());
    match (off, value) {
        ("true", "True" | "TRUE" | "1") | ("false", "False" | "FALSE" | "0") => true,
        _ if off.replace(' ', "") == value.replace(' ', "") => true,
        _ => matches!(numbers, (Ok(a), Ok(b)) if a == b),
    }
}

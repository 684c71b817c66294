//! The words of the debug report, per language.

use diktor_track::{Collapse, report::ReportLocale};

use super::{Direction, GradientState, Size};

/// Everything the report says by itself. A field that a language lacks does not compile.
pub(super) struct Words {
    pub(super) locale: ReportLocale,
    /// Step, epoch, hours in this session, steps per second.
    pub(super) heading: fn(u64, u64, &str, &str) -> String,
    /// Losses over so many steps.
    pub(super) losses: fn(usize) -> String,
    pub(super) directions: fn(Direction) -> &'static str,
    pub(super) sizes: fn(Size) -> &'static str,
    pub(super) attention: &'static str,
    /// Labels of the figures of an attention, in the order of [`super::text::attention_figures`].
    pub(super) figures: [&'static str; 11],
    pub(super) nats: &'static str,
    /// The worst utterance, and how its attention fails.
    pub(super) worst: fn(&str, &str) -> String,
    pub(super) classes: fn(Collapse) -> &'static str,
    pub(super) gradients: &'static str,
    pub(super) states: fn(GradientState) -> &'static str,
    /// Norm, what it is like, its limit, share of clipped steps, share of zeros.
    pub(super) norm: fn([&str; 5]) -> String,
    pub(super) modules: &'static str,
    pub(super) largest: &'static str,
    pub(super) not_finite: &'static str,
    pub(super) scaler: &'static str,
    pub(super) gaf: &'static str,
    pub(super) off: &'static str,
    pub(super) settings: &'static str,
    pub(super) data: &'static str,
    /// Utterances, frames of the longest, share of padding.
    pub(super) batch: fn(usize, usize, &str) -> String,
    pub(super) machine: &'static str,
    /// Load in per cent, and cores.
    pub(super) load: fn(&str, usize) -> String,
    /// MiB used, and MiB there are.
    pub(super) memory: fn(&str, &str) -> String,
    /// MiB of GPUs that the run holds.
    pub(super) gpu_memory: fn(&str) -> String,
    pub(super) no_gpu_memory: &'static str,
    /// MiB left on the disk.
    pub(super) disk: fn(&str) -> String,
    pub(super) issues: &'static str,
    pub(super) decisions: &'static str,
    pub(super) step: &'static str,
    pub(super) none: &'static str,
    pub(super) last_steps: &'static str,
}

impl Words {
    pub(super) fn of(locale: ReportLocale) -> &'static Self {
        match locale {
            ReportLocale::En => &EN,
            ReportLocale::Ru => &RU,
        }
    }
}

const EN: Words = Words {
    locale: ReportLocale::En,
    heading: |step, epoch, hours, pace| {
        format!("step {step}, epoch {epoch}, {hours} h in this session, {pace} steps/s")
    },
    losses: |steps| {
        format!("losses: newest, least, most, mean and slope per step of the last {steps}")
    },
    directions: |direction| match direction {
        Direction::Rising => "rising",
        Direction::Falling => "falling",
        Direction::Level => "level",
    },
    sizes: |size| match size {
        Size::VeryHigh => "very high",
        Size::High => "high",
        Size::VeryLow => "very low",
        Size::Usual => "usual",
    },
    attention: "attention of the batch",
    figures: [
        "diagonality",
        "focus",
        "entropy",
        "of the largest possible",
        "coverage",
        "strongest weight of a symbol",
        "in order",
        "way forward",
        "skips",
        "ends at, of the text",
        "alignment score",
    ],
    nats: "nats",
    worst: |id, does| format!("worst utterance `{id}`: attention {does}"),
    classes: |class| match class {
        Collapse::Uniform => "looks at the whole text alike",
        Collapse::Stuck => "does not leave a few symbols",
        Collapse::Random => "jumps about the text",
        Collapse::Stalled => "does not reach the end of the text",
        Collapse::Skipping => "skips symbols",
        Collapse::Ok => "follows the text",
    },
    gradients: "gradients",
    states: |state| match state {
        GradientState::NotFinite => "not finite",
        GradientState::Explosion => "too large",
        GradientState::Vanishing => "vanishing",
        GradientState::Usual => "usual",
    },
    norm: |[norm, state, limit, clipped, zeros]| {
        format!(
            "norm {norm} before clipping, {state}; limit {limit}, {clipped} of the remembered steps clipped, {zeros} of the elements are zero"
        )
    },
    modules: "norm by module",
    largest: "largest norms",
    not_finite: "not finite",
    scaler: "loss scaler: off, gradients are f32",
    gaf: "adaptive factor of mutual information",
    off: "off",
    settings: "settings",
    data: "data",
    batch: |utterances, longest, padding| {
        format!(
            "{utterances} utterances in the batch, the longest of {longest} frames, {padding} padding"
        )
    },
    machine: "machine",
    load: |load, cores| format!("load {load} of {cores} cores"),
    memory: |used, all| format!("memory {used} of {all} MiB"),
    gpu_memory: |held| format!("GPU memory {held} MiB"),
    no_gpu_memory: "GPU memory: this run holds none",
    disk: |left| format!("disk {left} MiB left"),
    issues: "issues",
    decisions: "decisions",
    step: "step",
    none: "none",
    last_steps: "last steps",
};

const RU: Words = Words {
    locale: ReportLocale::Ru,
    heading: |step, epoch, hours, pace| {
        format!("шаг {step}, эпоха {epoch}; в этом сеансе {hours} ч, шагов в секунду {pace}")
    },
    losses: |steps| {
        format!(
            "потери: последние, наименьшие, наибольшие, средние и наклон за шаг, по последним {steps} шагам"
        )
    },
    directions: |direction| match direction {
        Direction::Rising => "растут",
        Direction::Falling => "снижаются",
        Direction::Level => "без изменений",
    },
    sizes: |size| match size {
        Size::VeryHigh => "очень велики",
        Size::High => "велики",
        Size::VeryLow => "очень малы",
        Size::Usual => "обычны",
    },
    attention: "внимание батча",
    figures: [
        "диагональность",
        "фокус",
        "энтропия",
        "от наибольшей возможной",
        "охват",
        "наибольший вес символа",
        "порядок",
        "путь вперёд",
        "скачки",
        "кончается на доле текста",
        "оценка выравнивания",
    ],
    nats: "нат",
    worst: |id, does| format!("худшая фраза `{id}`: внимание {does}"),
    classes: |class| match class {
        Collapse::Uniform => "смотрит на весь текст одинаково",
        Collapse::Stuck => "не сходит с нескольких символов",
        Collapse::Random => "прыгает по тексту",
        Collapse::Stalled => "не доходит до конца текста",
        Collapse::Skipping => "пропускает символы",
        Collapse::Ok => "идёт по тексту",
    },
    gradients: "градиенты",
    states: |state| match state {
        GradientState::NotFinite => "не конечное число",
        GradientState::Explosion => "слишком велика",
        GradientState::Vanishing => "исчезает",
        GradientState::Usual => "обычная",
    },
    norm: |[norm, state, limit, clipped, zeros]| {
        format!(
            "норма {norm} до обрезки, {state}; предел {limit}, обрезано {clipped} последних шагов, нулей {zeros}"
        )
    },
    modules: "норма по модулям",
    largest: "наибольшие нормы",
    not_finite: "не конечные числа",
    scaler: "масштаб потерь: не нужен, градиенты хранятся в `f32`",
    gaf: "адаптивный множитель взаимной информации",
    off: "выключен",
    settings: "параметры",
    data: "данные",
    batch: |utterances, longest, padding| {
        format!("фраз в батче {utterances}, кадров в самой длинной {longest}, заполнения {padding}")
    },
    machine: "машина",
    load: |load, cores| format!("нагрузка {load}, ядер {cores}"),
    memory: |used, all| format!("память: занято {used} из {all} МиБ"),
    gpu_memory: |held| format!("память GPU: занято {held} МиБ"),
    no_gpu_memory: "память GPU: запуск её не занимает",
    disk: |left| format!("диск: свободно {left} МиБ"),
    issues: "неполадки",
    decisions: "решения",
    step: "шаг",
    none: "нет",
    last_steps: "последние шаги",
};

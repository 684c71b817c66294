//! What stands around pictures, per language.

use crate::report::ReportLocale;

/// Names of axes and colours.
pub(super) struct Words {
    pub(super) decoder_step: &'static str,
    pub(super) symbol: &'static str,
    pub(super) attention_weight: &'static str,
    pub(super) frame: &'static str,
    pub(super) mel_bin: &'static str,
    pub(super) log_amplitude: &'static str,
    pub(super) no_data: &'static str,
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
    decoder_step: "decoder step",
    symbol: "symbol of the text",
    attention_weight: "attention weight",
    frame: "frame",
    mel_bin: "mel bin",
    log_amplitude: "log amplitude, nats",
    no_data: "no data",
};

const RU: Words = Words {
    decoder_step: "шаг декодера",
    symbol: "символ текста",
    attention_weight: "вес внимания",
    frame: "кадр",
    mel_bin: "мел-полоса",
    log_amplitude: "логарифм амплитуды, нат",
    no_data: "нет данных",
};

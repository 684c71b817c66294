//! The documentation of the hyper-parameters, in Markdown.

use std::fmt::Write as _;

use super::{
    choice::Locale,
    hparam::{Group, Hparam},
    later::{INERT, Otherwise},
    preset::PRESETS,
    switches::ATTENTION_SWITCHES,
    table::HPARAMS,
    value::{Range, Value},
};

struct Words {
    head: &'static str,
    columns: &'static str,
    any: &'static str,
    odd: &'static str,
    stages: &'static str,
    presets: &'static str,
    presets_text: &'static str,
    switches: &'static str,
    switches_text: &'static str,
    later: &'static str,
    later_text: &'static str,
    ignored: &'static str,
    otherwise: &'static str,
    refused: &'static str,
}

const EN: Words = Words {
    head: "A later source wins: defaults < `--preset` < `--config FILE` < flags < `--hparams`.\n\
`--hparams \"learning_rate=1e-3,use_guided_attn=True,text_cleaners=[english_cleaners],ignore_layers[0]='embedding.weight'\"`: \
texts that hold a comma stand in quotes. An unknown name is refused with the nearest known one, a value out of range with its range. \
`config.yaml` of a run directory holds every value of that run; `--config` on it repeats the run.\n\n\
`diktor hparams` lists them, `diktor hparams NAME` explains one.\n",
    columns: "| name | type | default | range | effect | default from |\n|---|---|---|---|---|---|\n",
    any: "",
    odd: "odd",
    stages: "`step:r`, `step:r:batch_size`",
    presets: "Presets",
    presets_text: "What a preset sets; the rest are defaults.",
    switches: "Older switches",
    switches_text: "Names that other versions have for a choice of ours: `true` is the same as the right side.",
    later: "Names without a hyper-parameter here",
    later_text: "Names of features this version does not have. The values shown ask for nothing. Any other is taken with a word on what is done instead, or refused.",
    ignored: "any, ignored",
    otherwise: "otherwise",
    refused: "refused otherwise",
};

const RU: Words = Words {
    head: "Более поздний источник главнее: значения по умолчанию < `--preset` < `--config ФАЙЛ` < флаги < `--hparams`.\n\
`--hparams \"learning_rate=1e-3,use_guided_attn=True,text_cleaners=[english_cleaners],ignore_layers[0]='embedding.weight'\"`: \
текст с запятой берут в кавычки. На неизвестное имя программа отвечает ошибкой и называет ближайшее известное, на значение вне диапазона — ошибкой с диапазоном. \
`config.yaml` в каталоге запуска хранит все его значения; с ним в `--config` запуск можно повторить.\n\n\
`diktor hparams` выводит список, `diktor hparams ИМЯ` объясняет один гиперпараметр.\n",
    columns: "| имя | тип | по умолчанию | диапазон | действие | откуда |\n|---|---|---|---|---|---|\n",
    any: "",
    odd: "нечётное",
    stages: "`шаг:r`, `шаг:r:batch_size`",
    presets: "Пресеты",
    presets_text: "Что задаёт пресет; остальное — по умолчанию.",
    switches: "Старые переключатели",
    switches_text: "Имена, под которыми наш выбор известен в других версиях: `true` — то же, что написано справа.",
    later: "Имена, за которыми здесь нет гиперпараметра",
    later_text: "Имена возможностей, которых в этой версии нет. Указанные значения ничего не требуют. Любое другое либо принимается с объяснением, что делается вместо этого, либо отклоняется.",
    ignored: "любое, не влияет",
    otherwise: "иначе",
    refused: "иначе отклоняется",
};

/// The reference in one language, without its heading: what `docs/en/hparams.md` and
/// `docs/ru/hparams.md` hold, and `diktor hparams --markdown` prints.
#[must_use]
pub fn markdown(locale: Locale) -> String {
    let words = match locale {
        Locale::En => &EN,
        Locale::Ru => &RU,
    };
    let mut page = words.head.to_owned();
    for group in Group::ALL {
        let _ = write!(page, "\n## {}\n\n{}", group.title(locale), words.columns);
        for row in HPARAMS.iter().filter(|row| row.group == group) {
            line(&mut page, row, locale, words);
        }
    }
    presets(&mut page, words);
    switches(&mut page, words);
    later(&mut page, locale, words);
    page
}

fn line(page: &mut String, row: &Hparam, locale: Locale, words: &Words) {
    let aliases: String = row
        .aliases
        .iter()
        .map(|alias| format!(", `{alias}`"))
        .collect();
    let range = match row.range {
        Range::Any => words.any.to_owned(),
        Range::Int(low, high) => bounds(&Value::Int(low), &Value::Int(high)),
        Range::Odd(low, high) => {
            format!(
                "{}, {}",
                bounds(&Value::Int(low), &Value::Int(high)),
                words.odd
            )
        }
        Range::Float(low, high) => bounds(&Value::Float(low), &Value::Float(high)),
        Range::Stages => words.stages.to_owned(),
        Range::Choice(names) => {
            let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            quoted.join(", ")
        }
    };
    let _ = writeln!(
        page,
        "| `{}`{aliases} | {} | `{}` | {range} | {} | {} |",
        row.name,
        row.kind.name(),
        row.default_value().to_yaml(),
        row.effect(locale),
        row.source
    );
}

fn bounds(low: &Value, high: &Value) -> String {
    format!("{low} … {high}")
}

fn presets(page: &mut String, words: &Words) {
    let _ = write!(page, "\n## {}\n\n{}\n", words.presets, words.presets_text);
    for preset in PRESETS {
        let _ = write!(
            page,
            "\n### `{}`\n\n```yaml\n{}```\n",
            preset.name, preset.yaml
        );
    }
}

fn switches(page: &mut String, words: &Words) {
    let _ = write!(
        page,
        "\n## {}\n\n{}\n\n",
        words.switches, words.switches_text
    );
    for (name, attention) in ATTENTION_SWITCHES {
        let _ = writeln!(page, "- `{name}`: `attention_type={}`", attention.name());
    }
}

fn later(page: &mut String, locale: Locale, words: &Words) {
    let _ = write!(page, "\n## {}\n\n{}\n\n", words.later, words.later_text);
    for inert in INERT {
        let quoted: Vec<String> = inert.off.iter().map(|off| format!("`{off}`")).collect();
        let off = quoted.join(", ");
        let _ = match inert.otherwise {
            Otherwise::Ignored => writeln!(page, "- `{}`: {}", inert.name, words.ignored),
            Otherwise::Instead(word) => {
                let word = word.of(locale).replace("; hint: ", "; ");
                writeln!(
                    page,
                    "- `{}`: {off}; {}: {word}",
                    inert.name, words.otherwise
                )
            }
            Otherwise::Refused(word) => {
                let word = word.of(locale);
                writeln!(page, "- `{}`: {off}; {}: {word}", inert.name, words.refused)
            }
        };
    }
}

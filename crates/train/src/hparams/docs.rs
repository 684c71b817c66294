//! The documentation of the hyper-parameters, in Markdown.

use std::fmt::Write as _;

use super::{
    choice::Locale,
    hparam::{Group, Hparam},
    later::INERT,
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
    later: "Accepted when they ask for nothing",
    later_text: "Names of features this version does not have. The values shown are accepted; any other is an error that says so.",
    ignored: "any, ignored",
};

const RU: Words = Words {
    head: "Более поздний источник главнее: значения по умолчанию < `--preset` < `--config ФАЙЛ` < флаги < `--hparams`.\n\
`--hparams \"learning_rate=1e-3,use_guided_attn=True,text_cleaners=[english_cleaners],ignore_layers[0]='embedding.weight'\"`: \
текст с запятой берётся в кавычки. Неизвестное имя отвергается с подсказкой ближайшего известного, значение вне диапазона — с диапазоном. \
`config.yaml` в каталоге запуска хранит все его значения; `--config` с ним повторяет запуск.\n\n\
`diktor hparams` выводит список, `diktor hparams ИМЯ` объясняет один параметр.\n",
    columns: "| имя | тип | по умолчанию | диапазон | действие | откуда |\n|---|---|---|---|---|---|\n",
    any: "",
    odd: "нечётное",
    stages: "`шаг:r`, `шаг:r:batch_size`",
    presets: "Пресеты",
    presets_text: "Что задаёт пресет; остальное — по умолчанию.",
    switches: "Старые переключатели",
    switches_text: "Имена, которыми другие версии называют наш выбор: `true` — то же, что правая часть.",
    later: "Принимаются, если ничего не просят",
    later_text: "Имена возможностей, которых в этой версии нет. Указанные значения принимаются; любое другое — ошибка, которая это говорит.",
    ignored: "любое, не влияет",
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
    later(&mut page, words);
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

fn later(page: &mut String, words: &Words) {
    let _ = write!(page, "\n## {}\n\n{}\n\n", words.later, words.later_text);
    for inert in INERT {
        let names: Vec<String> = inert.names.iter().map(|name| format!("`{name}`")).collect();
        let values = if inert.off.is_empty() {
            words.ignored.to_owned()
        } else {
            let quoted: Vec<String> = inert
                .off
                .iter()
                .map(|value| {
                    if value.is_empty() {
                        "``\"\"``".to_owned()
                    } else {
                        format!("`{value}`")
                    }
                })
                .collect();
            quoted.join(", ")
        };
        let _ = writeln!(page, "- {}: {values}", names.join(", "));
    }
}

//! Russian.

use super::Words;
use crate::{
    Collapse, EarlyLook, Oddity,
    report::{
        ReportLocale,
        diagnosis::{Fact, FlagKind, IndicatorKind},
        said,
    },
};

pub(super) const WORDS: Words = Words {
    lang: "ru",
    finding,
    finding_heads: ["Из чего это видно", "Посмотрите", "Что делать"],
    indicator: |kind| match kind {
        IndicatorKind::GradientNorm => "норма градиента, медиана 100 шагов",
        IndicatorKind::Diagonality => "диагональность внимания",
        IndicatorKind::RestartsAtZero => "перезапусков на шаге 0",
        IndicatorKind::Loss => "потери проверки",
        IndicatorKind::Quality => "качество, %",
    },
    flag: |kind| match kind {
        FlagKind::GradientNorm => "шагов из последних 100 с нормой градиента > 100",
        FlagKind::Diagonality => "диагональность внимания, когда ей пора быть",
        FlagKind::Restarts => "перезапусков подряд",
        FlagKind::LossStalled => "шагов без снижения потерь до появления внимания",
    },
    met: ["достигнуто", "не достигнуто", "не измерено"],
    raised: ["ПОДНЯТ", "нет", "рано судить"],
    heads: ["Показатели", "Красные флаги", "значение", "предел"],
    worst: "Фразы, больше всего непохожие на остальные",
    worst_lead: "Либо текст не тот, что сказано, либо запись плохая, либо фраза просто трудная. Прослушайте каждую и прочтите её текст; цифры лишь говорят, с чего начать.",
    confirm: "Отмеченные как предложенные стоят в quarantine.csv. Прослушав, выполните `diktor prepare quarantine {run} --confirm ID,ID`: будет записан список, который обучение пропустит.",
    proposed: "предложено исключить",
    ledger: "Фразы, непохожие на остальные",
    judged: |proposed, measured| match proposed {
        0 => format!("Просмотрено фраз: {measured}; исключать не предлагается ни одной."),
        _ => format!("Просмотрено фраз: {measured}; предлагается исключить: {proposed}."),
    },
    listen: "Прослушать худшие и увидеть их внимание можно в",
    utterance: "фраза",
    text: "текст",
    suspicion: "подозрительность",
    because: "чем непохожа",
    loss: "потери",
    alignment: "оценка выравнивания",
    text_fit: "соответствие текста",
    frames_per_symbol: "кадров на символ",
    step: "шаг",
    oddity: |oddity| match oddity {
        Oddity::Text => "чужие тексты подходят записи не хуже",
        Oddity::Loss => "спектрограмма предсказана хуже",
        Oddity::Attention => "внимание не проходит её чисто",
        Oddity::Long => "запись длинна для своего текста",
        Oddity::Short => "запись коротка для своего текста",
        Oddity::Gate => "конец предсказан хуже",
    },
};

#[expect(clippy::too_many_lines, reason = "a catalogue: one arm per finding")]
fn finding(fact: &Fact) -> (String, Vec<String>, String) {
    let (title, evidence, action) = match fact {
        Fact::RedFlag { why } => (
            "Обучение остановило себя само: красный флаг.",
            vec![said(why, ReportLocale::Ru).into_owned()],
            "Прочтите остальные выводы: в них причина. Затем продолжите с последнего хорошего чекпойнта с меньшим `learning_rate` или сначала исправьте данные.",
        ),
        Fact::NonFinite { steps, first, last } => (
            "Потери или градиенты не были конечными числами.",
            vec![format!(
                "шагов: {steps}, между {first} и {last}; их обновления не сделаны"
            )],
            "Прослушайте фразы, названные в предупреждениях этих шагов. Если фразы каждый раз разные, уменьшите `learning_rate` вдвое.",
        ),
        Fact::Exploding {
            median,
            largest,
            above,
            of,
        } => (
            "Градиенты взрываются.",
            vec![format!(
                "норма за последние {of} шагов: медиана {median:.1}, наибольшая {largest:.1}, выше 100 — {above}"
            )],
            "Уменьшите `learning_rate` вдвое, `grad_clip_thresh` до 0.5 и продолжите с лучшего чекпойнта.",
        ),
        Fact::Failed => (
            "Обучение завершилось ошибкой.",
            Vec::new(),
            "Ошибка записана в журнале. `diktor doctor` проверит диск и память; `diktor train --resume` продолжит с последнего чекпойнта.",
        ),
        Fact::NotAligned {
            class,
            diagonality,
            step,
            early,
            guide_weight,
            learning_rate,
        } => {
            let mut evidence = vec![format!(
                "диагональность {diagonality:.3} на шаге {step}; нужно 0.7, начало — 0.3"
            )];
            evidence.extend(class.map(|class| format!("{}: {}", class.name(), meaning(class))));
            evidence.extend(early.as_ref().map(look));
            evidence
                .extend(guide_weight.map(|weight| format!("`guide_loss_weight` равен {weight}")));
            evidence.extend(learning_rate.map(|rate| format!("скорость обучения {rate:.1e}")));
            let action = match class {
                Some(Collapse::Skipping | Collapse::Stalled) => {
                    "Осталось немного: пусть учится дальше. Если так и останется, посмотрите в worst.html записи, где сказано меньше или больше, чем в тексте."
                }
                _ => {
                    "Сначала убедитесь, что тексты принадлежат записям (`diktor prepare stats`, worst.html). Затем поднимите `guide_loss_weight` до 5 и выше, возьмите `n_frames_per_step` 2 или 3 и для обучения с нуля `learning_rate` 1e-3."
                }
            };
            ("Внимание не находит текста.", evidence, action)
        }
        Fact::GateDead { accuracy, mean } => (
            "Модель не научилась, где кончается фраза.",
            vec![format!(
                "сбалансированная точность остановки {accuracy:.2} (0.5 — случайность), сбалансированное среднее {mean:.2}"
            )],
            "Поднимите `gate_pos_weight` до 5 или 10 и проверьте, что записи кончаются вместе с текстом, а не секундой тишины.",
        ),
        Fact::GatePremature { rate } => (
            "Речь кончается раньше текста.",
            vec![format!(
                "{:.0} % самостоятельно сказанных предложений",
                100.0 * rate
            )],
            "Поднимите `gate_threshold` на 0.05–0.1; его можно задать и при синтезе.",
        ),
        Fact::GateRunaway { rate } => (
            "Речь не кончается.",
            vec![format!(
                "{:.0} % самостоятельно сказанных предложений",
                100.0 * rate
            )],
            "Понизьте `gate_threshold` на 0.05–0.1, учите дольше или поднимите `gate_pos_weight`.",
        ),
        Fact::Overfit { best, at, now } => (
            "Голос заучивает свой корпус наизусть.",
            vec![format!(
                "сглаженные потери проверки: {best:.3} на шаге {at}, сейчас {now:.3}, а потери обучения падают"
            )],
            "Берите best_model.ckpt: с новыми шагами будет хуже. Помогут новые записи, больший `weight_decay` или меньший `learning_rate`.",
        ),
        Fact::BadTranscripts {
            proposed,
            measured,
            worst,
        } => (
            "Некоторые тексты похожи на неверные.",
            vec![format!(
                "{proposed} из {measured} фраз далеки от остальных: {}",
                worst.join(", ")
            )],
            "Откройте worst.html, прослушайте и прочтите; затем `diktor prepare quarantine` запишет список исключаемых.",
        ),
        Fact::SmallCorpus { utterances } => (
            "Слишком мало данных.",
            vec![format!("фраз для обучения: {utterances}")],
            "Голосу с нуля нужны часы речи. Если их нет, начните с обученного голоса: `diktor train -c voice.ckpt --warm-start`.",
        ),
        Fact::Unfinished => (
            "Запуск не завершён: он ещё идёт или был убит.",
            Vec::new(),
            "Если он был убит, `diktor train --resume -o RUN` продолжит до тех же битов.",
        ),
        Fact::TooEarly { step } => (
            "Судить рано.",
            vec![format!("шагов: {step}, вниманию ещё не пора появиться")],
            "Пусть учится дальше.",
        ),
        Fact::Healthy {
            diagonality,
            quality,
            measured,
        } => {
            let mut evidence = vec![format!("диагональность {diagonality:.3}")];
            evidence.extend(quality.map(|quality| format!("качество {quality:.0} %; цель — 80")));
            evidence.extend(measured.map(|measured| {
                format!("просмотрено фраз: {measured}; исключать не предлагается ни одной, самые необычные — в worst.html")
            }));
            (
                "Всё в порядке.",
                evidence,
                "Послушайте примеры в report.html; дальнейшие шаги улучшают в основном звук.",
            )
        }
    };
    (title.to_owned(), evidence, action.to_owned())
}

fn meaning(class: Collapse) -> &'static str {
    match class {
        Collapse::Uniform => "каждый шаг смотрит на все символы одинаково",
        Collapse::Stuck => "не сходит с нескольких символов",
        Collapse::Random => "прыгает по тексту",
        Collapse::Stalled => "не доходит до конца текста",
        Collapse::Skipping => "пропускает символы",
        Collapse::Ok => "большинство фраз прочитано до конца",
    }
}

fn look(look: &EarlyLook) -> String {
    format!(
        "после {} фраз диагональность была {:.3} и росла на {:.4} за 1000 фраз",
        look.utterances, look.diagonality, look.slope
    )
}

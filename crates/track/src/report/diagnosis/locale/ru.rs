//! Russian.

use super::Words;
use crate::{
    Collapse, EarlyLook, Oddity,
    figures::{duration, short_figure},
    report::{
        ReportLocale,
        diagnosis::{Advice, Fact, FlagKind, IndicatorKind, Next, Progress, Setting},
        locale::Texts,
        said,
    },
};

pub(super) const WORDS: Words = Words {
    locale: ReportLocale::Ru,
    lang: "ru",
    finding,
    advice,
    how_far,
    finding_heads: ["Из чего это видно", "Посмотрите", "Что делать"],
    indicator: |kind| match kind {
        IndicatorKind::GradientNorm => "норма градиента, медиана 100 шагов",
        IndicatorKind::Diagonality => "диагональность внимания",
        IndicatorKind::GateAccuracy => "точность гейта",
        IndicatorKind::TextGain => "польза текста",
        IndicatorKind::RestartsAtZero => "перезапусков на шаге 0",
        IndicatorKind::Loss => "потери на валидации",
        IndicatorKind::Quality => "качество, %",
        IndicatorKind::Intelligibility => "разборчивость",
    },
    flag: |kind| match kind {
        FlagKind::GradientNorm => "шагов из последних 100 с нормой градиента > 100",
        FlagKind::Diagonality => "диагональность внимания после отсрочки",
        FlagKind::Restarts => "перезапусков подряд, включая несделанный",
        FlagKind::LossStalled => "шагов без снижения потерь и роста внимания",
    },
    met: ["достигнуто", "не достигнуто", "не измерено"],
    raised: ["ПОДНЯТ", "нет", "рано судить"],
    heads: ["Показатели", "Красные флаги", "значение", "предел"],
    worst: "Фразы, меньше всего похожие на остальные",
    worst_lead: "Либо расшифровка не совпадает с тем, что сказано, либо запись плохая, либо фраза просто трудная. Прослушайте каждую и прочтите её расшифровку; числа лишь подсказывают, с чего начать.",
    confirm: "Предложенные к исключению перечислены в `quarantine.csv`. Прослушав их, выполните `diktor prepare quarantine {run} --confirm ID,ID`: фразы из этого списка обучение пропустит.",
    proposed: "предложено исключить",
    ledger: "Фразы, непохожие на остальные",
    judged: |proposed, measured| match proposed {
        0 => format!("Просмотрено фраз: {measured}; исключать не предлагается ни одной."),
        _ => format!("Просмотрено фраз: {measured}; предлагается исключить: {proposed}."),
    },
    listen: "Прослушать худшие и увидеть их внимание можно в",
    utterance: "фраза",
    text: "расшифровка",
    suspicion: "подозрительность",
    because: "чем непохожа",
    loss: "потери",
    alignment: "оценка выравнивания",
    text_fit: "соответствие расшифровки",
    frames_per_symbol: "кадров на символ",
    step: "шаг",
    oddity: |oddity| match oddity {
        Oddity::Text => "чужие расшифровки подходят записи не хуже",
        Oddity::Loss => "мел-спектрограмма предсказана хуже",
        Oddity::Attention => "внимание проходит её нечётко",
        Oddity::Long => "запись длинна для своей расшифровки",
        Oddity::Short => "запись коротка для своей расшифровки",
        Oddity::Gate => "конец предсказан хуже",
    },
};

#[expect(clippy::too_many_lines, reason = "a catalogue: one arm per finding")]
fn finding(fact: &Fact) -> (String, Vec<String>) {
    let share = |part: f64| format!("{:.0} % фраз, сказанных самостоятельно", 100.0 * part);
    let (title, evidence) = match fact {
        Fact::RedFlag { why } => (
            "Обучение остановило себя само: красный флаг.",
            vec![said(why, ReportLocale::Ru).into_owned()],
        ),
        Fact::NonFinite { steps, first, last } => (
            "Потери или градиенты не были конечными числами.",
            vec![format!(
                "шагов: {steps}, между {first} и {last}; веса на них не менялись"
            )],
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
        ),
        Fact::Failed => ("Обучение завершилось ошибкой.", Vec::new()),
        Fact::NotAligned { .. } => ("Внимание не выровнялось по тексту.", not_aligned(fact)),
        Fact::TextIgnored { gain, diagonality } => (
            "От текста ничего не зависит: голос не читает.",
            vec![
                format!(
                    "`alignment.text_gain` {gain:.3}: с текстами других фраз ошибка мел-спектрограммы больше на {:.1} %; у читающего голоса — 0,1 и выше",
                    100.0 * gain
                ),
                format!("диагональность {diagonality:.3}: внимание движется при любом тексте"),
            ],
        ),
        Fact::Monotonous {
            utterances,
            texts,
            recordings,
        } => (
            "Почти нечего различать.",
            vec![format!(
                "фраз: {utterances}, разных расшифровок: {texts}, разных записей: {recordings}"
            )],
        ),
        Fact::StandsStill { steps } => (
            "Обучение стоит на месте.",
            vec![format!(
                "за {steps} шагов ни потери не снизились на 1 %, ни диагональность не выросла на 0,01"
            )],
        ),
        Fact::Restarts { in_a_row, limit } => (
            "Перезапуск следовал за перезапуском.",
            vec![format!("понадобилось подряд: {in_a_row}, больше {limit}")],
        ),
        Fact::GateDead { accuracy, mean } => (
            "Модель не научилась определять конец фразы.",
            vec![format!(
                "сбалансированная точность гейта {accuracy:.2} (0,5 — случайность), сбалансированное среднее {mean:.2}"
            )],
        ),
        Fact::GatePremature { rate } => ("Речь кончается раньше текста.", vec![share(*rate)]),
        Fact::GateRunaway { rate } => ("Речь не кончается.", vec![share(*rate)]),
        Fact::FreeLost { diagonality } => (
            "Без подсказки голос сбивается.",
            vec![format!(
                "диагональность самостоятельной речи {diagonality:.3}; норма — от 0,7"
            )],
        ),
        Fact::Mumbles {
            intelligibility,
            variance_ratio,
        } => (
            "Речь голоса трудно понять.",
            std::iter::once(format!(
                "разборчивость самостоятельной речи {intelligibility:.2}; норма — от 0,9"
            ))
            .chain(
                variance_ratio
                    .map(|ratio| format!("дисперсия спектра — {ratio:.2} от дисперсии записей")),
            )
            .collect(),
        ),
        Fact::Overfit { best, at, now } => (
            "Голос заучивает свой корпус наизусть.",
            vec![format!(
                "сглаженные потери на валидации: {best:.3} на шаге {at}, сейчас {now:.3}, а потери в обучении падают"
            )],
        ),
        Fact::BadTranscripts {
            proposed,
            measured,
            worst,
        } => (
            "Похоже, часть расшифровок неверна.",
            vec![format!(
                "{proposed} из {measured} фраз далеки от остальных: {}",
                worst.join(", ")
            )],
        ),
        Fact::SmallCorpus { utterances } => (
            "Слишком мало данных.",
            vec![format!("фраз для обучения: {utterances}")],
        ),
        Fact::NeverMeasured { step, every } => (
            "Обучение закончилось раньше первой валидации.",
            vec![match every {
                Some(every) => format!("шагов: {step}, а валидация — каждые {every}"),
                None => format!("шагов: {step}"),
            }],
        ),
        Fact::Unfinished => ("Запуск не завершён: он ещё идёт или был убит.", Vec::new()),
        Fact::TooEarly { step } => (
            "Судить рано.",
            vec![format!("шагов: {step}, самостоятельно голос ещё не читает")],
        ),
        Fact::Healthy {
            diagonality,
            intelligibility,
            quality,
            measured,
        } => {
            let mut evidence = vec![format!("диагональность {diagonality:.3}")];
            evidence.extend(
                intelligibility
                    .map(|heard| format!("разборчивость самостоятельной речи {heard:.2}")),
            );
            evidence.extend(quality.map(|quality| format!("качество {quality:.0} %; цель — 80")));
            evidence.extend(measured.map(|measured| {
                format!("просмотрено фраз: {measured}; исключать не предлагается ни одной, самые необычные — в `worst.html`")
            }));
            ("Всё в порядке.", evidence)
        }
    };
    (title.to_owned(), evidence)
}

/// What shows that the attention does not find the text.
fn not_aligned(fact: &Fact) -> Vec<String> {
    let Fact::NotAligned {
        class,
        diagonality,
        step,
        early,
        guide_weight,
        guided,
        learning_rate,
    } = fact
    else {
        return Vec::new();
    };
    let mut evidence = vec![format!(
        "диагональность {diagonality:.3} на шаге {step}; норма — от 0,7, от 0,3 — первые признаки"
    )];
    evidence
        .extend(class.map(|class| format!("внимание (`{}`): {}", class.name(), meaning(class))));
    evidence.extend(early.as_ref().map(look));
    if *guided == Some(false) {
        evidence.push("направленное внимание выключено: `use_guided_attn` — false".to_owned());
    }
    evidence.extend(guide_weight.map(|weight| format!("`guide_loss_weight` равен {weight}")));
    evidence.extend(learning_rate.map(|rate| format!("скорость обучения {}", short_figure(rate))));
    evidence
}

fn advice(advice: &Advice) -> String {
    let fixed = match advice {
        Advice::Set(setting) => return set(setting),
        Advice::SwitchOnGuidance => "Включите направленное внимание: `use_guided_attn=true`.",
        Advice::ReadTheOthers => "Причина — в остальных выводах.",
        Advice::Recover => "`diktor recover` осторожнее продолжит с самого надёжного чекпойнта.",
        Advice::CompareTranscripts => {
            "Убедитесь, что расшифровки принадлежат записям: `diktor prepare transcripts` найдёт чужие, в `worst.html` можно послушать. Если они верны, голосу нужно больше записей, пресет крупнее или больше шагов."
        }
        Advice::ListenToTheNamed => {
            "Прослушайте записи, названные в предупреждениях и сбоях; та, что повторяется, испорчена."
        }
        Advice::LetItGoOn => "Пусть учится дальше.",
        Advice::GoOnLonger => "Учите дольше: `diktor train --resume` с большим `--max-steps`.",
        Advice::LookAtTheWorst => {
            "Посмотрите в `worst.html` записи, где сказано меньше или больше, чем в расшифровке."
        }
        Advice::CheckEndings => {
            "Проверьте, что записи кончаются вместе с речью: не обрезаны и без секунды тишины."
        }
        Advice::MoreRecordings => {
            "Лучше всего помогут новые записи; голосу с нуля нужны часы речи."
        }
        Advice::DifferentSentences => {
            "Голос учится на множестве разных фраз, у каждой своя запись. Проверьте список: у каждой ли строки своя запись и своя расшифровка?"
        }
        Advice::UseTheBest => "Берите `best_model.ckpt`: дальше будет хуже.",
        Advice::ReadTheLog => {
            "Ошибка записана в журнале. `diktor doctor` проверит диск и память; `diktor train --resume` продолжит с последнего чекпойнта."
        }
        Advice::Quarantine => {
            "Откройте `worst.html`, прослушайте и прочтите; затем `diktor prepare quarantine` запишет список исключаемых."
        }
        Advice::WarmStart => {
            "Если их нет, начните с обученного голоса. С программой он не поставляется; подойдёт опубликованный NVIDIA чекпойнт Tacotron 2 на LJSpeech (`tacotron2_statedict.pt`, английский, 22050 Гц): `diktor import tacotron2_statedict.pt -o voice.ckpt`, затем `diktor train -c voice.ckpt --warm-start`. Подойдёт и ваш собственный голос, обученный на большем корпусе."
        }
        Advice::Resume => "Если он был убит, `diktor train --resume -o RUN` продолжит бит в бит.",
        Advice::Validate => {
            "`diktor train --mode validate -o RUN` измерит то, что есть; более долгое обучение или меньшее `validation_freq` измерит само."
        }
        Advice::Listen => {
            "Послушайте примеры в `report.html`; дальнейшее обучение улучшает в основном звук."
        }
        Advice::TrainFreely => {
            "Послушайте самостоятельные примеры в `report.html`: в них слышно, где голос сбивается."
        }
    };
    fixed.to_owned()
}

fn set(setting: &Setting) -> String {
    let Setting {
        name,
        from,
        to,
        from_scratch,
    } = setting;
    let to = short_figure(*to);
    let said = match from {
        Some(from) => format!("Поставьте `{name}={to}` (сейчас {})", short_figure(*from)),
        None => format!("Поставьте `{name}={to}`"),
    };
    let only = if *from_scratch {
        " в новом обучении с нуля"
    } else {
        ""
    };
    format!("{said}{only}.")
}

fn how_far(progress: &Progress, texts: &Texts) -> Vec<String> {
    let of = progress.max_steps.map(|max| format!(" из {max}"));
    let mut first = format!(
        "шаг {}{}, фаза: {}",
        progress.step,
        of.unwrap_or_default(),
        texts.phase(progress.phase)
    );
    if let Some(left) = progress.left_s {
        first.push_str(&format!("; осталось около {}", duration(left, texts.units)));
    }
    let mut lines = vec![first];
    if let Some(now) = progress.diagonality {
        lines.push(match progress.before {
            Some((step, before)) => {
                format!("диагональность {now:.3}; на шаге {step} была {before:.3}")
            }
            None => format!("диагональность {now:.3}"),
        });
    }
    lines.push(match progress.next {
        Next::Validation { step: Some(step) } => format!("дальше: первая валидация на шаге {step}"),
        Next::Validation { step: None } => "дальше: первая валидация".to_owned(),
        Next::Attention { usual, latest } => format!(
            "дальше: появляется внимание (диагональность 0,3), обычно до шага {usual}, не позже шага {latest}"
        ),
        Next::Steady { latest } => format!(
            "дальше: внимание становится устойчивым (диагональность 0,7), не позже шага {latest}"
        ),
        Next::Sound { end: Some(end) } => {
            format!("дальше: до шага {end} улучшаются гейт и звук")
        }
        Next::Sound { end: None } => "дальше: улучшаются гейт и звук".to_owned(),
        Next::Over => "обучение закончено".to_owned(),
    });
    lines
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

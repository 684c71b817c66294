//! Russian.

use diktor_track::{
    Outcome, decimals_in, figure_in, grouped,
    report::{ReportLocale, fault_words},
};

use super::Texts;
use crate::rules::{Advice, Fixes};

/// The form of a noun that a number wants: 1 фраза, 2 фразы, 5 фраз.
fn plural(number: u64, [one, few, many]: [&'static str; 3]) -> &'static str {
    match (number % 10, number % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}

const RU: ReportLocale = ReportLocale::Ru;

pub(super) const TEXTS: Texts = Texts {
    locale: RU,
    started: |run, from| match from {
        Some(step) => format!("🚀 {run}: обучение продолжено с шага {step}"),
        None => format!("🚀 {run}: обучение началось"),
    },
    made_of: |parameters, train, validation| {
        let phrases = plural(train, ["фраза", "фразы", "фраз"]);
        format!(
            "Параметров: {parameters}; {train} {phrases} для обучения, {validation} для валидации"
        )
    },
    report: |run| format!("🤖 {run}: подробный отчёт"),
    phase: |run, phase| format!("🧭 {run}: новая фаза, {phase}"),
    changed: |run, changes| {
        let what = plural(changes as u64, ["параметр", "параметра", "параметров"]);
        format!("🛠️ {run}: изменено автоматически: {changes} {what}")
    },
    critical: |run| format!("🚨 {run}: сбой"),
    recommendation: |run| format!("💡 {run}: рекомендация"),
    restarted: |run| format!("♻️ {run}: возврат к более раннему чекпойнту"),
    finished: |run, outcome| match outcome {
        Outcome::Completed => format!("✅ {run}: обучение завершено"),
        Outcome::StoppedEarly => {
            format!("✅ {run}: обучение остановлено раньше, улучшать больше нечего")
        }
        Outcome::RedFlag => format!("🛑 {run}: обучение остановлено красным флагом"),
        Outcome::Interrupted => format!("⏸️ {run}: обучение прервано, всё сохранено"),
        Outcome::Failed => format!("💥 {run}: обучение завершилось ошибкой"),
    },
    recovered: |run| format!("🩹 {run}: обучение восстанавливается"),
    recovered_from: |checkpoint, step, backup| {
        format!("Продолжается с `{checkpoint}`, шаг {step}; всё прежнее — в `{backup}`.")
    },
    quiet_over: "📬 Что произошло в тихие часы",
    lives_again: "📬 Что не удалось доставить",
    missed: |messages| {
        let what = plural(messages, ["сообщение", "сообщения", "сообщений"]);
        format!("Не доставлено вовремя: {messages} {what}.")
    },
    again: |times| {
        let what = plural(times, ["раз", "раза", "раз"]);
        format!("(с тех пор повторилось ещё {times} {what})")
    },

    step: "Шаг",
    of: "из",
    loss: "Потери",
    mel: "мел-спектрограмма",
    gate: "гейт",
    validation: |step| format!("Валидация на шаге {step}"),
    validation_loss: "потери",
    grad_norm: "Норма градиента",
    diagonality: "Диагональность внимания",
    intelligibility: "Разборчивость",
    gate_accuracy: "Точность гейта",
    quality: "Качество",
    learning_rate: "Скорость обучения",
    frames_per_second: "кадров/с",
    left: "осталось около {}",
    faults_since: "Сбойных шагов с прошлого отчёта",
    actions_taken: "Выполненные действия",
    no_actions: "не потребовались",
    more: "и ещё {}",
    next: "Дальше",
    why: "Почему",
    what_to_do: "Что делать",
    duration: "Время",
    utterances: "Фразы",
    best: "Голос",
    units: ["ч", "мин", "с"],
    verdicts: ["помогло", "ничего не изменило", "сделало хуже и отменено"],
    phases: [
        "внимание ещё не появилось",
        "внимание становится устойчивым",
        "улучшаются мел-спектрограмма и гейт",
        "последняя шлифовка",
    ],
    fault_kind: |kind| fault_words(RU, kind),
    fault_actions: [
        "шаг пропущен",
        "обучение продолжается",
        "возврат к более раннему чекпойнту",
        "обучение остановлено",
    ],
    advice: |advice| {
        match advice {
        Advice::NotFinite => "потери — не конечное число: такие шаги пропускаются, а если это продолжится, обучение вернётся к чекпойнту; проверьте фразы, названные в сбоях".to_owned(),
        Advice::Gradient { norm, limit, fixes } => format!(
            "норма градиента {} выше {}: {}",
            figure_in(norm, RU),
            figure_in(limit, RU),
            match fixes {
                Fixes::On => "если это продолжится, обучение само снизит скорость; не поможет — уменьшите `learning_rate` вдвое",
                Fixes::Off => "исправления выключены; если это продолжится, уменьшите `learning_rate` вдвое",
            }
        ),
        Advice::Attention { diagonality, limit, fixes } => format!(
            "диагональность {}, ниже {}; в начале обучения это нормально, {}",
            decimals_in(diagonality, 3, RU),
            figure_in(limit, RU),
            match fixes {
                Fixes::On => "а если это продлится, обучение само повысит `guide_loss_weight`; не поможет — проверьте расшифровки и скорость обучения",
                Fixes::Off => "а если это продлится, повысьте `guide_loss_weight` (исправления выключены) и проверьте расшифровки и скорость обучения",
            }
        ),
        Advice::Gate { accuracy, limit, fixes } => format!(
            "точность гейта {}, ниже {}; {}",
            decimals_in(accuracy, 3, RU),
            figure_in(limit, RU),
            match fixes {
                Fixes::On => "если это продлится, обучение само повысит `gate_pos_weight`; проверьте, что тишина в конце записей обрезана",
                Fixes::Off => "если это продлится, повысьте `gate_pos_weight` (исправления выключены) и проверьте, что тишина в конце записей обрезана",
            }
        ),
        Advice::Healthy { report_at } => format!("делать ничего не нужно; следующий отчёт на шаге {report_at}"),
        Advice::Unmeasured => "дождаться первой валидации".to_owned(),
    }
    },
    restart: |restart| {
        let weights = if restart.reinitialised {
            " с новыми весами"
        } else {
            ""
        };
        format!(
            "Попытка {} из {}: с шага {} назад к {}{weights}.",
            restart.attempt, restart.most, restart.from_step, restart.to_step
        )
    },
    early: |look| {
        let phrases = plural(look.utterances, ["фразы", "фраз", "фраз"]);
        format!(
            "После {} {phrases} внимание не складывается: диагональность {}, при том же темпе в конце будет {}.",
            grouped(look.utterances),
            decimals_in(look.diagonality, 3, RU),
            decimals_in(look.projected, 3, RU)
        )
    },
    early_hint: "`diktor why` скажет, что не так; проверьте расшифровки, язык и скорость обучения, прежде чем тратить время дальше",
    suspects: |suspects| {
        format!(
            "Похоже, расшифровка или запись неверна у {} из {} фраз.",
            suspects.proposed, suspects.measured
        )
    },
    suspects_hint: "послушайте их в `worst.html` и исключите командой `diktor prepare quarantine`",

    loss_curve: "Потери",
    in_training: "обучение",
    in_validation: "валидация",

    help: "/status — показатели сейчас\n/plot — кривая потерь и внимание\n/why — что не так и что делать\n/stop — всё сохранить и остановить",
    stopping: "🛑 Обучение закончит шаг, всё сохранит и остановится. Продолжить: `diktor train --resume`.",
    nothing_yet: "Показателей пока нет.",
    unreadable: "Журнал событий пока не читается.",
    ignored: |messages| {
        let what = plural(messages, ["сообщение", "сообщения", "сообщений"]);
        format!("Из других чатов пропущено: {messages} {what}.")
    },
    trial: "Это пробное сообщение, его числа — пример.",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_agree_with_their_numbers() {
        let forms = ["раз", "раза", "раз."];
        for (number, expected) in [
            (1, "раз"),
            (3, "раза"),
            (5, "раз."),
            (11, "раз."),
            (12, "раз."),
            (21, "раз"),
            (104, "раза"),
        ] {
            assert_eq!(plural(number, forms), expected, "{number}");
        }
    }
}

//! Russian.

use diktor_track::{
    Outcome,
    report::{ReportLocale, fault_words},
    short_figure,
};

use super::Texts;
use crate::rules::Advice;

/// The form of a noun that a number wants: 1 фраза, 2 фразы, 5 фраз.
fn plural(number: u64, [one, few, many]: [&'static str; 3]) -> &'static str {
    match (number % 10, number % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}

pub(super) const TEXTS: Texts = Texts {
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
    report: |run| format!("🤖 {run}: детальный отчёт"),
    phase: |run, phase| format!("🧭 {run}: новая фаза, {phase}"),
    changed: |run, changes| {
        let what = plural(changes as u64, ["параметр", "параметра", "параметров"]);
        format!("🛠️ {run}: изменено автоматически: {changes} {what}")
    },
    critical: |run| format!("🚨 {run}: критическая проблема"),
    recommendation: |run| format!("💡 {run}: рекомендация"),
    restarted: |run| format!("♻️ {run}: возврат к более раннему чекпойнту"),
    finished: |run, outcome| match outcome {
        Outcome::Completed => format!("✅ {run}: обучение завершено"),
        Outcome::StoppedEarly => format!("✅ {run}: остановлено раньше, улучшать больше нечего"),
        Outcome::RedFlag => format!("🛑 {run}: остановлено красным флагом"),
        Outcome::Interrupted => format!("⏸️ {run}: прервано, всё сохранено"),
        Outcome::Failed => format!("💥 {run}: обучение завершилось ошибкой"),
    },
    recovered: |run| format!("🩹 {run}: обучение восстанавливается"),
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
    loss: "Потеря",
    mel: "mel",
    gate: "gate",
    validation: "валидация",
    grad_norm: "Норма градиента",
    diagonality: "Диагональность внимания",
    gate_accuracy: "Точность остановки",
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
    verdicts: [
        "помогло",
        "ничего не изменило",
        "сделало хуже и отменено",
        "итога пока нет",
    ],
    phases: [
        "внимание ещё не появилось",
        "внимание становится устойчивым",
        "улучшаются mel и остановка",
        "финальная полировка",
    ],
    fault_kind: |kind| fault_words(ReportLocale::Ru, kind),
    fault_actions: [
        "шаг пропущен",
        "обучение продолжается",
        "возврат к более раннему чекпойнту",
        "обучение остановлено",
    ],
    advice: |advice| {
        match advice {
        Advice::NotFinite => "потеря не конечна: такие шаги пропускаются, а если это продолжится, обучение вернётся к чекпойнту; проверьте фразы, названные в сбоях".to_owned(),
        Advice::Gradient { norm, limit } => format!(
            "норма градиента {} выше {}: если это продолжится, скорость обучения снизится сама; если не поможет, уменьшите `learning_rate` вдвое",
            short_figure(norm),
            short_figure(limit)
        ),
        Advice::Attention { diagonality, limit } => format!(
            "внимание ещё не достигло {} ({diagonality:.3}): `guide_loss_weight` повышается само; если так и останется, проверьте тексты и скорость обучения",
            short_figure(limit)
        ),
        Advice::Gate { accuracy, limit } => format!(
            "точность остановки ниже {} ({accuracy:.3}): её вес меняется сам; проверьте, что тишина в конце записей обрезана",
            short_figure(limit)
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
            "После {} {phrases} внимание не складывается: диагональность {:.3}, при том же темпе в конце будет {:.3}.",
            look.utterances, look.diagonality, look.projected
        )
    },
    early_hint: "`diktor why` скажет, что не так; проверьте тексты, язык и скорость обучения, прежде чем тратить время дальше",
    suspects: |suspects| {
        format!(
            "Фраз с, похоже, неверным текстом или записью: {} из {}.",
            suspects.proposed, suspects.measured
        )
    },
    suspects_hint: "послушайте их в `worst.html` и исключите через `diktor prepare quarantine`",

    loss_curve: "Потеря",
    in_training: "обучение",
    in_validation: "валидация",

    help: "/status — показатели сейчас\n/plot — кривая потерь и внимание\n/why — что не так и что делать\n/stop — всё сохранить и остановить",
    stopping: "🛑 Обучение закончит шаг, всё сохранит и остановится. Продолжить: `diktor train --resume`.",
    nothing_yet: "Показателей пока нет.",
    unreadable: "Журнал запуска пока не читается.",
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

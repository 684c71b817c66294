//! Russian.

use super::{Words, named};
use crate::{
    ChangeCause, Collapse, EarlyVerdict, FaultAction, FaultKind, Outcome,
    figures::{Form, decimals_in, figure_in, grouped},
    report::ReportLocale,
};

const RU: ReportLocale = ReportLocale::Ru;

pub(super) const WORDS: Words = Words {
    locale: RU,
    units: ["ч", "мин", "с"],
    started: |start| {
        let from = match start.resumed_from {
            Some(step) => format!(", продолжается с шага {step}"),
            None => String::new(),
        };
        format!(
            "запуск `{}`: параметров сети {}, фраз для обучения {}, для валидации {}{from}",
            start.run,
            grouped(start.total_params),
            grouped(start.train_size),
            grouped(start.val_size),
        )
    },
    step: "шаг",
    left: |time| format!("осталось {time}"),
    shown: [
        "потери",
        "мел + гейт",
        "гейт",
        "напр. внимание",
        "диагональность",
        "градиент",
        "скорость",
        "кадров/с",
    ],
    validation: |step| format!("валидация на шаге {step}"),
    validated: [
        "потери",
        "диагональность",
        "выравнивание",
        "точность гейта",
        "диагональность самостоятельно",
        "разборчивость",
        "не кончаются",
        "обрываются",
        "искажение, дБ",
        "сводный показатель",
    ],
    finished: |outcome, step, time| {
        let how = match outcome {
            Outcome::Completed => "обучение завершено",
            Outcome::StoppedEarly => "обучение остановлено раньше: улучшать больше нечего",
            Outcome::RedFlag => "обучение остановлено красным флагом",
            Outcome::Interrupted => "обучение прервано, всё сохранено",
            Outcome::Failed => "обучение завершилось ошибкой",
        };
        format!("{how}: шаг {step}, время {time}")
    },
    nothing_left: |step| {
        format!(
            "делать больше нечего: все шаги запуска ({step}) уже сделаны; чтобы продолжить, увеличьте `--max-steps` \
             или `--epochs`"
        )
    },
    warning: "предупреждение",
    hint: "совет",
    fault: "сбой",
    saved: |path, why| format!("сохранён {path} ({why})"),
    best: |path, best| {
        let value = figure_in(best.value, RU);
        let before = best.before.map_or(String::new(), |before| {
            format!(", прежний {}", figure_in(before, RU))
        });
        format!(
            "сохранён {path}: лучший по `{}`, {value}{before}",
            best.metric
        )
    },
    change: |what, why| format!("{what} ({why})"),
    causes: |cause| match cause {
        ChangeCause::Schedule => "по расписанию",
        ChangeCause::Phase => "фаза",
        ChangeCause::Fix => "исправление",
        ChangeCause::Fault => "после сбоя",
        ChangeCause::Person => "гиперпараметр",
        ChangeCause::Other => "изменение",
    },
    verdict: |verdict, figures| {
        let outcome = match (verdict.helped, verdict.undone) {
            (true, _) => "помогло",
            (false, false) => "ничего не изменило",
            (false, true) => "сделало хуже и отменено",
        };
        format!(
            "исправление на шаге {}, `{}`, {outcome}: {figures}",
            verdict.of_step, verdict.knob
        )
    },
    phase: |[from, to], meaning, why| format!("фаза `{from}` → `{to}`, {meaning}: {why}"),
    phases: [
        "внимание ещё не появилось",
        "внимание становится устойчивым",
        "улучшаются мел-спектрограмма и гейт",
        "последняя шлифовка",
    ],
    refused: |who, what, why| format!("`{who}`: изменение `{what}` отклонено: {why}"),
    fault_sentence: |fault| {
        let value = fault.value;
        let what = match fault.kind {
            FaultKind::NonFiniteLoss => format!("потери — не конечное число (`{value}`)"),
            FaultKind::NonFiniteGradient => {
                format!("норма градиента — не конечное число (`{value}`)")
            }
            FaultKind::NonFiniteTensor => "в сети есть не конечные числа".to_owned(),
            FaultKind::GradientSpike => {
                format!(
                    "норма градиента подскочила до {}",
                    decimals_in(value, 1, RU)
                )
            }
            FaultKind::GradientExplosion => {
                format!(
                    "градиент взорвался, его норма {}",
                    decimals_in(value, 1, RU)
                )
            }
            FaultKind::VanishingGradient => {
                format!("градиент исчез, его норма {}", figure_in(value, RU))
            }
            FaultKind::LossDiverged => format!(
                "обучение расходится, ошибка мел-спектрограммы {}",
                decimals_in(value, 2, RU)
            ),
            FaultKind::AttentionLost => {
                format!(
                    "внимание потеряно, диагональность {}",
                    decimals_in(value, 2, RU)
                )
            }
            FaultKind::GateDead => format!(
                "гейт перестал срабатывать, его разброс {}",
                decimals_in(value, 2, RU)
            ),
        };
        let place = fault.place.as_ref().map(|place| format!(", в `{place}`"));
        let list = |ids: &[String]| named(&ids.iter().map(String::as_str).collect::<Vec<_>>());
        let who = match (&fault.suspects[..], &fault.batch[..]) {
            ([], []) => String::new(),
            ([], batch) => format!("; фразы батча {}", list(batch)),
            (suspects, _) => format!("; фразы {}", list(suspects)),
        };
        let action = match fault.action {
            FaultAction::Skipped => "шаг пропущен",
            FaultAction::Reported => "обучение продолжается",
            FaultAction::Restarted => "возврат к более раннему чекпойнту",
            FaultAction::Stopped => "обучение остановлено",
        };
        format!("{what}{}{who}: {action}", place.unwrap_or_default())
    },
    restart: |restart, overrides, why| {
        let weights = if restart.reinitialised {
            ", с новыми весами"
        } else {
            ""
        };
        format!(
            "перезапуск {} из {}: с шага {} назад к {}{weights} ({overrides}): {why}",
            restart.attempt, restart.most, restart.from_step, restart.to_step
        )
    },
    attention: |change, words| {
        let was = match change.from {
            Some(from) => format!(" (раньше оно {})", words.attention_does(from)),
            None => String::new(),
        };
        format!(
            "внимание {} у {} фраз{was}, диагональность {}",
            words.attention_does(change.to),
            Form::Percent.show_in(change.share, RU),
            decimals_in(change.diagonality, 3, RU)
        )
    },
    attention_does: [
        "смотрит на весь текст одинаково",
        "не сходит с нескольких символов",
        "прыгает по тексту",
        "не доходит до конца текста",
        "пропускает символы",
        "идёт по тексту",
    ],
    early: |look, words| {
        let found = match look.verdict {
            EarlyVerdict::Aligned => "внимание нашло диагональ",
            EarlyVerdict::OnItsWay => "внимание идёт к диагонали",
            EarlyVerdict::NotOnItsWay => "внимание не складывается",
        };
        let fails = match look.class {
            Collapse::Ok => String::new(),
            class => format!("; пока оно {}", words.attention_does(class)),
        };
        let again = match look.look_again {
            Some(step) => format!("; следующая проверка на шаге {step}"),
            None => String::new(),
        };
        let sign = if look.slope < 0.0 { "" } else { "+" };
        format!(
            "ранняя проверка: {found}, диагональность {} после {} фраз, {sign}{} на 1000 фраз{fails}{again}",
            decimals_in(look.diagonality, 3, RU),
            grouped(look.utterances),
            decimals_in(look.slope, 4, RU)
        )
    },
    suspects: |suspects, worst| {
        format!(
            "похожи на неверные {} из {} фраз; худшие: {worst}, см. `worst.html`",
            suspects.proposed, suspects.measured
        )
    },
};

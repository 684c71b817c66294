//! The report holds everything, loads nothing, and survives every run directory.

use std::{fs, path::Path};

use diktor_track::{
    Event, EventKind, InterventionRecord, Oddity, Suspect, Suspects,
    report::{ReportLocale, knows, write_report},
};
use proptest::prelude::*;

use crate::{session, started, step, synthetic};

const BOTH: [ReportLocale; 2] = [ReportLocale::En, ReportLocale::Ru];

fn report(run_dir: &Path, locale: ReportLocale) -> String {
    fs::read_to_string(write_report(run_dir, locale).unwrap()).unwrap()
}

fn whole_run(run_dir: &Path) {
    let plan = synthetic::Plan {
        steps: 60,
        validate_every: 15,
        utterances: 2,
    };
    session(run_dir, None, synthetic::run(run_dir, plan).unwrap());
}

#[test]
fn a_whole_run_is_told_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    whole_run(folder.path());
    for (locale, verdict) in BOTH
        .into_iter()
        .zip(["The voice speaks.", "Голос говорит."])
    {
        let html = report(folder.path(), locale);
        assert!(html.contains(&format!("<h1>{verdict}</h1>")), "{locale:?}");
        for told in [
            "quickstart-en",
            "guide_loss_weight",
            "attention watch",
            "attention_dim: 128",
        ] {
            assert!(html.contains(told), "{locale:?}: {told}");
        }
        assert_eq!(html.matches("<figure class=\"film\"").count(), 4);
        assert!(html.matches("<audio").count() >= 4);
        assert!(html.matches("<svg").count() >= 9);
        assert!(html.matches("data:image/png;base64,").count() >= 8);
    }
}

#[test]
fn phases_and_what_came_of_changes_are_told_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    whole_run(folder.path());
    let english = [
        "helped: Diagonality 0.21 → 0.84",
        "made it worse, undone: Gradient norm 8 → 12.5",
        "attention has still to appear → attention becomes steady",
    ];
    let russian = [
        "помогло: Диагональность 0,21 → 0,84",
        "стало хуже, отменено: Норма градиента 8 → 12,5",
        "внимание ещё не появилось → внимание становится устойчивым",
    ];
    for (locale, told) in BOTH.into_iter().zip([english, russian]) {
        let html = report(folder.path(), locale);
        for text in told {
            assert!(html.contains(text), "{locale:?}: {text}");
        }
    }
}

fn at_step_1(kind: EventKind) -> Event {
    Event {
        step: 1,
        time_s: 0.0,
        kind,
    }
}

#[test]
fn reasons_are_told_in_the_language_of_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let why = "lr_down, 1 of at most 5: the norm of the gradient was above 10 in 60 of the last 100 steps";
    let change = EventKind::Intervention(InterventionRecord {
        who: "auto_fix".to_owned(),
        knob: "lr_fix_factor".to_owned(),
        old: 1.0,
        new: 0.5,
        why: why.to_owned(),
    });
    let warning = EventKind::Warning {
        message: "nobody has words for this".to_owned(),
        hint: None,
    };
    session(folder.path(), None, [change, warning].map(at_step_1));
    assert!(report(folder.path(), ReportLocale::En).contains(why));
    let html = report(folder.path(), ReportLocale::Ru);
    let russian = "<code>lr_down</code>, раз 1 из 5: норма градиента была выше 10 на 60 из последних 100 шагов";
    assert!(html.contains(russian) && !html.contains(why));
    assert!(html.contains("nobody has words for this"), "as it was said");
    assert!(knows(why, ReportLocale::Ru) && !knows("nobody has words", ReportLocale::Ru));
    assert!(
        html.contains("<td class=\"n\">1 → 0.5</td>"),
        "figures stay in one line"
    );
}

#[test]
fn the_ledger_is_told_in_short_and_leads_to_its_page() {
    let folder = tempfile::tempdir().unwrap();
    let suspect = Suspect {
        utterance: "u<7>".to_owned(),
        text: "Not what is said.".to_owned(),
        suspicion: 7.5,
        proposed: true,
        because: vec![Oddity::Loss, Oddity::Long],
        loss: 1.0,
        alignment_score: None,
        text_fit: None,
        frames_per_symbol: 5.0,
        picture: None,
        audio: None,
    };
    for (proposed, english, russian) in [
        (
            1,
            "1 of 500 utterances are proposed",
            "предлагается исключить: 1",
        ),
        (
            0,
            "None of 500 utterances is proposed",
            "не предлагается ни одной",
        ),
    ] {
        let worst = vec![Suspect {
            proposed: proposed > 0,
            ..suspect.clone()
        }];
        let list = Suspects {
            worst,
            proposed,
            measured: 500,
        };
        session(folder.path(), None, [at_step_1(EventKind::Suspects(list))]);
        for (locale, told) in BOTH.into_iter().zip([english, russian]) {
            let html = report(folder.path(), locale);
            for told in [
                told,
                "u&lt;7&gt;",
                "Not what is said.",
                "href=\"worst.html\"",
            ] {
                assert!(html.contains(told), "{locale:?}: {told}");
            }
            let is_marked = html.contains("<span class=\"badge bad\">");
            assert_eq!(is_marked, proposed > 0, "{locale:?}");
        }
    }
}

#[test]
fn nothing_is_loaded_from_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    whole_run(folder.path());
    let html = report(folder.path(), ReportLocale::En);
    for attribute in ["src=\"", "href=\"", "url("] {
        for (at, _) in html.match_indices(attribute) {
            let target = &html[at + attribute.len()..][..5];
            assert_eq!(target, "data:", "{attribute}");
        }
    }
    let addresses: Vec<&str> = html
        .match_indices("http")
        .map(|(at, _)| html[at..].split(['"', '<', ' ']).next().unwrap())
        .filter(|address| address.contains("://"))
        .collect();
    assert!(
        addresses.iter().all(|a| *a == "http://www.w3.org/2000/svg"),
        "{addresses:?}"
    );
}

#[test]
fn what_the_run_says_cannot_leave_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let evil = "</script><script>alert(1)</script>\" onload='x'";
    let text = || evil.to_owned();
    let kinds = [
        EventKind::Warning {
            message: text(),
            hint: Some(text()),
        },
        EventKind::Refused {
            who: text(),
            what: text(),
            why: text(),
        },
        EventKind::CheckpointSaved {
            path: evil.into(),
            why: text(),
        },
        EventKind::Validation {
            metrics: [(text(), 1.0)].into(),
        },
    ];
    session(folder.path(), None, kinds.map(at_step_1));
    fs::write(folder.path().join("config.yaml"), evil).unwrap();
    let html = report(folder.path(), ReportLocale::En);
    assert!(!html.contains("<script>alert"));
    assert!(html.matches("&lt;script&gt;alert(1)").count() >= 8);
    assert!(!html.contains("onload='"));
}

#[test]
fn an_empty_run_has_a_report() {
    let folder = tempfile::tempdir().unwrap();
    for contents in ["", "\n\n", "no event\n", "{\"step\":1"] {
        fs::write(folder.path().join("events.jsonl"), contents).unwrap();
        for locale in BOTH {
            assert!(
                report(folder.path(), locale).contains("</html>"),
                "{contents:?}"
            );
        }
    }
    assert!(write_report(&folder.path().join("missing"), ReportLocale::En).is_err());
}

#[test]
fn missing_pictures_and_sounds_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    whole_run(folder.path());
    fs::remove_dir_all(folder.path().join("samples")).unwrap();
    fs::remove_file(folder.path().join("config.yaml")).unwrap();
    let html = report(folder.path(), ReportLocale::En);
    assert!(!html.contains("<img") && !html.contains("<audio"));
    assert!(html.contains("The voice speaks."));
}

#[test]
fn a_run_of_nothing_but_nan_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let nan = |number| step(number, diktor_track::names::TRAINING_LOSS, f64::NAN);
    session(folder.path(), None, (1..=5).map(nan));
    let html = report(folder.path(), ReportLocale::En);
    assert!(html.contains("class=\"card bad\""));
    assert!(html.contains(">NaN<"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_damaged_event_log_still_makes_a_report(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let events = [started(None), step(1, "training.loss", 0.5), step(2, "training.loss", 0.4)];
        let text: String = events.iter().map(|event| serde_json::to_string(event).unwrap() + "\n").collect();
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        fs::write(&path, &bytes).unwrap();
        prop_assert!(report(folder.path(), ReportLocale::En).contains("</html>"));
    }
}

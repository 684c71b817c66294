//! The report holds everything, loads nothing, and survives every run directory.

use std::{fs, path::Path};

use diktor_track::{
    Event, EventKind,
    report::{ReportLocale, write_report},
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
        "помогло: Диагональность 0.21 → 0.84",
        "стало хуже, отменено: Норма градиента 8 → 12.5",
        "внимание ещё не появилось → внимание становится устойчивым",
    ];
    for (locale, told) in BOTH.into_iter().zip([english, russian]) {
        let html = report(folder.path(), locale);
        for text in told {
            assert!(html.contains(text), "{locale:?}: {text}");
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
    let events = kinds.map(|kind| Event {
        step: 1,
        time_s: 0.0,
        kind,
    });
    session(folder.path(), None, events);
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

//! `check`, `why` and `prepare quarantine` on a real, very short run.

use std::fs;

use crate::harness::{corpus, diktor, trained};

#[test]
fn a_short_run_is_told_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    let why = diktor(folder.path(), "why run --json").ok().json();
    let findings = why["findings"].as_array().unwrap();
    let found: Vec<&str> = findings
        .iter()
        .map(|finding| finding["finding"].as_str().unwrap())
        .collect();
    // Four steps cannot align, and twelve utterances are no corpus.
    assert_eq!(found, ["not_aligned", "small_corpus"], "{why}");
    assert!(findings[0]["evidence"].as_array().unwrap().len() >= 2);
    let picture = findings[0]["look_at"][0].as_str().unwrap();
    assert!(
        folder.path().join("run").join(picture).is_file(),
        "{picture}"
    );

    let english = diktor(folder.path(), "why run").ok().stdout;
    let russian = diktor(folder.path(), "why run --locale ru").ok().stdout;
    assert!(
        english.contains("The attention does not find the text."),
        "{english}"
    );
    assert!(
        russian.contains("Внимание не выровнялось по тексту."),
        "{russian}"
    );
}

#[test]
fn a_red_flag_ends_with_1() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    let check = diktor(folder.path(), "check --critical-metrics run --json");
    let flags = check.json();
    let raised = |name: &str| {
        let flags = flags["red_flags"].as_array().unwrap();
        let flag = flags.iter().find(|flag| flag["red_flag"] == name).unwrap();
        flag["raised"].clone()
    };
    let indicators = flags["indicators"].as_array().unwrap();
    assert!(
        indicators
            .iter()
            .any(|one| one["indicator"] == "gate_accuracy"),
        "{flags}"
    );
    assert_eq!(raised("restarts"), false);
    let red = raised("diagonality") == true;
    assert_eq!(
        (check.code, &flags["red_flag"]),
        (i32::from(red), &red.into())
    );

    let events = folder.path().join("run/events.jsonl");
    let broken = fs::read_to_string(&events)
        .unwrap()
        .replace("\"grad.norm\":", "\"grad.norm\":\"NaN\",\"x\":");
    fs::write(&events, broken).unwrap();
    let check = diktor(folder.path(), "check run");
    assert_eq!(check.code, 1, "{check:?}");
    assert!(check.stdout.contains("RAISED"), "{check:?}");
    assert_eq!(diktor(folder.path(), "check nowhere").code, 2);
}

#[test]
fn a_run_that_stopped_itself_is_seen_as_such_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    let events = folder.path().join("run/events.jsonl");
    let log = fs::read_to_string(&events).unwrap();
    let why = "`red_flags` ends the run: the text makes no difference";
    let warning = serde_json::json!({
        "step": 4, "time_s": 1e9, "event": "warning", "message": why, "hint": null,
    });
    let (before, end) = log.trim_end().rsplit_once('\n').unwrap();
    let end = end.replace("\"completed\"", "\"red_flag\"");
    fs::write(&events, format!("{before}\n{warning}\n{end}\n")).unwrap();
    let check = diktor(folder.path(), "check run");
    assert_eq!(check.code, 1, "{check:?}");
    for told in ["The run stopped itself", "the text makes no difference"] {
        assert!(check.stdout.contains(told), "{check:?}");
    }
    let json = diktor(folder.path(), "check run --json").json();
    assert_eq!(json["verdict"]["call"], "stopped_itself", "{json}");
    let told = diktor(folder.path(), "why run").ok().stdout;
    assert!(told.contains("The run stopped itself"), "{told}");
    diktor(folder.path(), "report run").ok();
    let page = fs::read_to_string(folder.path().join("run/report.html")).unwrap();
    assert!(page.contains("<h1>The run stopped itself: a red flag.</h1>"));
}

#[test]
fn confirmed_utterances_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let run = trained(folder.path());
    let ledger = fs::read_to_string(run.join("ledger.csv")).unwrap();
    assert_eq!(ledger.lines().count(), 13, "{ledger}");
    diktor(folder.path(), "prepare quarantine run").ok();
    let unknown = diktor(folder.path(), "prepare quarantine run --confirm tone-99");
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("tone-99"), "{unknown:?}");

    let line = "prepare quarantine run --confirm tone-03,tone-05 -o q.csv --json";
    let confirmed = diktor(folder.path(), line).ok().json();
    assert_eq!(
        confirmed["confirmed"],
        serde_json::json!(["tone-03", "tone-05"])
    );
    corpus(folder.path());
    let line = "train --dataset corpus -o second --preset tiny --max-steps 1 --json --hparams \
                quarantine_file=q.csv,batch_size=4,max_decoder_steps=12";
    let second = diktor(folder.path(), line).ok();
    assert!(
        second.stderr.contains("tone-03") && second.stderr.contains("quarantine"),
        "{second:?}"
    );
    let lists =
        |name: &str| fs::read_to_string(folder.path().join("second/dataset").join(name)).unwrap();
    let all = lists("train.csv") + &lists("val.csv");
    assert_eq!(all.lines().count(), 10, "{all}");
    assert!(
        !all.contains("tone-03") && !all.contains("tone-05"),
        "{all}"
    );

    let missing = diktor(
        folder.path(),
        "train --dataset corpus -o third --preset tiny --hparams quarantine_file=none.csv",
    );
    assert_eq!(missing.code, 2, "{missing:?}");
    assert!(missing.stderr.contains("none.csv"), "{missing:?}");
}

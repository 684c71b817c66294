//! People are told: the whole binary against a stand-in for Telegram and Slack.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    harness::{QUICK, Ran, command, corpus, words},
    standin::{Arrived, Fault, HOOK, Standin, TOKEN},
};

/// The binary, with a bot and a webhook of the stand-in.
fn told(folder: &Path, standin: &Standin, line: &str) -> Command {
    let config = format!("telegram:\n  chat_id: 42\n  api_url: {}\n", standin.url());
    fs::write(folder.join("people.yaml"), config).unwrap();
    let mut command = command(folder);
    command
        .args(words(line))
        .env("TELEGRAM_BOT_TOKEN", TOKEN)
        .env("SLACK_WEBHOOK_URL", format!("{}{HOOK}", standin.url()))
        .env("DIKTOR_LOG", "trace");
    command
}

fn train(folder: &Path, standin: &Standin, more: &str) -> Command {
    let line = format!(
        "train --dataset corpus -o run --preset tiny --config people.yaml {more} --hparams \
         {QUICK},telegram_notification_interval=2"
    );
    told(folder, standin, &line)
}

fn of(standin: &Standin, chat: bool) -> Vec<Arrived> {
    let taken = standin.taken().into_iter();
    taken
        .filter(|one| (one.method != "slack") == chat)
        .collect()
}

/// Every byte of a folder that could hold a secret.
fn holds(folder: &Path, secret: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holds(&path, secret));
        } else {
            let bytes = fs::read(&path).unwrap();
            if bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes())
            {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

#[test]
fn a_run_is_told_with_pictures_and_no_secret_is_left_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let standin = Standin::start();
    corpus(folder.path());
    standin.fail(&[Fault::TooMany(1), Fault::Broken]);
    let ran: Ran = train(folder.path(), &standin, "--max-steps 4")
        .output()
        .unwrap()
        .into();
    let ran = ran.ok();
    let chat = of(&standin, true);
    let with = |sign: &str| -> Vec<&Arrived> {
        chat.iter()
            .filter(|one| one.words().starts_with(sign))
            .collect()
    };
    assert_eq!(with("🚀 run: training has begun").len(), 1, "{chat:#?}");
    let reports = with("🤖 run: detailed report");
    // That of step 2 may have given way to it while the stand-in was broken.
    let newest = reports.last().unwrap().words();
    assert!(newest.contains("Step 4 of 4"), "{newest}");
    assert!(newest.contains("Attention diagonality: "), "{newest}");
    let end = with("✅ run: training is complete");
    assert_eq!(end[0].method, "sendMediaGroup");
    for picture in ["picture0", "picture1"] {
        assert!(end[0].fields[picture].contains("PNG"), "{:?}", end[0]);
    }
    assert!(
        chat.iter()
            .any(|one| one.method == "sendDocument" && one.fields["document"].starts_with("RIFF"))
    );
    let slack = of(&standin, false);
    assert!(
        slack
            .iter()
            .any(|one| one.fields["text"].contains("training is complete"))
    );

    for secret in [TOKEN, "CANARY"] {
        assert!(
            !ran.stdout.contains(secret) && !ran.stderr.contains(secret),
            "{ran:?}"
        );
        assert_eq!(holds(folder.path(), secret), Vec::<String>::new());
    }
    let kept = fs::read_to_string(folder.path().join("run/alerts.json")).unwrap();
    assert!(kept.contains("\"chat_id\": 42"), "{kept}");
    let log = fs::read_to_string(folder.path().join("run/alerts.log")).unwrap();
    assert!(log.contains("run: training is complete"), "{log}");
}

#[test]
fn the_chat_stops_a_run_as_ctrl_c_does() {
    let folder = tempfile::tempdir().unwrap();
    let standin = Standin::start();
    corpus(folder.path());
    standin.write(42, "/stop");
    let mut run = train(folder.path(), &standin, "--max-steps 100000 -q")
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let end = Instant::now() + Duration::from_secs(120);
    let reported = || {
        of(&standin, true)
            .iter()
            .any(|one| one.words().starts_with("🤖"))
    };
    while !(reported() && standin.questions() >= 2) && Instant::now() < end {
        sleep(Duration::from_millis(20));
    }
    assert!(
        run.try_wait().unwrap().is_none(),
        "an order from before the start is not obeyed"
    );
    standin.write(42, "/stop");
    let status = loop {
        match run.try_wait().unwrap() {
            Some(status) => break status,
            None if Instant::now() > end => {
                run.kill().unwrap();
                panic!("it does not stop");
            }
            None => sleep(Duration::from_millis(20)),
        }
    };
    assert_eq!(status.code(), Some(130));
    assert!(folder.path().join("run/checkpoints/last.ckpt").is_file());
    let last = of(&standin, true)
        .iter()
        .map(Arrived::words)
        .collect::<Vec<_>>();
    assert!(
        last.iter()
            .any(|words| words.starts_with("⏸️ run: interrupted")),
        "{last:?}"
    );
}

#[test]
fn a_trial_sends_one_message_of_each_kind_and_says_what_came_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let standin = Standin::start();
    let line = "alert test --config people.yaml --lang ru --json -q";
    let ran: Ran = told(folder.path(), &standin, line).output().unwrap().into();
    let found = ran.ok().json();
    let expected = json!([
        { "channel": "telegram", "sent": 9, "of": 9, "error": null },
        { "channel": "slack", "sent": 9, "of": 9, "error": null },
    ]);
    assert_eq!(found["channels"], expected);
    assert_eq!(found["absent"][0]["channel"], "email");
    assert_eq!(of(&standin, false).len(), 9);
    let trial = of(&standin, true)
        .iter()
        .filter(|one| one.words().contains("пробное"))
        .count();
    assert_eq!(trial, 9);

    let wrong = told(
        folder.path(),
        &standin,
        "alert test --config people.yaml -q",
    )
    .env("TELEGRAM_BOT_TOKEN", "1:CANARY-wrong")
    .output();
    let wrong: Ran = wrong.unwrap().into();
    assert_eq!(wrong.code, 1, "{wrong:?}");
    assert!(wrong.stdout.contains("telegram    0 of 9") && wrong.stdout.contains("Unauthorized"));
    assert!(
        !wrong.stdout.contains("CANARY") && !wrong.stderr.contains("CANARY"),
        "{wrong:?}"
    );
}

#[test]
fn what_is_wrong_with_the_sections_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let check = |yaml: &str, line: &str, expected: &str| {
        fs::write(folder.path().join("wrong.yaml"), yaml).unwrap();
        let ran: Ran = command(folder.path())
            .args(words(line))
            .output()
            .unwrap()
            .into();
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(
            ran.stderr.contains(expected),
            "`{expected}` in {}",
            ran.stderr
        );
    };
    corpus(folder.path());
    let test = "alert test --config wrong.yaml";
    let train = "train --dataset corpus -o run --preset tiny --max-steps 1 --config wrong.yaml -q";
    for line in [test, train] {
        check(
            "telegram: {enable: true}",
            line,
            "section `telegram`: unknown field `enable`",
        );
        check(
            "alerts: {channels: [pigeon]}",
            line,
            "unknown variant `pigeon`",
        );
        check("alerts: {channels: [telegram]}", line, "TELEGRAM_BOT_TOKEN");
    }
    check(
        "alerts: {quiet_hours: night}",
        train,
        "`alerts.quiet_hours` = `night`",
    );
    check("{}", "alert test", "no channel is configured");
    assert!(!folder.path().join("run/checkpoints").exists());
}

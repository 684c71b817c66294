//! Recognisers that answer, fail, hang and babble.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use diktor_eval::{EvalError, Recogniser};

const LIMIT: Duration = Duration::from_secs(20);

/// A shell script that acts as a recogniser.
fn script(folder: &Path, body: &str) -> PathBuf {
    let path = folder.join("listen to.sh");
    fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn hear(body: &str, limit: Duration) -> Result<String, EvalError> {
    let folder = tempfile::tempdir().unwrap();
    let sound = folder.path().join("a sound.wav");
    fs::write(&sound, "x").unwrap();
    // By way of `sh`: a script just written may still be held open by a sibling's fork.
    let command = format!("sh '{}' {{}}", script(folder.path(), body).display());
    let recogniser = Recogniser::new(&command, limit)?;
    assert_eq!(recogniser.command(), command);
    recogniser.hear(&sound, &|| false)
}

fn refused(body: &str) -> String {
    hear(body, LIMIT).unwrap_err().to_string()
}

#[test]
fn words_and_json_are_heard() {
    assert_eq!(
        hear("echo ' Hello  there. '", LIMIT).unwrap(),
        "Hello there."
    );
    assert_eq!(hear("printf 'one\\ntwo\\n'", LIMIT).unwrap(), "one two");
    assert_eq!(hear("true", LIMIT).unwrap(), "");
    let json = "echo '{\"language\": \"en\", \"text\": \" Hello. \"}'";
    assert_eq!(hear(json, LIMIT).unwrap(), "Hello.");
    assert_eq!(
        hear("test -f \"$1\" && basename \"$1\"", LIMIT).unwrap(),
        "a sound.wav"
    );
}

#[test]
fn the_recording_comes_last_or_inside_a_word_and_no_shell_reads_the_line() {
    let sound = Path::new("a b.wav");
    let hear = |command: &str| {
        let recogniser = Recogniser::new(command, LIMIT).unwrap();
        recogniser.hear(sound, &|| false).unwrap()
    };
    assert_eq!(hear("echo"), "a b.wav");
    assert_eq!(hear("echo --file={} --quiet"), "--file=a b.wav --quiet");
    assert_eq!(
        hear("echo '$HOME' \"two words\"; false"),
        "$HOME two words; false a b.wav"
    );
}

#[test]
fn a_failure_names_command_exit_and_last_complaint() {
    let said = refused("echo start >&2; echo 'no model here' >&2; echo >&2; exit 3");
    assert!(said.contains("listen to.sh"), "{said}");
    assert!(said.contains("exit code 3"), "{said}");
    assert!(said.ends_with("no model here"), "{said}");
    assert!(said.contains("a sound.wav"), "{said}");
    let silent = refused("exit 1");
    assert!(silent.ends_with("it said nothing"), "{silent}");
    let killed = refused("kill -TERM $$");
    assert!(killed.contains("signal 15"), "{killed}");
}

#[test]
fn rubbish_is_no_text() {
    for (body, reason) in [
        ("printf '\\377\\376'", "is not UTF-8"),
        ("printf 'a\\000b'", "control characters"),
        ("echo '{\"text\": '", "begins like JSON and is none"),
        ("echo '{\"words\": []}'", "without a field `text`"),
        ("echo '{\"text\": 7}'", "without a field `text`"),
        (
            "head -c 3000000 /dev/zero | tr '\\0' a",
            "longer than any sentence",
        ),
    ] {
        let said = refused(body);
        assert!(said.contains(reason), "{body}: {said}");
        assert!(said.contains("hint: it prints the text alone"), "{said}");
    }
}

#[test]
fn what_hangs_is_ended_with_all_that_it_has_started() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    // A child of the script would write a second later.
    let body = format!("(sleep 2; touch '{}') & sleep 30", trace.display());
    let begun = Instant::now();
    let error = hear(&body, Duration::from_millis(300)).unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(10));
    let said = error.to_string();
    assert!(
        said.contains("not done with") && said.contains("after 0.3 s"),
        "{said}"
    );
    assert!(said.contains("--recogniser-timeout"), "{said}");
    std::thread::sleep(Duration::from_millis(2500));
    assert!(!trace.exists(), "the child went on");
}

#[test]
fn what_it_leaves_running_does_not_keep_anybody_waiting() {
    let begun = Instant::now();
    // A server for the next recordings, say.
    assert_eq!(hear("sleep 15 & echo Hello.", LIMIT).unwrap(), "Hello.");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_stop_ends_it_at_once() {
    let begun = Instant::now();
    let recogniser = Recogniser::new("sleep 30 #", LIMIT).unwrap();
    let stopped = recogniser.hear(Path::new("x.wav"), &|| true);
    // `sleep` may refuse its second word before the first look.
    assert!(matches!(
        stopped,
        Err(EvalError::Stopped | EvalError::Failed { .. })
    ));
    let recogniser = Recogniser::new("sh -c 'sleep 30'", LIMIT).unwrap();
    let stopped = recogniser.hear(Path::new("x.wav"), &|| begun.elapsed().as_millis() > 200);
    assert!(matches!(stopped, Err(EvalError::Stopped)));
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn command_lines_that_cannot_be_are_refused() {
    let said = |command: &str| Recogniser::new(command, LIMIT).unwrap_err().to_string();
    assert!(said("").contains("no command"));
    assert!(said("   ").contains("no command"));
    assert!(said("python 'x").contains("a quote is not closed"));
    assert!(said("{}").contains("the first word is the program"));
    let absent = Recogniser::new("no-such-recogniser-here {}", LIMIT).unwrap();
    let error = absent.hear(Path::new("x.wav"), &|| false).unwrap_err();
    assert!(matches!(error, EvalError::NotStarted { .. }));
    assert!(error.to_string().contains("hint: is the program installed"));
}

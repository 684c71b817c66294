//! Under `locale: ru` nothing that a run tells is left in English.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::Path,
    sync::{Arc, Mutex},
};

use diktor_alert::{TakenUp, recovery_message, samples};
use diktor_track::{
    AttentionChange, Collapse, Console, ConsoleStyle, EarlyLook, EarlyVerdict, Event, EventKind,
    FaultAction, FaultKind, FaultRecord, InterventionRecord, Outcome, Phase, RestartRecord,
    RunStarted, Sink as _, Suspect, Suspects, VerdictRecord, names, report::ReportLocale,
};

const RU: ReportLocale = ReportLocale::Ru;

/// Names of programs, units and values that no language translates.
const KEPT: &[&str] = &[
    "Diktor",
    "UTC",
    "NaN",
    "inf",
    "GPU",
    "MCD",
    "alignment.png",
    "loss.png",
    "sound.wav",
];

/// Latin words of a text outside of code in back quotes, figures and file names.
fn latin_words(text: &str) -> Vec<String> {
    let prose: String = text.split('`').step_by(2).collect::<Vec<_>>().join(" ");
    let words = prose.split(|letter: char| letter.is_whitespace() || "(),;:[]«»·".contains(letter));
    words
        .map(|word| word.trim_matches(['.', '—', '-', '"', '…']))
        .filter(|word| word.chars().any(|letter| letter.is_ascii_alphabetic()))
        .filter(|word| !KEPT.contains(word) && word.parse::<f64>().is_err())
        .map(str::to_owned)
        .collect()
}

fn assert_russian(text: &str) {
    assert_eq!(latin_words(text), Vec::<String>::new(), "in\n{text}");
    let is_decimal = |word: &str| {
        let word = word.trim_matches(|letter: char| !letter.is_ascii_digit());
        word.split_once('.').is_some_and(|(whole, part)| {
            [whole, part].iter().all(|digits| {
                !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
            })
        })
    };
    // Old and new values of a parameter could be typed, so they keep their point.
    let prose: String = text.split('`').step_by(2).collect::<Vec<_>>().join(" ");
    let prose: Vec<&str> = prose.split_whitespace().collect();
    for (index, word) in prose.iter().enumerate() {
        let beside = [index.checked_sub(1), Some(index + 1)]
            .map(|at| at.and_then(|at| prose.get(at)).copied().unwrap_or_default());
        if !beside.contains(&"→") {
            assert!(!is_decimal(word), "`{word}` in\n{text}");
        }
    }
}

#[test]
fn an_english_word_would_be_found() {
    assert_eq!(
        latin_words("шаг 3: `gate` 1e-3, NaN, the norm is 12.5 (UTC)"),
        ["the", "norm", "is"]
    );
}

#[test]
fn every_kind_of_message_is_russian() {
    let folder = tempfile::tempdir().unwrap();
    for message in samples(RU, folder.path(), 1_800_000_000.0).unwrap() {
        let text = message.text().replace("diktor-alert-test", "");
        assert_russian(&text);
    }
    let again = TakenUp {
        run: "голос",
        checkpoint: Path::new("checkpoints/last.ckpt"),
        step: 3,
        backup: Path::new("backup"),
        changes: vec![["learning_rate", "1e-3", "5e-4"].map(str::to_owned)],
    };
    assert_russian(&recovery_message(&again, RU, 0.0).text());
}

/// Keeps what is written.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn every_line_of_the_console_is_russian() {
    let paper = Paper::default();
    let style = ConsoleStyle::Plain { every_s: 0.0 };
    let mut console = Console::with_output(style, RU, Box::new(paper.clone()));
    for (index, kind) in everything().into_iter().enumerate() {
        let (step, time_s) = (index as u64, index as f64);
        console.record(&Event { step, time_s, kind }).unwrap();
    }
    let text = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
    assert!(text.lines().count() > 40, "{text}");
    for line in text.lines() {
        assert_russian(line);
    }
}

/// One event of every kind, and of every way in which it can be said.
fn everything() -> Vec<EventKind> {
    let mut events = vec![started()];
    events.extend(measured());
    events.extend(changes());
    events.extend(troubles());
    events.extend(looks());
    let outcomes = [
        Outcome::Completed,
        Outcome::StoppedEarly,
        Outcome::RedFlag,
        Outcome::Interrupted,
        Outcome::Failed,
    ];
    events.extend(outcomes.map(|outcome| EventKind::RunFinished {
        outcome,
        seconds: 4000.0,
    }));
    events
}

fn started() -> EventKind {
    EventKind::RunStarted(RunStarted {
        run: "голос".to_owned(),
        version: "0.1.0".to_owned(),
        resumed_from: Some(0),
        max_steps: Some(1000),
        total_params: 28_193_153,
        train_size: 380,
        val_size: 20,
        hparams: BTreeMap::new(),
    })
}

fn measured() -> Vec<EventKind> {
    let all = |value: f64| {
        names::ALL
            .iter()
            .map(move |name| ((*name).to_owned(), value))
    };
    let saved = |why: &str| EventKind::CheckpointSaved {
        path: "checkpoints/last.ckpt".into(),
        why: why.to_owned(),
    };
    let mut events = vec![
        EventKind::Step {
            metrics: all(0.125).collect(),
        },
        EventKind::Validation {
            metrics: all(0.512).collect(),
        },
    ];
    events.extend(["schedule", "best", "best", "restart", "interrupted", "end"].map(saved));
    events
}

fn changes() -> Vec<EventKind> {
    let reasons = [
        ("learning_rate", "warm-up"),
        (
            "guide_schedule",
            "guided attention at a constant weight, times 1.5 of the fixes",
        ),
        ("phases", "phase alignment_learning"),
        (
            "auto_fix",
            "guide_up, 1 of at most 5: diagonality is 0.21, below 0.3, and does not rise (-0.01 over the last checks)",
        ),
        ("fault_guard", "5 steps in a row were not finite"),
    ];
    let mut events: Vec<EventKind> = reasons
        .map(|(who, why)| {
            EventKind::Intervention(InterventionRecord {
                who: who.to_owned(),
                knob: "guide_loss_weight".to_owned(),
                old: 2.5,
                new: 3.75,
                why: why.to_owned(),
            })
        })
        .into();
    events.extend(
        [(true, false), (false, false), (false, true)].map(|(helped, undone)| {
            EventKind::Verdict(VerdictRecord {
                who: "auto_fix".to_owned(),
                of_step: 3,
                knob: "guide_fix_factor".to_owned(),
                metric: names::ALIGNMENT_DIAGONALITY.to_owned(),
                before: 0.21,
                after: 0.71,
                helped,
                undone,
            })
        }),
    );
    events.push(EventKind::Phase {
        from: Phase::PreAlignment,
        to: Phase::AlignmentLearning,
        why: "diagonality 0.31 is at least 0.3".to_owned(),
    });
    events.push(EventKind::Refused {
        who: "lr_down".to_owned(),
        what: "learning_rate = 0.5".to_owned(),
        why: "`learning_rate` cannot be 0.5".to_owned(),
    });
    events
}

fn troubles() -> Vec<EventKind> {
    let mut events: Vec<EventKind> = Vec::new();
    for kind in FaultKind::ALL {
        for action in FaultAction::ALL {
            events.push(EventKind::Fault(FaultRecord {
                kind,
                value: 12.5,
                place: Some("decoder.attention_rnn".to_owned()),
                suspects: vec!["LJ001-0007".to_owned()],
                batch: Vec::new(),
                action,
            }));
        }
    }
    events.push(EventKind::Restart(RestartRecord {
        attempt: 1,
        most: 3,
        from_step: 10,
        to_step: 5,
        checkpoint: "checkpoints/last_good.ckpt".into(),
        reinitialised: true,
        overrides: BTreeMap::from([("lr_restart_factor".to_owned(), 0.5)]),
        why: "the gate told frames apart and is dead: `validation.gate_std` is 0.01, below 0.05 in 3 validations in a row".to_owned(),
    }));
    let warnings = [
        (
            "`gate.accuracy` is 0.62, below 0.7",
            "a higher `gate_pos_weight` teaches stopping sooner",
        ),
        (
            "`red_flags` ends the run: attention is uniform: diagonality was below 0.1 in the last 10 checks and is 0.02 at weight 10 of guided attention",
            "is the disk full?",
        ),
        (
            "warm start from `voice.ckpt`: 2 of 83 tensors keep their first values: `a`, `b`",
            "going on from `checkpoints/last.ckpt`",
        ),
    ];
    events.extend(warnings.map(|(message, hint)| EventKind::Warning {
        message: message.to_owned(),
        hint: Some(hint.to_owned()),
    }));
    events
}

fn looks() -> Vec<EventKind> {
    let mut events = Vec::new();
    for to in Collapse::ALL {
        events.push(EventKind::Attention(AttentionChange {
            from: Some(Collapse::Random),
            to,
            share: 0.62,
            diagonality: 0.712,
        }));
        for verdict in [
            EarlyVerdict::Aligned,
            EarlyVerdict::OnItsWay,
            EarlyVerdict::NotOnItsWay,
        ] {
            events.push(EventKind::Early(EarlyLook {
                verdict,
                class: to,
                diagonality: 0.712,
                slope: 0.01,
                projected: 0.9,
                utterances: 1600,
                look_again: Some(200),
            }));
        }
    }
    let suspect = Suspect {
        utterance: "jackson_0353".to_owned(),
        text: "zero".to_owned(),
        suspicion: 5.0,
        proposed: true,
        because: Vec::new(),
        loss: 1.0,
        alignment_score: None,
        text_fit: None,
        frames_per_symbol: 5.0,
        picture: None,
        audio: None,
    };
    events.push(EventKind::Suspects(Suspects {
        worst: vec![suspect],
        proposed: 1,
        measured: 400,
    }));
    events
}

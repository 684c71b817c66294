use std::sync::{Arc, Mutex};

use super::*;
use crate::{InterventionRecord, Phase, RunStarted, VerdictRecord, names};

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

/// What a run of 100 steps of half a second is told as.
fn told(style: ConsoleStyle, locale: ReportLocale) -> String {
    let paper = Paper::default();
    let mut console = Console::with_output(style, locale, Box::new(paper.clone()));
    let mut tell = |step: u64, kind| {
        console
            .record(&Event {
                step,
                time_s: step as f64 / 2.0,
                kind,
            })
            .unwrap();
    };
    tell(
        0,
        EventKind::RunStarted(RunStarted {
            run: "demo".to_owned(),
            version: String::new(),
            resumed_from: None,
            max_steps: Some(100),
            total_params: 2_107_153,
            train_size: 380,
            val_size: 20,
            hparams: BTreeMap::new(),
        }),
    );
    for step in 1..=100 {
        let values = [
            (names::TRAINING_LOSS, f64::NAN),
            (names::PERF_FRAMES_PER_SECOND, 900.4),
        ];
        let metrics = values.map(|(name, value)| (name.to_owned(), value)).into();
        tell(step, EventKind::Step { metrics });
    }
    let metrics = [(names::GATE_ACCURACY.to_owned(), 0.91)].into();
    tell(100, EventKind::Validation { metrics });
    tell(
        100,
        EventKind::Warning {
            message: "loud".to_owned(),
            hint: Some("turn down".to_owned()),
        },
    );
    tell(
        100,
        EventKind::RunFinished {
            outcome: Outcome::Completed,
            seconds: 50.0,
        },
    );
    let bytes = paper.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn plain_lines_come_at_their_pace() {
    let text = told(ConsoleStyle::Plain { every_s: 10.0 }, ReportLocale::En);
    let expected = "\
run demo: 2 107 153 parameters, 380 utterances to train on, 20 to validate on
step 1/100  loss NaN  frames/s 900  ETA 50 s
step 21/100  loss NaN  frames/s 900  ETA 40 s
step 41/100  loss NaN  frames/s 900  ETA 30 s
step 61/100  loss NaN  frames/s 900  ETA 20 s
step 81/100  loss NaN  frames/s 900  ETA 10 s
step 100/100  loss NaN  frames/s 900  ETA 0 s
validation at step 100: gate accuracy 0.910
warning: loud
hint: turn down
run completed, at step 100 after 50 s
";
    assert_eq!(text, expected);
}

#[test]
fn phases_and_verdicts_are_lines_of_their_own() {
    let paper = Paper::default();
    let mut console = Console::with_output(
        ConsoleStyle::Plain { every_s: 10.0 },
        ReportLocale::En,
        Box::new(paper.clone()),
    );
    let verdict = VerdictRecord {
        who: "auto_fix".to_owned(),
        of_step: 2400,
        knob: "guide_fix_factor".to_owned(),
        metric: names::ALIGNMENT_DIAGONALITY.to_owned(),
        before: 0.1234,
        after: 0.31,
        helped: true,
        undone: false,
    };
    let kinds = [
        EventKind::Verdict(verdict),
        EventKind::Phase {
            from: Phase::PreAlignment,
            to: Phase::AlignmentLearning,
            why: "diagonality 0.31 is at least 0.3".to_owned(),
        },
    ];
    for kind in kinds {
        let (step, time_s) = (4400, 0.0);
        console.record(&Event { step, time_s, kind }).unwrap();
    }
    let told = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
    let expected = "\
step 4400: the fix of step 2400, `guide_fix_factor`, helped: `alignment.diagonality` 0.123 → 0.31
step 4400: phase `pre_alignment` → `alignment_learning`, attention becomes steady: diagonality 0.31 is at least 0.3
";
    assert_eq!(told, expected);
}

#[test]
fn quiet_tells_warnings_only() {
    assert_eq!(
        told(ConsoleStyle::Quiet, ReportLocale::En),
        "warning: loud\nhint: turn down\n"
    );
}

/// What is said of events at step 300.
fn lines(locale: ReportLocale, kinds: Vec<EventKind>) -> Vec<String> {
    let paper = Paper::default();
    let style = ConsoleStyle::Plain { every_s: 10.0 };
    let mut console = Console::with_output(style, locale, Box::new(paper.clone()));
    for kind in kinds {
        let (step, time_s) = (300, 0.0);
        console.record(&Event { step, time_s, kind }).unwrap();
    }
    let bytes = paper.0.lock().unwrap().clone();
    let text = String::from_utf8(bytes).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn the_best_checkpoint_says_by_what_it_is_the_best() {
    let validated = |loss: f64, score: f64| EventKind::Validation {
        metrics: [
            (names::VALIDATION_LOSS.to_owned(), loss),
            (names::QUALITY_COMPOSITE_TTS_SCORE.to_owned(), score),
        ]
        .into(),
    };
    let saved = || EventKind::CheckpointSaved {
        path: "checkpoints/best_model.ckpt".into(),
        why: "best".to_owned(),
    };
    let kinds = vec![
        validated(9.82, 0.512),
        saved(),
        validated(12.6, 0.431),
        saved(),
    ];
    let told = lines(ReportLocale::En, kinds.clone());
    assert_eq!(
        told[3],
        "step 300: saved `checkpoints/best_model.ckpt`: the best so far by `quality.composite_tts_score`, 0.431, before 0.512"
    );
    assert!(told[2].contains("loss 12.600") && told[2].contains("composite score 0.431"));
    let told = lines(ReportLocale::Ru, kinds);
    assert_eq!(
        told[3],
        "шаг 300: сохранён `checkpoints/best_model.ckpt`: лучший по `quality.composite_tts_score`, 0,431, прежний 0,512"
    );
}

#[test]
fn a_change_says_on_what_grounds_it_was_made() {
    let change = EventKind::Intervention(InterventionRecord {
        who: "learning_rate".to_owned(),
        knob: "learning_rate".to_owned(),
        old: 9.5e-4,
        new: 1e-3,
        why: "constant".to_owned(),
    });
    let told = lines(ReportLocale::En, vec![change.clone()]);
    assert_eq!(
        told,
        ["step 300: `learning_rate` 9.5e-4 → 1e-3 (schedule: constant)"]
    );
    let told = lines(ReportLocale::Ru, vec![change]);
    assert_eq!(
        told,
        ["шаг 300: `learning_rate` 9.5e-4 → 1e-3 (по расписанию: дальше без изменений)"]
    );
}

//! Every rule of a diagnosis, each on a run that shows it.

use std::{collections::BTreeMap, fs, path::Path};

use diktor_track::{
    AttentionChange, Collapse, EarlyLook, EarlyVerdict, Event, EventKind, FaultAction, FaultKind,
    FaultRecord, Oddity, Outcome, RestartRecord, RunStarted, Suspect, Suspects, names,
    report::{Diagnosis, Fact, ReportLocale, Severity, diagnose, write_worst},
};

/// A metric and its value at a step.
pub(crate) type Figure = (&'static str, fn(u64) -> f64);

/// A run of 1000 steps as its figures say, validated every 50.
pub(crate) struct Run {
    pub(crate) utterances: u64,
    pub(crate) steps: u64,
    /// Figures of a step.
    pub(crate) training: Vec<Figure>,
    /// Figures of a validation.
    pub(crate) validation: Vec<Figure>,
    pub(crate) also: Vec<(u64, EventKind)>,
    pub(crate) outcome: Option<Outcome>,
    /// Hyper-parameters besides the weight of guided attention.
    pub(crate) hparams: Vec<(&'static str, serde_json::Value)>,
}

impl Run {
    /// A voice that learnt to read.
    pub(crate) fn good() -> Self {
        Self {
            utterances: 500,
            steps: 1000,
            training: vec![
                (names::TRAINING_LOSS, |step| 9.0 / (step as f64).sqrt()),
                (names::TRAINING_TACO_LOSS, |step| 9.0 / (step as f64).sqrt()),
                (names::GRAD_NORM, |_| 1.5),
                (names::LEARNING_RATE, |_| 1e-3),
            ],
            validation: vec![
                (names::VALIDATION_LOSS, |step| 9.5 / (step as f64).sqrt()),
                (names::ALIGNMENT_DIAGONALITY, |step| {
                    (step as f64 / 200.0).min(0.93)
                }),
                (names::GATE_ACCURACY, |_| 0.95),
                (names::VALIDATION_GATE_MEAN, |_| 0.5),
                (names::FREE_RUNNING_PREMATURE_RATE, |_| 0.02),
                (names::FREE_RUNNING_RUNAWAY_RATE, |_| 0.0),
                (names::QUALITY_SCORE, |_| 84.0),
            ],
            also: Vec::new(),
            outcome: Some(Outcome::Completed),
            hparams: Vec::new(),
        }
    }

    pub(crate) fn training(mut self, name: &'static str, value: fn(u64) -> f64) -> Self {
        self.training.push((name, value));
        self
    }

    pub(crate) fn validation(mut self, name: &'static str, value: fn(u64) -> f64) -> Self {
        self.validation.push((name, value));
        self
    }

    pub(crate) fn also(mut self, step: u64, kind: EventKind) -> Self {
        self.also.push((step, kind));
        self
    }

    pub(crate) fn hparam(
        mut self,
        name: &'static str,
        value: impl Into<serde_json::Value>,
    ) -> Self {
        self.hparams.push((name, value.into()));
        self
    }

    pub(crate) fn diagnosis(&self) -> Diagnosis {
        let folder = tempfile::tempdir().unwrap();
        self.write(folder.path());
        diagnose(folder.path(), ReportLocale::En).unwrap()
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        let at = |step: u64, kind| Event {
            step,
            time_s: 1e9 + step as f64,
            kind,
        };
        let figures = |list: &[Figure], step: u64| -> BTreeMap<_, _> {
            list.iter()
                .map(|(name, value)| ((*name).to_owned(), value(step)))
                .collect()
        };
        let mut events = vec![at(0, EventKind::RunStarted(self.started()))];
        for step in 1..=self.steps {
            let metrics = figures(&self.training, step);
            events.push(at(step, EventKind::Step { metrics }));
            if step % 50 == 0 {
                let metrics = figures(&self.validation, step);
                events.push(at(step, EventKind::Validation { metrics }));
            }
            let also = self.also.iter().filter(|(when, _)| *when == step);
            events.extend(also.map(|(_, kind)| at(step, kind.clone())));
        }
        let seconds = 60.0;
        events.extend(
            self.outcome
                .map(|outcome| at(self.steps, EventKind::RunFinished { outcome, seconds })),
        );
        events
    }

    pub(crate) fn started(&self) -> RunStarted {
        RunStarted {
            run: "voice".to_owned(),
            version: "0".to_owned(),
            resumed_from: None,
            max_steps: Some(1000),
            total_params: 1,
            train_size: self.utterances,
            val_size: 20,
            hparams: [("guide_loss_weight", 1.0.into())]
                .into_iter()
                .chain(self.hparams.iter().cloned())
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        }
    }

    pub(crate) fn write(&self, folder: &Path) {
        let lines: Vec<String> = self
            .events()
            .iter()
            .map(|event| serde_json::to_string(event).unwrap() + "\n")
            .collect();
        fs::write(folder.join("events.jsonl"), lines.concat()).unwrap();
    }

    pub(crate) fn facts(&self) -> Vec<Fact> {
        let folder = tempfile::tempdir().unwrap();
        self.write(folder.path());
        let found = |locale| diagnose(folder.path(), locale).unwrap().findings;
        let (en, ru) = (found(ReportLocale::En), found(ReportLocale::Ru));
        for (en, ru) in en.iter().zip(&ru) {
            assert_eq!(en.fact, ru.fact);
            assert_eq!(en.evidence.len(), ru.evidence.len(), "{en:?}");
            assert_ne!(en.title, ru.title);
            assert!(!en.action.is_empty() && en.action != ru.action, "{en:?}");
        }
        let order: Vec<Severity> = en.iter().map(|finding| finding.severity).collect();
        assert!(order.is_sorted(), "the worst come first: {en:?}");
        en.into_iter().map(|finding| finding.fact).collect()
    }

    pub(crate) fn first_fact(&self) -> Fact {
        self.facts().remove(0)
    }
}

#[test]
fn a_good_run_is_healthy() {
    let facts = Run::good().facts();
    assert!(
        matches!(
            facts[..],
            [Fact::Healthy {
                diagonality: 0.93,
                intelligibility: None,
                quality: Some(84.0),
                measured: None
            }]
        ),
        "{facts:?}"
    );
}

#[test]
fn numbers_that_are_not_finite_are_counted() {
    let broken = |step| {
        if (300..303).contains(&step) {
            f64::NAN
        } else {
            1.0
        }
    };
    let fact = Run::good()
        .training(names::TRAINING_LOSS, broken)
        .first_fact();
    let expected = Fact::NonFinite {
        steps: 3,
        first: 300,
        last: 302,
    };
    assert_eq!(fact, expected);
}

#[test]
fn gradients_that_explode_are_told_by_their_median_or_by_their_peaks() {
    let high = Run::good()
        .training(names::GRAD_NORM, |_| 40.0)
        .first_fact();
    assert!(
        matches!(
            high,
            Fact::Exploding {
                median: 40.0,
                above: 0,
                of: 100,
                ..
            }
        ),
        "{high:?}"
    );
    let peaks = |step| if step % 20 == 0 { 500.0 } else { 1.0 };
    let peaks = Run::good().training(names::GRAD_NORM, peaks).first_fact();
    assert!(
        matches!(
            peaks,
            Fact::Exploding {
                median: 1.0,
                largest: 500.0,
                above: 5,
                ..
            }
        ),
        "{peaks:?}"
    );
}

#[test]
fn attention_that_never_comes_is_told_with_its_class() {
    let stuck = EventKind::Attention(AttentionChange {
        from: None,
        to: Collapse::Stuck,
        share: 0.9,
        diagonality: 0.1,
    });
    let lost = Run::good()
        .validation(names::ALIGNMENT_DIAGONALITY, |_| 0.12)
        .also(50, stuck);
    let fact = lost.first_fact();
    assert!(
        matches!(
            fact,
            Fact::NotAligned {
                class: Some(Collapse::Stuck),
                guide_weight: Some(1.0),
                ..
            }
        ),
        "{fact:?}"
    );
}

#[test]
fn attention_is_not_asked_for_before_it_is_due() {
    let young = Run {
        steps: 50,
        outcome: None,
        ..Run::good().validation(names::ALIGNMENT_DIAGONALITY, |_| 0.05)
    };
    let facts = young.facts();
    assert_eq!(facts, [Fact::Unfinished, Fact::TooEarly { step: 50 }]);
    let look = EventKind::Early(EarlyLook {
        verdict: EarlyVerdict::NotOnItsWay,
        class: Collapse::Uniform,
        diagonality: 0.05,
        slope: 0.0,
        projected: 0.05,
        utterances: 800,
        look_again: Some(100),
    });
    let fact = young.also(50, look).first_fact();
    assert!(
        matches!(fact, Fact::NotAligned { early: Some(_), .. }),
        "the run itself has looked early: {fact:?}"
    );
}

#[test]
fn a_gate_fails_in_three_ways() {
    let dead = Run::good().validation(names::GATE_ACCURACY, |_| 0.5);
    assert!(matches!(dead.first_fact(), Fact::GateDead { .. }));
    let early = Run::good().validation(names::FREE_RUNNING_PREMATURE_RATE, |_| 0.4);
    assert_eq!(early.first_fact(), Fact::GatePremature { rate: 0.4 });
    let endless = Run::good().validation(names::FREE_RUNNING_RUNAWAY_RATE, |_| 0.3);
    assert_eq!(endless.first_fact(), Fact::GateRunaway { rate: 0.3 });
}

#[test]
fn a_validation_loss_that_rises_while_training_falls_is_overfitting() {
    let rising = |step: u64| 1.0 + (step as f64 / 1000.0 - 0.4).abs();
    let fact = Run::good()
        .validation(names::VALIDATION_LOSS, rising)
        .first_fact();
    assert!(
        matches!(fact, Fact::Overfit { at, .. } if (400..=600).contains(&at)),
        "{fact:?}"
    );
}

fn suspect(folder: &Path) -> Suspect {
    fs::write(folder.join("a.png"), b"\x89PNG\r\n\x1a\n....").unwrap();
    Suspect {
        utterance: "u<7>".to_owned(),
        text: "Not what is said.".to_owned(),
        suspicion: 7.5,
        proposed: true,
        because: vec![Oddity::Text, Oddity::Long],
        loss: 1.0,
        alignment_score: Some(0.4),
        text_fit: Some(0.35),
        frames_per_symbol: 5.0,
        picture: Some("a.png".into()),
        audio: Some("missing.wav".into()),
    }
}

#[test]
fn suspicious_utterances_have_a_page_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let list = |proposed| {
        EventKind::Suspects(Suspects {
            worst: vec![suspect(folder.path())],
            proposed,
            measured: 500,
        })
    };
    let run = Run::good().also(900, list(1));
    let fact = run.first_fact();
    assert!(
        matches!(&fact, Fact::BadTranscripts { proposed: 1, measured: 500, worst } if worst == &["u<7>"]),
        "{fact:?}"
    );
    let fact = Run::good().also(900, list(0)).first_fact();
    assert!(
        matches!(
            fact,
            Fact::Healthy {
                measured: Some(500),
                ..
            }
        ),
        "the most unlike of a good corpus are no finding: {fact:?}"
    );
    run.write(folder.path());
    for (locale, word) in [
        (ReportLocale::En, "proposed to be left out"),
        (ReportLocale::Ru, "предложено исключить"),
    ] {
        let page = write_worst(folder.path(), locale).unwrap().unwrap();
        let html = fs::read_to_string(page).unwrap();
        for told in [
            word,
            "u&lt;7&gt;",
            "Not what is said.",
            "data:image/png;base64,",
        ] {
            assert!(html.contains(told), "{locale:?}: {told}");
        }
        assert!(
            !html.contains("<audio"),
            "a sound that is not there is left out"
        );
        assert!(html.contains("default-src 'none'"));
    }
    Run::good().write(folder.path());
    assert_eq!(write_worst(folder.path(), ReportLocale::En).unwrap(), None);
}

#[test]
fn one_sign_alone_accuses_no_transcript() {
    let folder = tempfile::tempdir().unwrap();
    let accusation = |because: Vec<Oddity>, text_fit| {
        let suspects = Suspects {
            worst: vec![Suspect {
                because,
                text_fit,
                ..suspect(folder.path())
            }],
            proposed: 1,
            measured: 400,
        };
        let fact = Run::good()
            .also(900, EventKind::Suspects(suspects))
            .first_fact();
        matches!(fact, Fact::BadTranscripts { .. })
    };
    let attention = || vec![Oddity::Attention];
    assert!(!accusation(attention(), Some(2.6)), "its text fits well");
    assert!(!accusation(attention(), None), "one sign alone");
    assert!(accusation(attention(), Some(0.4)), "the fit agrees");
    assert!(accusation(vec![Oddity::Attention, Oddity::Long], Some(2.6)));
}

#[test]
fn a_small_corpus_and_a_red_flag_are_told() {
    let small = Run {
        utterances: 21,
        ..Run::good()
    };
    assert_eq!(small.first_fact(), Fact::SmallCorpus { utterances: 21 });
    let message = "`fault_guard` ends the run: 5 steps in a row were not finite".to_owned();
    let stopped = Run {
        outcome: Some(Outcome::RedFlag),
        ..Run::good()
    };
    let warning = |message: &str| EventKind::Warning {
        message: message.to_owned(),
        hint: None,
    };
    let fact = stopped
        .also(1000, warning(&message))
        .also(1000, warning("the state of step 1000 is not saved"))
        .first_fact();
    assert_eq!(fact, Fact::RedFlag { why: message });
    let failed = Run {
        outcome: Some(Outcome::Failed),
        ..Run::good()
    };
    assert_eq!(failed.first_fact(), Fact::Failed);
}

pub(crate) fn restart(attempt: u64, from_step: u64, to_step: u64) -> EventKind {
    EventKind::Restart(RestartRecord {
        attempt,
        most: 5,
        from_step,
        to_step,
        checkpoint: "checkpoints/last_good.ckpt".into(),
        reinitialised: false,
        overrides: BTreeMap::from([("lr_restart_factor".to_owned(), 0.5)]),
        why: "the network holds values that are not finite".to_owned(),
    })
}

#[test]
fn a_fault_is_told_though_a_restart_took_its_step_back() {
    let fault = EventKind::Fault(FaultRecord {
        kind: FaultKind::NonFiniteTensor,
        value: f64::NAN,
        place: Some("embedding.weight".to_owned()),
        suspects: Vec::new(),
        batch: Vec::new(),
        action: FaultAction::Restarted,
    });
    let run = Run::good()
        .training(names::TRAINING_LOSS, |step| {
            if step == 600 { f64::NAN } else { 1.0 }
        })
        .also(600, fault)
        .also(600, restart(1, 600, 550));
    let expected = Fact::NonFinite {
        steps: 1,
        first: 600,
        last: 600,
    };
    assert_eq!(run.first_fact(), expected);
}

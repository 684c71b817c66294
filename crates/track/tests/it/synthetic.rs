//! A run that never happened, written as a real one would be: for tests and for looking at the report.

use std::{collections::BTreeMap, f32::consts::PI, fs, io, path::Path};

use diktor_track::{
    Event, EventKind, Histogram, InterventionRecord, Outcome, Phase, Picture, RunStarted,
    VerdictRecord, names, picture,
};

/// How the run goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// Steps of the run.
    pub(crate) steps: u64,
    /// Steps between validations.
    pub(crate) validate_every: u64,
    /// Utterances with pictures and sounds.
    pub(crate) utterances: usize,
}

/// Sentences spoken, one per utterance.
pub(crate) const SENTENCES: &[&str] = &[
    "The lamp by the window is warm & bright <today>.",
    "Синий автобус приехал рано утром.",
    "Seven small boats waited in the harbour for the wind to turn.",
];

/// Events of the run, in order; its pictures and sounds are written into `run_dir`.
///
/// # Errors
/// If they cannot be written.
pub(crate) fn run(run_dir: &Path, plan: Plan) -> io::Result<Vec<Event>> {
    fs::create_dir_all(run_dir.join("samples"))?;
    let config = "preset: demo\nmodel:\n  reduction: 3\n  attention_dim: 128\nseed: 1234\ntelegram_token: hush\n";
    fs::write(run_dir.join("config.yaml"), config)?;
    let mut events = vec![at(0, EventKind::RunStarted(started(plan)))];
    for step in 1..=plan.steps {
        events.push(at(
            step,
            EventKind::Step {
                metrics: step_metrics(step, plan.steps),
            },
        ));
        if step == plan.steps / 3 {
            events.extend(surprises(step));
        }
        if step == plan.steps / 2 {
            events.extend(consequences(step, plan.steps / 3));
        }
        if step % plan.validate_every == 0 {
            let metrics = validation_metrics(step, plan.steps);
            events.push(at(step, EventKind::Validation { metrics }));
            events.extend(distribution(step));
            for utterance in 0..plan.utterances {
                events.extend(artefacts(run_dir, utterance, step, plan.steps)?);
            }
            let path = format!("checkpoints/checkpoint_{step:08}.ckpt").into();
            let why = "schedule".to_owned();
            events.push(at(step, EventKind::CheckpointSaved { path, why }));
        }
    }
    let outcome = Outcome::Completed;
    events.push(at(
        plan.steps,
        EventKind::RunFinished {
            outcome,
            seconds: 0.3 * plan.steps as f64,
        },
    ));
    Ok(events)
}

fn at(step: u64, kind: EventKind) -> Event {
    Event {
        step,
        time_s: 1.8e9 + 0.3 * step as f64,
        kind,
    }
}

fn started(plan: Plan) -> RunStarted {
    let hparams = BTreeMap::from([
        ("batch_size".to_owned(), 16.into()),
        ("learning_rate".to_owned(), 1e-3.into()),
        (
            "text_cleaners".to_owned(),
            serde_json::json!(["english_cleaners"]),
        ),
    ]);
    RunStarted {
        run: "quickstart-en".to_owned(),
        version: "0.1.0".to_owned(),
        resumed_from: None,
        max_steps: Some(plan.steps),
        total_params: 2_107_153,
        train_size: 368,
        val_size: 32,
        hparams,
    }
}

fn surprises(step: u64) -> [Event; 4] {
    [
        at(
            step,
            EventKind::Intervention(InterventionRecord {
                who: "divergence guard".to_owned(),
                knob: "learning_rate".to_owned(),
                old: 1e-3,
                new: 5e-4,
                why: "the gradient was not finite for 3 steps".to_owned(),
            }),
        ),
        at(
            step,
            EventKind::Intervention(InterventionRecord {
                who: "attention watch".to_owned(),
                knob: "guide_loss_weight".to_owned(),
                old: 5.0,
                new: 8.0,
                why: "diagonality 0.21 after 300 steps".to_owned(),
            }),
        ),
        at(
            step,
            EventKind::Refused {
                who: "plateau".to_owned(),
                what: "learning_rate = 0.00025".to_owned(),
                why: "the divergence guard changed it in this step".to_owned(),
            },
        ),
        at(
            step,
            EventKind::Warning {
                message: "`wavs/en_0007.flac`: 3 samples are clipped <b>".to_owned(),
                hint: Some("record it again or leave the utterance out".to_owned()),
            },
        ),
    ]
}

/// What came of the surprises at `of_step`.
fn consequences(step: u64, of_step: u64) -> [Event; 3] {
    let verdict = |who: &str, knob: &str, metric: &str, [before, after]: [f64; 2], undone: bool| {
        at(
            step,
            EventKind::Verdict(VerdictRecord {
                who: who.to_owned(),
                of_step,
                knob: knob.to_owned(),
                metric: metric.to_owned(),
                before,
                after,
                helped: !undone,
                undone,
            }),
        )
    };
    let (watch, guard) = ("attention watch", "divergence guard");
    [
        verdict(
            watch,
            "guide_loss_weight",
            names::ALIGNMENT_DIAGONALITY,
            [0.21, 0.84],
            false,
        ),
        verdict(guard, "learning_rate", names::GRAD_NORM, [8.0, 12.5], true),
        at(
            step,
            EventKind::Phase {
                from: Phase::PreAlignment,
                to: Phase::AlignmentLearning,
                why: "diagonality 0.84 is at least 0.3".to_owned(),
            },
        ),
    ]
}

/// Weights that spread as the run goes, and one that is not finite.
fn distribution(step: u64) -> Option<Event> {
    let spread = 0.1 + step as f64 / 100.0;
    let values = (0..500).map(|salt| (spread * wobble(step, salt)) as f32);
    let values: Vec<f32> = values.chain([f32::NAN]).collect();
    let tag = names::tag(names::WEIGHTS, "decoder.attention_rnn");
    Some(at(step, EventKind::Histogram(Histogram::of(tag, &values)?)))
}

/// Noise that is the same in every run.
fn wobble(step: u64, salt: u64) -> f64 {
    let mut x = step.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ salt.wrapping_mul(0xd1b5_4a32_d192_ed03);
    x = (x ^ (x >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((x >> 11) as f64 / (1u64 << 53) as f64) - 0.5
}

fn step_metrics(step: u64, steps: u64) -> BTreeMap<String, f64> {
    let progress = step as f64 / steps as f64;
    let mel = 0.55
        + 9.0 * (-9.0 * progress).exp() * (1.0 + 0.3 * wobble(step, 1))
        + 0.1 * wobble(step, 2);
    let guide = 0.02 + 0.3 * (-5.0 * progress).exp() * (1.0 + 0.2 * wobble(step, 3));
    let gate = 0.01 + 0.5 * (-6.0 * progress).exp() * (1.0 + 0.2 * wobble(step, 4));
    let bad = step.abs_diff(steps / 3) < 3;
    let norm = if bad {
        f64::NAN
    } else {
        0.8 + 6.0 * (-7.0 * progress).exp() * (1.0 + wobble(step, 5))
    };
    BTreeMap::from(
        [
            (names::TRAINING_LOSS, mel + gate + 5.0 * guide),
            (names::TRAINING_TACO_LOSS, mel + gate),
            (names::TRAINING_GUIDE_LOSS, guide),
            (names::TRAINING_GATE_LOSS, gate),
            (names::GRAD_NORM, norm),
            (
                names::LEARNING_RATE,
                if progress < 0.33 {
                    1e-3
                } else {
                    5e-4 * 0.1f64.powf(progress - 0.33)
                },
            ),
            (
                names::PERF_FRAMES_PER_SECOND,
                1400.0 * (1.0 + 0.2 * wobble(step, 6)),
            ),
            (names::DURATION, 0.3),
            (names::EPOCH, (step / 23) as f64),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    )
}

fn validation_metrics(step: u64, steps: u64) -> BTreeMap<String, f64> {
    let progress = step as f64 / steps as f64;
    let learnt = 1.0 - (-6.0 * progress).exp();
    BTreeMap::from(
        [
            (names::VALIDATION_LOSS, 0.7 + 8.0 * (-8.0 * progress).exp()),
            (names::VALIDATION_ALIGNMENT_SCORE, 0.86 * learnt),
            (names::VALIDATION_ATTENTION_ENTROPY, 3.6 - 2.6 * learnt),
            (names::VALIDATION_ATTENTION_FOCUS, 0.1 + 0.6 * learnt),
            (names::VALIDATION_GATE_MEAN, 0.1 + 0.4 * learnt),
            (names::VALIDATION_GATE_STD, 0.48 * learnt),
            (names::ALIGNMENT_DIAGONALITY, 0.93 * learnt),
            (names::ALIGNMENT_COVERAGE, 0.98 * learnt),
            (names::GATE_ACCURACY, 0.5 + 0.47 * learnt),
            (names::GATE_F1, 0.9 * learnt),
            (names::FREE_RUNNING_DIAGONALITY, 0.84 * learnt),
            (names::FREE_RUNNING_INTELLIGIBILITY, 0.94 * learnt),
            (names::FREE_RUNNING_VARIANCE_RATIO, 0.4 + 0.5 * learnt),
            (names::FREE_RUNNING_RUNAWAY_RATE, 1.0 - 0.98 * learnt),
            (names::FREE_RUNNING_PREMATURE_RATE, 0.02),
            (names::FREE_RUNNING_MCD_DB, 14.0 - 6.5 * learnt),
            (names::FREE_RUNNING_MEL_ERROR, 4.0 - 2.2 * learnt),
            (names::QUALITY_SCORE, 82.0 * learnt),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    )
}

fn artefacts(run_dir: &Path, utterance: usize, step: u64, steps: u64) -> io::Result<Vec<Event>> {
    let id = format!("en_{utterance:04}");
    let text = SENTENCES[utterance % SENTENCES.len()];
    let progress = step as f32 / steps as f32;
    let symbols: Vec<String> = text.chars().map(String::from).collect();
    let decoder_steps = symbols.len() * 2;
    let weights = attention(decoder_steps, symbols.len(), progress);
    let caption = picture::Caption {
        title: &format!("{id} · step {step}"),
        text,
        ..picture::Caption::default()
    };
    let alignment = picture::alignment(decoder_steps, symbols.len(), &weights, &symbols, caption);
    let recorded = mel(decoder_steps * 3, 1.0);
    let predicted = mel(decoder_steps * 3, progress);
    let panels = [("recorded", &recorded), ("predicted", &predicted)].map(|(title, values)| {
        picture::MelPanel {
            title,
            values,
            bins: 80,
        }
    });
    let mels = picture::mels(&panels, caption);
    let mut events = Vec::new();
    for (group, png) in [
        (names::PICTURE_ALIGNMENT, alignment),
        (names::PICTURE_MEL, mels),
    ] {
        let path = format!("samples/{group}_{id}_{step:08}.png");
        fs::write(run_dir.join(&path), &png.bytes)?;
        events.push(at(
            step,
            EventKind::Picture(Picture {
                tag: names::tag(group, &id),
                caption: text.to_owned(),
                path: path.into(),
                width: png.width,
                height: png.height,
            }),
        ));
    }
    let path = format!("samples/audio_{id}_{step:08}.wav");
    fs::write(run_dir.join(&path), beep(220.0 + 220.0 * progress))?;
    let tag = names::tag(names::AUDIO, &id);
    events.push(at(
        step,
        EventKind::Audio {
            tag,
            path: path.into(),
            caption: text.to_owned(),
        },
    ));
    Ok(events)
}

/// Attention that starts everywhere and becomes a diagonal.
fn attention(steps: usize, symbols: usize, progress: f32) -> Vec<f32> {
    let width = 0.7 + 12.0 * (-6.0 * progress).exp();
    let mut weights = Vec::with_capacity(steps * symbols);
    for step in 0..steps {
        let place = step as f32 / steps as f32;
        let centre = (place + 0.05 * (7.0 * place).sin()) * symbols as f32;
        let row: Vec<f32> = (0..symbols)
            .map(|symbol| (-((symbol as f32 - centre) / width).powi(2)).exp() + 1e-4)
            .collect();
        let sum: f32 = row.iter().sum();
        weights.extend(row.iter().map(|weight| weight / sum));
    }
    weights
}

/// Something with harmonics and pauses, sharper the more is learnt.
fn mel(frames: usize, sharpness: f32) -> Vec<f32> {
    (0..frames * 80)
        .map(|index| {
            let (time, bin) = ((index / 80) as f32, (index % 80) as f32);
            let loud = (time / 23.0).sin().abs() * (1.0 - bin / 120.0);
            let harmonic = (bin / (3.0 + (time / 40.0).sin()) * PI).cos() * sharpness;
            -11.0 + 9.0 * loud + 2.0 * harmonic * loud
        })
        .collect()
}

/// Half a second of a tone, as a 16-bit WAV file.
fn beep(hertz: f32) -> Vec<u8> {
    let rate = 22_050u32;
    let samples: Vec<i16> = (0..rate / 2)
        .map(|index| (8000.0 * (2.0 * PI * hertz * index as f32 / rate as f32).sin()) as i16)
        .collect();
    let data = 2 * samples.len() as u32;
    let mut wav = Vec::new();
    wav.extend(b"RIFF");
    wav.extend((36 + data).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16u32.to_le_bytes());
    wav.extend(1u16.to_le_bytes());
    wav.extend(1u16.to_le_bytes());
    wav.extend(rate.to_le_bytes());
    wav.extend((2 * rate).to_le_bytes());
    wav.extend(2u16.to_le_bytes());
    wav.extend(16u16.to_le_bytes());
    wav.extend(b"data");
    wav.extend(data.to_le_bytes());
    samples
        .iter()
        .for_each(|sample| wav.extend(sample.to_le_bytes()));
    wav
}

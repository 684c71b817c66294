//! One message of each kind, made by the rules from a made-up run: what `diktor alert test` sends.

use std::{collections::BTreeMap, f64::consts::TAU, fs, io, path::Path};

use diktor_track::{
    Event, EventKind, FaultAction, FaultKind, FaultRecord, InterventionRecord, Outcome, Phase,
    Picture, RestartRecord, RunStarted, VerdictRecord, names, picture, report::ReportLocale,
};

use crate::{
    Kind, Message, Severity,
    digest::digest,
    locale::Texts,
    rules::{Rules, Watch},
};

/// Steps of the made-up run.
const STEPS: u64 = 2000;
const KNOB: &str = "guide_loss_weight";
/// Name of the made-up run.
const RUN: &str = "diktor-alert-test";

/// One message of each kind, each said to be a trial; `folder` takes the pictures and the sound for as long as this
/// runs.
///
/// # Errors
/// If the folder cannot be written.
pub fn samples(locale: ReportLocale, folder: &Path, now_s: f64) -> io::Result<Vec<Message>> {
    let texts = Texts::of(locale);
    let rules = Rules {
        run_dir: folder.to_owned(),
        locale,
        interval: STEPS,
        group_s: 0.0,
    };
    write_files(folder, locale)?;
    let mut watch = Watch::new(rules);
    let mut messages: Vec<Message> = events(now_s)
        .iter()
        .flat_map(|event| watch.observe(event))
        .collect();
    messages.sort_by_key(|message| message.kind);
    messages.dedup_by_key(|message| message.kind);
    let missed = messages
        .iter()
        .filter(|one| one.severity < Severity::Critical)
        .cloned();
    let missed = missed.map(|message| Message {
        attachments: Vec::new(),
        ..message
    });
    messages.extend(digest(missed.collect(), 0, texts, texts.quiet_over));
    for message in &mut messages {
        message.time_s = now_s;
        message.body = format!("{}\n{}", texts.trial, message.body);
    }
    debug_assert_eq!(messages.len(), Kind::ALL.len());
    Ok(messages)
}

/// The events of a run in which everything happens once.
fn events(now_s: f64) -> Vec<Event> {
    let began_s = now_s - STEPS as f64;
    let at = |step: u64, kind| Event {
        step,
        time_s: began_s + step as f64,
        kind,
    };
    let mut events = vec![at(0, EventKind::RunStarted(start()))];
    events.extend((1..STEPS).step_by(20).map(|step| at(step, stepped(step))));
    for kind in happenings().into_iter().chain(alarms()) {
        events.push(at(STEPS - 10, kind));
    }
    events.push(at(STEPS, stepped(STEPS)));
    let outcome = Outcome::Completed;
    let seconds = STEPS as f64;
    events.push(at(STEPS, EventKind::RunFinished { outcome, seconds }));
    events
}

/// What the run measures, changes and shows.
fn happenings() -> Vec<EventKind> {
    let diagonality = |value| BTreeMap::from([(names::ALIGNMENT_DIAGONALITY.to_owned(), value)]);
    let mut metrics = diagonality(0.71);
    metrics.insert(names::GATE_ACCURACY.to_owned(), 0.93);
    metrics.insert(names::VALIDATION_LOSS.to_owned(), 0.61);
    metrics.insert(names::QUALITY_SCORE.to_owned(), 81.9);
    let why = "guide_up, 1 of at most 5: diagonality is 0.21, below 0.3, and does not rise (-0.01 over the last checks)";
    vec![
        EventKind::Intervention(InterventionRecord {
            who: "auto_fix".to_owned(),
            knob: KNOB.to_owned(),
            old: 2.5,
            new: 3.75,
            why: why.to_owned(),
        }),
        EventKind::Verdict(VerdictRecord {
            who: "auto_fix".to_owned(),
            of_step: STEPS - 10,
            knob: KNOB.to_owned(),
            metric: names::ALIGNMENT_DIAGONALITY.to_owned(),
            before: 0.21,
            after: 0.71,
            helped: true,
            undone: false,
        }),
        EventKind::Validation { metrics },
        EventKind::Picture(Picture {
            tag: names::tag(names::PICTURE_ALIGNMENT, RUN),
            caption: String::new(),
            path: ALIGNMENT_FILE.into(),
            width: 0,
            height: 0,
        }),
        EventKind::Audio {
            tag: names::tag(names::AUDIO, RUN),
            path: SOUND_FILE.into(),
            caption: String::new(),
        },
    ]
}

/// What is told at once.
fn alarms() -> Vec<EventKind> {
    vec![
        EventKind::Phase {
            from: Phase::PreAlignment,
            to: Phase::AlignmentLearning,
            why: "diagonality 0.31 is at least 0.3".to_owned(),
        },
        EventKind::Fault(FaultRecord {
            kind: FaultKind::NonFiniteLoss,
            value: f64::NAN,
            place: Some("decoder.attention_rnn".to_owned()),
            suspects: vec!["example-0007".to_owned()],
            batch: Vec::new(),
            action: FaultAction::Restarted,
        }),
        EventKind::Warning {
            message: "`gate.accuracy` is 0.62, below 0.7".to_owned(),
            hint: Some("a higher `gate_pos_weight` teaches stopping sooner".to_owned()),
        },
        EventKind::Restart(RestartRecord {
            attempt: 1,
            most: 3,
            from_step: STEPS - 10,
            to_step: STEPS - 500,
            checkpoint: "checkpoints/last_good.ckpt".into(),
            reinitialised: false,
            overrides: BTreeMap::from([("learning_rate".to_owned(), 1e-5)]),
            why: "5 steps in a row were not finite".to_owned(),
        }),
    ]
}

fn start() -> RunStarted {
    RunStarted {
        run: RUN.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        resumed_from: None,
        max_steps: Some(2 * STEPS),
        total_params: 28_193_153,
        train_size: 121,
        val_size: 12,
        hparams: BTreeMap::new(),
    }
}

fn stepped(step: u64) -> EventKind {
    let progress = step as f64 / STEPS as f64;
    let loss = 0.4 + 5.0 * (-6.0 * progress).exp();
    let metrics = [
        (names::TRAINING_LOSS, loss),
        (names::TRAINING_MEL_POST_LOSS, 0.6 * loss),
        (names::TRAINING_GATE_LOSS, 0.05 * loss),
        (names::GRAD_NORM, 0.8 + 2.0 * (1.0 - progress)),
        (names::LEARNING_RATE, 1e-3),
        (names::PERF_FRAMES_PER_SECOND, 2310.0),
    ];
    let metrics = metrics.map(|(name, value)| (name.to_owned(), value)).into();
    EventKind::Step { metrics }
}

const ALIGNMENT_FILE: &str = "alignment.png";
const SOUND_FILE: &str = "sound.wav";

fn write_files(folder: &Path, locale: ReportLocale) -> io::Result<()> {
    const FRAMES: usize = 120;
    const SYMBOLS: usize = 40;
    let mut weights = vec![0.0_f32; FRAMES * SYMBOLS];
    for (index, weight) in weights.iter_mut().enumerate() {
        let (frame, symbol) = (index / SYMBOLS, index % SYMBOLS);
        let off = symbol as f32 - frame as f32 * SYMBOLS as f32 / FRAMES as f32;
        *weight = (-0.5 * off * off).exp();
    }
    let caption = picture::Caption {
        title: RUN,
        locale,
        ..picture::Caption::default()
    };
    let png = picture::alignment(FRAMES, SYMBOLS, &weights, &[], caption);
    fs::write(folder.join(ALIGNMENT_FILE), png.bytes)?;
    fs::write(folder.join(SOUND_FILE), tone())
}

/// Half a second of a tone, as a WAV file of 16 bits.
fn tone() -> Vec<u8> {
    const RATE: u32 = 22_050;
    let samples = (0..RATE / 2).map(|index| {
        let loud = (TAU * 220.0 * f64::from(index) / f64::from(RATE)).sin();
        (8000.0 * loud) as i16
    });
    let data: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
    let size = data.len() as u32;
    let mut wav = Vec::with_capacity(44 + data.len());
    wav.extend(b"RIFF");
    wav.extend((36 + size).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16_u32.to_le_bytes());
    wav.extend(1_u16.to_le_bytes());
    wav.extend(1_u16.to_le_bytes());
    wav.extend(RATE.to_le_bytes());
    wav.extend((RATE * 2).to_le_bytes());
    wav.extend(2_u16.to_le_bytes());
    wav.extend(16_u16.to_le_bytes());
    wav.extend(b"data");
    wav.extend(size.to_le_bytes());
    wav.extend(data);
    wav
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Media;

    #[test]
    fn there_is_one_of_each_kind_in_both_languages() {
        let folder = tempfile::tempdir().unwrap();
        for locale in [ReportLocale::En, ReportLocale::Ru] {
            let messages = samples(locale, folder.path(), 1_800_000_000.0).unwrap();
            let kinds: Vec<Kind> = messages.iter().map(|message| message.kind).collect();
            assert_eq!(kinds, Kind::ALL);
            let with = |kind, media| {
                let message = messages
                    .iter()
                    .find(|message| message.kind == kind)
                    .unwrap();
                message.of(media).count()
            };
            assert_eq!(with(Kind::Progress, Media::Png), 2);
            assert_eq!(with(Kind::Completion, Media::Wav), 1);
        }
    }
}

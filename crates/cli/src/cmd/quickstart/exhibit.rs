//! What the voice said, for ears and eyes, and as events of the run so that its report shows it.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Context as _;
use diktor_audio::write_wav;
use diktor_model::Inference;
use diktor_track::{Event, EventKind, Jsonl, Picture, Sink as _, names};
use diktor_train::{TrainOutcome, hparams::Locale};

use super::heldout::HeldOut;
use crate::voice::Voice;

/// Held-out sentences written as sound.
const WRITTEN: usize = 4;

/// Where in the run directory.
const FOLDER: &str = "samples/heldout";

/// One sentence to be kept.
struct Sentence<'a> {
    name: String,
    text: &'a str,
    ids: &'a [u32],
    spoken: &'a Inference,
}

/// Writes the sentence of the user and some held-out ones; returns the sounds, the user's first.
///
/// # Errors
/// When the text cannot be spoken, or a file cannot be written.
pub(crate) fn write(
    voice: &Voice,
    run: &TrainOutcome,
    heldout: &HeldOut,
    text: Option<&str>,
) -> anyhow::Result<Vec<PathBuf>> {
    let own = match text {
        Some(text) => {
            let ids = voice.encode(text)?;
            let spoken = voice.speak(std::slice::from_ref(&ids), &voice.options());
            spoken.into_iter().next().map(|spoken| (text, ids, spoken))
        }
        None => None,
    };
    let own = own.iter().map(|(text, ids, spoken)| Sentence {
        name: "your-text".to_owned(),
        text,
        ids,
        spoken,
    });
    let others = heldout.examples.iter().zip(&heldout.spoken).take(WRITTEN);
    let others = others.map(|(example, spoken)| Sentence {
        name: example.id.clone(),
        text: &example.text,
        ids: &example.symbols,
        spoken,
    });
    let folder = run.run_dir.join(FOLDER);
    fs::create_dir_all(&folder)
        .with_context(|| format!("`{}` cannot be made", folder.display()))?;
    let mut events = Jsonl::open(&run.run_dir.join("events.jsonl"))?;
    let mut written = Vec::new();
    for sentence in own.chain(others) {
        for event in keep(voice, run, &sentence)? {
            events.record(&event)?;
        }
        written.push(folder.join(format!("{}.wav", sentence.name)));
    }
    events.flush()?;
    Ok(written)
}

/// Writes sound and picture of a sentence; returns the events about them.
fn keep(voice: &Voice, run: &TrainOutcome, sentence: &Sentence<'_>) -> anyhow::Result<[Event; 2]> {
    let wav = Path::new(FOLDER).join(format!("{}.wav", sentence.name));
    let png = wav.with_extension("png");
    let sound = voice.waveform(&sentence.spoken.mel, voice.hparams.seed)?;
    write_wav(&run.run_dir.join(&wav), &sound)?;
    let title = match voice.hparams.locale {
        Locale::En => format!("{} · held out · free-running", sentence.name),
        Locale::Ru => format!("{} · незнакомая фраза · самостоятельно", sentence.name),
    };
    let picture = voice.picture(sentence.spoken, sentence.ids, &title, sentence.text);
    fs::write(run.run_dir.join(&png), &picture.bytes)
        .with_context(|| format!("`{}` cannot be written", png.display()))?;
    let at = |kind| {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Event {
            step: run.steps,
            time_s: now.as_secs_f64(),
            kind,
        }
    };
    let (width, height) = (picture.width, picture.height);
    Ok([
        at(EventKind::Picture(Picture {
            tag: names::tag(names::PICTURE_ALIGNMENT_FREE, &sentence.name),
            caption: sentence.text.to_owned(),
            path: png,
            width,
            height,
        })),
        at(EventKind::Audio {
            tag: names::tag(names::AUDIO, &sentence.name),
            path: wav,
            caption: sentence.text.to_owned(),
        }),
    ])
}

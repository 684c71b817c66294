//! `diktor synthesize`: a text becomes sound.

mod doubts;
pub(crate) mod texts;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::Context as _;
use diktor_audio::{Mel, Waveform, write_wav};
use diktor_model::{InferOptions, Inference, PrenetDropout, StopReason, StopRule, Style};
use diktor_train::diagnostics::attention;
use serde::Serialize;

use texts::{Line, Refused, Script};

use crate::{
    answer::Form,
    cli::{StopArg, Switch, Synthesize},
    device,
    exit::{Ending, usage},
    npy, runs,
    voice::Voice,
};

#[derive(Debug, Serialize)]
struct Spoken {
    wav: Option<PathBuf>,
    mel: Option<PathBuf>,
    alignment: Option<PathBuf>,
    seconds_of_speech: f64,
    seconds: f64,
    utterances: Vec<Utterance>,
    /// Lines of a file that could not be spoken.
    refused: Vec<Refused>,
    /// What a listener should know.
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Utterance {
    /// Its line in the file.
    line: Option<usize>,
    text: Option<String>,
    symbols: usize,
    frames: usize,
    stop: &'static str,
    diagonality: Option<f64>,
    /// What a listener should know of it.
    warnings: Vec<String>,
}

/// Speaks.
///
/// # Errors
/// When the checkpoint or the text cannot be used, or a file cannot be written.
pub(crate) fn run(arguments: Synthesize, form: Form) -> anyhow::Result<Ending> {
    check_outputs(&arguments)?;
    let device = device::select(&arguments.device.device)?;
    let voice = Voice::load(&checkpoint_of(&arguments)?, &device)?;
    let Script { lines, refused } = texts::script(&arguments, &voice)?;
    let options = options(&arguments, &voice)?;
    let style = style(&arguments, &voice)?;
    let start = Instant::now();
    // One after another: a long text then needs the memory of one sentence.
    let spoken: Vec<Inference> = lines
        .iter()
        .flat_map(|line| {
            let text = std::slice::from_ref(&line.ids);
            match &style {
                Some(style) => voice.speak_as(style, text, &options),
                None => voice.speak(text, &options),
            }
        })
        .collect();
    let mel = joined(&spoken, voice.mel.n_mel_channels);
    if let Some(path) = &arguments.mel_output {
        npy::encode(mel.frames(), mel.bins(), mel.values())
            .and_then(|bytes| fs::write(path, bytes))
            .with_context(|| unwritable(path))?;
    }
    if let (Some(path), [only]) = (&arguments.alignment_output, spoken.as_slice()) {
        let line = &lines[0];
        let text = line.text.as_deref().unwrap_or("symbol ids");
        let png = voice.picture(only, &line.ids, "alignment, free-running", text);
        fs::write(path, png.bytes).with_context(|| unwritable(path))?;
    }
    if let Some(path) = &arguments.output {
        write_wav(path, &sound(&voice, &lines, &spoken, arguments.seed)?)?;
    }
    let utterances: Vec<Utterance> = lines
        .into_iter()
        .zip(&spoken)
        .map(|(line, spoken)| told(&voice, line, spoken))
        .collect();
    let warnings = warnings(&utterances);
    form.print(&Spoken {
        wav: arguments.output,
        mel: arguments.mel_output,
        alignment: arguments.alignment_output,
        seconds_of_speech: mel.frames() as f64 * voice.mel.hop_seconds(),
        seconds: start.elapsed().as_secs_f64(),
        utterances,
        refused,
        warnings,
    })?;
    Ok(Ending::Done)
}

/// The checkpoint or the run that is named, or the newest run.
fn checkpoint_of(arguments: &Synthesize) -> anyhow::Result<PathBuf> {
    match &arguments.checkpoint {
        Some(path) => Ok(path.clone()),
        None => runs::named(None),
    }
}

fn unwritable(path: &Path) -> String {
    format!("`{}` cannot be written", path.display())
}

/// Finds out before any work whether the results can be kept.
fn check_outputs(arguments: &Synthesize) -> anyhow::Result<()> {
    let outputs = [
        &arguments.output,
        &arguments.mel_output,
        &arguments.alignment_output,
    ];
    if outputs.iter().all(|output| output.is_none()) {
        return Err(usage(
            "nothing to write\nhint: `-o speech.wav`, or `--mel-output mel.npy`",
        ));
    }
    if arguments.alignment_output.is_some() && arguments.file.is_some() {
        return Err(usage(
            "`--alignment-output` shows one utterance\nhint: use `--text`",
        ));
    }
    for path in outputs.into_iter().flatten() {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            return Err(usage(format!(
                "`{}`: the folder `{}` does not exist\nhint: make it first",
                path.display(),
                folder.display()
            )));
        }
    }
    Ok(())
}

fn options(arguments: &Synthesize, voice: &Voice) -> anyhow::Result<InferOptions> {
    let default = voice.options();
    let options = InferOptions {
        gate_threshold: arguments.gate_threshold.unwrap_or(default.gate_threshold),
        max_decoder_steps: arguments
            .max_decoder_steps
            .unwrap_or(default.max_decoder_steps),
        prenet_dropout: match arguments.prenet_dropout {
            Switch::On => PrenetDropout::Seeded(arguments.seed),
            Switch::Off => PrenetDropout::Off,
        },
        stop: match arguments.stop {
            StopArg::Gate => StopRule::Gate,
            StopArg::Guarded => StopRule::Guarded,
        },
        ..default
    };
    if !(0.0..=1.0).contains(&options.gate_threshold) {
        return Err(usage(format!(
            "`--gate-threshold {}`: expected a probability from 0 to 1",
            options.gate_threshold
        )));
    }
    if options.max_decoder_steps == 0 {
        return Err(usage("`--max-decoder-steps 0`: expected at least 1"));
    }
    Ok(options)
}

/// The style that was asked for, if any was.
fn style(arguments: &Synthesize, voice: &Voice) -> anyhow::Result<Option<Style>> {
    let asked = match (&arguments.reference, arguments.style_token) {
        (None, None) => return Ok(None),
        (Some(_), _) => "--reference",
        (None, Some(_)) => "--style-token",
    };
    let network = voice.model.config();
    if !network.use_gst {
        return Err(usage(format!(
            "`{asked}`: `{}` has no style tokens\nhint: train with `--hparams \"use_gst=true\"`",
            voice.path.display()
        )));
    }
    if !arguments.style_scale.is_finite() {
        return Err(usage(format!(
            "`--style-scale {}`: expected a number",
            arguments.style_scale
        )));
    }
    match (&arguments.reference, arguments.style_token) {
        (Some(recording), _) => Ok(Some(Style::Reference(voice.mel_of(recording)?))),
        (None, Some(index)) if index >= network.token_num => Err(usage(format!(
            "`--style-token {index}`: the tokens of `{}` end at {}",
            voice.path.display(),
            network.token_num - 1
        ))),
        (None, token) => Ok(token.map(|index| Style::Token {
            index,
            scale: arguments.style_scale,
        })),
    }
}

/// The mels of all utterances, one after another.
fn joined(spoken: &[Inference], bins: usize) -> Mel {
    Mel::new(
        bins,
        spoken
            .iter()
            .flat_map(|one| one.mel.values())
            .copied()
            .collect(),
    )
}

/// The sound of all utterances, with pauses between them.
fn sound(
    voice: &Voice,
    lines: &[Line],
    spoken: &[Inference],
    seed: u64,
) -> anyhow::Result<Waveform> {
    let sample_rate = voice.mel.sampling_rate;
    let mut samples = Vec::new();
    for (line, one) in lines.iter().zip(spoken) {
        if !samples.is_empty() {
            let pause = (line.before.seconds() * f64::from(sample_rate)) as usize;
            samples.resize(samples.len() + pause, 0.0);
        }
        samples.extend(voice.waveform(&one.mel, seed)?.samples);
    }
    Ok(Waveform {
        samples,
        sample_rate,
    })
}

/// What is doubtful of each line, with the line if there are several; told at once too.
fn warnings(utterances: &[Utterance]) -> Vec<String> {
    let several = utterances.len() > 1;
    let mut all = Vec::new();
    for (number, one) in utterances.iter().enumerate() {
        for doubt in &one.warnings {
            let said = match (&one.text, several) {
                (Some(text), true) => format!(
                    "line {}, \"{text}\": {doubt}",
                    one.line.unwrap_or(number + 1)
                ),
                _ => doubt.clone(),
            };
            tracing::warn!("{said}");
            all.push(said);
        }
    }
    all
}

fn told(voice: &Voice, line: Line, spoken: &Inference) -> Utterance {
    Utterance {
        line: line.number,
        warnings: doubts::of(voice, &line.ids, spoken),
        text: line.text,
        symbols: line.ids.len(),
        frames: spoken.mel.frames(),
        stop: stop_name(spoken.stop),
        diagonality: attention(&voice.view(spoken).alignment).map(|metrics| metrics.diagonality),
    }
}

/// How the stop is called for people.
fn stop_words(stop: &str) -> &str {
    match stop {
        "gate" => "stopped by itself",
        "alignment_saturated" => "stopped at the end of its text",
        "length_cap" => "cut off, too long for its text",
        _ => "cut off at the most steps",
    }
}

/// How the stop is called in results.
pub(crate) fn stop_name(stop: StopReason) -> &'static str {
    match stop {
        StopReason::Gate => "gate",
        StopReason::AlignmentSaturated => "alignment_saturated",
        StopReason::LengthCap => "length_cap",
        StopReason::MaxSteps => "max_steps",
    }
}

impl fmt::Display for Spoken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for one in &self.utterances {
            let text = one.text.as_deref().unwrap_or("(symbol ids)");
            writeln!(
                f,
                "{} frames, {}, diagonality {}: {text}",
                one.frames,
                stop_words(one.stop),
                one.diagonality
                    .map_or_else(|| "unknown".to_owned(), |d| format!("{d:.2}"))
            )?;
        }
        for line in &self.refused {
            writeln!(f, "{line}")?;
        }
        writeln!(
            f,
            "{:.1} s of speech in {:.1} s",
            self.seconds_of_speech, self.seconds
        )?;
        let files = [
            ("wav", &self.wav),
            ("mel", &self.mel),
            ("alignment", &self.alignment),
        ];
        for (what, path) in files {
            if let Some(path) = path {
                writeln!(f, "{what}: {}", path.display())?;
            }
        }
        Ok(())
    }
}

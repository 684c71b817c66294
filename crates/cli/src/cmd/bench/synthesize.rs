//! `diktor bench synthesize`: free-running passes of a fixed length, and Griffin-Lim on the result.

use std::{collections::BTreeMap, fmt};

use diktor_audio::{GriffinLimConfig, griffin_lim};
use diktor_model::{InferOptions, PrenetDropout, StopRule};
use serde::Serialize;

use super::stopwatch::Stopwatch;
use crate::{answer::Form, cli::BenchSynthesize, device, exit::Ending, machine, threads};

#[derive(Debug, Serialize)]
struct Measured {
    preset: String,
    device: String,
    threads: usize,
    batch_size: usize,
    text_len: usize,
    mel_len: usize,
    passes: usize,
    /// Mel frames per second of the network alone.
    frames_per_second: f64,
    /// Seconds of the network per second of speech.
    real_time_factor: f64,
    /// Seconds of the network and Griffin-Lim per second of speech.
    real_time_factor_to_wav: f64,
    peak_memory_bytes: Option<u64>,
    /// Share of the time of each stage, of 1.
    stages: BTreeMap<&'static str, f64>,
}

/// Measures and prints.
///
/// # Errors
/// When the sizes make no sense, or the device is not there.
pub(crate) fn run(arguments: &BenchSynthesize, form: Form) -> anyhow::Result<Ending> {
    super::positive(&[
        ("--batch-size", arguments.batch_size),
        ("--text-len", arguments.subject.text_len),
        ("--mel-len", arguments.subject.mel_len),
        ("--steps", arguments.steps),
    ])?;
    let hparams = super::hparams(
        &arguments.subject.preset,
        arguments.subject.hparams.as_deref(),
    )?;
    let device = device::select(&arguments.subject.device.device)?;
    let n_symbols = diktor_train::data::frontend(&hparams)?.symbols.len();
    let model = hparams.tacotron2(n_symbols).init(&device, hparams.seed);
    let r = hparams.n_frames_per_step;
    let texts = vec![super::text(arguments.subject.text_len, n_symbols); arguments.batch_size];
    let options = InferOptions {
        // No probability is above 1, so only the number of steps ends a pass.
        gate_threshold: 1.0,
        max_decoder_steps: arguments.subject.mel_len.div_ceil(r),
        prenet_dropout: PrenetDropout::Seeded(hparams.seed),
        stop: StopRule::Gate,
        windowed: hparams.attention_windowing,
    };
    for _ in 0..arguments.warmup {
        model.infer(&texts, r, &options);
    }
    let (mut network, mut all) = (Vec::new(), Vec::new());
    let (mut watch, mel_config) = (Stopwatch::start(&device), hparams.mel());
    for _ in 0..arguments.steps {
        let before = watch.total();
        let spoken = model.infer(&texts, r, &options);
        watch.lap("network")?;
        network.push((watch.total() - before).as_secs_f64());
        for one in &spoken {
            griffin_lim(&one.mel, &mel_config, &GriffinLimConfig::default())?;
        }
        watch.lap("griffin_lim")?;
        all.push((watch.total() - before).as_secs_f64());
    }
    let (network, all) = (super::median(network), super::median(all));
    let frames = (arguments.batch_size * options.max_decoder_steps * r) as f64;
    let speech = frames * mel_config.hop_seconds();
    form.print(&Measured {
        preset: arguments.subject.preset.clone(),
        device: arguments.subject.device.device.clone(),
        threads: threads::count(),
        batch_size: arguments.batch_size,
        text_len: arguments.subject.text_len,
        mel_len: arguments.subject.mel_len,
        passes: arguments.steps,
        frames_per_second: frames / network,
        real_time_factor: network / speech,
        real_time_factor_to_wav: all / speech,
        peak_memory_bytes: machine::peak_memory_bytes(),
        stages: watch.shares(),
    })?;
    Ok(Ending::Done)
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} on {}, {} threads, batch {} x {} symbols x {} frames",
            self.preset, self.device, self.threads, self.batch_size, self.text_len, self.mel_len
        )?;
        writeln!(
            f,
            "{:.1} frames/s, real-time factor {:.3}, with Griffin-Lim {:.3}",
            self.frames_per_second, self.real_time_factor, self.real_time_factor_to_wav
        )?;
        if let Some(bytes) = self.peak_memory_bytes {
            writeln!(f, "peak memory {}", machine::readable(bytes))?;
        }
        self.stages
            .iter()
            .try_for_each(|(stage, share)| writeln!(f, "  {stage:<11} {:>5.1} %", 100.0 * share))
    }
}

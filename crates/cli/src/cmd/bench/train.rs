//! `diktor bench train`: forward, backward, clipping and Adam on one batch, again and again.

use std::{collections::BTreeMap, fmt};

use burn::tensor::Device;
use diktor_model::{Batch, Mode, Noise, Sample, Tacotron2, loss};
use diktor_train::{
    Hparams,
    optim::{Adam, GradientSum, Update},
};
use serde::Serialize;

use super::stopwatch::Stopwatch;
use crate::{answer::Form, cli::BenchTrain, device, exit::Ending, machine, threads};

/// What was measured.
#[derive(Debug, Serialize)]
pub(super) struct Measured {
    preset: String,
    device: String,
    threads: usize,
    parameters: usize,
    batch_size: usize,
    text_len: usize,
    mel_len: usize,
    frames_per_step: usize,
    steps: usize,
    pub(super) seconds_per_step: f64,
    frames_per_second: f64,
    peak_memory_bytes: Option<u64>,
    /// Share of the time of each stage, of 1.
    stages: BTreeMap<&'static str, f64>,
}

/// Measures and prints.
///
/// # Errors
/// When the sizes make no sense, or the device is not there.
pub(crate) fn run(arguments: &BenchTrain, form: Form) -> anyhow::Result<Ending> {
    form.print(&measure(arguments)?)?;
    Ok(Ending::Done)
}

/// Measures.
///
/// # Errors
/// As [`run`].
pub(super) fn measure(arguments: &BenchTrain) -> anyhow::Result<Measured> {
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
    let device = device::select(&arguments.subject.device.device)?.autodiff();
    let n_symbols = diktor_train::data::frontend(&hparams)?.symbols.len();
    let mut bench = Bench::new(hparams, n_symbols, &device);
    let parameters = bench.parameters();
    let text = super::text(arguments.subject.text_len, n_symbols);
    let mel = super::mel(arguments.subject.mel_len, bench.hparams.n_mel_channels);
    let sample = Sample {
        id: "bench",
        symbols: &text,
        mel: &mel,
    };
    let samples = vec![sample; arguments.batch_size];

    for step in 0..arguments.warmup {
        bench.step(&samples, step, &mut Stopwatch::start(&device))?;
    }
    let mut watch = Stopwatch::start(&device);
    let mut seconds = Vec::new();
    for step in 0..arguments.steps {
        let before = watch.total();
        bench.step(&samples, arguments.warmup + step, &mut watch)?;
        seconds.push((watch.total() - before).as_secs_f64());
    }
    let median = super::median(seconds);
    Ok(Measured {
        preset: arguments.subject.preset.clone(),
        device: arguments.subject.device.device.clone(),
        threads: threads::count(),
        parameters,
        batch_size: arguments.batch_size,
        text_len: arguments.subject.text_len,
        mel_len: arguments.subject.mel_len,
        frames_per_step: bench.hparams.n_frames_per_step,
        steps: arguments.steps,
        seconds_per_step: median,
        frames_per_second: (arguments.batch_size * arguments.subject.mel_len) as f64 / median,
        peak_memory_bytes: machine::peak_memory_bytes(),
        stages: watch.shares(),
    })
}

/// What one step needs.
struct Bench {
    hparams: Hparams,
    device: Device,
    model: Option<Tacotron2>,
    adam: Adam,
}

impl Bench {
    fn new(hparams: Hparams, n_symbols: usize, device: &Device) -> Self {
        let model = hparams.tacotron2(n_symbols).init(device, hparams.seed);
        let Hparams {
            adam_beta1,
            adam_beta2,
            adam_epsilon,
            ..
        } = hparams;
        let adam = Adam::new(adam_beta1, adam_beta2, adam_epsilon);
        Self {
            hparams,
            device: device.clone(),
            model: Some(model),
            adam,
        }
    }

    fn parameters(&self) -> usize {
        self.model.as_ref().map_or(0, Tacotron2::parameter_count)
    }

    fn step(
        &mut self,
        samples: &[Sample<'_>],
        step: usize,
        watch: &mut Stopwatch,
    ) -> anyhow::Result<()> {
        let r = self.hparams.n_frames_per_step;
        let model = self
            .model
            .take()
            .expect("a step always puts the model back");
        let batch = Batch::collate(samples, r, &self.device);
        watch.lap("batch")?;
        let noise = Noise {
            seed: self.hparams.seed,
            step: step as u64,
        };
        let output = model.forward(&batch, r, &Mode::Train(noise));
        watch.lap("forward")?;
        let losses = loss(&output, &batch, r, &self.hparams.loss());
        watch.lap("loss")?;
        let gradients = losses.total.backward();
        watch.lap("backward")?;
        let mut sum = GradientSum::new();
        sum.add(&model, gradients);
        let (gradients, factor, norm) = sum.finish(&model);
        let clip = (self.hparams.grad_clip_thresh / norm.max(f64::MIN_POSITIVE)).min(1.0);
        watch.lap("clip")?;
        let update = Update {
            factor: factor * clip,
            learning_rate: self.hparams.learning_rate,
            weight_decay: self.hparams.weight_decay,
        };
        let model = self.adam.update(model, gradients, update);
        self.model = Some(model.absorb(output.batch_norm));
        watch.lap("adam")
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} ({} parameters) on {}, {} threads, batch {} x {} symbols x {} frames",
            self.preset,
            self.parameters,
            self.device,
            self.threads,
            self.batch_size,
            self.text_len,
            self.mel_len
        )?;
        writeln!(
            f,
            "{:.1} frames/s, {:.3} s per step",
            self.frames_per_second, self.seconds_per_step
        )?;
        if let Some(bytes) = self.peak_memory_bytes {
            writeln!(f, "peak memory {}", machine::readable(bytes))?;
        }
        self.stages
            .iter()
            .try_for_each(|(stage, share)| writeln!(f, "  {stage:<9} {:>5.1} %", 100.0 * share))
    }
}

//! How good the network is: teacher-forced on the validation set, and speaking on its own.

use std::collections::BTreeMap;

use burn::{module::Module, tensor::Tensor};
use diktor_audio::{Mel, mel_cepstral_distortion};
use diktor_corpus::{Example, Speaking};
use diktor_model::{
    Alignment, Batch, InferOptions, Inference, LossConfig, Mode, Output, PrenetDropout, StopReason,
    StopRule, Tacotron2, alignments_of, loss,
};
use diktor_track::names;

use super::{
    Depth, Exhibit, Tacotron2Task, UtteranceReport, Validation, text_gain::text_gain, utterance,
};
use crate::{
    Knobs,
    data::collate,
    diagnostics::{
        AlignmentView, AttentionMetrics, Collapse, FreeRunView, GateView, Heard, MelPair, Standing,
        attention, composite_tts_score, free_run, gate, mel_quality, quality_score,
    },
};

/// Batches of the light validation.
const LIGHT_BATCHES: usize = 2;
/// Utterances the network speaks on its own in a full validation.
const SPOKEN: usize = 16;
/// Utterances a full validation shows to people.
const SHOWN: usize = 3;
/// Utterances that are predicted together to be looked at.
const SHOWN_AT_ONCE: usize = 8;

/// Published names and values.
type Metrics = Vec<(&'static str, f64)>;

pub(super) fn validate(task: &Tacotron2Task, depth: Depth, knobs: &Knobs) -> Validation {
    // Gradients are not needed here, and recording them would cost the memory of the whole set.
    let model = task.model.valid();
    let set = &task.validation;
    let batches = match depth {
        Depth::Light => &set.batches[..set.batches.len().min(LIGHT_BATCHES)],
        Depth::Full => &set.batches[..],
    };
    let mut forced = Forced::default();
    let errors: Vec<f64> = batches
        .iter()
        .map(|batch| forced.add(&model, task, batch, knobs))
        .collect();
    if forced.predicted.is_empty() {
        return Validation::default();
    }
    let mut metrics = forced.metrics(task, knobs);
    if let (Some(batch), Some(own)) = (batches.first(), errors.first()) {
        let gain = text_gain(&model, task, batch, *own, knobs);
        metrics.extend(gain.map(|gain| (names::ALIGNMENT_TEXT_GAIN, gain)));
    }
    let utterances = forced.reports.clone();
    let mut exhibits = Vec::new();
    if depth == Depth::Full {
        let spoken = speak(&model, task, knobs);
        let free = free_metrics(task, &spoken, knobs.n_frames_per_step);
        let heard = heard(task, &spoken);
        metrics.extend(forced.scores(task, knobs, &free, heard));
        metrics.extend(free);
        metrics.extend(heard.into_iter().flat_map(heard_metrics));
        exhibits = forced.exhibits(task, spoken);
    }
    let metrics = metrics
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    Validation {
        metrics,
        exhibits,
        utterances,
    }
}

/// Predicts any utterances teacher-forced, in the order given.
pub(super) fn show(task: &Tacotron2Task, examples: &[&Example], knobs: &Knobs) -> Vec<Exhibit> {
    let (model, r) = (task.model.valid(), knobs.n_frames_per_step);
    let device = task.device.clone().inner();
    let mut exhibits = Vec::new();
    for chosen in examples.chunks(SHOWN_AT_ONCE) {
        let batch = collate(chosen, r, &device);
        let mode = Mode::Eval(PrenetDropout::Seeded(task.seed));
        let output = model.forward(&batch, r, &mode);
        let predicted = mels_of(&output, &batch).into_iter();
        for ((example, predicted), alignment) in chosen
            .iter()
            .zip(predicted)
            .zip(alignments_of(&output, &batch, r))
        {
            exhibits.push(exhibit(example, predicted, alignment, None));
        }
    }
    exhibits
}

fn exhibit(
    example: &Example,
    predicted: Mel,
    alignment: Alignment,
    spoken: Option<Inference>,
) -> Exhibit {
    Exhibit {
        id: example.id.clone(),
        text: example.text.clone(),
        symbols: example.symbols.clone(),
        target: example.mel.clone(),
        predicted,
        alignment,
        spoken: spoken.map(|spoken| (spoken.mel, spoken.alignment)),
    }
}

/// What the teacher-forced pass gave, utterance by utterance.
#[derive(Default)]
struct Forced {
    /// Sums of losses over batches, weighted by the frames of each.
    losses: BTreeMap<&'static str, f64>,
    frames: f64,
    /// Index into the validation set, predicted mel, attention, gate logits.
    predicted: Vec<(usize, Mel, Alignment, Vec<f32>)>,
    reports: Vec<UtteranceReport>,
}

impl Forced {
    /// Takes a batch in, and gives its mel error before and after the post-net together.
    fn add(
        &mut self,
        model: &Tacotron2,
        task: &Tacotron2Task,
        chosen: &[usize],
        knobs: &Knobs,
    ) -> f64 {
        let r = knobs.n_frames_per_step;
        let examples: Vec<&Example> = chosen
            .iter()
            .map(|&index| &task.validation.examples[index])
            .collect();
        let batch = collate(&examples, r, &task.device.clone().inner());
        let mode = Mode::Eval(PrenetDropout::Seeded(task.seed));
        let output = model.forward(&batch, r, &mode);

        // Weights of one: a validation loss must mean the same in every run.
        let unweighted = LossConfig {
            guide_sigma: knobs.guide_sigma,
            ..LossConfig::default()
        };
        let losses = loss(&output, &batch, r, &unweighted);
        let frames = batch.true_frames() as f64;
        self.frames += frames;
        for (name, value) in [
            (names::VALIDATION_LOSS, &losses.taco),
            (names::VALIDATION_MEL_LOSS, &losses.mel),
            (names::VALIDATION_MEL_POST_LOSS, &losses.mel_post),
            (names::VALIDATION_GATE_LOSS, &losses.gate),
            (names::VALIDATION_GUIDE_LOSS, &losses.guide),
        ] {
            *self.losses.entry(name).or_insert(0.0) += frames * scalar(value);
        }
        self.reports.extend(utterance::reports(&output, &batch, r));
        let mels = mels_of(&output, &batch);
        let gates = gates_of(&output, &batch, r);
        let alignments = alignments_of(&output, &batch, r);
        for (((index, mel), alignment), gate) in chosen.iter().zip(mels).zip(alignments).zip(gates)
        {
            self.predicted.push((*index, mel, alignment, gate));
        }
        scalar(&losses.mel) + scalar(&losses.mel_post)
    }

    fn metrics(&self, task: &Tacotron2Task, knobs: &Knobs) -> Metrics {
        let mut metrics: Metrics = self
            .losses
            .iter()
            .map(|(name, sum)| (*name, sum / self.frames))
            .collect();
        if let Some(found) = self.attention() {
            metrics.extend(attention_metrics(&found));
            metrics.extend(failures(&self.reports));
        }
        if let Some(found) = gate(&self.gate_views(knobs), knobs.gate_threshold) {
            metrics.extend([
                (names::VALIDATION_GATE_MEAN, found.mean),
                (names::VALIDATION_GATE_STD, found.std),
                (names::GATE_ACCURACY, found.accuracy),
                (names::GATE_ACCURACY_RAW, found.accuracy_raw),
                (names::GATE_PRECISION, found.precision),
                (names::GATE_RECALL, found.recall),
                (names::GATE_F1, found.f1),
                (names::GATE_PREMATURE_STOP_RATE, found.premature_stop_rate),
                (names::GATE_RUNAWAY_RATE, found.runaway_rate),
                (names::GATE_STOP_FAILURE_RATE, found.stop_failure_rate),
            ]);
            metrics.extend(
                found
                    .stop_error_frames
                    .map(|e| (names::GATE_STOP_ERROR_FRAMES, e)),
            );
        }
        metrics.extend(
            self.mel_quality(task)
                .map(|quality| (names::QUALITY_MEL, quality)),
        );
        metrics
    }

    /// The scores that need the whole picture. How synthesis ends is taken from the free run: that is what people hear.
    fn scores(
        &self,
        task: &Tacotron2Task,
        knobs: &Knobs,
        free: &Metrics,
        heard: Option<Heard>,
    ) -> Metrics {
        let gates = gate(&self.gate_views(knobs), knobs.gate_threshold);
        let (Some(attention), Some(gates), Some(mel)) =
            (self.attention(), gates, self.mel_quality(task))
        else {
            return Vec::new();
        };
        let mut standing = Standing::new(attention.alignment_score, &gates, mel);
        standing.heard = heard;
        let free_rate = |wanted| {
            free.iter()
                .find(|(name, _)| *name == wanted)
                .map(|(_, v)| v)
        };
        if let Some(rate) = free_rate(names::FREE_RUNNING_STOP_FAILURE_RATE) {
            standing.stop_failure_rate = *rate;
        }
        // One noisy batch would stand for the training loss here, so the term for overfitting is left out.
        let loss = self
            .losses
            .get(names::VALIDATION_LOSS)
            .map_or(f64::NAN, |sum| sum / self.frames);
        vec![
            (names::QUALITY_SCORE, quality_score(&standing)),
            (
                names::QUALITY_COMPOSITE_TTS_SCORE,
                composite_tts_score(&standing, loss, loss),
            ),
        ]
    }

    fn attention(&self) -> Option<AttentionMetrics> {
        let all: Vec<AttentionMetrics> = self
            .reports
            .iter()
            .filter_map(|report| report.attention)
            .collect();
        AttentionMetrics::mean(&all)
    }

    fn gate_views(&self, knobs: &Knobs) -> Vec<GateView<'_>> {
        let frames_per_step = knobs.n_frames_per_step;
        self.predicted
            .iter()
            .map(|(_, _, _, logits)| GateView {
                logits,
                frames_per_step,
            })
            .collect()
    }

    fn mel_quality(&self, task: &Tacotron2Task) -> Option<f64> {
        let pairs: Vec<MelPair<'_>> = self
            .predicted
            .iter()
            .map(|(index, mel, _, _)| MelPair {
                predicted: mel.values(),
                target: task.validation.examples[*index].mel.values(),
            })
            .collect();
        mel_quality(&pairs, &task.validation.mean_mel)
    }

    /// The first utterances of the set, the same ones at every validation.
    fn exhibits(self, task: &Tacotron2Task, spoken: Vec<Inference>) -> Vec<Exhibit> {
        let mut spoken = spoken.into_iter().map(Some).collect::<Vec<_>>();
        let mut shown: Vec<_> = self
            .predicted
            .into_iter()
            .filter(|(index, ..)| *index < SHOWN)
            .collect();
        shown.sort_by_key(|(index, ..)| *index);
        shown
            .into_iter()
            .map(|(index, predicted, alignment, _)| {
                let example = &task.validation.examples[index];
                let spoken = spoken.get_mut(index).and_then(Option::take);
                exhibit(example, predicted, alignment, spoken)
            })
            .collect()
    }
}

/// The network speaks the first utterances of the set on its own, guarded against running away.
fn speak(model: &Tacotron2, task: &Tacotron2Task, knobs: &Knobs) -> Vec<Inference> {
    let texts: Vec<Vec<u32>> = task
        .validation
        .examples
        .iter()
        .take(SPOKEN)
        .map(|example| example.symbols.clone())
        .collect();
    let options = InferOptions {
        gate_threshold: knobs.gate_threshold,
        max_decoder_steps: task.max_decoder_steps,
        prenet_dropout: PrenetDropout::Seeded(task.seed),
        stop: StopRule::Guarded,
        windowed: task.attention_windowing,
    };
    model.infer(&texts, knobs.n_frames_per_step, &options)
}

fn free_metrics(task: &Tacotron2Task, spoken: &[Inference], frames_per_step: usize) -> Metrics {
    let views: Vec<FreeRunView<'_>> = spoken
        .iter()
        .map(|one| FreeRunView {
            alignment: view(&one.alignment),
            stopped_by_gate: one.stop == StopReason::Gate,
            frames_per_step,
            frame_rate: task.frame_rate,
        })
        .collect();
    let mut metrics = vec![(names::FREE_RUNNING_SENTENCES, spoken.len() as f64)];
    if let Some(found) = free_run(&views) {
        metrics.extend([
            (
                names::FREE_RUNNING_PREMATURE_RATE,
                found.premature_stop_rate,
            ),
            (names::FREE_RUNNING_RUNAWAY_RATE, found.runaway_rate),
            (
                names::FREE_RUNNING_STOP_FAILURE_RATE,
                found.premature_stop_rate + found.runaway_rate,
            ),
        ]);
    }
    let all: Vec<_> = views
        .iter()
        .filter_map(|one| attention(&one.alignment))
        .collect();
    if let Some(found) = AttentionMetrics::mean(&all) {
        metrics.extend([
            (names::FREE_RUNNING_DIAGONALITY, found.diagonality),
            (names::FREE_RUNNING_ALIGNMENT_SCORE, found.alignment_score),
        ]);
    }
    let examples = task.validation.examples.iter();
    let distances: Vec<f64> = spoken
        .iter()
        .zip(examples)
        .filter_map(|(one, example)| mel_cepstral_distortion(&one.mel, &example.mel))
        .map(|distance| distance.db)
        .filter(|db| db.is_finite())
        .collect();
    if !distances.is_empty() {
        let mean = distances.iter().sum::<f64>() / distances.len() as f64;
        metrics.push((names::FREE_RUNNING_MCD_DB, mean));
    }
    metrics
}

/// What is heard of free speech; `None` where nobody can tell.
fn heard(task: &Tacotron2Task, spoken: &[Inference]) -> Option<Heard> {
    let examples = task.validation.examples.iter();
    let said: Vec<Speaking<'_>> = examples
        .zip(spoken)
        .map(|(example, one)| Speaking {
            mel: &one.mel,
            symbols: &example.symbols,
            recording: &example.mel,
        })
        .collect();
    let listener = task.validation.listener.as_ref()?;
    let ratios: Vec<f64> = said
        .iter()
        .map(|one| one.mel.variance() / one.recording.variance())
        .filter(|ratio| ratio.is_finite())
        .collect();
    Some(Heard {
        intelligibility: listener.intelligibility(&said)?,
        variance_ratio: ratios.iter().sum::<f64>() / ratios.len() as f64,
    })
}

/// Of speech that is no speech there is no variance, and a figure that is absent is not published.
fn heard_metrics(heard: Heard) -> Metrics {
    let mut metrics = vec![
        (names::FREE_RUNNING_INTELLIGIBILITY, heard.intelligibility),
        (names::FREE_RUNNING_VARIANCE_RATIO, heard.variance_ratio),
    ];
    metrics.retain(|(_, value)| value.is_finite());
    metrics
}

fn attention_metrics(found: &AttentionMetrics) -> Metrics {
    vec![
        (names::VALIDATION_ALIGNMENT_SCORE, found.alignment_score),
        (names::VALIDATION_ATTENTION_ENTROPY, found.entropy),
        (names::VALIDATION_ATTENTION_FOCUS, found.focus),
        (names::ALIGNMENT_SCORE, found.alignment_score),
        (names::ALIGNMENT_DIAGONALITY, found.diagonality),
        (names::ALIGNMENT_FOCUS, found.focus),
        (names::ALIGNMENT_ENTROPY, found.entropy),
        (
            names::ALIGNMENT_ENTROPY_NORMALISED,
            found.entropy_normalised,
        ),
        (names::ALIGNMENT_COVERAGE, found.coverage),
        (names::ALIGNMENT_COVERAGE_STRENGTH, found.coverage_strength),
        (names::ALIGNMENT_MONOTONICITY, found.monotonicity),
        (names::ALIGNMENT_TRAVEL, found.travel),
        (names::ALIGNMENT_SKIP_RATE, found.skip_rate),
        (names::ALIGNMENT_BACK_RATE, 1.0 - found.monotonicity),
    ]
}

/// Shares of the utterances whose attention fails, by how it fails.
fn failures(reports: &[UtteranceReport]) -> Metrics {
    let classes: Vec<Collapse> = reports
        .iter()
        .filter_map(|report| Some(report.attention?.collapse()))
        .collect();
    Collapse::ALL
        .into_iter()
        .filter_map(|class| {
            let found = classes.iter().filter(|found| **found == class).count();
            Some((
                names::share_of(class)?,
                found as f64 / classes.len().max(1) as f64,
            ))
        })
        .collect()
}

fn view(alignment: &Alignment) -> AlignmentView<'_> {
    AlignmentView {
        steps: alignment.steps,
        symbols: alignment.symbols,
        values: &alignment.values,
    }
}

fn scalar(tensor: &Tensor<1>) -> f64 {
    f64::from(tensor.clone().into_scalar::<f32>())
}

/// The mel of every utterance without padding.
fn mels_of(output: &Output, batch: &Batch) -> Vec<Mel> {
    let [_, frames, bins] = output.mel_post.dims();
    let values: Vec<f32> = output.mel_post.clone().into_data().iter::<f32>().collect();
    values
        .chunks(frames * bins)
        .zip(&batch.mel_lengths)
        .map(|(padded, length)| Mel::new(bins, padded[..length * bins].to_vec()))
        .collect()
}

/// The gate logits of every utterance without padding.
pub(super) fn gates_of(output: &Output, batch: &Batch, r: usize) -> Vec<Vec<f32>> {
    let [_, steps] = output.gate.dims();
    let gate = output.gate.clone().inner();
    let values: Vec<f32> = gate.into_data().iter::<f32>().collect();
    values
        .chunks(steps)
        .zip(batch.steps(r))
        .map(|(padded, length)| padded[..length].to_vec())
        .collect()
}

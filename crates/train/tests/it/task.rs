//! Tacotron 2 as a task: what a step changes, and what it must not change.

use std::sync::Arc;

use diktor_audio::Mel;
use diktor_corpus::Example;
use diktor_model::{AttentionType, Batch, NamedTensor};
use diktor_track::{Histogram, names};
use diktor_train::{
    Hparams, Knobs, StepReport, Task,
    data::{Cursor, StepBatch, collate},
    task::{Depth, Skipped, Tacotron2Task, ValidationSet},
};

use crate::support;

fn task(hparams: &Hparams) -> Tacotron2Task {
    let validation = ValidationSet::new(
        Arc::new(support::examples(4)),
        hparams,
        vec![-2.0; support::BINS],
    );
    let symbols = support::frontend().symbols;
    Tacotron2Task::new(hparams, &symbols, &support::device().autodiff(), validation).unwrap()
}

fn without_dropout() -> Hparams {
    Hparams {
        p_attention_dropout: 0.0,
        p_decoder_dropout: 0.0,
        prenet_dropout: 0.0,
        encoder_dropout: 0.0,
        postnet_dropout: 0.0,
        ..support::hparams()
    }
}

fn batch(examples: &[&Example]) -> Batch {
    collate(examples, 2, &support::device().autodiff())
}

fn step_of(parts: Vec<Batch>) -> StepBatch {
    StepBatch {
        parts,
        frames_per_step: 2,
        after: Cursor::default(),
        waited_s: 0.0,
    }
}

fn everything(task: &Tacotron2Task) -> (Vec<NamedTensor>, Vec<NamedTensor>, u64) {
    let (moments, updates) = task.optimizer();
    (task.weights(), moments, updates)
}

#[test]
fn a_step_lowers_the_loss_and_reports_every_term() {
    let hparams = without_dropout();
    let (mut task, knobs) = (task(&hparams), Knobs::from_hparams(&hparams));
    let examples = support::examples(3);
    let batch = step_of(vec![batch(&examples.iter().collect::<Vec<_>>())]);
    let losses: Vec<f64> = (0..12)
        .map(|step| task.step(&batch, &knobs, step).metrics[names::TRAINING_LOSS])
        .collect();
    assert!(losses[11] < losses[0], "{losses:?}");
    let report = task.step(&batch, &knobs, 12);
    let metric = |name: &str| report.metrics[name];
    let taco = metric(names::TRAINING_MEL_LOSS)
        + metric(names::TRAINING_MEL_POST_LOSS)
        + knobs.gate_loss_weight * metric(names::TRAINING_GATE_LOSS);
    assert!((metric(names::TRAINING_TACO_LOSS) - taco).abs() < 1e-4);
    assert!(
        (metric(names::TRAINING_LOSS) - taco - metric(names::TRAINING_ATTEN_LOSS)).abs() < 1e-4
    );
    assert!(metric(names::GRAD_NORM) > 0.0);
}

#[test]
fn the_step_before_a_validation_tells_how_weights_and_gradients_are_distributed() {
    let hparams = support::hparams();
    let (mut task, knobs) = (task(&hparams), Knobs::from_hparams(&hparams));
    let examples = support::examples(3);
    let batch = step_of(vec![batch(&examples.iter().collect::<Vec<_>>())]);
    let mut told: Vec<StepReport> = (0..hparams.validation_freq)
        .map(|step| task.step(&batch, &knobs, step))
        .collect();
    let last = told.pop().unwrap();
    assert!(told.iter().all(|report| report.distributions.is_empty()));
    let of = |group: &'static str| {
        let all = last.distributions.iter();
        all.filter(move |histogram| histogram.tag.starts_with(group))
    };
    let weights: u64 = of("weights/").map(Histogram::count).sum();
    assert_eq!(weights, task.model().parameter_count() as u64);
    let squares: f64 = of("gradients/")
        .map(|histogram| histogram.sum_squares)
        .sum();
    let norm = last.metrics[names::GRAD_NORM];
    assert!(
        (squares.sqrt() / norm - 1.0).abs() < 1e-4,
        "{squares} {norm}"
    );
    assert!(of("gradients/").any(|histogram| histogram.tag == "gradients/decoder.attention_rnn"));
}

#[test]
fn a_step_that_is_not_finite_changes_nothing() {
    let hparams = support::hparams();
    let (mut task, knobs) = (task(&hparams), Knobs::from_hparams(&hparams));
    let mut examples = support::examples(3);
    let healthy = batch(&examples.iter().collect::<Vec<_>>());
    assert_eq!(
        task.step(&step_of(vec![healthy.clone()]), &knobs, 0)
            .skipped,
        None
    );
    let before = everything(&task);

    let mut values = examples[1].mel.values().to_vec();
    values[17] = f32::NAN;
    examples[1].mel = Mel::new(support::BINS, values);
    let broken = batch(&examples.iter().collect::<Vec<_>>());
    // The broken part comes second: what the first one learnt must not stay either.
    let report = task.step(&step_of(vec![healthy, broken]), &knobs, 1);
    assert!(
        matches!(report.skipped, Some(Skipped::Loss(loss)) if loss.is_nan()),
        "{report:?}"
    );
    assert!(
        everything(&task) == before,
        "weights, running statistics and moments are untouched"
    );
}

#[test]
fn accumulated_parts_equal_one_batch_where_the_statistics_are_the_same() {
    let hparams = without_dropout();
    let knobs = Knobs::from_hparams(&hparams);
    let all = support::examples(2);
    let part = || batch(&[&all[0], &all[1]]);
    let whole = batch(&[&all[0], &all[1], &all[0], &all[1]]);
    let (mut parts, mut one) = (task(&hparams), task(&hparams));
    let accumulated = parts
        .step(&step_of(vec![part(), part()]), &knobs, 0)
        .metrics;
    let single = one.step(&step_of(vec![whole]), &knobs, 0).metrics;
    for name in [names::TRAINING_LOSS, names::GRAD_NORM] {
        let (a, b) = (accumulated[name], single[name]);
        // The same sum in another order.
        assert!((a - b).abs() < 1e-4 * b.abs(), "{name}: {a} and {b}");
    }
}

#[test]
fn the_same_step_can_be_replayed() {
    let hparams = support::hparams();
    let knobs = Knobs::from_hparams(&hparams);
    let examples = support::examples(3);
    let batch = step_of(vec![batch(&examples.iter().collect::<Vec<_>>())]);
    let run = |step| task(&hparams).step(&batch, &knobs, step).metrics;
    assert_eq!(run(41), run(41));
    assert_ne!(run(41), run(42), "another step has other dropout");
}

#[test]
fn validation_changes_nothing_and_says_the_same_twice() {
    let hparams = support::hparams();
    let (task, knobs) = (task(&hparams), Knobs::from_hparams(&hparams));
    let before = everything(&task);
    let found = task.validate(Depth::Full, &knobs);
    assert_eq!(task.validate(Depth::Full, &knobs), found);
    assert!(everything(&task) == before);
    for name in [
        names::VALIDATION_LOSS,
        names::VALIDATION_ALIGNMENT_SCORE,
        names::VALIDATION_ATTENTION_ENTROPY,
        names::VALIDATION_ATTENTION_FOCUS,
        names::VALIDATION_GATE_MEAN,
        names::VALIDATION_GATE_STD,
        names::ALIGNMENT_DIAGONALITY,
        names::GATE_ACCURACY,
        names::QUALITY_MEL,
        names::QUALITY_COMPOSITE_TTS_SCORE,
        names::FREE_RUNNING_DIAGONALITY,
        names::FREE_RUNNING_RUNAWAY_RATE,
        names::FREE_RUNNING_PREMATURE_RATE,
    ] {
        assert!(
            found
                .metrics
                .get(name)
                .is_some_and(|value| value.is_finite()),
            "{name}"
        );
    }
    assert_eq!(found.exhibits.len(), 3);
    let light = task.validate(Depth::Light, &knobs);
    assert!(light.exhibits.is_empty() && light.metrics.contains_key(names::VALIDATION_LOSS));
    assert!(!light.metrics.contains_key(names::FREE_RUNNING_DIAGONALITY));
}

#[test]
fn a_warm_start_takes_what_fits_and_names_the_rest() {
    let hparams = support::hparams();
    let (mut warm, given) = (
        task(&hparams),
        task(&Hparams {
            seed: 7,
            ..hparams.clone()
        }),
    );
    let before = warm.weights();
    let mut tensors = given.weights();
    tensors.retain(|tensor| tensor.name != "decoder.gate_layer.linear_layer.bias");
    let kept = warm
        .warm_start(&tensors, &["embedding.weight".to_owned()])
        .unwrap();
    assert_eq!(
        kept,
        ["embedding.weight", "decoder.gate_layer.linear_layer.bias"]
    );
    for ((now, before), given) in warm.weights().iter().zip(&before).zip(&given.weights()) {
        let expected = if kept.contains(&now.name) {
            before
        } else {
            given
        };
        assert_eq!(now, expected);
    }
}

#[test]
fn weights_of_another_attention_are_taken_where_they_fit() {
    let location = task(&support::hparams()).weights();
    let kept = |attention_type| {
        let hparams = Hparams {
            attention_type,
            ..support::hparams()
        };
        task(&hparams).warm_start(&location, &[]).unwrap()
    };
    assert_eq!(kept(AttentionType::Forward), [""; 0]);
    assert_eq!(
        kept(AttentionType::ForwardTa),
        ["weight", "bias"].map(|field| format!("decoder.attention_layer.ta.linear_layer.{field}"))
    );
    let dynamic = kept(AttentionType::Dca);
    assert_eq!(dynamic.len(), 6, "{dynamic:?}");
    let own = |name: &String| name.starts_with("decoder.attention_layer.");
    assert!(dynamic.iter().all(own), "{dynamic:?}");
}

#[test]
fn every_attention_learns_and_sharpens() {
    for attention_type in [AttentionType::ForwardTa, AttentionType::Dca] {
        let hparams = Hparams {
            attention_type,
            entropy_loss_weight: 0.5,
            ..without_dropout()
        };
        let (mut task, knobs) = (task(&hparams), Knobs::from_hparams(&hparams));
        let examples = support::examples(3);
        let batch = step_of(vec![batch(&examples.iter().collect::<Vec<_>>())]);
        let reports: Vec<_> = (0..12)
            .map(|step| task.step(&batch, &knobs, step))
            .collect();
        let metric = |step: usize, name: &str| reports[step].metrics[name];
        assert!(metric(11, names::TRAINING_LOSS) < metric(0, names::TRAINING_LOSS));
        let attention = knobs.guide_loss_weight * metric(5, names::TRAINING_GUIDE_LOSS)
            + 0.5 * metric(5, names::ALIGNMENT_ENTROPY_LOSS);
        assert!((metric(5, names::TRAINING_ATTEN_LOSS) - attention).abs() < 1e-6);
    }
}

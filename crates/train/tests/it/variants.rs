//! The variants of the network in training: every one joins [`check_variant`] with one line.

use std::{fs, path::Path, sync::Arc};

use diktor_model::{AttentionType, GstMode};
use diktor_track::{Event, EventKind, Outcome, Sink, SinkError, names};
use diktor_train::{
    Checkpoint, Hparams, Knobs, Resume, StopFlag, Task, TrainSpec,
    data::{Cursor, StepBatch, collate},
    task::{Depth, Tacotron2Task, ValidationSet},
    train,
};

use crate::{resume, support};

fn small() -> Hparams {
    Hparams {
        mmi_dim: 6,
        ddc_reduction_factor: 4,
        token_num: 4,
        num_heads: 2,
        token_embedding_size: 8,
        ref_enc_filters: vec![2, 3],
        ref_enc_gru_size: 4,
        update_gaf_every_n_step: 2,
        ..support::hparams()
    }
}

fn mmi() -> Hparams {
    Hparams {
        use_mmi: true,
        drop_frame_rate: 0.2,
        ..small()
    }
}

fn ddc() -> Hparams {
    Hparams {
        use_ddc_loss: true,
        ..small()
    }
}

fn gst(gst_mode: GstMode) -> Hparams {
    Hparams {
        use_gst: true,
        use_tps_gst: true,
        gst_mode,
        ..small()
    }
}

fn everything() -> Hparams {
    Hparams {
        use_mmi: true,
        use_ddc_loss: true,
        drop_frame_rate: 0.1,
        gradient_accumulation_steps: 2,
        ..gst(GstMode::Concat)
    }
}

/// `terms` are the losses that the variant adds: they are told, and they fall. Only attentions that
/// know nothing are alike by themselves, so how consistent two decoders are is told and may rise.
fn check_variant(hparams: &Hparams, terms: &[&str]) {
    hparams.validate().unwrap();
    it_learns(hparams, terms);
    it_resumes_to_the_byte(hparams);
}

fn task(hparams: &Hparams) -> Tacotron2Task {
    let examples = Arc::new(support::examples(3));
    let validation = ValidationSet::new(examples, hparams, vec![-2.0; support::BINS]);
    let symbols = support::frontend().symbols;
    let device = support::device().autodiff();
    Tacotron2Task::new(hparams, &symbols, &device, validation).unwrap()
}

fn batch() -> StepBatch {
    let examples = support::examples(4);
    let device = support::device().autodiff();
    StepBatch {
        parts: vec![collate(&examples.iter().collect::<Vec<_>>(), 2, &device)],
        frames_per_step: 2,
        after: Cursor::default(),
        waited_s: 0.0,
    }
}

fn it_learns(hparams: &Hparams, terms: &[&str]) {
    const STEPS: u64 = 60;
    let hparams = Hparams {
        p_attention_dropout: 0.0,
        p_decoder_dropout: 0.0,
        prenet_dropout: 0.0,
        encoder_dropout: 0.0,
        postnet_dropout: 0.0,
        mmi_dropout: 0.0,
        drop_frame_rate: 0.0,
        ..hparams.clone()
    };
    let knobs = Knobs {
        learning_rate: 5e-3,
        ..Knobs::from_hparams(&hparams)
    };
    let (mut task, batch) = (task(&hparams), batch());
    let first = task.step(&batch, &knobs, 0).metrics;
    let mut last = first.clone();
    for step in 1..STEPS {
        last = task.step(&batch, &knobs, step).metrics;
    }
    for name in [names::TRAINING_LOSS, names::TRAINING_TACO_LOSS]
        .iter()
        .chain(terms)
    {
        let (first, last) = (first[*name], last[*name]);
        assert!(last < first, "{name}: {first} and {last}");
    }
    let told = last.keys().filter(|name| name.starts_with("training."));
    let ddc = usize::from(hparams.use_ddc_loss);
    assert_eq!(told.count(), 7 + terms.len() + ddc, "{:?}", last.keys());
    assert_eq!(
        last.contains_key(names::TRAINING_DDC_CONSISTENCY_LOSS),
        hparams.use_ddc_loss
    );
    if hparams.use_mmi {
        assert!((0.0..=hparams.max_gaf).contains(&last[names::CONTROL_GAF]));
    }
}

fn spec(hparams: &Hparams, run_dir: &Path) -> TrainSpec {
    TrainSpec {
        hparams: hparams.clone(),
        ..resume::spec(run_dir, Resume::Auto)
    }
}

/// Raises the flag when it hears of a step.
struct StopAt(u64, StopFlag);

impl Sink for StopAt {
    fn record(&mut self, event: &Event) -> Result<(), SinkError> {
        if event.step >= self.0 && matches!(event.kind, EventKind::Step { .. }) {
            self.1.raise();
        }
        Ok(())
    }
}

fn it_resumes_to_the_byte(hparams: &Hparams) {
    let (whole, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let last = |run_dir: &Path| fs::read(run_dir.join("checkpoints/last.ckpt")).unwrap();
    let outcome = train(spec(hparams, whole.path()), &StopFlag::new()).unwrap();
    assert_eq!(outcome.outcome, Outcome::Completed);
    for stop_at in [3, u64::MAX] {
        let stop = StopFlag::new();
        let mut spec = spec(hparams, parts.path());
        let watcher = StopAt(stop_at, stop.clone());
        spec.sinks.push(("stop", Box::new(watcher)));
        train(spec, &stop).unwrap();
    }
    assert!(last(parts.path()) == last(whole.path()));
}

#[test]
fn mutual_information() {
    check_variant(&mmi(), &[names::TRAINING_MI_LOSS]);
}

#[test]
fn double_decoder_consistency() {
    check_variant(&ddc(), &[names::TRAINING_DDC_COARSE_LOSS]);
}

#[test]
fn style_tokens() {
    for mode in [GstMode::Concat, GstMode::Add] {
        check_variant(&gst(mode), &[names::TRAINING_EMB_LOSS]);
    }
}

#[test]
fn everything_at_once() {
    let terms = [
        names::TRAINING_MI_LOSS,
        names::TRAINING_EMB_LOSS,
        names::TRAINING_DDC_COARSE_LOSS,
    ];
    check_variant(&everything(), &terms);
}

#[test]
fn everything_with_another_attention_and_frames_of_its_own() {
    let hparams = Hparams {
        attention_type: AttentionType::ForwardTa,
        p_teacher_forcing: 0.8,
        entropy_loss_weight: 0.05,
        ..everything()
    };
    hparams.validate().unwrap();
    it_resumes_to_the_byte(&hparams);
}

#[test]
fn the_total_is_the_weighted_sum_of_its_terms() {
    let hparams = Hparams {
        ddc_loss_weight: 0.7,
        emb_loss_weight: 0.4,
        mmi_weight: 0.8,
        entropy_loss_weight: 0.3,
        ..everything()
    };
    let mut task = task(&hparams);
    let report = task.step(&batch(), &Knobs::from_hparams(&hparams), 0);
    let metric = |name: &str| report.metrics[name];
    let attention = hparams.guide_loss_weight * metric(names::TRAINING_GUIDE_LOSS)
        + 0.3 * metric(names::ALIGNMENT_ENTROPY_LOSS)
        + 0.7 * metric(names::TRAINING_DDC_CONSISTENCY_LOSS);
    assert!((metric(names::TRAINING_ATTEN_LOSS) - attention).abs() < 1e-4);
    let total = metric(names::TRAINING_TACO_LOSS)
        + attention
        + 0.7 * metric(names::TRAINING_DDC_COARSE_LOSS)
        + 0.8 * metric(names::CONTROL_GAF) * metric(names::TRAINING_MI_LOSS)
        + 0.4 * metric(names::TRAINING_EMB_LOSS);
    assert!((metric(names::TRAINING_LOSS) - total).abs() < 1e-3 * total);
}

#[test]
fn the_adaptive_factor_changes_when_it_is_due_and_never_with_a_skipped_step() {
    let hparams = mmi();
    let knobs = Knobs::from_hparams(&hparams);
    let (mut task, batch) = (task(&hparams), batch());
    // A recogniser that is very sure and wrong has a gradient far above the task's.
    let mut weights = task.weights();
    for tensor in &mut weights {
        if tensor.name.starts_with("mi.ctc_proj") {
            tensor.values.iter_mut().for_each(|value| *value *= 100.0);
        }
    }
    task.warm_start(&weights, &[]).unwrap();
    let factors: Vec<f64> = (0..4)
        .map(|step| task.step(&batch, &knobs, step).metrics[names::CONTROL_GAF])
        .collect();
    assert_eq!(factors[0], factors[1]);
    assert_ne!(factors[1], factors[2]);
    assert_eq!(factors[2], factors[3]);
    let before = task.memory();
    let mut broken = batch.clone();
    broken.parts[0].mels = broken.parts[0].mels.clone() * f32::NAN;
    assert!(task.step(&broken, &knobs, 4).skipped.is_some());
    assert_eq!(task.memory(), before);
    let free = Hparams {
        use_gaf: false,
        ..mmi()
    };
    let free = self::task(&free).step(&batch, &knobs, 0).metrics;
    assert!(!free.contains_key(names::CONTROL_GAF));
    assert!(free[names::TRAINING_LOSS] > free[names::TRAINING_TACO_LOSS]);
}

/// A checkpoint of so many steps, and the metrics of a validation after them.
fn checkpoint_of(hparams: &Hparams, run_dir: &Path) -> Checkpoint {
    train(spec(hparams, run_dir), &StopFlag::new()).unwrap();
    Checkpoint::read(&run_dir.join("checkpoints/last.ckpt")).unwrap()
}

#[test]
fn a_coarse_decoder_comes_and_goes_between_sessions() {
    for (before, after) in [(ddc(), small()), (small(), ddc())] {
        let folder = tempfile::tempdir().unwrap();
        let saved = checkpoint_of(&before, folder.path());
        let longer = Hparams {
            max_steps: 12,
            ..after.clone()
        };
        let outcome = train(spec(&longer, folder.path()), &StopFlag::new()).unwrap();
        assert_eq!((outcome.resumed_from, outcome.steps), (Some(9), 12));
        let path = folder.path().join("checkpoints/last.ckpt");
        let coarse = Checkpoint::read(&path).unwrap().weights;
        let coarse = coarse.iter().any(|t| t.name.starts_with("coarse_decoder."));
        assert_eq!(coarse, after.use_ddc_loss);
        assert_ne!(saved.state.hparams.use_ddc_loss, after.use_ddc_loss);
    }
}

#[test]
fn moments_are_named_by_the_fields_of_the_network() {
    use AttentionType::{Dca, Location};
    for attention_type in [Location, Dca] {
        let hparams = Hparams {
            attention_type,
            ..ddc()
        };
        let mut task = task(&hparams);
        task.step(&batch(), &Knobs::from_hparams(&hparams), 0);
        let (moments, _) = task.optimizer();
        for path in ["decoder", "coarse"] {
            for moment in ["exp_avg", "exp_avg_sq"] {
                let name = format!("{moment}.{path}.attention.query.weight");
                assert!(moments.iter().any(|one| one.name == name), "{name}");
            }
        }
    }
}

#[test]
fn a_voice_without_styles_speaks_on_when_it_gets_them() {
    use AttentionType::{Dca, ForwardTa, Location};
    for attention_type in [Location, ForwardTa, Dca] {
        let plain = Hparams {
            attention_type,
            ..small()
        };
        let folder = tempfile::tempdir().unwrap();
        let given = checkpoint_of(&plain, folder.path());
        for mode in [GstMode::Concat, GstMode::Add] {
            let hparams = Hparams {
                attention_type,
                ..gst(mode)
            };
            let knobs = Knobs::from_hparams(&hparams);
            let (mut old, mut new) = (task(&plain), task(&hparams));
            assert_eq!(old.warm_start(&given.weights, &[]).unwrap().len(), 0);
            let kept = new.warm_start(&given.weights, &[]).unwrap();
            let added = |name: &String| name.starts_with("gst") || name.starts_with("tpse_gst");
            assert!(!kept.is_empty() && kept.iter().all(added), "{kept:?}");
            if mode == GstMode::Concat {
                let loss = |task: &Tacotron2Task| {
                    task.validate(Depth::Light, &knobs).metrics[names::VALIDATION_LOSS]
                };
                let (old, new) = (loss(&old), loss(&new));
                assert!((old - new).abs() < 1e-5 * old, "{old} and {new}");
            }
        }
    }
}

#[test]
fn layers_are_ignored_with_all_that_is_in_them() {
    let folder = tempfile::tempdir().unwrap();
    let given = checkpoint_of(&everything(), folder.path());
    let mut task = task(&Hparams {
        seed: 7,
        ..everything()
    });
    let ignored = ["gst", "mi", "decoder.mel_layer", "decoder.gate"].map(str::to_owned);
    let kept = task.warm_start(&given.weights, &ignored).unwrap();
    let all = task.weights();
    let expected: Vec<&str> = all
        .iter()
        .map(|tensor| &*tensor.name)
        .filter(|name| {
            ["gst.", "mi.", "decoder.mel_layer."]
                .iter()
                .any(|layer| name.starts_with(layer))
        })
        .collect();
    assert_eq!(
        kept, expected,
        "`decoder.gate` is no layer, and `tpse_gst` is not in `gst`"
    );
}

#[test]
fn a_table_without_letters_has_nothing_to_recognise() {
    let symbols =
        diktor_text::SymbolTable::from_symbols(["_", "!", "?"].map(str::to_owned).to_vec())
            .unwrap();
    let validation = ValidationSet::new(Arc::new(Vec::new()), &mmi(), Vec::new());
    let device = support::device().autodiff();
    let error = Tacotron2Task::new(&mmi(), &symbols, &device, validation).unwrap_err();
    assert!(error.to_string().contains("use_mmi"), "{error}");
}

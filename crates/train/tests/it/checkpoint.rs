//! Checkpoint files: whole, or refused.

use std::{collections::BTreeMap, fs, path::Path};

use diktor_model::NamedTensor;
use diktor_train::{
    Checkpoint, Knobs,
    checkpoint::{CheckpointError, CheckpointStore, Standing, TrainingState},
    data::Cursor,
    watch::Watch,
};
use proptest::prelude::*;

use crate::support;

fn tensor(name: &str, shape: &[usize]) -> NamedTensor {
    let values = (0..shape.iter().product::<usize>())
        .map(|i| (i as f32).sin() * 1e-3)
        .collect();
    NamedTensor {
        name: name.to_owned(),
        shape: shape.to_vec(),
        values,
    }
}

fn checkpoint(step: u64) -> Checkpoint {
    let hparams = support::hparams();
    let weights = vec![tensor("embedding.weight", &[4, 3]), tensor("a.scalar", &[])];
    let mut checkpoint = Checkpoint::of_weights(
        weights,
        hparams.clone(),
        support::frontend().symbols,
        hparams.mel(),
    );
    checkpoint.optimizer = vec![tensor("exp_avg.embedding.weight", &[4, 3])];
    checkpoint.state.step = step;
    checkpoint.state.metrics = BTreeMap::from([
        ("validation.loss".to_owned(), 0.1 + 0.2),
        ("grad.norm".to_owned(), f64::INFINITY),
    ]);
    checkpoint.state.training = Some(TrainingState {
        cursor: Cursor { epoch: 2, batch: 1 },
        seed: 1234,
        updates: step,
        phase: diktor_track::Phase::AlignmentLearning,
        knobs: Knobs::from_hparams(&hparams),
        regimes: BTreeMap::new(),
        controllers: BTreeMap::from([(
            "learning_rate".to_owned(),
            serde_json::json!({"base": 1e-3}),
        )]),
        task: serde_json::Value::Null,
        best: None,
        data: "0123".to_owned(),
        restarts: 0,
        peak_diagonality: 0.0,
        standing: Standing::Unchecked,
        watch: Watch::default(),
    });
    checkpoint
}

fn bytes(checkpoint: &Checkpoint) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.ckpt");
    checkpoint.write(&path).unwrap();
    fs::read(path).unwrap()
}

fn read(bytes: &[u8]) -> Result<Checkpoint, CheckpointError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.ckpt");
    fs::write(&path, bytes).unwrap();
    Checkpoint::read(&path)
}

#[test]
fn what_is_written_is_read_and_written_again_to_the_same_bytes() {
    let whole = bytes(&checkpoint(7));
    let back = read(&whole).unwrap();
    assert_eq!(back, checkpoint(7));
    assert!(bytes(&back) == whole);
}

#[test]
fn any_safetensors_reader_can_open_it() {
    let whole = bytes(&checkpoint(7));
    let file = safetensors::SafeTensors::deserialize(&whole).unwrap();
    let mut names = file.names();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "a.scalar",
            "embedding.weight",
            "optimizer.exp_avg.embedding.weight"
        ]
    );
    assert_eq!(file.tensor("embedding.weight").unwrap().shape(), [4, 3]);
}

#[test]
fn a_tensor_that_is_not_finite_is_never_written() {
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.ckpt");
        checkpoint(1).write(&path).unwrap();
        let mut broken = checkpoint(2);
        broken.optimizer[0].values[5] = value;
        let error = broken.write(&path).unwrap_err();
        assert!(
            matches!(error, CheckpointError::NonFinite { index: 5, .. }),
            "{error}"
        );
        assert_eq!(
            Checkpoint::read(&path).unwrap().state.step,
            1,
            "the old file is whole"
        );
    }
}

#[test]
fn a_file_of_a_newer_program_is_called_newer() {
    let mut newer = checkpoint(1);
    newer.state.version = 99;
    let error = read(&bytes(&newer)).unwrap_err();
    assert!(
        matches!(error, CheckpointError::Version { found: 99, .. }),
        "{error}"
    );
}

#[test]
fn other_files_are_refused_with_a_sentence() {
    let other = tempfile::tempdir().unwrap();
    let foreign = safetensors::serialize(
        [(
            "w",
            safetensors::tensor::TensorView::new(safetensors::Dtype::F32, vec![1], &[0; 4])
                .unwrap(),
        )],
        None,
    )
    .unwrap();
    for bytes in [&b""[..], b"text", &[0xff; 64], &[0; 64], &foreign] {
        let error = read(bytes).unwrap_err();
        let is_told = matches!(
            error,
            CheckpointError::Damaged { .. } | CheckpointError::Foreign { .. }
        );
        assert!(is_told, "{error}");
        assert!(error.to_string().contains("x.ckpt"), "{error}");
    }
    assert!(
        Checkpoint::read(other.path()).is_err(),
        "a folder is no checkpoint"
    );
    assert!(
        Checkpoint::read(Path::new("/dev/zero")).is_err(),
        "nor is a device"
    );
}

#[test]
fn the_newest_whole_checkpoint_is_found_past_damaged_ones() {
    let folder = tempfile::tempdir().unwrap();
    let store = CheckpointStore::open(folder.path(), 5).unwrap();
    assert!(store.is_empty().unwrap());
    for step in [2, 4, 6] {
        store.save(&checkpoint(step)).unwrap();
    }
    let step_of = |store: &CheckpointStore| {
        store
            .newest()
            .unwrap()
            .map(|found| (found.checkpoint.state.step, found.refused.len()))
    };
    assert_eq!(step_of(&store).unwrap(), (6, 0));
    // `last.ckpt` is another name of the newest numbered file: damage to one is damage to both.
    let newest = store.folder().join("checkpoint_00000006.ckpt");
    let mut damaged = fs::read(&newest).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs::write(&newest, &damaged).unwrap();
    assert_eq!(step_of(&store).unwrap(), (4, 2));
    store.save_last(&checkpoint(7)).unwrap();
    assert_eq!(step_of(&store).unwrap(), (7, 0));
    for name in [
        "last.ckpt",
        "checkpoint_00000002.ckpt",
        "checkpoint_00000004.ckpt",
    ] {
        fs::write(store.folder().join(name), &damaged[..100]).unwrap();
    }
    assert_eq!(step_of(&store).unwrap_err().len(), 4);
    // What else is whole is better than nothing.
    checkpoint(3)
        .write(&store.folder().join("best_model.ckpt"))
        .unwrap();
    store.save_good(&checkpoint(5)).unwrap();
    assert_eq!(step_of(&store).unwrap(), (5, 4));
}

#[test]
fn only_the_newest_numbered_checkpoints_are_kept_and_the_best_outlives_them() {
    let folder = tempfile::tempdir().unwrap();
    let store = CheckpointStore::open(folder.path(), 2).unwrap();
    let first = store.save(&checkpoint(1)).unwrap();
    store.mark_best(&first).unwrap();
    for step in 2..5 {
        store.save(&checkpoint(step)).unwrap();
    }
    assert!(!first.exists());
    let best = Checkpoint::read(&store.folder().join("best_model.ckpt")).unwrap();
    assert_eq!(best.state.step, 1);
    assert_eq!(fs::read_dir(store.folder()).unwrap().count(), 4);
}

proptest! {
    #[test]
    fn a_truncated_file_is_refused(share in 0.0_f64..1.0) {
        let whole = bytes(&checkpoint(7));
        let end = (whole.len() as f64 * share) as usize;
        prop_assert!(read(&whole[..end]).is_err());
    }

    #[test]
    fn a_file_with_flipped_bits_is_refused(place in 0.0_f64..1.0, mask in 1_u8..) {
        let mut damaged = bytes(&checkpoint(7));
        let index = (damaged.len() as f64 * place) as usize;
        damaged[index] ^= mask;
        // White space after the header may turn into other white space: then nothing is lost.
        if let Ok(back) = read(&damaged) {
            prop_assert_eq!(back, checkpoint(7));
        }
    }

    #[test]
    fn any_bytes_at_all_are_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(read(&bytes).is_err());
    }
}

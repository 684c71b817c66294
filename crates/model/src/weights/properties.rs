//! What holds for every file: round trips, and damage that is refused.

use std::fs;

use proptest::prelude::*;

use super::{
    Dimensions, ImportReport, Provenance, encode_nvidia, encode_safetensors,
    tests::{fixture, read_bytes},
};
use crate::NamedTensor;

fn tensors() -> impl Strategy<Value = Vec<NamedTensor>> {
    let values = |shape: Vec<usize>| {
        let count = shape.iter().product::<usize>();
        (Just(shape), prop::collection::vec(any::<f32>(), count))
    };
    let one = prop::collection::vec(0usize..4, 0..4).prop_flat_map(values);
    prop::collection::btree_map("[a-zé\"\\\\]{1,8}(\\.running_var)?", one, 1..6).prop_map(|map| {
        map.into_iter()
            .map(|(name, (shape, values))| NamedTensor {
                name,
                shape,
                values,
            })
            .collect()
    })
}

/// Equal to the bit, NaN included.
fn assert_same(found: &[NamedTensor], expected: &[NamedTensor]) {
    let bits = |tensors: &[NamedTensor]| -> Vec<(String, Vec<usize>, Vec<u32>)> {
        let one = |t: &NamedTensor| {
            (
                t.name.clone(),
                t.shape.clone(),
                t.values.iter().map(|value| value.to_bits()).collect(),
            )
        };
        tensors.iter().map(one).collect()
    };
    assert_eq!(bits(found), bits(expected));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_back(
        tensors in tensors(),
        metadata in prop::collection::btree_map(".{0,6}", ".{0,20}", 0..4),
        iteration in 0..u64::MAX / 2,
        learning_rate in any::<f64>().prop_filter("a number", |rate| !rate.is_nan()),
    ) {
        let bytes = encode_safetensors(&tensors, &metadata).unwrap();
        prop_assert_eq!(&bytes, &encode_safetensors(&tensors, &metadata).unwrap());
        let file = read_bytes(&bytes).unwrap();
        assert_same(&file.tensors, &tensors);
        prop_assert_eq!(file.metadata.entries, metadata);

        let provenance = Provenance { iteration, learning_rate };
        let bytes = encode_nvidia(&tensors, provenance).unwrap();
        prop_assert_eq!(&bytes, &encode_nvidia(&tensors, provenance).unwrap());
        let file = read_bytes(&bytes).unwrap();
        assert_same(&file.tensors, &tensors);
        prop_assert_eq!(file.metadata.iteration, Some(iteration));
        prop_assert_eq!(file.metadata.learning_rate, Some(learning_rate));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// `Ok` or `Err`, never a panic and never more values than the file can hold.
    #[test]
    fn no_damage_makes_a_reader_panic(
        name in prop::sample::select(vec![
            "checkpoints/nvidia_zip.pt", "checkpoints/nvidia_legacy.pt", "checkpoints/shared_storage.pt",
            "checkpoints/shared_storage_legacy.pt", "checkpoints/unknown_class.pt", "checkpoints/torchaudio.pt",
            "tiny.safetensors",
        ]),
        cut in prop::option::weighted(0.3, 0.0..1.0f64),
        // The head holds the pickle or the JSON, where damage is most telling.
        damage in prop::collection::vec((any::<bool>(), 0.0..1.0f64, any::<u8>()), 0..6),
    ) {
        let mut bytes = fs::read(fixture(name)).unwrap();
        for (anywhere, place, value) in damage {
            let reach = if anywhere { bytes.len() } else { bytes.len().min(12_000) };
            bytes[(place * reach as f64) as usize] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate((cut * bytes.len() as f64) as usize);
        }
        if let Ok(file) = read_bytes(&bytes) {
            let values: usize = file.tensors.iter().map(|tensor| tensor.values.len()).sum();
            prop_assert!(values <= 4 * bytes.len() + (1 << 14));
            let _ = Dimensions::infer(&file.tensors);
            let _ = ImportReport::compare(&[], &file.tensors).to_string();
        }
    }
}

//! Files in every dress, and what no file may do.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::*;
use crate::{AttentionType, NamedTensor};

pub(super) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/tacotron2")
        .join(name)
}

/// The weights of a golden file and its description.
fn golden(name: &str) -> (Vec<NamedTensor>, Value) {
    let file = read_weights(&fixture(&format!("{name}.safetensors"))).unwrap();
    let strip = |t: NamedTensor| {
        let name = t.name.strip_prefix("weights/")?.to_owned();
        Some(NamedTensor { name, ..t })
    };
    let weights = file.tensors.into_iter().filter_map(strip).collect();
    (
        weights,
        serde_json::from_str(&file.metadata.entries["golden"]).unwrap(),
    )
}

fn checkpoint(name: &str) -> Result<WeightFile, WeightsError> {
    read_weights(&fixture(&format!("checkpoints/{name}")))
}

/// Every value within `relative` of the golden's.
fn assert_weights(name: &str, relative: f32) -> WeightMetadata {
    let file = checkpoint(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    let (expected, _) = golden("tiny");
    assert_eq!(file.tensors.len(), expected.len(), "{name}");
    for (found, expected) in file.tensors.iter().zip(&expected) {
        assert_eq!(
            (&found.name, &found.shape),
            (&expected.name, &expected.shape),
            "{name}"
        );
        for (a, b) in found.values.iter().zip(&expected.values) {
            // Below 2^-14 half precision is a grid of 2^-24.
            let absolute = if relative > 0.0 { 2f32.powi(-25) } else { 0.0 };
            assert!(
                (a - b).abs() <= (relative * b.abs()).max(absolute),
                "{name} {}: {a} {b}",
                found.name
            );
        }
    }
    file.metadata
}

#[test]
fn every_dress_of_a_checkpoint_gives_the_same_weights() {
    assert_weights("nvidia_zip.pt", 0.0);
    assert_weights("nvidia_legacy.pt", 0.0);
    assert_weights("data_parallel.pt", 0.0);
    assert_weights("model_state_dict.pt", 0.0);
    assert_weights("double.pt", 0.0);
    assert_weights("shared_storage.pt", 0.0);
    assert_weights("shared_storage_legacy.pt", 0.0);
    assert_weights("torchaudio.pt", 0.0);
    // Half of the last kept bit: 10 bits of fraction, and 7.
    assert_weights("half.pt", 2f32.powi(-11));
    assert_weights("bfloat16.pt", 2f32.powi(-8));
}

#[test]
fn a_checkpoint_tells_how_far_it_was_trained() {
    for (name, format) in [
        ("nvidia_zip.pt", WeightFormat::PyTorchZip),
        ("nvidia_legacy.pt", WeightFormat::PyTorchLegacy),
    ] {
        let metadata = assert_weights(name, 0.0);
        assert_eq!(metadata.format, format);
        assert_eq!(
            (metadata.iteration, metadata.learning_rate),
            (Some(1234), Some(7.5e-4))
        );
    }
    let metadata = assert_weights("model_state_dict.pt", 0.0);
    assert_eq!(
        (metadata.iteration, metadata.epoch, metadata.learning_rate),
        (Some(4321), Some(3), None)
    );
    assert_eq!(metadata.entries["best_validation_loss"], "0.25");
}

#[test]
fn a_pickle_that_calls_a_function_is_refused_and_not_executed() {
    for name in ["hostile.pt", "hostile_legacy.pt", "hostile.pkl"] {
        let error = checkpoint(name).unwrap_err();
        assert!(
            matches!(&error, WeightsError::Hostile { callable, .. } if callable == "posix.system"),
            "{error}"
        );
        assert!(!Path::new("diktor_was_executed").exists());
    }
}

#[test]
fn an_unknown_class_beside_the_weights_does_no_harm() {
    let file = checkpoint("unknown_class.pt").unwrap();
    assert_eq!(file.tensors.len(), 1);
}

#[test]
fn a_file_without_weights_says_what_it_holds() {
    assert!(matches!(
        checkpoint("whole_module.pt"),
        Err(WeightsError::WholeModule { class, key: None, .. }) if class == "torch.nn.modules.module.Module"
    ));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.pt");
    for bytes in [&b""[..], b"<!DOCTYPE html>", b"\x80"] {
        fs::write(&path, bytes).unwrap();
        assert!(matches!(
            read_weights(&path),
            Err(WeightsError::UnknownFormat { .. })
        ));
    }
    assert!(matches!(
        read_weights(folder.path()),
        Err(WeightsError::Io { .. })
    ));
}

#[test]
fn a_tensor_larger_than_its_file_is_refused_before_it_is_read() {
    let error = checkpoint("expanded.pt").unwrap_err();
    assert!(
        matches!(
            error,
            WeightsError::TooLarge {
                bytes: 4_000_000_000,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn an_archive_that_unfolds_is_refused() {
    use std::io::{Cursor, Write};
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive
        .start_file("archive/data.pkl", zip::write::SimpleFileOptions::default())
        .unwrap();
    archive.write_all(&vec![b'N'; 4 << 20]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.pt");
    fs::write(&path, archive.finish().unwrap().into_inner()).unwrap();
    let error = read_weights(&path).unwrap_err();
    assert!(
        matches!(&error, WeightsError::TooLarge { what, .. } if what == "archive/data.pkl"),
        "{error}"
    );
}

#[test]
fn dimensions_are_read_off_the_tensors() {
    for name in [
        "small",
        "wide",
        "r2",
        "tiny",
        "smoothed",
        "forward",
        "forward_ta",
        "dca",
    ] {
        let (weights, description) = golden(name);
        let d = Dimensions::infer(&weights).unwrap();
        let expected = |key: &str| description["dims"][key].as_u64().unwrap() as usize;
        let check = |key, found| assert_eq!(found, expected(key), "{name} {key}");
        check("n_symbols", d.n_symbols);
        check("symbols_embedding_dim", d.symbols_embedding_dim);
        check("encoder_kernel_size", d.encoder_kernel_size);
        check("encoder_n_convolutions", d.encoder_n_convolutions);
        check("encoder_embedding_dim", d.encoder_embedding_dim);
        check("n_mel_channels", d.n_mel_channels);
        check("n_frames_per_step", d.n_frames_per_step);
        check("decoder_rnn_dim", d.decoder_rnn_dim);
        check("prenet_dim", d.prenet_dim);
        check("attention_rnn_dim", d.attention_rnn_dim);
        check("attention_dim", d.attention_dim);
        if d.attention_type != AttentionType::Dca {
            check(
                "attention_location_n_filters",
                d.attention_location_n_filters,
            );
            check(
                "attention_location_kernel_size",
                d.attention_location_kernel_size,
            );
        }
        let told = match description["attention"]["attention_type"].as_str() {
            None | Some("location" | "forward") => AttentionType::Location,
            Some(name) => AttentionType::from_name(name).unwrap(),
        };
        assert_eq!(d.attention_type, told, "{name}");
        check("postnet_embedding_dim", d.postnet_embedding_dim);
        check("postnet_kernel_size", d.postnet_kernel_size);
        check("postnet_n_convolutions", d.postnet_n_convolutions);
        let report = ImportReport::compare(&d.tensors(), &weights);
        assert!(report.is_exact(), "{name}: {report}");
    }
}

#[test]
fn nvidias_network_has_its_published_number_of_parameters() {
    let nvidia = Dimensions {
        n_symbols: 148,
        symbols_embedding_dim: 512,
        encoder_kernel_size: 5,
        encoder_n_convolutions: 3,
        encoder_embedding_dim: 512,
        n_mel_channels: 80,
        n_frames_per_step: 1,
        decoder_rnn_dim: 1024,
        prenet_dim: 256,
        attention_rnn_dim: 1024,
        attention_dim: 128,
        attention_location_n_filters: 32,
        attention_location_kernel_size: 31,
        attention_type: AttentionType::Location,
        postnet_embedding_dim: 512,
        postnet_kernel_size: 5,
        postnet_n_convolutions: 5,
        mmi_dim: None,
        style: None,
    };
    let trained = nvidia
        .tensors()
        .into_iter()
        .filter(|(name, _)| !name.contains("running_"));
    assert_eq!(
        trained
            .map(|(_, shape)| shape.iter().product::<usize>())
            .sum::<usize>(),
        28_193_153
    );
}

#[test]
fn a_network_that_is_no_tacotron_is_named_by_what_it_lacks() {
    let (mut weights, _) = golden("tiny");
    weights.retain(|tensor| !tensor.name.starts_with("postnet.convolutions.0"));
    let error = Dimensions::infer(&weights).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("tensor `postnet.convolutions.0.0.conv.weight` is missing"),
        "{error}"
    );
    let (mut weights, _) = golden("tiny");
    for tensor in &mut weights {
        tensor.shape.insert(0, 1);
    }
    assert!(matches!(
        Dimensions::infer(&weights),
        Err(WeightsError::Shape { .. })
    ));
}

/// Writes bytes to a file of a fresh folder and reads them as weights.
pub(super) fn read_bytes(bytes: &[u8]) -> Result<WeightFile, WeightsError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights");
    fs::write(&path, bytes).unwrap();
    read_weights(&path)
}

#[test]
fn a_name_that_means_two_tensors_is_refused() {
    let one = |name: &str| NamedTensor {
        name: name.to_owned(),
        shape: vec![1],
        values: vec![1.0],
    };
    let twice = encode_safetensors(&[one("module.a"), one("a")], &BTreeMap::new()).unwrap();
    assert!(matches!(read_bytes(&twice), Err(WeightsError::Duplicate { name, .. }) if name == "a"));
    assert!(matches!(
        encode_safetensors(&[one("a"), one("a")], &BTreeMap::new()),
        Err(WeightsError::Repeated { .. })
    ));
}

#[test]
fn values_that_do_not_fill_their_shape_are_not_written() {
    let bad = [NamedTensor {
        name: "a".to_owned(),
        shape: vec![2, 2],
        values: vec![0.0; 3],
    }];
    let provenance = Provenance {
        iteration: 1,
        learning_rate: 1e-3,
    };
    assert!(matches!(
        encode_nvidia(&bad, provenance),
        Err(WeightsError::Values { values: 3, .. })
    ));
}

#[test]
fn a_failed_write_leaves_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing").join("x.safetensors");
    let error = write_safetensors(&path, &[], &BTreeMap::new()).unwrap_err();
    assert!(error.to_string().contains("missing"), "{error}");
}

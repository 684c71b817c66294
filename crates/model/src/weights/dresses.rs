//! Files as people save them: whole modules, prefixes, other keys, other programs.

use std::{
    collections::BTreeMap,
    io::{Cursor, Write as _},
};

use zip::{ZipWriter, write::SimpleFileOptions};

use super::{
    Dimensions, ImportReport, WeightFile, WeightNote, WeightsError, encode_safetensors,
    pickle::Pickle,
    read_weights,
    tests::{fixture, read_bytes},
};
use crate::NamedTensor;

/// The weights of a tiny Tacotron 2.
fn tiny() -> Vec<NamedTensor> {
    read_weights(&fixture("checkpoints/nvidia_zip.pt"))
        .unwrap()
        .tensors
}

/// An archive of one pickle and the tensors that it refers to by their places.
fn archive(pickle: Vec<u8>, tensors: &[NamedTensor]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, bytes: &[u8]| {
        archive
            .start_file(format!("x/{name}"), SimpleFileOptions::default())
            .unwrap();
        archive.write_all(bytes).unwrap();
    };
    add("data.pkl", &pickle);
    for (key, tensor) in tensors.iter().enumerate() {
        let bytes: Vec<u8> = tensor.values.iter().flat_map(|v| v.to_le_bytes()).collect();
        add(&format!("data/{key}"), &bytes);
    }
    add("version", b"3\n");
    archive.finish().unwrap().into_inner()
}

/// `torch.save` of a dict, with each of these dicts of tensors under its key.
fn saved(dicts: &[(&str, &[NamedTensor])]) -> Vec<u8> {
    let (mut pickle, mut all) = (Pickle::new(), Vec::new());
    pickle.empty_dict();
    pickle.mark();
    for (key, tensors) in dicts {
        pickle.string(key);
        pickle.empty_ordered_dict();
        pickle.mark();
        for tensor in *tensors {
            pickle.string(&tensor.name);
            pickle.tensor("FloatStorage", &all.len().to_string(), &tensor.shape);
            all.push(tensor.clone());
        }
        pickle.set_items();
    }
    pickle.set_items();
    archive(pickle.finish(), &all)
}

/// A module with all that is under `prefix`, as Python pickles it: the class, then `__dict__`.
fn module(pickle: &mut Pickle, class: &str, prefix: &str, tensors: &[NamedTensor]) {
    let under = |tensor: &NamedTensor| tensor.name.strip_prefix(prefix).map(str::to_owned);
    let is_buffer = |name: &str| name.starts_with("running_");
    let mut children: Vec<String> = Vec::new();
    pickle.raw(format!("c{class}\n)").as_bytes());
    pickle.raw(b"\x81");
    pickle.empty_dict();
    pickle.mark();
    pickle.string("training");
    pickle.raw(b"\x88");
    for (table, buffers) in [("_parameters", false), ("_buffers", true)] {
        pickle.string(table);
        pickle.empty_ordered_dict();
        pickle.mark();
        for (key, tensor) in tensors.iter().enumerate() {
            match under(tensor) {
                Some(name) if !name.contains('.') && is_buffer(&name) == buffers => {
                    pickle.string(&name);
                    pickle.tensor("FloatStorage", &key.to_string(), &tensor.shape);
                }
                Some(name) if buffers => {
                    let child = name.split_once('.').map(|(child, _)| child.to_owned());
                    children.extend(child.filter(|child| !children.contains(child)));
                }
                _ => {}
            }
        }
        pickle.set_items();
    }
    pickle.string("_modules");
    pickle.empty_ordered_dict();
    pickle.mark();
    for child in children {
        pickle.string(&child);
        let class = "torch.nn.modules.container\nModuleList";
        module(pickle, class, &format!("{prefix}{child}."), tensors);
    }
    pickle.set_items();
    pickle.set_items();
    pickle.raw(b"b");
}

fn prefixed(prefix: &str) -> Vec<NamedTensor> {
    let rename = |tensor: NamedTensor| NamedTensor {
        name: format!("{prefix}{}", tensor.name),
        ..tensor
    };
    tiny().into_iter().map(rename).collect()
}

fn assert_tiny(file: &WeightFile) {
    assert_eq!(file.tensors, tiny());
}

#[test]
fn a_whole_module_is_read_as_its_state_dict() {
    let tensors = tiny();
    let class = "model\nTacotron2";
    let mut whole = Pickle::new();
    module(&mut whole, class, "", &tensors);
    let mut under = Pickle::new();
    under.empty_dict();
    under.mark();
    under.string("net");
    module(&mut under, class, "", &tensors);
    under.string("epoch");
    under.integer(3);
    under.set_items();
    for pickle in [whole, under] {
        let file = read_bytes(&archive(pickle.finish(), &tensors)).unwrap();
        assert_tiny(&file);
        let note = WeightNote::WholeModule("model.Tacotron2".to_owned());
        assert_eq!(file.metadata.notes, [note]);
    }
}

#[test]
fn a_whole_module_that_cannot_be_read_says_how_to_save_its_weights() {
    // As an old or unusual class pickles itself: without the table of buffers.
    let parts = "}X\x0b\0\0\0_parameters}X\x01\0\0\0w";
    for (before, key, line) in [
        ("", None, "weights_only=False); torch.save(m.state_dict(), "),
        (
            "}X\x03\0\0\0net",
            Some("net"),
            "weights_only=False)[\"net\"]; torch.save(m.state_dict(), ",
        ),
    ] {
        let mut pickle = Pickle::new();
        pickle.raw(before.as_bytes());
        pickle.raw(b"cmodel\nTacotron2\n)\x81");
        pickle.raw(parts.as_bytes());
        pickle.tensor("FloatStorage", "0", &[1]);
        pickle.raw(b"ssb");
        if key.is_some() {
            pickle.raw(b"s");
        }
        let error = read_bytes(&archive(pickle.finish(), &[])).unwrap_err();
        assert!(error.to_string().contains(line), "{error}");
        let WeightsError::WholeModule {
            class, key: found, ..
        } = error
        else {
            panic!("{error}")
        };
        assert_eq!((&*class, found.as_deref()), ("model.Tacotron2", key));
    }
}

#[test]
fn prefixes_in_any_order_are_left_out_and_told() {
    for (prefix, told) in [
        ("model.", "model."),
        ("module.", "module."),
        ("_orig_mod.", "_orig_mod."),
        ("tacotron2.", "tacotron2."),
        ("net.module.", "net.module."),
        ("module.model._orig_mod.", "module.model._orig_mod."),
    ] {
        let mut tensors = prefixed(prefix);
        tensors.push(NamedTensor {
            name: "criterion.weight".to_owned(),
            shape: vec![1],
            values: vec![0.0],
        });
        for bytes in [
            saved(&[("state_dict", &tensors)]),
            encode_safetensors(&tensors, &BTreeMap::new()).unwrap(),
        ] {
            let mut file = read_bytes(&bytes).unwrap();
            file.tensors
                .retain(|tensor| tensor.name != "criterion.weight");
            assert_tiny(&file);
            assert_eq!(file.metadata.notes, [WeightNote::Prefix(told.to_owned())]);
        }
    }
}

#[test]
fn weights_are_found_under_other_keys() {
    let tensors = tiny();
    for key in ["model", "net", "weights", "tacotron", "my_voice"] {
        let file = read_bytes(&saved(&[(key, &tensors)])).unwrap();
        assert_tiny(&file);
        assert_eq!(file.metadata.notes, [WeightNote::Place(key.to_owned())]);
    }
    let file = read_bytes(&saved(&[("ema", &tensors[..3]), ("model", &tensors)])).unwrap();
    assert_tiny(&file);
    let error = read_bytes(&saved(&[("first", &tensors), ("second", &tensors)])).unwrap_err();
    assert!(error.to_string().contains("`first`, `second`"), "{error}");
}

#[test]
fn a_vocoder_beside_the_network_is_not_taken_for_it() {
    let mut tensors = prefixed("model.tacotron.");
    tensors.push(NamedTensor {
        name: "model.vocoder.embedding.weight".to_owned(),
        shape: vec![2, 2],
        values: vec![0.0; 4],
    });
    let file = read_bytes(&saved(&[("state_dict", &tensors)])).unwrap();
    let dimensions = Dimensions::infer(&file.tensors).unwrap();
    let report = ImportReport::compare(&dimensions.tensors(), &file.tensors);
    assert!(report.is_complete(), "{report}");
    assert_eq!(report.unexpected, ["model.vocoder.embedding.weight"]);
}

#[test]
fn a_checkpoint_of_ours_is_never_bare_weights() {
    let one = NamedTensor {
        name: "a".to_owned(),
        shape: vec![1],
        values: vec![1.0],
    };
    for metadata in [
        vec![("format", "diktor-checkpoint")],
        vec![
            ("format", "diktor-chqckpoint"),
            ("state", "{}"),
            ("sha256", "0"),
        ],
    ] {
        let metadata = metadata
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v.to_owned()));
        let bytes = encode_safetensors(std::slice::from_ref(&one), &metadata.collect()).unwrap();
        assert!(matches!(
            read_bytes(&bytes),
            Err(WeightsError::Checkpoint { .. })
        ));
    }
    let bare = encode_safetensors(&[one], &BTreeMap::new()).unwrap();
    read_bytes(&bare).unwrap();
}

#[test]
fn an_attack_is_found_in_any_pickle_of_an_archive() {
    let attack = b"\x80\x02cwebbrowser\nopen\nX\x01\0\0\0x\x85R.";
    let harmless = Cursor::new(saved(&[("state_dict", &tiny())]));
    let mut archive = ZipWriter::new_append(harmless).unwrap();
    let options = SimpleFileOptions::default();
    archive.start_file("y/DATA.pkl", options).unwrap();
    archive.write_all(attack).unwrap();
    let error = read_bytes(&archive.finish().unwrap().into_inner()).unwrap_err();
    assert!(
        matches!(&error, WeightsError::Hostile { callable, .. } if callable == "webbrowser.open"),
        "{error}"
    );
}

#[test]
fn a_bare_pickle_of_an_attack_is_named_whatever_its_protocol() {
    for bytes in [
        &b"cposix\nsystem\n(S'id'\ntR."[..],
        b"(S'id'\niposix\nsystem\n.",
        b"\x80\x01cposix\nsystem\n(X\x02\0\0\0idtR.",
    ] {
        let error = read_bytes(bytes).unwrap_err();
        assert!(
            matches!(&error, WeightsError::Hostile { callable, .. } if callable == "posix.system"),
            "{error}"
        );
    }
}

#[test]
fn a_torchscript_program_says_how_to_save_its_weights() {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in [
        ("x/data.pkl", &b"\x80\x02}."[..]),
        ("x/constants.pkl", b"\x80\x02)."),
    ] {
        archive
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        archive.write_all(bytes).unwrap();
    }
    let error = read_bytes(&archive.finish().unwrap().into_inner()).unwrap_err();
    assert!(error.to_string().contains("torch.jit.load("), "{error}");
}

#[test]
fn a_prefix_is_told_wherever_tensors_of_something_else_stand() {
    let other = NamedTensor {
        name: "criterion.weight".to_owned(),
        shape: vec![1],
        values: vec![0.0],
    };
    let mut first = vec![other];
    first.extend(prefixed("module."));
    let file = read_bytes(&saved(&[("state_dict", &first)])).unwrap();
    assert_eq!(
        file.metadata.notes,
        [WeightNote::Prefix("module.".to_owned())]
    );
}

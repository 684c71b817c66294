//! Checkpoints with a right checksum and fields that cannot be: refused, or harmless.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use diktor_audio::MelExtractor;
use diktor_train::{
    Checkpoint, Resume, StopFlag,
    checkpoint::{CheckpointError, LAST},
    train,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{resume, support};

/// The parts of a checkpoint file.
struct Parts {
    /// The JSON of the state.
    state: Value,
    /// The list of tensors, as it stands in the header.
    index: String,
    values: Vec<u8>,
}

impl Parts {
    fn of(bytes: &[u8]) -> Self {
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let header = std::str::from_utf8(&bytes[8..8 + length])
            .unwrap()
            .trim_end();
        let rest = header.strip_prefix("{\"__metadata__\":").unwrap();
        let mut metadata = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        let texts = metadata.next().unwrap().unwrap();
        let after = &rest[metadata.byte_offset()..];
        Self {
            state: serde_json::from_str(texts["state"].as_str().unwrap()).unwrap(),
            index: format!("{{{}", after.strip_prefix(',').unwrap()),
            values: bytes[8 + length..].to_vec(),
        }
    }

    /// A file of this state, with a checksum that holds.
    fn file(&self, state: &Value) -> Vec<u8> {
        let state = state.to_string();
        let mut hash = Sha256::new();
        hash.update(state.as_bytes());
        hash.update([0]);
        hash.update(self.index.as_bytes());
        hash.update(&self.values);
        let hex: String = hash
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let texts = json!({"format": "diktor-checkpoint", "sha256": hex, "state": state});
        let mut header = format!("{{\"__metadata__\":{texts},{}", &self.index[1..]).into_bytes();
        header.resize(header.len().next_multiple_of(8), b' ');
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header);
        bytes.extend(&self.values);
        bytes
    }
}

fn trained(folder: &Path) -> Parts {
    let mut spec = resume::spec(folder, Resume::Fresh);
    spec.hparams.max_steps = 4;
    train(spec, &StopFlag::new()).unwrap();
    Parts::of(&fs::read(folder.join("checkpoints").join(LAST)).unwrap())
}

/// Pointers to every value, of long lists and maps only the first few.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    const SHOWN: usize = 3;
    found.push(at.to_owned());
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate().take(SHOWN) {
                pointers(item, &format!("{at}/{index}"), found);
            }
        }
        Value::Object(items) => {
            let many = if items.len() > 300 {
                SHOWN
            } else {
                items.len()
            };
            for (name, item) in items.iter().take(many) {
                let name = name.replace('~', "~0").replace('/', "~1");
                pointers(item, &format!("{at}/{name}"), found);
            }
        }
        _ => {}
    }
}

fn absurdities() -> Vec<Value> {
    vec![
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1_u64 << 40),
        json!(0),
        json!(-1),
        json!(1e308),
        json!(-1e308),
        json!("nan"),
        json!(null),
        json!([]),
        json!({}),
        json!(vec!["x"; 300]),
    ]
}

/// What a voice is made of: nothing may panic, whatever the file says.
fn speak(checkpoint: Checkpoint, path: &Path) {
    let Ok(network) = checkpoint.network(path) else {
        return;
    };
    let state = checkpoint.state;
    MelExtractor::new(&state.mel).unwrap();
    let model = network.init(&support::device(), state.hparams.seed);
    let _ = model.load_state(&checkpoint.weights);
    let _ = state.speaking();
}

#[test]
fn no_field_of_a_state_is_believed() {
    let folder = tempfile::tempdir().unwrap();
    let parts = trained(&folder.path().join("run"));
    let path = folder.path().join("x.ckpt");
    fs::write(&path, parts.file(&parts.state)).unwrap();
    Checkpoint::read(&path).unwrap().network(&path).unwrap();
    let mut places = Vec::new();
    pointers(&parts.state, "", &mut places);
    let (mut refused, mut taken) = (0, 0);
    for (number, place) in places.iter().enumerate() {
        // Every place meets a third of the values, its neighbours the others.
        let values = absurdities().into_iter().enumerate();
        for (_, value) in values.filter(|(index, _)| (index + number).is_multiple_of(3)) {
            let mut state = parts.state.clone();
            *state.pointer_mut(place).unwrap() = value.clone();
            fs::write(&path, parts.file(&state)).unwrap();
            let outcome = catch_unwind(AssertUnwindSafe(|| match Checkpoint::read(&path) {
                Ok(checkpoint) => {
                    speak(checkpoint, &path);
                    true
                }
                Err(CheckpointError::Io { source, .. }) => panic!("{source}"),
                Err(_) => false,
            }));
            match outcome {
                Ok(true) => taken += 1,
                Ok(false) => refused += 1,
                Err(_) => panic!("`{place}` = {value}"),
            }
        }
    }
    assert!(refused > taken, "{refused} refused, {taken} taken");
}

#[test]
fn a_run_goes_on_from_no_state_that_breaks_it() {
    let folder = tempfile::tempdir().unwrap();
    let run_dir = folder.path().join("run");
    let parts = trained(&run_dir);
    let last = run_dir.join("checkpoints").join(LAST);
    let mut places = Vec::new();
    pointers(&parts.state["training"], "/training", &mut places);
    let numbers = [json!(1_u64 << 52), json!(0), json!(1e308)];
    // Every resume trains a step, so one place in sixteen is tried.
    for place in places.iter().step_by(16) {
        for value in &numbers {
            let mut state = parts.state.clone();
            *state.pointer_mut(place).unwrap() = value.clone();
            let bytes = parts.file(&state);
            fs::write(&last, &bytes).unwrap();
            if Checkpoint::read(&last).is_err() {
                continue;
            }
            // Nothing else is to be taken instead.
            for entry in fs::read_dir(last.parent().unwrap()).unwrap() {
                let other = entry.unwrap().path();
                if other != last {
                    fs::remove_file(other).unwrap();
                }
            }
            let mut spec = resume::spec(&run_dir, Resume::Continue);
            spec.hparams.max_steps = 5;
            let gone_on = catch_unwind(AssertUnwindSafe(|| train(spec, &StopFlag::new())));
            assert!(gone_on.is_ok(), "`{place}` = {value}");
        }
    }
}

#[test]
fn sizes_that_the_tensors_do_not_have_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let parts = trained(&folder.path().join("run"));
    let path = folder.path().join("x.ckpt");
    for (place, value, words) in [
        ("/mel/n_mel_channels", json!(u64::MAX), "n_mel_channels"),
        ("/mel/hop_length", json!(0), "hop_length"),
        ("/mel/mel_fmax", json!(48_000.0), "mel_fmax"),
        ("/mel/filter_length", json!(1), "filter_length"),
        ("/hparams/decoder_rnn_dim", json!(4096), "decoder_rnn"),
        (
            "/hparams/encoder_embedding_dim",
            json!(1_u64 << 40),
            "encoder_embedding_dim",
        ),
        ("/symbols", json!(["_", "a"]), "embedding.weight"),
        ("/model", json!("vits"), "`vits`"),
        (
            "/training/knobs/learning_rate",
            json!(-1.0),
            "learning_rate",
        ),
        ("/training/cursor/epoch", json!(u64::MAX), "cursor.epoch"),
        ("/step", json!(u64::MAX), "step"),
    ] {
        let mut state = parts.state.clone();
        *state.pointer_mut(place).unwrap() = value;
        fs::write(&path, parts.file(&state)).unwrap();
        let read = Checkpoint::read(&path);
        let error = read.and_then(|one| one.network(&path)).unwrap_err();
        assert!(
            matches!(error, CheckpointError::Absurd { .. }),
            "{place}: {error}"
        );
        assert!(error.to_string().contains(words), "{place}: {error}");
    }
}

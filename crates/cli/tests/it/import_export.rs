//! Checkpoints of other programs, in and out.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::harness::{diktor, trained};

fn fixture(name: &str) -> PathBuf {
    let checkpoints = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/tacotron2");
    checkpoints.join("checkpoints").join(name)
}

/// The mel a checkpoint speaks without chance, by the reference's rule.
fn mel(folder: &Path, checkpoint: &str) -> Vec<u8> {
    let line = format!(
        "synthesize -c {checkpoint} --ids 40,41,42,43 --prenet-dropout off --stop gate \
         --max-decoder-steps 7 --mel-output mel.npy"
    );
    diktor(folder, &line).ok();
    fs::read(folder.join("mel.npy")).unwrap()
}

#[test]
fn a_voice_survives_the_way_out_and_back() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    let original = mel(folder.path(), "run/checkpoints/last.ckpt");
    for file in ["voice.pt", "voice.safetensors"] {
        diktor(
            folder.path(),
            &format!("export run/checkpoints/last.ckpt -o {file}"),
        )
        .ok();
        let line = format!("import {file} -o back.ckpt --symbols nvidia --json");
        let imported = diktor(folder.path(), &line).ok().json();
        assert_eq!(
            imported["missing"].as_array().unwrap().len(),
            0,
            "{imported}"
        );
        assert_eq!(imported["symbols"], 148);
        assert!(
            mel(folder.path(), "back.ckpt") == original,
            "{file} speaks differently"
        );
        // The cleaners follow from the letters of the table.
        let line = "synthesize -c back.ckpt --text 'A tone.' --mel-output mel.npy";
        diktor(folder.path(), line).ok();
    }
}

#[test]
fn a_file_that_wants_to_run_something_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["hostile.pt", "hostile_legacy.pt"] {
        let line = format!("import '{}' -o x.ckpt", fixture(name).display());
        let ran = diktor(folder.path(), &line);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stderr.contains("refused"), "{ran:?}");
    }
    assert!(!folder.path().join("x.ckpt").exists());
}

#[test]
fn an_embedding_of_unknown_symbols_is_imported_for_ids() {
    let folder = tempfile::tempdir().unwrap();
    let line = format!("import '{}' -o x.ckpt", fixture("nvidia_zip.pt").display());
    let ran = diktor(folder.path(), &line).ok();
    assert!(
        ran.stdout.contains("note:") && ran.stdout.contains("--ids"),
        "{ran:?}"
    );
    let line = "synthesize -c x.ckpt --ids 1,2,3 --max-decoder-steps 3 --mel-output mel.npy";
    diktor(folder.path(), line).ok();
}

#[test]
fn an_export_needs_a_known_ending() {
    let folder = tempfile::tempdir().unwrap();
    let ran = diktor(folder.path(), "export last.ckpt -o voice.bin");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains(".safetensors"), "{ran:?}");
}

//! Where test material lies and how it is read.

use std::path::{Path, PathBuf};

use diktor_audio::{Mel, Waveform, read};

/// A committed fixture.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/audio")
        .join(name)
}

/// A clip of LJ Speech that is not committed, where this machine has it.
pub(crate) fn ljspeech(clip: &str) -> Option<Waveform> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let data = std::env::var_os("DIKTOR_TEST_DATA").map_or_else(beside, PathBuf::from);
    let path = data.join("ljspeech/wavs").join(format!("{clip}.wav"));
    if path.is_file() {
        return Some(read(&path).unwrap());
    }
    eprintln!(
        "skipped: no `{}`; set DIKTOR_TEST_DATA to the test data",
        path.display()
    );
    None
}

/// A `[F, M]` array of `float32` as NumPy saves it.
pub(crate) fn npy(path: &Path) -> Mel {
    let bytes = std::fs::read(path).unwrap();
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let body = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = std::str::from_utf8(&bytes[10..body]).unwrap();
    assert!(
        header.contains("'<f4'") && header.contains("'fortran_order': False"),
        "{header}"
    );
    let shape = header.split('(').nth(1).unwrap().split(')').next().unwrap();
    let bins = shape.split(", ").nth(1).unwrap().parse().unwrap();
    let values = bytes[body..].chunks_exact(4);
    Mel::new(
        bins,
        values
            .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
            .collect(),
    )
}

/// Largest absolute difference.
pub(crate) fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .fold(0.0, |most, (x, y)| most.max((x - y).abs()))
}

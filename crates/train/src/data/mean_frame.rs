//! The mean mel frame of a corpus from a NumPy file.

use std::path::Path;

use crate::TrainError;

const MAGIC: &[u8] = b"\x93NUMPY";
/// Far more than a frame of any mel spectrogram.
const LARGEST: u64 = 1 << 16;

/// Reads a little-endian `float32` or `float64` vector of `bins` numbers.
///
/// # Errors
/// If the file cannot be read, is no such vector, or holds a number that is not finite.
///
/// # Source
/// The NPY format, `numpy.lib.format`, versions 1.0 and 2.0.
pub(crate) fn read_mean_frame(path: &Path, bins: usize) -> Result<Vec<f32>, TrainError> {
    let wrong = |what: String| TrainError::MeanFrame {
        path: path.to_owned(),
        what,
    };
    let size = std::fs::metadata(path).map_err(TrainError::io(path))?.len();
    if size > LARGEST {
        return Err(wrong(format!("{size} bytes are no single frame")));
    }
    let bytes = std::fs::read(path).map_err(TrainError::io(path))?;
    let (header, values) = parts(&bytes).ok_or_else(|| wrong("not a NumPy file".to_owned()))?;
    let width = match header {
        _ if header.contains("'<f4'") => 4,
        _ if header.contains("'<f8'") => 8,
        _ => {
            return Err(wrong(format!(
                "its type is not float32 or float64: {header}"
            )));
        }
    };
    if values.len() != bins * width {
        let found = values.len() / width;
        return Err(wrong(format!("{found} numbers, the mel has {bins} bins")));
    }
    let frame: Vec<f32> = values
        .chunks_exact(width)
        .map(|bytes| match *bytes {
            [a, b, c, d] => f32::from_le_bytes([a, b, c, d]),
            [a, b, c, d, e, f, g, h] => f64::from_le_bytes([a, b, c, d, e, f, g, h]) as f32,
            _ => unreachable!("chunks are of four or eight bytes"),
        })
        .collect();
    match frame.iter().position(|value| !value.is_finite()) {
        Some(bin) => Err(wrong(format!("bin {bin} is {}", frame[bin]))),
        None => Ok(frame),
    }
}

/// Header and values.
fn parts(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (length, rest) = match *rest {
        [1, _, a, b, ref rest @ ..] => (usize::from(u16::from_le_bytes([a, b])), rest),
        [2, _, a, b, c, d, ref rest @ ..] => (u32::from_le_bytes([a, b, c, d]) as usize, rest),
        _ => return None,
    };
    let (header, values) = rest.split_at_checked(length)?;
    Some((std::str::from_utf8(header).ok()?, values))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(descr: &str, values: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (2,), }}\n");
        let mut bytes = MAGIC.to_vec();
        bytes.extend([1, 0]);
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(values);
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Vec<f32>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mean.npy");
        std::fs::write(&path, bytes).unwrap();
        read_mean_frame(&path, 2).map_err(|error| error.to_string())
    }

    fn bytes<const W: usize>(values: [[u8; W]; 2]) -> Vec<u8> {
        values.concat()
    }

    #[test]
    fn both_widths_are_read() {
        let single = bytes([1.5_f32, -4.0].map(f32::to_le_bytes));
        let double = bytes([1.5_f64, -4.0].map(f64::to_le_bytes));
        assert_eq!(read(&file("<f4", &single)), Ok(vec![1.5, -4.0]));
        assert_eq!(read(&file("<f8", &double)), Ok(vec![1.5, -4.0]));
    }

    #[test]
    fn anything_else_is_named() {
        let single = bytes([f32::NAN, 0.0].map(f32::to_le_bytes));
        for (bytes, expected) in [
            (file("<f4", &single), "bin 0 is NaN"),
            (file("<f4", &single[..4]), "1 numbers, the mel has 2 bins"),
            (file("<i4", &single), "its type is not float32 or float64"),
            (b"RIFF".to_vec(), "not a NumPy file"),
            (MAGIC.to_vec(), "not a NumPy file"),
        ] {
            let message = read(&bytes).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }
}

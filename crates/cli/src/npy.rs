//! NumPy's `.npy`, through npyz.

use std::io;

use npyz::WriterBuilder as _;

/// The bytes of a row-major float32 matrix as a `.npy` file.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`] or like it where the values are not `rows * columns` many.
pub(crate) fn encode(rows: usize, columns: usize, values: &[f32]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer = npyz::WriteOptions::new()
        .default_dtype()
        .shape(&[rows as u64, columns as u64])
        .writer(&mut bytes)
        .begin_nd()?;
    writer.extend(values.iter().copied())?;
    writer.finish()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_those_of_numpy() {
        let golden = include_bytes!("../../../fixtures/audio/chirp.nv.npy");
        let values: Vec<f32> = golden[128..]
            .chunks_exact(4)
            .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
            .collect();
        let bytes = encode(values.len() / 80, 80, &values).unwrap();
        assert_eq!(bytes, golden);
    }
}

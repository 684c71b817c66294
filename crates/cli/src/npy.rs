//! NumPy's `.npy`, through npyz.

use std::io;

use npyz::WriterBuilder as _;

/// The bytes of a row-major float32 matrix as a `.npy` file.
///
/// # Errors
/// Values that are not `rows * columns` many.
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
    fn a_matrix_of_numpy_is_written_as_numpy_wrote_it() {
        let golden = include_bytes!("../../../fixtures/audio/chirp.nv.npy");
        let (header, body) = golden.split_at(128);
        let values: Vec<f32> = body
            .chunks_exact(4)
            .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
            .collect();
        let bytes = encode(52, 80, &values).unwrap();
        assert_eq!(&bytes[128..], body);
        // npyz ends the shape with a comma, which Python's literals allow.
        let said = String::from_utf8_lossy(&bytes[..128]).replace("80, )", "80)");
        let said = said.split_whitespace().collect::<String>();
        let expected = String::from_utf8_lossy(header);
        assert_eq!(said, expected.split_whitespace().collect::<String>());
    }

    #[test]
    fn values_that_are_no_such_matrix_are_refused() {
        assert!(encode(2, 3, &[0.0; 5]).is_err());
    }
}

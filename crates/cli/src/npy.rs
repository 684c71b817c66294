//! NumPy's `.npy`, the one kind written here: a little-endian float32 matrix.

/// The bytes of a row-major matrix as a version 1.0 `.npy` file.
///
/// # Source
/// `numpy.lib.format`: magic, version, header length, a Python literal padded with spaces to a
/// multiple of 64 bytes, then the values.
#[must_use]
pub(crate) fn encode(rows: usize, columns: usize, values: &[f32]) -> Vec<u8> {
    assert_eq!(
        values.len(),
        rows * columns,
        "a matrix has rows * columns values"
    );
    const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";
    const ALIGNMENT: usize = 64;
    let mut header =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    let before = MAGIC.len() + 2 + header.len() + 1;
    header.push_str(&" ".repeat(before.next_multiple_of(ALIGNMENT) - before));
    header.push('\n');
    let length = u16::try_from(header.len()).expect("the header of a matrix is about 100 bytes");
    let mut bytes = Vec::with_capacity(MAGIC.len() + 2 + header.len() + values.len() * 4);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    for value in values {
        bytes.extend_from_slice(&value.to_le_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_says_the_shape_and_the_data_start_on_64_bytes() {
        let bytes = encode(2, 3, &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        let header = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        assert_eq!((10 + header) % 64, 0);
        assert!(String::from_utf8_lossy(&bytes[10..10 + header]).contains("'shape': (2, 3)"));
        assert_eq!(bytes.len(), 10 + header + 24);
        assert_eq!(
            bytes[10 + header + 4..10 + header + 8],
            1.0_f32.to_le_bytes()
        );
    }
}

//! Element types of files, as `f32`.

/// Element type of a tensor in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    F64,
    F32,
    F16,
    Bf16,
    I64,
    I32,
    I16,
    I8,
    U64,
    U32,
    U16,
    U8,
}

impl Element {
    /// Little-endian bytes as `f32`, rounded to nearest; a trailing part of an element is dropped.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "weights are f32 here"
    )]
    pub(super) fn decode(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Self::F64 => map(bytes, |b| f64::from_le_bytes(b) as f32),
            Self::F32 => map(bytes, f32::from_le_bytes),
            Self::F16 => map(bytes, |b| half(u16::from_le_bytes(b))),
            Self::Bf16 => map(bytes, |b| {
                f32::from_bits(u32::from(u16::from_le_bytes(b)) << 16)
            }),
            Self::I64 => map(bytes, |b| i64::from_le_bytes(b) as f32),
            Self::I32 => map(bytes, |b| i32::from_le_bytes(b) as f32),
            Self::I16 => map(bytes, |b| f32::from(i16::from_le_bytes(b))),
            Self::I8 => map(bytes, |b| f32::from(i8::from_le_bytes(b))),
            Self::U64 => map(bytes, |b| u64::from_le_bytes(b) as f32),
            Self::U32 => map(bytes, |b| u32::from_le_bytes(b) as f32),
            Self::U16 => map(bytes, |b| f32::from(u16::from_le_bytes(b))),
            Self::U8 => map(bytes, |[b]| f32::from(b)),
        }
    }
}

fn map<const N: usize>(bytes: &[u8], convert: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes
        .as_chunks::<N>()
        .0
        .iter()
        .map(|chunk| convert(*chunk))
        .collect()
}

/// IEEE 754 binary16.
fn half(bits: u16) -> f32 {
    let sign = u32::from(bits >> 15) << 31;
    let exponent = u32::from(bits >> 10) & 0x1f;
    let fraction = u32::from(bits) & 0x3ff;
    match exponent {
        // Zero and subnormal numbers: multiples of 2^-24, exact in `f32`.
        #[expect(clippy::cast_precision_loss, reason = "ten bits")]
        0 => f32::from_bits(sign | (fraction as f32 * 2f32.powi(-24)).to_bits()),
        31 => f32::from_bits(sign | 0x7f80_0000 | fraction << 13),
        _ => f32::from_bits(sign | (exponent + 112) << 23 | fraction << 13),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_has_its_known_values() {
        let check = |bits: u16, expected: f32| {
            assert_eq!(half(bits).to_bits(), expected.to_bits(), "{bits:#x}")
        };
        check(0x0000, 0.0);
        check(0x8000, -0.0);
        check(0x3c00, 1.0);
        check(0xc000, -2.0);
        check(0x7bff, 65504.0);
        check(0x0400, 6.103_515_6e-5);
        check(0x03ff, 6.097_555e-5);
        check(0x0001, 5.960_464_5e-8);
        check(0x3555, 0.333_251_95);
        check(0x7c00, f32::INFINITY);
        check(0xfc00, f32::NEG_INFINITY);
        assert!(half(0x7e00).is_nan());
    }

    #[test]
    fn integers_and_doubles_are_rounded_to_f32() {
        assert_eq!(Element::I64.decode(&(-7i64).to_le_bytes()), [-7.0]);
        assert_eq!(Element::F64.decode(&0.1f64.to_le_bytes()), [0.1]);
        assert_eq!(Element::Bf16.decode(&[0x80, 0x3f]), [1.0]);
        assert_eq!(Element::U8.decode(&[3, 255]), [3.0, 255.0]);
        assert_eq!(Element::F32.decode(&[0, 0, 128, 63, 9]), [1.0]);
    }
}

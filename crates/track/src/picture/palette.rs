//! Colours that grow evenly lighter, so that a heatmap reads the same in grey and to the colour-blind.

use super::canvas::mix;

/// Colours of a heatmap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Palette {
    /// Dark violet to yellow.
    #[default]
    Viridis,
    /// Black over purple to pale yellow.
    Magma,
}

/// # Source
/// matplotlib's `viridis` at 0, 1/8, ... 1.
const VIRIDIS: [u32; 9] = [
    0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c, 0x28ae80, 0x5ec962, 0xaddc30, 0xfde725,
];
/// # Source
/// matplotlib's `magma` at 0, 1/8, ... 1.
const MAGMA: [u32; 9] = [
    0x000004, 0x1d1147, 0x51127c, 0x822681, 0xb63679, 0xe65164, 0xfb8861, 0xfec287, 0xfcfdbf,
];

impl Palette {
    /// Red, green and blue at `share` (0 to 1) of the palette.
    pub(super) fn colour(self, share: f32) -> [u8; 3] {
        let points = match self {
            Self::Viridis => &VIRIDIS,
            Self::Magma => &MAGMA,
        };
        let place = share.clamp(0.0, 1.0) * (points.len() - 1) as f32;
        let below = (place as usize).min(points.len() - 2);
        let [_, a @ ..] = points[below].to_be_bytes();
        let [_, b @ ..] = points[below + 1].to_be_bytes();
        [0, 1, 2].map(|channel| mix(a[channel], b[channel], place - below as f32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_palettes_grow_lighter_all_the_way() {
        for palette in [Palette::Viridis, Palette::Magma] {
            let lightness = |index: u16| {
                let [r, g, b] = palette.colour(f32::from(index) / 64.0).map(f32::from);
                0.2126 * r + 0.7152 * g + 0.0722 * b
            };
            assert!(
                (0..64).all(|index| lightness(index) < lightness(index + 1)),
                "{palette:?}"
            );
        }
    }
}

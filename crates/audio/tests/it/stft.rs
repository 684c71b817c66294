//! The transform and its inverse.

use diktor_audio::{MelConfig, MelMode, Stft};
use proptest::prelude::*;

use crate::support::largest_difference;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_inverse_gives_the_signal_back(
        samples in prop::collection::vec(-1.0_f32..1.0, 1100..6000),
        hop in prop::sample::select(vec![128_usize, 200, 256, 512]),
        mel_mode in prop::sample::select(vec![MelMode::Nv, MelMode::Hifigan]),
    ) {
        let config = MelConfig { hop_length: hop, mel_mode, ..MelConfig::default() };
        let stft = Stft::new(&config).unwrap();
        let spectra = stft.analyse(&samples).unwrap();
        prop_assert_eq!(spectra.frames(), stft.frames(samples.len()));
        let back = stft.synthesise(&spectra);
        prop_assert_eq!(back.len(), stft.samples(spectra.frames()));
        prop_assert_eq!(stft.frames(back.len()), spectra.frames());
        // With the widest hop and HiFi-GAN's padding the last window falls to nothing at the end,
        // where dividing by it multiplies the rounding.
        let sure = samples.len().min(back.len()) - hop.min(back.len());
        let worst = largest_difference(&back[..sure], &samples[..sure]);
        prop_assert!(worst < 1e-6, "{}", worst);
    }
}

#[test]
fn frames_lie_where_the_references_put_them() {
    let frames = |mel_mode| {
        let stft = Stft::new(&MelConfig {
            mel_mode,
            ..MelConfig::default()
        })
        .unwrap();
        [22_050, 22_016, 256 * 40].map(|samples| stft.frames(samples))
    };
    assert_eq!(frames(MelMode::Nv), [87, 87, 41]);
    assert_eq!(frames(MelMode::Hifigan), [86, 86, 40]);
}

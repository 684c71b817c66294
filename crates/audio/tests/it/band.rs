//! How high recordings reach, whatever their rate says.

use diktor_audio::{Waveform, band_hz, resample};

use crate::support::ljspeech;

#[test]
fn a_recording_uses_its_band_and_one_that_was_converted_does_not() {
    for clip in ["LJ001-0001", "LJ001-0002", "LJ001-0005", "LJ001-0008"] {
        let Some(sound) = ljspeech(clip) else { return };
        assert_eq!(band_hz(&sound.samples, 22_050), 11_025.0, "{clip}");
        for once in [8_000, 11_025, 16_000] {
            let narrow = resample(&sound, once).unwrap();
            assert_eq!(
                band_hz(&narrow.samples, once),
                f64::from(once) / 2.0,
                "{clip} at {once}"
            );
            for rate in [22_050, 48_000] {
                let wide = resample(&narrow, rate).unwrap();
                let hz = band_hz(&wide.samples, rate);
                let real = f64::from(once) / 2.0;
                assert!(
                    (0.88 * real..=1.05 * real).contains(&hz),
                    "{clip}, {once} to {rate}: {hz}"
                );
            }
        }
    }
}

#[test]
fn tones_noise_and_silence_are_no_reason_to_warn() {
    let rate = 22_050;
    let tone = |n: usize| (n as f32 * 0.1).sin() * 0.3;
    let mut state = 1_u32;
    let mut noise = move |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as f32 / 65_536.0 - 0.5
    };
    let gated = |n: usize| {
        if (5_000..20_000).contains(&n) {
            tone(n)
        } else {
            0.0
        }
    };
    let sounds: [Vec<f32>; 5] = [
        vec![],
        vec![0.0; 30_000],
        (0..30_000).map(&mut noise).collect(),
        (0..30_000).map(gated).collect(),
        (0..1_000).map(tone).collect(),
    ];
    for (place, samples) in sounds.into_iter().enumerate() {
        let sound = Waveform {
            samples,
            sample_rate: rate,
        };
        assert_eq!(band_hz(&sound.samples, rate), 11_025.0, "sound {place}");
    }
}

//! Pitch against librosa's pYIN.

use std::collections::BTreeMap;

use diktor_audio::{PitchConfig, PitchTracker, read};
use serde::Deserialize;

use crate::support::{fixture, golden};

#[derive(Deserialize)]
struct Golden {
    settings: Settings,
    tracks: BTreeMap<String, Vec<Option<f64>>>,
}

#[derive(Deserialize)]
struct Settings {
    rate: u32,
    hop: usize,
    frame: usize,
    lowest: f64,
    highest: f64,
}

#[test]
fn pitch_is_that_of_librosa() {
    let golden: Golden = golden("pitch.json");
    let settings = golden.settings;
    let config = PitchConfig {
        sampling_rate: settings.rate,
        hop_length: settings.hop,
        frame_length: settings.frame,
        lowest_hz: settings.lowest,
        highest_hz: settings.highest,
    };
    assert_eq!(
        config,
        PitchConfig::for_mel(&diktor_audio::MelConfig::default())
    );
    let tracker = PitchTracker::new(&config).unwrap();
    for (name, expected) in golden.tracks {
        let found = tracker.track(&read(&fixture(&name)).unwrap().samples);
        assert_eq!(found.len(), expected.len(), "{name}");
        assert!(expected.iter().flatten().count() >= 30, "{name}");
        for (frame, (found, expected)) in found.iter().zip(&expected).enumerate() {
            let same = match (found, expected) {
                (Some(found), Some(expected)) => (found - expected).abs() < 1e-5,
                (None, None) => true,
                _ => false,
            };
            assert!(same, "{name}, frame {frame}: {found:?} for {expected:?}");
        }
    }
}

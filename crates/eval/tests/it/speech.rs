//! Real speech: what a listener would say of it, the measures say too.

use diktor_audio::{GriffinLimConfig, MelConfig, griffin_lim, read};
use diktor_eval::{Analyser, Measure, Scores, Sound, compare};

use crate::support::{fixture, ljspeech};

fn analyser() -> Analyser {
    Analyser::new(&MelConfig::default()).unwrap()
}

fn value(scores: &Scores, measure: Measure) -> f64 {
    scores[&measure].value(measure)
}

#[test]
fn copy_synthesis_is_close_and_another_sentence_is_not() {
    let (analyser, mel) = (analyser(), MelConfig::default());
    let recording = read(&fixture("audio/LJ001-0002.flac")).unwrap();
    let heard = analyser.analyse(&recording.samples).unwrap();
    let copy = griffin_lim(&heard.mel, &mel, &GriffinLimConfig::default()).unwrap();
    let scores = compare(&heard, &analyser.analyse(&copy.samples).unwrap());
    assert!(
        value(&scores, Measure::MelCepstralDistortion) < 0.6,
        "{scores:?}"
    );
    assert!(
        (value(&scores, Measure::VarianceRatio) - 1.0).abs() < 0.05,
        "{scores:?}"
    );
    assert!(
        (value(&scores, Measure::LengthRatio) - 1.0).abs() < 0.02,
        "{scores:?}"
    );
    assert!(
        value(&scores, Measure::GrossPitchError) < 0.05,
        "{scores:?}"
    );

    let Some(other) = ljspeech().map(|wavs| read(&wavs.join("LJ001-0013.wav")).unwrap()) else {
        return;
    };
    let other = compare(&heard, &analyser.analyse(&other.samples).unwrap());
    for measure in [
        Measure::MelCepstralDistortion,
        Measure::MelError,
        Measure::SpectralConvergence,
        Measure::VoicingError,
        Measure::LogF0Error,
    ] {
        let (near, far) = (value(&scores, measure), value(&other, measure));
        assert!(2.0 * near < far, "{measure:?}: {near} and {far}");
    }
}

#[test]
fn a_raised_voice_has_the_pitch_error_of_its_raise() {
    let analyser = analyser();
    let recording = read(&fixture("audio/LJ001-0002.flac")).unwrap();
    let heard = analyser.analyse(&recording.samples).unwrap();
    let raised = Sound {
        pitch: heard.pitch.iter().map(|hz| hz.map(|hz| hz * 1.1)).collect(),
        ..heard.clone()
    };
    let scores = compare(&heard, &raised);
    let expected = 1.1_f64.ln();
    assert!((value(&scores, Measure::LogF0Error) - expected).abs() < 1e-9);
    assert!(value(&scores, Measure::GrossPitchError) < 1e-12);
    assert!(value(&scores, Measure::VoicingError) < 1e-12);
}

#[test]
fn silence_is_measured_as_far_as_it_can_be() {
    let analyser = analyser();
    let recording = read(&fixture("audio/LJ001-0002.flac")).unwrap();
    let heard = analyser.analyse(&recording.samples).unwrap();
    let silence = analyser
        .analyse(&vec![0.0; recording.samples.len()])
        .unwrap();
    let scores = compare(&heard, &silence);
    assert!(value(&scores, Measure::VarianceRatio) < 1e-9);
    assert!(value(&scores, Measure::MelCepstralDistortion) > 5.0);
    assert!(!scores.contains_key(&Measure::LogF0Error));
    assert!(!scores.contains_key(&Measure::GrossPitchError));
    // The other way round there is nothing to set the variance against.
    assert!(!compare(&silence, &heard).contains_key(&Measure::VarianceRatio));
    assert!(analyser.analyse(&[0.0; 3]).is_err());
}

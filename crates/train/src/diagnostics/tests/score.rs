use super::super::*;

#[test]
fn mel_quality_is_one_when_equal_and_zero_at_the_mean() {
    let target = [-1.0, -3.0, -5.0, -7.0_f32];
    let mut mean = ChannelMean::new(2);
    mean.add(&target);
    mean.add(&[f32::NAN, 0.0]);
    assert_eq!(mean.mean(), [-3.0, -5.0]);
    let quality = |predicted: &[f32]| {
        mel_quality(
            &[MelPair {
                predicted,
                target: &target,
            }],
            &mean.mean(),
        )
    };
    assert_eq!(quality(&target), Some(1.0));
    assert_eq!(quality(&[-3.0, -5.0, -3.0, -5.0]), Some(0.0));
    assert_eq!(quality(&[-2.0, -4.0, -4.0, -6.0]), Some(0.5));
    assert_eq!(quality(&[9.0; 4]), Some(0.0));
    assert_eq!(quality(&[f32::NAN; 4]), Some(0.0));
    assert_eq!(quality(&[]), None);
    assert_eq!(ChannelMean::new(2).mean(), [0.0, 0.0]);
}

pub(super) fn standing(
    alignment_score: f64,
    accuracy: f64,
    f1: f64,
    failures: f64,
    mel: f64,
) -> Standing {
    Standing {
        alignment_score,
        gate_accuracy: accuracy,
        gate_f1: f1,
        stop_failure_rate: failures,
        mel_quality: mel,
        heard: None,
    }
}

#[test]
fn scores_run_from_untrained_to_perfect() {
    let perfect = standing(1.0, 1.0, 1.0, 0.0, 1.0);
    let untrained = standing(0.0, 0.5, 0.0, 1.0, 0.0);
    assert!((quality_score(&perfect) - 100.0).abs() < 1e-9);
    assert_eq!(quality_score(&untrained), 0.0);
    assert_eq!(composite_tts_score(&perfect, 0.0, 0.0), 0.0);
    assert!((composite_tts_score(&untrained, 10.0, 10.0) - 1.0).abs() < 1e-9);
    let good = composite_tts_score(&standing(0.89, 0.95, 0.95, 0.02, 0.8), 0.5, 0.45);
    assert!((good - 0.13).abs() < 0.03, "{good}");
    for (validation, training) in [(f64::NAN, 0.0), (0.5, f64::NAN), (f64::INFINITY, 1.0)] {
        assert_eq!(
            composite_tts_score(&perfect, validation, training),
            f64::INFINITY
        );
    }
    // A gap between the losses costs at most 0.3.
    assert!((composite_tts_score(&perfect, 100.0, 0.0) - 0.7).abs() < 1e-9);
}

#[test]
fn a_voice_that_mumbles_is_far_from_one_that_speaks_however_well_it_looks() {
    let looks = standing(0.9, 0.97, 0.97, 0.0, 0.5);
    let with = |intelligibility, variance_ratio| Standing {
        heard: Some(Heard {
            intelligibility,
            variance_ratio,
        }),
        ..looks
    };
    let score = |standing: &Standing| composite_tts_score(standing, 1.9, 1.9);
    let (unheard, mumbling, speaking) = (looks, with(0.1, 0.7), with(0.95, 0.9));
    assert!(score(&mumbling) > score(&unheard) && score(&unheard) > score(&speaking));
    assert!(score(&mumbling) - score(&speaking) > 0.3);
    assert!(quality_score(&mumbling) < 60.0 && quality_score(&speaking) > 80.0);
    let perfect = Standing {
        heard: with(1.0, 1.0).heard,
        ..standing(1.0, 1.0, 1.0, 0.0, 1.0)
    };
    assert_eq!(composite_tts_score(&perfect, 0.0, 0.0), 0.0);
    assert!((quality_score(&perfect) - 100.0).abs() < 1e-9);
    let untrained = Standing {
        heard: with(0.0, f64::NAN).heard,
        ..standing(0.0, 0.5, 0.0, 1.0, 0.0)
    };
    assert!((composite_tts_score(&untrained, 10.0, 10.0) - 1.0).abs() < 1e-9);
    // Speech that is too lively is as far from the recordings as speech that is too smooth.
    assert_eq!(score(&with(0.9, 1.3)), score(&with(0.9, 0.7)));
}

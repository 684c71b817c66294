//! `diktor bench mel`: the features of training, on one thread.

use std::{fmt, time::Instant};

use diktor_audio::{MelConfig, MelExtractor};
use serde::Serialize;

use crate::{
    answer::Form,
    cli::BenchMel,
    exit::{Ending, usage},
};

/// Half a day: more would only measure the memory.
const LONGEST_SECONDS: f64 = 43_200.0;

#[derive(Debug, Serialize)]
struct Measured {
    seconds: f64,
    frames: usize,
    extractions: usize,
    audio_seconds_per_second: f64,
}

/// Measures and prints.
///
/// # Errors
/// When the sizes make no sense.
pub(crate) fn run(arguments: &BenchMel, form: Form) -> anyhow::Result<Ending> {
    super::positive(&[("--steps", arguments.steps)])?;
    if !(0.1..=LONGEST_SECONDS).contains(&arguments.seconds) {
        let given = arguments.seconds;
        return Err(usage(format!(
            "`--seconds {given}`: expected 0.1..={LONGEST_SECONDS}"
        )));
    }
    let config = MelConfig::default();
    let extractor = MelExtractor::new(&config)?;
    let sound = noise((arguments.seconds * f64::from(config.sampling_rate)) as usize);
    let (mut times, mut frames) = (Vec::new(), 0);
    for number in 0..arguments.warmup + arguments.steps {
        let start = Instant::now();
        frames = extractor.extract(&sound)?.frames();
        if number >= arguments.warmup {
            times.push(start.elapsed().as_secs_f64());
        }
    }
    form.print(&Measured {
        seconds: arguments.seconds,
        frames,
        extractions: arguments.steps,
        audio_seconds_per_second: arguments.seconds / super::median(times),
    })?;
    Ok(Ending::Done)
}

/// Noise from a linear congruential generator: no bin of its spectrum is empty.
fn noise(samples: usize) -> Vec<f32> {
    let mut state = 1_u32;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state as f32 / u32::MAX as f32 - 0.5) * 0.4
    };
    (0..samples).map(next).collect()
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:.0} seconds of audio per second on one thread ({:.1} ms per minute, {} frames)",
            self.audio_seconds_per_second,
            60e3 / self.audio_seconds_per_second,
            self.frames
        )
    }
}

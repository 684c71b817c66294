//! `diktor bench`: how fast this machine is, on data that nobody needs to have.

mod mel;
mod stopwatch;
mod synthesize;
mod tracking;
mod train;

use diktor_audio::Mel;
use diktor_train::{
    Hparams,
    hparams::{Resolved, Sources, resolve},
};

use crate::{
    answer::Form,
    cli::Bench,
    exit::{Ending, usage},
};

/// Measures.
///
/// # Errors
/// When the sizes make no sense, or the device is not there.
pub(crate) fn run(verb: Bench, form: Form) -> anyhow::Result<Ending> {
    match verb {
        Bench::Train(arguments) => train::run(&arguments, form),
        Bench::Synthesize(arguments) => synthesize::run(&arguments, form),
        Bench::Mel(arguments) => mel::run(&arguments, form),
        Bench::Tracking(arguments) => tracking::run(&arguments, form),
    }
}

/// Hyper-parameters of a preset, changed by `--hparams`.
fn hparams(preset: &str, overrides: Option<&str>) -> anyhow::Result<Hparams> {
    let sources = Sources {
        preset: Some(preset),
        overrides,
        ..Sources::default()
    };
    let Resolved { hparams, .. } = resolve(&sources).map_err(usage)?;
    Ok(hparams)
}

/// Refuses sizes of which nothing can be measured.
fn positive(sizes: &[(&str, usize)]) -> anyhow::Result<()> {
    match sizes.iter().find(|(_, size)| *size == 0) {
        Some((flag, _)) => Err(usage(format!("`{flag} 0`: expected at least 1"))),
        None => Ok(()),
    }
}

/// Symbol ids that look like a text to the network: every id but the padding's comes.
fn text(length: usize, n_symbols: usize) -> Vec<u32> {
    let ids = (0..length).map(|index| 1 + (index * 7) % (n_symbols - 1));
    ids.filter_map(|id| u32::try_from(id).ok()).collect()
}

/// A mel of smooth ripples in the range of real ones.
fn mel(frames: usize, bins: usize) -> Mel {
    let value = |index: usize| {
        let (frame, bin) = ((index / bins) as f32, (index % bins) as f32);
        -5.0 + 2.0 * (frame * 0.11).sin() + 1.5 * (bin * 0.23 + frame * 0.07).cos()
    };
    Mel::new(bins, (0..frames * bins).map(value).collect())
}

/// The middle one, so that a hiccup of the machine does not decide.
fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

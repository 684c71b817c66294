//! Prints the mel of a WAV or FLAC file as a picture of characters, low bands at the bottom.
//!
//! `cargo run -p diktor-audio --example mel_of_a_file -- speech.wav`

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;

use diktor_audio::{MelConfig, MelExtractor, read, resample, trim_silence};

const COLUMNS: usize = 100;
const ROWS: usize = 20;
const SHADES: &[u8] = b" .:-=+*#%@";

fn main() -> Result<(), Box<dyn Error>> {
    let path: PathBuf = std::env::args_os()
        .nth(1)
        .ok_or("usage: mel_of_a_file FILE")?
        .into();
    let config = MelConfig::default();
    let sound = resample(&read(&path)?, config.sampling_rate)?;
    let speech = trim_silence(&sound.samples, sound.sample_rate, &Default::default());
    let mel = MelExtractor::new(&config)?.extract(&sound.samples[speech])?;

    let mut out = std::io::stdout().lock();
    for row in (0..ROWS).rev() {
        let band = row * mel.bins() / ROWS;
        let shade = |column: usize| {
            let value = mel.frame(column * mel.frames() / COLUMNS)[band];
            // Speech lies between the floor, -11.5, and about 2.
            let step = (value + 11.5) / 13.5 * SHADES.len() as f32;
            SHADES[(step as usize).min(SHADES.len() - 1)]
        };
        let line: Vec<u8> = (0..COLUMNS).map(shade).collect();
        writeln!(out, "{}", String::from_utf8_lossy(&line))?;
    }
    writeln!(
        out,
        "{} frames of {} bins, {:.2} s",
        mel.frames(),
        mel.bins(),
        sound.seconds()
    )?;
    Ok(())
}

//! What is read of each file named: `cargo run --example sound_of_files -- FILES`.
#![allow(clippy::print_stdout, reason = "an example shows what it found")]

use std::path::Path;

use diktor_audio::{decode_within, info, level};

fn main() -> std::io::Result<()> {
    for name in std::env::args().skip(1) {
        let said = info(Path::new(&name));
        let frames = said.as_ref().map_or(0, |said| said.frames);
        match decode_within(&std::fs::read(&name)?, f64::INFINITY) {
            Ok(sound) => {
                let samples = &sound.waveform.samples;
                println!(
                    "{name}: {} samples at {} Hz (header: {frames}), peak {:.4}, {:.2} dBFS {:?}",
                    samples.len(),
                    sound.waveform.sample_rate,
                    level::peak(samples),
                    level::rms_dbfs(samples),
                    sound.notes
                );
            }
            Err(reason) => println!("{name}: {reason}"),
        }
        if let Err(reason) = said {
            println!("{name}: header: {reason}");
        }
    }
    Ok(())
}

//! What is heard of a voice, measured: error by a recogniser, distances between sounds, pitch,
//! words that the attention left out, each with an interval.
//!
//! ```no_run
//! use std::{path::Path, time::Duration};
//!
//! use diktor_audio::{MelConfig, read};
//! use diktor_eval::{Analyser, Measure, Recogniser, Wording, compare};
//! use diktor_text::{Cleaners, Frontend};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let analyser = Analyser::new(&MelConfig::default())?;
//! let recorded = analyser.analyse(&read(Path::new("recorded.wav"))?.samples)?;
//! let spoken = analyser.analyse(&read(Path::new("spoken.wav"))?.samples)?;
//! let mut scores = compare(&recorded, &spoken);
//!
//! let recogniser = Recogniser::new("python recognise.py {}", Duration::from_secs(60))?;
//! let heard = recogniser.hear(Path::new("spoken.wav"), &|| false)?;
//! let wording = Wording::new(Frontend::new(vec![Cleaners::EnglishCleaners]));
//! scores.extend(wording.scores("She paid $9.", &heard));
//! println!("{:?}", scores[&Measure::CharacterError].value(Measure::CharacterError));
//! # Ok(())
//! # }
//! ```
//!
//! Decisions:
//! - A sentence gives a sum and a weight, never a mean alone: errors of a whole are the sum of all
//!   edits over the sum of all lengths, as recognisers are judged.
//! - What could not be measured is absent, never 0.
//! - Sounds are compared as sounds: the mel of what a listener gets, not the mel of a network.
//! - Intervals are percentiles of a bootstrap over sentences, a function of a seed alone.

mod bootstrap;
mod definitions;
mod distance;
mod edits;
mod error;
mod evaluation;
mod hard;
mod language;
mod measure;
mod pairs;
mod recogniser;
mod table;
mod word_path;
mod wording;

pub use bootstrap::{Figure, RESAMPLES, figure};
pub use distance::{Analyser, LONGEST_S, Sound, compare};
pub use edits::{Edits, edits};
pub use error::EvalError;
pub use evaluation::{Evaluation, Judged, LeftOut, Origin, Scores, Sentence};
pub use hard::hard_sentences;
pub use language::Language;
pub use measure::{Measure, Sample};
pub use pairs::{Pair, read_pairs};
pub use recogniser::Recogniser;
pub use word_path::{WordsRead, words_of, words_read};
pub use wording::{NORMALISATION, Wording};

//! A folder of recordings becomes a checked manifest, and a manifest becomes what a model sees.
//!
//! ```no_run
//! use std::path::Path;
//!
//! use diktor_audio::MelConfig;
//! use diktor_corpus::{FeatureConfig, ImportConfig, import, load_examples, split, statistics};
//! use diktor_text::{Cleaners, Frontend};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let frontend = Frontend::new(vec![Cleaners::EnglishCleaners]);
//! let (manifest, problems) =
//!     import(Path::new("LJSpeech-1.1"), None, &frontend, &ImportConfig::default())?;
//! let parts = split(&manifest, 1234, None);
//! let figures = statistics(&manifest, &frontend, &problems, Some(&parts)).to_string();
//! let (examples, left_out) = load_examples(
//!     &parts.train,
//!     &frontend,
//!     &MelConfig::default(),
//!     &FeatureConfig::default(),
//!     &|_, _| {},
//! )?;
//! # Ok(())
//! # }
//! ```
//!
//! Decisions:
//! - One bad recording never fails a corpus: it is a [`Problem`], a value. An error is for what is
//!   wrong with the whole: the wrong folder, the wrong sample rate, the wrong symbol table.
//! - A text with a character outside the symbol table refuses the corpus, and all such characters
//!   are listed at once: a model silently missing a letter is worse than no model.
//! - Utterances beyond the limits are left out, never cut: cut audio no longer says its text.
//! - Everything random is a pure function of a seed and a counter, so that any batch of any epoch
//!   can be replayed.
//! - A cached mel is trusted only if its checksum says so, and found only by what it was made of.

pub mod batching;
mod cache;
mod check;
mod error;
mod features;
mod grouped;
mod import;
mod kept_split;
mod manifest;
mod problem;
mod quarantine;
mod recording;
mod remarks;
mod scripts;
mod shuffle;
mod split;
mod statistics;
mod summary;
mod table;
mod text_fit;

pub use error::{CorpusError, UnknownCharacters};
pub use features::{Example, FeatureConfig, global_mean_mel, load_examples, trimmed_seconds};
pub use grouped::{ProblemGroup, group_problems};
pub use import::{
    BadPolicy, Column, Columns, ImportConfig, Layout, ListFormat, Reading, UnknownColumns,
    UnknownLayoutName, UnknownPolicy, import, import_with_progress, listed_texts, sample_texts,
};
pub use kept_split::{SplitChanges, SplitRecord};
pub use manifest::{Manifest, Utterance, write_filelist};
pub use problem::{Effect, Problem, ProblemKind, count_problems};
pub use quarantine::{Quarantined, csv_field, leave_out, read_quarantine, write_quarantine};
pub use recording::{CLIPPED_SHARE, SILENT_DBFS};
pub use remarks::{Remark, by_frequency, most_frequent, refuse_too_few, remarks};
pub use scripts::{MixedWord, Script};
pub use shuffle::Stream;
pub use split::{Split, split, validation_size};
pub use statistics::{RateOutlier, SplitSizes, Statistics, SymbolCount, statistics};
pub use summary::{OUTLIER_Z, Summary};
pub use text_fit::{Listener, Speaking, TextFit, TextFits};

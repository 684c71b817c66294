//! Raw text to symbol ids: normalisation and symbol tables.
//!
//! ```
//! use diktor_text::{Cleaners, Frontend};
//!
//! let frontend = Frontend::new(vec![Cleaners::EnglishCleaners]);
//! let read = frontend.encode("Dr. Quinn paid $9.50 in 1987.")?;
//! assert_eq!(
//!     read.cleaned,
//!     "doctor quinn paid nine dollars, fifty cents in nineteen eighty-seven."
//! );
//! # Ok::<(), diktor_text::TextError>(())
//! ```
//!
//! Decisions:
//! - A character the table does not know is an error that lists it, never a silent gap: a network
//!   trained on texts with holes learns not to align.
//! - The cleaners keep to the readings of keithito's `english_cleaners`, which NVIDIA's checkpoints
//!   were trained with, except where those readings destroy the text (see
//!   [`Cleaners::EnglishCleaners`]).
//! - The table travels with the checkpoint: [`SymbolTable`] serialises as its list of symbols.

mod ascii;
mod cleaners;
mod english;
mod error;
mod frontend;
mod lines;
mod number_words;
mod numerals;
mod russian;
mod shapes;
mod spaces;
mod symbols;
mod tokens;

pub use cleaners::Cleaners;
pub use error::TextError;
pub use frontend::{Frontend, Reading, SymbolIds};
pub use lines::{Encoding, TextLine, is_pause, read_lines, split_long};
pub use number_words::{cardinal, ordinal, year_style};
pub use symbols::SymbolTable;
pub use tokens::{Class, Note, Token};

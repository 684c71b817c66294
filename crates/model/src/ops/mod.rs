//! Operations behind whose boundary a fused kernel may stand.
//!
//! Each has a composed form made of plain Burn operations: it serves every backend and is the
//! oracle of the tests.

pub(crate) mod conv1d;
pub(crate) mod decoder;
pub(crate) mod lstm;

//! Operations behind whose boundary a fused kernel stands.
//!
//! Each has a composed form made of plain Burn operations: it serves every backend and is the
//! oracle of the tests. On the CPU backend the fused form is chosen by itself.

pub(crate) mod bands;
pub(crate) mod conv1d;
pub(crate) mod ctc;
pub(crate) mod decoder;
pub(crate) mod dropout;
pub(crate) mod fused;
pub(crate) mod linear;
pub(crate) mod lstm;
pub(crate) mod matmul;
pub(crate) mod normalise;
pub(crate) mod rows;
mod simd;
#[cfg(test)]
pub(crate) mod testing;

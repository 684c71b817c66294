//! Facts about the model crate, checked from outside.

mod golden;
mod parity;

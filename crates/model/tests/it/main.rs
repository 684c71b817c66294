//! Facts about the model crate, checked from outside.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should say where"
)]

mod attention;
mod golden;
mod parity;
mod variants;

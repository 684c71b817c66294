//! Layers of the networks here: a struct, its seeded initialisation, a `forward`.

mod batch_norm;
mod conv1d;
mod embedding;
mod gru;
mod init;
mod linear;
mod lstm;

pub(crate) use batch_norm::BatchNorm;
pub(crate) use conv1d::Conv1d;
pub(crate) use embedding::Embedding;
pub(crate) use gru::Gru;
pub(crate) use init::{Gain, Init, Rule};
pub(crate) use linear::Linear;
pub(crate) use lstm::{BiLstm, LstmCell};

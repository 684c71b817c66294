//! Weight files of other tools, read as data and never executed: PyTorch's (zip and legacy,
//! NVIDIA's names or torchaudio's) and safetensors; and the same files written.
//!
//! [`read_weights`] goes by content, not by the file's name. What it returns has NVIDIA's names and
//! `f32` values whatever the file held; [`Dimensions::infer`] then says what network the tensors
//! belong to, and [`ImportReport::compare`] what does not fit. Check the report against
//! [`Dimensions::tensors`] before building a network, so that a hostile file cannot make one that
//! is larger than itself.
//!
//! PyTorch's pickles are parsed by the `pytorch-reader` crate, which builds inert values and calls
//! nothing; a file that names a function able to run programs is refused all the same, before that:
//! `scan` goes through the opcodes for what they name.

mod dimensions;
#[cfg(test)]
mod dresses;
mod element;
mod error;
mod export;
mod file;
mod names;
mod network;
mod pickle;
#[cfg(test)]
mod properties;
mod pytorch;
mod report;
mod safetensors;
mod scan;
#[cfg(test)]
mod tests;

pub use dimensions::{Dimensions, StyleDimensions};
pub use error::WeightsError;
pub use export::{Provenance, encode_nvidia, encode_safetensors, write_nvidia, write_safetensors};
pub use file::{WeightFile, WeightFormat, WeightMetadata, WeightNote, read_weights};
pub use names::nvidia_name;
pub use report::{ImportReport, MisShaped};
pub use safetensors::{CHECKPOINT_FORMAT, is_checkpoint};

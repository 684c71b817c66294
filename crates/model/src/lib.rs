//! Networks, losses and synthesis: the only crate with layers.
//!
//! ```no_run
//! use burn::tensor::Device;
//! use diktor_model::{InferOptions, Tacotron2Config};
//!
//! let model = Tacotron2Config::default().init(&Device::flex(), 1234);
//! let spoken = model.infer(&[vec![12, 40, 7]], 1, &InferOptions::default());
//! println!("{} frames", spoken[0].mel.frames());
//! ```
//!
//! Decisions a reader should know:
//! - Time comes before channels everywhere (`[B, F, M]`), so that a convolution is one matrix
//!   product per tap and a linear layer needs no transposition.
//! - Weights are stored in the layout of the product they take part in (`[in, out]`); they meet
//!   NVIDIA's names and layouts only in [`Tacotron2::state`] and [`Tacotron2::load_state`].
//! - Dropout masks come from a counter-based generator ([`Noise`]): the same seed and step give the
//!   same masks on every backend, and any step can be replayed.
//! - A forward pass changes nothing: batch-norm statistics are returned and absorbed by whoever
//!   accepts the step.
//!
//! Letters in shapes: `B` batch, `N` symbols, `F` frames, `S` decoder steps, `r` frames per step,
//! `M` mel bins, `C` channels, `E` encoder channels, `H` recurrent units, `D` attention channels.

mod alignment;
mod batch;
mod error;
#[cfg(test)]
mod golden;
mod layers;
mod loss;
mod noise;
mod ops;
mod tacotron2;
pub mod weights;

pub use alignment::Alignment;
pub use batch::{Batch, Sample};
pub use error::ModelError;
pub use loss::{DoubleDecoder, LossConfig, Losses, loss};
pub use noise::Noise;
pub use ops::rows::WeightDtype;
pub use tacotron2::{
    AttentionType, BatchNormUpdates, Coarse, GstMode, InferOptions, Inference, Mode, NamedTensor,
    Output, PrenetDropout, Recognition, StopReason, StopRule, Style, StylePrediction, Tacotron2,
    Tacotron2Config, alignments_of,
};

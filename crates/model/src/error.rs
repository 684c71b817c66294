//! What can go wrong with a model, by cause.

use thiserror::Error;

/// Why a model could not be built or filled.
#[derive(Debug, Error)]
pub enum ModelError {
    /// A dimension that no network can have.
    #[error("`{name}` is `{value}`: {expected}")]
    Dimension {
        /// Hyper-parameter.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A tensor the network needs is not there.
    #[error(
        "tensor `{name}` is missing\nhint: the file belongs to another architecture or is not a Tacotron 2"
    )]
    Missing {
        /// Name of the tensor.
        name: String,
    },
    /// A tensor has another shape than the network's.
    #[error("tensor `{name}` has shape {found:?}, the network expects {expected:?}")]
    Shape {
        /// Name of the tensor.
        name: String,
        /// Shape of the network.
        expected: Vec<usize>,
        /// Shape in the file.
        found: Vec<usize>,
    },
    /// A tensor holds NaN or infinity.
    #[error("tensor `{name}` holds a non-finite value at index {index}")]
    NonFinite {
        /// Name of the tensor.
        name: String,
        /// First bad element.
        index: usize,
    },
}

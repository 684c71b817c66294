//! What is wrong with a model, in numbers: pure functions on plain slices.
//!
//! Attention ([`attention`]), the gate teacher-forced ([`gate()`]) and free-running ([`free_run`]),
//! the mel spectrogram ([`mel_quality`]), and all of it in one number ([`quality_score`]). Every
//! value is finite and in its range whatever a broken network puts in.

mod attention;
mod gate;
mod mel;
mod problem;
mod score;
#[cfg(test)]
mod tests;
mod view;

pub use attention::{AttentionMetrics, attention};
pub use diktor_track::Collapse;
pub use gate::{
    Ending, FreeRunMetrics, FreeRunView, GateMetrics, GateView, ending, free_run, gate, gate_error,
};
pub use mel::{ChannelMean, MelPair, mel_quality};
pub use problem::{AttentionProblem, Grade, problems};
pub use score::{Heard, Standing, composite_tts_score, quality_score};
pub use view::{AlignmentView, MIN_SIZE};

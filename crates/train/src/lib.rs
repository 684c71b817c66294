//! One run: engine, tasks, controllers, diagnostics, checkpoints.
//!
//! [`train`] takes a data set and a run directory to a trained model. Inside, [`engine::Engine`] repeats one short loop:
//! next batch, [`Task::step`], emit, controllers decide, apply, validate, checkpoint.
//!
//! ```no_run
//! use diktor_train::{ConsoleStyle, Dataset, Hparams, Resume, StopFlag, TrainSpec, data::DatasetOptions, train};
//!
//! # fn example(device: burn::tensor::Device) -> Result<(), diktor_train::TrainError> {
//! let hparams = Hparams::preset("demo")?;
//! let options = DatasetOptions::default();
//! let dataset = Dataset::from_folder("recordings".as_ref(), &hparams, &options, &|_, _| ())?;
//! let spec = TrainSpec {
//!     hparams,
//!     dataset,
//!     run_dir: "output/first".into(),
//!     resume: Resume::Fresh,
//!     warm_start: None,
//!     go_on_from: None,
//!     beside: Vec::new(),
//!     device,
//!     console: ConsoleStyle::detect(false),
//!     sinks: Vec::new(),
//!     opener: None,
//! };
//! let outcome = train(spec, &StopFlag::new())?;
//! # Ok(())
//! # }
//! ```
//!
//! # Decisions
//! - Only `Engine::apply` writes [`Knobs`]; a [`Controller`] returns values of the closed enum [`Intervention`].
//! - Everything that happens is a `diktor_track::Event`; nothing that watches can steer.
//! - Randomness is counter-based: data order is a function of (seed, epoch, position), dropout of (seed, step), so a
//!   run killed anywhere continues to the same bits, and any step can be replayed.

pub mod checkpoint;
pub mod control;
pub mod data;
pub mod diagnostics;
pub mod diary;
pub mod engine;
mod error;
#[cfg(feature = "fault-injection")]
pub mod fault_injection;
pub mod hparams;
mod intervention;
mod knobs;
pub mod optim;
pub mod recovery;
mod run;
pub mod self_test;
mod signal;
pub mod task;
mod validate;
pub mod watch;

pub use checkpoint::Checkpoint;
pub use control::{Controller, Moment, RunView};
pub use data::Dataset;
pub use diktor_track::ConsoleStyle;
pub use error::TrainError;
pub use hparams::Hparams;
pub use intervention::Intervention;
pub use knobs::{Knob, Knobs};
pub use recovery::Recovery;
pub use run::{Beside, Opener, Resume, TrainOutcome, TrainSpec, is_in_use, steps_of, train};
pub use signal::StopFlag;
pub use task::{StepReport, Task, Validation};
pub use validate::validate;

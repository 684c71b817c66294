//! The corpus as its users meet it: folders on disk, good and bad.

mod clips;
mod features;
mod hostile;
mod importers;
mod real;
mod statistics;

//! Attention, gate and scores on matrices whose figures are known.

mod attention;
mod gate;
mod properties;
mod score;
mod synthetic;

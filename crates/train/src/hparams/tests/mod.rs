//! The table, what is set through it, and what is read from files.

mod assign;
mod files;
mod properties;
mod table;

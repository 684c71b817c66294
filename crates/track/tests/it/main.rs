//! The tracked run as its readers see it.

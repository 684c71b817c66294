//! What this machine is made of, asked of the system where it says so.

use std::{fs, path::Path};

use serde::Serialize;

const KIBIBYTE: u64 = 1024;

/// The processor.
#[derive(Debug, Serialize)]
pub(crate) struct Processor {
    /// As the system names it.
    pub(crate) name: String,
    /// Architecture of this program.
    pub(crate) architecture: &'static str,
    /// Logical cores this process may use.
    pub(crate) cores: usize,
    /// Vector instructions that the kernels look for, of those that are there.
    pub(crate) features: Vec<&'static str>,
}

/// Asks about the processor.
#[must_use]
pub(crate) fn processor() -> Processor {
    let described = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = described
        .lines()
        .find(|line| line.starts_with("model name"))
        .and_then(|line| line.split_once(':'))
        .map_or_else(|| "unknown".to_owned(), |(_, name)| name.trim().to_owned());
    Processor {
        name,
        architecture: std::env::consts::ARCH,
        cores: std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get),
        features: vector_features(),
    }
}

#[cfg(target_arch = "x86_64")]
fn vector_features() -> Vec<&'static str> {
    let known = [
        ("avx2", std::is_x86_feature_detected!("avx2")),
        ("fma", std::is_x86_feature_detected!("fma")),
        ("avx512f", std::is_x86_feature_detected!("avx512f")),
        ("avx512bf16", std::is_x86_feature_detected!("avx512bf16")),
    ];
    known
        .into_iter()
        .filter_map(|(name, is_there)| is_there.then_some(name))
        .collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn vector_features() -> Vec<&'static str> {
    if cfg!(target_feature = "neon") {
        vec!["neon"]
    } else {
        Vec::new()
    }
}

/// Bytes of memory that could be taken now; `None` where the system does not say.
#[must_use]
pub(crate) fn available_memory_bytes() -> Option<u64> {
    kibibytes("/proc/meminfo", "MemAvailable:")
}

/// The most memory this process has held, in bytes; `None` where the system does not say.
#[must_use]
pub(crate) fn peak_memory_bytes() -> Option<u64> {
    kibibytes("/proc/self/status", "VmHWM:")
}

/// Whether a signal was ignored when this program started, as `nohup` ignores SIGHUP. Where the system does not
/// say, none was.
#[must_use]
pub(crate) fn ignores(signal: i32) -> bool {
    fs::read_to_string("/proc/self/status").is_ok_and(|status| is_ignored(&status, signal))
}

fn is_ignored(status: &str, signal: i32) -> bool {
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

fn kibibytes(file: &str, key: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    let number: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(number * KIBIBYTE)
}

/// Bytes free on the disk of a folder, or of its nearest parent that exists.
#[must_use]
pub(crate) fn free_disk_bytes(folder: &Path) -> Option<u64> {
    let absolute = std::path::absolute(folder).ok()?;
    let existing = absolute.ancestors().find(|folder| folder.exists())?;
    let disk = rustix::fs::statvfs(existing).ok()?;
    Some(disk.f_bavail * disk.f_frsize)
}

/// Bytes as a person reads them.
#[must_use]
pub(crate) fn readable(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "for reading, not for counting")]
    let gibibytes = bytes as f64 / (KIBIBYTE * KIBIBYTE * KIBIBYTE) as f64;
    if gibibytes >= 1.0 {
        format!("{gibibytes:.1} GiB")
    } else {
        format!("{:.0} MiB", gibibytes * 1024.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_of_ignored_signals_is_read_from_its_lowest_bit() {
        let status = "Name:\tdiktor\nSigIgn:\t0000000000001001\nSigCgt:\t0\n";
        assert!(is_ignored(status, 1) && is_ignored(status, 13));
        assert!(!is_ignored(status, 2) && !is_ignored("", 1));
    }
}

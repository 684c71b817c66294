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

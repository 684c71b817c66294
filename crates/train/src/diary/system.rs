//! What the machine has left, for the debug report.

use std::path::Path;

use serde::Serialize;
use sysinfo::{Disks, System};

/// A moment of the machine.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Machine {
    /// Load of all cores, per cent; of the last minute.
    pub(super) load: f64,
    /// Cores.
    pub(super) cores: usize,
    /// Bytes of memory in use.
    pub(super) memory_used: u64,
    /// Bytes of memory.
    pub(super) memory: u64,
    /// Bytes left on the disk of the run; `None` where it cannot be told.
    pub(super) disk_free: Option<u64>,
}

/// Asks the system.
pub(super) fn machine(run_dir: &Path) -> Machine {
    let mut system = System::new();
    system.refresh_memory();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let run_dir = run_dir
        .canonicalize()
        .unwrap_or_else(|_| run_dir.to_owned());
    let disks = Disks::new_with_refreshed_list();
    let disk = disks
        .iter()
        .filter(|disk| run_dir.starts_with(disk.mount_point()))
        .max_by_key(|disk| disk.mount_point().as_os_str().len());
    Machine {
        load: 100.0 * System::load_average().one / cores as f64,
        cores,
        memory_used: system.used_memory(),
        memory: system.total_memory(),
        disk_free: disk.map(sysinfo::Disk::available_space),
    }
}

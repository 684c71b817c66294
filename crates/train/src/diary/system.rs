//! What the machine has left, for the debug report.

use std::path::Path;

use nvml_wrapper::{Nvml, enums::device::UsedGpuMemory, error::NvmlError};
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
    /// Bytes that this process holds on NVIDIA's GPUs; `None` where it uses none.
    pub(super) gpu_memory: Option<u64>,
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
        gpu_memory: gpu_memory().ok().flatten(),
        disk_free: disk.map(sysinfo::Disk::available_space),
    }
}

fn gpu_memory() -> Result<Option<u64>, NvmlError> {
    let nvml = Nvml::init()?;
    let mut held = None;
    for index in 0..nvml.device_count()? {
        let device = nvml.device_by_index(index)?;
        // A process that computes through a graphics interface is among the others.
        let computing = device.running_compute_processes()?;
        let drawing = device.running_graphics_processes().unwrap_or_default();
        for process in computing.into_iter().chain(drawing) {
            if let (true, UsedGpuMemory::Used(bytes)) =
                (process.pid == std::process::id(), process.used_gpu_memory)
            {
                *held.get_or_insert(0) += bytes;
            }
        }
    }
    Ok(held)
}

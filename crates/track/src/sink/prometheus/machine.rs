//! Processor, memory and disk, asked at each scrape.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{counter::ConstCounter, gauge::ConstGauge},
};
use sysinfo::{Disks, Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// The machine as this process sees it.
#[derive(Debug)]
pub(super) struct Machine {
    run_dir: PathBuf,
    pid: Pid,
    system: Mutex<System>,
}

impl Machine {
    /// With the disk that holds the run directory, which need not be there yet.
    pub(super) fn of(run_dir: &Path) -> Self {
        Self {
            run_dir: run_dir.to_owned(),
            pid: Pid::from_u32(std::process::id()),
            system: Mutex::new(System::new()),
        }
    }

    fn encode_process(&self, encoder: &mut DescriptorEncoder) -> fmt::Result {
        let mut system = self.system.lock().unwrap_or_else(PoisonError::into_inner);
        let what = ProcessRefreshKind::nothing().with_cpu().with_memory();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[self.pid]), false, what);
        system.refresh_memory();
        if let Some(process) = system.process(self.pid) {
            let seconds = process.accumulated_cpu_time() as f64 / 1000.0;
            let help = "Processor time of this process, of all its threads";
            counter(encoder, "process_cpu_seconds", help, seconds)?;
            let help = "Memory of this process that is resident";
            gauge(
                encoder,
                "process_resident_memory_bytes",
                help,
                process.memory(),
            )?;
            let help = "Unix time at which this process began";
            gauge(
                encoder,
                "process_start_time_seconds",
                help,
                process.start_time(),
            )?;
        }
        let help = "Memory of the machine that can be had";
        gauge(
            encoder,
            "tts_memory_available_bytes",
            help,
            system.available_memory(),
        )?;
        gauge(
            encoder,
            "tts_memory_size_bytes",
            "Memory of the machine",
            system.total_memory(),
        )
    }

    fn encode_disk(&self, encoder: &mut DescriptorEncoder) -> fmt::Result {
        // Until the run directory is made, its parent tells the disk.
        let existing = self.run_dir.ancestors().find_map(|path| {
            let path = if path.as_os_str().is_empty() {
                Path::new(".")
            } else {
                path
            };
            path.canonicalize().ok()
        });
        let disks = Disks::new_with_refreshed_list();
        let disk = existing.and_then(|folder| {
            let holds = disks
                .iter()
                .filter(|disk| folder.starts_with(disk.mount_point()));
            holds.max_by_key(|disk| disk.mount_point().as_os_str().len())
        });
        let Some(disk) = disk else { return Ok(()) };
        let help = "Bytes left on the disk of the run directory";
        gauge(encoder, "tts_disk_free_bytes", help, disk.available_space())?;
        let help = "Size of the disk of the run directory";
        gauge(encoder, "tts_disk_size_bytes", help, disk.total_space())
    }
}

impl Collector for Machine {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        self.encode_process(&mut encoder)?;
        self.encode_disk(&mut encoder)
    }
}

fn gauge(encoder: &mut DescriptorEncoder, name: &str, help: &str, value: u64) -> fmt::Result {
    let metric = ConstGauge::new(value);
    metric.encode(encoder.encode_descriptor(name, help, None, metric.metric_type())?)
}

fn counter(encoder: &mut DescriptorEncoder, name: &str, help: &str, value: f64) -> fmt::Result {
    let metric = ConstCounter::new(value);
    metric.encode(encoder.encode_descriptor(name, help, None, metric.metric_type())?)
}

//! `diktor doctor`: what this machine has, and whether a training can run here.

use std::{fmt, fs, path::Path};

use serde::Serialize;

use crate::{
    answer::Form,
    cli,
    device::Backend,
    exit::Ending,
    machine::{self, Processor},
    threads,
};

/// A preset of full size writes checkpoints of about a third of this; below it a run is cut short.
const DISK_WANTED_BYTES: u64 = 1 << 30;
/// Full size at batch 8 needs about this much.
const MEMORY_WANTED_BYTES: u64 = 2 << 30;

#[derive(Debug, Serialize)]
struct Findings {
    version: &'static str,
    system: &'static str,
    processor: Processor,
    threads: usize,
    available_memory_bytes: Option<u64>,
    devices: Vec<Devices>,
    output: Output,
    /// What would go wrong, in words; a healthy machine has none.
    problems: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Devices {
    backend: &'static str,
    built_in: bool,
    /// Names for `--device`.
    devices: Vec<String>,
    error: Option<String>,
}

#[derive(Debug, Serialize)]
struct Output {
    path: String,
    writable: bool,
    free_bytes: Option<u64>,
}

/// Looks around and tells.
///
/// # Errors
/// When stdout cannot be written.
pub(crate) fn run(arguments: cli::Doctor, form: Form) -> anyhow::Result<Ending> {
    let findings = look(&arguments.output);
    form.print(&findings)?;
    Ok(if findings.problems.is_empty() {
        Ending::Done
    } else {
        Ending::CheckFailed
    })
}

fn look(output: &Path) -> Findings {
    let mut problems = Vec::new();
    let writable = writable(output);
    if let Err(reason) = &writable {
        problems.push(format!(
            "`{}` cannot be written: {reason}\nhint: name another folder with `-o`",
            output.display()
        ));
    }
    let free_bytes = machine::free_disk_bytes(output);
    if let Some(free) = free_bytes.filter(|&free| free < DISK_WANTED_BYTES) {
        problems.push(format!("only {} free on the disk", machine::readable(free)));
    }
    let available_memory_bytes = machine::available_memory_bytes();
    if let Some(free) = available_memory_bytes.filter(|&free| free < MEMORY_WANTED_BYTES) {
        problems.push(format!(
            "only {} of memory available\nhint: preset `demo` or a small `--batch-size` needs less",
            machine::readable(free)
        ));
    }
    Findings {
        version: env!("CARGO_PKG_VERSION"),
        system: std::env::consts::OS,
        processor: machine::processor(),
        threads: threads::count(),
        available_memory_bytes,
        devices: devices(),
        output: Output {
            path: output.display().to_string(),
            writable: writable.is_ok(),
            free_bytes,
        },
        problems,
    }
}

fn devices() -> Vec<Devices> {
    let ask = |backend: Backend| {
        let (devices, error) = match backend.devices() {
            Ok(found) => (backend.names(found.len()), None),
            Err(reason) => (Vec::new(), Some(reason)),
        };
        let built_in = backend.is_built_in();
        Devices {
            backend: backend.name(),
            built_in,
            devices,
            error,
        }
    };
    Backend::ALL.map(ask).into()
}

/// Tries to write where runs would be written, and leaves nothing behind.
fn writable(output: &Path) -> Result<(), std::io::Error> {
    let is_there = output.exists();
    fs::create_dir_all(output)?;
    let probe = output.join(format!(".diktor-doctor-{}", std::process::id()));
    fs::write(&probe, b"probe")?;
    fs::remove_file(&probe)?;
    if !is_there {
        fs::remove_dir(output)?;
    }
    Ok(())
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unknown = || "unknown".to_owned();
        writeln!(f, "diktor     {} on {}", self.version, self.system)?;
        let Processor {
            name,
            architecture,
            cores,
            features,
        } = &self.processor;
        writeln!(
            f,
            "processor  {name} ({architecture}, {cores} cores: {})",
            features.join(" ")
        )?;
        writeln!(f, "threads    {}", self.threads)?;
        let memory = self
            .available_memory_bytes
            .map_or_else(unknown, machine::readable);
        writeln!(f, "memory     {memory} available")?;
        for backend in &self.devices {
            let found = match (backend.built_in, &backend.error) {
                (false, _) => format!(
                    "not built in: `cargo install --path crates/cli --features {}`",
                    backend.backend
                ),
                (true, Some(error)) => format!("the driver does not answer: {error}"),
                (true, None) if backend.devices.is_empty() => "no device".to_owned(),
                (true, None) => backend.devices.join(", "),
            };
            writeln!(f, "device     {:<7} {found}", backend.backend)?;
        }
        let free = self
            .output
            .free_bytes
            .map_or_else(unknown, machine::readable);
        let write = if self.output.writable {
            "writable"
        } else {
            "not writable"
        };
        writeln!(f, "output     `{}` {write}, {free} free", self.output.path)?;
        if self.problems.is_empty() {
            return writeln!(f, "\nnothing stands in the way of a training");
        }
        self.problems
            .iter()
            .try_for_each(|problem| writeln!(f, "\nproblem: {problem}"))
    }
}

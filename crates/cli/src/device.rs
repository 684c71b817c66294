//! The one place where a device is chosen; libraries only receive it.

use std::{fmt, str::FromStr};

use burn::tensor::{Device, DeviceType};

use crate::exit::UsageError;

/// A device as a person names it: `cpu`, `vulkan:0`, `cuda:1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DeviceName {
    backend: Backend,
    index: usize,
}

/// The backends that can be built in, each by the cargo feature of its name; `cpu` always is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    /// Pure Rust on the processor.
    Cpu,
    /// Any GPU with a Vulkan driver.
    Vulkan,
    /// Any GPU, by the graphics interface that is there.
    Wgpu,
    /// Apple GPUs.
    Metal,
    /// NVIDIA GPUs through CUDA.
    Cuda,
    /// AMD GPUs through ROCm.
    Rocm,
    /// `LibTorch`, on the processor.
    Tch,
}

impl Backend {
    /// All of them.
    pub(crate) const ALL: [Self; 7] = [
        Self::Cpu,
        Self::Vulkan,
        Self::Wgpu,
        Self::Metal,
        Self::Cuda,
        Self::Rocm,
        Self::Tch,
    ];

    /// Name in `--device`.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Vulkan => "vulkan",
            Self::Wgpu => "wgpu",
            Self::Metal => "metal",
            Self::Cuda => "cuda",
            Self::Rocm => "rocm",
            Self::Tch => "tch",
        }
    }

    /// How Burn lists its devices; `None` when it is not built in.
    fn device_type(self) -> Option<DeviceType> {
        match self {
            Self::Cpu => Some(DeviceType::Flex),
            #[cfg(feature = "vulkan")]
            Self::Vulkan => Some(DeviceType::Vulkan),
            #[cfg(feature = "wgpu")]
            Self::Wgpu => Some(DeviceType::Wgpu),
            #[cfg(feature = "metal")]
            Self::Metal => Some(DeviceType::Metal),
            #[cfg(feature = "cuda")]
            Self::Cuda => Some(DeviceType::Cuda),
            #[cfg(feature = "rocm")]
            Self::Rocm => Some(DeviceType::Rocm),
            #[cfg(feature = "tch")]
            Self::Tch => Some(DeviceType::LibTorch),
            #[allow(unreachable_patterns, reason = "reached unless every feature is on")]
            _ => None,
        }
    }

    /// Whether this program has it.
    #[must_use]
    pub(crate) fn is_built_in(self) -> bool {
        self.device_type().is_some()
    }

    /// What to pass to `--device` for each of so many devices.
    #[must_use]
    pub(crate) fn names(self, count: usize) -> Vec<String> {
        (0..count)
            .map(|index| {
                DeviceName {
                    backend: self,
                    index,
                }
                .to_string()
            })
            .collect()
    }

    /// Its devices on this machine.
    ///
    /// # Errors
    /// The reason when its driver cannot even be asked; Burn's GPU backends say that by a panic,
    /// which ends here.
    pub(crate) fn devices(self) -> Result<Vec<Device>, String> {
        let Some(kind) = self.device_type() else {
            return Ok(Vec::new());
        };
        if self == Self::Cpu {
            return Ok(Device::enumerate(kind).into_vec());
        }
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let found = std::panic::catch_unwind(|| Device::enumerate(kind).into_vec());
        std::panic::set_hook(hook);
        found.map_err(|payload| {
            let words = payload.downcast_ref::<String>().cloned();
            words
                .or_else(|| {
                    payload
                        .downcast_ref::<&str>()
                        .map(|&words| words.to_owned())
                })
                .unwrap_or_else(|| "the driver gave no reason".to_owned())
        })
    }
}

impl FromStr for DeviceName {
    type Err = UsageError;

    fn from_str(text: &str) -> Result<Self, UsageError> {
        let (name, index) = text.split_once(':').unwrap_or((text, "0"));
        let backend = Backend::ALL
            .into_iter()
            .find(|backend| backend.name() == name);
        match (backend, index.parse()) {
            (Some(backend), Ok(index)) => Ok(Self { backend, index }),
            (None, _) => {
                let names = Backend::ALL.map(Backend::name).join(", ");
                Err(UsageError(format!(
                    "`{text}` is no device\nhint: one of {names}, with a number as in `cuda:0`"
                )))
            }
            (_, Err(_)) => Err(UsageError(format!(
                "`{text}` is no device: `{index}` is not a number\nhint: `{name}:0` is the first"
            ))),
        }
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.backend {
            Backend::Cpu => f.write_str("cpu"),
            backend => write!(f, "{}:{}", backend.name(), self.index),
        }
    }
}

/// The device of that name.
///
/// # Errors
/// When the name is wrong, the backend is not built in, or the machine has no such device; the
/// message says which, and what to do.
pub(crate) fn select(name: &str) -> Result<Device, UsageError> {
    let wanted: DeviceName = name.parse()?;
    let backend = wanted.backend;
    if !backend.is_built_in() {
        return Err(UsageError(format!(
            "`{wanted}`: this program was built without `{}`\nhint: \
             `cargo run --release --features {} -- ...`, or `--device cpu`",
            backend.name(),
            backend.name()
        )));
    }
    let found = backend.devices().map_err(|reason| {
        UsageError(format!(
            "`{wanted}`: the driver does not answer: {reason}\nhint: `diktor doctor` lists what \
             there is; `--device cpu` always works"
        ))
    })?;
    let count = found.len();
    found.into_iter().nth(wanted.index).ok_or_else(|| {
        UsageError(format!(
            "`{wanted}`: this machine has {count} `{}` devices\nhint: `diktor doctor` lists what \
             there is; `--device cpu` always works",
            backend.name()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: &str) {
        let said = select(name)
            .map(|_| "ok".to_owned())
            .unwrap_or_else(|error| error.to_string());
        assert!(said.contains(expected), "`{name}`: {said}");
    }

    #[test]
    fn a_device_that_cannot_be_is_explained() {
        check("cpu", "ok");
        check("cpu:1", "1 `cpu` devices");
        check("gpu", "is no device");
        check("cuda:x", "is not a number");
        #[cfg(not(feature = "rocm"))]
        check("rocm:0", "built without `rocm`");
    }
}

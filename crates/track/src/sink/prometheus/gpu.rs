//! NVIDIA's GPUs, asked through NVML at each scrape; a machine without its driver has none.

use std::fmt;

use nvml_wrapper::{Device, Nvml, enum_wrappers::device::TemperatureSensor, error::NvmlError};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, gauge::ConstGauge},
};

use super::Label;

/// The driver of the GPUs.
#[derive(Debug)]
pub(super) struct Gpus(Nvml);

/// A figure of a GPU: its name, what it says, and how it is asked for.
type Figure = (
    &'static str,
    &'static str,
    fn(&Device<'_>) -> Result<f64, NvmlError>,
);

const FIGURES: [Figure; 5] = [
    (
        "tts_gpu_memory_used_bytes",
        "Memory of the GPU in use, by all processes",
        |gpu| Ok(gpu.memory_info()?.used as f64),
    ),
    ("tts_gpu_memory_size_bytes", "Memory of the GPU", |gpu| {
        Ok(gpu.memory_info()?.total as f64)
    }),
    (
        "tts_gpu_utilization_ratio",
        "Share of the time in which the GPU computed",
        |gpu| Ok(f64::from(gpu.utilization_rates()?.gpu) / 100.0),
    ),
    (
        "tts_gpu_temperature_celsius",
        "Temperature of the GPU",
        |gpu| Ok(f64::from(gpu.temperature(TemperatureSensor::Gpu)?)),
    ),
    ("tts_gpu_power_watts", "Power the GPU draws", |gpu| {
        Ok(f64::from(gpu.power_usage()?) / 1000.0)
    }),
];

impl Gpus {
    /// The GPUs of this machine; `None` if there is no driver for any.
    pub(super) fn find() -> Option<Self> {
        match Nvml::init() {
            Ok(driver) => Some(Self(driver)),
            Err(error) => {
                tracing::debug!(%error, "no figures of GPUs");
                None
            }
        }
    }
}

impl Collector for Gpus {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let count = self.0.device_count().unwrap_or(0);
        for (name, help, ask) in FIGURES {
            // A figure that a GPU does not have is absent.
            let values: Vec<(Label, f64)> = (0..count)
                .filter_map(|index| {
                    let value = ask(&self.0.device_by_index(index).ok()?).ok()?;
                    Some(([("gpu", index.to_string())], value))
                })
                .collect();
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for (label, value) in &values {
                ConstGauge::new(*value).encode(family.encode_family(label)?)?;
            }
        }
        Ok(())
    }
}

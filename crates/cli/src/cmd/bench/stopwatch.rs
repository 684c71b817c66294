//! Where the time of a step goes.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use burn::tensor::Device;

/// Adds up the time of named stages; a device is drained at the end of each, so that what it was
/// given counts where it was given.
pub(crate) struct Stopwatch {
    device: Device,
    times: BTreeMap<&'static str, Duration>,
    since: Instant,
}

impl Stopwatch {
    /// Starts.
    pub(crate) fn start(device: &Device) -> Self {
        Self {
            device: device.clone(),
            times: BTreeMap::new(),
            since: Instant::now(),
        }
    }

    /// The time since the last call belongs to `stage`.
    ///
    /// # Errors
    /// When the device fails.
    pub(crate) fn lap(&mut self, stage: &'static str) -> anyhow::Result<()> {
        self.device
            .sync()
            .map_err(|error| anyhow::anyhow!("the device failed: {error}"))?;
        let now = Instant::now();
        *self.times.entry(stage).or_default() += now - self.since;
        self.since = now;
        Ok(())
    }

    /// All of it.
    #[must_use]
    pub(crate) fn total(&self) -> Duration {
        self.times.values().sum()
    }

    /// Share of each stage, of 1.
    #[must_use]
    pub(crate) fn shares(&self) -> BTreeMap<&'static str, f64> {
        let total = self.total().as_secs_f64().max(f64::MIN_POSITIVE);
        self.times
            .iter()
            .map(|(stage, time)| (*stage, time.as_secs_f64() / total))
            .collect()
    }
}

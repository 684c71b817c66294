//! How far the sinks are behind, asked at each scrape.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
};

use super::Label;
use crate::{Lag, SinkLag};

/// The lag of the run, once the run has shown it.
#[derive(Debug)]
pub(super) struct Lagging(pub(super) Arc<OnceLock<Lag>>);

impl Collector for Lagging {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let sinks: Vec<SinkLag> = self.0.get().iter().flat_map(|lag| lag.sinks()).collect();
        let help = "What waits for a sink, in its queue or in its own store";
        let mut family =
            encoder.encode_descriptor("tts_spool_pending", help, None, MetricType::Gauge)?;
        for sink in &sinks {
            ConstGauge::new(sink.pending).encode(family.encode_family(&label(sink))?)?;
        }
        let help = "Events that a sink has missed";
        let mut family =
            encoder.encode_descriptor("tts_sink_dropped", help, None, MetricType::Counter)?;
        for sink in &sinks {
            ConstCounter::new(sink.missed).encode(family.encode_family(&label(sink))?)?;
        }
        let help = "1 for a sink that takes events, 0 for one that failed";
        let mut family = encoder.encode_descriptor("tts_sink_up", help, None, MetricType::Gauge)?;
        for sink in &sinks {
            let up = u64::from(sink.works);
            ConstGauge::new(up).encode(family.encode_family(&label(sink))?)?;
        }
        Ok(())
    }
}

fn label(sink: &SinkLag) -> Label {
    [("sink", sink.name.to_owned())]
}

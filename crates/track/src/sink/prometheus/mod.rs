//! Prometheus' view of the run: an address that answers with the newest figures.
//!
//! The names begin with `tts_`, have base units and carry no name of a run, so that one dashboard
//! serves every run; what every exporter calls `process_...` is called so here.

mod connections;
mod figures;
mod gpu;
mod lagging;
mod machine;
mod server;

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, OnceLock},
};

use prometheus_client::registry::Registry;

use self::{figures::Figures, gpu::Gpus, lagging::Lagging, machine::Machine, server::Server};
use crate::{Event, Lag, Sink, SinkError};

/// A figure that goes up and down.
type Level = prometheus_client::metrics::gauge::Gauge<f64, std::sync::atomic::AtomicU64>;
/// The label of a family that has one.
type Label = [(&'static str, String); 1];

/// Serves `/metrics` in OpenMetrics' text format, and `/-/healthy`, until it is dropped.
#[derive(Debug)]
pub struct Prometheus {
    figures: Figures,
    lag: Arc<OnceLock<Lag>>,
    server: Server,
}

impl Prometheus {
    /// Begins to serve at `address`; port 0 takes a free one.
    ///
    /// # Errors
    /// If nothing can be served there, as when another program does.
    pub fn listen(address: SocketAddr, run_dir: &Path) -> Result<Self, SinkError> {
        let mut registry = Registry::default();
        let figures = Figures::new(&mut registry);
        let lag = Arc::new(OnceLock::new());
        registry.register_collector(Box::new(Lagging(Arc::clone(&lag))));
        registry.register_collector(Box::new(Machine::of(run_dir)));
        if let Some(gpus) = Gpus::find() {
            registry.register_collector(Box::new(gpus));
        }
        let server = Server::start(address, registry)
            .map_err(|source| SinkError::Listen { address, source })?;
        tracing::info!("metrics at http://{}/metrics", server.address());
        Ok(Self {
            figures,
            lag,
            server,
        })
    }

    /// Where it is served.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }
}

impl Sink for Prometheus {
    fn record(&mut self, event: &Event) -> Result<(), SinkError> {
        self.figures.take(event);
        Ok(())
    }

    fn watch(&mut self, lag: &Lag) {
        let _first = self.lag.set(lag.clone());
    }
}

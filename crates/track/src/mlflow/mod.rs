//! `MLflow`: a run is delivered from its local store, live or later, in order and once.
//!
//! Nothing here stands between a run and its record. [`Courier`] reads the store file on a thread of
//! its own, [`sync()`] does the same by hand, [`export_database`] writes a database that a stock
//! `mlflow server` opens. What a server was told is noted before and after each request, and
//! sending a row twice changes nothing there, so either side may die at any moment.
//!
//! # Source
//! The REST API 2.0 of `MLflow`; every request was tried against `MLflow` 3.17.2.

pub mod access;
mod artifacts;
mod backoff;
mod client;
mod courier;
mod database;
mod dataset;
mod deliver;
mod error;
mod experiments;
mod fetch;
mod history;
mod metrics;
mod multipart;
mod named;
mod number;
mod outgoing;
mod registry;
mod runs;
mod server;
mod sync;
mod trust;

pub use self::{
    client::Client,
    courier::Courier,
    database::{ExportError, ExportedDatabase, export_database},
    error::MlflowError,
    experiments::{experiment, find_experiment},
    fetch::{FetchError, Fetched, StoredFile, delivered_run, fetch, list_files, model_file},
    history::{TrackedRun, read_run},
    named::run_id,
    outgoing::{Outgoing, outgoing},
    runs::{NewRun, create_run},
    server::{
        DEFAULT_EXPERIMENT, Destination, LOCAL_STORE, Server, ServerError, Wish, destinations,
    },
    sync::{Synced, sync},
};

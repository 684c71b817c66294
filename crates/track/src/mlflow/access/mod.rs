//! Who may do what on an `MLflow` with its basic-auth app: a policy in a file, applied so that
//! applying it again changes nothing.
//!
//! A policy only ever adds and corrects: what it does not name stays as it is.
//!
//! # Source
//! `MLflow` 3.17.2, `mlflow/server/auth`; its published documentation of these paths is older.

mod apply;
mod error;
mod plan;
mod policy;
mod standing;

pub use self::{
    apply::{Plan, apply, look},
    error::AccessError,
    plan::Change,
    policy::{Permission, Policy, Resource},
};

//! What TensorBoard itself reads of a run, as curves to compare with the record.
//!
//! `DIKTOR_TENSORBOARD_PYTHON` names a Python that has tensorboard 2.21.

use std::{collections::BTreeMap, path::Path, process::Command};

use diktor_track::{Event, EventKind, names};
use serde_json::Value;

use crate::service::{printed, service};

/// What TensorBoard reads; `None` if there is none.
pub(crate) fn tensorboard_reads(logdir: &Path, tag: &str, last_step: u64) -> Option<Value> {
    let python = service("DIKTOR_TENSORBOARD_PYTHON")?;
    let read = printed(
        Command::new(python)
            .args(["-c", include_str!("tensorboard.py")])
            .arg(logdir)
            .args([tag, &last_step.to_string()]),
    );
    Some(serde_json::from_str(&read).unwrap())
}

/// Curves as their points: step and value, the value as TensorBoard keeps it.
pub(crate) type Curves = BTreeMap<String, Vec<(u64, f32)>>;

/// The curves of the record.
pub(crate) fn curves_of(events: &[Event]) -> Curves {
    let mut curves = Curves::new();
    let mut put = |name: &str, step, value: f64| {
        let tag = names::tensorboard_tag(name);
        curves.entry(tag).or_default().push((step, value as f32));
    };
    for event in events {
        match &event.kind {
            EventKind::Step { metrics } | EventKind::Validation { metrics } => {
                metrics
                    .iter()
                    .for_each(|(name, value)| put(name, event.step, *value));
            }
            EventKind::Intervention(change) => {
                let name = format!("{}{}", names::KNOB_PREFIX, change.knob);
                put(&name, event.step, change.new);
            }
            _ => {}
        }
    }
    curves
}

/// The curves that TensorBoard serves.
pub(crate) fn curves_served(served: &Value) -> Curves {
    let point = |point: &Value| {
        let value: f64 = point[1].as_str().unwrap().parse().unwrap();
        (point[0].as_u64().unwrap(), value as f32)
    };
    let curves = served["scalars"].as_object().unwrap().iter();
    curves
        .map(|(tag, points)| {
            let points = points.as_array().unwrap().iter().map(point).collect();
            (tag.clone(), points)
        })
        .collect()
}

/// Same points, NaN where NaN is.
pub(crate) fn assert_same(ours: &Curves, theirs: &Curves, what: &str) {
    let bits = |curves: &Curves| -> BTreeMap<String, Vec<(u64, u32)>> {
        let plain = |value: f32| if value.is_nan() { f32::NAN } else { value };
        let curves = curves.iter().map(|(tag, points)| {
            let points = points
                .iter()
                .map(|(step, value)| (*step, plain(*value).to_bits()));
            (tag.clone(), points.collect())
        });
        curves.collect()
    };
    assert_eq!(bits(ours), bits(theirs), "{what}");
}

//! Sends metric rows, and finds the one that the server refuses.

use super::{Client, MlflowError, runs};
use crate::store::{DeadLetter, MetricRow, RemoteRun, Store, Target};

/// What every server takes at once.
pub(super) const MOST_METRICS: usize = 1000;

/// What became of rows.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Fate {
    pub(super) taken: u64,
    pub(super) buried: u64,
}

/// Sends rows; those that the server refuses are kept as dead letters, one by one.
///
/// # Errors
/// If the server does not answer. What was sent until then may be sent again.
pub(super) fn send(
    client: &Client,
    store: &mut Store,
    target: &Target,
    run: &RemoteRun,
    rows: &[MetricRow],
) -> Result<Fate, MlflowError> {
    let refusal = match runs::log_batch(client, run, "metrics", &runs::metrics_json(rows)) {
        Ok(()) => {
            return Ok(Fate {
                taken: rows.len() as u64,
                buried: 0,
            });
        }
        Err(error) if error.is_about_this_alone() => error,
        Err(error) => return Err(error),
    };
    still_there(client, run)?;
    if let [row] = rows {
        let answer = refusal.to_string();
        tracing::warn!(
            name = row.name,
            step = row.step,
            answer,
            "a metric is refused"
        );
        let letter = DeadLetter {
            what: "metric",
            body: runs::metrics_json(rows).to_string(),
            answer,
        };
        store.bury(target, &letter)?;
        return Ok(Fate {
            taken: 0,
            buried: 1,
        });
    }
    let (first, second) = rows.split_at(rows.len() / 2);
    let first = send(client, store, target, run, first)?;
    let second = send(client, store, target, run, second)?;
    Ok(Fate {
        taken: first.taken + second.taken,
        buried: first.buried + second.buried,
    })
}

/// Whether the run itself takes what it is told: one that is gone refuses everything, which says nothing
/// about what was sent.
///
/// # Errors
/// If it is gone, or nobody answers for it.
pub(super) fn still_there(client: &Client, run: &RemoteRun) -> Result<(), MlflowError> {
    match runs::standing(client, &run.id)? {
        runs::Standing::Active(_) => Ok(()),
        runs::Standing::Deleted | runs::Standing::Missing => Err(MlflowError::Deleted {
            server: client.uri().to_owned(),
            run: run.id.clone(),
        }),
    }
}

//! How long a run is, where the command line says it twice.

use diktor_train::{
    Dataset, Hparams,
    data::FeederConfig,
    hparams::{find, parse_overrides},
};

use super::begin;
use crate::{cli, logging::SAID};

/// Where epochs and steps are both typed, leaves the one that ends the run sooner, and says which.
pub(super) fn settle(arguments: &cli::Train, dataset: &Dataset, hparams: &mut Hparams) {
    if hparams.max_steps == 0
        || !(is_typed(arguments, "epochs") && is_typed(arguments, "max_steps"))
    {
        return;
    }
    let per_epoch = FeederConfig::from_hparams(hparams).steps_per_epoch(&dataset.train);
    let (epochs, steps) = (hparams.epochs, hparams.max_steps);
    let of_epochs = epochs.saturating_mul(per_epoch);
    let sooner = if of_epochs < steps {
        hparams.max_steps = 0;
        "the epochs end the run"
    } else {
        "the steps end the run"
    };
    tracing::info!(
        target: SAID,
        "{epochs} epochs are {of_epochs} steps, and {steps} steps are asked for too: {sooner}, as they are over sooner"
    );
}

/// Whether a flag or `--hparams` names it.
fn is_typed(arguments: &cli::Train, name: &str) -> bool {
    let flags = begin::flags(arguments);
    let overrides = arguments.source.hparams.as_deref().unwrap_or_default();
    let overrides = parse_overrides(overrides).unwrap_or_default();
    let mut named = overrides.iter().filter_map(|one| find(&one.name));
    flags.iter().any(|(flag, _)| *flag == name) || named.any(|row| row.name == name)
}

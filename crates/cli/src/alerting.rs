//! Whom a run tells: from configuration and environment to a sink.

use std::{env, fs, path::Path, sync::Arc};

use anyhow::Context as _;
use diktor_alert::{Absence, AlertConfig, Alerts, AlertsSpec, Built, Operator, Patience, build};
use diktor_track::{NamedSink, Secrets, report::ReportLocale};
use diktor_train::{Beside, Hparams, StopFlag, hparams::Sections};

use crate::exit::usage;

/// What a run was told about whom to tell, without any secret: so that it goes on telling when it is resumed.
const RECORD: &str = "alerts.json";

/// The sections of a configuration file.
///
/// # Errors
/// What is wrong with them; exit code 2.
pub(crate) fn configured(config: &Path) -> anyhow::Result<AlertConfig> {
    read(&Sections::from_file(config).map_err(usage)?).map_err(|error| {
        let file = config.display();
        usage(format!("`{file}`: {error}"))
    })
}

fn read(sections: &Sections) -> Result<AlertConfig, diktor_train::hparams::HparamError> {
    Ok(AlertConfig {
        telegram: sections.get("telegram")?,
        slack: sections.get("slack")?,
        email: sections.get("email")?,
        alerts: sections.get("alerts")?,
    })
}

/// The sections of the file, or those that the run in the directory was given.
///
/// # Errors
/// As [`configured`].
pub(crate) fn of_run(config: Option<&Path>, run_dir: &Path) -> anyhow::Result<AlertConfig> {
    if let Some(config) = config
        && !Sections::from_file(config).map_err(usage)?.is_empty()
    {
        return configured(config);
    }
    let record = run_dir.join(RECORD);
    match fs::read(&record) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map_err(|error| usage(format!("`{}`: {error}", record.display()))),
        Err(_) => Ok(AlertConfig::default()),
    }
}

/// The sections, without secrets, as the run directory keeps them.
///
/// # Errors
/// When they have no JSON form.
pub(crate) fn record(config: &AlertConfig) -> anyhow::Result<Beside> {
    let text = serde_json::to_string_pretty(config).context("writing JSON")?;
    Ok(Beside {
        path: RECORD.into(),
        bytes: (text + "\n").into_bytes(),
    })
}

/// The channels that configuration and environment come to.
///
/// # Errors
/// What is wrong with either; exit code 2.
pub(crate) fn channels(
    config: &AlertConfig,
    monitoring: bool,
    run_dir: &Path,
) -> anyhow::Result<Built> {
    let mut config = config.clone();
    config.telegram.enabled &= monitoring;
    let mut secrets = Secrets::from_environment().map_err(usage)?;
    let lookup = |name: &str| env::var(name).ok();
    build(&config, &mut secrets, lookup, run_dir).map_err(usage)
}

/// The sink of a run; the chat may stop it.
///
/// # Errors
/// As [`channels`].
pub(crate) fn sink(
    config: &AlertConfig,
    hparams: &Hparams,
    run_dir: &Path,
    stop: &StopFlag,
) -> anyhow::Result<NamedSink> {
    let built = channels(config, hparams.telegram_monitoring, run_dir)?;
    for (channel, why) in &built.absent {
        match why {
            // Who wrote a section meant it: silence would look like a channel that works.
            Absence::Placeholder(_) => {
                tracing::warn!("nothing is sent to {}: {why}", channel.name());
            }
            _ => tracing::info!("nothing is sent to {}: {why}", channel.name()),
        }
    }
    let interval = config.telegram.notification_interval;
    let alerts = Alerts::start(AlertsSpec {
        run_dir: run_dir.to_owned(),
        locale: locale(hparams),
        interval: interval.unwrap_or(hparams.telegram_notification_interval),
        section: config.alerts.clone(),
        channels: built.channels,
        listener: built.listener,
        operator: Arc::new(Chat(stop.clone())),
        patience: Patience::default(),
    })
    .map_err(usage)?;
    Ok(("alerts", Box::new(alerts)))
}

/// The language of the messages of a run.
pub(crate) fn locale(hparams: &Hparams) -> ReportLocale {
    hparams.locale.into()
}

/// What the chat may do: what Ctrl-C does.
struct Chat(StopFlag);

impl Operator for Chat {
    fn stop(&self) {
        self.0.raise();
    }
}

//! `diktor alert`: the channels by which a run tells people.

use std::{
    fmt,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Context as _;
use diktor_alert::{Absence, AlertConfig, ChannelName, Delivery, deliver, samples};
use serde::Serialize;

use crate::{
    alerting,
    answer::Form,
    cli,
    exit::{Ending, usage},
};

/// Does what was asked.
///
/// # Errors
/// As [`fn@test`].
pub(crate) fn run(verb: &cli::Alert, form: Form) -> anyhow::Result<Ending> {
    match verb {
        cli::Alert::Test(arguments) => test(arguments, form),
    }
}

/// Sends one message of each kind, and says per channel what became of them.
///
/// # Errors
/// When the configuration is wrong or names nobody; exit code 2.
fn test(arguments: &cli::AlertTest, form: Form) -> anyhow::Result<Ending> {
    let config = match &arguments.config {
        Some(path) => alerting::configured(path)?,
        None => AlertConfig::default(),
    };
    let mut built = alerting::channels(&config, true, Path::new("."))?;
    // A file can be written; what is in doubt are the services.
    let log_is_wanted = config.alerts.channels.contains(&ChannelName::Log);
    built
        .channels
        .retain(|channel| log_is_wanted || channel.name() != ChannelName::Log);
    let absent = built.absent.iter().map(|(channel, why)| Absent {
        channel: *channel,
        why: *why,
    });
    let absent: Vec<Absent> = absent.collect();
    if built.channels.is_empty() {
        let each: Vec<String> = absent.iter().map(ToString::to_string).collect();
        return Err(usage(format!(
            "no channel is configured\n{}\nhint: `diktor alert test --help` says what is looked for",
            each.join("\n")
        )));
    }
    let folder = tempfile::tempdir().context("a temporary folder")?;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let messages = samples(arguments.lang.into(), folder.path(), now.as_secs_f64())
        .context("writing the pictures of the messages")?;
    let tested = Tested {
        channels: deliver(&mut built.channels, &messages),
        absent,
    };
    form.print(&tested)?;
    let failed = tested.channels.iter().any(|one| one.error.is_some());
    Ok(if failed {
        Ending::CheckFailed
    } else {
        Ending::Done
    })
}

/// What became of the messages.
#[derive(Debug, Serialize)]
struct Tested {
    channels: Vec<Delivery>,
    absent: Vec<Absent>,
}

/// A channel that is not there.
#[derive(Debug, Serialize)]
struct Absent {
    channel: ChannelName,
    why: Absence,
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.channel.name();
        write!(f, "{name:<10}  not used: {}", self.why)
    }
}

impl fmt::Display for Tested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Delivery {
            channel,
            sent,
            of,
            error,
        } in &self.channels
        {
            writeln!(
                f,
                "{:<10}  {sent} of {of} messages delivered",
                channel.name()
            )?;
            for line in error.iter().flat_map(|error| error.lines()) {
                writeln!(f, "            {line}")?;
            }
        }
        for absent in &self.absent {
            writeln!(f, "{absent}")?;
        }
        Ok(())
    }
}

//! Statistics for people: one table, most important first.

use std::fmt;

use crate::{
    problem::Character,
    statistics::{Statistics, SymbolCount},
    summary::Summary,
};

/// Longest list that is printed whole.
const SHOWN: usize = 10;

/// Columns of the symbol histogram.
const SYMBOLS_A_LINE: usize = 8;

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listed = self.listed.max(self.utterances);
        row(
            f,
            "utterances",
            format_args!("{} of {listed} can be used", self.utterances),
        )?;
        if let Some(read_as) = &self.read_as {
            row(f, "read as", read_as)?;
        }
        row(
            f,
            "total",
            format_args!("{}", Duration(3600.0 * self.hours)),
        )?;
        let share = self.trimmed_s / (3600.0 * self.hours).max(f64::MIN_POSITIVE);
        let trimmed = format_args!("{:.1} s ({:.1} %)", self.trimmed_s, 100.0 * share);
        row(f, "edge silence", trimmed)?;
        let rates = self
            .sample_rates
            .iter()
            .map(|(rate, n)| format!("{rate} Hz: {n}"));
        row(f, "sample rates", rates.collect::<Vec<_>>().join(", "))?;
        if !self.speakers.is_empty() {
            let speakers = self.speakers.iter().map(|(name, n)| format!("{name}: {n}"));
            row(f, "speakers", shortened(&speakers.collect::<Vec<_>>()))?;
        }
        if let Some(split) = &self.split {
            let parts = format!("{} train, {} validation", split.train, split.validation);
            row(f, "split", parts)?;
        }
        writeln!(
            f,
            "\n{:<16}{:>9}{:>9}{:>9}{:>9}{:>9}",
            "", "min", "mean", "p50", "p95", "max"
        )?;
        summary(f, "duration, s", &self.duration_s, 2)?;
        summary(f, "characters", &self.characters, 0)?;
        summary(f, "characters/s", &self.chars_per_s, 1)?;
        summary(f, "peak", &self.peak, 3)?;
        summary(f, "rms, dBFS", &self.rms_dbfs, 1)?;
        symbols(f, &self.symbols)?;
        self.remarks(f)
    }
}

impl Statistics {
    fn remarks(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f)?;
        if !self.unknown_characters.is_empty() {
            let unknown = self.unknown_characters.iter();
            let unknown: Vec<_> = unknown
                .map(|(&c, n)| format!("{}: {n}", Character(c)))
                .collect();
            row(f, "not in the table", unknown.join(", "))?;
        }
        row(f, "clipped", self.clipped)?;
        let outliers = self.rate_outliers.iter();
        let outliers: Vec<_> = outliers
            .map(|o| format!("{} ({:.1}/s)", o.id, o.chars_per_s))
            .collect();
        row(f, "rate outliers", shortened(&outliers))?;
        let group = |ids: &Vec<String>| match &ids[..] {
            [first, rest @ ..] if rest.len() > SHOWN => format!("{first} and {} more", rest.len()),
            ids => ids.join(" = "),
        };
        let joined =
            |groups: &[Vec<String>]| shortened(&groups.iter().map(group).collect::<Vec<_>>());
        row(f, "same text", joined(&self.duplicate_texts))?;
        row(f, "same recording", joined(&self.duplicate_recordings))?;
        let problems = self.problems.iter().map(|(kind, n)| format!("{kind}: {n}"));
        let problems: Vec<_> = problems.collect();
        let problems = match &problems[..] {
            [] => "none".to_owned(),
            all => all.join(", "),
        };
        row(f, "problems", problems)?;
        self.remarks
            .iter()
            .try_for_each(|remark| row(f, "note", remark))
    }
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, value: impl fmt::Display) -> fmt::Result {
    writeln!(f, "{name:<18}{value}")
}

fn summary(f: &mut fmt::Formatter<'_>, name: &str, s: &Summary, digits: usize) -> fmt::Result {
    write!(f, "{name:<16}")?;
    for value in [s.min, s.mean, s.p50, s.p95, s.max] {
        write!(f, "{value:>9.digits$}")?;
    }
    writeln!(f)
}

fn symbols(f: &mut fmt::Formatter<'_>, symbols: &[SymbolCount]) -> fmt::Result {
    writeln!(f, "\nsymbols ({} used)", symbols.len())?;
    for line in symbols.chunks(SYMBOLS_A_LINE) {
        for SymbolCount { symbol, count } in line {
            let shown = if symbol == " " { "space" } else { symbol };
            write!(f, "  {shown:>5} {count:<6}")?;
        }
        writeln!(f)?;
    }
    Ok(())
}

/// The first of many, and how many more there are; `none` for none.
fn shortened(items: &[String]) -> String {
    let shown = items[..items.len().min(SHOWN)].join(", ");
    match items.len() {
        0 => "none".to_owned(),
        1..=SHOWN => shown,
        many => format!("{shown} and {} more", many - SHOWN),
    }
}

/// Seconds as hours, minutes and seconds.
struct Duration(f64);

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.0.round() as u64;
        let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
        write!(f, "{hours} h {minutes:02} min {seconds:02} s")
    }
}

//! The debug report as a person reads it: rounded figures with their units, in the language of the run.

use std::fmt::Write as _;

use diktor_track::{
    decimals_in, figure_in, grouped, in_words,
    report::{ReportLocale, said},
    short_figure,
};

use super::{Attention, COLUMNS, DebugReport, Gradients, TREND, Trend, words::Words};
use crate::{Knob, diagnostics::AttentionMetrics, diary::system::Machine};

/// The whole report.
pub(super) fn text(report: &DebugReport<'_>, locale: ReportLocale) -> String {
    let words = Words::of(locale);
    let figure = |value: f64| figure_in(value, locale);
    let heading = (words.heading)(
        report.step,
        report.epoch,
        &decimals_in(report.hours, 2, locale),
        &figure(report.steps_per_second),
    );
    let mut page = Page(format!("{heading}\n"));
    page.section(&(words.losses)(TREND));
    for (name, trend) in &report.losses {
        page.line(&format!("{name:<26} {}", trend_line(trend, words)));
    }
    if let Some(attention) = &report.attention {
        page.attention(attention, words);
    }
    page.gradients(&report.gradients, words);
    let gaf = report.factors.gaf.map(figure);
    page.line(words.scaler);
    let gaf = gaf.unwrap_or_else(|| words.off.to_owned());
    page.line(&format!("{}: {gaf}", words.gaf));
    page.section(words.settings);
    for knob in Knob::ALL {
        let value = short_figure(report.knobs.get(knob));
        page.line(&format!("{:<34} {value}", knob.name()));
    }
    page.section(words.data);
    let data = &report.data;
    let padding = percent(data.padding, 1, locale);
    page.line(&(words.batch)(
        data.utterances,
        data.longest_frames,
        &padding,
    ));
    page.section(words.machine);
    page.machine(&report.machine, words);
    let issues = report.issues.iter().map(|one| said(one, locale));
    page.list(words.issues, issues.map(|one| one.into_owned()), words);
    let decisions = report.happened.iter().filter_map(|(step, kind)| {
        let line = in_words(kind, locale)?;
        Some(format!("{} {step}: {line}", words.step))
    });
    page.list(words.decisions, decisions, words);
    page.section(&format!("{}: {}", words.last_steps, COLUMNS.join(", ")));
    for (step, row) in &report.last_steps {
        let row: Vec<String> = row.iter().map(|value| figure(*value)).collect();
        let row: Vec<String> = row.iter().map(|value| format!("{value:>11}")).collect();
        page.line(&format!("{step:>9} {}", row.join(" ")));
    }
    page.0
}

/// A share as a percentage.
fn percent(share: f64, digits: usize, locale: ReportLocale) -> String {
    format!("{} %", decimals_in(100.0 * share, digits, locale))
}

fn trend_line(trend: &Trend, words: &Words) -> String {
    let figure = |value: f64| figure_in(value, words.locale);
    let sign = if trend.slope > 0.0 { "+" } else { "" };
    format!(
        "{:>10} {:>10} {:>10} {:>10} {:>11}  {}, {}",
        figure(trend.now),
        figure(trend.min),
        figure(trend.max),
        figure(trend.mean),
        format!("{sign}{}", figure(trend.slope)),
        (words.directions)(trend.direction),
        (words.sizes)(trend.size)
    )
}

/// The figures of an attention with their units, in the order of [`Words::figures`].
pub(super) fn attention_figures(metrics: &AttentionMetrics, words: &Words) -> [String; 11] {
    let locale = words.locale;
    let plain = |value: f64| decimals_in(value, 3, locale);
    let share = |value: f64| percent(value, 0, locale);
    [
        plain(metrics.diagonality),
        plain(metrics.focus),
        format!("{} {}", decimals_in(metrics.entropy, 2, locale), words.nats),
        share(metrics.entropy_normalised),
        share(metrics.coverage),
        plain(metrics.coverage_strength),
        share(metrics.monotonicity),
        share(metrics.travel),
        share(metrics.skip_rate),
        share(metrics.final_position),
        plain(metrics.alignment_score),
    ]
}

/// Text that grows by sections of indented lines.
struct Page(String);

impl Page {
    fn section(&mut self, heading: &str) {
        let _infallible = writeln!(self.0, "\n{heading}");
    }

    fn line(&mut self, line: &str) {
        let _infallible = writeln!(self.0, "  {line}");
    }

    fn list(&mut self, heading: &str, lines: impl Iterator<Item = String>, words: &Words) {
        self.section(heading);
        let mut empty = true;
        for line in lines {
            self.line(&line);
            empty = false;
        }
        if empty {
            self.line(words.none);
        }
    }

    fn attention(&mut self, attention: &Attention, words: &Words) {
        self.section(words.attention);
        self.figures(&attention.mean, words);
        let does = (words.classes)(attention.worst_class);
        self.line(&(words.worst)(&attention.worst, does));
        self.figures(&attention.worst_figures, words);
    }

    fn figures(&mut self, metrics: &AttentionMetrics, words: &Words) {
        let figures = attention_figures(metrics, words);
        let named = words.figures.iter().zip(figures);
        let named: Vec<String> = named
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        self.line(&named.join(", "));
    }

    fn gradients(&mut self, gradients: &Gradients, words: &Words) {
        let locale = words.locale;
        self.section(words.gradients);
        self.line(&(words.norm)([
            &figure_in(gradients.norm, locale),
            (words.states)(gradients.status),
            &figure_in(gradients.clip, locale),
            &percent(gradients.clipped, 0, locale),
            &percent(gradients.zeros, 2, locale),
        ]));
        let modules = gradients.modules.iter().map(|(name, norm)| (name, *norm));
        let largest = gradients.largest.iter().map(|(name, norm)| (name, *norm));
        let norms: [(&str, Vec<(&String, f64)>); 2] = [
            (words.modules, modules.collect()),
            (words.largest, largest.collect()),
        ];
        for (heading, norms) in norms {
            self.line(&format!("{heading}:"));
            for (name, norm) in norms {
                let norm = figure_in(norm, locale);
                self.line(&format!("  {name:<60} {norm}"));
            }
        }
        let broken = match &gradients.not_finite[..] {
            [] => words.none.to_owned(),
            names => names.join(", "),
        };
        self.line(&format!("{}: {broken}", words.not_finite));
    }

    fn machine(&mut self, machine: &Machine, words: &Words) {
        const MIB: u64 = 1 << 20;
        let mib = |bytes: u64| grouped(bytes / MIB);
        let load = format!("{} %", decimals_in(machine.load, 0, words.locale));
        self.line(&(words.load)(&load, machine.cores));
        self.line(&(words.memory)(
            &mib(machine.memory_used),
            &mib(machine.memory),
        ));
        match machine.gpu_memory {
            Some(bytes) => self.line(&(words.gpu_memory)(&mib(bytes))),
            None => self.line(words.no_gpu_memory),
        }
        if let Some(bytes) = machine.disk_free {
            self.line(&(words.disk)(&mib(bytes)));
        }
    }
}

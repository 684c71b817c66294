//! Which events become messages: everything rare at once, changes of knobs in groups, figures every so many steps.

mod actions;
mod advice;
mod figures;

use std::path::PathBuf;

use diktor_track::{
    EarlyVerdict, Event, EventKind, FaultAction, FaultKind, FaultRecord, Outcome, Phase,
    RestartRecord, RunStarted, date, duration, figure_in, grouped,
    report::{Evidence, Mood, ReportLocale, Verdict, call_words, said},
    short_figure,
};

pub(crate) use self::advice::{Advice, Fixes};
use self::{
    actions::Actions,
    figures::{Figures, Time},
};
use crate::{Attachment, Kind, Message, Severity, locale::Texts};

/// How the run is watched.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) run_dir: PathBuf,
    pub(crate) locale: ReportLocale,
    /// Steps between two reports.
    pub(crate) interval: u64,
    /// Seconds between two messages about changed knobs.
    pub(crate) group_s: f64,
}

/// What is known of the run, and what of it has been told.
#[derive(Debug)]
pub(crate) struct Watch {
    rules: Rules,
    texts: &'static Texts,
    run: String,
    figures: Figures,
    actions: Actions,
    /// Steps that went wrong since the last report.
    faults: u64,
    reported_at: u64,
    /// The last words of the run before its end.
    last_words: Option<String>,
    /// What the verdict at the end rests on.
    evidence: Evidence,
}

impl Watch {
    pub(crate) fn new(rules: Rules) -> Self {
        let name = rules.run_dir.file_name().unwrap_or_default();
        Self {
            run: name.to_string_lossy().into_owned(),
            texts: Texts::of(rules.locale),
            figures: Figures::default(),
            actions: Actions::new(rules.group_s),
            faults: 0,
            reported_at: 0,
            last_words: None,
            evidence: Evidence::default(),
            rules,
        }
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    pub(crate) fn texts(&self) -> &'static Texts {
        self.texts
    }

    /// Takes an event; gives the messages that it is worth.
    pub(crate) fn observe(&mut self, event: &Event) -> Vec<Message> {
        self.note(event);
        if let EventKind::RunFinished { outcome, seconds } = event.kind {
            return self.finished(event, outcome, seconds);
        }
        let message = self.worth_telling(event);
        let changes = self.due(event.time_s);
        changes.into_iter().chain(message).collect()
    }

    /// Learns what an event says.
    fn note(&mut self, event: &Event) {
        let (step, time_s) = (event.step, event.time_s);
        self.evidence.note(event);
        match &event.kind {
            EventKind::Step { metrics } => self.figures.stepped(step, time_s, metrics),
            EventKind::Validation { metrics } => self.figures.validated(step, metrics),
            EventKind::Intervention(change) => self.actions.turned(step, change),
            EventKind::Verdict(verdict) => self.actions.judged(verdict),
            EventKind::Phase { to, .. } => self.figures.phase = *to,
            EventKind::Picture(picture) => self.figures.seen(&picture.tag, &picture.path),
            EventKind::Audio { tag, path, .. } => self.figures.heard(tag, path),
            EventKind::Warning { message, .. } => self.last_words = Some(message.clone()),
            EventKind::Fault(_) => self.faults += 1,
            _ => {}
        }
    }

    /// The message for an event that is told at once.
    fn worth_telling(&mut self, event: &Event) -> Option<Message> {
        let (step, time_s) = (event.step, event.time_s);
        match &event.kind {
            EventKind::RunStarted(start) => Some(self.started(event, start)),
            EventKind::Step { .. } => {
                let interval = self.rules.interval;
                let due = step / interval > self.reported_at / interval;
                due.then(|| self.report(step, time_s))
            }
            EventKind::Phase { to, why, .. } => Some(self.next_phase(event, *to, why)),
            EventKind::Warning { message, hint } => {
                let locale = self.rules.locale;
                let hint = hint.as_deref().map(|hint| said(hint, locale));
                Some(self.advise(time_s, &said(message, locale), hint.as_deref(), message))
            }
            EventKind::Fault(fault) => self.faulty(event, fault),
            EventKind::Restart(restart) => Some(self.went_back(event, restart)),
            EventKind::Early(look) if look.verdict == EarlyVerdict::NotOnItsWay => {
                let text = (self.texts.early)(look);
                Some(self.advise(time_s, &text, Some(self.texts.early_hint), "early"))
            }
            EventKind::Suspects(suspects) if suspects.proposed > 0 => {
                let text = (self.texts.suspects)(suspects);
                Some(self.advise(time_s, &text, Some(self.texts.suspects_hint), "suspects"))
            }
            _ => None,
        }
    }

    /// What has to be told although nothing happens.
    pub(crate) fn due(&mut self, now_s: f64) -> Option<Message> {
        let due = self.actions.due(now_s)?;
        Some(self.changed(due, now_s))
    }

    /// The figures now, with loss curve and attention.
    pub(crate) fn report_now(&self, time_s: f64) -> Message {
        let step = self.figures.step;
        let mut message = self.report_of(step, time_s);
        message.attachments = self.pictures();
        message
    }

    /// Whether there is anything to report.
    pub(crate) fn has_figures(&self) -> bool {
        self.figures.step > 0
    }

    fn started(&mut self, event: &Event, start: &RunStarted) -> Message {
        self.run.clone_from(&start.run);
        self.figures.begun(event.time_s, event.step, start);
        self.reported_at = event.step;
        let texts = self.texts;
        let parameters = grouped(start.total_params);
        let mut body = (texts.made_of)(&parameters, start.train_size, start.val_size);
        if let Some(max) = start.max_steps {
            body.push_str(&format!(
                "\n{} {} {} {max}",
                texts.step, event.step, texts.of
            ));
        }
        body.push_str(&format!(
            "\nDiktor {}, {}",
            start.version,
            date(event.time_s)
        ));
        let title = (texts.started)(&self.run, start.resumed_from);
        self.message(Kind::Start, Severity::Note, event.time_s, title, body)
    }

    /// The report that is due, after which the counting begins anew.
    fn report(&mut self, step: u64, time_s: f64) -> Message {
        let mut message = self.report_of(step, time_s);
        message.attachments = self.pictures();
        self.reported_at = step;
        self.faults = 0;
        self.actions.reported();
        message
    }

    fn report_of(&self, step: u64, time_s: f64) -> Message {
        let texts = self.texts;
        let mut body = self.figures.lines(step, Time::Left, texts);
        if self.faults > 0 {
            body.push_str(&format!("\n⚠️ {}: {}", texts.faults_since, self.faults));
        }
        body.push_str(&format!(
            "\n🛠️ {}:\n{}",
            texts.actions_taken,
            self.actions.lines(texts)
        ));
        let next = (step / self.rules.interval + 1) * self.rules.interval;
        let advice = self.figures.advice(next);
        body.push_str(&format!("\n👉 {}: {}", texts.next, (texts.advice)(advice)));
        let title = (texts.report)(&self.run);
        self.message(Kind::Progress, Severity::Note, time_s, title, body)
    }

    fn next_phase(&self, event: &Event, phase: Phase, why: &str) -> Message {
        let texts = self.texts;
        let title = (texts.phase)(&self.run, texts.phase_name(phase));
        let body = format!(
            "{}\n{}: {}",
            self.figures.lines(event.step, Time::Left, texts),
            texts.why,
            said(why, self.rules.locale)
        );
        let mut message = self.message(Kind::Phase, Severity::Note, event.time_s, title, body);
        message.attachments = self
            .figures
            .alignment(&self.rules.run_dir)
            .into_iter()
            .collect();
        message
    }

    fn changed(&self, due: actions::Due, time_s: f64) -> Message {
        let title = (self.texts.changed)(&self.run, due.changes);
        let body = due.lines(self.texts);
        self.message(Kind::Actions, Severity::Note, time_s, title, body)
    }

    fn advise(&self, time_s: f64, text: &str, hint: Option<&str>, key: &str) -> Message {
        let hint = hint.map(|hint| format!("\n👉 {}: {hint}", self.texts.what_to_do));
        let body = format!("{text}{}", hint.unwrap_or_default());
        let title = (self.texts.recommendation)(&self.run);
        let mut message =
            self.message(Kind::Recommendation, Severity::Warning, time_s, title, body);
        message.key = Some(without_figures(key));
        message
    }

    fn faulty(&self, event: &Event, fault: &FaultRecord) -> Option<Message> {
        // A single large gradient that was skipped is part of the next report.
        if fault.kind == FaultKind::GradientSpike && fault.action == FaultAction::Skipped {
            return None;
        }
        let texts = self.texts;
        let [what, done] = texts.fault(fault);
        let mut body = format!(
            "{} {}: {what} ({}); {done}.",
            texts.step,
            event.step,
            figure_in(fault.value, self.rules.locale)
        );
        if let Some(place) = &fault.place {
            body.push_str(&format!("\n📍 `{place}`"));
        }
        let named = if fault.suspects.is_empty() {
            &fault.batch
        } else {
            &fault.suspects
        };
        if !named.is_empty() {
            let named: Vec<String> = named.iter().map(|id| format!("`{id}`")).collect();
            body.push_str(&format!("\n{}: {}", texts.utterances, named.join(", ")));
        }
        let title = (texts.critical)(&self.run);
        let mut message = self.message(
            Kind::Critical,
            Severity::Critical,
            event.time_s,
            title,
            body,
        );
        message.key = Some(format!("{:?} {:?}", fault.kind, fault.action));
        Some(message)
    }

    fn went_back(&mut self, event: &Event, restart: &RestartRecord) -> Message {
        self.figures.went_back(restart.to_step);
        self.reported_at = self.reported_at.min(restart.to_step);
        let texts = self.texts;
        let mut body = (texts.restart)(restart);
        for (knob, value) in &restart.overrides {
            body.push_str(&format!("\n  • `{knob}` = {}", short_figure(*value)));
        }
        let why = said(&restart.why, self.rules.locale);
        body.push_str(&format!("\n{}: {why}", texts.why));
        let title = (texts.restarted)(&self.run);
        self.message(Kind::Restart, Severity::Critical, event.time_s, title, body)
    }

    /// The end: what was not told yet, and the whole outcome with pictures and sound.
    fn finished(&mut self, event: &Event, outcome: Outcome, seconds: f64) -> Vec<Message> {
        let rest = self
            .actions
            .rest()
            .map(|due| self.changed(due, event.time_s));
        let texts = self.texts;
        let verdict = Verdict::of(&self.evidence);
        let severity = match outcome {
            Outcome::Completed | Outcome::StoppedEarly if verdict.failed => Severity::Warning,
            Outcome::Completed | Outcome::StoppedEarly => Severity::Note,
            Outcome::Interrupted => Severity::Warning,
            Outcome::RedFlag | Outcome::Failed => Severity::Critical,
        };
        let [headline, _] = call_words(self.rules.locale, verdict.call);
        let mark = match verdict.call.mood() {
            Mood::Good => "✅",
            Mood::Fair | Mood::Plain => "ℹ️",
            Mood::Bad => "❌",
        };
        let mut body = format!(
            "{mark} {headline}\n{}",
            self.figures.lines(event.step, Time::Over, texts)
        );
        body.push_str(&format!(
            "\n⏱️ {}: {}",
            texts.duration,
            duration(seconds, texts.units)
        ));
        let explains = severity == Severity::Critical || outcome == Outcome::StoppedEarly;
        if let (true, Some(words)) = (explains, &self.last_words) {
            let words = said(words, self.rules.locale);
            body.push_str(&format!("\n{}: {words}", texts.why));
        }
        let best = self
            .rules
            .run_dir
            .join("checkpoints")
            .join("best_model.ckpt");
        if best.exists() {
            body.push_str(&format!("\n💾 {}: `{}`", texts.best, best.display()));
        }
        let title = (texts.finished)(&self.run, outcome);
        let mut message = self.message(Kind::Completion, severity, event.time_s, title, body);
        message.attachments = self.pictures();
        message
            .attachments
            .extend(self.figures.sound(&self.rules.run_dir));
        rest.into_iter().chain([message]).collect()
    }

    fn pictures(&self) -> Vec<Attachment> {
        let alignment = self.figures.alignment(&self.rules.run_dir);
        alignment
            .into_iter()
            .chain(self.figures.curve(&self.run, self.texts))
            .collect()
    }

    fn message(
        &self,
        kind: Kind,
        severity: Severity,
        time_s: f64,
        title: String,
        body: String,
    ) -> Message {
        Message {
            kind,
            severity,
            time_s,
            title,
            body: body.trim().to_owned(),
            attachments: Vec::new(),
            key: None,
        }
    }
}

/// A text without its figures: what is said twice with other numbers is the same message.
fn without_figures(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '0'..='9' if key.ends_with('#') => {}
            '0'..='9' => key.push('#'),
            other => key.push(other),
        }
    }
    key
}

#[cfg(test)]
mod tests;

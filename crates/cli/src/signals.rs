//! Ctrl-C, `kill` and a terminal that is closed: the run ends its step, saves and ends.

use std::{
    io::{self, IsTerminal as _, Write as _},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use diktor_train::{StopFlag, hparams::Locale};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ},
    flag,
    iterator::Signals,
    low_level,
};

use crate::{exit::Ending, machine};

/// The same signal sooner than this after the first is the same request: `timeout` sends its signal to the
/// program and to its group.
const ONE_REQUEST: Duration = Duration::from_secs(1);

/// Makes a first SIGINT, SIGTERM or SIGHUP raise the flag and say so at once, and a second SIGINT or SIGTERM
/// end the process where it stands: what was saved before is whole.
///
/// SIGHUP is left alone where it was ignored when the program started, as `nohup` does: the run goes on
/// without its terminal.
///
/// # Errors
/// When the system refuses the handlers.
pub(crate) fn install(stop: &StopFlag, locale: Locale) -> anyhow::Result<()> {
    install_saying(stop, words(locale))
}

/// The same with other words for the first request and the second.
///
/// # Errors
/// As [`install`].
pub(crate) fn install_saying(
    stop: &StopFlag,
    words: (&'static str, &'static str),
) -> anyhow::Result<()> {
    let mut watched = vec![SIGINT, SIGTERM];
    if !machine::ignores(SIGHUP) {
        watched.push(SIGHUP);
    }
    let mut signals = Signals::new(watched).context("watching for signals")?;
    let stop = stop.clone();
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            let mut asked = Asked::default();
            for signal in signals.forever() {
                match asked.answer(signal, Instant::now()) {
                    Answer::Stop => {
                        stop.raise();
                        say(words.0);
                    }
                    Answer::End => {
                        say(words.1);
                        low_level::exit(Ending::Interrupted.code().into());
                    }
                    Answer::Nothing => {}
                }
            }
        })
        .context("watching for signals")?;
    Ok(())
}

/// Makes a write beyond the largest file that is allowed (`ulimit -f`) fail, where the system would end the
/// process.
///
/// # Errors
/// When the system refuses the handler.
pub(crate) fn refuse_instead_of_ending() -> io::Result<()> {
    flag::register(SIGXFSZ, Arc::default()).map(drop)
}

/// What a signal comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// The run is asked to stop.
    Stop,
    /// The process ends.
    End,
    /// It was asked already.
    Nothing,
}

/// The signals that came: which, and when it came first.
#[derive(Debug, Default)]
struct Asked(Vec<(i32, Instant)>);

impl Asked {
    fn answer(&mut self, signal: i32, now: Instant) -> Answer {
        let before = self.0.iter().find(|(known, _)| *known == signal);
        let first = self.0.is_empty();
        match before {
            Some((_, since)) if signal != SIGHUP && now.duration_since(*since) >= ONE_REQUEST => {
                Answer::End
            }
            Some(_) => Answer::Nothing,
            None => {
                self.0.push((signal, now));
                if first { Answer::Stop } else { Answer::Nothing }
            }
        }
    }
}

/// What is said at the first request, and at the second.
fn words(locale: Locale) -> (&'static str, &'static str) {
    match locale {
        Locale::En => (
            "stopping: this step is finished, then everything is saved (Ctrl-C again: end at once)",
            "ended at once; what was saved before is whole",
        ),
        Locale::Ru => (
            "останавливаемся: этот шаг будет закончен и всё сохранено (Ctrl-C ещё раз — закончить сразу)",
            "остановлено сразу; всё, что сохранено раньше, цело",
        ),
    }
}

/// A line on stderr, over a progress bar if one is there. The terminal may be gone.
fn say(line: &str) {
    let clear = match io::stderr().is_terminal() {
        true => "\r\x1b[2K",
        false => "",
    };
    let _may_be_gone = writeln!(io::stderr(), "{clear}{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_of_a_kind_ends_and_a_closed_terminal_never_does() {
        let start = Instant::now();
        let at = |seconds: f64| start + Duration::from_secs_f64(seconds);
        let answers = |came: &[(i32, f64)]| -> Vec<Answer> {
            let mut asked = Asked::default();
            let came = came.iter();
            came.map(|(signal, time)| asked.answer(*signal, at(*time)))
                .collect()
        };
        use Answer::{End, Nothing, Stop};
        assert_eq!(answers(&[(SIGINT, 0.0), (SIGINT, 2.0)]), [Stop, End]);
        // What `timeout` sends, and what a session manager sends.
        assert_eq!(
            answers(&[(SIGTERM, 0.0), (SIGTERM, 0.001)]),
            [Stop, Nothing]
        );
        assert_eq!(
            answers(&[(SIGTERM, 0.0), (SIGHUP, 0.0), (SIGHUP, 5.0)]),
            [Stop, Nothing, Nothing]
        );
        assert_eq!(
            answers(&[(SIGHUP, 0.0), (SIGTERM, 3.0), (SIGTERM, 9.0)]),
            [Stop, Nothing, End]
        );
    }
}

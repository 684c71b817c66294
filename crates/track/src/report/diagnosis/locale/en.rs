//! English.

use super::Words;
use crate::{
    Collapse, EarlyLook, Oddity,
    figures::{duration, short_figure},
    report::{
        ReportLocale,
        diagnosis::{Advice, Fact, FlagKind, IndicatorKind, Next, Progress, Setting},
        locale::Texts,
    },
};

pub(super) const WORDS: Words = Words {
    locale: ReportLocale::En,
    lang: "en",
    finding,
    advice,
    how_far,
    finding_heads: ["What shows it", "Look at", "What to do"],
    indicator: |kind| match kind {
        IndicatorKind::GradientNorm => "gradient norm, median of 100 steps",
        IndicatorKind::Diagonality => "attention diagonality",
        IndicatorKind::GateAccuracy => "gate accuracy",
        IndicatorKind::TextGain => "gain by the right text",
        IndicatorKind::RestartsAtZero => "restarts at step 0",
        IndicatorKind::Loss => "validation loss",
        IndicatorKind::Quality => "quality score, %",
        IndicatorKind::Intelligibility => "intelligibility",
    },
    flag: |kind| match kind {
        FlagKind::GradientNorm => "steps of the last 100 with gradient norm > 100",
        FlagKind::Diagonality => "attention diagonality, once it is due",
        FlagKind::Restarts => "restarts in a row, with one that was due",
        FlagKind::LossStalled => "steps without a lower loss or more attention",
    },
    met: ["met", "not met", "not measured"],
    raised: ["RAISED", "no", "too early to say"],
    heads: ["Indicators", "Red flags", "value", "limit"],
    worst: "The utterances most unlike the rest",
    worst_lead: "Either their transcript is not what is said, or the recording is bad, or they are just difficult. Listen to each and read its text; the figures only say where to look first.",
    confirm: "Those marked as proposed stand in quarantine.csv. Once you have listened, `diktor prepare quarantine {run} --confirm ID,ID` writes the list that a training leaves out.",
    proposed: "proposed to be left out",
    ledger: "Utterances unlike the rest",
    judged: |proposed, measured| match proposed {
        0 => format!("None of {measured} utterances is proposed to be left out."),
        _ => format!("{proposed} of {measured} utterances are proposed to be left out."),
    },
    listen: "Listen to the worst and see their attention in",
    utterance: "utterance",
    text: "transcript",
    suspicion: "suspicion",
    because: "unlike the rest in",
    loss: "loss",
    alignment: "alignment score",
    text_fit: "fit of the text",
    frames_per_symbol: "frames per symbol",
    step: "step",
    oddity: |oddity| match oddity {
        Oddity::Text => "other texts fit the recording as well",
        Oddity::Loss => "its mel is predicted worse",
        Oddity::Attention => "attention finds no clean way through it",
        Oddity::Long => "the recording is long for its text",
        Oddity::Short => "the recording is short for its text",
        Oddity::Gate => "its end is predicted worse",
    },
};

#[expect(clippy::too_many_lines, reason = "a catalogue: one arm per finding")]
fn finding(fact: &Fact) -> (String, Vec<String>) {
    let share = |part: f64| format!("{:.0} % of the freely spoken sentences", 100.0 * part);
    let (title, evidence) = match fact {
        Fact::RedFlag { why } => ("The run stopped itself: a red flag.", vec![why.clone()]),
        Fact::NonFinite { steps, first, last } => (
            "Losses or gradients were not finite numbers.",
            vec![format!(
                "{steps} steps between {first} and {last}; their updates were not made"
            )],
        ),
        Fact::Exploding {
            median,
            largest,
            above,
            of,
        } => (
            "The gradients explode.",
            vec![format!(
                "norm of the last {of} steps: median {median:.1}, largest {largest:.1}, {above} above 100"
            )],
        ),
        Fact::Failed => ("The run ended with an error.", Vec::new()),
        Fact::NotAligned { .. } => ("The attention does not find the text.", not_aligned(fact)),
        Fact::TextIgnored { gain, diagonality } => (
            "The text makes no difference: the voice does not read.",
            vec![
                format!(
                    "`alignment.text_gain` {gain:.3}: with the texts of other utterances the mel error is {:.1} % larger; a voice that reads has 0.1 and more",
                    100.0 * gain
                ),
                format!(
                    "diagonality {diagonality:.3}: the attention walks along whatever the text"
                ),
            ],
        ),
        Fact::Monotonous {
            utterances,
            texts,
            recordings,
        } => (
            "There is next to nothing to tell apart.",
            vec![format!(
                "{utterances} utterances have {texts} different texts and {recordings} different recordings"
            )],
        ),
        Fact::StandsStill { steps } => (
            "The training stands still.",
            vec![format!(
                "for {steps} steps neither the loss has fallen by 1 % nor the diagonality risen by 0.01"
            )],
        ),
        Fact::Restarts { in_a_row, limit } => (
            "Restart followed restart.",
            vec![format!(
                "{in_a_row} in a row were needed, more than {limit}"
            )],
        ),
        Fact::GateDead { accuracy, mean } => (
            "The gate never learnt where an utterance ends.",
            vec![format!(
                "balanced gate accuracy {accuracy:.2} (0.5 is chance), balanced mean {mean:.2}"
            )],
        ),
        Fact::GatePremature { rate } => ("Speech ends before the text does.", vec![share(*rate)]),
        Fact::GateRunaway { rate } => ("Speech does not end.", vec![share(*rate)]),
        Fact::FreeLost { diagonality } => (
            "Left alone, the voice loses its place.",
            vec![format!(
                "diagonality on its own {diagonality:.3}; 0.7 is needed"
            )],
        ),
        Fact::Mumbles {
            intelligibility,
            variance_ratio,
        } => (
            "What the voice says is hard to understand.",
            std::iter::once(format!(
                "intelligibility on its own {intelligibility:.2}; 0.9 is needed"
            ))
            .chain(variance_ratio.map(|ratio| {
                format!("variance of the spectrum {ratio:.2} of that of the recordings")
            }))
            .collect(),
        ),
        Fact::Overfit { best, at, now } => (
            "The voice learns its corpus by heart.",
            vec![format!(
                "validation loss, smoothed: {best:.3} at step {at}, {now:.3} now, while training falls"
            )],
        ),
        Fact::BadTranscripts {
            proposed,
            measured,
            worst,
        } => (
            "Some transcripts look wrong.",
            vec![format!(
                "{proposed} of {measured} utterances are far from the rest: {}",
                worst.join(", ")
            )],
        ),
        Fact::SmallCorpus { utterances } => (
            "There is little to learn from.",
            vec![format!("{utterances} utterances to train on")],
        ),
        Fact::NeverMeasured { step, every } => (
            "The run ended before its first validation.",
            vec![match every {
                Some(every) => format!("{step} steps, and a validation every {every}"),
                None => format!("{step} steps"),
            }],
        ),
        Fact::Unfinished => (
            "The run has not ended: it still runs, or it was killed.",
            Vec::new(),
        ),
        Fact::TooEarly { step } => (
            "It is too early to say.",
            vec![format!(
                "{step} steps, and the voice does not read on its own yet"
            )],
        ),
        Fact::Healthy {
            diagonality,
            intelligibility,
            quality,
            measured,
        } => {
            let mut evidence = vec![format!("diagonality {diagonality:.3}")];
            evidence.extend(
                intelligibility.map(|heard| format!("intelligibility on its own {heard:.2}")),
            );
            evidence
                .extend(quality.map(|quality| format!("quality {quality:.0} %; 80 is the goal")));
            evidence.extend(measured.map(|measured| {
                format!("of {measured} utterances none is proposed to be left out; the least usual are in worst.html")
            }));
            ("Nothing is wrong.", evidence)
        }
    };
    (title.to_owned(), evidence)
}

/// What shows that the attention does not find the text.
fn not_aligned(fact: &Fact) -> Vec<String> {
    let Fact::NotAligned {
        class,
        diagonality,
        step,
        early,
        guide_weight,
        guided,
        learning_rate,
    } = fact
    else {
        return Vec::new();
    };
    let mut evidence = vec![format!(
        "diagonality {diagonality:.3} at step {step}; 0.7 is needed, 0.3 is a beginning"
    )];
    evidence.extend(class.map(|class| format!("{}: {}", class.name(), meaning(class))));
    evidence.extend(early.as_ref().map(look));
    if *guided == Some(false) {
        evidence.push("guided attention is switched off: `use_guided_attn` is false".to_owned());
    }
    evidence.extend(guide_weight.map(|weight| format!("`guide_loss_weight` is {weight}")));
    evidence
        .extend(learning_rate.map(|rate| format!("the learning rate is {}", short_figure(rate))));
    evidence
}

fn advice(advice: &Advice) -> String {
    let fixed = match advice {
        Advice::Set(setting) => return set(setting),
        Advice::SwitchOnGuidance => "Switch guided attention on: `use_guided_attn=true`.",
        Advice::ReadTheOthers => "The other findings say why.",
        Advice::Recover => "`diktor recover` goes on from the soundest checkpoint, more carefully.",
        Advice::CompareTranscripts => {
            "Make sure that the transcripts belong to the recordings: `diktor prepare transcripts` finds those that do not, worst.html lets you listen. If they do, the voice needs more recordings, a larger preset or more steps."
        }
        Advice::ListenToTheNamed => {
            "Listen to the utterances that the warnings and faults name; one that comes again and again is damaged."
        }
        Advice::LetItGoOn => "Let it go on.",
        Advice::GoOnLonger => {
            "Go on for longer: `diktor train --resume` with a larger `--max-steps`."
        }
        Advice::LookAtTheWorst => {
            "Look at worst.html for recordings that say less or more than their text."
        }
        Advice::CheckEndings => {
            "Check that recordings end with their text: neither cut off nor with a second of silence."
        }
        Advice::MoreRecordings => {
            "More recordings help most; a voice from scratch needs hours of speech."
        }
        Advice::DifferentSentences => {
            "A voice learns from many different sentences, each with its own recording. Check the list: does every line name its own recording and its own text?"
        }
        Advice::UseTheBest => "Use best_model.ckpt; more steps make it worse.",
        Advice::ReadTheLog => {
            "The error is in the log. `diktor doctor` looks for a full disk and for missing memory; `diktor train --resume` goes on from the last checkpoint."
        }
        Advice::Quarantine => {
            "Open worst.html, listen and read; then `diktor prepare quarantine` writes the list of those to leave out."
        }
        Advice::WarmStart => {
            "With less, start from a trained voice. None comes with this program; NVIDIA's published checkpoint of Tacotron 2 on LJSpeech (`tacotron2_statedict.pt`, English, 22050 Hz) is one: `diktor import tacotron2_statedict.pt -o voice.ckpt`, then `diktor train -c voice.ckpt --warm-start`. A voice that you trained yourself on a larger corpus does as well."
        }
        Advice::Resume => {
            "If it was killed, `diktor train --resume -o RUN` goes on to the same bits."
        }
        Advice::Validate => {
            "`diktor train --mode validate -o RUN` measures what there is; a longer run or a smaller `validation_freq` measures by itself."
        }
        Advice::Listen => {
            "Listen to the samples in report.html; more steps mostly improve the sound."
        }
        Advice::TrainFreely => {
            "Listen to the free samples in report.html: they show where it gets lost."
        }
    };
    fixed.to_owned()
}

fn set(setting: &Setting) -> String {
    let Setting {
        name,
        from,
        to,
        from_scratch,
    } = setting;
    let to = short_figure(*to);
    let said = match from {
        Some(from) => format!("Set `{name}` to {to}; it is {}", short_figure(*from)),
        None => format!("Set `{name}` to {to}"),
    };
    let only = if *from_scratch {
        " (in a new run from scratch)"
    } else {
        ""
    };
    format!("{said}{only}.")
}

fn how_far(progress: &Progress, texts: &Texts) -> Vec<String> {
    let of = progress.max_steps.map(|max| format!(" of {max}"));
    let mut first = format!(
        "step {}{}, phase: {}",
        progress.step,
        of.unwrap_or_default(),
        texts.phase(progress.phase)
    );
    if let Some(left) = progress.left_s {
        first.push_str(&format!("; about {} left", duration(left, texts.units)));
    }
    let mut lines = vec![first];
    if let Some(now) = progress.diagonality {
        lines.push(match progress.before {
            Some((step, before)) => {
                format!("diagonality {now:.3}; it was {before:.3} at step {step}")
            }
            None => format!("diagonality {now:.3}"),
        });
    }
    lines.push(match progress.next {
        Next::Validation { step: Some(step) } => format!("next: the first validation, at step {step}"),
        Next::Validation { step: None } => "next: the first validation".to_owned(),
        Next::Attention { usual, latest } => format!(
            "next: attention appears (diagonality 0.3), usually before step {usual}; it must be there by step {latest}"
        ),
        Next::Steady { latest } => format!(
            "next: attention becomes steady (diagonality 0.7), by step {latest} at the latest"
        ),
        Next::Sound { end: Some(end) } => {
            format!("next: the gate and the sound become better, until step {end}")
        }
        Next::Sound { end: None } => "next: the gate and the sound become better".to_owned(),
        Next::Over => "the run is over".to_owned(),
    });
    lines
}

fn meaning(class: Collapse) -> &'static str {
    match class {
        Collapse::Uniform => "every step looks at all symbols alike",
        Collapse::Stuck => "it never leaves a few symbols",
        Collapse::Random => "it jumps about",
        Collapse::Stalled => "it does not reach the end of the text",
        Collapse::Skipping => "it leaves symbols out",
        Collapse::Ok => "most utterances are read through",
    }
}

fn look(look: &EarlyLook) -> String {
    format!(
        "after {} utterances the diagonality was {:.3} and rose by {:.4} per 1000 utterances",
        look.utterances, look.diagonality, look.slope
    )
}

//! English.

use super::Words;
use crate::{
    Collapse, EarlyLook, Oddity,
    report::diagnosis::{Fact, FlagKind, IndicatorKind},
};

pub(super) const WORDS: Words = Words {
    lang: "en",
    finding,
    finding_heads: ["What shows it", "Look at", "What to do"],
    indicator: |kind| match kind {
        IndicatorKind::GradientNorm => "gradient norm, median of 100 steps",
        IndicatorKind::Diagonality => "attention diagonality",
        IndicatorKind::RestartsAtZero => "restarts at step 0",
        IndicatorKind::Loss => "validation loss",
        IndicatorKind::Quality => "quality score, %",
    },
    flag: |kind| match kind {
        FlagKind::GradientNorm => "steps of the last 100 with gradient norm > 100",
        FlagKind::Diagonality => "attention diagonality, once it is due",
        FlagKind::Restarts => "restarts in a row",
        FlagKind::LossStalled => "steps without a lower loss before attention is there",
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
fn finding(fact: &Fact) -> (String, Vec<String>, String) {
    let (title, evidence, action) = match fact {
        Fact::RedFlag { why } => (
            "The run stopped itself: a red flag.",
            vec![why.clone()],
            "Read the other findings: they say why. Then go on from the last good checkpoint with a lower `learning_rate`, or fix the data first.",
        ),
        Fact::NonFinite { steps, first, last } => (
            "Losses or gradients were not finite numbers.",
            vec![format!(
                "{steps} steps between {first} and {last}; their updates were not made"
            )],
            "Listen to the utterances that the warnings of these steps name. If it happens to many different ones, lower `learning_rate` to a half.",
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
            "Lower `learning_rate` to a half and `grad_clip_thresh` to 0.5, and go on from the best checkpoint.",
        ),
        Fact::Failed => (
            "The run ended with an error.",
            Vec::new(),
            "The error is in the log. `diktor doctor` looks for a full disk and for missing memory; `diktor train --resume` goes on from the last checkpoint.",
        ),
        Fact::NotAligned {
            class,
            diagonality,
            step,
            early,
            guide_weight,
            learning_rate,
        } => {
            let mut evidence = vec![format!(
                "diagonality {diagonality:.3} at step {step}; 0.7 is needed, 0.3 is a beginning"
            )];
            evidence.extend(class.map(|class| format!("{}: {}", class.name(), meaning(class))));
            evidence.extend(early.as_ref().map(look));
            evidence.extend(guide_weight.map(|weight| format!("`guide_loss_weight` is {weight}")));
            evidence.extend(learning_rate.map(|rate| format!("the learning rate is {rate:.1e}")));
            let action = match class {
                Some(Collapse::Skipping | Collapse::Stalled) => {
                    "Nearly there: let it go on. If it stays so, look at worst.html for recordings that say less or more than their text."
                }
                _ => {
                    "First make sure that the transcripts belong to the recordings (`diktor prepare stats`, worst.html). Then raise `guide_loss_weight` to 5 or more, use `n_frames_per_step` of 2 or 3, and from scratch a `learning_rate` of 1e-3."
                }
            };
            ("The attention does not find the text.", evidence, action)
        }
        Fact::GateDead { accuracy, mean } => (
            "The gate never learnt where an utterance ends.",
            vec![format!(
                "balanced gate accuracy {accuracy:.2} (0.5 is chance), balanced mean {mean:.2}"
            )],
            "Raise `gate_pos_weight` to 5 or 10, and check that recordings end with their text, not with a second of silence.",
        ),
        Fact::GatePremature { rate } => (
            "Speech ends before the text does.",
            vec![format!(
                "{:.0} % of the freely spoken sentences",
                100.0 * rate
            )],
            "Raise `gate_threshold` by 0.05 to 0.1; it can be set at synthesis too.",
        ),
        Fact::GateRunaway { rate } => (
            "Speech does not end.",
            vec![format!(
                "{:.0} % of the freely spoken sentences",
                100.0 * rate
            )],
            "Lower `gate_threshold` by 0.05 to 0.1, train longer, or raise `gate_pos_weight`.",
        ),
        Fact::Overfit { best, at, now } => (
            "The voice learns its corpus by heart.",
            vec![format!(
                "validation loss, smoothed: {best:.3} at step {at}, {now:.3} now, while training falls"
            )],
            "Use best_model.ckpt; more steps make it worse. More recordings, a larger `weight_decay` or a lower `learning_rate` help.",
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
            "Open worst.html, listen and read; then `diktor prepare quarantine` writes the list of those to leave out.",
        ),
        Fact::SmallCorpus { utterances } => (
            "There is little to learn from.",
            vec![format!("{utterances} utterances to train on")],
            "A voice from scratch needs hours of speech. With less, start from a trained voice: `diktor train -c voice.ckpt --warm-start`.",
        ),
        Fact::Unfinished => (
            "The run has not ended: it still runs, or it was killed.",
            Vec::new(),
            "If it was killed, `diktor train --resume -o RUN` goes on to the same bits.",
        ),
        Fact::TooEarly { step } => (
            "It is too early to say.",
            vec![format!("{step} steps, and attention is not due yet")],
            "Let it go on.",
        ),
        Fact::Healthy {
            diagonality,
            quality,
            measured,
        } => {
            let mut evidence = vec![format!("diagonality {diagonality:.3}")];
            evidence
                .extend(quality.map(|quality| format!("quality {quality:.0} %; 80 is the goal")));
            evidence.extend(measured.map(|measured| {
                format!("of {measured} utterances none is proposed to be left out; the least usual are in worst.html")
            }));
            (
                "Nothing is wrong.",
                evidence,
                "Listen to the samples in report.html; more steps mostly improve the sound.",
            )
        }
    };
    (title.to_owned(), evidence, action.to_owned())
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

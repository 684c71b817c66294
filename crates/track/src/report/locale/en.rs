//! English.

use super::{Heading, MetricText, Texts, Unit};
use crate::{names, report::ReportLocale};

const fn h(title: &'static str, meaning: &'static str) -> Heading {
    Heading { title, meaning }
}

const fn m(name: &'static str, label: &'static str, meaning: &'static str) -> MetricText {
    MetricText {
        name,
        label,
        meaning,
    }
}

pub(super) const TEXTS: Texts = Texts {
    locale: ReportLocale::En,
    lang: "en",
    sentences: &[],
    report_of: "Training report",
    verdicts: [
        h(
            "The voice speaks.",
            "It reads sentences it never saw from beginning to end, stops by itself and is understood. Listen to the samples; more steps now mostly improve the sound.",
        ),
        h(
            "The voice follows the text on its own.",
            "It reads sentences it never saw from beginning to end and stops by itself. Whether it is understood could not be measured, for want of recordings: listen to the samples.",
        ),
        h(
            "The voice follows the text on its own, but is hard to understand.",
            "It goes through sentences it never saw from beginning to end and stops, and what is heard is a blur. Train longer and watch the intelligibility; if it no longer rises, there are too few recordings for a network of this size.",
        ),
        h(
            "The voice follows the text, but not yet on its own.",
            "With the recording's help it reads along; left alone it loses its place or does not stop well. Train longer and watch the free-running figures.",
        ),
        h(
            "The voice follows the text.",
            "With the recording's help it reads along. How it does on its own was not measured in this run.",
        ),
        h(
            "The voice begins to follow the text.",
            "The attention is half-way to a diagonal, or the text makes little difference as yet. This usually settles with more steps.",
        ),
        h(
            "The voice does not follow the text yet.",
            "It would mumble: the attention has found no diagonal, or walks along it whatever the text. Early in a run this is normal; if it stays so, look at the warnings, at the transcripts and at the learning rate.",
        ),
        h(
            "The voice has not learnt to follow the text.",
            "The run is over and the attention has found no diagonal, so the voice mumbles. `diktor why` names the likely cause.",
        ),
        h(
            "The voice does not read the text.",
            "The attention walks along, but with the texts of other utterances the predictions are just as good. Either the transcripts do not belong to the recordings, or this network has not learnt to use them: `diktor prepare transcripts` tells which.",
        ),
        h(
            "Nothing has been validated yet.",
            "The first figures come with the first validation.",
        ),
        h(
            "The run ended before its first validation.",
            "Nothing is known of the voice. A longer run or a smaller `validation_freq` would tell.",
        ),
        h(
            "The training is out of control.",
            "The gradients explode, or losses are not finite numbers: what was learnt is lost or spoilt. `diktor recover` goes on from the soundest checkpoint, more carefully.",
        ),
        h(
            "The run stopped itself: a red flag.",
            "Going on would only have burnt time. `diktor why` says what was found and what to do.",
        ),
        h(
            "The run ended with an error.",
            "The error is in the log. `diktor train --resume` goes on from the last checkpoint.",
        ),
    ],
    outcomes: [
        "completed",
        "stopped early",
        "stopped by a red flag",
        "interrupted, everything saved",
        "failed",
    ],
    unfinished: "still running, or killed",
    figures: h(
        "Key figures",
        "As of the last validation. Green is good, red needs a look.",
    ),
    samples: h(
        "Listen and look",
        "The same sentences at several moments of the run: what is heard, where the attention was, and what the spectrogram looked like.",
    ),
    curves: h(
        "Curves",
        "How the figures moved with the training steps; point at a chart to read its values. A line is the mean of neighbouring steps, the band around it their range; a vertical line marks a step at which the run changed a setting.",
    ),
    phases: h(
        "Phases",
        "How far the voice had come. Each phase has its own share of guided attention and of the learning rate, unless use_phases is off.",
    ),
    phase_names: [
        "attention has still to appear",
        "attention becomes steady",
        "mel and gate become better",
        "the last polish",
    ],
    changes: h(
        "What the run changed by itself",
        "Every setting that changed in mid-run: who asked, what it was before and after, and why.",
    ),
    warnings: h(
        "Warnings",
        "What a person should know, with what to do about it.",
    ),
    faults: h(
        "Faults and restarts",
        "Steps that went wrong, where, which recordings were in them, and how the run went back. A recording that is named again and again should be listened to, or taken out.",
    ),
    fault_kinds: [
        "the loss is not finite",
        "the gradient is not finite",
        "the network holds values that are not finite",
        "the gradient jumped",
        "the gradient exploded",
        "the gradient has vanished",
        "training diverges: the mel error is far above its best",
        "attention is lost",
        "the gate is dead",
    ],
    fault_actions: [
        "no update was made",
        "told, and nothing else",
        "went back to an earlier checkpoint",
        "the run was ended",
    ],
    culprits: "Utterances",
    place: "Where",
    action: "What was done",
    restarts: "Restarts",
    attempt: "Attempt",
    configuration: h("Configuration", "Everything needed to repeat this run."),
    facts: h("The run", "What was trained, on how much, for how long."),
    charts: [
        h(
            "Training loss",
            "What the optimiser minimises, and its parts. Should fall fast, then slowly.",
        ),
        h(
            "Validation loss",
            "The same error on sentences the model never trains on. If it rises while training falls, the model learns by heart.",
        ),
        h(
            "Alignment",
            "How well the attention walks through the text; 1 is perfect. Above 0.7 is good.",
        ),
        h(
            "Intelligibility",
            "Whether free speech says its text, and how lively its spectrum is beside the recordings. Both should near 1.",
        ),
        h(
            "Stopping",
            "Whether the model knows when a sentence ends. Accuracy should near 1, the failure rates 0.",
        ),
        h(
            "Speech error",
            "Distance of the model's own speech from the recording. Lower is better.",
        ),
        h(
            "Attention in detail",
            "Sharpness and completeness of the attention.",
        ),
        h("Learning rate", "Size of the steps the optimiser takes."),
        h(
            "Gradient norm",
            "How hard the error pulls at the weights, before clipping. Spikes are bad news if they stay.",
        ),
        h("Speed", "Mel frames trained on per second."),
    ],
    axis: |unit| match unit {
        Unit::Loss => "loss",
        Unit::Share => "share, 0 to 1",
        Unit::DecibelsAndNats => "dB; nats²",
        Unit::Decibels => "dB",
        Unit::Nats => "nats",
        Unit::LearningRate => "learning rate",
        Unit::Norm => "norm",
        Unit::Seconds => "s",
        Unit::Frames => "frames",
        Unit::FramesPerSecond => "frames/s",
        Unit::Plain => "",
    },
    more_curves: "More curves",
    no_changes: "Nothing was changed in mid-run.",
    no_figures: "No figures yet.",
    not_finite: "values were not finite numbers; red dots mark the steps",
    in_training: "training",
    in_validation: "validation",
    groups: &[
        (
            names::AUDIO,
            h(
                "Spoken by the model",
                "Free-running: the model hears only itself.",
            ),
        ),
        (
            names::AUDIO_TARGET,
            h("Recording", "What it should sound like."),
        ),
        (
            names::PICTURE_ALIGNMENT,
            h(
                "Alignment",
                "Each column is a moment of speech, each row a symbol of the text; bright is where the model looks. A clear line from the lower left to the upper right means that it reads the text in order.",
            ),
        ),
        (
            names::PICTURE_ALIGNMENT_FREE,
            h(
                "Alignment on its own",
                "The same when the model hears only itself: this is how it will speak.",
            ),
        ),
        (
            names::PICTURE_MEL,
            h(
                "Spectrogram",
                "Loudness by pitch (upwards) over time. The prediction should show the same stripes as the recording.",
            ),
        ),
        (
            names::PICTURE_MEL_TARGET,
            h(
                "Spectrogram of the recording",
                "What the prediction should look like.",
            ),
        ),
    ],
    earlier: "Earlier in the run",
    left_out: "More pictures and sounds are in the folder samples/.",
    unreadable: "lines of events.jsonl could not be read and are left out",
    step: "step",
    who: "who",
    knob: "setting",
    old_new: "old → new",
    why: "why",
    came_of_it: "what came of it",
    helped: "helped",
    no_difference: "made no difference, kept",
    worse_undone: "made it worse, undone",
    refused: "Wanted, but not done",
    message: "message",
    hint: "hint",
    times: "times",
    name: "name",
    value: "value",
    hparams: "Hyper-parameters",
    run: "Run",
    version: "Diktor",
    parameters: "Parameters",
    utterances: "Utterances (training + validation)",
    steps_done: "Steps",
    time_spent: "Time",
    sessions: "Sessions",
    began: "began",
    from_step: "from step",
    ended: "ended",
    checkpoints: "Checkpoints",
    file: "file",
    units: ["h", "min", "s"],
    metrics: &[
        m(
            names::ALIGNMENT_DIAGONALITY,
            "Diagonality",
            "How near the attention is to the diagonal, with the recording's help. 0 is chance, above 0.7 good, above 0.9 excellent.",
        ),
        m(
            names::ALIGNMENT_TEXT_GAIN,
            "Gain by the text",
            "How much worse the prediction becomes with the texts of other utterances, as a share. Near 0 the voice does not read; above 0.1 is good.",
        ),
        m(
            names::FREE_RUNNING_DIAGONALITY,
            "Diagonality on its own",
            "The same when the model hears only itself, on sentences it never saw. Above 0.7 is good.",
        ),
        m(
            names::FREE_RUNNING_INTELLIGIBILITY,
            "Intelligibility",
            "How well free speech says its own text rather than another, by a small model that knows the recordings: 0 is mumbling, 1 as clear as they are. From 0.9 one understands it.",
        ),
        m(
            names::FREE_RUNNING_VARIANCE_RATIO,
            "Variance ratio",
            "How lively the spectrum of free speech is beside the recordings. 1 is alike; well below it is too smooth.",
        ),
        m(
            names::GATE_ACCURACY,
            "Gate accuracy",
            "How well it tells the last frame from the others. 0.5 is chance, above 0.8 good.",
        ),
        m(
            names::FREE_RUNNING_RUNAWAY_RATE,
            "Runaway",
            "Sentences that do not stop by themselves. Up to 5% is good.",
        ),
        m(
            names::FREE_RUNNING_STOP_FAILURE_RATE,
            "Stop failures",
            "Cut short and runaway together, on its own. Up to 5% is good.",
        ),
        m(
            names::FREE_RUNNING_PREMATURE_RATE,
            "Cut short",
            "Sentences that stop before their end. Up to 5% is good.",
        ),
        m(
            names::VALIDATION_LOSS,
            "Validation loss",
            "Error on sentences the model never trains on. Compare it only between runs on the same data.",
        ),
        m(
            names::TRAINING_LOSS,
            "Training loss",
            "What the optimiser minimises: the sum of all weighted parts.",
        ),
        m(
            names::FREE_RUNNING_MCD_DB,
            "Distortion, dB",
            "Mel-cepstral distortion of free speech against the recording, aligned in time. Lower is better.",
        ),
        m(
            names::FREE_RUNNING_MEL_ERROR,
            "Mel error",
            "Squared error per mel bin of free speech, aligned in time. Lower is better.",
        ),
        m(
            names::QUALITY_SCORE,
            "Quality, %",
            "Intelligibility, alignment, stopping and spectrogram in one figure. Above 80 is good.",
        ),
        m(
            names::PERF_FRAMES_PER_SECOND,
            "Frames per second",
            "Mel frames trained on per second on this machine.",
        ),
        m(
            names::TRAINING_TACO_LOSS,
            "Tacotron loss",
            "Mel error before and after the post-net, plus the gate.",
        ),
        m(
            names::TRAINING_MEL_LOSS,
            "Mel error before post-net",
            "Squared error per bin.",
        ),
        m(
            names::TRAINING_MEL_POST_LOSS,
            "Mel error after post-net",
            "Squared error per bin.",
        ),
        m(
            names::TRAINING_GATE_LOSS,
            "Gate loss",
            "Error of the stop decision.",
        ),
        m(
            names::TRAINING_GUIDE_LOSS,
            "Guided attention loss",
            "How far the attention strays from the diagonal. Must fall.",
        ),
        m(
            names::TRAINING_ATTEN_LOSS,
            "Attention loss",
            "All losses on the attention, weighted.",
        ),
        m(
            names::VALIDATION_ALIGNMENT_SCORE,
            "Alignment score",
            "Diagonality, order, completeness and sharpness in one figure. Above 0.5 is good.",
        ),
        m(
            names::VALIDATION_ATTENTION_ENTROPY,
            "Attention entropy",
            "How spread out the attention is, in nats. Below 1.5 is good, above 3 bad.",
        ),
        m(
            names::VALIDATION_ATTENTION_FOCUS,
            "Attention focus",
            "Mean of the largest weight per step. Above 0.6 is good.",
        ),
        m(
            names::VALIDATION_GATE_MEAN,
            "Gate mean",
            "Balanced mean of the stop probability. About 0.5 is good.",
        ),
        m(
            names::VALIDATION_GATE_STD,
            "Gate spread",
            "Balanced spread of the stop probability. About 0.5 is good.",
        ),
        m(
            names::ALIGNMENT_COVERAGE,
            "Coverage",
            "Share of the symbols that were looked at.",
        ),
        m(
            names::ALIGNMENT_MONOTONICITY,
            "Order",
            "Share of the steps that do not go back in the text.",
        ),
        m(
            names::GATE_F1,
            "Stops at the right place",
            "Harmonic mean of precision and recall.",
        ),
        m(names::GRAD_NORM, "Gradient norm", "Before clipping."),
        m(
            names::LEARNING_RATE,
            "Learning rate",
            "Size of the optimiser's steps.",
        ),
    ],
};

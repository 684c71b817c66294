//! Which metrics a person is shown while a run goes on, and under which short names.

use crate::{figures::Form, names};

/// What progress shows, if the run measures it.
pub(super) const SHOWN: &[(&str, &str, Form)] = &[
    ("loss", names::TRAINING_LOSS, Form::Fixed(3)),
    ("taco", names::TRAINING_TACO_LOSS, Form::Fixed(3)),
    ("gate", names::TRAINING_GATE_LOSS, Form::Fixed(4)),
    ("guide", names::TRAINING_GUIDE_LOSS, Form::Fixed(4)),
    ("diag", names::ALIGNMENT_DIAGONALITY, Form::Fixed(2)),
    ("grad", names::GRAD_NORM, Form::Fixed(2)),
    ("lr", names::LEARNING_RATE, Form::Short),
    ("frames/s", names::PERF_FRAMES_PER_SECOND, Form::Fixed(0)),
];

/// What a validation shows, if the run measures it.
pub(super) const VALIDATED: &[(&str, &str, Form)] = &[
    ("loss", names::VALIDATION_LOSS, Form::Fixed(3)),
    ("diagonality", names::ALIGNMENT_DIAGONALITY, Form::Fixed(3)),
    (
        "alignment",
        names::VALIDATION_ALIGNMENT_SCORE,
        Form::Fixed(3),
    ),
    ("gate accuracy", names::GATE_ACCURACY, Form::Fixed(3)),
    (
        "free-running diagonality",
        names::FREE_RUNNING_DIAGONALITY,
        Form::Fixed(3),
    ),
    ("runaway", names::FREE_RUNNING_RUNAWAY_RATE, Form::Percent),
    (
        "premature",
        names::FREE_RUNNING_PREMATURE_RATE,
        Form::Percent,
    ),
    ("MCD dB", names::FREE_RUNNING_MCD_DB, Form::Fixed(2)),
];

//! What is wrong with an attention, as a list: the type, how bad, the value, its limit, what to do.

use serde::Serialize;

use super::attention::AttentionMetrics;

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Nothing can be learnt like this.
    Critical,
    /// It will not become a voice like this.
    High,
    /// It will be a worse voice.
    Medium,
}

/// One thing that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AttentionProblem {
    /// What is wrong.
    pub problem: &'static str,
    /// How bad it is.
    pub grade: Grade,
    /// The figure that shows it.
    pub value: f64,
    /// The limit it crosses.
    pub limit: f64,
    /// What to do.
    pub action: &'static str,
}

/// Everything that is wrong with an attention, the worst first.
#[must_use]
pub fn problems(attention: &AttentionMetrics) -> Vec<AttentionProblem> {
    let below = |problem, grade, value: f64, limit, action| {
        (value < limit).then_some(AttentionProblem {
            problem,
            grade,
            value,
            limit,
            action,
        })
    };
    let entropy = attention.entropy_normalised;
    let diffuse = (entropy > 0.8).then_some(AttentionProblem {
        problem: "the weights are spread over the whole text",
        grade: Grade::Medium,
        value: entropy,
        limit: 0.8,
        action: "more steps; raise `guide_loss_weight`",
    });
    let mut found: Vec<AttentionProblem> = [
        below(
            "no diagonal",
            Grade::Critical,
            attention.diagonality,
            0.3,
            "check the transcripts; raise `guide_loss_weight`",
        ),
        below(
            "it goes back",
            Grade::High,
            attention.monotonicity,
            0.5,
            "guided attention; a lower `learning_rate`",
        ),
        below(
            "no symbol gets a weight of note",
            Grade::High,
            attention.coverage_strength,
            0.1,
            "check the transcripts; raise `guide_loss_weight`",
        ),
        below(
            "blurred",
            Grade::Medium,
            attention.focus,
            0.4,
            "more steps: it sharpens after the diagonal is there",
        ),
        diffuse,
        below(
            "symbols are skipped",
            Grade::Medium,
            attention.coverage,
            0.8,
            "listen for swallowed sounds; look at worst.html",
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    found.sort_by_key(|problem| problem.grade);
    found
}

//! What is told of a run that goes on.

use diktor_corpus::SplitChanges;

use crate::{checkpoint::Found, engine::Engine};

/// Says what the run goes on from, and what is strange about it.
pub(super) fn announce(engine: &Engine, found: &Found, changes: &SplitChanges) {
    let state = &found.checkpoint.state;
    for error in &found.refused {
        engine.diary.warn(
            state.step,
            format!("{error}"),
            Some(&format!("going on from `{}`", found.path.display())),
        );
    }
    if !changes.is_none() {
        engine.diary.warn(
            state.step,
            told(changes),
            Some("what has judged the run judges it still, and nothing of it is learnt from"),
        );
        return;
    }
    let data = state.training.as_ref().map(|training| &training.data);
    if data.is_some_and(|data| *data != engine.identity.data) {
        engine.diary.warn(
            state.step,
            "the training set is not the one this run was trained on so far".to_owned(),
            Some("the run goes on, but not to the bits it would have had"),
        );
    }
}

/// The recordings that came and went, in a sentence.
fn told(changes: &SplitChanges) -> String {
    let named = |ids: &[String]| {
        let names: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
        listed(&names)
    };
    let mut parts = Vec::new();
    if !changes.new.is_empty() {
        let (count, ids) = (changes.new.len(), named(&changes.new));
        parts.push(format!("new, to train on: {count} ({ids})"));
    }
    if !changes.gone.is_empty() {
        let (count, ids) = (changes.gone.len(), named(&changes.gone));
        let judged = changes.gone_from_validation;
        parts.push(format!(
            "gone: {count} ({ids}), {judged} of them of the validation set"
        ));
    }
    format!(
        "the recordings are not those of before: {}",
        parts.join("; ")
    )
}
/// The first of many, and how many more there are.
pub(super) fn listed(things: &[String]) -> String {
    const NAMED: usize = 5;
    let mut named = things[..things.len().min(NAMED)].join(", ");
    if things.len() > NAMED {
        named += &format!(" and {} more", things.len() - NAMED);
    }
    named
}

//! Problems for people: gathered by kind, each kind with its count, a few examples and what to do.

use std::{collections::BTreeSet, fmt};

use crate::problem::{Effect, Problem};

/// Examples of one kind that are shown.
const SHOWN: usize = 3;

/// Hints of one kind that are shown.
const HINTS: usize = 2;

/// All problems of one kind. [`fmt::Display`] gives the count and the first of them, one a line.
#[derive(Debug, Clone, PartialEq)]
pub struct ProblemGroup<'a> {
    /// The problems, in the order of the list; never empty.
    pub problems: Vec<&'a Problem>,
}

/// Gathers problems by kind: those that cost utterances first, of these the most frequent.
pub fn group_problems(problems: &[Problem]) -> Vec<ProblemGroup<'_>> {
    let mut groups: Vec<ProblemGroup<'_>> = Vec::new();
    for problem in problems {
        let name = problem.kind.name();
        match groups
            .iter_mut()
            .find(|g| g.problems[0].kind.name() == name)
        {
            Some(group) => group.problems.push(problem),
            None => groups.push(ProblemGroup {
                problems: vec![problem],
            }),
        }
    }
    groups.sort_by_key(|group| (group.effect() == Effect::Kept, usize::MAX - group.count()));
    groups
}

impl ProblemGroup<'_> {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.problems.len()
    }

    /// What becomes of the utterances.
    pub fn effect(&self) -> Effect {
        self.problems[0].kind.effect()
    }

    /// The kind as words.
    pub fn title(&self) -> String {
        self.problems[0].kind.name().replace('_', " ")
    }

    /// The group in one line: the count, the kind, and the first of them.
    pub fn line(&self) -> String {
        let first = self.problems[0];
        let (count, effect, title) = (self.count(), self.effect(), self.title());
        let more = match count {
            1 => String::new(),
            _ => format!(", and {} more", count - 1),
        };
        let (utterance, kind) = (&first.utterance, &first.kind);
        let path = first.path.display();
        format!("{count} {effect} ({title}): `{utterance}` ({path}): {kind}{more}")
    }

    fn hints(&self) -> BTreeSet<String> {
        self.problems
            .iter()
            .filter_map(|p| p.kind.hint())
            .take(HINTS)
            .collect()
    }
}

impl fmt::Display for ProblemGroup<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.title(), self.count(), self.effect())?;
        for Problem {
            utterance,
            path,
            kind,
        } in self.problems.iter().take(SHOWN)
        {
            write!(f, "\n  `{utterance}` ({}): {kind}", path.display())?;
        }
        if self.count() > SHOWN {
            write!(f, "\n  and {} more of this kind", self.count() - SHOWN)?;
        }
        self.hints()
            .iter()
            .try_for_each(|hint| write!(f, "\n  to do: {hint}"))
    }
}

/// Every kind, one after the other, each on lines of its own.
pub(crate) struct Grouped<'a>(pub(crate) &'a [Problem]);

impl fmt::Display for Grouped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        group_problems(self.0)
            .iter()
            .try_for_each(|group| write!(f, "\n{group}"))
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::problem::ProblemKind;

    #[test]
    fn every_kind_is_named_with_its_count() {
        let problem = |number: usize, kind| Problem {
            utterance: format!("{number:04}"),
            path: PathBuf::from(format!("wavs/{number:04}.wav")),
            kind,
        };
        let mut problems = vec![problem(0, ProblemKind::Clipped { share: 0.5 })];
        problems.extend((1..6).map(|number| problem(number, ProblemKind::Missing)));
        let reason = "cut short\nhint: copy it again".to_owned();
        problems.push(problem(9, ProblemKind::Unreadable { reason }));
        let shown = Grouped(&problems).to_string();
        let expected = "
missing: 5 dropped
  `0001` (wavs/0001.wav): no such file
  `0002` (wavs/0002.wav): no such file
  `0003` (wavs/0003.wav): no such file
  and 2 more of this kind
unreadable: 1 dropped
  `0009` (wavs/0009.wav): unreadable: cut short
  to do: copy it again
clipped: 1 kept
  `0000` (wavs/0000.wav): clipped in 50.00 % of samples";
        assert_eq!(shown, expected);
        let lines: Vec<String> = group_problems(&problems)
            .iter()
            .map(ProblemGroup::line)
            .collect();
        assert_eq!(
            lines[0],
            "5 dropped (missing): `0001` (wavs/0001.wav): no such file, and 4 more"
        );
        assert_eq!(lines.len(), 3);
    }
}

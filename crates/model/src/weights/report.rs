//! How the tensors of a file compare with those a network has.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::NamedTensor;

/// What does not fit between a file and a network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Tensors of the network that the file lacks.
    pub missing: Vec<String>,
    /// Tensors of the file that the network has no place for.
    pub unexpected: Vec<String>,
    /// Tensors of both with different shapes.
    pub mis_shaped: Vec<MisShaped>,
    /// Tensors that fit.
    pub matched: usize,
}

/// A tensor that a file and a network have in different shapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MisShaped {
    /// Name of the tensor.
    pub name: String,
    /// Shape in the network.
    pub expected: Vec<usize>,
    /// Shape in the file.
    pub found: Vec<usize>,
}

impl ImportReport {
    /// Compares the names and shapes that a network has with the tensors of a file.
    pub fn compare(expected: &[(String, Vec<usize>)], found: &[NamedTensor]) -> Self {
        let by_name: BTreeMap<&str, &[usize]> =
            found.iter().map(|t| (&*t.name, &*t.shape)).collect();
        let wanted: BTreeSet<&str> = expected.iter().map(|(name, _)| &**name).collect();
        let mut report = Self::default();
        for (name, shape) in expected {
            match by_name.get(&**name) {
                None => report.missing.push(name.clone()),
                Some(found) if found == shape => report.matched += 1,
                Some(found) => report.mis_shaped.push(MisShaped {
                    name: name.clone(),
                    expected: shape.clone(),
                    found: found.to_vec(),
                }),
            }
        }
        report.unexpected = found
            .iter()
            .map(|t| &t.name)
            .filter(|name| !wanted.contains(&***name))
            .cloned()
            .collect();
        report
    }

    /// Whether every tensor of the network is in the file in its shape. Unexpected tensors do no
    /// harm.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.mis_shaped.is_empty()
    }

    /// Whether file and network have the same tensors.
    pub fn is_exact(&self) -> bool {
        self.is_complete() && self.unexpected.is_empty()
    }
}

impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tensors fit", self.matched)?;
        let missing: Vec<String> = self
            .missing
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        let unexpected: Vec<String> = self
            .unexpected
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        let mis_shaped: Vec<String> = self.mis_shaped.iter().map(ToString::to_string).collect();
        list(f, "missing", &missing)?;
        list(f, "mis-shaped", &mis_shaped)?;
        list(f, "unexpected", &unexpected)
    }
}

impl fmt::Display for MisShaped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is {:?}, the network has {:?}",
            self.name, self.found, self.expected
        )
    }
}

/// One indented line per item, not more than a reader takes in.
fn list(f: &mut fmt::Formatter<'_>, title: &str, items: &[String]) -> fmt::Result {
    const SHOWN: usize = 12;
    if items.is_empty() {
        return Ok(());
    }
    write!(f, "\n{} {title}:", items.len())?;
    for item in items.iter().take(SHOWN) {
        write!(f, "\n  {item}")?;
    }
    match items.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => write!(f, "\n  and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(name: &str, shape: &[usize]) -> NamedTensor {
        NamedTensor {
            name: name.to_owned(),
            shape: shape.to_vec(),
            values: vec![0.0; shape.iter().product()],
        }
    }

    #[test]
    fn a_report_names_what_does_not_fit() {
        let expected = [
            ("a".to_owned(), vec![2, 3]),
            ("b".to_owned(), vec![4]),
            ("c".to_owned(), vec![5]),
        ];
        let report = ImportReport::compare(
            &expected,
            &[tensor("a", &[2, 3]), tensor("c", &[6]), tensor("d", &[1])],
        );
        assert!(!report.is_complete());
        assert_eq!(
            report.to_string(),
            "1 tensors fit\n1 missing:\n  `b`\n1 mis-shaped:\n  `c` is [6], the network has [5]\n1 unexpected:\n  `d`"
        );
    }

    #[test]
    fn unexpected_tensors_do_no_harm() {
        let report = ImportReport::compare(
            &[("a".to_owned(), vec![1])],
            &[tensor("a", &[1]), tensor("d", &[1])],
        );
        assert!(report.is_complete());
        assert!(!report.is_exact());
    }

    #[test]
    fn a_long_list_is_cut() {
        let expected: Vec<_> = (0..20).map(|i| (format!("t{i}"), vec![1])).collect();
        assert!(
            ImportReport::compare(&expected, &[])
                .to_string()
                .ends_with("\n  and 8 more")
        );
    }
}

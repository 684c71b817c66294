//! What the pickles of a file name, found before any of them is read as data.
//!
//! A pickle is a program for a small machine that can call any function of Python by name. Nothing here calls
//! anything; but a file whose program would run something in a reader that executes pickles is an attack, and is
//! called one.

mod globals;
mod lists;
mod machine;
mod reader;
mod standard_library;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashSet};

use self::reader::Reader;
pub(super) use self::{
    globals::{Global, Purpose},
    machine::WholeModule,
};

/// Pickles in pickles that are looked into: more than any honest file has.
const DEEPEST: usize = 8;
/// Pickles one after another; PyTorch's legacy format has five.
const PICKLES: usize = 16;

/// What pickles name.
#[derive(Debug, Default)]
pub(super) struct Scan<'a> {
    /// Every class and function.
    pub(super) named: BTreeSet<Global>,
    /// Those that are called, or of which an object is made.
    pub(super) called: BTreeSet<Global>,
    /// The module that is pickled whole, if one is.
    pub(super) module: Option<WholeModule>,
    /// Storages that are pickles of their own.
    nested: Vec<&'a [u8]>,
}

impl<'a> Scan<'a> {
    /// Goes through the pickles that these bytes begin with.
    pub(super) fn look(&mut self, bytes: &'a [u8]) {
        self.pickles(bytes);
        let mut looked_at = HashSet::new();
        for _ in 0..DEEPEST {
            let mut nested = std::mem::take(&mut self.nested);
            // A memo can give the same bytes to a million calls.
            nested.retain(|bytes| looked_at.insert((bytes.as_ptr(), bytes.len())));
            let outer = self.module.take();
            nested.into_iter().for_each(|bytes| self.pickles(bytes));
            self.module = outer;
        }
    }

    fn pickles(&mut self, bytes: &'a [u8]) {
        let mut reader = Reader::new(bytes);
        for _ in 0..PICKLES {
            if reader.rest().is_empty() || machine::run(&mut reader, self).is_none() {
                return;
            }
        }
    }

    /// Names that stand in these bytes as Python writes them, wherever: for containers that are not read as a whole.
    pub(super) fn search(&mut self, bytes: &[u8]) {
        const LONGEST: usize = 128;
        for (place, _) in bytes
            .iter()
            .enumerate()
            .filter(|(_, byte)| matches!(byte, b'c' | b'i'))
        {
            let after = &bytes[place + 1..];
            let mut reader = Reader::new(&after[..after.len().min(LONGEST)]);
            let is_name = |text: &str| {
                !text.is_empty()
                    && text
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || "._".contains(c))
            };
            let global = reader.global();
            let found = global.filter(|found| is_name(&found.module) && is_name(&found.name));
            self.named.extend(found);
        }
    }

    /// The first that no checkpoint has a use for.
    pub(super) fn hostile(&self) -> Option<&Global> {
        let hostile = |global: &&Global| global.purpose() == Purpose::Hostile;
        let called = self.called.iter().find(hostile);
        called.or_else(|| self.named.iter().find(hostile))
    }

    /// Classes and functions of projects, whose objects stay unread.
    pub(super) fn foreign(&self) -> impl Iterator<Item = &Global> {
        let foreign = |global: &&Global| global.purpose() == Purpose::Foreign;
        self.called.iter().filter(foreign)
    }

    /// Whether tensors were pickled by themselves, which leaves them inside pickles of their own.
    pub(super) fn has_nested_storages(&self) -> bool {
        let mut called = self.called.iter();
        called.any(|global| global.is(&["torch.storage"], "_load_from_bytes"))
    }
}

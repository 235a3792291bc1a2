//! Finding what is known among many: one look-up a label of a domain, one for anything else.

use std::collections::HashMap;

use crate::indicator::{Indicator, Kind};

/// Indicators by kind and value. Each knows which list it is from.
///
/// About a hundred bytes an entry. The hashes are keyed at random, so that no list is made of values that meet in one place.
#[derive(Debug, Default)]
pub struct Index {
    values: [HashMap<Box<str>, i64>; Kind::ALL.len()],
}

/// Something known that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// As the list has it: of `a.evil.example` it may be `evil.example`.
    pub indicator: Indicator,
    /// The list's number.
    pub list: i64,
}

impl Index {
    /// Adds an [`Indicator`]'s kind and value. What was there stays with the list that had it first.
    pub fn insert(&mut self, kind: Kind, value: &str, list: i64) {
        self.values[kind as usize].entry(value.into()).or_insert(list);
    }

    /// Is this very value there?
    pub fn has(&self, kind: Kind, value: &str) -> bool {
        self.values[kind as usize].contains_key(value)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.values.iter().map(HashMap::len).sum()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.values.iter().all(HashMap::is_empty)
    }

    /// A value in its one spelling. Domains also by what they are below of.
    pub fn find(&self, kind: Kind, value: &str) -> Option<Known> {
        let values = &self.values[kind as usize];
        if kind != Kind::Domain {
            return Known::new(kind, value, *values.get(value)?);
        }
        let mut rest = value;
        loop {
            if let Some(list) = values.get(rest) {
                return Known::new(kind, rest, *list);
            }
            (_, rest) = rest.split_once('.')?;
        }
    }

    /// Which of many, such as [`crate::text::candidates`] gives.
    pub fn find_among(&self, candidates: impl IntoIterator<Item = Indicator>) -> Vec<Known> {
        let mut found: Vec<Known> = Vec::new();
        for candidate in candidates {
            if let Some(known) = self.find(candidate.kind(), candidate.value())
                && !found.contains(&known)
            {
                found.push(known);
            }
        }
        found
    }
}

impl Known {
    /// As a list has it.
    pub fn new(kind: Kind, value: &str, list: i64) -> Option<Self> {
        Some(Self { indicator: Indicator::new(kind, value)?, list })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_found_with_all_below_it_and_nothing_beside() {
        let mut index = Index::default();
        index.insert(Kind::Domain, "evil.example", 7);
        index.insert(Kind::Domain, "evil.example", 8);
        for name in ["evil.example", "a.evil.example", "a.b.c.evil.example"] {
            let known = index.find(Kind::Domain, name).unwrap();
            assert_eq!((known.indicator.value(), known.list), ("evil.example", 7));
        }
        for name in ["example", "evil.example.org", "notevil.example", "evil-example", ""] {
            assert_eq!(index.find(Kind::Domain, name), None, "{name}");
        }
        assert_eq!(index.len(), 1);
    }

    #[test]
    fn kinds_are_apart() {
        let mut index = Index::default();
        assert!(index.is_empty());
        index.insert(Kind::Process, "evil.example", 1);
        assert_eq!(index.find(Kind::Domain, "evil.example"), None);
        assert!(index.find(Kind::Process, "evil.example").is_some());
    }

    #[test]
    fn the_same_is_told_once() {
        let mut index = Index::default();
        index.insert(Kind::Domain, "evil.example", 1);
        let twice =
            ["a.evil.example", "b.evil.example"].map(|name| Indicator::new(Kind::Domain, name).unwrap());
        assert_eq!(index.find_among(twice).len(), 1);
    }
}

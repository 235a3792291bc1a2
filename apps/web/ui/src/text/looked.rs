//! What was found out about files, by what they are: the hash of their bytes, and what they are called. Bounded: what was found
//! out first is forgotten first.

use std::collections::{HashMap, VecDeque};

/// Files that are remembered at once: some screens full of documents.
const MOST: usize = 256;

/// What was found out.
#[derive(Debug)]
pub struct Looked<T> {
    found: HashMap<(String, String), T>,
    order: VecDeque<(String, String)>,
}

impl<T> Default for Looked<T> {
    fn default() -> Self {
        Self { found: HashMap::new(), order: VecDeque::new() }
    }
}

impl<T: Clone> Looked<T> {
    /// What was found out about a file. Nothing about one that has no hash.
    pub fn get(&self, sha256: &str, name: &str) -> Option<T> {
        self.found.get(&(sha256.to_owned(), name.to_owned())).cloned()
    }

    /// Remembers it.
    pub fn keep(&mut self, sha256: &str, name: &str, found: T) {
        if sha256.is_empty() {
            return;
        }
        let key = (sha256.to_owned(), name.to_owned());
        if self.found.insert(key.clone(), found).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > MOST
            && let Some(first) = self.order.pop_front()
        {
            self.found.remove(&first);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_bytes_and_its_name_and_the_first_are_forgotten() {
        let mut looked = Looked::default();
        looked.keep("aa", "a.txt", 1);
        assert_eq!(looked.get("aa", "a.txt"), Some(1));
        // A name may deceive by itself.
        assert_eq!((looked.get("aa", "a.pdf.exe"), looked.get("ab", "a.txt")), (None, None));
        looked.keep("", "a.txt", 2);
        assert_eq!(looked.get("", "a.txt"), None);
        for number in 0..MOST {
            looked.keep(&number.to_string(), "", number);
            looked.keep(&number.to_string(), "", number);
        }
        assert_eq!((looked.get("aa", "a.txt"), looked.get("0", "")), (None, Some(0)));
        assert_eq!((looked.found.len(), looked.order.len()), (MOST, MOST));
    }
}

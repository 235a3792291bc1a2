//! Files between "Send" and the chat: a large one takes a while until the engine has it.

use leptos::prelude::*;

use super::state::Store;
use crate::engine::stop_file;

/// The files of a message that are made ready.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Readied {
    /// Apart from all others.
    pub number: u32,
    /// Where they are to be sent.
    pub conversation: String,
    /// How they are called.
    pub names: String,
    /// Bytes of all of them.
    pub bytes: u64,
    /// By which path each was lent to the engine, and how many bytes of it are ready.
    lent: Vec<(String, u64)>,
    stopped: bool,
}

impl Readied {
    /// Bytes that are ready.
    pub fn done(&self) -> u64 {
        self.lent.iter().map(|(_, done)| done).sum()
    }
}

impl Store {
    /// Says that these are made ready; the number by which they are called from here on.
    pub fn readies(self, conversation: String, names: String, bytes: u64) -> u32 {
        let mut number = 0;
        self.readied.update(|all| {
            number = all.last().map_or(0, |one| one.number + 1);
            all.push(Readied { number, conversation, names, bytes, ..Readied::default() });
        });
        number
    }

    /// One of them was lent to the engine.
    pub fn readies_file(self, number: u32, path: String) {
        self.readied.update(|all| {
            if let Some(one) = all.iter_mut().find(|one| one.number == number) {
                one.lent.push((path, 0));
            }
        });
    }

    /// So much of it is ready.
    pub(super) fn made_ready(self, path: &str, bytes: u64) {
        let is_it = |all: &Vec<Readied>| all.iter().flat_map(|one| &one.lent).any(|(one, _)| one == path);
        if !self.readied.with_untracked(is_it) {
            return;
        }
        self.readied.update(|all| {
            let found = all.iter_mut().flat_map(|one| &mut one.lent).find(|(one, _)| one == path);
            if let Some((_, done)) = found {
                *done = bytes;
            }
        });
    }

    /// They are not to be sent after all.
    pub fn stop_readying(self, number: u32) {
        self.readied.update(|all| {
            if let Some(one) = all.iter_mut().find(|one| one.number == number) {
                one.stopped = true;
                one.lent.iter().for_each(|(path, _)| stop_file(path));
            }
        });
    }

    /// Whether that was said of them.
    pub fn is_stopped(self, number: u32) -> bool {
        self.readied.with_untracked(|all| all.iter().any(|one| one.number == number && one.stopped))
    }

    /// They stand in the chat, or here again.
    pub fn readied_over(self, number: u32) {
        self.readied.update(|all| all.retain(|one| one.number != number));
    }
}

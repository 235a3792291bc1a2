//! Who follows what, compactly: about 35 bytes for a log that one connection follows, 50 where there are two.
//!
//! ```text
//! table: hash of id ─▶ slot    slots: id, its one follower    pairs: both, where there are two    lists: more
//! ```
//! Two is what a conversation between two people has, and so what there is most of.
//! A log and an inbox are alike here: sixteen random bytes that connections follow.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

/// Sixteen random bytes: a log's id or an inbox's.
pub type Id = [u8; 16];

/// Where an id is kept while somebody follows it.
pub type Slot = u32;

/// Slots per block. Blocks, not one vector: growing never copies and never leaves half of it unused.
const BLOCK: usize = 1024;

/// One connection that follows an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Follower {
    /// The connection's slot in the top 31 bits, whether it is behind in the lowest.
    packed: u32,
    /// Which right it follows by, see [`crate::delivery::reader_tag`]; 0 for inboxes.
    pub tag: u32,
}

impl Follower {
    /// A follower that is not behind.
    pub fn new(connection: u32, tag: u32) -> Self {
        Self { packed: connection << 1, tag }
    }

    /// The connection's slot.
    pub fn connection(self) -> u32 {
        self.packed >> 1
    }

    /// Whether it reads pages for now, so that new entries are not pushed to it.
    pub fn is_behind(self) -> bool {
        self.packed & 1 == 1
    }

    /// Sets [`Self::is_behind`].
    pub fn set_behind(&mut self, behind: bool) {
        self.packed = (self.packed & !1) | u32::from(behind);
    }
}

/// Stands in [`Follower::packed`] of an entry whose followers are in a list; its `tag` says which.
const LISTED: u32 = u32::MAX;
/// Stands there in an entry whose two followers are a pair; its `tag` says which.
const PAIRED: u32 = u32::MAX - 2;
/// Stands there in an entry that is free; its `tag` is the next free slot.
const FREE: u32 = u32::MAX - 1;
/// No slot.
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Entry {
    id: Id,
    first: Follower,
}

/// All follows of one kind.
pub struct Registry {
    hasher: RandomState,
    table: HashTable<Slot>,
    blocks: Vec<Box<[Entry; BLOCK]>>,
    free: Slot,
    pairs: Vec<[Follower; 2]>,
    free_pairs: Vec<u32>,
    lists: Vec<Vec<Follower>>,
    free_lists: Vec<u32>,
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            hasher: RandomState::new(),
            table: HashTable::new(),
            blocks: Vec::new(),
            free: NONE,
            pairs: Vec::new(),
            free_pairs: Vec::new(),
            lists: Vec::new(),
            free_lists: Vec::new(),
        }
    }
}

impl Registry {
    /// The slot of an id that somebody follows.
    pub fn find(&self, id: &Id) -> Option<Slot> {
        self.table.find(self.hasher.hash_one(id), |slot| self.id(*slot) == *id).copied()
    }

    /// The id in a slot.
    pub fn id(&self, slot: Slot) -> Id {
        self.entry(slot).id
    }

    /// Everybody who follows.
    pub fn followers(&self, slot: Slot) -> &[Follower] {
        let entry = self.entry(slot);
        match entry.first.packed {
            LISTED => &self.lists[entry.first.tag as usize],
            PAIRED => &self.pairs[entry.first.tag as usize],
            _ => std::slice::from_ref(&entry.first),
        }
    }

    /// As [`Self::followers`], to be marked.
    pub fn followers_mut(&mut self, slot: Slot) -> &mut [Follower] {
        let entry = &mut self.blocks[slot as usize / BLOCK][slot as usize % BLOCK];
        match entry.first.packed {
            LISTED => &mut self.lists[entry.first.tag as usize],
            PAIRED => &mut self.pairs[entry.first.tag as usize],
            _ => std::slice::from_mut(&mut entry.first),
        }
    }

    /// One connection's follow.
    pub fn follower_mut(&mut self, slot: Slot, connection: u32) -> Option<&mut Follower> {
        self.followers_mut(slot).iter_mut().find(|follower| follower.connection() == connection)
    }

    /// Adds a follower that does not follow this id yet.
    pub fn insert(&mut self, id: &Id, follower: Follower) -> Slot {
        let Some(slot) = self.find(id) else { return self.insert_new(id, follower) };
        let first = self.entry(slot).first;
        match first.packed {
            LISTED => self.lists[first.tag as usize].push(follower),
            PAIRED => {
                let [one, two] = self.release_pair(first.tag);
                let list = self.take_list(vec![one, two, follower]);
                self.entry_mut(slot).first = Follower { packed: LISTED, tag: list };
            }
            _ => {
                let pair = self.take_pair([first, follower]);
                self.entry_mut(slot).first = Follower { packed: PAIRED, tag: pair };
            }
        }
        slot
    }

    /// Removes a connection's follow; the slot is free again when nobody else follows.
    pub fn remove(&mut self, slot: Slot, connection: u32) {
        let first = self.entry(slot).first;
        match first.packed {
            LISTED => {
                let list = &mut self.lists[first.tag as usize];
                list.retain(|follower| follower.connection() != connection);
                if let [one, two] = list[..] {
                    self.lists[first.tag as usize] = Vec::new();
                    self.free_lists.push(first.tag);
                    let pair = self.take_pair([one, two]);
                    self.entry_mut(slot).first = Follower { packed: PAIRED, tag: pair };
                }
            }
            PAIRED => {
                let [one, two] = self.pairs[first.tag as usize];
                let left = match connection {
                    _ if connection == one.connection() => two,
                    _ if connection == two.connection() => one,
                    _ => return,
                };
                self.release_pair(first.tag);
                self.entry_mut(slot).first = left;
            }
            _ if first.connection() == connection => self.release(slot),
            _ => {}
        }
    }

    /// How many ids are followed.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether nobody follows anything.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    fn take_pair(&mut self, pair: [Follower; 2]) -> u32 {
        if let Some(free) = self.free_pairs.pop() {
            self.pairs[free as usize] = pair;
            return free;
        }
        if self.pairs.len() == self.pairs.capacity() {
            // Not twice as many: half of them would stay unused.
            self.pairs.reserve_exact(BLOCK);
        }
        self.pairs.push(pair);
        self.pairs.len() as u32 - 1
    }

    fn release_pair(&mut self, pair: u32) -> [Follower; 2] {
        self.free_pairs.push(pair);
        self.pairs[pair as usize]
    }

    fn take_list(&mut self, list: Vec<Follower>) -> u32 {
        if let Some(free) = self.free_lists.pop() {
            self.lists[free as usize] = list;
            return free;
        }
        self.lists.push(list);
        self.lists.len() as u32 - 1
    }

    fn insert_new(&mut self, id: &Id, first: Follower) -> Slot {
        if self.free == NONE {
            self.add_block();
        }
        let slot = self.free;
        self.free = self.entry(slot).first.tag;
        *self.entry_mut(slot) = Entry { id: *id, first };
        let Self { table, blocks, hasher, .. } = self;
        table.insert_unique(hasher.hash_one(id), slot, |slot| {
            hasher.hash_one(blocks[*slot as usize / BLOCK][*slot as usize % BLOCK].id)
        });
        slot
    }

    fn release(&mut self, slot: Slot) {
        let id = self.id(slot);
        if let Ok(entry) = self.table.find_entry(self.hasher.hash_one(id), |other| *other == slot) {
            entry.remove();
        }
        *self.entry_mut(slot) = Entry { id: [0; 16], first: Follower { packed: FREE, tag: self.free } };
        self.free = slot;
        if self.table.is_empty() {
            // Everybody is gone: so is the memory.
            let hasher = self.hasher.clone();
            *self = Self { hasher, ..Self::default() };
        }
    }

    fn add_block(&mut self) {
        let base = (self.blocks.len() * BLOCK) as u32;
        let entry = |at: usize| {
            let next = if at + 1 == BLOCK { NONE } else { base + at as u32 + 1 };
            Entry { id: [0; 16], first: Follower { packed: FREE, tag: next } }
        };
        self.blocks.push(Box::new(std::array::from_fn(entry)));
        self.free = base;
    }

    fn entry(&self, slot: Slot) -> &Entry {
        &self.blocks[slot as usize / BLOCK][slot as usize % BLOCK]
    }

    fn entry_mut(&mut self, slot: Slot) -> &mut Entry {
        &mut self.blocks[slot as usize / BLOCK][slot as usize % BLOCK]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// The registry against a plain map, with seeded random follows and leaves.
    #[test]
    fn agrees_with_a_plain_map() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut registry = Registry::default();
        let mut plain: BTreeMap<Id, BTreeSet<u32>> = BTreeMap::new();
        for step in 0..20_000 {
            let id = [rng.random_range(0..40u8); 16];
            let connection = rng.random_range(0..30u32);
            let followers = plain.entry(id).or_default();
            // Mostly joining at first, mostly leaving later, so that it empties now and then.
            if rng.random_bool(if step % 4_000 < 2_000 { 0.7 } else { 0.1 }) {
                if followers.insert(connection) {
                    registry.insert(&id, Follower::new(connection, connection + 1));
                }
            } else if followers.remove(&connection) {
                let slot = registry.find(&id).unwrap();
                registry.remove(slot, connection);
            }
            let followers = plain[&id].clone();
            let found: BTreeSet<u32> = registry
                .find(&id)
                .map(|slot| registry.followers(slot).iter().map(|follower| follower.connection()).collect())
                .unwrap_or_default();
            assert_eq!(found, followers, "step {step}");
            assert_eq!(registry.len(), plain.values().filter(|set| !set.is_empty()).count());
        }
    }

    #[test]
    fn a_mark_stays_with_its_follower() {
        let mut registry = Registry::default();
        let slot = registry.insert(&[1; 16], Follower::new(5, 50));
        registry.insert(&[1; 16], Follower::new(6, 60));
        registry.follower_mut(slot, 6).unwrap().set_behind(true);
        registry.remove(slot, 5);
        let [left] = registry.followers(slot) else { panic!() };
        assert!(left.is_behind() && left.connection() == 6 && left.tag == 60);
        registry.remove(slot, 6);
        assert_eq!(registry.find(&[1; 16]), None);
        assert!(registry.blocks.is_empty());
    }
}

//! Who follows what, compactly: about 40 bytes for a log that one connection follows, 12 for each further one.
//!
//! ```text
//! table: hash of id ─▶ slot      slots: id, first follower, ─▶ cells: follower, ─▶ follower, ─▶ …
//! ```
//! A log and an inbox are alike here: sixteen random bytes that connections follow.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

/// Sixteen random bytes: a log's id or an inbox's.
pub type Id = [u8; 16];

/// Where an id is kept while somebody follows it.
pub type Slot = u32;

/// One connection that follows an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Follower {
    /// The connection's slot in the top 31 bits, whether it is behind in the lowest.
    packed: u32,
    /// Which right it follows by, see [`crate::delivery::Tagger`]; 0 for inboxes.
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

/// No cell.
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Entry {
    id: Id,
    first: Cell,
}

#[derive(Clone, Copy)]
struct Cell {
    follower: Follower,
    next: u32,
}

/// A place among the followers of an id. Holds as long as none of them is removed.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// In the slot itself.
    First(Slot),
    /// In a cell.
    Cell(u32),
}

/// All follows of one kind.
#[derive(Default)]
pub struct Registry {
    hasher: RandomState,
    table: HashTable<Slot>,
    entries: Blocks<Entry>,
    cells: Blocks<Cell>,
}

impl Registry {
    /// The slot of an id that somebody follows.
    pub fn find(&self, id: &Id) -> Option<Slot> {
        self.table.find(self.hasher.hash_one(id), |slot| self.id(*slot) == *id).copied()
    }

    /// The id in a slot.
    pub fn id(&self, slot: Slot) -> Id {
        self.entries.at(slot).id
    }

    /// The follower at a place, and the place of the next.
    pub fn follower(&self, place: Place) -> (Follower, Option<Place>) {
        let cell = self.cell(place);
        (cell.follower, (cell.next != NONE).then_some(Place::Cell(cell.next)))
    }

    /// Everybody who follows.
    pub fn followers(&self, slot: Slot) -> impl Iterator<Item = Follower> {
        let mut place = Some(Place::First(slot));
        std::iter::from_fn(move || {
            let (follower, next) = self.follower(place?);
            place = next;
            Some(follower)
        })
    }

    /// Changes every follower's tag that is `old`.
    pub fn retag(&mut self, slot: Slot, old: u32, new: u32) {
        let mut place = Some(Place::First(slot));
        while let Some(here) = place {
            let cell = self.cell_mut(here);
            if cell.follower.tag == old {
                cell.follower.tag = new;
            }
            place = (cell.next != NONE).then_some(Place::Cell(cell.next));
        }
    }

    /// One connection's follow.
    pub fn follower_mut(&mut self, slot: Slot, connection: u32) -> Option<&mut Follower> {
        let mut place = Place::First(slot);
        loop {
            let (follower, next) = self.follower(place);
            if follower.connection() == connection {
                return Some(&mut self.cell_mut(place).follower);
            }
            place = next?;
        }
    }

    /// Adds a follower that does not follow this id yet.
    pub fn insert(&mut self, id: &Id, follower: Follower) -> Slot {
        if let Some(slot) = self.find(id) {
            let next = self.entries.at(slot).first.next;
            let cell = self.cells.insert(Cell { follower, next });
            self.entries.at_mut(slot).first.next = cell;
            return slot;
        }
        let slot = self.entries.insert(Entry { id: *id, first: Cell { follower, next: NONE } });
        let Self { table, entries, hasher, .. } = self;
        table.insert_unique(hasher.hash_one(id), slot, |slot| hasher.hash_one(entries.at(*slot).id));
        slot
    }

    /// Removes a connection's follow; the slot is free again when nobody else follows.
    pub fn remove(&mut self, slot: Slot, connection: u32) {
        let mut before = Place::First(slot);
        let first = self.entries.at(slot).first;
        if first.follower.connection() == connection {
            if first.next == NONE {
                return self.release(slot);
            }
            // The second takes the first's place.
            let second = *self.cells.at(first.next);
            self.cells.remove(first.next);
            self.entries.at_mut(slot).first = second;
            return;
        }
        while let (_, Some(Place::Cell(place))) = self.follower(before) {
            let cell = *self.cells.at(place);
            if cell.follower.connection() == connection {
                self.cell_mut(before).next = cell.next;
                self.cells.remove(place);
                return;
            }
            before = Place::Cell(place);
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

    fn release(&mut self, slot: Slot) {
        let hash = self.hasher.hash_one(self.id(slot));
        if let Ok(entry) = self.table.find_entry(hash, |other| *other == slot) {
            entry.remove();
        }
        self.entries.remove(slot);
        if self.table.is_empty() {
            // Everybody is gone: so is the memory.
            self.table = HashTable::new();
        }
    }

    fn cell(&self, place: Place) -> &Cell {
        match place {
            Place::First(slot) => &self.entries.at(slot).first,
            Place::Cell(cell) => self.cells.at(cell),
        }
    }

    fn cell_mut(&mut self, place: Place) -> &mut Cell {
        match place {
            Place::First(slot) => &mut self.entries.at_mut(slot).first,
            Place::Cell(cell) => self.cells.at_mut(cell),
        }
    }
}

/// Things per block.
const BLOCK: usize = 1024;

/// Things by number, in blocks rather than one vector: growing never copies and never leaves half of it unused.
struct Blocks<T> {
    blocks: Vec<Vec<T>>,
    free: Vec<u32>,
    used: usize,
}

impl<T> Default for Blocks<T> {
    fn default() -> Self {
        Self { blocks: Vec::new(), free: Vec::new(), used: 0 }
    }
}

impl<T> Blocks<T> {
    fn at(&self, number: u32) -> &T {
        &self.blocks[number as usize / BLOCK][number as usize % BLOCK]
    }

    fn at_mut(&mut self, number: u32) -> &mut T {
        &mut self.blocks[number as usize / BLOCK][number as usize % BLOCK]
    }

    fn insert(&mut self, thing: T) -> u32 {
        self.used += 1;
        if let Some(number) = self.free.pop() {
            *self.at_mut(number) = thing;
            return number;
        }
        if self.blocks.last().is_none_or(|block| block.len() == BLOCK) {
            self.blocks.push(Vec::with_capacity(BLOCK));
        }
        let last = self.blocks.len() - 1;
        self.blocks[last].push(thing);
        (last * BLOCK + self.blocks[last].len() - 1) as u32
    }

    fn remove(&mut self, number: u32) {
        self.used -= 1;
        self.free.push(number);
        if self.used == 0 {
            *self = Self::default();
        }
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
                .map(|slot| registry.followers(slot).map(Follower::connection).collect())
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
        let [left] = registry.followers(slot).collect::<Vec<_>>()[..] else { panic!() };
        assert!(left.is_behind() && left.connection() == 6 && left.tag == 60);
        registry.remove(slot, 6);
        assert_eq!(registry.find(&[1; 16]), None);
        assert!(
            registry.is_empty() && registry.entries.blocks.is_empty() && registry.cells.blocks.is_empty()
        );
    }
}

//! Where entries are that the index on the disk does not have yet: in memory, by log, shared between the writer,
//! the background thread and those who read pages.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A record's place in its segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Where its frame begins.
    pub offset: u32,
    /// Its length with the frame.
    pub bytes: u32,
}

impl Span {
    /// Of an entry that is nowhere.
    pub const LOST: Self = Self { offset: 0, bytes: 0 };
}

/// Entries of one log without a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The store's number for the log.
    pub slot: u32,
    /// Number of the first one.
    pub first_entry: u64,
    /// Where they are.
    pub spans: Vec<Span>,
}

/// The same in a layer. Most logs have one or two entries there, so the first needs no allocation.
#[derive(Debug)]
struct Held {
    first_entry: u64,
    first: Span,
    rest: Vec<Span>,
}

/// Entries of one segment that came in a row.
#[derive(Debug)]
pub struct Layer {
    /// The segment.
    pub segment: u32,
    /// Everything before this offset is in this layer or an earlier one.
    pub reach: u32,
    rows: usize,
    runs: HashMap<u32, Held>,
}

impl Layer {
    /// Without entries, from `reach` on.
    pub fn new(segment: u32, reach: u32) -> Self {
        Self { segment, reach, rows: 0, runs: HashMap::new() }
    }

    /// Entries of a log before this one are lost, where some of it are here: nothing else may stand in their place.
    pub fn fill(&mut self, slot: u32, entry: u64) {
        if let Some(run) = self.runs.get_mut(&slot) {
            let next = run.first_entry + run.rest.len() as u64 + 1;
            run.rest.extend((next..entry).map(|_| Span::LOST));
        }
    }

    /// Adds the next entry of a log. One that does not follow is a fault, told as false and not added.
    #[must_use]
    pub fn add(&mut self, slot: u32, entry: u64, span: Span) -> bool {
        self.rows += 1;
        let run = self.runs.entry(slot);
        let mut follows = true;
        run.and_modify(|run| {
            follows = run.first_entry + run.rest.len() as u64 + 1 == entry;
            if follows {
                run.rest.push(span);
            }
        })
        .or_insert(Held { first_entry: entry, first: span, rest: Vec::new() });
        follows
    }

    /// How many entries.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// All, a run a log.
    pub fn runs(&self) -> impl Iterator<Item = Run> {
        self.runs.iter().map(|(slot, held)| {
            let spans = held.spans(0).collect();
            Run { slot: *slot, first_entry: held.first_entry, spans }
        })
    }

    /// The oldest entry of a log that is here.
    fn first_entry(&self, slot: u32) -> Option<u64> {
        self.runs.get(&slot).map(|run| run.first_entry)
    }

    /// Entries of a log from `entry` on.
    fn from(&self, slot: u32, entry: u64) -> impl Iterator<Item = (u64, Span)> {
        let run = self.runs.get(&slot);
        run.into_iter().flat_map(move |run| {
            let skip = entry.saturating_sub(run.first_entry);
            (run.first_entry + skip..).zip(run.spans(usize::try_from(skip).unwrap_or(usize::MAX)))
        })
    }
}

impl Held {
    fn spans(&self, skip: usize) -> impl Iterator<Item = Span> {
        let rest = self.rest.get(skip.saturating_sub(1)..).unwrap_or_default();
        (skip == 0).then_some(self.first).into_iter().chain(rest.iter().copied())
    }
}

/// All layers that wait.
#[derive(Clone)]
pub struct Waiting(Arc<RwLock<Layers>>);

struct Layers {
    /// Oldest first; on their way to the index.
    frozen: Vec<Arc<Layer>>,
    active: Layer,
}

/// An entry's segment and place in it.
pub type Place = (u32, Span);

impl Waiting {
    /// What recovery found.
    pub fn new(frozen: Vec<Layer>, active: Layer) -> Self {
        let frozen = frozen.into_iter().map(Arc::new).collect();
        Self(Arc::new(RwLock::new(Layers { frozen, active })))
    }

    /// Entries that wait, and how many of them are in the active layer.
    pub fn rows(&self) -> (usize, usize) {
        let layers = self.layers();
        let active = layers.active.rows;
        (active + layers.frozen.iter().map(|layer| layer.rows).sum::<usize>(), active)
    }

    /// Adds the entries of a batch that is durable, after which the segment has `reach` bytes. False: see
    /// [`Layer::add`].
    #[must_use]
    pub fn add(&self, rows: impl Iterator<Item = (u32, u64, Span)>, reach: u32) -> bool {
        let mut layers = self.change();
        let mut follows = true;
        for (slot, entry, span) in rows {
            follows &= layers.active.add(slot, entry, span);
        }
        layers.active.reach = reach;
        follows
    }

    /// Goes on in a new segment, or in the same one from where it is.
    pub fn freeze(&self, segment: u32, reach: u32) {
        let mut layers = self.change();
        let full = std::mem::replace(&mut layers.active, Layer::new(segment, reach));
        layers.frozen.push(Arc::new(full));
    }

    /// All layers but the active one, oldest first.
    pub fn frozen(&self) -> Vec<Arc<Layer>> {
        self.layers().frozen.clone()
    }

    /// This one has been indexed.
    pub fn remove(&self, indexed: &Arc<Layer>) {
        self.change().frozen.retain(|layer| !Arc::ptr_eq(layer, indexed));
    }

    /// Up to `limit` entries of a log from `entry` on that wait, without a gap among them, and the number of the
    /// first. Entries before that are in the index, if anywhere.
    pub fn find(&self, slot: u32, entry: u64, limit: usize) -> (Option<u64>, Vec<Place>) {
        let layers = self.layers();
        let all = || layers.frozen.iter().map(|layer| &**layer).chain([&layers.active]);
        let Some(oldest) = all().find_map(|layer| layer.first_entry(slot)) else { return (None, Vec::new()) };
        let from = entry.max(oldest);
        let numbered = all()
            .flat_map(|layer| layer.from(slot, from).map(|(number, span)| (number, (layer.segment, span))));
        let mut numbered = numbered.peekable();
        let first = numbered.peek().map_or(from, |(number, _)| *number);
        // Between layers some may be lost.
        let places = (first..).zip(numbered).take(limit).take_while(|(next, (number, _))| next == number);
        (Some(first), places.map(|(_, (_, place))| place).collect())
    }

    fn layers(&self) -> RwLockReadGuard<'_, Layers> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self) -> RwLockWriteGuard<'_, Layers> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(n: u32) -> Span {
        Span { offset: n, bytes: 1 }
    }

    #[test]
    fn entries_are_found_across_layers_in_order() {
        let waiting = Waiting::new(Vec::new(), Layer::new(1, 0));
        assert!(waiting.add([(5, 3, span(30)), (5, 4, span(40)), (6, 1, span(1))].into_iter(), 50));
        waiting.freeze(2, 0);
        assert!(waiting.add([(5, 5, span(5)), (5, 6, span(6))].into_iter(), 10));
        assert_eq!(
            waiting.find(5, 1, 9),
            (Some(3), vec![(1, span(30)), (1, span(40)), (2, span(5)), (2, span(6))])
        );
        assert_eq!(waiting.find(5, 4, 2), (Some(4), vec![(1, span(40)), (2, span(5))]));
        assert_eq!(waiting.find(5, 6, 2), (Some(6), vec![(2, span(6))]));
        assert_eq!(waiting.find(5, 7, 2), (Some(7), vec![]));
        assert_eq!(waiting.find(7, 1, 2), (None, vec![]));
        let frozen = waiting.frozen();
        let mut runs: Vec<_> = frozen[0].runs().collect();
        runs.sort_by_key(|run| run.slot);
        assert_eq!(runs[0], Run { slot: 5, first_entry: 3, spans: vec![span(30), span(40)] });
        waiting.remove(&frozen[0]);
        assert_eq!(waiting.find(5, 1, 1), (Some(5), vec![(2, span(5))]));
        assert_eq!(waiting.rows(), (2, 2));
        assert!(!waiting.add([(5, 8, span(8))].into_iter(), 11), "7 is missing");
    }

    #[test]
    fn lost_entries_shift_no_others() {
        let mut first = Layer::new(1, 50);
        assert!(first.add(5, 3, span(30)));
        first.fill(5, 6);
        first.fill(9, 6);
        assert!(first.add(5, 6, span(60)) && first.add(9, 7, span(70)));
        let waiting = Waiting::new(vec![first], Layer::new(2, 0));
        assert!(waiting.add([(5, 9, span(9))].into_iter(), 10));
        let (lost, six) = ((1, Span::LOST), (1, span(60)));
        assert_eq!(waiting.find(5, 1, 9), (Some(3), vec![(1, span(30)), lost, lost, six]));
        assert_eq!(waiting.find(5, 5, 9), (Some(5), vec![lost, six]));
        assert_eq!(waiting.find(5, 7, 9), (Some(9), vec![(2, span(9))]));
        assert_eq!(waiting.find(9, 1, 9), (Some(7), vec![(1, span(70))]));
    }
}

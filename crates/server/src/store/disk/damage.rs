//! What of the segments is set aside: records whose bytes are not those that were written. The rest is served. Known to the writer and
//! to those who read pages, kept in `meta.db`, forgotten with the segment.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A place: segment and offset.
pub type Place = (u32, u32);

/// All of them. Clones share it.
#[derive(Clone, Default)]
pub struct Damage(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    places: BTreeSet<Place>,
    /// Those that `meta.db` has.
    saved: BTreeSet<Place>,
}

impl Damage {
    /// What was known at the last start.
    pub fn of(saved: Vec<Place>) -> Self {
        let saved: BTreeSet<Place> = saved.into_iter().collect();
        Self(Arc::new(Mutex::new(Known { places: saved.clone(), saved })))
    }

    /// Something is damaged. The operator is told once.
    pub fn note(&self, file: &Path, place: Place, what: &str) {
        if self.known().places.insert(place) {
            tracing::error!(
                file = %file.display(), offset = place.1,
                "a record is damaged and is set aside, all others are served; its readers are told: {what}"
            );
        }
    }

    /// Whether it is known already.
    pub fn has(&self, place: Place) -> bool {
        self.known().places.contains(&place)
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.known().places.len() as u64
    }

    /// Those that are still to be saved.
    pub fn unsaved(&self) -> Vec<Place> {
        let known = self.known();
        known.places.difference(&known.saved).copied().collect()
    }

    /// These were.
    pub fn note_saved(&self, places: &[Place]) {
        self.known().saved.extend(places);
    }

    /// The segment is gone.
    pub fn forget(&self, segment: u32) {
        let mut known = self.known();
        known.places.retain(|(of, _)| *of != segment);
        known.saved.retain(|(of, _)| *of != segment);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

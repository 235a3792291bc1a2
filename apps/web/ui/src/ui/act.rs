//! Something that is done later, by a menu or a dialog: unlike a `Callback` it outlives the part of the page that made
//! it, because a menu is gone before what it offered runs.

use std::sync::Arc;

/// What is done with a value, or with none.
pub struct Act<T: 'static = ()>(Arc<dyn Fn(T) + Send + Sync>);

impl<T: 'static> Act<T> {
    /// From a closure.
    pub fn new(what: impl Fn(T) + Send + Sync + 'static) -> Self {
        Self(Arc::new(what))
    }

    /// Does it.
    pub fn run(&self, with: T) {
        (self.0)(with);
    }
}

impl<T: 'static> Clone for Act<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

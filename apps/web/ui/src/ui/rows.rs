//! A long list whose rows never change places with one another.

use std::collections::HashSet;
use std::hash::Hash;

use leptos::prelude::*;
use leptos::tachys::view::{Mountable, Render};
use web_sys::Element;

/// The rows that stand in one element, in the order of what they show.
///
/// `<For>` finds out what moved, and takes rows that merely stand behind new ones for moved: each time older messages
/// came in above, it took every row out of the page and put it in again, and the browser laid them all out anew.
/// Here what stays is not touched.
pub struct Rows<K, S: Mountable> {
    rows: Vec<Row<K, S>>,
}

struct Row<K, S: Mountable> {
    key: K,
    state: S,
    // Dropped after the state, whose effects use what this owns.
    _owner: Owner,
}

// The element may stay for the next conversation.
impl<K, S: Mountable> Drop for Row<K, S> {
    fn drop(&mut self) {
        self.state.unmount();
    }
}

impl<K, S: Mountable> Default for Rows<K, S> {
    fn default() -> Self {
        Self { rows: Vec::new() }
    }
}

impl<K: Eq + Hash, S: Mountable> Rows<K, S> {
    /// Shows these and no others in `parent`. `owner` is who has the rows, as what a row begins ends with the row and
    /// not with whoever calls this.
    pub fn show<T, V>(
        &mut self,
        parent: &Element,
        owner: &Owner,
        items: impl IntoIterator<Item = T>,
        key: impl Fn(&T) -> K,
        view: impl Fn(T) -> V,
    ) where
        V: Render<State = S>,
    {
        let items: Vec<(K, T)> = items.into_iter().map(|item| (key(&item), item)).collect();
        let wanted: HashSet<&K> = items.iter().map(|(key, _)| key).collect();
        let mut behind = std::mem::take(&mut self.rows);
        behind.retain(|row| wanted.contains(&row.key));
        behind.reverse();
        for (key, item) in items {
            if behind.last().is_some_and(|row| row.key == key) {
                self.rows.extend(behind.pop());
                continue;
            }
            // It did change places, against what was said, and is made anew.
            if let Some(at) = behind.iter().position(|row| row.key == key) {
                behind.remove(at);
            }
            let owner = owner.with(Owner::new);
            let mut state = owner.with(|| view(item).build());
            let before = behind.last().and_then(|row| row.state.elements().into_iter().next());
            state.mount(parent, before.as_deref());
            self.rows.push(Row { key, state, _owner: owner });
        }
    }
}

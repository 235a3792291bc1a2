//! What a dialog's last button does: the dialog stays, with all that was typed, until it is done.

use std::future::Future;

use casemate_api::Error;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::locale::spoken;
use crate::store::Store;

/// One dialog's, which it goes with.
#[derive(Clone, Copy)]
pub struct Attempt {
    /// It goes on: not to be asked for again.
    pub busy: RwSignal<bool>,
    trouble: RwSignal<Option<String>>,
}

impl Attempt {
    pub fn new() -> Self {
        Self { busy: RwSignal::new(false), trouble: RwSignal::new(None) }
    }

    /// Does it and closes the dialog. Why it was not done is said in the dialog, and at the bottom where that was closed
    /// meanwhile.
    pub fn run(self, store: Store, what: impl Future<Output = Result<(), Error>> + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.trouble.set(None);
        spawn_local(async move {
            let done = what.await;
            let is_open = self.busy.try_set(false).is_none();
            match done {
                Ok(()) if is_open => store.dialog.set(None),
                Ok(()) => {}
                Err(error) if is_open => self.trouble.set(Some(spoken(&error.message))),
                Err(error) => store.fails(&error),
            }
        });
    }

    /// Why it was not done.
    pub fn trouble(self) -> impl IntoView {
        move || self.trouble.get().map(|why| view! { <p class="notice look" role="alert">{why}</p> })
    }
}

//! How far bytes are on their way.

use leptos::prelude::*;

use crate::engine::is_native;
use crate::locale::{t, ta, when};
use crate::store::readying::Readied;
use crate::store::use_store;

/// So many bytes of how many.
pub fn transfer(done: u64, of: u64) -> impl IntoView {
    view! {
        <span class="transfer">
            <progress aria-label=t("progress") max=of.to_string() value=done.to_string()></progress>
            <small>{when::size_of(done, of)}</small>
        </span>
    }
}

/// Files that are made ready to be sent.
#[component]
pub fn Readying(number: u32, names: String, bytes: u64) -> impl IntoView {
    let store = use_store();
    let done = move || {
        let one = |all: &Vec<Readied>| all.iter().find(|one| one.number == number).map_or(0, Readied::done);
        Some(store.readied.with(one).min(bytes)).filter(|done| *done > 0)
    };
    let stopping = RwSignal::new(false);
    let stop = move |_| {
        stopping.set(true);
        store.stop_readying(number);
    };
    // A native engine has read them within a moment, and is not stopped any more.
    let stop = (!is_native()).then(|| {
        view! { <button type="button" class="inline roomy" disabled=stopping on:click=stop>{t("cancel")}</button> }
    });
    view! {
        <div class="readied soft">
            <p><span role="status">{ta("files-ready", &[("names", names.into())])}</span>" "{stop}</p>
            {move || done().map(|done| transfer(done, bytes))}
        </div>
    }
}

//! Calls: said plainly that they are not there yet.

use leptos::prelude::*;

use crate::locale::t;
use crate::store::use_store;
use crate::ui::button::IconButton;
use crate::ui::icon::{Icon, icon};

/// What there is about calls.
#[component]
pub fn Calls() -> impl IntoView {
    let store = use_store();
    view! {
        <header class="bar">
            <span class="only-phone"><IconButton name=t("back") shape=Icon::Back on_click=move |_| store.back()/></span>
            <h1>{t("nav-calls")}</h1>
        </header>
        <div class="page"><div class="empty"><span class="mark-large">{icon(Icon::Phone)}</span><p>{t("calls-later")}</p></div></div>
    }
}

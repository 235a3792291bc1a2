//! The main navigation: a rail on wide screens, a bar on phones.

use leptos::prelude::*;

use super::icon::{Icon, icon};
use crate::locale::{t, ta};
use crate::store::route::{Page, Route, Tab};
use crate::store::use_store;
use crate::text::plain::at_most;

/// Chats, Calls, Contacts, Settings.
#[component]
pub fn MainNav() -> impl IntoView {
    let store = use_store();
    let link = move |tab: Tab, name: String, shape: Icon, route: Route| {
        let hash = route.to_hash();
        let current = move || (store.route.with(Route::tab) == tab).then_some("page");
        let badge = move || {
            let unread = if tab == Tab::Chats { store.unread() } else { 0 };
            (unread > 0)
                .then(|| view! { <span class="count" aria-hidden=true.to_string() data-count=at_most(unread, 99)></span> })
        };
        let title = move || {
            let unread = if tab == Tab::Chats { store.unread() } else { 0 };
            (unread > 0).then(|| ta("unread-count", &[("count", unread.into())]))
        };
        let click = move |event: leptos::ev::MouseEvent| {
            event.prevent_default();
            store.go(route.clone());
        };
        view! {
            <a class="tab" href=hash aria-label=name.clone() title=title aria-current=current on:click=click>
                <span class="tab-icon">{icon(shape)}{badge}</span>
                <span class="tab-name">{name.clone()}</span>
            </a>
        }
    };
    view! {
        <nav class="main-nav" aria-label=t("nav-main")>
            <span class="mark" aria-hidden=true.to_string()>{icon(Icon::Arch)}</span>
            {link(Tab::Chats, t("nav-chats"), Icon::Chat, Route::Chats)}
            {link(Tab::Calls, t("nav-calls"), Icon::Phone, Route::Calls)}
            {link(Tab::Contacts, t("nav-contacts"), Icon::People, Route::Contacts)}
            {link(Tab::Settings, t("nav-settings"), Icon::Gear, Route::Settings(Page::Menu))}
        </nav>
    }
}

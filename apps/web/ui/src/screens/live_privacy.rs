//! Whether others see that something is typed, and when one was there. Both ways: who hides it does not see it. And whether sites
//! learn of links that are written.

use casemate_api::command::SettingsSet;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::engine::is_native;
use crate::locale::t;
use crate::store::use_store;
use crate::ui::button::Switch;

/// Two switches of the privacy page.
#[component]
pub fn LivePrivacy() -> impl IntoView {
    let store = use_store();
    let typing = RwSignal::new(true);
    let last_seen = RwSignal::new(false);
    spawn_local(async move {
        if let Some(settings) = store.settings().await {
            typing.try_set(settings.typing);
            last_seen.try_set(settings.last_seen);
        }
    });
    let set_typing = move |on: bool| {
        typing.set(on);
        store.choose(SettingsSet { typing: Some(on), ..SettingsSet::default() });
    };
    let set_last_seen = move |on: bool| {
        last_seen.set(on);
        store.choose(SettingsSet { last_seen: Some(on), ..SettingsSet::default() });
    };
    view! {
        <Switch
            label=t("show-typing") hint=t("show-typing-hint")
            on=Signal::derive(move || typing.get()) on_change=set_typing
        />
        <Switch
            label=t("show-last-seen") hint=t("show-last-seen-hint")
            on=Signal::derive(move || last_seen.get()) on_change=set_last_seen
        />
    }
}

/// Whether this device looks behind links that are written here. Only where the engine is a program that can.
#[component]
pub fn LinkPreviews() -> impl IntoView {
    let store = use_store();
    let on = RwSignal::new(false);
    spawn_local(async move {
        if let Some(settings) = store.settings().await {
            on.try_set(settings.link_previews);
        }
    });
    let set = move |wanted: bool| {
        on.set(wanted);
        store.choose(SettingsSet { link_previews: Some(wanted), ..SettingsSet::default() });
    };
    is_native().then(|| {
        view! {
            <Switch
                label=t("link-previews") hint=t("link-previews-hint")
                on=Signal::derive(move || on.get()) on_change=set
            />
        }
    })
}

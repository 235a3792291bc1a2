//! Lines above the chats: another device came to this account; earlier messages are on their way to a new one.

use leptos::prelude::*;

use crate::locale::{listed, t, ta};
use crate::store::route::{Page, Route};
use crate::store::use_store;
use crate::ui::button::{Button, Weight};
use crate::ui::icon::{Icon, icon};

/// Stays until the person has answered it.
#[component]
pub fn NewDevice() -> impl IntoView {
    let store = use_store();
    let what = move || match store.new_devices() {
        // What it is called comes a moment after it did.
        called if called.is_empty() => t("device-added"),
        called => ta("device-added-named", &[("name", listed(called).into())]),
    };
    move || {
        store.new_device.get().then(|| {
            view! {
                <div class="new-device" role="alert">
                    <p>{icon(Icon::Device)}<span>{what}" "{t("device-added-what")}</span></p>
                    <div class="buttons">
                        <Button label=t("device-was-me") weight=Weight::Quiet on_click=move |()| store.devices_seen()/>
                        <Button label=t("devices-look") weight=Weight::Quiet on_click=move |()| store.go(Route::Settings(Page::Devices))/>
                    </div>
                </div>
            }
        })
    }
}

/// How far the past is on its way, here or to a device that was linked here.
#[component]
pub fn HistoryProgress() -> impl IntoView {
    let store = use_store();
    move || {
        store.linking.with(|linking| linking.progress).map(|(done, of)| {
            let words = ta("history-progress", &[("done", done.into()), ("of", of.into())]);
            view! { <div class="new-device" role="status"><p>{icon(Icon::Down)}<span>{words}</span></p></div> }
        })
    }
}

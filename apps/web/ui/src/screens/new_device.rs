//! A line above the chats: another device came to this account.

use leptos::prelude::*;

use crate::locale::t;
use crate::store::use_store;
use crate::ui::button::{Button, Weight};
use crate::ui::icon::{Icon, icon};

/// Stays until the person has answered it.
#[component]
pub fn NewDevice() -> impl IntoView {
    let store = use_store();
    move || {
        store.new_device.get().then(|| {
            view! {
                <div class="new-device" role="alert">
                    <p>{icon(Icon::Device)}<span>{t("device-added")}" "{t("device-added-what")}</span></p>
                    <Button label=t("device-was-me") weight=Weight::Quiet on_click=move |()| store.devices_seen()/>
                </div>
            }
        })
    }
}

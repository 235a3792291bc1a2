//! A quiet card above the chats, after joining: a passphrase or a passkey for this browser. Once it was sent away it stays
//! away; Settings → Security has the same.

use leptos::prelude::*;

use crate::engine::is_native;
use crate::locale::t;
use crate::store::route::{Page, Route};
use crate::store::use_store;
use crate::ui::browser;
use crate::ui::button::{Button, Weight};

/// Where this browser keeps that it was sent away.
const SENT_AWAY: &str = "protect-no";

/// The card.
#[component]
pub fn Protect() -> impl IntoView {
    let store = use_store();
    let away = RwSignal::new(browser::kept(SENT_AWAY).is_some());
    let dismiss = move || {
        browser::keep(SENT_AWAY, "yes");
        away.set(true);
    };
    let open = move |()| store.go(Route::Settings(Page::Security));
    // Whoever runs the engine on their own machine chose how it is locked there; and one thing is asked at a time.
    let due = move || {
        let unlocked = store.account.with(Option::is_some) && !store.is_lockable();
        unlocked && !is_native() && !away.get() && !store.kit_is_due() && !store.new_device.get()
    };
    move || {
        due().then(|| {
            view! {
                <div class="kit-reminder" role="note" aria-label=t("protect-title")>
                    <p><b>{t("protect-title")}</b><br/>{t("protect-body")}</p>
                    <div class="buttons">
                        <Button label=t("protect-no") weight=Weight::Quiet on_click=move |()| dismiss()/>
                        <Button label=t("protect-yes") on_click=open/>
                    </div>
                </div>
            }
        })
    }
}

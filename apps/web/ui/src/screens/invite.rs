//! Inviting a friend: a link to give by a way that both trust, as text, QR or through the system's share sheet.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::locale::t;
use crate::store::use_store;
use crate::ui::browser;
use crate::ui::button::{Button, Weight};
use crate::ui::qr::qr;

/// The page.
#[component]
pub fn Invite() -> impl IntoView {
    let store = use_store();
    let link = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let make = move |()| {
        busy.set(true);
        spawn_local(async move {
            match store.invite().await {
                Ok(made) => link.set(Some(made)),
                Err(error) => store.fails(&error),
            }
            busy.set(false);
        });
    };
    let shown = move || {
        link.get().map(|link| {
            let (copied, shared) = (link.clone(), link.clone());
            let share = browser::can_share()
                .then(|| view! { <Button label=t("share") weight=Weight::Quiet on_click=move |()| browser::share(&shared)/> });
            view! {
                <div class="card centre">
                    {qr(&link, t("invitation-qr"))}
                    <p class="link-whole"><bdi dir="ltr">{link}</bdi></p>
                    <div class="buttons">{share}<Button label=t("copy") on_click=move |()| store.copy(copied.clone())/></div>
                </div>
            }
        })
    };
    view! {
        <p>{t("invite-body")}</p>
        <Button label=t("make-link") disabled=Signal::derive(move || busy.get()) on_click=make/>
        {shown}
    }
}

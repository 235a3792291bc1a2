//! Inviting a friend: a link to give by a way that both trust, as text, QR or through the system's share sheet.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::locale::t;
use crate::store::use_store;
use crate::ui::button::Button;
use crate::ui::link_card::link_card;

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
    let shown = move || link.get().map(|link| link_card(store, link, t("invitation-qr")));
    view! {
        <p>{t("invite-body")}</p>
        <Button label=t("make-link") disabled=Signal::derive(move || busy.get()) on_click=make/>
        {shown}
    }
}

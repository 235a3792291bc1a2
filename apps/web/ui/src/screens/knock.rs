//! An invitation link opened by somebody who has an account: greet whoever made it.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::locale::t;
use crate::store::use_store;
use crate::ui::browser;
use crate::ui::button::{Button, Field, Weight};

/// A note, and Send.
#[component]
pub fn Knock() -> impl IntoView {
    let store = use_store();
    let note = RwSignal::new(String::new());
    // A group's link has a third part.
    let group = store.invitation.with_untracked(|link| {
        let after = link.as_ref().and_then(|link| link.split_once('#'));
        after.is_some_and(|(_, secret)| secret.split('.').count() == 3)
    });
    let done = move || {
        store.invitation.set(None);
        store.dialog.set(None);
        browser::replace_address("/#/chats");
    };
    let send = move |()| {
        let Some(link) = store.invitation.get_untracked() else { return done() };
        // What belongs to the dialog goes with it.
        let note = note.get_untracked();
        done();
        spawn_local(async move {
            match store.knock(link, note).await {
                Ok(()) => store.say(if group { t("join-asked") } else { t("knocked") }),
                Err(error) => store.fails(&error),
            }
        });
    };
    view! {
        <h2>{if group { t("join-title") } else { t("knock-title") }}</h2>
        <p>{if group { t("join-body") } else { t("knock-body") }}</p>
        <Field label=t("note") value=note hint=t("note-hint") most=140/>
        <div class="buttons">
            <Button label=t("not-now") weight=Weight::Quiet on_click=move |()| done()/>
            <Button label=t("send-request") on_click=send/>
        </div>
    }
}

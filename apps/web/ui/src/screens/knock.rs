//! An invitation link opened by somebody who has an account: greet whoever made it.

use leptos::prelude::*;

use super::welcome::{invited_by, is_of_group};
use crate::locale::{t, ta};
use crate::store::use_store;
use crate::ui::attempt::Attempt;
use crate::ui::browser;
use crate::ui::button::{Button, Field, Weight};

/// A note, and Send.
#[component]
pub fn Knock() -> impl IntoView {
    let store = use_store();
    let note = RwSignal::new(String::new());
    let group = store.invitation.with_untracked(|link| link.as_deref().is_some_and(is_of_group));
    let by = store.invitation.with_untracked(|link| link.as_deref().and_then(invited_by));
    let title = match by {
        _ if group => t("join-title"),
        Some(name) => ta("welcome-invited-by", &[("name", name.into())]),
        None => t("knock-title"),
    };
    let attempt = Attempt::new();
    let used = move || {
        store.invitation.set(None);
        browser::replace_address("/#/chats");
    };
    let not_now = move |()| {
        used();
        store.dialog.set(None);
    };
    let send = move |()| {
        let Some(link) = store.invitation.get_untracked() else { return not_now(()) };
        let note = note.get_untracked();
        attempt.run(store, async move {
            store.knock(link, note).await?;
            used();
            store.say(if group { t("join-asked") } else { t("knocked") });
            Ok(())
        });
    };
    view! {
        <h2>{title}</h2>
        <p>{if group { t("join-body") } else { t("knock-body") }}</p>
        <Field label=t("note") value=note hint=t("note-hint") most=140/>
        {attempt.trouble()}
        <div class="buttons">
            <Button label=t("not-now") weight=Weight::Quiet on_click=not_now/>
            <Button label=t("send-request") disabled=attempt.busy on_click=send/>
        </div>
    }
}

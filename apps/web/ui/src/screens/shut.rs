//! A chat that is locked besides: before anything of it is shown, whoever opens it gives what opens Casemate once more. It
//! keeps out whoever borrows the open app. It is no other key: the texts are in the same database as all others.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::locale::t;
use crate::store::use_store;
use crate::ui::button::{Button, Field, Weight};
use crate::ui::icon::{Icon, icon};

/// Shows what is inside once it may be shown.
#[component]
pub fn Shut(id: String, children: ChildrenFn) -> impl IntoView {
    #[derive(Clone, Copy, PartialEq)]
    enum Door {
        Open,
        Shut,
        NotKnown,
    }
    let store = use_store();
    let id = StoredValue::new(id);
    let asked = RwSignal::new(false);
    // By its address it may be opened before the list has it.
    spawn_local(async move {
        if untrack(|| id.with_value(|id| store.conversation(id))).is_none() {
            store.refresh_conversation(&id.get_value()).await;
        }
        asked.try_set(true);
    });
    let door = Memo::new(move |_| {
        let here = store.unlocked.with(|unlocked| id.with_value(|id| unlocked.as_ref() == Some(id)));
        match id.with_value(|id| store.conversation(id)) {
            _ if here => Door::Open,
            // Whoever took the lock away showed that it was theirs.
            Some(chat) if chat.locked && store.is_lockable() => Door::Shut,
            None if !asked.get() => Door::NotKnown,
            _ => Door::Open,
        }
    });
    move || match door.get() {
        Door::Open => children().into_any(),
        Door::Shut => view! { <Ask id=id.get_value()/> }.into_any(),
        Door::NotKnown => view! { <p role="status" class="hidden">{t("starting")}</p> }.into_any(),
    }
}

#[component]
fn Ask(id: String) -> impl IntoView {
    let store = use_store();
    let id = StoredValue::new(id);
    let passphrase = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let kept = store.account.with_untracked(|account| {
        account.as_ref().map(|account| account.key_kept_in.clone()).unwrap_or_default()
    });
    let done = move |proved: Result<(), String>| {
        let _ = busy.try_set(false);
        match proved {
            Ok(()) => store.unlocked.set(id.try_get_value()),
            Err(why) => store.say(why),
        }
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let typed = passphrase.get_untracked();
        if !typed.is_empty() && !busy.get_untracked() {
            busy.set(true);
            spawn_local(async move { done(store.prove_by_passphrase(typed).await) });
        }
    };
    let ask_passkey = move |()| {
        if !busy.get_untracked() {
            busy.set(true);
            spawn_local(async move { done(store.prove_by_passkey().await) });
        }
    };
    let by_passphrase = kept.starts_with("passphrase").then(|| {
        view! {
            <Field label=t("passphrase") value=passphrase secret=true focused=true/>
            <Button label=t("unlock-chat") submit=true disabled=Signal::derive(move || busy.get())/>
        }
    });
    let weight = if kept.starts_with("passphrase") { Weight::Quiet } else { Weight::Main };
    let by_passkey = kept.ends_with("passkey").then(|| {
        view! { <Button label=t("unlock-passkey") weight on_click=ask_passkey disabled=Signal::derive(move || busy.get())/> }
    });
    view! {
        <div class="shut">
            <form class="gate-box" on:submit=submit>
                <span class="mark-large">{icon(Icon::Arch)}</span>
                <h1>{t("chat-locked")}</h1>
                <p class="soft">{t("chat-locked-what")}</p>
                {by_passphrase}
                {by_passkey}
                <div class="only-phone"><Button label=t("back") weight=Weight::Quiet on_click=move |()| store.back()/></div>
            </form>
        </div>
    }
}

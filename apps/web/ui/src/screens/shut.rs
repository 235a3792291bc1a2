//! A chat that is locked besides: before anything of it is shown, whoever opens it gives what opens Casemate once more. It
//! keeps out whoever borrows the open app. It is no other key: the texts are in the same database as all others.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::locale::t;
use crate::store::use_store;
use crate::ui::button::{Button, Weight};
use crate::ui::icon::{Icon, icon};
use crate::ui::prove::Prove;

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
    let open = move |()| store.unlocked.set(id.try_get_value());
    view! {
        <div class="shut">
            <Prove class="gate-box" verb=t("unlock-chat") on_done=open>
                <span class="mark-large">{icon(Icon::Arch)}</span>
                <h1>{t("chat-locked")}</h1>
                <p class="soft">{t("chat-locked-what")}</p>
            </Prove>
            <div class="only-phone"><Button label=t("back") weight=Weight::Quiet on_click=move |()| store.back()/></div>
        </div>
    }
}

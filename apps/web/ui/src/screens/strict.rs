//! Strict mode: the choice for one chat (the switch for all is among the settings of privacy), and what stands above the composer while a chat waits for a look.

use casemate_api::view::{Conversation, Held};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::locale::{spoken, t};
use crate::store::{Store, use_store};
use crate::ui::button::{Button, Weight};
use crate::ui::dialog::Dialog;
use crate::ui::icon::{Icon, icon};
use crate::ui::menu::{Item, OpenMenu};

/// For one chat.
pub fn choice(store: Store, chat: &Conversation) -> impl IntoView + use<> {
    let (id, now) = (chat.conversation.clone(), chat.strict);
    let choose = move |event: leptos::ev::MouseEvent| {
        let item = |strict: Option<bool>| {
            let id = id.clone();
            let shape = if strict == now { Icon::Check } else { Icon::Eye };
            Item::new(shape, words(strict), move || store.set_strict(id.clone(), strict))
        };
        store.menu.set(Some(OpenMenu::at(&event, [None, Some(true), Some(false)].map(item).to_vec())));
    };
    view! {
        <button type="button" class="fact" on:click=choose>
            {icon(Icon::Eye)}<span>{t("strict-mode")}</span><em>{words(now)}</em>
        </button>
    }
}

fn words(strict: Option<bool>) -> String {
    match strict {
        None => t("strict-as-all"),
        Some(true) => t("strict-on"),
        Some(false) => t("strict-off"),
    }
}

/// Why nothing is sent, and the two ways on.
#[component]
pub fn HeldBar(held: Held) -> impl IntoView {
    let store = use_store();
    let who = StoredValue::new(held.who.first().cloned().unwrap_or_default());
    let look = move |()| store.dialog.set(Some(Dialog::Safety(who.get_value())));
    view! {
        <div class="held-bar" role="alert">
            <p>{spoken(&held.why)}</p>
            <div class="buttons">
                <Button label=t("held-accept") weight=Weight::Quiet on_click=move |()| accept(store, who.get_value())/>
                <Button label=t("held-look") on_click=look/>
            </div>
        </div>
    }
}

/// What changed is accepted as it is.
pub fn accept(store: Store, who: String) {
    spawn_local(async move {
        match store.looked(who).await {
            Ok(()) => store.say(t("held-accepted")),
            Err(error) => store.fails(&error),
        }
    });
}

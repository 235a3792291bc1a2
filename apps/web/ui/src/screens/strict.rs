//! Strict mode: the switch for all chats with what it brings and costs, the choice for one chat, and what stands above the composer while a chat waits for a look.

use casemate_api::command::SettingsSet;
use casemate_api::view::{Held, Settings};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::locale::{spoken, t};
use crate::store::{Store, use_store};
use crate::ui::act::Act;
use crate::ui::button::{Button, Switch, Weight};
use crate::ui::dialog::Dialog;
use crate::ui::icon::{Icon, icon};
use crate::ui::menu::{Item, OpenMenu};

/// For all chats, among the settings of privacy. Whoever borrows the open app cannot turn it off unasked.
#[component]
pub fn StrictMode(settings: RwSignal<Settings>) -> impl IntoView {
    let store = use_store();
    let set = move |on: bool| {
        settings.update(|settings| settings.strict = on);
        store.choose(SettingsSet { strict: Some(on), ..SettingsSet::default() });
    };
    let change = move |on: bool| {
        if on {
            return set(true);
        }
        let sure = move |()| {
            store.if_owner(t("prove-strict"), t("strict-turn-off"), Act::new(move |()| set(false)));
        };
        store.dialog.set(Some(Dialog::Confirm {
            title: t("strict-off-question"),
            body: t("strict-off-body"),
            verb: t("strict-turn-off"),
            danger: false,
            act: Act::new(sure),
        }));
    };
    let column = |id: &'static str, shape: Icon, lines: [&'static str; 4]| {
        let lines = lines.map(|line| view! { <li>{icon(shape)}<span>{t(line)}</span></li> }).collect_view();
        view! { <section aria-labelledby=id><h3 id=id>{t(id)}</h3><ul>{lines}</ul></section> }
    };
    let gain = ["strict-gain-send", "strict-gain-reach", "strict-gain-files", "strict-gain-link"];
    let lose = ["strict-lose-wait", "strict-lose-new", "strict-lose-press", "strict-lose-kit"];
    view! {
        <Switch label=t("strict-mode") hint=t("strict-hint") on=Signal::derive(move || settings.with(|settings| settings.strict)) on_change=change/>
        <div class="columns">
            {column("strict-gain", Icon::Check, gain)}
            {column("strict-lose", Icon::Close, lose)}
        </div>
        <p class="soft">{t("strict-linked")}</p>
    }
}

/// For one chat.
pub fn choice(store: Store, id: String, now: Memo<Option<bool>>) -> impl IntoView {
    let choose = move |event: leptos::ev::MouseEvent| {
        let item = |strict: Option<bool>| {
            let id = id.clone();
            Item::choice(Icon::Eye, words(strict), strict == now.get_untracked(), move || {
                let (id, off) = (id.clone(), strict == Some(false));
                let set = Act::new(move |()| store.set_strict(id.clone(), strict));
                if off { store.if_owner(t("prove-strict"), t("strict-off"), set) } else { set.run(()) }
            })
        };
        store.menu.set(Some(OpenMenu::at(&event, [None, Some(true), Some(false)].map(item).to_vec())));
    };
    view! {
        <button type="button" class="fact" on:click=choose>
            {icon(Icon::Eye)}<span>{t("strict-mode")}</span><em>{move || words(now.get())}</em>
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

//! Choosing messages for one act: a box beside each of them, and what can be done with those that are chosen.

use casemate_api::Command;
use casemate_api::command::{DeleteScope, MessageMark};
use casemate_api::view::Message;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::browser;
use super::bubble::{confirm_delete, is_admin, preview};
use super::button::IconButton;
use super::dialog::Dialog;
use super::icon::Icon;
use super::menu::{Item, OpenMenu};
use crate::locale::{t, ta, when};
use crate::store::chosen::{Chosen, can_be_copied, can_be_deleted_for_all};
use crate::store::{Store, use_store};

/// Begins to choose, with this message.
pub fn select_item(store: Store, message: &Message) -> Item {
    let message = message.clone();
    Item::new(Icon::Select, t("select"), move || {
        let id = box_id(&message.message);
        store.chosen.set(Some(Chosen::begin(message.clone())));
        browser::before_paint(move || browser::focus(&id));
    })
}

/// Chooses a message, or no longer.
pub fn toggle(store: Store, message: &Message) {
    store.chosen.update(|all| {
        if let Some(all) = all {
            let place = |id: &str| {
                store
                    .window
                    .with_untracked(|window| window.rows.iter().position(|row| row.message.message == id))
            };
            all.toggle(message, place);
        }
    });
}

/// While messages are chosen, the box of one: for the keyboard, and for whoever does not see the colour. `chosen` is none while
/// nothing is chosen; `label` says whose message it is.
pub fn choice(
    store: Store,
    message: &Message,
    label: &str,
    chosen: Memo<Option<bool>>,
) -> impl IntoView + use<> {
    let choosing = Memo::new(move |_| chosen.get().is_some());
    let (message, label) = (StoredValue::new(message.clone()), label.to_owned());
    move || {
        choosing.get().then(|| {
            let (id, text) = message.with_value(|message| (box_id(&message.message), preview(message)));
            let label = ta("announce-message", &[("name", label.clone().into()), ("text", text.into())]);
            let change = move |_| message.with_value(|message| toggle(store, message));
            view! { <input type="checkbox" class="choose" id=id aria-label=label prop:checked=move || chosen.get() == Some(true) on:change=change/> }
        })
    }
}

/// Whether a click is one on such a box, which changes by itself.
pub fn is_at_box(event: &web_sys::MouseEvent) -> bool {
    let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    input.is_some_and(|input| input.class_list().contains("choose"))
}

fn box_id(message: &str) -> String {
    format!("choose-{message}")
}

/// What can be done with the chosen messages.
#[component]
pub fn ChosenBar() -> impl IntoView {
    let store = use_store();
    let chosen = Memo::new(move |_| {
        store.chosen.with(|all| all.as_ref().map(|all| all.messages().to_vec()).unwrap_or_default())
    });
    let none = Signal::derive(move || chosen.with(Vec::is_empty));
    let no_words = Signal::derive(move || !chosen.with(|all| all.iter().any(can_be_copied)));
    let count = move || ta("chosen-count", &[("count", chosen.with(Vec::len).into())]);
    let copy = move |_| {
        let lines = chosen.get_untracked().into_iter().filter(can_be_copied).map(|message| {
            let name = untrack(|| store.writer_of(&message));
            format!("[{}] {name}: {}", when::full(&message.at), message.text)
        });
        store.copy(lines.collect::<Vec<_>>().join("\n"));
        store.chosen.set(None);
    };
    let forward = move |_| store.dialog.set(Some(Dialog::Forward(chosen.get_untracked())));
    view! {
        <div class="chosen-bar" role="toolbar" aria-label=t("chosen-messages")>
            <IconButton name=t("cancel") shape=Icon::Close on_click=move |_| store.chosen.set(None)/>
            <span class="chosen-count" role="status">{count}</span>
            <span class="chosen-acts">
                <StarChosen chosen none/>
                <IconButton name=t("copy") shape=Icon::Copy disabled=no_words on_click=copy/>
                <IconButton name=t("forward") shape=Icon::Forward disabled=none on_click=forward/>
                <DeleteChosen chosen none/>
            </span>
        </div>
    }
}

/// Gives each of them a star, or takes the stars away where all have one.
#[component]
fn StarChosen(chosen: Memo<Vec<Message>>, none: Signal<bool>) -> impl IntoView {
    let store = use_store();
    let on = Memo::new(move |_| !chosen.with(|all| !all.is_empty() && all.iter().all(|one| one.starred)));
    move || {
        let on = on.get();
        let act = move |_| {
            for message in chosen.get_untracked().into_iter().filter(|one| one.starred != on) {
                store.quietly(Command::MessageStar(MessageMark { message: message.message, on }));
            }
            store.chosen.set(None);
        };
        view! { <IconButton name=if on { t("star") } else { t("unstar") } shape=Icon::Star disabled=none on_click=act/> }
    }
}

/// For oneself; where all of them can be taken back, that is asked first.
#[component]
fn DeleteChosen(chosen: Memo<Vec<Message>>, none: Signal<bool>) -> impl IntoView {
    let store = use_store();
    let for_all = Memo::new(move |_| {
        chosen.with(|all| {
            let chat = all.first().and_then(|message| store.conversation(&message.conversation));
            let admin = chat.is_some_and(|chat| is_admin(store, &chat));
            let can = |message: &Message| can_be_deleted_for_all(message, store.is_me(&message.from), admin);
            !all.is_empty() && all.iter().all(can)
        })
    });
    let delete = move |scope| {
        let ids = chosen.get_untracked().into_iter().map(|message| message.message);
        confirm_delete(store, ids.collect(), scope);
    };
    let ask = move |event: leptos::ev::MouseEvent| {
        let item = |label, scope| Item::danger(Icon::Trash, label, move || delete(scope));
        let items = vec![
            item(t("delete-for-me"), DeleteScope::Me),
            item(t("delete-for-everyone"), DeleteScope::Everyone),
        ];
        store.menu.set(Some(OpenMenu::at(&event, items)));
    };
    move || match for_all.get() {
        true => view! { <IconButton name=t("delete-chosen") shape=Icon::Trash menu=true on_click=ask/> }
            .into_any(),
        false => {
            let mine = move |_| delete(DeleteScope::Me);
            view! { <IconButton name=t("delete-for-me") shape=Icon::Trash disabled=none on_click=mine/> }
                .into_any()
        }
    }
}

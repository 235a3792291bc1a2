//! What the attach menu offers besides files.

use super::act::Act;
use super::dialog::Dialog;
use super::icon::Icon;
use super::menu::Item;
use crate::locale::t;
use crate::screens::talk::Talk;
use crate::store::{Draft, Store};
use leptos::prelude::*;

/// Poll, contact, place, later, for a conversation.
pub fn things(store: Store, conversation: &str) -> Vec<Item> {
    let item = |shape: Icon, label: String, dialog: fn(String) -> Talk| {
        let conversation = conversation.to_owned();
        Item::new(shape, label, move || store.dialog.set(Some(Dialog::Talk(dialog(conversation.clone())))))
    };
    let mut items = vec![
        item(Icon::Poll, t("attach-poll"), Talk::Poll),
        item(Icon::Person, t("attach-contact"), Talk::Card),
        item(Icon::Place, t("attach-place"), Talk::Place),
    ];
    let draft = store.drafts.with_untracked(|drafts| drafts.get(conversation).cloned()).unwrap_or_default();
    if !draft.text.trim().is_empty() && draft.editing.is_none() {
        let (conversation, text) = (conversation.to_owned(), draft.text.trim().to_owned());
        let ready = Draft { text, ..draft };
        let act = Act::new(move |at| {
            store.clear_draft(conversation.clone());
            store.send(conversation.clone(), ready.clone(), Some(at));
        });
        items.push(Item::new(Icon::Clock, t("send-later"), move || {
            store.dialog.set(Some(Dialog::Talk(Talk::Later { files: false, act: act.clone() })));
        }));
    }
    items.push(item(Icon::Clock, t("scheduled-title"), Talk::Scheduled));
    items
}

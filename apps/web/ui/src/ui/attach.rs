//! What the attach menu offers besides files.

use super::dialog::Dialog;
use super::icon::Icon;
use super::menu::Item;
use crate::locale::t;
use crate::screens::talk::Talk;
use crate::store::Store;
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
        items.push(Item::new(Icon::Clock, t("send-later"), move || {
            store.dialog.set(Some(Dialog::Talk(Talk::Later(conversation.clone(), text.clone()))));
        }));
    }
    items.push(item(Icon::Clock, t("scheduled-title"), Talk::Scheduled));
    items
}

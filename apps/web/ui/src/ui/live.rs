//! Lines for what is only so at this moment: who types, who is there.

use casemate_api::view::Conversation;

use crate::locale::{t, ta, when};
use crate::store::Store;

/// "typing…", with names in a group.
pub fn typing_line(store: Store, chat: &Conversation) -> Option<String> {
    let name = |at: usize| store.name_of(&chat.typing[at]);
    Some(match chat.typing.len() {
        0 => return None,
        _ if chat.kind == "pair" => t("typing"),
        1 => ta("typing-one", &[("name", name(0).into())]),
        2 => ta("typing-two", &[("name", name(0).into()), ("other", name(1).into())]),
        count => ta("typing-many", &[("count", count.into())]),
    })
}

/// "online", or when somebody was last there.
pub fn presence_line(chat: &Conversation) -> Option<String> {
    let presence = chat.presence.as_ref()?;
    if presence.online {
        return Some(t("online"));
    }
    presence.last_seen.as_ref().map(|at| ta("last-seen", &[("time", when::ago(at).into())]))
}

//! Muting a chat: for how long, or all but what is meant for one.

use casemate_api::command::ConversationMark;
use casemate_api::view::Conversation;
use leptos::prelude::*;

use crate::locale::t;
use crate::store::Store;
use crate::store::list::{Mute, mute_of};
use crate::ui::browser;
use crate::ui::icon::Icon;
use crate::ui::menu::{Item, OpenMenu};

/// Unmute, or for how long to mute.
pub fn mute(store: Store, chat: &Conversation) -> Item {
    let now = mute_of(chat, &browser::now());
    let (id, group) = (chat.conversation.clone(), chat.kind == "group");
    let mark = move |muted_until: Option<Option<String>>, mentions_only: Option<bool>| {
        store.mark_chat(ConversationMark {
            conversation: id.clone(),
            muted_until,
            mentions_only,
            ..ConversationMark::default()
        });
    };
    let hint = match now {
        Mute::Not => None,
        Mute::ButMentions => Some(t("mute-mentions-hint")),
        Mute::Wholly => Some(t("mute-hint")),
    };
    if let Some(hint) = hint {
        return Item::new(Icon::Bell, t("unmute"), move || mark(Some(None), Some(false))).with_hint(hint);
    }
    Item::new(Icon::Mute, t("mute"), move || {
        let until = |hours: f64| browser::iso(js_sys::Date::now() + hours * 3_600_000.0);
        let for_now = |label: String, until: Option<String>| {
            let mark = mark.clone();
            Item::new(Icon::Clock, label, move || {
                mark(Some(Some(until.clone().unwrap_or_else(|| "forever".into()))), None);
            })
            .with_hint(t("mute-hint"))
        };
        let mut items = vec![
            for_now(t("mute-hours"), Some(until(8.0))),
            for_now(t("mute-week"), Some(until(168.0))),
            for_now(t("mute-always"), None),
        ];
        if group {
            let mark = mark.clone();
            let but_mentions = Item::new(Icon::Mention, t("mute-mentions"), move || mark(None, Some(true)));
            items.push(but_mentions.with_hint(t("mute-mentions-hint")));
        }
        // The menu that this was chosen in closes first.
        set_timeout(
            move || store.menu.set(Some(OpenMenu::here(items.clone()))),
            std::time::Duration::from_millis(1),
        );
    })
}

//! Where the person goes, and comes back from.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::route::Route;
use super::state::Store;
use crate::ui::act::Act;
use crate::ui::browser;

/// The search in the list of chats, as far as Back goes.
#[derive(Clone, Default)]
pub struct Searching {
    /// Empties it, while something is looked for.
    empty: Option<Act>,
    /// Its place among those gone through, by how many of the app lie before it.
    place: Option<f64>,
}

impl Store {
    /// Goes somewhere; the browser's Back comes back. From one message of a chat to another is no way of its own: Back would only
    /// stay where it is.
    pub fn go(self, route: Route) {
        let now = self.route.get_untracked();
        match &route {
            // It may have been scrolled away from since.
            Route::Chat { conversation, message: Some(message) } if route == now => {
                let (conversation, message) = (conversation.clone(), message.clone());
                spawn_local(async move { self.open_conversation(conversation, Some(message)).await });
            }
            _ if route == now => {}
            Route::Chat { conversation, message: Some(_) } if matches!(&now, Route::Chat { conversation: open, .. } if open == conversation) =>
            {
                self.go_instead(route);
            }
            _ => {
                browser::push_address(&route.to_hash());
                self.come_to(route);
            }
        }
    }

    /// Shows what has the address by now.
    pub fn come_to(self, route: Route) {
        // The engine looks for a chat's messages while the page makes room for them. What is locked has to be opened first.
        if let Route::Chat { conversation, message: None } = &route
            && untrack(|| self.conversation(conversation)).is_some_and(|chat| !chat.locked)
        {
            let conversation = conversation.clone();
            // Come back to, it is shown from what is new, or from its end.
            let was_there =
                self.route.with_untracked(|route| route.conversation() == Some(conversation.as_str()));
            if !was_there && self.is_open(&conversation) {
                self.unread_from.set(None);
                let unread = untrack(|| self.conversation(&conversation)).is_some_and(|chat| chat.unread > 0);
                if unread || !self.window.with_untracked(|window| window.at_end) {
                    self.open.set(None);
                }
            }
            spawn_local(async move { self.open_conversation(conversation, None).await });
        }
        self.route.set(route);
    }

    /// Goes to a chat that was made or chosen; Back does not come back to the form for that.
    pub fn go_to_chat(self, conversation: String) {
        let from_form = self.route.with_untracked(|route| matches!(route, Route::NewChat | Route::NewGroup));
        let chat = Route::chat(conversation);
        if from_form { self.go_instead(chat) } else { self.go(chat) }
    }

    /// Goes somewhere; Back does not come back to what is done with.
    pub fn go_instead(self, route: Route) {
        browser::replace_address(&route.to_hash());
        self.come_to(route);
    }

    /// Back, or up where there is nothing to go back to.
    pub fn back(self) {
        let up = self.route.get_untracked().up();
        if browser::has_history() {
            browser::back();
        } else {
            browser::replace_address(&up.to_hash());
            self.come_to(up);
        }
    }

    /// The list of chats looks for something: Back empties that, and has a place of its own to leave, on a phone too.
    pub fn begin_search(self, empty: Act) {
        if self.route.with_untracked(|route| *route != Route::Chats) {
            return;
        }
        // Of an earlier search one may be here still.
        if self.searching.with_untracked(|search| search.place != Some(browser::depth())) {
            browser::push_address(&Route::Chats.to_hash());
        }
        self.searching.set(Searching { empty: Some(empty), place: Some(browser::depth()) });
    }

    /// It looks for nothing any more.
    pub fn end_search(self) {
        self.searching.update(|search| search.empty = None);
    }

    /// Whether a step back was out of the search's place; then it is emptied, and where it was already, one goes on.
    pub fn leaves_search(self) -> bool {
        let from = browser::depth() + 1.0;
        let is_there = |route: &Route| *route == Route::Chats;
        let stays = self.route.with_untracked(is_there) && is_there(&Route::parse(&browser::hash()));
        if !stays || self.searching.with_untracked(|search| search.place != Some(from)) {
            return false;
        }
        let search = self.searching.try_update(std::mem::take).unwrap_or_default();
        match search.empty {
            Some(empty) => empty.run(()),
            None => browser::back(),
        }
        true
    }

    /// What opens above the very first place gets one of its own to leave, or the browser's Back would leave the app.
    pub fn gives_way_back(self) {
        if !browser::has_history() && self.route.with_untracked(|route| *route == Route::Chats) {
            browser::push_address(&browser::hash());
        }
    }

    /// Closes what lies above the page: a menu, a dialog, files that were chosen (not without a question), the choice of
    /// messages. A call goes on small; what rings over the whole screen is not declined with words after all, or goes on without a
    /// sound. False where nothing does.
    pub fn close_top(self) -> bool {
        if self.menu.with_untracked(Option::is_some) {
            self.menu.set(None);
        } else if let Some(call) = self.rings_in_full() {
            match self.calling.worded.get_untracked().as_ref() == Some(&call) {
                true => self.calling.worded.set(None),
                false => self.silence(call),
            }
        } else if self.dialog.with_untracked(Option::is_some) {
            self.dialog.set(None);
        } else if self.camera.get_untracked() {
            self.camera.set(false);
        } else if self.sticker_panel.get_untracked() {
            self.sticker_panel.set(false);
        } else if self.emoji_panel.get_untracked() {
            self.emoji_panel.set(false);
        } else if let Some(ask) = self.giving_up.get_untracked() {
            ask.run(());
        } else if self.is_in_large_call() {
            self.calling.small.set(true);
        } else if self.chosen.with_untracked(Option::is_some) {
            self.chosen.set(None);
        } else {
            return false;
        }
        true
    }
}

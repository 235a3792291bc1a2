//! Earlier messages that somebody shared: they come in above or between those that are on the screen.

use leptos::prelude::*;

use super::state::Store;
use super::window::{PAGE, Window};

impl Store {
    /// Draws the newest page anew, where the conversation is open: paging up then leads through what came.
    pub(super) async fn show_shared(self, conversation: &str) {
        if self.is_open(conversation) {
            let messages = self.page(conversation, None, None, PAGE).await;
            if self.is_open(conversation) {
                self.window.set(Window::newest(messages));
            }
        }
    }
}

//! The own picture, as contacts see it.

use casemate_api::Command;
use casemate_api::command::AccountSet;
use leptos::task::spawn_local;
use serde_json::Value;

use super::state::Store;
use crate::engine::ask;

impl Store {
    /// Shows contacts another picture; an empty path takes it away.
    pub fn set_own_picture(self, path: String) {
        let set = AccountSet { display_name: None, about: None, picture: Some(path), knocks: None };
        spawn_local(async move {
            if let Err(error) = ask::<Value>(Command::AccountSet(set)).await {
                self.fails(&error);
            }
            self.load_account().await;
        });
    }
}

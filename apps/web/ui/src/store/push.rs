//! Being woken while Casemate is closed: the browser's subscription, and the engine that tells the server of it.

use casemate_api::command::{Nothing, PushSet};
use casemate_api::{Command, view};
use leptos::task::spawn_local;
use serde_json::Value;

use super::state::Store;
use crate::engine::{self, ask};
use crate::locale::t;
use crate::ui::notify::{self, Permission};

impl Store {
    /// Whether this browser can be woken: it must run the engine itself, and there must be a service worker.
    pub fn can_be_woken(self) -> bool {
        !engine::is_native() && notify::permission() == Permission::Granted
    }

    /// Turns it on; false where it cannot be, which the person is told.
    pub async fn wake_on(self) -> bool {
        let key = match ask::<view::PushKey>(Command::PushKey(Nothing {})).await {
            Ok(found) => found.key,
            Err(error) => {
                self.fails(&error);
                return false;
            }
        };
        let Some(key) = key else {
            self.say(t("push-server-off"));
            return false;
        };
        let Some(subscription) = notify::subscribe(&key).await else {
            self.say(t("push-refused"));
            return false;
        };
        let set = PushSet { subscription: Some(subscription) };
        match ask::<Value>(Command::PushSet(set)).await {
            Ok(_) => true,
            Err(error) => {
                self.fails(&error);
                false
            }
        }
    }

    /// Turns it off.
    pub async fn wake_off(self) {
        notify::unsubscribe().await;
        if let Err(error) = ask::<Value>(Command::PushSet(PushSet { subscription: None })).await {
            self.fails(&error);
        }
    }

    /// Where it is on, it stays on: browsers change their addresses now and then, and servers their keys.
    pub(super) fn wake_again(self) {
        if !self.can_be_woken() {
            return;
        }
        spawn_local(async move {
            if notify::is_subscribed().await
                && let Ok(view::PushKey { key: Some(key) }) = ask(Command::PushKey(Nothing {})).await
                && let Some(subscription) = notify::subscribe(&key).await
            {
                let set = PushSet { subscription: Some(subscription) };
                drop(ask::<Value>(Command::PushSet(set)).await);
            }
        });
    }
}

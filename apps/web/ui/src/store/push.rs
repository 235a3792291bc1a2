//! Being woken while Casemate is closed: the browser's subscription, and the engine that tells the server of it.

use std::cell::Cell;

use casemate_api::command::{Nothing, PushSet};
use casemate_api::{Command, view};
use leptos::task::spawn_local;
use serde_json::Value;

use super::state::Store;
use crate::engine::{self, ask};
use crate::locale::t;
use crate::ui::browser;
use crate::ui::notify::{self, Permission};

/// What the person chose, kept beside the subscription: browsers drop that without a word.
const CHOICE: &str = "push";

thread_local! {
    // The server was told anew since this page was opened, or is being told.
    static RENEWED: Cell<bool> = const { Cell::new(false) };
}

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
            Ok(_) => {
                browser::keep(CHOICE, "on");
                true
            }
            Err(error) => {
                self.fails(&error);
                false
            }
        }
    }

    /// Turns it off.
    pub async fn wake_off(self) {
        browser::keep(CHOICE, "off");
        notify::unsubscribe().await;
        if let Err(error) = ask::<Value>(Command::PushSet(PushSet { subscription: None })).await {
            self.fails(&error);
        }
    }

    /// Where it is on, it stays on: browsers change their addresses now and then, or forget them, and servers their keys. Once for
    /// each page, as soon as the server is there.
    pub(super) fn wake_again(self) {
        if !self.can_be_woken() || RENEWED.replace(true) {
            return;
        }
        spawn_local(async move {
            if is_wanted().await && !renew().await {
                // The connection may have broken meanwhile: with the next one.
                RENEWED.set(false);
            }
        });
    }

    /// The browser gave another address, or none any more.
    pub(super) fn wake_anew(self) {
        RENEWED.set(false);
        self.wake_again();
    }

    /// The account is no more: the next one here decides for itself.
    pub(super) fn wake_no_more(self) {
        browser::keep_no_more(CHOICE);
        spawn_local(notify::unsubscribe());
    }
}

/// Whether the person wants to be woken here. Who turned it on before that was kept has the subscription alone.
async fn is_wanted() -> bool {
    match browser::kept(CHOICE) {
        Some(choice) => choice == "on",
        None => notify::is_subscribed().await,
    }
}

/// Tells the server where this browser is reached; false where that may work another time.
async fn renew() -> bool {
    let key = match ask::<view::PushKey>(Command::PushKey(Nothing {})).await {
        Ok(found) => found.key,
        Err(_) => return false,
    };
    // This server wakes nobody.
    let Some(key) = key else { return true };
    let Some(subscription) = notify::subscribe(&key).await else { return false };
    let set = PushSet { subscription: Some(subscription) };
    let told = ask::<Value>(Command::PushSet(set)).await.is_ok();
    if told {
        browser::keep(CHOICE, "on");
    }
    told
}

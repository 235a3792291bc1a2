//! Linking and removing devices, and being linked.

use casemate_api::command::{
    DeviceApprove, DeviceInspect, DeviceRequest, DeviceSignOut, History, OneDevice, Words,
};
use casemate_api::{Command, Error, view};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::route::Route;
use super::state::{Phase, Store};
use crate::engine::ask;
use crate::locale::{spoken, ta};
use crate::ui::browser;

/// What happens to a device that is being linked, here or elsewhere.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Linking {
    /// Earlier messages: so many of how many. None: nothing is under way.
    pub progress: Option<(u64, u64)>,
    /// Why this device was not linked.
    pub failed: Option<String>,
}

/// Why nothing is left here of the account that this device belonged to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erased {
    /// Its primary removed this device.
    Removed,
    /// It was signed out here, and the primary was told.
    SignedOut,
    /// It was signed out here, and the primary does not know.
    SignedOutUntold,
}

impl Store {
    /// The code of this device, which has no account; another one than before, where it is to be.
    pub async fn device_code(
        self,
        name: String,
        server: Option<String>,
        anew: bool,
    ) -> Result<view::DeviceCode, Error> {
        self.linking.set(Linking::default());
        ask(Command::DeviceRequest(DeviceRequest { server, name, passphrase: None, anew })).await
    }

    /// What asks with this code.
    pub async fn inspect_device(self, code: String) -> Result<view::DeviceAsking, Error> {
        ask(Command::DeviceInspect(DeviceInspect { code })).await
    }

    /// The person has seen it and agrees. `words`: the recovery kit's, where strict mode asks for them.
    pub async fn approve_device(
        self,
        code: String,
        history: History,
        words: Option<String>,
    ) -> Result<(), Error> {
        let approve = DeviceApprove { code, history, confirm: true, words: words.map(Words::Text) };
        // Whoever links it needs not be told that it came.
        self.linking_here.set_value(true);
        let done = ask::<view::DeviceApproved>(Command::DeviceApprove(approve)).await;
        if done.is_ok() {
            self.load_account().await;
            self.devices_seen();
        }
        self.linking_here.set_value(false);
        done.map(drop)
    }

    /// Out of everything.
    pub async fn remove_device(self, device: String) -> Result<view::DeviceReach, Error> {
        let removed: view::DeviceRemoved = ask(Command::DeviceRemove(OneDevice { device })).await?;
        self.load_account().await;
        Ok(removed.reached)
    }

    /// This device, a linked one, leaves the account: everything of it goes from here. What is on the screen goes when the engine
    /// says that it is done. `lose`: also where it alone has messages.
    pub async fn sign_out(self, lose: bool) -> Result<(), Error> {
        ask::<Value>(Command::DeviceSignOut(DeviceSignOut { lose })).await.map(drop)
    }

    /// This device belongs to an account now.
    pub(super) fn was_linked(self) {
        self.linking.set(Linking::default());
        self.invitation.set(None);
        browser::replace_address("/#/chats");
        self.route.set(Route::Chats);
        spawn_local(async move { self.load().await });
    }

    pub(super) fn was_not_linked(self, why: &str) {
        let failed = Some(spoken(why));
        self.linking.set(Linking { failed, ..Linking::default() });
    }

    /// Everything of the account is gone from here, and why.
    pub(super) fn was_erased(self, why: Erased) {
        self.forget_account();
        self.go(Route::Chats);
        self.phase.set(Phase::Welcome);
        self.erased.set(Some(why));
    }

    pub(super) fn history_heard(self, device: &str, done: u64, of: u64, finished: bool) {
        self.linking.update(|linking| linking.progress = (!finished).then_some((done, of)));
        let here = self.account.with_untracked(|own| own.as_ref().is_some_and(|own| own.device == device));
        if finished && done > 0 && here {
            self.say(ta("history-through", &[("count", done.into())]));
        }
    }
}

//! Not losing the account, locking it, knowing who, and deleting.

use casemate_api::command::{
    AccountDelete, AccountPasskey, AccountPassphrase, AccountProve, ContactStrict, ContactVerify, Nothing,
    Passkey, RecoveryKit, RecoveryRestore, Who, Words,
};
use casemate_api::{Command, Error, view};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::backing_up::{Backup, Doing};
use super::exporting::Export;
use super::route::Route;
use super::state::{Phase, Store};
use super::window::Window;
use crate::engine::passkey::{self, Refused};
use crate::engine::{self, ask, lock};
use crate::locale::t;
use crate::ui::act::Act;
use crate::ui::browser;
use crate::ui::dialog::Dialog;

impl Store {
    /// The recovery kit's words; new ones make the old ones void.
    pub async fn kit(self, renew: bool, old: Option<String>) -> Result<view::RecoveryKit, Error> {
        ask(Command::RecoveryKit(RecoveryKit { renew, words: old.map(Words::Text) })).await
    }

    /// They are on paper.
    pub async fn kit_written(self) -> Result<(), Error> {
        ask::<Value>(Command::RecoveryWritten(Nothing {})).await?;
        self.load_account().await;
        Ok(())
    }

    /// Brings an account back.
    pub async fn restore(self, name: String, words: String, server: Option<String>) -> Result<(), Error> {
        let restore = RecoveryRestore { server, name, words: Words::Text(words), passphrase: None };
        ask::<Value>(Command::RecoveryRestore(restore)).await?;
        self.invitation.set(None);
        browser::replace_address("/#/chats");
        self.route.set(Route::Chats);
        self.load().await;
        self.name_this_device();
        self.look_for_backup().await;
        Ok(())
    }

    /// A passphrase, or another one. `typed`: the one that holds now, where there is one.
    pub async fn set_passphrase(self, typed: Option<String>, new: String) -> Result<(), String> {
        let current = self.proof(typed).await?;
        self.change_passphrase(AccountPassphrase { current, new: Some(new), passkey: None }).await
    }

    /// No passphrase any more. A passkey beside it goes on locking: with another key, which it answers for as well. Where it cannot
    /// be had, the passphrase stays.
    pub async fn remove_passphrase(self, typed: Option<String>) -> Result<(), String> {
        let passkey = match self.is_kept_in("passphrase_or_passkey") {
            true => {
                let known = lock::passkey().await;
                let (credential, salt) = known.ok_or_else(|| refused(Refused::Missing))?;
                let secret = passkey::answer(&credential, &salt).await.map_err(refused)?;
                Some(Passkey { credential, salt, secret })
            }
            false => None,
        };
        self.change_passphrase(AccountPassphrase { current: typed, new: None, passkey }).await
    }

    /// A passkey beside what there is. `current`: the passphrase, where there is one.
    pub async fn add_passkey(self, current: Option<String>) -> Result<(), String> {
        let account = self.account.get_untracked();
        let address = account.map(|account| account.address).unwrap_or_default();
        let made = passkey::make(&address, &address).await.map_err(refused)?;
        let passkey = Passkey { credential: made.credential, salt: made.salt, secret: made.secret };
        self.change_passkey(current, Some(passkey)).await
    }

    /// No passkey any more.
    pub async fn remove_passkey(self, typed: Option<String>) -> Result<(), String> {
        let current = self.proof(typed).await?;
        self.change_passkey(current, None).await
    }

    async fn change_passphrase(self, change: AccountPassphrase) -> Result<(), String> {
        self.may_relock()?;
        ask::<Value>(Command::AccountPassphrase(change)).await.map_err(|error| error.message)?;
        self.load_account().await;
        Ok(())
    }

    async fn change_passkey(self, current: Option<String>, passkey: Option<Passkey>) -> Result<(), String> {
        self.may_relock()?;
        let command = Command::AccountPasskey(AccountPasskey { passkey, current });
        ask::<Value>(command).await.map_err(|error| error.message)?;
        self.load_account().await;
        Ok(())
    }

    /// The engine starts anew with another lock, and a call would be over.
    fn may_relock(self) -> Result<(), String> {
        match untrack(|| self.calling.taken()) {
            Some(_) => Err(t("lock-in-call")),
            None => Ok(()),
        }
    }

    /// What shows that whoever changes the lock may: the passphrase, or what the passkey answers where it is the only lock.
    async fn proof(self, typed: Option<String>) -> Result<Option<String>, String> {
        if !self.is_kept_in("passkey") {
            return Ok(typed);
        }
        match lock::passkey().await {
            Some((credential, salt)) => passkey::answer(&credential, &salt).await.map(Some).map_err(refused),
            None => Ok(typed),
        }
    }

    /// Whether this, exactly, opens the database.
    fn is_kept_in(self, lock: &str) -> bool {
        self.account.with_untracked(|account| account.as_ref().is_some_and(|one| one.key_kept_in == lock))
    }

    /// Opens what is locked with the passkey.
    pub async fn unlock_by_passkey(self, credential: &str, salt: &str) -> Result<(), String> {
        let secret = passkey::answer(credential, salt).await.map_err(refused)?;
        engine::open_by_passkey(&secret);
        Ok(())
    }

    /// Locks: what was begun is kept, the engine ends with its memory, and what was on the screen is forgotten.
    pub fn lock(self) {
        if self.locking.get_value() {
            return;
        }
        self.locking.set_value(true);
        spawn_local(async move {
            self.keep_drafts().await;
            // Others would wait for somebody who hears nothing any more.
            self.leave_taken().await;
            match engine::lock_now().await {
                Ok(()) => {
                    self.forget();
                    self.phase.set(Phase::Starting);
                    engine::begin_locked();
                }
                Err(error) => self.fails(&error),
            }
            self.locking.set_value(false);
        });
    }

    /// Whether a file is being written or read that ends with the engine. What goes to the server is gone on with.
    pub fn is_at_a_file(self) -> bool {
        let exports = self.exporting.with(|export| matches!(export, Export::Running(..)));
        let backs_up = |backup: &Backup| matches!(backup, Backup::Running(Doing::File | Doing::Restore, ..));
        exports || self.backing_up.with(backs_up)
    }

    /// Shows the passphrase, for a chat that is locked besides.
    pub async fn prove_by_passphrase(self, passphrase: String) -> Result<(), String> {
        self.prove(AccountProve { passphrase: Some(passphrase), passkey: None }).await
    }

    /// Asks the passkey for it.
    pub async fn prove_by_passkey(self) -> Result<(), String> {
        let Some((credential, salt)) = lock::passkey().await else { return Err(refused(Refused::Missing)) };
        let secret = passkey::answer(&credential, &salt).await.map_err(refused)?;
        self.prove(AccountProve { passphrase: None, passkey: Some(secret) }).await
    }

    async fn prove(self, given: AccountProve) -> Result<(), String> {
        ask::<Value>(Command::AccountProve(given)).await.map(drop).map_err(|error| error.message)
    }

    /// Does what only whoever this account is of may do: where Casemate is kept in something, that is asked for first.
    pub fn if_owner(self, title: String, verb: String, act: Act) {
        if untrack(|| self.is_lockable()) {
            self.dialog.set(Some(Dialog::Prove { title, body: t("prove-why"), verb, act }));
        } else {
            act.run(());
        }
    }

    /// Whether something must be given to open it.
    pub fn is_lockable(self) -> bool {
        self.account.with(|account| {
            let kept = account.as_ref().map(|account| account.key_kept_in.as_str());
            matches!(kept, Some("passphrase" | "passkey" | "passphrase_or_passkey"))
        })
    }

    /// The account is no more, here or at all: nothing of it stays in the page, and nothing beside the database. Nor does
    /// the server wake this browser any more: it forgets an address that the push service does not know.
    pub fn forget_account(self) {
        const KEPT: [&str; 6] =
            ["devices", "kit-later", "protect-no", "backup-file-made", "restore-later", "emoji"];
        self.forget();
        self.tell_of_nothing();
        self.wake_no_more();
        self.new_device.set(false);
        KEPT.into_iter().for_each(browser::keep_no_more);
    }

    /// Nothing of anybody is kept in the page.
    pub fn forget(self) {
        self.forget_calls();
        crate::ui::player::close(self);
        self.sound.places.set(Default::default());
        self.sound.listened.set(Default::default());
        crate::engine::export::forget();
        self.exporting.set(Default::default());
        crate::engine::backup::forget();
        self.backing_up.set(Default::default());
        self.open.set(None);
        self.unlocked.set(None);
        self.window.set(Window::default());
        self.conversations.set(Vec::new());
        self.contacts.set(Default::default());
        self.requests.set(Vec::new());
        self.sent_requests.set(Vec::new());
        self.group_requests.set(Vec::new());
        self.drafts.set(Default::default());
        self.account.set(None);
        self.backup.set(None);
        // The next engine says it anew, where it is so still: that there is room again it says only after that.
        self.no_room.set(None);
        self.unread_from.set(None);
        self.go_to.set(None);
        self.chosen.set(None);
        self.viewed.set(None);
        self.camera.set(false);
        self.sticker_panel.set(false);
        self.begun_poll.set(None);
        self.readied.set(Vec::new());
        self.announced.set(String::new());
        self.toast.set(None);
        self.dialog.set(None);
        self.menu.set(None);
    }

    /// The safety number with somebody.
    pub async fn safety(self, who: String) -> Result<view::Safety, Error> {
        ask(Command::ContactSafety(Who { who })).await
    }

    /// This number was compared, or its mark is taken back.
    pub async fn verify(self, who: String, number: String, verified: bool) -> Result<(), Error> {
        let verify = ContactVerify { who, scanned: None, number: Some(number), verified };
        ask::<Value>(Command::ContactVerify(verify)).await?;
        self.load_contacts().await;
        Ok(())
    }

    /// The camera read their number from their screen, and it is the one known here.
    pub async fn verify_scanned(self, who: String, scanned: String) -> Result<(), Error> {
        let verify = ContactVerify { who, scanned: Some(scanned), number: None, verified: true };
        ask::<Value>(Command::ContactVerify(verify)).await?;
        self.load_contacts().await;
        Ok(())
    }

    /// What changed about them was seen, and they are written to again.
    pub async fn looked(self, who: String) -> Result<(), Error> {
        ask::<Value>(Command::ContactLooked(Who { who })).await.map(drop)
    }

    /// Strict mode in one chat; with none as for all.
    pub fn set_strict(self, conversation: String, on: Option<bool>) {
        self.quietly(Command::ContactStrict(ContactStrict {
            on,
            conversation: Some(conversation),
            who: None,
        }));
    }

    /// What takes room here.
    pub async fn storage(self) -> Result<view::Storage, Error> {
        ask(Command::StorageUsage(Nothing {})).await
    }

    /// Deletes the account for good. What is on the screen goes when the engine says that it is done.
    pub async fn delete_account(self, name: String) -> Result<(), Error> {
        ask::<Value>(Command::AccountDelete(AccountDelete { name })).await.map(drop)
    }

    /// The account went on elsewhere, restored: nothing goes out from here any more.
    pub fn is_replaced(self) -> bool {
        self.account.with(|account| account.as_ref().is_some_and(|account| account.replaced))
    }

    /// Erases what is here of an account that went on elsewhere; the account itself stays.
    pub async fn leave_replaced(self) -> Result<(), Error> {
        let address = self.account.with_untracked(|account| {
            account.as_ref().filter(|account| account.replaced).map(|account| account.address.clone())
        });
        match address {
            Some(address) => self.delete_account(address).await,
            None => Ok(()),
        }
    }

    /// The words of the recovery kit are to be offered now, kindly.
    pub fn kit_is_due(self) -> bool {
        let due = self.account.with(|account| account.as_ref().is_some_and(|account| account.kit.due));
        due && self.phase.with(|phase| *phase == Phase::Ready)
    }
}

/// A sentence for whoever wanted a passkey.
pub fn refused(why: Refused) -> String {
    match why {
        Refused::Missing => t("passkey-missing"),
        Refused::NoPrf => t("passkey-no-prf"),
        Refused::NoName => t("passkey-no-name"),
        Refused::Cancelled => t("passkey-cancelled"),
    }
}

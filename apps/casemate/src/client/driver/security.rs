//! Locking, another passphrase, and erasing: what is done to the database while no engine has it.

use casemate_api::command::AccountPassphrase;
use casemate_api::{Error, Kind};

use super::{Driver, Phase, blocking};
use crate::client::home::State;

impl Driver {
    /// `account.passphrase`: the engine stops, the database is encrypted anew, the engine starts again.
    pub(super) async fn change_passphrase(&mut self, change: AccountPassphrase) -> Result<(), Error> {
        let (current, new) = (change.current, change.new.filter(|new| !new.is_empty()));
        self.knows_passphrase(current.clone()).await?;
        self.close().await;
        let home = self.home.clone();
        let (given, wanted) = (current.clone(), new.clone());
        let changed = blocking(move || home.relock(given.as_deref(), wanted.as_deref())).await;
        // Opened with what holds now; where the change was refused that is what held before.
        let passphrase = if changed.is_ok() { new } else { current };
        let home = self.home.clone();
        let opened = blocking(move || match (home.open()?, passphrase) {
            (State::Open(opened), _) => Ok(Some(opened)),
            (_, Some(passphrase)) => Ok(home.unlock(&passphrase).ok()),
            (_, None) => Ok(None),
        })
        .await?;
        match opened {
            Some(opened) => self.run_engine(opened)?,
            // Nobody who does not know the passphrase goes on reading.
            None => self.phase = Phase::Locked { account: true },
        }
        changed
    }

    /// Whether whoever asks knows the passphrase that holds now; true where there is none.
    pub(super) async fn knows_passphrase(&self, given: Option<String>) -> Result<(), Error> {
        let Phase::Open(running) = &self.phase else { return Ok(()) };
        if !self.home.has_passphrase()? {
            return Ok(());
        }
        let (home, key) = (self.home.clone(), running.key.clone());
        let Some(given) = given.filter(|given| !given.is_empty()) else {
            return Err(Error::new(Kind::Locked, "Type the passphrase that holds now."));
        };
        let known = blocking(move || home.fits(&key, Some(&given))).await?;
        if known {
            return Ok(());
        }
        let sentence = "This is not the passphrase that holds now. Nothing was changed.";
        Err(Error::new(Kind::Locked, sentence))
    }

    /// `account.lock`: the engine ends, and its key is gone from memory.
    pub(super) async fn lock(&mut self) -> Result<(), Error> {
        if !self.home.has_passphrase()? {
            let sentence = "Without a passphrase there is nothing to lock with; set one first.";
            return Err(Error::new(Kind::Invalid, sentence));
        }
        self.close().await;
        self.phase = Phase::Locked { account: true };
        Ok(())
    }

    /// The account is no more.
    pub(super) async fn erase(&mut self) {
        self.close().await;
        let home = self.home.clone();
        if let Err(error) = blocking(move || home.erase()).await {
            tracing::error!(%error, "what is left of the account could not be removed from this device");
        }
    }
}

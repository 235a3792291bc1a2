//! An account that the server forgot: it was made after the backup to which the server was put back. Its first device has all that it
//! takes, and registers it again: the first document, the server's own promise for it, and then every later document.

use casemate_wire::manifest::{VerifiedManifest, verify_promise};
use casemate_wire::proto::directory::Promise;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{CreateAccount, DeviceKeys, Error as WireError, ErrorCode};
use prost::Message as _;

use crate::connection::Awaiting;
use crate::core::{Ctx, Done, Fail};
use crate::db;
use crate::io::Output;

/// In `settings`: the document that the account began with, and that its name was found to be another's.
const FIRST: &str = "first_document";
const NAME_LOST: &str = "name_lost";

/// So long after a server was put back an account that it does not know may be one that it forgot.
const FORGOTTEN_MS: i64 = 30 * 86_400_000;

impl Ctx<'_> {
    /// The server took a new account.
    pub fn keep_first_document(&mut self) -> Done<()> {
        let manifest = self.me()?.identity.manifest.clone();
        Ok(db::set_setting(self.db, FIRST, &manifest)?)
    }

    /// The document that the account began with. Of accounts made by programs of before it is kept where it is still the present one.
    fn first_document(&self) -> Done<Option<VerifiedManifest>> {
        let kept = db::setting(self.db, FIRST)?;
        let first = match kept.and_then(|bytes| VerifiedManifest::from_bytes(&bytes).ok()) {
            Some(first) => Some(first),
            None => self.me()?.identity.verified_manifest().ok(),
        };
        let account = self.me()?.account();
        Ok(first.filter(|first| first.version == 1 && first.account == account))
    }

    /// The server does not know this account. Where it was put back lately, it may have forgotten it.
    pub(super) fn register_again(&mut self) -> Done<()> {
        let since = self.now_ms.saturating_sub(db::number(self.db, "restored_ms")?);
        let me = self.me()?.identity.device;
        if !(0..FORGOTTEN_MS).contains(&since) || !self.is_primary(me)? {
            return Ok(());
        }
        let Some(first) = self.first_document()?.filter(|first| first.device(me).is_some()) else {
            return Ok(());
        };
        let promise = db::setting(self.db, "promise")?.and_then(|bytes| Promise::decode(&bytes[..]).ok());
        let hpke_key = self.me()?.seal.public.clone().into();
        let create = CreateAccount {
            invite: bytes::Bytes::new(),
            manifest: Some(first.signed),
            device_keys: vec![DeviceKeys { device: me.into(), hpke_key, seal_key: None }],
            promise,
        };
        self.send(Request::CreateAccount(create), Awaiting::RegisteredAgain);
        Ok(())
    }

    pub fn registered_again(&mut self, result: Result<Body, WireError>) -> Done<()> {
        match result {
            Ok(Body::Promise(answer)) => {
                let Some(first) = self.first_document()? else { return Ok(()) };
                let key = db::setting(self.db, "server_key")?.and_then(|key| key.try_into().ok());
                let key = key.ok_or(Fail::Server("a key that is not known"))?;
                verify_promise(&answer.promise.unwrap_or_default(), &key, &first)
                    .map_err(|_| Fail::Server("a promise that is not for this account"))?;
                db::forget_setting(self.db, NAME_LOST)?;
                // What was refused so far is tried anew, and later documents follow.
                self.out.push(Output::Reconnect { why: "it knows this account again".into() });
                Ok(())
            }
            Ok(_) => Err(Fail::Server("no promise for the account")),
            Err(error) if error.code == ErrorCode::ErrorTaken as i32 => {
                if db::setting(self.db, NAME_LOST)?.is_some() {
                    return Ok(());
                }
                db::set_number(self.db, NAME_LOST, 1)?;
                self.notice_to_self(
                    "The server was restored from a backup and gave your name to somebody else since. This account cannot be used there any more.",
                )
            }
            Err(error) => {
                tracing::warn!("the server does not take this account back: {}", error.message);
                Ok(())
            }
        }
    }
}

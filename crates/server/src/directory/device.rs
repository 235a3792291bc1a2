//! What only a live device of an account may ask: signed over this server and this connection.

use casemate_wire::manifest::{DEVICE_REQUEST_LABEL, verify_signature};
use casemate_wire::proto::wire::device_request_body::Request;
use casemate_wire::proto::wire::{DeviceRequest, DeviceRequestBody};
use prost::Message;
use rusqlite::OptionalExtension;

use super::{Answered, Directory, Stop};
use crate::refusal::Refusal;

/// A live device whose signature was verified, as rows of the database.
#[derive(Debug, Clone, Copy)]
pub(super) struct LiveDevice {
    /// Row of `account`.
    pub account: i64,
    /// Row of `device`.
    pub device: i64,
}

impl Directory {
    pub(super) fn device_request(
        &mut self,
        request: DeviceRequest,
        challenge: [u8; 16],
        now_ms: i64,
    ) -> Answered {
        let device = self.authenticate(&request, challenge)?;
        let work = u32::try_from(request.body.len() / 4_096).unwrap_or(u32::MAX);
        self.spend_work(device.account, work.saturating_add(2), now_ms)?;
        let body = DeviceRequestBody::decode(request.body)
            .map_err(|_| Refusal::invalid("the device's request is malformed"))?;
        match body.request {
            Some(Request::PutKeyPackages(request)) => self.put_key_packages(device, request, now_ms),
            Some(Request::IssueTokens(request)) => self.issue_tokens(device, request, now_ms),
            Some(Request::CreateInbox(request)) => self.create_inbox(device, request),
            Some(Request::CreateInvite(request)) => self.create_invite(device, request, now_ms),
            Some(Request::RevokeInvite(request)) => self.revoke_invite(device, request),
            Some(Request::PutRecoveryBox(request)) => self.put_recovery_box(device, &request),
            Some(Request::BackupRegister(request)) => self.backup_register(device, &request, now_ms),
            Some(Request::BackupLock(request)) => self.backup_lock(device, &request, now_ms),
            Some(Request::BackupLogin(request)) => self.backup_login(device, &request, now_ms),
            Some(Request::BackupProof(request)) => self.backup_proof(device, &request, now_ms),
            Some(Request::BackupPut(request)) => self.backup_put(device, &request, now_ms),
            Some(Request::BackupHold(request)) => self.backup_hold(device, &request, now_ms),
            Some(Request::BackupShow(_)) => self.backup_show(device, now_ms),
            Some(Request::BackupEnd(_)) => self.backup_end(device),
            Some(Request::KeepAccount(_)) => self.keep_account(device),
            None => {
                Err(Refusal::invalid("this request is not known to this version; update Casemate").into())
            }
        }
    }

    /// Whether the request was signed, on this connection, by a device that its account's manifest names now.
    ///
    /// A device that was dropped gets ERROR_NOT_ALLOWED and nothing else does, so that it knows.
    pub(super) fn authenticate(
        &self,
        request: &DeviceRequest,
        challenge: [u8; 16],
    ) -> Result<LiveDevice, Stop> {
        let found: Option<(i64, i64, Vec<u8>, bool)> = self
            .db
            .prepare_cached(
                "SELECT account.id, device.id, device.signature_key,
                        EXISTS (SELECT 1 FROM disabled WHERE disabled.account = account.id)
                 FROM account JOIN device ON device.account = account.id
                 WHERE account.account = ?1 AND device.device = ?2",
            )?
            .query_row((&request.account[..], &request.device[..]), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        let Some((account, device, key, disabled)) = found else {
            return Err(Refusal::not_allowed("this device does not belong to the account (any more)").into());
        };
        let key: [u8; 32] = key.as_slice().try_into().map_err(|_| Refusal::internal())?;
        let parts: [&[u8]; 3] = [self.identity.place.name.as_bytes(), &challenge, &request.body];
        verify_signature(&key, DEVICE_REQUEST_LABEL, &parts, &request.signature)
            .map_err(|_| Refusal::invalid("the device's signature is not for this server and connection"))?;
        // Only to who has shown to be one of its devices.
        if disabled {
            return Err(Refusal::disabled().into());
        }
        Ok(LiveDevice { account, device })
    }
}

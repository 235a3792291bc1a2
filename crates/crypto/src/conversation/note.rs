//! What a commit says beside the changes themselves.
//!
//! It travels as a proposal of a private type, so inside the encryption: MLS's own `authenticated_data` is in clear
//! (RFC 9420 §6.3), and the server would read from it who is a member.

use casemate_wire::ids::{AccountId, DeviceId, Hash32, LogId};
use casemate_wire::limits::READERS;
use casemate_wire::manifest::{sign_labelled, verify_signature};

use crate::codec::{Malformed, Reader, Writer};
use crate::identity::DeviceIdentity;

/// Place, joiners' readers, and what justifies removals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommitAad {
    /// Entry of the last commit in the log, applied or skipped; 0 for the first.
    pub previous: u64,
    /// One-time readers of the joiners, in the order of the adds.
    pub add_readers: Vec<Hash32>,
    /// Encoded signed manifests that no longer name a removed device.
    pub manifests: Vec<Vec<u8>>,
    /// Words of people who leave.
    pub leaves: Vec<LeaveStatement>,
}

/// The word of a device that its account leaves a conversation: with it, any member may remove the account's leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaveStatement {
    /// Who leaves.
    pub account: AccountId,
    /// The device that says so; its leaf's key signs.
    pub device: DeviceId,
    /// The epoch it was said in. It counts for [`LEAVE_EPOCHS`], so that it cannot be used after a return.
    pub epoch: u64,
    /// Over label, log and epoch.
    pub signature: Vec<u8>,
}

/// Label of a leave statement.
pub const LEAVE_LABEL: &[u8] = b"casemate/leave/v1";

/// Epochs for which a leave statement counts. Long enough that the next members to commit see it, short enough that
/// it has lapsed when somebody comes back.
pub const LEAVE_EPOCHS: u64 = 64;

const VERSION: u8 = 1;

impl LeaveStatement {
    /// Signs that this device's account leaves `log`.
    pub fn sign(id: &DeviceIdentity, log: LogId, epoch: u64) -> Self {
        let signature = sign_labelled(&id.signing, LEAVE_LABEL, &[&log.0, &epoch.to_be_bytes()]);
        Self { account: id.account, device: id.device, epoch, signature }
    }

    /// Whether the holder of `key` signed it for `log`.
    pub fn is_signed_by(&self, key: &[u8; 32], log: LogId) -> bool {
        verify_signature(key, LEAVE_LABEL, &[&log.0, &self.epoch.to_be_bytes()], &self.signature).is_ok()
    }

    /// For the message that says so.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.write(Writer::default().u8(VERSION)).finish()
    }

    /// What [`Self::to_bytes`] made; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let statement = (reader.u8().ok()? == VERSION).then(|| Self::read(&mut reader).ok())??;
        reader.finish().ok()?;
        Some(statement)
    }

    fn write(&self, writer: Writer) -> Writer {
        writer.fixed(&self.account.0).fixed(&self.device.0).u64(self.epoch).bytes(&self.signature)
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            account: AccountId(reader.array()?),
            device: DeviceId(reader.array()?),
            epoch: reader.u64()?,
            signature: reader.bytes()?.to_vec(),
        })
    }
}

impl CommitAad {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        Writer::default()
            .u8(VERSION)
            .u64(self.previous)
            .list(&self.add_readers, |writer, reader| writer.fixed(&reader.0))
            .list(&self.manifests, |writer, manifest| writer.bytes(manifest))
            .list(&self.leaves, |writer, leave| leave.write(writer))
            .finish()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        if reader.u8()? != VERSION {
            return Err(Malformed);
        }
        let note = Self {
            previous: reader.u64()?,
            add_readers: reader.list(READERS, |reader| Ok(Hash32(reader.array()?)))?,
            manifests: reader.list(READERS, |reader| Ok(reader.bytes()?.to_vec()))?,
            leaves: reader.list(READERS, LeaveStatement::read)?,
        };
        reader.finish()?;
        Ok(note)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Person;

    #[test]
    fn round_trip_and_strictness() {
        let ana = Person::named("ana");
        let note = CommitAad {
            previous: 7,
            add_readers: vec![Hash32([1; 32]), Hash32([2; 32])],
            manifests: vec![ana.manifest().to_bytes()],
            leaves: vec![LeaveStatement::sign(&ana.id(0), LogId([3; 16]), 5)],
        };
        let bytes = note.to_bytes();
        assert_eq!(CommitAad::from_bytes(&bytes), Ok(note));
        for len in 0..bytes.len() {
            assert_eq!(CommitAad::from_bytes(&bytes[..len]), Err(Malformed), "cut to {len}");
        }
        assert_eq!(CommitAad::from_bytes(&[&bytes[..], b"x"].concat()), Err(Malformed));
        assert_eq!(CommitAad::from_bytes(&[&[9], &bytes[1..]].concat()), Err(Malformed));
    }

    #[test]
    fn a_leave_statement_counts_for_its_log_and_epoch() {
        let (ana, log) = (Person::named("ana"), LogId([3; 16]));
        let key = ana.id(0).signing.verifying_key().to_bytes();
        let statement = LeaveStatement::sign(&ana.id(0), log, 5);
        assert_eq!(LeaveStatement::from_bytes(&statement.to_bytes()), Some(statement.clone()));
        assert_eq!(LeaveStatement::from_bytes(b"leave"), None);
        assert!(statement.is_signed_by(&key, log));
        assert!(!statement.is_signed_by(&key, LogId([4; 16])));
        assert!(!LeaveStatement { epoch: 6, ..statement.clone() }.is_signed_by(&key, log));
        assert!(!statement.is_signed_by(&ana.id(1).signing.verifying_key().to_bytes(), log));
    }
}

//! What a commit says beside the changes themselves.
//!
//! It travels as a proposal of a private type, so inside the encryption: MLS's own `authenticated_data` is in clear
//! (RFC 9420 §6.3), and the server would read from it who is a member.

use casemate_wire::ids::{AccountId, DeviceId, Hash32, LogId};
use casemate_wire::limits::READERS;
use casemate_wire::manifest::{sign_labelled, verify_signature};

use super::level::Level;
use crate::codec::{Malformed, Reader, Writer};
use crate::identity::DeviceIdentity;

/// Place, joiners' readers, and what justifies removals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommitAad {
    /// The level that the commit is judged by. [`super::Conversation::commit`] sets it.
    pub level: Level,
    /// Entry of the last commit in the log, applied or skipped; 0 for the first.
    pub previous: u64,
    /// One-time readers of the joiners, in the order of the adds.
    pub add_readers: Vec<Hash32>,
    /// Encoded signed manifests that no longer name a removed device.
    pub manifests: Vec<Vec<u8>>,
    /// Words of people who leave.
    pub leaves: Vec<LeaveStatement>,
    /// Words of devices that are to be replaced; none at [`Level::One`].
    pub requests: Vec<AgainRequest>,
    /// Accounts without a leaf that an admin expects no more; none at [`Level::One`].
    pub dismissed: Vec<AccountId>,
}

/// The word of a device that its account leaves a conversation: with it, any member may remove the account's leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaveStatement {
    /// Who leaves.
    pub account: AccountId,
    /// The device that says so; its leaf's key signs.
    pub device: DeviceId,
    /// For which time it counts.
    pub during: During,
    /// Over label, log and what it counts for.
    pub signature: Vec<u8>,
}

/// For which time a leave statement counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum During {
    /// At [`Level::One`]: from the epoch it was said in, for [`LEAVE_EPOCHS`].
    Epochs(u64),
    /// At [`Level::Two`]: while the device has the leaf of this hash. Whoever comes back has another.
    Leaf(Hash32),
}

/// The word of a device that it lost its place: with it, any member may remove its leaf and add it in one commit. It
/// works once, since the leaf is another one then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgainRequest {
    /// Hash of the device's leaf in the tree.
    pub leaf: Hash32,
    /// Hash of the leaf in the key package that it is to be added with. The device signed the package as well.
    pub package: Hash32,
    /// Over label, log and both hashes, by the device's key.
    pub signature: Vec<u8>,
}

/// Label of a request to be added again.
pub const AGAIN_LABEL: &[u8] = b"casemate/again/v1";

/// Label of a leave statement.
pub const LEAVE_LABEL: &[u8] = b"casemate/leave/v1";

/// Label of a leave statement of [`Level::Two`].
pub const LEAVE_LEAF_LABEL: &[u8] = b"casemate/leave/v2";

/// Epochs for which a leave statement counts. Long enough that the next members to commit see it, short enough that
/// it has lapsed when somebody comes back.
pub const LEAVE_EPOCHS: u64 = 64;

const VERSION: u8 = 1;
const SECOND: u8 = 2;

impl LeaveStatement {
    /// Signs that this device's account leaves `log`.
    pub fn sign(id: &DeviceIdentity, log: LogId, during: During) -> Self {
        let (label, counts) = during.signed();
        let signature = sign_labelled(&id.signing, label, &[&log.0, &counts]);
        Self { account: id.account, device: id.device, during, signature }
    }

    /// Whether the holder of `key` signed it for `log`.
    pub fn is_signed_by(&self, key: &[u8; 32], log: LogId) -> bool {
        let (label, counts) = self.during.signed();
        verify_signature(key, label, &[&log.0, &counts], &self.signature).is_ok()
    }

    /// The level at which it counts.
    pub fn level(&self) -> Level {
        match self.during {
            During::Epochs(_) => Level::One,
            During::Leaf(_) => Level::Two,
        }
    }

    /// For the message that says so.
    pub fn to_bytes(&self) -> Vec<u8> {
        let version = if self.level() == Level::One { VERSION } else { SECOND };
        self.write(Writer::default().u8(version)).finish()
    }

    /// What [`Self::to_bytes`] made; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let statement = Self::read(level_of(reader.u8().ok()?).ok()?, &mut reader).ok()?;
        reader.finish().ok()?;
        Some(statement)
    }

    fn write(&self, writer: Writer) -> Writer {
        let writer = writer.fixed(&self.account.0).fixed(&self.device.0);
        let writer = match self.during {
            During::Epochs(epoch) => writer.u64(epoch),
            During::Leaf(hash) => writer.fixed(&hash.0),
        };
        writer.bytes(&self.signature)
    }

    fn read(level: Level, reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            account: AccountId(reader.array()?),
            device: DeviceId(reader.array()?),
            during: match level {
                Level::One => During::Epochs(reader.u64()?),
                Level::Two => During::Leaf(Hash32(reader.array()?)),
            },
            signature: reader.bytes()?.to_vec(),
        })
    }
}

impl During {
    fn signed(self) -> (&'static [u8], Vec<u8>) {
        match self {
            Self::Epochs(epoch) => (LEAVE_LABEL, epoch.to_be_bytes().to_vec()),
            Self::Leaf(hash) => (LEAVE_LEAF_LABEL, hash.0.to_vec()),
        }
    }
}

impl AgainRequest {
    /// Signs that this device, which has or had the leaf of hash `leaf` in `log`, is to be added with `package`.
    pub fn sign(id: &DeviceIdentity, log: LogId, leaf: Hash32, package: Hash32) -> Self {
        let signature = sign_labelled(&id.signing, AGAIN_LABEL, &[&log.0, &leaf.0, &package.0]);
        Self { leaf, package, signature }
    }

    /// Whether the holder of `key` signed it for `log`.
    pub fn is_signed_by(&self, key: &[u8; 32], log: LogId) -> bool {
        verify_signature(key, AGAIN_LABEL, &[&log.0, &self.leaf.0, &self.package.0], &self.signature).is_ok()
    }

    /// For the inbox item that asks.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.write(Writer::default().u8(VERSION)).finish()
    }

    /// What [`Self::to_bytes`] made; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let request = (reader.u8().ok()? == VERSION).then(|| Self::read(&mut reader).ok())??;
        reader.finish().ok()?;
        Some(request)
    }

    fn write(&self, writer: Writer) -> Writer {
        writer.fixed(&self.leaf.0).fixed(&self.package.0).bytes(&self.signature)
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            leaf: Hash32(reader.array()?),
            package: Hash32(reader.array()?),
            signature: reader.bytes()?.to_vec(),
        })
    }
}

fn level_of(version: u8) -> Result<Level, Malformed> {
    match version {
        VERSION => Ok(Level::One),
        SECOND => Ok(Level::Two),
        _ => Err(Malformed),
    }
}

impl CommitAad {
    /// Version 1 is for [`Level::One`]: the first versions of the program read no other.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let writer = Writer::default()
            .u8(if self.level == Level::One { VERSION } else { SECOND })
            .u64(self.previous)
            .list(&self.add_readers, |writer, reader| writer.fixed(&reader.0))
            .list(&self.manifests, |writer, manifest| writer.bytes(manifest))
            .list(&self.leaves, |writer, leave| leave.write(writer));
        match self.level {
            Level::One => writer.finish(),
            Level::Two => writer
                .list(&self.requests, |writer, request| request.write(writer))
                .list(&self.dismissed, |writer, account| writer.fixed(&account.0))
                .finish(),
        }
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let level = level_of(reader.u8()?)?;
        let note = Self {
            level,
            previous: reader.u64()?,
            add_readers: reader.list(READERS, |reader| Ok(Hash32(reader.array()?)))?,
            manifests: reader.list(READERS, |reader| Ok(reader.bytes()?.to_vec()))?,
            leaves: reader.list(READERS, |reader| LeaveStatement::read(level, reader))?,
            requests: match level {
                Level::One => Vec::new(),
                Level::Two => reader.list(READERS, AgainRequest::read)?,
            },
            dismissed: match level {
                Level::One => Vec::new(),
                Level::Two => reader.list(READERS, |reader| Ok(AccountId(reader.array()?)))?,
            },
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
        let (ana, log) = (Person::named("ana"), LogId([3; 16]));
        let first = CommitAad {
            level: Level::One,
            previous: 7,
            add_readers: vec![Hash32([1; 32]), Hash32([2; 32])],
            manifests: vec![ana.manifest().to_bytes()],
            leaves: vec![LeaveStatement::sign(&ana.id(0), log, During::Epochs(5))],
            requests: vec![],
            dismissed: vec![],
        };
        let second = CommitAad {
            level: Level::Two,
            leaves: vec![LeaveStatement::sign(&ana.id(0), log, During::Leaf(Hash32([5; 32])))],
            requests: vec![AgainRequest::sign(&ana.id(0), log, Hash32([5; 32]), Hash32([6; 32]))],
            dismissed: vec![ana.account],
            ..first.clone()
        };
        for note in [first, second] {
            let bytes = note.to_bytes();
            assert_eq!(CommitAad::from_bytes(&bytes), Ok(note));
            for len in 0..bytes.len() {
                assert_eq!(CommitAad::from_bytes(&bytes[..len]), Err(Malformed), "cut to {len}");
            }
            assert_eq!(CommitAad::from_bytes(&[&bytes[..], b"x"].concat()), Err(Malformed));
            assert_eq!(CommitAad::from_bytes(&[&[9], &bytes[1..]].concat()), Err(Malformed));
        }
    }

    #[test]
    fn a_leave_statement_counts_for_its_log_and_time() {
        let (ana, log) = (Person::named("ana"), LogId([3; 16]));
        let key = ana.id(0).signing.verifying_key().to_bytes();
        for (during, other) in [
            (During::Epochs(5), During::Epochs(6)),
            (During::Leaf(Hash32([5; 32])), During::Leaf(Hash32([6; 32]))),
        ] {
            let statement = LeaveStatement::sign(&ana.id(0), log, during);
            assert_eq!(LeaveStatement::from_bytes(&statement.to_bytes()), Some(statement.clone()));
            assert!(statement.is_signed_by(&key, log));
            assert!(!statement.is_signed_by(&key, LogId([4; 16])));
            assert!(!LeaveStatement { during: other, ..statement.clone() }.is_signed_by(&key, log));
            assert!(!statement.is_signed_by(&ana.id(1).signing.verifying_key().to_bytes(), log));
        }
        assert_eq!(LeaveStatement::from_bytes(b"leave"), None);
    }

    #[test]
    fn a_request_counts_for_its_log_leaf_and_package() {
        let (ana, log) = (Person::named("ana"), LogId([3; 16]));
        let key = ana.id(0).signing.verifying_key().to_bytes();
        let request = AgainRequest::sign(&ana.id(0), log, Hash32([1; 32]), Hash32([2; 32]));
        assert_eq!(AgainRequest::from_bytes(&request.to_bytes()), Some(request.clone()));
        assert_eq!(AgainRequest::from_bytes(b"again"), None);
        assert!(request.is_signed_by(&key, log));
        assert!(!request.is_signed_by(&key, LogId([4; 16])));
        assert!(!AgainRequest { leaf: Hash32::ZERO, ..request.clone() }.is_signed_by(&key, log));
        assert!(!AgainRequest { package: Hash32::ZERO, ..request }.is_signed_by(&key, log));
    }
}

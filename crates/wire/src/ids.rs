//! Identifiers and bearer secrets. Each is a type of its own: a `LogId` is never taken for an `AccountId`.

use std::fmt;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Bytes of the wrong length where an id was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} bytes, found {found}")]
pub struct WrongLength {
    /// Bytes the type has.
    pub expected: usize,
    /// Bytes that were there.
    pub found: usize,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// Bytes of this id.
            pub const LEN: usize = $len;

            /// As lower-case hexadecimal.
            pub fn to_hex(&self) -> String {
                HEXLOWER.encode(&self.0)
            }

            /// From lower-case hexadecimal.
            pub fn from_hex(text: &str) -> Option<Self> {
                let bytes = HEXLOWER.decode(text.as_bytes()).ok()?;
                Self::try_from(bytes.as_slice()).ok()
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = WrongLength;
            fn try_from(bytes: &[u8]) -> Result<Self, WrongLength> {
                let array = bytes
                    .try_into()
                    .map_err(|_| WrongLength { expected: $len, found: bytes.len() })?;
                Ok(Self(array))
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl From<$name> for bytes::Bytes {
            fn from(id: $name) -> bytes::Bytes {
                bytes::Bytes::copy_from_slice(&id.0)
            }
        }

        /// The short form that may stand in logs: the first four bytes.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({}…)"), HEXLOWER.encode(&self.0[..4]))
            }
        }
    };
}

id!(
    /// An account: derived from its first keys, so it cannot be claimed by anybody else.
    AccountId, 16
);
id!(
    /// One device of an account, random.
    DeviceId, 16
);
id!(
    /// A conversation's log, random. Its full name is `id@server`.
    LogId, 16
);
id!(
    /// A device's inbox, random.
    InboxId, 16
);
id!(
    /// A blob, random.
    BlobId, 16
);
id!(
    /// Makes a repeated append, post or knock the same one.
    ClientId, 16
);
id!(
    /// A message, chosen by its sender. Replies, edits and reactions name it.
    MessageId, 16
);
id!(
    /// A call, random. Only members of its conversation know it.
    CallId, 16
);
id!(
    /// Somebody in a call, as the others and the relay name them.
    ParticipantId, 16
);
id!(
    /// Whoever has places in a call's room, as its relay is told: alike for all of one account in one room, and for nothing else.
    HolderId, 16
);
id!(
    /// SHA-256 of something: a secret, a document, a chain of entries.
    Hash32, 32
);

impl Hash32 {
    /// SHA-256 of `parts` one after another.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// All zero: the start of a chain.
    pub const ZERO: Self = Self([0; 32]);
}

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Zeroize, ZeroizeOnDrop)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Bytes of this secret.
            pub const LEN: usize = $len;

            /// Takes random or derived bytes.
            pub fn new(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// What the server stores: SHA-256.
            pub fn hash(&self) -> Hash32 {
                Hash32::of(&[&self.0])
            }

            /// The secret's bytes, to be sent or stored.
            pub fn expose(&self) -> &[u8; $len] {
                &self.0
            }

            /// The secret's bytes as a field of a frame.
            pub fn to_field(&self) -> bytes::Bytes {
                bytes::Bytes::copy_from_slice(&self.0)
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = WrongLength;
            fn try_from(bytes: &[u8]) -> Result<Self, WrongLength> {
                let array = bytes
                    .try_into()
                    .map_err(|_| WrongLength { expected: $len, found: bytes.len() })?;
                Ok(Self(array))
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.ct_eq(&other.0).into()
            }
        }
        impl Eq for $name {}

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

secret!(
    /// The right to append in one epoch, from the MLS exporter.
    WriteToken, 32
);
secret!(
    /// The right to read a log, one per device and log.
    ReaderSecret, 32
);
secret!(
    /// The right to read and manage an inbox.
    InboxSecret, 32
);
secret!(
    /// The right to put something into an inbox and to take a key package of its device.
    InboxToken, 16
);
secret!(
    /// In an invitation link: the right to join, and to look up and knock on its maker.
    LinkSecret, 16
);
secret!(
    /// In a new device's code: everything that its linking is sealed under comes from it.
    LinkingSecret, 16
);
secret!(
    /// The right to fill a blob.
    UploadSecret, 32
);

secret!(
    /// The right to be in a call's room, derived by the conversation's members.
    RoomSecret, 32
);
secret!(
    /// The right to be one participant of a room.
    ParticipantSecret, 16
);
secret!(
    /// What a device says where it offers or joins a call: the keys of its frames follow from it besides the epoch. In memory only.
    SpokenSecret, 32
);
secret!(
    /// What a server and its relay share.
    RelaySecret, 32
);

impl ParticipantSecret {
    /// As the others name whoever has this secret.
    pub fn id(&self) -> ParticipantId {
        let hash = Hash32::of(&[b"casemate/call-participant/v1", &self.0]);
        let (id, _) = hash.0.split_first_chunk().expect("a hash is longer");
        ParticipantId(*id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_round_trip_and_wrong_lengths() {
        let id = LogId([7; 16]);
        assert_eq!(LogId::from_hex(&id.to_hex()), Some(id));
        assert_eq!(LogId::from_hex("07"), None);
        assert_eq!(LogId::from_hex("zz"), None);
        assert_eq!(LogId::try_from(&[1u8; 3][..]), Err(WrongLength { expected: 16, found: 3 }));
    }

    #[test]
    fn a_participants_id_follows_from_its_secret() {
        let id = ParticipantSecret::new([7; 16]).id();
        assert_eq!(id.to_hex(), "1247850f330aa285021c9e96cf15e3ce");
        assert_ne!(ParticipantSecret::new([8; 16]).id(), id);
    }

    #[test]
    fn secrets_do_not_print() {
        assert_eq!(format!("{:?}", ReaderSecret::new([9; 32])), "ReaderSecret(…)");
        assert_eq!(format!("{:?}", LogId([0xab; 16])), "LogId(abababab…)");
    }
}

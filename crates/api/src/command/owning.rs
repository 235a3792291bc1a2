//! Not losing the account, locking it, and deleting it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The recovery kit's words (`recovery.kit`). Only the primary device has them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecoveryKit {
    /// Make new words; the old ones open nothing any more.
    #[serde(default)]
    pub renew: bool,
    /// With `renew`: the old words, where this device has erased them because they are on paper.
    #[serde(default)]
    pub words: Option<Words>,
}

/// Brings an account back on a device that has none (`recovery.restore`). All its other devices are removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecoveryRestore {
    /// The server's URL.
    #[serde(default)]
    pub server: Option<String>,
    /// The account's name, with or without its server.
    pub name: String,
    /// The kit's words.
    pub words: Words,
    /// Encrypts the database of this device, as in `account.create`.
    #[serde(default)]
    pub passphrase: Option<String>,
}

/// The words, in one text or one by one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Words {
    /// With spaces between them.
    Text(String),
    /// One by one.
    List(Vec<String>),
}

impl Words {
    /// With spaces between them.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(words) => words.join(" "),
        }
    }
}

/// Locks the database with a passphrase, another one, or none (`account.passphrase`). Messages stay as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountPassphrase {
    /// The one that holds now, where there is one; what the passkey answers (base64url), where that is the only lock.
    #[serde(default)]
    pub current: Option<String>,
    /// The one that holds from now on; without it none is needed any more.
    #[serde(default)]
    pub new: Option<String>,
    /// Without `new`, in a browser: the passkey that was beside the passphrase and locks alone from now on. In one step, so that
    /// there is a lock at any moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passkey: Option<Passkey>,
}

/// Opens this browser's database with a passkey from now on (`account.passkey`), beside a passphrase where there is one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountPasskey {
    /// The passkey; null takes it away.
    pub passkey: Option<Passkey>,
    /// The passphrase that holds now, where there is one; what the passkey answers (base64url), where that is the only lock.
    #[serde(default)]
    pub current: Option<String>,
}

/// Whether whoever has the open app knows what opens it (`account.prove`): the passphrase, or what the passkey answers.
/// Where nothing locks it, nothing is asked. Answers `locked` where it is something else.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountProve {
    /// The passphrase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passphrase: Option<String>,
    /// What a passkey's `prf` extension answered: base64url without padding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passkey: Option<String>,
}

/// A passkey with the WebAuthn extension `prf`. All fields are base64url without padding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Passkey {
    /// The credential's id.
    pub credential: String,
    /// What the extension is asked with.
    pub salt: String,
    /// What it answers: 32 bytes.
    pub secret: String,
}

/// Deletes the account for good, on the server and on this device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountDelete {
    /// The account's name, typed by its person: shows that it is meant.
    pub name: String,
}

/// Calls a device of the own account something. Own devices share it; others learn nothing of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceRename {
    /// Its id.
    pub device: String,
    /// One line, at most 64 bytes; empty takes the name away.
    pub name: String,
}

/// Marks a safety number as compared (`contact.verify`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactVerify {
    /// The contact's address.
    pub who: String,
    /// What their screen's QR code says; refused where it is not what is known here.
    #[serde(default)]
    pub scanned: Option<String>,
    /// The number that was compared, as `contact.safety` gave it; refused where it is another one by now.
    #[serde(default)]
    pub number: Option<String>,
    /// False takes the mark back.
    #[serde(default = "yes")]
    pub verified: bool,
}

/// Strict mode (`contact.strict`): nothing is sent to somebody whose safety number or devices changed until this account's
/// person looked: by `contact.verify`, or by `contact.looked`, which accepts what is there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactStrict {
    /// Null, with a conversation: there as for all.
    pub on: Option<bool>,
    /// Only there; left out: for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
    /// The same by `name@server`: the chat with somebody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
}

fn yes() -> bool {
    true
}

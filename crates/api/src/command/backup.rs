//! The encrypted backup of the history (docs/backup-format.md). `backup.create` and `backup.restore` are for people; the rest
//! is what the program that writes or reads one asks the engine for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Backs the history up, or brings a backup up to date (`backup.create`): what is in it already is not written again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupCreate {
    /// What opens it; at least 12 bytes, best one that `backup.passphrase` made. A backup on the server that this device
    /// keeps goes on without it; with another one than before it has that from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passphrase: Option<String>,
    /// The file. One that is there already must be a backup of this account, with this passphrase. Without it the backup is
    /// kept on the account's server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Begin a new one on the server; what the one there holds is given up.
    #[serde(default)]
    pub replace: bool,
    /// Photos and files too, in one on the server: stays as it was said last, at first without. One in a file has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<bool>,
}

/// Brings the messages of a backup back (`backup.restore`). What is here stays as it is; asked again after it was
/// interrupted, it goes on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupRestore {
    /// What opens it. One on the server that was opened here goes on without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passphrase: Option<String>,
    /// In place of the passphrase: what the passkey answered that holds the key of the one on the server, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passkey: Option<String>,
    /// The file; without it the backup on the account's server, where a wrong passphrase costs a guess.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// The next messages for a backup (`backup.read`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupRead {
    /// `next` of the page before; without it from the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The backup that it is for, hexadecimal, where there is one already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<String>,
    /// Who wrote what is in it, as its index says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<BackupAuthor>,
}

/// What a backup's index says of the device that wrote it. Only one of this account proves an author.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupAuthor {
    /// SHA-256 of the index without its manifest and signature, hexadecimal.
    pub hash: String,
    /// The device, hexadecimal.
    pub device: String,
    /// The account's document that names it, base64.
    pub manifest: String,
    /// The device's signature over the hash, base64.
    pub signature: String,
}

/// Signs a backup's index as this device's (`backup.sign`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupSign {
    /// SHA-256 of the index without its manifest and signature, hexadecimal.
    pub hash: String,
}

/// Messages and files out of a backup (`backup.put`), at once or not at all.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupPut {
    /// Which backup, hexadecimal.
    pub backup: String,
    /// Whose, hexadecimal.
    pub account: String,
    /// Who wrote it, as its index says. Where that is no device of the account, messages are marked as brought along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<BackupAuthor>,
    /// Some of its blocks.
    #[serde(default)]
    pub blocks: Vec<BlockPut>,
    /// Files that are on this device now: their blobs, hexadecimal.
    #[serde(default)]
    pub files: Vec<String>,
    /// All that could be read of it is here now.
    #[serde(default)]
    pub finished: bool,
    /// No more of it comes, though not all of it is here: it is damaged, or its person wants no more of it.
    #[serde(default)]
    pub given_up: bool,
}

/// One block.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockPut {
    /// The highest position that the backup has in this conversation.
    pub last: i64,
    /// The block, base64.
    pub data: String,
}

/// Opens the backup on the server, or begins one (`backup.open`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupOpen {
    /// Without it as this device has it open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passphrase: Option<String>,
    /// As in `backup.restore`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passkey: Option<String>,
    /// To read it; else to write it.
    #[serde(default)]
    pub restore: bool,
    /// As in `backup.create`.
    #[serde(default)]
    pub replace: bool,
    /// As in `backup.create`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<bool>,
}

/// Puts a part of the backup on the server, padded and encrypted (`backup.store`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupStore {
    /// The part, base64.
    pub data: String,
    /// It is an index, which holds from now on: the pieces that it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<Vec<String>>,
    /// With an index: the last of the days that `backup.open` named, whose shares were verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_day: Option<i64>,
    /// With an index: the pieces of which all is named. The others hold blocks of before, which a message may have been deleted from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packed: Vec<String>,
}

/// Fetches a piece of the backup on the server (`backup.fetch`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupFetch {
    /// Its name.
    pub name: String,
    /// As it is encrypted.
    pub bytes: u64,
}

/// Lets a passkey hold the key of the backup on the server (`backup.passkey`). It is kept in the recovery kit's box: whoever
/// restores the account has it, and needs the passkey besides.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupPasskey {
    /// Without one the passkey that holds it now no longer does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passkey: Option<super::Passkey>,
}

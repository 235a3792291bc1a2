//! The encrypted backup of the history (docs/backup-format.md). `backup.create` and `backup.restore` are for people; the rest
//! is what the program that writes or reads one asks the engine for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Backs the history up, or brings a backup up to date (`backup.create`): what is in it already is not written again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupCreate {
    /// What opens it; at least 12 bytes, best one that `backup.passphrase` made.
    pub passphrase: String,
    /// The file. One that is there already must be a backup of this account, with this passphrase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// Brings the messages of a backup back (`backup.restore`). What is here stays as it is; asked again after it was
/// interrupted, it goes on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupRestore {
    /// What opens it.
    pub passphrase: String,
    /// The file.
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
}

/// Messages and files out of a backup (`backup.put`), at once or not at all.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupPut {
    /// Which backup, hexadecimal.
    pub backup: String,
    /// Whose, hexadecimal.
    pub account: String,
    /// Some of its blocks.
    #[serde(default)]
    pub blocks: Vec<BlockPut>,
    /// Files that are on this device now: their blobs, hexadecimal.
    #[serde(default)]
    pub files: Vec<String>,
    /// All that could be read of it is here now.
    #[serde(default)]
    pub finished: bool,
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

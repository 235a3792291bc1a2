//! What is told about backups.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `backup.passphrase`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BackupPassphrase {
    /// Six words. They are kept nowhere.
    pub passphrase: String,
}

/// `backup.create`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BackedUp {
    /// Messages in the backup.
    pub messages: u64,
    /// Files in it.
    pub files: u64,
    /// Files that are not in it: they could not be read, or it is on the server, which keeps files with their messages.
    pub left_out: u64,
    /// What was written this time.
    pub bytes_added: u64,
    /// What the whole backup has.
    pub bytes: u64,
    /// Messages that are in no backup: they disappear, or are shown only once.
    #[serde(default)]
    pub disappearing: u64,
    /// Messages and files that were found damaged in it and were written again; so does a list of its contents count, as one.
    #[serde(default)]
    pub rewritten: u64,
    /// Files that were found damaged in it and are not on this device, so that they could not be written again.
    #[serde(default)]
    pub damaged_files: u64,
}

/// `backup.restore`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BackupRestored {
    /// Messages in the backup.
    pub messages: u64,
    /// Of them, those that were not here.
    pub added: u64,
    /// Files that were brought back.
    pub files: u64,
    /// When the backup was made, RFC 3339.
    pub made: String,
    /// A device of this account signed it. Else its messages are marked as brought along: a file can say anything.
    #[serde(default)]
    pub signed: bool,
}

/// `backup.read`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BackupPage {
    /// Whose, hexadecimal.
    pub account: String,
    /// `name@server`
    pub address: String,
    /// This device, hexadecimal.
    pub device: String,
    /// The backup that was asked about was restored here.
    pub restored: bool,
    /// It was written by a device of this account.
    #[serde(default)]
    pub signed: bool,
    /// Messages in all; on the first page.
    pub of: u64,
    /// Messages besides that are in no backup: they disappear, or are shown only once; on the first page.
    #[serde(default)]
    pub disappearing: u64,
    /// Messages that were said one after another, in no more than one conversation each.
    pub blocks: Vec<Block>,
    /// Where the next page begins; null after the last.
    pub next: Option<String>,
}

/// Some messages of one conversation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Block {
    /// Which, hexadecimal.
    pub conversation: String,
    /// The highest position in this conversation.
    pub last: i64,
    /// Which of its blocks.
    pub number: i64,
    /// How many.
    pub messages: u32,
    /// The block, base64.
    pub data: String,
    /// Their files that are on this device.
    pub files: Vec<BlockFile>,
    /// Blobs of all their files, on this device or not.
    #[serde(default)]
    pub named: Vec<String>,
}

/// An encrypted file.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct BlockFile {
    /// Its blob, hexadecimal.
    pub blob: String,
    /// As it is encrypted.
    pub bytes: u64,
}

/// `backup.put`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BackupPlaced {
    /// Messages that were not here.
    pub added: u64,
    /// A device of this account wrote the backup; else they are marked as brought along.
    #[serde(default)]
    pub signed: bool,
}

/// `backup.sign`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BackupSigned {
    /// The account's document that names this device, base64.
    pub manifest: String,
    /// Its signature, base64.
    pub signature: String,
}

/// `backup.open`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BackupOpened {
    /// The index that holds, base64; null in a new backup.
    pub index: Option<String>,
    /// As much of files as goes into it; 0: none.
    #[serde(default)]
    pub files_bytes: u64,
    /// Of which days, since 1970, the shares are to be verified before more is written.
    #[serde(default)]
    pub verify_days: Vec<i64>,
    /// Pieces of which this device knows that the index names all that is in them.
    #[serde(default)]
    pub packed: Vec<String>,
    /// After a new passphrase, until all is written anew: the pieces and parts that were, so that the others are to be; else null.
    #[serde(default)]
    pub renewed: Option<Vec<String>>,
}

/// `backup.store`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BackupStored {
    /// SHA-256 of the encrypted part, hexadecimal.
    pub name: String,
    /// As it is encrypted.
    pub bytes: u64,
}

/// `backup.fetch`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BackupFetched {
    /// The piece, base64; null where it is not there as it was put.
    pub data: Option<String>,
}

/// `backup.show`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BackupState {
    /// This device may keep one on the server: it is the account's primary.
    pub primary: bool,
    /// It does: it has the key, and all that is in there.
    pub kept_here: bool,
    /// The one on the server was opened here: it is read without its passphrase.
    pub opened: bool,
    /// All that is in it is here, or was when it was begun or brought back.
    pub whole: bool,
    /// It is being brought back: interrupted, it goes on when it is asked for again.
    pub restoring: bool,
    /// When this device last brought it up to date, RFC 3339.
    pub made: Option<String>,
    /// Photos and files go into it too.
    pub files: bool,
    /// Messages that are in no backup: they disappear, or are shown only once.
    #[serde(default)]
    pub disappearing: u64,
    /// The passkey that holds its key.
    pub passkey: Option<BackupPasskey>,
    /// What the server says; null while it cannot be reached.
    pub server: Option<BackupOnServer>,
}

/// A passkey, to be asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BackupPasskey {
    /// Its id, base64url.
    pub credential: String,
    /// What it is asked with, base64url.
    pub salt: String,
}

/// What the server keeps of an account's backup.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BackupOnServer {
    /// A passphrase was set for one.
    pub exists: bool,
    /// Something is in it.
    pub begun: bool,
    /// How much.
    pub bytes: u64,
    /// As much as the server keeps; 0 where it keeps none.
    pub limit_bytes: u64,
    /// Wrong passphrases that may still be tried.
    pub guesses_left: u32,
}

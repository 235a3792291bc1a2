//! What is said of links, of what is known to be bad, and of how well this device is kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::{AttachmentKind, GuardOutcome, NewLinkPreview};

/// `indicators.import`, `indicators.add`, `indicators.update`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IndicatorsAdded {
    /// The list, as `indicators.list` names it.
    pub list: String,
    /// What it is called.
    pub name: String,
    /// Indicators that no list here had before.
    pub added: u64,
    /// All that the list holds.
    pub indicators: u64,
    /// What was left out of it; at most fifty of them are named.
    pub refused: Vec<IndicatorRefused>,
    /// How many were left out.
    pub refused_count: u64,
}

impl IndicatorsAdded {
    /// Adds what was left out before the engine had the list.
    pub fn leave_out(&mut self, refused: impl Iterator<Item = IndicatorRefused>, count: u64) {
        self.refused.extend(refused);
        self.refused_count += count;
    }
}

/// An entry of a list that is not taken.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IndicatorRefused {
    /// The entry, or its beginning.
    pub what: String,
    /// For people.
    pub why: String,
}

/// `indicators.list`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IndicatorLists {
    /// The oldest first.
    pub lists: Vec<IndicatorList>,
}

/// A list of what is known to be bad.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IndicatorList {
    /// Its id.
    pub list: String,
    /// What it is called.
    pub name: String,
    /// RFC 3339: when it came here.
    pub at: String,
    /// What it holds.
    pub indicators: u64,
    /// Of a signed list: who signs it, as a fingerprint to compare.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// Of a signed list: which one it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// `indicators.look_back`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LookBack {
    /// By time, the oldest first.
    pub matches: Vec<IndicatorMatch>,
    /// Messages that were looked through.
    pub messages: u64,
    /// Further matches that are not named.
    #[serde(default)]
    pub left_out: u64,
}

/// Something in a message that a list names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IndicatorMatch {
    /// The message.
    pub message: String,
    /// Where it is.
    pub conversation: String,
    /// Who sent it.
    pub from: String,
    /// As the list has it: of a link to `a.evil.example` it may be `evil.example`.
    pub indicator: String,
    /// `domain`, `url`, `ip`, `email`, `sha256`, `sha1` or `md5`.
    pub kind: String,
    /// What the list is called.
    pub source: String,
    /// RFC 3339: when the message was sent.
    pub at: String,
}

/// On a message: a list names something in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KnownBad {
    /// As the list has it.
    pub indicator: String,
    /// What the list is called.
    pub source: String,
}

/// `link.look`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LinkLooked {
    /// Where it leads, in full, as the network knows it; empty where it leads to no host.
    pub host: String,
    /// The same as people read it, where that differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reads: Option<String>,
    /// What to know before it opens.
    pub warnings: Vec<LinkWarning>,
}

/// Something to know of a link.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LinkWarning {
    /// `unreadable`, `scheme`, `hidden`, `userinfo`, `number`, `port`, `looks_like`, `almost_like`, `letters`, `inside`, `lure`,
    /// `text`, `shortener`, `new_sender`, `indicator` or `strict` (it is not to be opened).
    pub id: String,
    /// For people.
    pub sentence: String,
    /// What it is about, as it stands in the sentence: another name, a port, a scheme, a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
}

/// `link.preview`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LinkPreviewed {
    /// For `message.send`.
    pub preview: NewLinkPreview,
    /// Where the link leads, as `link.look` says it.
    pub host: String,
    /// The same as people read it, where that differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reads: Option<String>,
}

/// A preview of a link in a message: the sender's words, made harmless, and where the link truly leads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LinkPreview {
    /// The link, as it stands in the text.
    pub url: String,
    /// Where it leads, worked out here.
    pub host: String,
    /// The same as people read it, where that differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reads: Option<String>,
    /// The sender's word.
    pub title: String,
    /// The sender's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// A small picture of the sender's, hexadecimal: for a decoder behind walls. Of contacts alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
}

/// `guard.checkup`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Checkup {
    /// The most pressing first.
    pub findings: Vec<Finding>,
    /// How long this device has had its keys in each conversation with others, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeysAge>,
}

/// How long this device has had its keys in a conversation. They are replaced each week.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeysAge {
    /// The conversation.
    pub conversation: String,
    /// Days, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<i64>,
    /// Whether they should have been replaced by now.
    pub overdue: bool,
}

/// Something to look after.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// `key_in_file`, `no_passphrase`, `kit_not_written`, `safety_changed`, `log_doubtful`, `known_bad`, `device_unseen`,
    /// `contacts_unverified`, `no_backup`, `backup_old`, `previews`, `old_conversations`, `keys_old`, `members_silent` or `indicators_old`.
    pub id: String,
    /// `high`, `medium` or `low`.
    pub severity: String,
    /// Why it matters.
    pub why: String,
    /// What to do, as a button says it.
    pub action: String,
    /// Addresses, devices or conversations that it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<String>,
}

/// `guard.journal`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GuardJournal {
    /// The newest first.
    pub entries: Vec<GuardEntry>,
}

/// A received file that guard could not or would not look into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GuardEntry {
    /// How that ended.
    pub outcome: GuardOutcome,
    /// RFC 3339: for the first time.
    pub first_at: String,
    /// RFC 3339: last.
    pub at: String,
    /// How often.
    pub times: u64,
    /// Of the file, hexadecimal.
    pub sha256: String,
    /// The message that it came in first, which may be gone; or a picture of somebody.
    pub message: String,
    /// Which of its files.
    pub index: u32,
    /// Who sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// What it was sent as.
    pub kind: AttachmentKind,
    /// Its size.
    pub bytes: u64,
    /// Nobody looks into it by itself (`guard.release`).
    pub quarantined: bool,
}

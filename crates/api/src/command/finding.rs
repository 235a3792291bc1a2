//! Finding messages.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Finds messages.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageSearch {
    /// Words or parts of words of texts, file names and captions, all of which must occur. May be empty where `kind`,
    /// `from`, `after`, `before`, `starred` or `pinned` is given.
    #[serde(default)]
    pub text: String,
    /// Only these.
    #[serde(default)]
    pub kind: Option<SearchKind>,
    /// RFC 3339: only from then on.
    #[serde(default)]
    pub after: Option<String>,
    /// RFC 3339: only before.
    #[serde(default)]
    pub before: Option<String>,
    /// Only those that this account gave a star.
    #[serde(default)]
    pub starred: bool,
    /// Only those that are pinned for all.
    #[serde(default)]
    pub pinned: bool,
    /// Only here.
    #[serde(default)]
    pub conversation: Option<String>,
    /// Only from this address.
    #[serde(default)]
    pub from: Option<String>,
    /// At most so many, the newest; 50 if left out.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Only what is older than this message, which was found before: the page that follows.
    #[serde(default)]
    pub older_than: Option<String>,
}

/// What a message has in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchKind {
    /// Photos and videos.
    Media,
    /// Web addresses.
    Links,
    /// Documents.
    Documents,
    /// Voice messages.
    Voice,
}

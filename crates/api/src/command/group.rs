//! What a group is called, and who may do what in it (`conversation.set`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Changes a conversation. Fields left out stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationSet {
    /// Its id.
    pub conversation: String,
    /// The group's name.
    #[serde(default)]
    pub name: Option<String>,
    /// What the group is about: plain text, at most 2,048 bytes.
    #[serde(default)]
    pub description: Option<String>,
    /// A picture file's path; empty removes it.
    #[serde(default)]
    pub picture: Option<String>,
    /// Messages disappear so long after they were sent; 0: never.
    #[serde(default)]
    pub disappearing_seconds: Option<u32>,
    /// Addresses of all admins.
    #[serde(default)]
    pub admins: Option<Vec<String>>,
    /// Addresses of members who become admins besides; whatever else changes meanwhile stays.
    #[serde(default)]
    pub admins_add: Vec<String>,
    /// Addresses of admins who are none any more.
    #[serde(default)]
    pub admins_remove: Vec<String>,
    /// Who may do what.
    #[serde(default)]
    pub permissions: Option<PermissionsSet>,
}

/// What changes of who may do what in a group; the rest stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PermissionsSet {
    /// Add members.
    #[serde(default)]
    pub add: Option<Allowed>,
    /// Change name, picture and timer.
    #[serde(default)]
    pub edit: Option<Allowed>,
    /// Send messages.
    #[serde(default)]
    pub send: Option<Allowed>,
}

/// Who may do what in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Permissions {
    /// Add members.
    pub add: Allowed,
    /// Change name, picture and timer.
    pub edit: Allowed,
    /// Send messages.
    pub send: Allowed,
}

/// Members or admins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Allowed {
    /// Every member.
    Members,
    /// Admins only.
    Admins,
}

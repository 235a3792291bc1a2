//! People: contacts, and members of conversations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `contact.list`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Contacts {
    /// By address.
    pub contacts: Vec<Contact>,
}

/// Somebody known.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Contact {
    /// `name@server`
    pub address: String,
    /// Their nickname, else the name they chose, else the handle.
    pub name: String,
    /// The name that this account gave them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// A line about themselves.
    #[serde(default)]
    pub about: String,
    /// Their picture, where it is on this device: `attachment.save` with this as `message` and index 0. Another
    /// picture has another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// The safety number was compared.
    pub verified: bool,
    /// Nothing of theirs is taken.
    pub blocked: bool,
    /// They deleted their account.
    #[serde(default)]
    pub gone: bool,
    /// The name is what they claim: the server has promised it to nobody here. Show it apart from names that are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub claimed: bool,
}

impl Contact {
    /// Whether something can be sent to them.
    pub fn is_reachable(&self) -> bool {
        !self.blocked && !self.gone
    }
}

/// A member.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Member {
    /// `name@server`, or `unknown-…` where somebody else has the name that they claim.
    pub address: String,
    /// The account's id, 32 hex digits: stands for `address` wherever a request names somebody.
    #[serde(default)]
    pub account: String,
    /// As this account calls them: nickname, else the name they chose, else the handle.
    #[serde(default)]
    pub name: String,
    /// The address is what they claim: the server has promised it to nobody here. Show it apart from names that are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub claimed: bool,
    /// May change the group.
    pub admin: bool,
    /// How many devices they read with, where `conversation.show` was asked. None: the last one was dropped, or the first is on its way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub devices: Option<u64>,
}

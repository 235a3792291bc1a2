//! What others may see of a person at this moment. Nothing of it is kept, and nothing of it goes to strangers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Says that something is being typed, or no longer. To be said again while it goes on; the engine decides how often
/// others are told, and whether.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Typing {
    /// Where.
    pub conversation: String,
    /// Whether it goes on.
    pub on: bool,
}

/// Says whether the person is looking at this device, and at which conversation. From the start they are not.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PresenceSet {
    /// Whether they are looking.
    pub here: bool,
    /// The conversation that is open. Whoever it is with is asked whether they are there.
    #[serde(default)]
    pub conversation: Option<String>,
}

/// Says where this device is woken while it is away, in place of what was said before; null: nowhere.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PushSet {
    /// What the browser gave for the key of `push.key`.
    pub subscription: Option<PushSubscription>,
}

/// A browser's push subscription, as its `toJSON` names the parts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PushSubscription {
    /// The address, at most 800 bytes.
    pub endpoint: String,
    /// Its key, base64url.
    pub p256dh: String,
    /// Its secret, base64url.
    pub auth: String,
}

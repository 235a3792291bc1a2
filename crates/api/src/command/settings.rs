//! What a person can choose. Own devices share those about the account; the others are this device's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::keeping::given;

/// Changes settings. Fields left out stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsSet {
    /// Account: others learn what was read here, and this account what they read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_receipts: Option<bool>,
    /// Account: others see that something is being typed, and this account that they type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typing: Option<bool>,
    /// Account: contacts who choose the same see when this account is and was there, and it sees theirs. Off from the
    /// start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<bool>,
    /// Account: contacts see this account's picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture_shown: Option<bool>,
    /// Account: a language tag; empty for the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Account: no sounds and notifications between these times; null for none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub quiet_hours: Option<Option<QuietHours>>,
    /// Account: strict mode for all conversations, as `contact.strict` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strict: Option<bool>,
    /// Device: notifications show names and texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previews: Option<bool>,
    /// Device: a link that is written here may be fetched for its preview (`link.preview`), by which its site learns this
    /// device's address. Off from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_previews: Option<bool>,
    /// Device: notifications make a sound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sounds: Option<bool>,
    /// Device: colours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theme: Option<Theme>,
    /// Device: per cent, 50 to 300.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_size: Option<u16>,
    /// Device: the name of a wallpaper; empty for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wallpaper: Option<String>,
    /// Device: Enter sends, and Shift+Enter begins a new line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enter_sends: Option<bool>,
}

/// Colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system is.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// Times of day, in the device's time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// `HH:MM`
    pub from: String,
    /// `HH:MM`; before `from` it is on the next day.
    pub to: String,
}

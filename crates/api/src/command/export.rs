//! Taking everything along, in open formats.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Writes all of the account's data that is on this device into one zip (docs/export.md). It is not encrypted, and there
/// are no keys in it. For programs that can write files, such as `casemate rpc`; one at a time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataExport {
    /// The zip; must not exist yet.
    pub path: String,
    /// The one that locks the database, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passphrase: Option<String>,
}

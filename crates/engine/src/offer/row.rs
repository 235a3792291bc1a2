//! An offer as it stands in the database.

use casemate_content::proto as content;
use casemate_wire::ids::DeviceId;
use prost::Message as _;

/// An offer's row: the Welcome and the device that sent it.
pub struct OfferRow {
    pub device: DeviceId,
    pub welcome: content::Welcome,
}

impl OfferRow {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = self.device.0.to_vec();
        bytes.extend(self.welcome.encode_to_vec());
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (device, welcome) = bytes.split_at_checked(DeviceId::LEN)?;
        Some(Self {
            device: DeviceId::try_from(device).ok()?,
            welcome: content::Welcome::decode(welcome).ok()?,
        })
    }
}

//! What a relay reads of a frame: whether a picture begins anew here. That stands in the payload descriptor, which is
//! outside of the encryption; a sender who lies about it spoils its own picture.

use str0m::format::Codec as Named;

/// A codec that is handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// Sound.
    Opus = 0,
    /// Pictures, first choice: everything but the descriptor is encrypted.
    Vp9 = 1,
    /// Pictures, where there is no VP9.
    Vp8 = 2,
}

/// How many there are.
pub const CODECS: usize = 3;

impl Codec {
    /// The codec of a payload type.
    pub fn of(named: Named) -> Option<Self> {
        match named {
            Named::Opus => Some(Self::Opus),
            Named::Vp9 => Some(Self::Vp9),
            Named::Vp8 => Some(Self::Vp8),
            _ => None,
        }
    }

    /// Ticks of RTP time a second.
    pub fn clock(self) -> u32 {
        match self {
            Self::Opus => 48_000,
            Self::Vp9 | Self::Vp8 => 90_000,
        }
    }

    /// Whether a decoder that knows nothing can begin with this packet.
    pub fn begins(self, payload: &[u8]) -> bool {
        match self {
            Self::Opus => true,
            Self::Vp9 => vp9_begins(payload).unwrap_or(false),
            Self::Vp8 => vp8_begins(payload).unwrap_or(false),
        }
    }
}

/// RFC 9628 §4.2: not predicted from an earlier frame (P), beginning of a frame (B), lowest spatial layer.
fn vp9_begins(payload: &[u8]) -> Option<bool> {
    let first = *payload.first()?;
    let (has_id, predicted, layered, begins) =
        (first & 0x80 != 0, first & 0x40 != 0, first & 0x20 != 0, first & 0x08 != 0);
    if predicted || !begins {
        return Some(false);
    }
    if !layered {
        return Some(true);
    }
    let mut at = 1;
    if has_id {
        at += if payload.get(at)? & 0x80 != 0 { 2 } else { 1 };
    }
    Some((payload.get(at)? >> 1) & 0x07 == 0)
}

/// RFC 7741 §4.2 and §4.3: beginning of the first partition, and the frame's own bit that says it is a key frame.
fn vp8_begins(payload: &[u8]) -> Option<bool> {
    let first = *payload.first()?;
    if first & 0x10 == 0 || first & 0x07 != 0 {
        return Some(false);
    }
    let mut at = 1;
    if first & 0x80 != 0 {
        let extended = *payload.get(at)?;
        at += 1;
        if extended & 0x80 != 0 {
            at += if payload.get(at)? & 0x80 != 0 { 2 } else { 1 };
        }
        at += usize::from(extended & 0x40 != 0);
        at += usize::from(extended & 0x30 != 0);
    }
    Some(payload.get(at)? & 0x01 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vp9_key_frames() {
        assert!(Codec::Vp9.begins(&[0x08, 1, 2]));
        assert!(!Codec::Vp9.begins(&[0x48]), "predicted");
        assert!(!Codec::Vp9.begins(&[0x00]), "in the middle");
        assert!(Codec::Vp9.begins(&[0xa8, 0x81, 0x23, 0x00]), "long picture id, lowest layer");
        assert!(!Codec::Vp9.begins(&[0xa8, 0x01, 0x02]), "short picture id, second layer");
        for cut in 0..3 {
            assert!(!Codec::Vp9.begins(&[0xa8, 0x81, 0x23, 0x00][..cut]));
        }
    }

    #[test]
    fn vp8_key_frames() {
        assert!(Codec::Vp8.begins(&[0x10, 0x00]));
        assert!(!Codec::Vp8.begins(&[0x10, 0x01]), "not a key frame");
        assert!(!Codec::Vp8.begins(&[0x11, 0x00]), "second partition");
        assert!(Codec::Vp8.begins(&[0x90, 0xf0, 0x81, 0x23, 0x05, 0x06, 0x00]));
        assert!(!Codec::Vp8.begins(&[0x90, 0xf0, 0x81, 0x23, 0x05, 0x06, 0x01]));
        for cut in 0..7 {
            assert!(!Codec::Vp8.begins(&[0x90, 0xf0, 0x81, 0x23, 0x05, 0x06, 0x00][..cut]));
        }
    }
}

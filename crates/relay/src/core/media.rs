//! A packet of media that came in.

use std::sync::Arc;
use std::time::Instant;

use str0m::media::Pt;
use str0m::rtp::{RtpPacket, Ssrc, VideoOrientation};

/// See the module.
#[derive(Debug)]
pub struct Media {
    /// The stream.
    pub ssrc: Ssrc,
    /// The codec, as its sender numbers it.
    pub payload_type: Pt,
    /// Its extended number.
    pub number: u64,
    /// RTP time.
    pub time: u32,
    /// The last of its burst, or the like.
    pub marker: bool,
    /// How loud it is (RFC 6464).
    pub level: Option<i8>,
    /// How it was held.
    pub orientation: Option<VideoOrientation>,
    /// What it holds.
    pub payload: Arc<[u8]>,
    /// When it came.
    pub at: Instant,
}

impl From<RtpPacket> for Media {
    fn from(packet: RtpPacket) -> Self {
        let header = &packet.header;
        Self {
            ssrc: header.ssrc,
            payload_type: header.payload_type,
            number: *packet.seq_no,
            time: header.timestamp,
            marker: header.marker,
            level: header.ext_vals.audio_level,
            orientation: header.ext_vals.video_orientation,
            payload: packet.payload,
            at: packet.timestamp,
        }
    }
}

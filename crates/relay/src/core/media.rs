//! A packet of media that came in.

use std::sync::Arc;
use std::time::Instant;

use str0m::media::Pt;
use str0m::rtp::VideoOrientation;

/// See the module.
#[derive(Debug)]
pub struct Media {
    /// Which of the sender's streams it is of, in the order of their beginnings: its number counts in that alone.
    pub stream: u32,
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

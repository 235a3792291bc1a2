//! One WebSocket binary message, one frame.

use bytes::Bytes;
use prost::Message;

use crate::limits::FRAME_BYTES;
use crate::proto::wire::{ClientFrame, ServerFrame};

/// Why bytes are not a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadFrame {
    /// Over [`FRAME_BYTES`]; nothing was parsed.
    #[error("a frame has at most {FRAME_BYTES} bytes")]
    TooLarge,
    /// Not a well-formed frame.
    #[error("this is not a frame of the Casemate protocol")]
    Malformed,
    /// A frame without a request that this version knows: from a future version.
    #[error("this request is not known to this version; update Casemate")]
    Unknown,
}

/// Parses what a client sent. Fields borrow from `bytes`.
pub fn parse_client(bytes: Bytes) -> Result<ClientFrame, BadFrame> {
    if bytes.len() > FRAME_BYTES {
        return Err(BadFrame::TooLarge);
    }
    let frame = ClientFrame::decode(bytes).map_err(|_| BadFrame::Malformed)?;
    if frame.request.is_none() { Err(BadFrame::Unknown) } else { Ok(frame) }
}

/// Parses what a server sent. Fields borrow from `bytes`.
pub fn parse_server(bytes: Bytes) -> Result<ServerFrame, BadFrame> {
    if bytes.len() > FRAME_BYTES {
        return Err(BadFrame::TooLarge);
    }
    let frame = ServerFrame::decode(bytes).map_err(|_| BadFrame::Malformed)?;
    if frame.body.is_none() { Err(BadFrame::Unknown) } else { Ok(frame) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::wire::{Hello, client_frame::Request};

    #[test]
    fn round_trip_and_refusals() {
        let hello = Hello { version: 1, software: "test".into() };
        let frame = ClientFrame { id: 3, request: Some(Request::Hello(hello)) };
        assert_eq!(parse_client(frame.encode_to_vec().into()), Ok(frame));
        assert_eq!(parse_client(vec![0; FRAME_BYTES + 1].into()), Err(BadFrame::TooLarge));
        assert_eq!(parse_client(vec![0xff; 8].into()), Err(BadFrame::Malformed));
        // Field 99, which no version knows yet.
        assert_eq!(parse_client(vec![0x9a, 0x06, 0x00].into()), Err(BadFrame::Unknown));
    }
}

//! WebSocket messages out of and into plain buffers, with tungstenite's codec. An idle connection owns none of it.
//!
//! A tungstenite context buffers 4 KiB and more. A connection needs one only while a frame is half read, so
//! contexts are lent from a [`Pool`] and go back when the bytes end where a frame ends. [`Edge`] knows when.

use std::io::{self, Cursor, Read, Write};

use bytes::Bytes;
use casemate_wire::limits::FRAME_BYTES;
use tungstenite::Error;
use tungstenite::Message;
use tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tungstenite::protocol::frame::{CloseFrame, Frame, FrameHeader};
use tungstenite::protocol::{Role, WebSocketConfig, WebSocketContext};

/// Contexts kept for the next connection that reads. One is used at a time; the others are of those that came
/// back at once.
const POOLED: usize = 16;

/// What a context buffers at least.
const READ_BYTES: usize = 4 * 1024;

/// A context that read a larger frame keeps that much memory: it is not lent again.
const LARGE_FRAME_BYTES: u64 = 64 * 1024;

/// The longest frame header (RFC 6455 §5.2).
const HEADER_BYTES: usize = 14;

/// Contexts that nobody uses.
#[derive(Default)]
pub struct Pool(Vec<WebSocketContext>);

impl Pool {
    fn take(&mut self) -> Box<WebSocketContext> {
        Box::new(self.0.pop().unwrap_or_else(|| {
            let config = WebSocketConfig::default()
                .read_buffer_size(READ_BYTES)
                .write_buffer_size(0)
                .max_message_size(Some(FRAME_BYTES))
                .max_frame_size(Some(FRAME_BYTES));
            WebSocketContext::new(Role::Server, Some(config))
        }))
    }
}

/// What came.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// A binary message.
    Message(Bytes),
    /// A text message, of which the protocol has none.
    Text,
    /// A ping, which has been answered, or a pong.
    Alive,
    /// Over [`FRAME_BYTES`]. Nothing can be read any more.
    TooLarge,
    /// The peer closes, and has been answered; or it broke RFC 6455. Nothing can be read any more.
    Closed,
}

/// One connection's half-read frame, if there is one.
#[derive(Default)]
pub struct Codec {
    context: Option<Box<WebSocketContext>>,
    edge: Edge,
}

impl Codec {
    /// Reads all of `input`; events go to `event`, and what must be answered by itself to `out`.
    pub fn read(&mut self, pool: &mut Pool, input: &[u8], out: &mut Vec<u8>, mut event: impl FnMut(Event)) {
        let mut context = self.context.take().unwrap_or_else(|| pool.take());
        let mut wire = Wire { input, out };
        loop {
            match context.read(&mut wire) {
                Ok(Message::Binary(bytes)) => event(Event::Message(bytes)),
                Ok(Message::Text(_)) => event(Event::Text),
                Ok(Message::Ping(_) | Message::Pong(_)) => event(Event::Alive),
                // The answer is written by the next read, which then ends.
                Ok(Message::Close(_) | Message::Frame(_)) => {}
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(Error::Capacity(_)) => return event(Event::TooLarge),
                Err(_) => return event(Event::Closed),
            }
        }
        self.edge.advance(input);
        if !self.edge.is_clean() {
            self.context = Some(context);
        } else if self.edge.take_largest() <= LARGE_FRAME_BYTES && pool.0.len() < POOLED {
            pool.0.push(*context);
        }
    }
}

/// Writes a binary message.
pub fn write_message(payload: Bytes, out: &mut Vec<u8>) {
    write(Frame::message(payload, OpCode::Data(Data::Binary), true), out);
}

/// Writes a ping.
pub fn write_ping(out: &mut Vec<u8>) {
    write(Frame::ping(Bytes::new()), out);
}

/// Writes a close frame.
pub fn write_close(code: u16, reason: &'static str, out: &mut Vec<u8>) {
    let frame = CloseFrame { code: CloseCode::from(code), reason: reason.into() };
    write(Frame::close(Some(frame)), out);
}

fn write(frame: Frame, out: &mut Vec<u8>) {
    frame.format(out).expect("a vector takes everything");
}

/// Bytes in, bytes out; blocks where the bytes end.
struct Wire<'a> {
    input: &'a [u8],
    out: &'a mut Vec<u8>,
}

impl Read for Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.input.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.input.read(buffer)
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether the bytes so far end where a message ends.
#[derive(Default)]
struct Edge {
    /// Payload of the current frame that has not come yet.
    left: u64,
    largest: u64,
    header: [u8; HEADER_BYTES],
    header_len: u8,
    /// Between the first and the last frame of one message.
    fragmented: bool,
}

impl Edge {
    fn is_clean(&self) -> bool {
        self.left == 0 && self.header_len == 0 && !self.fragmented
    }

    fn take_largest(&mut self) -> u64 {
        std::mem::take(&mut self.largest)
    }

    fn advance(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let skipped = self.left.min(bytes.len() as u64);
            self.left -= skipped;
            bytes = &bytes[skipped as usize..];
            if self.left > 0 || bytes.is_empty() {
                return;
            }
            let have = usize::from(self.header_len);
            let taken = bytes.len().min(HEADER_BYTES - have);
            self.header[have..have + taken].copy_from_slice(&bytes[..taken]);
            let mut cursor = Cursor::new(&self.header[..have + taken]);
            match FrameHeader::parse(&mut cursor) {
                Ok(Some((header, length))) => {
                    let used = cursor.position() as usize - have;
                    bytes = &bytes[used..];
                    self.header_len = 0;
                    self.left = length;
                    self.largest = self.largest.max(length);
                    if matches!(header.opcode, OpCode::Data(_)) {
                        self.fragmented = !header.is_final;
                    }
                }
                // Not whole yet; or not a header, which the context has refused already.
                _ => {
                    self.header_len = (have + taken) as u8;
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tungstenite::protocol::frame::coding::Control;

    use super::*;

    fn masked(opcode: OpCode, is_final: bool, payload: &[u8]) -> Vec<u8> {
        let mask = [1, 2, 3, 4];
        let header = FrameHeader { is_final, opcode, mask: Some(mask), ..FrameHeader::default() };
        let mut bytes = Vec::new();
        header.format(payload.len() as u64, &mut bytes).unwrap();
        bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        bytes
    }

    const BINARY: OpCode = OpCode::Data(Data::Binary);

    /// Every way to cut a stream in two gives the same messages, and leaves nothing behind at its end.
    #[test]
    fn cut_anywhere() {
        let mut stream = masked(BINARY, true, b"one");
        stream.extend(masked(BINARY, false, b"tw"));
        stream.extend(masked(OpCode::Control(Control::Ping), true, b"p"));
        stream.extend(masked(OpCode::Data(Data::Continue), true, b"o"));
        stream.extend(masked(BINARY, true, &[7; 300]));
        let whole: Vec<Event> = vec![
            Event::Message(Bytes::from_static(b"one")),
            Event::Alive,
            Event::Message(Bytes::from_static(b"two")),
            Event::Message(vec![7; 300].into()),
        ];
        for cut in 0..=stream.len() {
            let (mut pool, mut codec, mut out, mut events) =
                (Pool::default(), Codec::default(), Vec::new(), Vec::new());
            for part in [&stream[..cut], &stream[cut..]] {
                codec.read(&mut pool, part, &mut out, |event| events.push(event));
            }
            assert_eq!(events, whole, "cut at {cut}");
            assert_eq!(out, [0x8a, 1, b'p'], "the pong");
            assert!(codec.context.is_none() && codec.edge.is_clean());
            assert!(!pool.0.is_empty());
        }
    }

    #[test]
    fn a_context_serves_one_connection_after_another() {
        let (mut pool, mut out) = (Pool::default(), Vec::new());
        for round in 0..50u8 {
            let mut codec = Codec::default();
            let mut events = Vec::new();
            codec.read(&mut pool, &masked(BINARY, true, &[round; 9]), &mut out, |event| events.push(event));
            assert_eq!(events, [Event::Message(vec![round; 9].into())]);
        }
        assert_eq!(pool.0.len(), 1);
    }

    #[test]
    fn a_context_that_grew_is_let_go() {
        let (mut pool, mut out, mut codec) = (Pool::default(), Vec::new(), Codec::default());
        let mut count = 0;
        codec.read(&mut pool, &masked(BINARY, true, &vec![1; 1 << 20]), &mut out, |_| count += 1);
        assert_eq!((count, pool.0.len()), (1, 0));
        assert!(codec.context.is_none());
    }

    #[test]
    fn what_breaks_the_rules_ends_it() {
        let unmasked = {
            let mut bytes = Vec::new();
            write_message(Bytes::from_static(b"x"), &mut bytes);
            bytes
        };
        let mut too_large = Vec::new();
        let header = FrameHeader { mask: Some([0; 4]), opcode: BINARY, ..FrameHeader::default() };
        header.format(FRAME_BYTES as u64 + 1, &mut too_large).unwrap();
        let cases = [
            (unmasked, Event::Closed),
            (too_large, Event::TooLarge),
            (masked(OpCode::Data(Data::Continue), true, b"x"), Event::Closed),
            (masked(OpCode::Control(Control::Ping), false, b"x"), Event::Closed),
            (masked(OpCode::Control(Control::Close), true, b""), Event::Closed),
            (masked(OpCode::Data(Data::Text), true, b"hi"), Event::Text),
        ];
        for (bytes, expected) in cases {
            let (mut pool, mut codec, mut out, mut events) =
                (Pool::default(), Codec::default(), Vec::new(), Vec::new());
            codec.read(&mut pool, &bytes, &mut out, |event| events.push(event));
            assert_eq!(events, [expected]);
        }
    }
}

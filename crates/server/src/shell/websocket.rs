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

/// The largest message of a connection that nobody has said hello on: it has no use for more.
pub const HELLO_BYTES: usize = 4 * 1024;

/// The longest frame header (RFC 6455 §5.2).
const HEADER_BYTES: usize = 14;

/// Contexts that nobody uses.
#[derive(Default)]
pub struct Pool(Vec<WebSocketContext>);

impl Pool {
    fn take(&mut self) -> Box<Half> {
        let context = self.0.pop().unwrap_or_else(|| {
            let config = WebSocketConfig::default().read_buffer_size(READ_BYTES).write_buffer_size(0);
            WebSocketContext::new(Role::Server, Some(config))
        });
        Box::new(Half { context, held: Vec::new(), paused: false, begun: 0, whole: 0 })
    }
}

/// What comes after a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// The next one, which is small: nobody has said hello.
    Greet,
    /// The next one.
    Go,
    /// Nothing for now: what came already waits.
    Pause,
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
    half: Option<Box<Half>>,
    edge: Edge,
}

/// What there is while a frame is half read, or waits.
struct Half {
    context: WebSocketContext,
    /// What was read from the socket and is not looked at yet.
    held: Vec<u8>,
    paused: bool,
    /// Messages begun since this is there.
    begun: u32,
    /// Bytes of the last one, as far as its frames have said.
    whole: u64,
}

impl Codec {
    /// Whether something that came already waits, see [`Flow::Pause`]. It is read by [`Self::read`] of nothing.
    pub fn is_paused(&self) -> bool {
        self.half.as_ref().is_some_and(|half| half.paused)
    }

    /// The number of a message of which only the beginning is there, though all that came was looked at.
    pub fn half_read(&self) -> Option<u32> {
        self.half.as_ref().filter(|half| !half.paused).map(|half| half.begun)
    }

    /// How many bytes have come of the message of which only the beginning is there.
    pub fn come(&self) -> usize {
        let come = self.whole().saturating_sub(self.edge.left);
        usize::try_from(come).unwrap_or(usize::MAX).min(FRAME_BYTES)
    }

    /// Whether that is more than any connection may keep.
    pub fn is_large(&self) -> bool {
        (self.edge.left > 0 || self.edge.fragmented) && self.whole() > LARGE_FRAME_BYTES
    }

    fn whole(&self) -> u64 {
        self.half.as_ref().map_or(0, |half| half.whole)
    }

    /// Reads `input` until an event says to pause; what must be answered by itself goes to `reply`, in place of what stands there: of
    /// several pings the last is answered (RFC 6455 §5.5.3), so that whoever sends many and reads nothing takes no room.
    pub fn read(
        &mut self,
        pool: &mut Pool,
        greeted: bool,
        input: &[u8],
        reply: &mut Vec<u8>,
        mut event: impl FnMut(Event) -> Flow,
    ) {
        let mut half = self.half.take().unwrap_or_else(|| pool.take());
        self.edge.advance(input, &mut half);
        let held = std::mem::take(&mut half.held);
        let joined: Vec<u8>;
        let input = match (held.is_empty(), input.is_empty()) {
            (true, _) => input,
            (false, true) => &held,
            // Nobody reads more from the socket while something waits.
            (false, false) => {
                joined = [&held, input].concat();
                &joined
            }
        };
        half.paused = false;
        bound(&mut half.context, greeted);
        let mut wire = Wire { input, out: reply };
        loop {
            let before = wire.out.len();
            let read = half.context.read(&mut wire);
            if before > 0 && wire.out.len() > before {
                wire.out.drain(..before);
            }
            let flow = match read {
                Ok(Message::Binary(bytes)) => event(Event::Message(bytes)),
                Ok(Message::Text(_)) => event(Event::Text),
                Ok(Message::Ping(_) | Message::Pong(_)) => event(Event::Alive),
                // The answer is written by the next read, which then ends.
                Ok(Message::Close(_) | Message::Frame(_)) => continue,
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(Error::Capacity(_)) => {
                    event(Event::TooLarge);
                    return;
                }
                Err(_) => {
                    event(Event::Closed);
                    return;
                }
            };
            match flow {
                Flow::Greet => {}
                Flow::Go => bound(&mut half.context, true),
                Flow::Pause => {
                    half.held = wire.input.to_vec();
                    half.paused = true;
                    self.half = Some(half);
                    return;
                }
            }
        }
        if !self.edge.is_clean() {
            self.half = Some(half);
        } else if self.edge.take_largest() <= LARGE_FRAME_BYTES && pool.0.len() < POOLED {
            pool.0.push(half.context);
        }
    }
}

/// How large a message may be.
fn bound(context: &mut WebSocketContext, greeted: bool) {
    let most = Some(if greeted { FRAME_BYTES } else { HELLO_BYTES });
    if context.get_config().max_message_size != most {
        context.set_config(|config| (config.max_message_size, config.max_frame_size) = (most, most));
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

    fn advance(&mut self, mut bytes: &[u8], half: &mut Half) {
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
                    if let OpCode::Data(data) = header.opcode {
                        self.fragmented = !header.is_final;
                        if data == Data::Continue {
                            half.whole = half.whole.saturating_add(length);
                        } else {
                            (half.begun, half.whole) = (half.begun.wrapping_add(1), length);
                        }
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

    const GREETED: bool = true;
    const STRANGE: bool = false;
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
                codec.read(&mut pool, GREETED, part, &mut out, |event| {
                    events.push(event);
                    Flow::Go
                });
            }
            assert_eq!(events, whole, "cut at {cut}");
            assert_eq!(out, [0x8a, 1, b'p'], "the pong");
            assert!(codec.half.is_none() && codec.edge.is_clean());
            assert!(!pool.0.is_empty());
        }
    }

    #[test]
    fn a_context_serves_one_connection_after_another() {
        let (mut pool, mut out) = (Pool::default(), Vec::new());
        for round in 0..50u8 {
            let mut codec = Codec::default();
            let mut events = Vec::new();
            codec.read(&mut pool, GREETED, &masked(BINARY, true, &[round; 9]), &mut out, |event| {
                events.push(event);
                Flow::Go
            });
            assert_eq!(events, [Event::Message(vec![round; 9].into())]);
        }
        assert_eq!(pool.0.len(), 1);
    }

    #[test]
    fn a_context_that_grew_is_let_go() {
        let (mut pool, mut out) = (Pool::default(), Vec::new());
        let mut codec = Codec::default();
        let mut count = 0;
        codec.read(&mut pool, GREETED, &masked(BINARY, true, &vec![1; 1 << 20]), &mut out, |_| {
            count += 1;
            Flow::Go
        });
        assert_eq!((count, pool.0.len()), (1, 0));
        assert!(codec.half.is_none());
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
            codec.read(&mut pool, GREETED, &bytes, &mut out, |event| {
                events.push(event);
                Flow::Go
            });
            assert_eq!(events, [expected]);
        }
    }

    #[test]
    fn pings_without_end_are_answered_by_one_pong() {
        let (mut pool, mut codec, mut out) = (Pool::default(), Codec::default(), Vec::new());
        let mut pings = 0;
        for round in 0..100_000_u32 {
            let ping =
                masked(OpCode::Control(Control::Ping), true, &[&[7; 121][..], &round.to_be_bytes()].concat());
            codec.read(&mut pool, STRANGE, &ping, &mut out, |event| {
                assert_eq!(event, Event::Alive);
                pings += 1;
                Flow::Greet
            });
        }
        assert_eq!((pings, out.len()), (100_000, 2 + 125));
        assert_eq!(out[2 + 121..], 99_999_u32.to_be_bytes(), "the last one");
        // Several in one piece as well, and the answer to a close is not lost for a pong.
        let mut bytes = masked(OpCode::Control(Control::Ping), true, b"p").repeat(1_000);
        bytes.extend(masked(OpCode::Control(Control::Close), true, b""));
        codec.read(&mut pool, STRANGE, &bytes, &mut out, |_| Flow::Greet);
        assert_eq!(out, [0x88, 0]);
    }

    #[test]
    fn messages_wait_where_they_are_told_to_and_none_is_lost() {
        let stream: Vec<u8> = (0..100).flat_map(|n| masked(BINARY, true, &[n; 40])).collect();
        for cut in [0, 1, 7, 1_000, stream.len()] {
            let (mut pool, mut codec, mut out, mut seen) =
                (Pool::default(), Codec::default(), Vec::new(), Vec::new());
            for part in [&stream[..cut], &stream[cut..]] {
                let mut input = part;
                loop {
                    let mut now = 0;
                    codec.read(&mut pool, GREETED, input, &mut out, |event| {
                        let Event::Message(bytes) = event else { panic!("{event:?}") };
                        seen.push(bytes[0]);
                        now += 1;
                        if now == 3 { Flow::Pause } else { Flow::Go }
                    });
                    assert!(now <= 3);
                    if !codec.is_paused() {
                        break;
                    }
                    input = &[];
                }
            }
            assert!(seen.iter().copied().eq(0..100), "cut at {cut}: {seen:?}");
            assert!(codec.half.is_none());
        }
    }

    #[test]
    fn large_messages_come_after_the_hello_alone() {
        let (mut pool, mut codec, mut out) = (Pool::default(), Codec::default(), Vec::new());
        let large = masked(BINARY, true, &vec![1; 10_000]);
        let mut events = Vec::new();
        // Of a stranger not even the beginning is kept; in pieces neither.
        codec.read(&mut pool, STRANGE, &large[..200], &mut out, |event| {
            events.push(event);
            Flow::Greet
        });
        assert_eq!(events, [Event::TooLarge]);
        let mut codec = Codec::default();
        let pieces: Vec<u8> = (0..5)
            .flat_map(|n| {
                masked(if n == 0 { BINARY } else { OpCode::Data(Data::Continue) }, false, &[1; 1_000])
            })
            .collect();
        events.clear();
        codec.read(&mut pool, STRANGE, &pieces, &mut out, |event| {
            events.push(event);
            Flow::Greet
        });
        assert_eq!(events, [Event::TooLarge]);
        // With the hello before it, also in one piece with it.
        let mut codec = Codec::default();
        let mut both = masked(BINARY, true, b"hello");
        both.extend(&large);
        let mut sizes = Vec::new();
        codec.read(&mut pool, STRANGE, &both, &mut out, |event| {
            let Event::Message(bytes) = event else { panic!("{event:?}") };
            sizes.push(bytes.len());
            Flow::Go
        });
        assert_eq!(sizes, [5, 10_000]);
    }

    #[test]
    fn what_has_come_of_a_large_message_is_known() {
        let (mut pool, mut out) = (Pool::default(), Vec::new());
        let mut codec = Codec::default();
        let large = masked(BINARY, true, &vec![1; 1 << 20]);
        let mut take =
            |codec: &mut Codec, part: &[u8]| codec.read(&mut pool, GREETED, part, &mut out, |_| Flow::Go);
        take(&mut codec, &large[..100]);
        let number = codec.half_read().unwrap();
        assert_eq!((codec.come(), codec.is_large()), (100 - 14, true));
        take(&mut codec, &large[100..200]);
        assert_eq!((codec.half_read(), codec.come()), (Some(number), 200 - 14));
        take(&mut codec, &large[200..]);
        assert_eq!((codec.half_read(), codec.come()), (None, 0));
        take(&mut codec, &masked(BINARY, true, &[1; 100])[..50]);
        assert!(codec.half_read().is_some() && !codec.is_large());
        assert_eq!(codec.come(), 50 - 6);
    }
}

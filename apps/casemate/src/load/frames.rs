//! What the generator says and hears, cheaply: the server is measured, not this.

use anyhow::{Context, Result, bail};
use bytes::{Buf, Bytes, BytesMut};
use casemate_wire::PROTOCOL_VERSION;
use casemate_wire::ids::{Hash32, LogId};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::{Append, ClientFrame, FollowLog, Hello, Ping, ServerFrame};
use prost::Message;

/// Bytes of a message, as the targets name them.
pub const PAYLOAD_BYTES: usize = 200;

/// Bytes of a payload that [`Appender`] writes: when it was due, which log, which number.
const STAMP_BYTES: usize = 16;

/// The generator's logs. Write token and reader secret of each are 32 zero bytes.
pub fn log_id(number: u32) -> LogId {
    LogId(Hash32::of(&[b"load", &number.to_be_bytes()]).0[..16].try_into().expect("a hash is longer"))
}

/// The request that makes a plain connection a WebSocket.
pub const UPGRADE: &[u8] =
    b"GET /v1/ws HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
    sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";

/// The first frame of a connection.
pub fn hello() -> Vec<u8> {
    frame(Request::Hello(Hello { version: PROTOCOL_VERSION, software: "casemate load".into() }))
}

/// Answered at once, without a service.
pub fn ping() -> Vec<u8> {
    frame(Request::Ping(Ping {}))
}

/// Follows one of the generator's logs from its beginning.
pub fn follow(log: u32) -> Vec<u8> {
    frame(Request::FollowLog(FollowLog {
        log: log_id(log).into(),
        reader_secret: Bytes::from_static(&[0; 32]),
        ..FollowLog::default()
    }))
}

/// A WebSocket message, masked with zeros as a client must and a measurement may (RFC 6455 §5.3).
fn frame(request: Request) -> Vec<u8> {
    let payload = ClientFrame { id: 1, request: Some(request) }.encode_to_vec();
    let mut bytes = vec![0x82];
    match payload.len() {
        length @ 0..126 => bytes.push(0x80 | length as u8),
        length @ 126..65_536 => {
            bytes.push(0x80 | 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        length => {
            bytes.push(0x80 | 127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes
}

/// Appends, each a copy of the first with log, client id and stamp written over.
pub struct Appender {
    template: Vec<u8>,
    log_at: usize,
    client_id_at: usize,
    payload_at: usize,
    /// Makes client ids unlike those of other runs and connections.
    salt: u64,
    count: u64,
}

impl Appender {
    /// Appends with payloads of `payload_bytes`.
    pub fn new(salt: u64, payload_bytes: usize) -> Self {
        let (log, client_id, payload) = ([0xa1; 16], [0xa2; 16], vec![0xa3; payload_bytes.max(STAMP_BYTES)]);
        let template = frame(Request::Append(Append {
            log: Bytes::copy_from_slice(&log),
            write_token: Bytes::from_static(&[0; 32]),
            client_id: Bytes::copy_from_slice(&client_id),
            payload: Bytes::copy_from_slice(&payload),
            ..Append::default()
        }));
        let place = |part: &[u8]| {
            template.windows(part.len()).position(|window| window == part).expect("it was put in there")
        };
        let (log_at, client_id_at, payload_at) = (place(&log), place(&client_id), place(&payload));
        Self { log_at, client_id_at, payload_at, template, salt, count: 0 }
    }

    /// Writes the next append to `log`, the `number`th among its reader's, due at `due_ns`.
    pub fn write(&mut self, log: LogId, number: u32, due_ns: u64, out: &mut Vec<u8>) {
        let at = out.len();
        out.extend_from_slice(&self.template);
        let bytes = &mut out[at..];
        let mut put = |at: usize, part: &[u8]| bytes[at..at + part.len()].copy_from_slice(part);
        put(self.log_at, &log.0);
        put(self.client_id_at, &self.salt.to_be_bytes());
        put(self.client_id_at + 8, &self.count.to_be_bytes());
        put(self.payload_at, &due_ns.to_be_bytes());
        put(self.payload_at + 8, &number.to_be_bytes());
        self.count += 1;
    }
}

/// What [`Appender`] wrote into a payload: when it was due, and the log's number.
pub fn stamp(mut payload: &[u8]) -> Result<(u64, u32)> {
    Ok((payload.try_get_u64()?, payload.try_get_u32()?))
}

/// Takes the next whole frame out of what came from the server.
pub fn next_frame(buffer: &mut BytesMut) -> Result<Option<ServerFrame>> {
    loop {
        let Some(&[first, length, ..]) = buffer.first_chunk::<2>().map(|two| two.as_slice()) else {
            return Ok(None);
        };
        let (length, header) = match length {
            126 => match buffer.get(2..4) {
                Some(bytes) => (usize::from(u16::from_be_bytes(bytes.try_into()?)), 4),
                None => return Ok(None),
            },
            127 => match buffer.get(2..10) {
                Some(bytes) => (usize::try_from(u64::from_be_bytes(bytes.try_into()?))?, 10),
                None => return Ok(None),
            },
            length => (usize::from(length), 2),
        };
        if buffer.len() < header + length {
            return Ok(None);
        }
        buffer.advance(header);
        let payload = buffer.split_to(length).freeze();
        match first & 0x0f {
            2 => return Ok(Some(ServerFrame::decode(payload).context("the server sent no frame")?)),
            8 => {
                bail!("the server closed: {}", String::from_utf8_lossy(payload.get(2..).unwrap_or_default()))
            }
            // A ping: the run is shorter than the server's patience.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use casemate_wire::frame::parse_client;

    use super::*;

    #[test]
    fn an_append_is_what_it_says() {
        let mut out = Vec::new();
        let mut appender = Appender::new(7, PAYLOAD_BYTES);
        appender.write(log_id(1), 1, 5, &mut out);
        appender.write(log_id(2), 2, 6, &mut out);
        let second = &out[out.len() / 2..];
        let frame = parse_client(Bytes::copy_from_slice(&second[8..])).unwrap();
        let Some(Request::Append(append)) = frame.request else { panic!("{frame:?}") };
        assert_eq!(append.log, Bytes::copy_from_slice(&log_id(2).0));
        assert_eq!(append.payload.len(), PAYLOAD_BYTES);
        assert_eq!(stamp(&append.payload).unwrap(), (6, 2));
        assert_ne!(append.client_id[..], out[..16]);
    }

    #[test]
    fn frames_come_in_pieces() {
        let frame = ServerFrame { id: 9, body: None }.encode_to_vec();
        let mut stream = vec![0x82, frame.len() as u8];
        stream.extend(&frame);
        let mut buffer = BytesMut::new();
        for byte in stream {
            assert_eq!(next_frame(&mut buffer).unwrap(), None);
            buffer.extend_from_slice(&[byte]);
        }
        assert_eq!(next_frame(&mut buffer).unwrap().unwrap().id, 9);
        buffer.extend_from_slice(&[0x88, 2, 0x03, 0xe9]);
        assert!(next_frame(&mut buffer).is_err());
    }
}

//! Somebody who speaks the wire by hand, to try what no client of ours would.

use std::net::TcpStream;

use casemate_wire::frame;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{ClientFrame, ErrorCode, Hello, HelloAnswer, ServerFrame};
use prost::Message as _;
use tungstenite::{Message, WebSocket};

use crate::patience;

/// A connection that said hello.
pub struct Stranger {
    socket: WebSocket<TcpStream>,
    next_id: u64,
    /// What the server said to the greeting.
    pub hello: HelloAnswer,
    /// What came without being asked for.
    pub pushed: Vec<Body>,
}

impl Stranger {
    /// Connects to `host:port`.
    pub fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(patience())).unwrap();
        let (socket, _) = tungstenite::client(format!("ws://{address}/v1/ws"), stream).unwrap();
        let mut stranger = Self { socket, next_id: 1, hello: HelloAnswer::default(), pushed: Vec::new() };
        let hello = Hello { version: casemate_wire::PROTOCOL_VERSION, software: "a stranger".into() };
        match stranger.ask(Request::Hello(hello)) {
            Ok(Body::Hello(hello)) => stranger.hello = hello,
            other => panic!("no greeting: {other:?}"),
        }
        stranger
    }

    /// Asks and waits for the answer.
    pub fn ask(&mut self, request: Request) -> Result<Body, ErrorCode> {
        let id = self.next_id;
        self.next_id += 1;
        let bytes = ClientFrame { id, request: Some(request) }.encode_to_vec();
        self.socket.send(Message::Binary(bytes.into())).unwrap();
        loop {
            let frame = self.read().expect("the server answers");
            match frame.body.expect("a frame says something") {
                Body::Error(error) if frame.id == id => return Err(error.code()),
                body if frame.id == id => return Ok(body),
                body => self.pushed.push(body),
            }
        }
    }

    /// Sends bytes as they are; gives what the server says, or `None` where it closes the connection.
    pub fn throw(&mut self, bytes: Vec<u8>) -> Option<ServerFrame> {
        if self.socket.send(Message::Binary(bytes.into())).is_err() {
            return None;
        }
        self.read()
    }

    fn read(&mut self) -> Option<ServerFrame> {
        loop {
            match self.socket.read() {
                Ok(Message::Binary(bytes)) => return Some(frame::parse_server(bytes).unwrap()),
                Ok(Message::Close(_)) => return None,
                Ok(_) => {}
                Err(tungstenite::Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    panic!("waited in vain for the server")
                }
                Err(_) => return None,
            }
        }
    }
}

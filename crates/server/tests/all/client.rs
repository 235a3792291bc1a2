//! A client as thin as can be: frames over a WebSocket, requests over HTTP.

use std::collections::VecDeque;
use std::net::SocketAddr;

use bytes::Bytes;
use casemate_server::config::{Limits, Policy, Registration};
use casemate_server::{Config, Handle};
use casemate_wire::ids::{Hash32, LogId};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    Append, ClientFrame, CreateLog, Error, FollowLog, Hello, HelloAnswer, ServerFrame, Token, TokenKind,
};
use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full};
use hyper::{Request as HttpRequest, Response};
use hyper_util::rt::TokioIo;
use prost::Message as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::kit::{Person, Wallet};

/// A server of its own in a folder of its own, that anybody may join.
pub fn start(folder: &std::path::Path) -> Handle {
    casemate_server::start(config(folder)).unwrap()
}

pub fn config(folder: &std::path::Path) -> Config {
    let mut config = Config::new(folder, "127.0.0.1:0".parse().unwrap());
    config.public_url = Some("http://test.example".to_owned());
    config.policy = Policy {
        registration: Registration::Open,
        limits: Limits { lifted: true, ..Limits::default() },
        ..Policy::default()
    };
    config
}

/// A connection that said hello.
pub struct Client<S = TcpStream> {
    pub socket: WebSocketStream<S>,
    pub hello: HelloAnswer,
    number: u64,
    pushed: VecDeque<Body>,
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).await.unwrap()).await
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    pub async fn over(stream: S) -> Self {
        let mut client = Self::silent(stream).await;
        let hello = Hello { version: casemate_wire::PROTOCOL_VERSION, software: "test".into() };
        let Ok(Body::Hello(hello)) = client.ask(Request::Hello(hello)).await else { panic!("no hello") };
        client.hello = hello;
        client
    }

    /// Without a hello.
    pub async fn silent(stream: S) -> Self {
        let (socket, _) = client_async("ws://test.example/v1/ws", stream).await.unwrap();
        Self { socket, hello: HelloAnswer::default(), number: 0, pushed: VecDeque::new() }
    }

    pub async fn send(&mut self, request: Request) -> u64 {
        self.number += 1;
        let frame = ClientFrame { id: self.number, request: Some(request) }.encode_to_vec();
        self.socket.send(Message::Binary(frame.into())).await.unwrap();
        self.number
    }

    /// The next frame, or none when the server closed the connection.
    pub async fn frame(&mut self) -> Option<ServerFrame> {
        loop {
            match self.socket.next().await? {
                Ok(Message::Binary(bytes)) => return Some(ServerFrame::decode(bytes).unwrap()),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    pub async fn ask(&mut self, request: Request) -> Result<Body, Error> {
        let number = self.send(request).await;
        loop {
            let frame = self.frame().await.expect("the connection is open");
            match frame.body.unwrap() {
                Body::Error(error) if frame.id == number => return Err(error),
                body if frame.id == number => return Ok(body),
                body => self.pushed.push_back(body),
            }
        }
    }

    /// The next pushed body.
    pub async fn pushed(&mut self) -> Body {
        if let Some(body) = self.pushed.pop_front() {
            return body;
        }
        loop {
            let frame = self.frame().await.expect("the connection is open");
            if frame.id == 0 {
                return frame.body.unwrap();
            }
        }
    }

    /// Entries up to and with `last`, which must come without a gap after `have`.
    pub async fn entries(&mut self, mut have: u64, last: u64) {
        while have < last {
            if let Body::LogEntries(entries) = self.pushed().await {
                assert_eq!(entries.first, have + 1);
                have += entries.entries.len() as u64;
            }
        }
        assert_eq!(have, last);
    }

    pub async fn settle_in(&mut self, person: &Person) {
        self.ask(person.create_account(&[])).await.unwrap();
    }

    pub async fn tokens(&mut self, person: &Person, kind: TokenKind, seed: u8, count: usize) -> Vec<Token> {
        let wallet = Wallet::new(&self.hello, kind, seed, count);
        let request = person.request(&self.hello, wallet.ask());
        let Ok(Body::TokensIssued(issued)) = self.ask(request).await else { panic!("no tokens") };
        wallet.tokens(&issued)
    }

    /// A log with write token and reader secret `[seed; 32]`.
    pub async fn log(&mut self, person: &Person, seed: u8) -> LogId {
        let token = self.tokens(person, TokenKind::Log, seed, 1).await.remove(0);
        let create = CreateLog {
            log: vec![seed; 16].into(),
            write_hash: Hash32::of(&[&[seed; 32]]).into(),
            reader_hash: Hash32::of(&[&[seed; 32]]).into(),
            token: Some(token),
        };
        self.ask(Request::CreateLog(create)).await.unwrap();
        LogId([seed; 16])
    }
}

pub fn append(log: LogId, number: u64, payload: Vec<u8>) -> Request {
    let mut client_id = [0; 16];
    client_id[..8].copy_from_slice(&number.to_be_bytes());
    Request::Append(Append {
        log: log.into(),
        write_token: vec![log.0[0]; 32].into(),
        client_id: client_id.to_vec().into(),
        payload: payload.into(),
        ..Append::default()
    })
}

pub fn follow(log: LogId, after: u64) -> Request {
    Request::FollowLog(FollowLog {
        log: log.into(),
        reader_secret: vec![log.0[0]; 32].into(),
        after,
        left_out: None,
    })
}

/// One HTTP request on a connection of its own.
pub async fn http(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Response<Bytes> {
    let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let mut request = HttpRequest::builder().method(method).uri(path).header("host", "test.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = sender.send_request(request.body(Full::new(body.into())).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
}

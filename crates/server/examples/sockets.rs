//! Measures the shell: memory per idle connection, and durable messages per second over WebSockets.
//!
//! `cargo run --release -p casemate-server --example sockets -- [connections] [seconds]`
//!
//! The client is this program again, in a process of its own, so that memory is the server's alone. The product's
//! figures are `casemate load`'s; this is for whoever works on the shell.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use casemate_server::config::{Limits, Policy};
use casemate_server::store::{DiskStore, Mutation, Options, Store};
use casemate_server::{Config, start};
use casemate_wire::ids::{Hash32, LogId};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Append, ClientFrame, FollowLog, Hello, ServerFrame};
use prost::Message;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

type Failure = Box<dyn std::error::Error>;

const LOGS: u32 = 100_000;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "client") {
        return client(&arguments[1..]);
    }
    let number = |at: usize, otherwise: u32| arguments.get(at).map_or(Ok(otherwise), |text| text.parse());
    let (connections, seconds) = (number(0, 2_000)?, number(1, 8)?);
    for follows in [0, 50] {
        memory(connections, follows)?;
    }
    throughput(1_000, 1, seconds)?;
    throughput(64, 16, seconds)?;
    throughput(1_000, 16, seconds)?;
    Ok(())
}

fn log(number: u32) -> LogId {
    LogId(Hash32::of(&[&number.to_be_bytes()]).0[..16].try_into().expect("a hash is longer"))
}

/// A folder with logs in it: write token and reader secret of each are 32 zero bytes.
fn folder() -> Result<tempfile::TempDir, Failure> {
    let folder = tempfile::tempdir_in(std::env::var("SOCKETS_DIR").unwrap_or_else(|_| "/tmp".into()))?;
    let delivery = folder.path().join("delivery");
    let mut store = DiskStore::open(&delivery, Options::default())?;
    let secret = Hash32::of(&[&[0; 32]]);
    let created: Vec<Mutation> = (0..LOGS)
        .map(|number| Mutation::CreateLog {
            log: log(number),
            write_hash: secret,
            reader_hash: secret,
            at_ms: 0,
        })
        .collect();
    for part in created.chunks(10_000) {
        store.commit(part)?;
    }
    store.flush()?;
    Ok(folder)
}

fn server(folder: &std::path::Path) -> Result<casemate_server::Handle, Failure> {
    let mut config = Config::new(folder, "127.0.0.1:0".parse()?);
    config.policy = Policy { limits: Limits { lifted: true, ..Limits::default() }, ..Policy::default() };
    Ok(start(config)?)
}

fn resident_bytes() -> Result<i64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<i64>()? * 1024)
}

struct Client {
    child: std::process::Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Client {
    fn start(address: SocketAddr, arguments: &[String]) -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("client")
            .arg(address.to_string())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let lines = BufReader::new(child.stdout.take().ok_or("no stdout")?);
        Ok(Self { child, lines })
    }

    fn line(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        self.lines.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    fn go_on(&mut self) -> Result<(), Failure> {
        Ok(self.child.stdin.as_mut().ok_or("no stdin")?.write_all(b"\n")?)
    }
}

fn memory(connections: u32, follows: u32) -> Result<(), Failure> {
    let folder = folder()?;
    let server = server(folder.path())?;
    // Whatever is made once is made before: by a first, smaller client.
    let mut first = Client::start(server.address, &["memory".into(), "50".into(), follows.to_string()])?;
    first.line()?;
    first.go_on()?;
    first.line()?;
    let before = resident_bytes()?;
    let mut client =
        Client::start(server.address, &["memory".into(), connections.to_string(), follows.to_string()])?;
    client.line()?;
    let per = |now: i64| (now - before) / i64::from(connections);
    let idle = per(resident_bytes()?);
    client.go_on()?;
    client.line()?;
    std::thread::sleep(Duration::from_secs(3));
    println!(
        "{connections} connections following {follows} logs: {idle} bytes each before traffic, {} after",
        per(resident_bytes()?)
    );
    client.child.kill()?;
    first.child.kill()?;
    server.stop();
    Ok(())
}

fn throughput(connections: u32, in_flight: u32, seconds: u32) -> Result<(), Failure> {
    let folder = folder()?;
    let server = server(folder.path())?;
    let arguments = ["load".into(), connections.to_string(), in_flight.to_string(), seconds.to_string()];
    let mut client = Client::start(server.address, &arguments)?;
    println!("{connections} connections, {in_flight} in flight: {}", client.line()?);
    client.child.wait()?;
    server.stop();
    Ok(())
}

// ---- The client's process ----

fn client(arguments: &[String]) -> Result<(), Failure> {
    let address: SocketAddr = arguments[0].parse()?;
    let number = |at: usize| arguments[at].parse::<u32>();
    match arguments[1].as_str() {
        "memory" => idle(address, number(2)?, number(3)?),
        _ => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            tokio::task::LocalSet::new().block_on(&runtime, load(address, number(2)?, number(3)?, number(4)?))
        }
    }
}

/// Opens connections that follow `follows` logs each; on a line of input, sends some traffic on each.
fn idle(address: SocketAddr, connections: u32, follows: u32) -> Result<(), Failure> {
    let mut sockets = Vec::new();
    for connection in 0..connections {
        let mut socket = TcpStream::connect(address)?;
        socket.write_all(upgrade().as_bytes())?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            socket.read_exact(&mut byte)?;
            answer.push(byte[0]);
        }
        socket.write_all(&frame(0, Request::Hello(Hello { version: 1, software: String::new() })))?;
        read_message(&mut socket)?;
        for follow in 0..follows {
            socket.write_all(&frame(1, follow_log(connection * follows + follow)))?;
            read_message(&mut socket)?;
        }
        sockets.push(socket);
    }
    println!("ready");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    for (connection, socket) in (0..).zip(&mut sockets) {
        for (entry, size) in [200, 5_000, 60_000, 200].into_iter().enumerate() {
            socket.write_all(&frame(2, append(connection * follows.max(1), entry as u64, size)))?;
            // The answer, and the push to whoever follows.
            read_message(socket)?;
            if follows > 0 {
                read_message(socket)?;
            }
        }
    }
    println!("done");
    std::io::stdin().read_line(&mut line)?;
    Ok(())
}

/// Appends in a closed loop, each connection to its share of the logs, and counts what is answered and pushed.
async fn load(address: SocketAddr, connections: u32, in_flight: u32, seconds: u32) -> Result<(), Failure> {
    let mut tasks = Vec::new();
    let share = LOGS / connections;
    let from = Instant::now() + Duration::from_secs(1);
    let until = from + Duration::from_secs(u64::from(seconds));
    for connection in 0..connections {
        tasks.push(tokio::task::spawn_local(async move {
            let mut socket = tokio::net::TcpStream::connect(address).await?;
            socket.set_nodelay(true)?;
            socket.write_all(upgrade().as_bytes()).await?;
            let mut buffer = Vec::new();
            while !buffer.ends_with(b"\r\n\r\n") {
                socket.read_buf(&mut buffer).await?;
            }
            socket
                .write_all(&frame(0, Request::Hello(Hello { version: 1, software: String::new() })))
                .await?;
            let mine = connection * share;
            let mut followed = Vec::new();
            for number in 0..share {
                followed.extend(frame(1, follow_log(mine + number)));
            }
            socket.write_all(&followed).await?;
            let (mut answered, mut pushed, mut started, mut next) = (0u64, 0u64, false, 0u64);
            let mut waits = share + 1;
            let mut latencies: Vec<u32> = Vec::new();
            let mut sent_at = std::collections::VecDeque::new();
            buffer.clear();
            loop {
                let mut out = Vec::new();
                let mut at = 0;
                while let Some((message, length)) = message(&buffer[at..]) {
                    match ServerFrame::decode(message)?.body {
                        Some(Body::Appended(_)) => {
                            let now = Instant::now();
                            let sent: Option<Instant> = sent_at.pop_front();
                            if now > from
                                && let Some(sent) = sent
                            {
                                answered += 1;
                                latencies.push((now - sent).as_micros() as u32);
                            }
                            if now < until {
                                out.extend(frame(
                                    2,
                                    append(mine + (next % u64::from(share)) as u32, next, 200),
                                ));
                                sent_at.push_back(now);
                                next += 1;
                            }
                        }
                        Some(Body::LogEntries(entries)) => pushed += entries.entries.len() as u64,
                        Some(Body::Error(error)) => return Err(error.message.into()),
                        _ => waits -= 1,
                    }
                    at += length;
                }
                buffer.drain(..at);
                if waits == 0 && !started {
                    started = true;
                    for _ in 0..in_flight {
                        out.extend(frame(2, append(mine + (next % u64::from(share)) as u32, next, 200)));
                        sent_at.push_back(Instant::now());
                        next += 1;
                    }
                }
                socket.write_all(&out).await?;
                if Instant::now() > until && sent_at.is_empty() && pushed >= next {
                    return Ok::<_, Failure>((answered, latencies));
                }
                if socket.read_buf(&mut buffer).await? == 0 {
                    return Err("closed".into());
                }
            }
        }));
    }
    let (mut answered, mut latencies) = (0, Vec::new());
    for task in tasks {
        let (count, times) = task.await??;
        answered += count;
        latencies.extend(times);
    }
    latencies.sort_unstable();
    let at = |share: f64| f64::from(latencies[((latencies.len() - 1) as f64 * share) as usize]) / 1000.0;
    println!(
        "{} durable messages/s, p50 {:.1} ms, p99 {:.1} ms",
        answered / u64::from(seconds),
        at(0.5),
        at(0.99)
    );
    Ok(())
}

fn upgrade() -> &'static str {
    "GET /v1/ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
     sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
}

fn follow_log(number: u32) -> Request {
    Request::FollowLog(FollowLog { log: log(number).into(), reader_secret: vec![0; 32].into(), after: 0 })
}

fn append(number: u32, client_id: u64, size: usize) -> Request {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&client_id.to_be_bytes());
    id[8..12].copy_from_slice(&number.to_be_bytes());
    Request::Append(Append {
        log: log(number).into(),
        write_token: vec![0; 32].into(),
        client_id: id.to_vec().into(),
        payload: vec![7; size].into(),
        ..Append::default()
    })
}

/// Masked with zeros, as a client must and a measurement may.
fn frame(id: u64, request: Request) -> Vec<u8> {
    let payload = ClientFrame { id, request: Some(request) }.encode_to_vec();
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

/// The first whole message in a buffer, and its length with the header.
fn message(buffer: &[u8]) -> Option<(&[u8], usize)> {
    let (length, header) = match buffer.get(1)? {
        126 => (usize::from(u16::from_be_bytes(buffer.get(2..4)?.try_into().ok()?)), 4),
        127 => (usize::try_from(u64::from_be_bytes(buffer.get(2..10)?.try_into().ok()?)).ok()?, 10),
        length => (usize::from(*length), 2),
    };
    Some((buffer.get(header..header + length)?, header + length))
}

fn read_message(socket: &mut TcpStream) -> Result<(), Failure> {
    let mut head = [0; 2];
    socket.read_exact(&mut head)?;
    let length = match head[1] {
        126 => {
            let mut length = [0; 2];
            socket.read_exact(&mut length)?;
            usize::from(u16::from_be_bytes(length))
        }
        127 => {
            let mut length = [0; 8];
            socket.read_exact(&mut length)?;
            usize::try_from(u64::from_be_bytes(length))?
        }
        length => usize::from(length),
    };
    let mut payload = vec![0; length];
    socket.read_exact(&mut payload)?;
    Ok(())
}

//! Media over TCP, for networks that let no UDP through: each packet has its length before it (RFC 4571), on the same port.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use socket2::{Domain, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::Receiver;

use super::Shared;
use super::connections::Served;
use super::inbox::{Came, Job};
use super::worker::whose;
use crate::core::demux::{Kind, look};
use crate::core::{Packet, Protocol};

/// The largest packet: more than any path takes.
const PACKET_BYTES: usize = 2_048;

/// A connection that says nothing for so long is closed.
const SILENCE: Duration = Duration::from_secs(30);
/// And one that has said nothing at all. After so long, too, nobody has a connection who is not in a call: only what they signed
/// shows it. Less would hang up on those with bad networks; more lets strangers have connections for longer.
const FIRST: Duration = Duration::from_secs(5);

const WAITING_CONNECTIONS: i32 = 256;

/// Binds a listener.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket2::Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(WAITING_CONNECTIONS)?;
    Ok(socket.into())
}

/// Takes connections for ever.
pub async fn accept(listener: TcpListener, public: SocketAddr, shared: Arc<Shared>) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "media over TCP cannot be taken"),
    };
    loop {
        match listener.accept().await {
            Ok((stream, from)) => {
                let Served { outgoing, number } = shared.connections.open(from);
                let shared = shared.clone();
                tokio::spawn(async move {
                    let _ = stream.set_nodelay(true);
                    serve(stream, from, public, &shared, outgoing).await;
                    shared.connections.close(from, number);
                });
            }
            Err(error) => {
                // Too many open files, most likely: some will end.
                tracing::warn!(%error, "a connection for media could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn serve(
    stream: TcpStream,
    from: SocketAddr,
    public: SocketAddr,
    shared: &Shared,
    mut outgoing: Receiver<Vec<u8>>,
) {
    let (mut reader, mut writer) = stream.into_split();
    let write = async {
        let mut bytes = Vec::new();
        while let Some(packet) = outgoing.recv().await {
            bytes.clear();
            frame(&mut bytes, &packet);
            // What waits goes with it.
            while let Ok(packet) = outgoing.try_recv() {
                frame(&mut bytes, &packet);
            }
            if writer.write_all(&bytes).await.is_err() {
                return;
            }
        }
    };
    let read = async {
        let mut buffer = BytesMut::with_capacity(2 * PACKET_BYTES);
        let mut patience = FIRST;
        while let Ok(Ok(1..)) = tokio::time::timeout(patience, reader.read_buf(&mut buffer)).await {
            loop {
                match next(&mut buffer) {
                    Ok(Some(bytes)) => {
                        let is_first = patience == FIRST;
                        if !hand_over(shared, from, public, bytes, is_first) {
                            return;
                        }
                        patience = SILENCE;
                    }
                    Ok(None) => break,
                    Err(TooLarge) => return,
                }
            }
        }
    };
    tokio::select! {
        () = write => {}
        () = read => {}
        () = unknown(shared, from) => {}
    }
}

/// Until nobody in a call has signed anything that came from there: at first, and whenever they have gone.
async fn unknown(shared: &Shared, from: SocketAddr) {
    loop {
        tokio::time::sleep(FIRST).await;
        if shared.routes.find(&(Protocol::Tcp, from)).is_none() {
            return;
        }
        // A connection in place of another one from the same end, of which the core said so before.
        shared.connections.prove(from);
    }
}

/// `false`: nobody's, as the first of a connection must not be.
fn hand_over(shared: &Shared, from: SocketAddr, public: SocketAddr, bytes: Bytes, is_first: bool) -> bool {
    let packet = Packet { protocol: Protocol::Tcp, source: from, destination: public, bytes: &bytes };
    if is_first && !matches!(look(&bytes), Some(Kind::Binding(_))) {
        return false;
    }
    match whose(shared, &packet) {
        Some((thread, is_strange)) => {
            let came = Came { protocol: Protocol::Tcp, source: from, destination: public, bytes, is_strange };
            shared.inboxes[thread].put(Job::Packet(came));
            true
        }
        None => !is_first,
    }
}

fn frame(bytes: &mut Vec<u8>, packet: &[u8]) {
    // Ours are as large as datagrams.
    if let Ok(length) = u16::try_from(packet.len()) {
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(packet);
    }
}

#[derive(Debug, PartialEq, Eq)]
struct TooLarge;

fn next(buffer: &mut BytesMut) -> Result<Option<Bytes>, TooLarge> {
    let Some(length) = buffer.first_chunk::<2>() else { return Ok(None) };
    let length = usize::from(u16::from_be_bytes(*length));
    if length > PACKET_BYTES {
        return Err(TooLarge);
    }
    if buffer.len() < 2 + length {
        return Ok(None);
    }
    buffer.advance(2);
    Ok(Some(buffer.split_to(length).freeze()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_come_out_as_they_went_in() {
        let mut bytes = Vec::new();
        frame(&mut bytes, b"one");
        frame(&mut bytes, b"");
        frame(&mut bytes, b"three");
        let mut buffer = BytesMut::new();
        let mut found = Vec::new();
        for byte in bytes {
            buffer.extend_from_slice(&[byte]);
            while let Some(packet) = next(&mut buffer).unwrap() {
                found.push(packet);
            }
        }
        assert_eq!(found, [&b"one"[..], b"", b"three"]);
        let length = u16::try_from(PACKET_BYTES + 1).unwrap().to_be_bytes();
        assert_eq!(next(&mut BytesMut::from(&length[..])), Err(TooLarge));
    }
}

//! Blobs over HTTP: filled in pieces that can go on after a break, read in ranges. Memory stays flat.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::net::IpAddr;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use casemate_wire::ids::{BlobId, Hash32, UploadSecret};
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::Shell;
use super::door::Pass;
use super::http::{Body, full, text};
use crate::blobs::folder as blob;
use crate::blobs::rules::{self, BlobRefusal};
use crate::directory::thread::now_ms;

/// Where an upload goes on.
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");

/// Bytes written and read at once. More gains little and is held once per transfer.
const PIECE_BYTES: usize = 256 * 1024;

/// An upload is made durable every so many bytes, so that a crash costs no more than this.
const SYNC_BYTES: u64 = 16 * 1024 * 1024;

/// A peer that sends nothing for so long has gone; the upload can go on later.
const PATIENCE: Duration = if cfg!(test) { Duration::from_millis(500) } else { Duration::from_secs(60) };

/// Bytes a second. A peer that is slower is given up once it has used up [`SLACK`].
const RATE: u64 = if cfg!(test) { 1024 * 1024 } else { 4 * 1024 };

/// The time of one piece at that rate.
const PIECE: Duration = Duration::from_millis(PIECE_BYTES as u64 * 1_000 / RATE);

/// For a beginning, and for breaks of networks.
const SLACK: Duration = if cfg!(test) { Duration::from_millis(500) } else { Duration::from_secs(60) };

/// Until when the next piece is to have passed.
struct Pace(Instant);

impl Pace {
    fn begin(now: Instant) -> Self {
        Self(now + SLACK + PIECE)
    }

    /// A piece has passed. Who was fast before saves up no more than the slack.
    fn passed(&mut self, now: Instant) {
        self.0 = (self.0 + PIECE).min(now + SLACK + PIECE);
    }
}

/// What is still read of a refused upload, and for how long.
const DRAIN_BYTES: usize = 8 * 1024 * 1024;
const DRAIN: Duration = Duration::from_secs(5);

/// Answers whatever is asked about a blob. `blob` is none when its name is not an id.
pub async fn answer(
    shell: &Shell,
    request: Request<Incoming>,
    blob: Option<BlobId>,
    peer: IpAddr,
) -> Response<Body> {
    let answered = match (request.method(), blob) {
        (&Method::OPTIONS, _) => Ok(preflight()),
        (_, None) => Err(BlobRefusal::NotFound),
        (&Method::PUT, Some(blob)) => {
            let (head, mut body) = request.into_parts();
            let answered = put(shell, &head.headers, &mut body, blob, peer).await;
            if answered.is_err() {
                tokio::task::spawn_local(drain(body));
            }
            answered
        }
        (&Method::HEAD, Some(blob)) if request.headers().contains_key(header::AUTHORIZATION) => {
            offset(shell, request.headers(), blob).await
        }
        (&Method::GET | &Method::HEAD, Some(blob)) => get(shell, &request, blob, peer).await,
        _ => Ok(text(StatusCode::METHOD_NOT_ALLOWED, "this cannot be done with a file here\n")),
    };
    let mut response = answered.unwrap_or_else(refused);
    // Any page may ask: the right is in the request, never in a cookie.
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response.headers_mut().insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("Upload-Offset, Content-Range, Content-Length, Accept-Ranges"),
    );
    response
}

/// How far the blob is filled.
async fn offset(shell: &Shell, headers: &HeaderMap, blob: BlobId) -> Result<Response<Body>, BlobRefusal> {
    let row = rules::may_fill(shell.hub.directory.blob(blob).await, &secret_hash(headers)?, now_ms())?;
    // Where a connection that broke still brings what it had under way, the answer would be old at once, and what
    // is sent from there refused.
    if shell.filling.borrow().contains(&blob) {
        return Err(BlobRefusal::Busy);
    }
    let folder = shell.blobs.clone();
    let filled = blocking(move || folder.filled(blob)).await?;
    if !row.complete {
        complete_if_full(shell, blob, filled, row.size_bytes).await?;
    }
    Ok(at_offset(StatusCode::OK, filled))
}

/// A blob with all its bytes can be read from now on. Also where a stop came between its last byte and this.
async fn complete_if_full(
    shell: &Shell,
    blob: BlobId,
    filled: u64,
    size_bytes: u64,
) -> Result<(), BlobRefusal> {
    if filled == size_bytes && !shell.filling.borrow().contains(&blob) {
        complete(shell, blob).await?;
    }
    Ok(())
}

async fn complete(shell: &Shell, blob: BlobId) -> Result<(), BlobRefusal> {
    let folder = shell.blobs.clone();
    blocking(move || folder.complete(blob)).await?;
    if shell.hub.directory.complete_blob(blob).await { Ok(()) } else { Err(BlobRefusal::Internal) }
}

/// Appends the body.
async fn put(
    shell: &Shell,
    headers: &HeaderMap,
    body: &mut Incoming,
    blob: BlobId,
    peer: IpAddr,
) -> Result<Response<Body>, BlobRefusal> {
    let hash = secret_hash(headers)?;
    let row = rules::may_fill(shell.hub.directory.blob(blob).await, &hash, now_ms())?;
    let _filling = Filling::begin(shell, blob)?;
    let _pass = shell.hub.door.transfer(peer).ok_or(BlobRefusal::Crowded)?;
    let folder = shell.blobs.clone();
    let filled = blocking(move || folder.filled(blob)).await?;
    let from = number(headers, &OFFSET).ok_or(BlobRefusal::WrongOffset(filled))?;
    let room = rules::room(&row, filled, from)?;
    if number(headers, &header::CONTENT_LENGTH).is_some_and(|length| length > room) {
        return Err(BlobRefusal::TooLong);
    }
    if room == 0 {
        if !row.complete {
            complete(shell, blob).await?;
        }
        return Ok(at_offset(StatusCode::OK, filled));
    }
    let folder = shell.blobs.clone();
    let filling = blocking(move || folder.fill(blob)).await?;
    let added = append(filling, body, room).await?;
    let filled = filled + added;
    if filled == row.size_bytes {
        complete(shell, blob).await?;
    }
    Ok(at_offset(StatusCode::OK, filled))
}

/// Writes a body to the end of a file, at most `room` bytes, and makes it durable. What came before a break
/// stays.
async fn append<B>(mut filling: blob::Filling, body: &mut B, room: u64) -> Result<u64, BlobRefusal>
where
    B: hyper::body::Body<Data = Bytes> + Unpin,
{
    let (mut added, mut unsynced) = (0u64, 0u64);
    let mut piece = BytesMut::with_capacity(PIECE_BYTES);
    let mut ended = Ok(());
    let mut pace = Pace::begin(Instant::now());
    loop {
        let deadline = pace.0.min(Instant::now() + PATIENCE);
        let frame = match tokio::time::timeout_at(deadline, body.frame()).await {
            Ok(Some(Ok(frame))) => Some(frame),
            Ok(None) => None,
            // The peer is gone: nobody hears the answer, but what came is kept.
            Ok(Some(Err(_))) | Err(_) => {
                ended = Err(BlobRefusal::Internal);
                None
            }
        };
        let last = frame.is_none();
        if let Some(Ok(data)) = frame.map(Frame::into_data) {
            if added + (piece.len() + data.len()) as u64 > room {
                ended = Err(BlobRefusal::TooLong);
                break;
            }
            piece.extend_from_slice(&data);
        }
        if piece.len() >= PIECE_BYTES || (last && !piece.is_empty()) {
            let length = piece.len() as u64;
            unsynced += length;
            let sync = unsynced >= SYNC_BYTES;
            (filling, piece) = blocking(move || {
                filling.add(&piece)?;
                if sync {
                    filling.sync()?;
                }
                piece.clear();
                Ok((filling, piece))
            })
            .await?;
            added += length;
            pace.passed(Instant::now());
            if sync {
                unsynced = 0;
            }
        }
        if last {
            break;
        }
    }
    blocking(move || filling.sync()).await?;
    ended.map(|()| added)
}

/// Reads the rest of a refused body for a while. A connection that is closed with bytes unread is reset, and the
/// peer would lose the answer that says why (RFC 9112 §9.6).
async fn drain(mut body: Incoming) {
    let rest = async {
        let mut read = 0;
        while let Some(Ok(frame)) = body.frame().await {
            read += frame.data_ref().map_or(0, Bytes::len);
            if read > DRAIN_BYTES {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(DRAIN, rest).await;
}

/// Gives the bytes, or a range of them.
async fn get(
    shell: &Shell,
    request: &Request<Incoming>,
    blob: BlobId,
    peer: IpAddr,
) -> Result<Response<Body>, BlobRefusal> {
    let row = rules::may_read(shell.hub.directory.blob(blob).await, now_ms())?;
    let asked = request.headers().get(header::RANGE).and_then(|value| value.to_str().ok());
    let range = rules::range(asked, row.size_bytes)?;
    let (first, length) = range.unwrap_or((0, row.size_bytes));
    let body = if request.method() == Method::HEAD {
        full(Bytes::new())
    } else {
        let pass = shell.hub.door.transfer(peer).ok_or(BlobRefusal::Crowded)?;
        let folder = shell.blobs.clone();
        let file = blocking(move || {
            let mut file = folder.read(blob)?;
            file.seek(SeekFrom::Start(first))?;
            Ok(file)
        })
        .await?;
        stream_of(file, length, pass)
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    // What it is, is encrypted: no browser is to guess.
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-transform"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if range.is_some() {
        let span = format!("bytes {first}-{}/{}", first + length - 1, row.size_bytes);
        headers.insert(header::CONTENT_RANGE, header_value(&span)?);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// `pass` is held until the last byte is gone, or the connection. A peer that takes less than [`PIECE`] asks is given up.
fn stream_of(file: File, length: u64, pass: Pass) -> Body {
    let begin = (file, length, pass, Pace::begin(Instant::now()));
    let pieces = stream::try_unfold(begin, |(mut file, left, pass, mut pace)| async move {
        if left == 0 {
            return Ok(None);
        }
        // It is asked for once the one before has gone.
        if Instant::now() > pace.0 {
            return Err(io::ErrorKind::TimedOut.into());
        }
        pace.passed(Instant::now());
        let piece = spawn_blocking(move || {
            let mut piece = vec![0; PIECE_BYTES.min(usize::try_from(left).unwrap_or(PIECE_BYTES))];
            file.read_exact(&mut piece)?;
            Ok::<_, io::Error>((file, piece))
        });
        let (file, piece) = piece.await.map_err(io::Error::other)??;
        let left = left - piece.len() as u64;
        Ok(Some((Frame::data(Bytes::from(piece)), (file, left, pass, pace))))
    });
    BodyExt::boxed_unsync(StreamBody::new(pieces))
}

/// One upload of a blob at a time.
struct Filling<'a> {
    shell: &'a Shell,
    blob: BlobId,
}

impl<'a> Filling<'a> {
    fn begin(shell: &'a Shell, blob: BlobId) -> Result<Self, BlobRefusal> {
        if shell.filling.borrow_mut().insert(blob) {
            Ok(Self { shell, blob })
        } else {
            Err(BlobRefusal::Busy)
        }
    }
}

impl Drop for Filling<'_> {
    fn drop(&mut self) {
        self.shell.filling.borrow_mut().remove(&self.blob);
    }
}

fn secret_hash(headers: &HeaderMap) -> Result<Hash32, BlobRefusal> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let hex = bearer.and_then(|value| value.strip_prefix("Bearer ")).ok_or(BlobRefusal::NotFound)?;
    let bytes = data_encoding::HEXLOWER_PERMISSIVE
        .decode(hex.trim().as_bytes())
        .map_err(|_| BlobRefusal::NotFound)?;
    let secret = UploadSecret::try_from(&bytes[..]).map_err(|_| BlobRefusal::NotFound)?;
    Ok(secret.hash())
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

fn at_offset(status: StatusCode, offset: u64) -> Response<Body> {
    let mut response = text(status, "");
    response.headers_mut().insert(OFFSET, HeaderValue::from(offset));
    response
}

fn refused(refusal: BlobRefusal) -> Response<Body> {
    let status = match refusal {
        BlobRefusal::NotFound => StatusCode::NOT_FOUND,
        BlobRefusal::WrongOffset(_) => StatusCode::CONFLICT,
        BlobRefusal::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
        BlobRefusal::Busy => StatusCode::LOCKED,
        BlobRefusal::Crowded => StatusCode::SERVICE_UNAVAILABLE,
        BlobRefusal::OutOfRange(_) => StatusCode::RANGE_NOT_SATISFIABLE,
        BlobRefusal::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
        BlobRefusal::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let mut response = text(status, format!("{refusal}\n"));
    match refusal {
        BlobRefusal::WrongOffset(offset) => {
            response.headers_mut().insert(OFFSET, HeaderValue::from(offset));
        }
        BlobRefusal::Crowded => {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        BlobRefusal::OutOfRange(size_bytes) => {
            if let Ok(value) = header_value(&format!("bytes */{size_bytes}")) {
                response.headers_mut().insert(header::CONTENT_RANGE, value);
            }
        }
        _ => {}
    }
    response
}

fn preflight() -> Response<Body> {
    let mut response = text(StatusCode::NO_CONTENT, "");
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, PUT"));
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("Authorization, Content-Type, Range, Upload-Offset"),
    );
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    response
}

fn header_value(text: &str) -> Result<HeaderValue, BlobRefusal> {
    HeaderValue::from_str(text).map_err(|_| BlobRefusal::Internal)
}

/// Runs what waits for the disk on another thread.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, BlobRefusal> {
    match spawn_blocking(work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => {
            tracing::error!(%error, "blobs: the disk refused");
            Err(match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                    BlobRefusal::StorageFull
                }
                io::ErrorKind::NotFound => BlobRefusal::NotFound,
                _ => BlobRefusal::Internal,
            })
        }
        Err(_) => Err(BlobRefusal::Internal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transfer_slower_than_its_least_rate_ends_however_fast_it_began() {
        for (apart, fast, ends) in [(PIECE, 0, false), (PIECE * 2, 0, true), (PIECE * 2, 1_000, true)] {
            let began = Instant::now();
            let mut pace = Pace::begin(began);
            (0..fast).for_each(|_| pace.passed(began));
            let times = (1..1_000).map(|nth| began + apart * nth);
            let over = times.into_iter().find(|now| {
                let over = *now > pace.0;
                pace.passed(*now);
                over
            });
            assert_eq!(over.is_some(), ends);
            assert!(over.is_none_or(|over| over - began <= (SLACK + PIECE) * 2 + apart));
        }
    }

    #[tokio::test]
    async fn upload_of_which_a_byte_comes_now_and_then_or_none_ends_and_keeps_what_came() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = blob::Folder::open(folder.path(), crate::store::Options::default().files).unwrap();
        for (apart, least) in [(Duration::from_millis(20), 10), (PATIENCE * 10, 1)] {
            let blob = BlobId([apart.subsec_millis() as u8; 16]);
            let bytes = stream::unfold(false, |again| async move {
                if again {
                    tokio::time::sleep(apart).await;
                }
                Some((Ok::<_, io::Error>(Frame::data(Bytes::from_static(b"x"))), true))
            });
            let began = Instant::now();
            let ended =
                append(blobs.fill(blob).unwrap(), &mut StreamBody::new(Box::pin(bytes)), 1 << 20).await;
            assert!(matches!(ended, Err(BlobRefusal::Internal)));
            assert!(Instant::now() - began < (SLACK + PIECE + PATIENCE) * 20);
            assert!(blobs.filled(blob).unwrap() >= least, "what came is kept");
        }
    }
}

//! Downloads and uploads against a small server that does what servers and networks do: ranges or none, answers
//! that end early, more than was promised, another file.

use std::convert::Infallible;
use std::sync::Mutex;

use casemate_crypto::attachment::{self, AttachmentKey};
use http_body_util::StreamBody;
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;

use super::*;
use crate::client::http::{Body, UPLOAD_OFFSET};
use crate::client::tls::Dialer;

/// What the server does and has.
#[derive(Default)]
struct Shelf {
    /// What is downloaded, and what was uploaded.
    bytes: Vec<u8>,
    ranges: bool,
    /// One answer ends after so many bytes.
    cut_after: Option<usize>,
    /// Every answer promises so much more than it has, and the connection ends.
    short_by: usize,
    fails: bool,
    requests: Vec<String>,
}

type Shared = Arc<Mutex<Shelf>>;

async fn server(shelf: Shelf) -> (BlobServer, Shared) {
    let shelf = Arc::new(Mutex::new(shelf));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let shared = shelf.clone();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let shelf = shared.clone();
            tokio::spawn(async move {
                let service = service_fn(|request| {
                    let shelf = shelf.clone();
                    async move { Ok::<_, Infallible>(answer(request, shelf).await) }
                });
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    (BlobServer::new(Dialer::new(None).unwrap(), &url).unwrap(), shelf)
}

fn whole(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never| match never {}).boxed()
}

async fn answer(request: Request<Incoming>, shelf: Shared) -> Response<Body> {
    let header = |name: &str| {
        request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let (method, range, offset) = (request.method().clone(), header("range"), header("upload-offset"));
    shelf.lock().unwrap().requests.push(format!("{method} {range}{offset}"));
    if method == Method::PUT {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        shelf.lock().unwrap().bytes.extend_from_slice(&body);
        return Response::new(whole(Bytes::new()));
    }
    let mut shelf = shelf.lock().unwrap();
    if method == Method::HEAD {
        let builder = Response::builder().header(UPLOAD_OFFSET, shelf.bytes.len());
        return builder.body(whole(Bytes::new())).unwrap();
    }
    let start: usize = match range.strip_prefix("bytes=").filter(|_| shelf.ranges) {
        Some(range) => range.trim_end_matches('-').parse().unwrap(),
        None => 0,
    };
    if start >= shelf.bytes.len() && start > 0 {
        return Response::builder()
            .status(StatusCode::RANGE_NOT_SATISFIABLE)
            .body(whole(Bytes::new()))
            .unwrap();
    }
    let end = shelf.cut_after.take().map_or(shelf.bytes.len(), |cut| (start + cut).min(shelf.bytes.len()));
    let part = Bytes::copy_from_slice(&shelf.bytes[start..end]);
    if shelf.fails {
        return Response::builder().status(500).body(whole(Bytes::new())).unwrap();
    }
    let mut answer = Response::new(whole(part.clone()));
    if shelf.short_by > 0 {
        // A body that breaks off before the length that was announced.
        let ends = async {
            // What was given before goes out first.
            tokio::task::yield_now().await;
            Err(std::io::Error::other("gone"))
        };
        let given = futures_util::stream::iter([Ok(Frame::data(part.clone()))]);
        let broken = futures_util::StreamExt::chain(given, futures_util::stream::once(ends));
        answer = Response::new(StreamBody::new(broken).boxed());
        let length = part.len() + shelf.short_by;
        answer.headers_mut().insert("content-length", length.to_string().parse().unwrap());
    }
    if start > 0 {
        *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
        let span = format!("bytes {start}-{}/{}", end - 1, shelf.bytes.len());
        answer.headers_mut().insert("content-range", span.parse().unwrap());
    }
    answer
}

fn encrypted(plain: &[u8]) -> (Vec<u8>, FileRef) {
    let key = [3; 32];
    let mut bytes = Vec::new();
    let size_bytes = plain.len() as u64;
    let hash = attachment::encrypt_stream(
        &mut &plain[..],
        &mut bytes,
        size_bytes,
        &AttachmentKey::new(key),
        &mut |_| {},
    );
    let padded_bytes = attachment::padded_len(size_bytes);
    let file = FileRef { blob: BlobId([4; 16]), key, size_bytes, padded_bytes, sha256: hash.unwrap().0 };
    (bytes, file)
}

/// Runs one job to its end.
async fn end_of(job: Job, server: BlobServer, blobs: &std::path::Path) -> Transfer {
    let mut transfers = Transfers::new(blobs.to_owned());
    transfers.start(7, server, job);
    loop {
        let (transfer, update) = transfers.updates.recv().await.unwrap();
        assert_eq!(transfer, 7);
        assert!(transfers.heard(transfer, &update));
        if !matches!(update, Transfer::Progress { .. }) {
            return update;
        }
    }
}

#[tokio::test]
async fn a_download_goes_on_where_it_ended_and_is_verified() {
    let (bytes, file) = encrypted(&[5; 300_000]);
    let folder = tempfile::tempdir().unwrap();
    let (part, whole) =
        (folder.path().join(format!("{}.part", file.blob.to_hex())), folder.path().join(file.blob.to_hex()));
    std::fs::write(&part, &bytes[..100_000]).unwrap();
    let (server, shelf) = server(Shelf { bytes: bytes.clone(), ranges: true, ..Shelf::default() }).await;
    assert!(matches!(end_of(Job::Download(file), server, folder.path()).await, Transfer::Done));
    assert_eq!(shelf.lock().unwrap().requests, ["GET bytes=100000-"]);
    assert_eq!(std::fs::read(whole).unwrap(), bytes);
    assert!(!part.exists());
}

#[tokio::test]
async fn a_server_without_ranges_and_an_answer_that_ends_early() {
    let (bytes, file) = encrypted(&[5; 300_000]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(format!("{}.part", file.blob.to_hex())), &bytes[..100_000]).unwrap();
    let (no_ranges, _) = server(Shelf { bytes: bytes.clone(), ..Shelf::default() }).await;
    assert!(matches!(end_of(Job::Download(file.clone()), no_ranges, folder.path()).await, Transfer::Done));

    let folder = tempfile::tempdir().unwrap();
    let shelf = Shelf { bytes, ranges: true, cut_after: Some(50_000), ..Shelf::default() };
    let (early, shelf) = server(shelf).await;
    assert!(matches!(end_of(Job::Download(file), early, folder.path()).await, Transfer::Done));
    assert_eq!(shelf.lock().unwrap().requests, ["GET ", "GET bytes=50000-"]);
}

#[tokio::test]
async fn what_is_not_the_file_leaves_nothing_behind() {
    let (bytes, file) = encrypted(&[5; 300_000]);
    let mut flipped = bytes.clone();
    flipped[200_000] ^= 1;
    for wrong in [flipped, [&bytes[..], b"more"].concat()] {
        let folder = tempfile::tempdir().unwrap();
        let (server, _) = server(Shelf { bytes: wrong, ranges: true, ..Shelf::default() }).await;
        let end = end_of(Job::Download(file.clone()), server, folder.path()).await;
        assert!(matches!(end, Transfer::Failed { retry: false, .. }), "{end:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn an_upload_asks_what_is_there_and_sends_the_rest() {
    let (bytes, file) = encrypted(&[5; 300_000]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(file.blob.to_hex()), &bytes).unwrap();
    let upload =
        |size: usize| Job::Upload { blob: file.blob, secret: UploadSecret::new([6; 32]), bytes: size as u64 };
    let (half, shelf) = server(Shelf { bytes: bytes[..70_000].to_vec(), ..Shelf::default() }).await;
    assert!(matches!(end_of(upload(bytes.len()), half, folder.path()).await, Transfer::Done));
    assert_eq!(shelf.lock().unwrap().requests, ["HEAD ", "PUT 70000"]);
    assert!(shelf.lock().unwrap().bytes == bytes);
    // All there: nothing is sent.
    let (all, shelf) = server(Shelf { bytes: bytes.clone(), ..Shelf::default() }).await;
    assert!(matches!(end_of(upload(bytes.len()), all, folder.path()).await, Transfer::Done));
    assert_eq!(shelf.lock().unwrap().requests, ["HEAD "]);
    // The prepared file is not what the engine remembers.
    let (none, _) = server(Shelf::default()).await;
    let end = end_of(upload(bytes.len() + 1), none, folder.path()).await;
    assert!(matches!(end, Transfer::Failed { retry: false, .. }));
}

#[tokio::test]
async fn small_blobs_go_whole_and_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let (server, shelf) = server(Shelf::default()).await;
    let put = Job::Put { blob: BlobId([1; 16]), secret: UploadSecret::new([2; 32]), data: vec![8; 1_000] };
    assert!(matches!(end_of(put, server.clone(), folder.path()).await, Transfer::Done));
    assert_eq!(shelf.lock().unwrap().bytes, vec![8; 1_000]);
    let fetch = |limit_bytes| Job::Fetch { blob: BlobId([1; 16]), limit_bytes };
    let fetched = end_of(fetch(1_000), server.clone(), folder.path()).await;
    assert!(matches!(fetched, Transfer::Fetched(bytes) if bytes.len() == 1_000));
    let refused = end_of(fetch(999), server, folder.path()).await;
    assert!(matches!(refused, Transfer::Failed { retry: false, .. }));
}

#[tokio::test]
async fn what_was_cancelled_is_heard_of_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let (server, _) = server(Shelf::default()).await;
    let mut transfers = Transfers::new(folder.path().to_owned());
    transfers.start(1, server, Job::Fetch { blob: BlobId([1; 16]), limit_bytes: 10 });
    transfers.cancel(1);
    assert!(!transfers.heard(1, &Transfer::Done));
}

#[tokio::test]
async fn fetch_that_is_answered_each_time_and_never_whole_ends_as_unreadable() {
    let folder = tempfile::tempdir().unwrap();
    let fetch = || Job::Fetch { blob: BlobId([1; 16]), limit_bytes: 10_000 };
    let (short, fails) = (
        Shelf { bytes: vec![8; 500], short_by: 1, ..Shelf::default() },
        Shelf { bytes: vec![8; 500], fails: true, ..Shelf::default() },
    );
    let (server_of_short, shelf) = server(short).await;
    let end = end_of(fetch(), server_of_short, folder.path()).await;
    assert!(matches!(end, Transfer::Unreadable { .. }), "{end:?}");
    assert_eq!(shelf.lock().unwrap().requests.len(), ATTEMPTS as usize);
    // A server that cannot just then says nothing about the file.
    let (server_that_fails, _) = server(fails).await;
    let end = end_of(fetch(), server_that_fails, folder.path()).await;
    assert!(matches!(end, Transfer::Failed { retry: true, .. }), "{end:?}");
    // Nobody is there: that may pass.
    let nobody = BlobServer::new(Dialer::new(None).unwrap(), "http://127.0.0.1:9").unwrap();
    let end = end_of(fetch(), nobody, folder.path()).await;
    assert!(matches!(end, Transfer::Failed { retry: true, .. }), "{end:?}");
}

#[tokio::test]
async fn file_that_is_damaged_under_its_name_is_set_aside_and_fetched_again() {
    let (bytes, file) = encrypted(&[5; 300_000]);
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join(file.blob.to_hex());
    let mut damaged = bytes.clone();
    damaged[1_000] ^= 1;
    for wrong in [damaged, bytes[..200_000].to_vec()] {
        std::fs::write(&whole, &wrong).unwrap();
        let (server, _) = server(Shelf { bytes: bytes.clone(), ranges: true, ..Shelf::default() }).await;
        let first = end_of(Job::Download(file.clone()), server.clone(), folder.path()).await;
        assert!(matches!(first, Transfer::Failed { retry: true, .. }), "{first:?}");
        let second = end_of(Job::Download(file.clone()), server, folder.path()).await;
        assert!(matches!(second, Transfer::Done), "{second:?}");
        assert_eq!(std::fs::read(&whole).unwrap(), bytes);
        let aside = folder.path().join(casemate_engine::orphans::damaged(&file.blob));
        assert_eq!(std::fs::read(aside).unwrap(), wrong);
    }
}

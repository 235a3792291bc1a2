//! Blobs over HTTP: filled in pieces, resumed, read in ranges, refused in plain words.

use std::net::SocketAddr;

use casemate_wire::ids::{BlobId, Hash32};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::{CreateBlob, TokenKind};
use data_encoding::HEXLOWER;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Client, http, start};
use crate::kit::Person;

const SECRET: [u8; 32] = [5; 32];

async fn blob(address: SocketAddr, id: u8, size_bytes: u64) -> (String, String) {
    let person = Person::new("ana", 1);
    let mut client = Client::connect(address).await;
    client.settle_in(&person).await;
    let count = usize::try_from(casemate_wire::limits::blob_tokens(size_bytes)).unwrap();
    let tokens = client.tokens(&person, TokenKind::Blob, id, count).await;
    let create = CreateBlob {
        blob: vec![id; 16].into(),
        size_bytes,
        upload_hash: Hash32::of(&[&SECRET]).into(),
        tokens,
    };
    client.ask(Request::CreateBlob(create)).await.unwrap();
    (format!("/v1/blob/{}", BlobId([id; 16]).to_hex()), format!("Bearer {}", HEXLOWER.encode(&SECRET)))
}

#[tokio::test]
async fn filled_in_pieces_and_read_in_ranges() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path());
    let address = server.address;
    let content: Vec<u8> = (0..3_000_000u32).map(|n| (n % 251) as u8).collect();
    let (path, bearer) = blob(address, 1, content.len() as u64).await;
    let put = async |offset: &str, bytes: &[u8]| {
        let headers = [("authorization", &bearer[..]), ("upload-offset", offset)];
        http(address, "PUT", &path, &headers, bytes.to_vec()).await
    };
    let first = put("0", &content[..1_000_000]).await;
    assert_eq!(
        (first.status(), &first.headers()["upload-offset"]),
        (http_code(200), &"1000000".parse().unwrap())
    );
    assert_eq!(http(address, "GET", &path, &[], "").await.status(), 404, "not before it is whole");
    // From the wrong place: told where it goes on.
    let wrong = put("5", &content[5..10]).await;
    assert_eq!(
        (wrong.status(), &wrong.headers()["upload-offset"]),
        (http_code(409), &"1000000".parse().unwrap())
    );
    let head = http(address, "HEAD", &path, &[("authorization", &bearer)], "").await;
    assert_eq!(head.headers()["upload-offset"], "1000000");
    assert_eq!(put("1000000", &vec![0; 2_000_001]).await.status(), 413);
    // The connection breaks in the middle: what came stays, and the upload goes on from there.
    {
        let mut raw = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "PUT {path} HTTP/1.1\r\nhost: x\r\nauthorization: {bearer}\r\nupload-offset: 1000000\r\n\
             content-length: 2000000\r\n\r\n"
        );
        raw.write_all(request.as_bytes()).await.unwrap();
        raw.write_all(&content[1_000_000..1_600_000]).await.unwrap();
        raw.shutdown().await.unwrap();
        let mut rest = Vec::new();
        let _ = raw.read_to_end(&mut rest).await;
    }
    let offset: usize = loop {
        let head = http(address, "HEAD", &path, &[("authorization", &bearer)], "").await;
        let offset = head.headers()["upload-offset"].to_str().unwrap().parse().unwrap();
        // Busy while the broken upload is being put away.
        if put(&format!("{offset}"), &content[offset..]).await.status() == 200 {
            break offset;
        }
    };
    assert!((1_000_000..=1_600_000).contains(&offset), "{offset}");

    let whole = http(address, "GET", &path, &[], "").await;
    assert_eq!(whole.status(), 200);
    assert_eq!(whole.headers()["content-type"], "application/octet-stream");
    assert_eq!(whole.headers()["x-content-type-options"], "nosniff");
    assert_eq!(whole.headers()["access-control-allow-origin"], "*");
    assert!(whole.body()[..] == content[..]);
    let part = http(address, "GET", &path, &[("range", "bytes=1000-1999")], "").await;
    assert_eq!((part.status(), &part.body()[..]), (http_code(206), &content[1_000..2_000]));
    assert_eq!(part.headers()["content-range"], "bytes 1000-1999/3000000");
    let beyond = http(address, "GET", &path, &[("range", "bytes=3000000-")], "").await;
    assert_eq!(
        (beyond.status(), &beyond.headers()["content-range"]),
        (http_code(416), &"bytes */3000000".parse().unwrap())
    );
    // It survives a restart.
    tokio::task::spawn_blocking(move || server.stop()).await.unwrap();
    let server = start(folder.path());
    assert!(http(server.address, "GET", &path, &[], "").await.body()[..] == content[..]);
}

#[tokio::test]
async fn only_its_maker_fills_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path());
    let address = server.address;
    let (path, _) = blob(address, 1, 10).await;
    let wrong = format!("Bearer {}", HEXLOWER.encode(&[6; 32]));
    let cases: [(&str, &str, Vec<(&str, &str)>); 6] = [
        ("PUT", &path, vec![("upload-offset", "0")]),
        ("PUT", &path, vec![("upload-offset", "0"), ("authorization", &wrong)]),
        ("PUT", &path, vec![("upload-offset", "0"), ("authorization", "Bearer zz")]),
        ("HEAD", &path, vec![("authorization", &wrong)]),
        ("GET", "/v1/blob/00", vec![]),
        ("GET", "/v1/blob/../../directory.db", vec![]),
    ];
    for (method, path, headers) in cases {
        assert_eq!(
            http(address, method, path, &headers, "0123456789").await.status(),
            404,
            "{method} {path}"
        );
    }
    assert_eq!(http(address, "DELETE", &path, &[], "").await.status(), 405);
    let preflight = http(address, "OPTIONS", &path, &[], "").await;
    assert_eq!(preflight.headers()["access-control-allow-methods"], "GET, HEAD, PUT");
}

/// The disk is full: /dev/full stands in the blob's place.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_said_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path());
    let address = server.address;
    let (path, bearer) = blob(address, 0xab, 10).await;
    let hex = BlobId([0xab; 16]).to_hex();
    let file = folder.path().join("blobs").join(&hex[..2]).join(format!("{}.part", &hex[2..]));
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("/dev/full", &file).unwrap();
    let headers = [("authorization", &bearer[..]), ("upload-offset", "0")];
    let full = http(address, "PUT", &path, &headers, "0123456789").await;
    assert_eq!(full.status(), 507);
    assert!(std::str::from_utf8(full.body()).unwrap().contains("disk is full"));
    // There is room again: the same upload.
    let _ = std::fs::remove_file(&file);
    assert_eq!(http(address, "PUT", &path, &headers, "0123456789").await.status(), 200);
    assert_eq!(http(address, "GET", &path, &[], "").await.body(), "0123456789");
}

fn http_code(code: u16) -> hyper::StatusCode {
    hyper::StatusCode::from_u16(code).unwrap()
}

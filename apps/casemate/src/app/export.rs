//! Files for the page that asks for them: everything as a zip (`POST /export`; the body is the passphrase, where there is
//! one), an encrypted backup (`POST /backup`; the body is its passphrase), and what somebody wrote (`POST /report`; the body
//! is `report.create`'s params, without a path).

use bytes::Bytes;
use casemate_api::command::{BackupCreate, DataExport, ReportCreate};
use casemate_api::{Command, Kind};
use casemate_server::shell::http::{Body, text};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{Request, Response, StatusCode};

use super::App;
use super::files::{stream_of, trouble};

/// Bytes of what a report is to hold: ids, and some words.
const REPORT_BYTES: usize = 64 * 1024;

/// Bytes of a passphrase; the page takes fewer.
const PASSPHRASE_BYTES: usize = 4_096;

/// Writes it, and sends it while it has no name any more.
pub async fn write(app: &App, request: Request<Incoming>) -> Response<Body> {
    let Ok(body) = Limited::new(request.into_body(), PASSPHRASE_BYTES).collect().await else {
        return text(StatusCode::PAYLOAD_TOO_LARGE, "a passphrase is shorter\n");
    };
    let passphrase = said(&body.to_bytes());
    send(app, |path| Command::DataExport(DataExport { path, passphrase })).await
}

/// Writes a backup of everything, likewise: encrypted, under the passphrase that the body is.
pub async fn backup(app: &App, request: Request<Incoming>) -> Response<Body> {
    let Ok(body) = Limited::new(request.into_body(), PASSPHRASE_BYTES).collect().await else {
        return text(StatusCode::PAYLOAD_TOO_LARGE, "a passphrase is shorter\n");
    };
    let passphrase = said(&body.to_bytes());
    send(app, |path| {
        Command::BackupCreate(BackupCreate { passphrase, path: Some(path), ..BackupCreate::default() })
    })
    .await
}

/// Writes a report, likewise.
pub async fn report(app: &App, request: Request<Incoming>) -> Response<Body> {
    let Ok(body) = Limited::new(request.into_body(), REPORT_BYTES).collect().await else {
        return text(StatusCode::PAYLOAD_TOO_LARGE, "a report holds less\n");
    };
    match serde_json::from_slice::<ReportCreate>(&body.to_bytes()) {
        Ok(wanted) => {
            send(app, |path| Command::ReportCreate(ReportCreate { path, to: None, ..wanted })).await
        }
        Err(error) => text(StatusCode::BAD_REQUEST, format!("{error}\n")),
    }
}

async fn send(app: &App, command: impl FnOnce(String) -> Command) -> Response<Body> {
    let place = match app.lent.place() {
        Ok(place) => place,
        Err(error) => return trouble(&error),
    };
    let path = place.file("made.zip");
    let made = app.client.call(command(path.to_string_lossy().into_owned())).await;
    let file = match &made {
        Ok(_) => tokio::fs::File::open(&path).await,
        Err(error) => {
            let status =
                if error.kind == Kind::Locked { StatusCode::UNAUTHORIZED } else { StatusCode::CONFLICT };
            return text(status, error.message.clone());
        }
    };
    // What is sent has no name any more.
    drop(place);
    match file {
        Ok(file) => {
            let mut response = Response::new(stream_of(file));
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(error) => trouble(&error),
    }
}

fn said(body: &Bytes) -> Option<String> {
    Some(String::from_utf8_lossy(body).into_owned()).filter(|passphrase| !passphrase.is_empty())
}

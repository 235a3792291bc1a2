//! Everything as one zip, to the page that asks for it (`POST /export`; the body is the passphrase, where there is one).

use std::fs;

use bytes::Bytes;
use casemate_api::command::DataExport;
use casemate_api::{Command, Kind};
use casemate_server::shell::http::{Body, text};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{Request, Response, StatusCode};

use super::App;
use super::files::{stream_of, trouble};

/// Bytes of a passphrase; the page takes fewer.
const PASSPHRASE_BYTES: usize = 4_096;

/// Writes it, and sends it while it has no name any more.
pub async fn write(app: &App, request: Request<Incoming>) -> Response<Body> {
    let Ok(body) = Limited::new(request.into_body(), PASSPHRASE_BYTES).collect().await else {
        return text(StatusCode::PAYLOAD_TOO_LARGE, "a passphrase is shorter\n");
    };
    let passphrase = said(&body.to_bytes());
    let place = match app.lent.place() {
        Ok(place) => place,
        Err(error) => return trouble(&error),
    };
    let path = place.join("export.zip");
    let wanted = DataExport { path: path.to_string_lossy().into_owned(), passphrase };
    let made = app.client.call(Command::DataExport(wanted)).await;
    let file = match &made {
        Ok(_) => tokio::fs::File::open(&path).await,
        Err(error) => {
            let _ = fs::remove_dir_all(&place);
            let status =
                if error.kind == Kind::Locked { StatusCode::UNAUTHORIZED } else { StatusCode::CONFLICT };
            return text(status, error.message.clone());
        }
    };
    let _ = fs::remove_dir_all(&place);
    match file {
        Ok(file) => {
            let mut response = Response::new(stream_of(file));
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(error) => trouble(&error),
    }
}

fn said(body: &Bytes) -> Option<String> {
    Some(String::from_utf8_lossy(body).into_owned()).filter(|passphrase| !passphrase.is_empty())
}

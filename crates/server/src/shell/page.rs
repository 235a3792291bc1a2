//! The two pages a browser can open before there is an app: what this is, and what to do with an invitation.
//!
//! Static, without requests to anybody, readable without scripts. The invitation itself stands after the `#` of
//! the address and never reaches the server; a few lines of script only put it into the command to copy.

use bytes::Bytes;
use casemate_wire::ids::Hash32;
use data_encoding::BASE64;
use hyper::header::{self, HeaderValue};
use hyper::{Response, StatusCode};

use super::http::{Body, text};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const INVITATION: &str = include_str!("invitation.html");
const FRONT: &str = include_str!("front.html");

/// What to do with an invitation link.
pub fn invitation(server: &str) -> Response<Body> {
    page(INVITATION, server)
}

/// What this server is.
pub fn front(server: &str) -> Response<Body> {
    page(FRONT, server)
}

fn page(template: &str, server: &str) -> Response<Body> {
    let html =
        template.replace("{style}", STYLE).replace("{script}", SCRIPT).replace("{server}", &escaped(server));
    let mut response = text(StatusCode::OK, Bytes::from(html));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    // The link must not travel on in a Referer.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    if let Ok(policy) = HeaderValue::from_str(&content_security_policy()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn content_security_policy() -> String {
    let hash = |text: &str| BASE64.encode(&Hash32::of(&[text.as_bytes()]).0);
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn pages_ask_nobody_for_anything() {
        for response in [invitation("chat.example:8440"), front("<b>\"&")] {
            let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
            assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
            let html = response.into_body().collect().await.unwrap().to_bytes();
            let html = std::str::from_utf8(&html).unwrap();
            assert!(!html.contains("{s") && !html.contains("<b>\"&"), "{html}");
            for foreign in ["http://", "https://", "src=", "@import", "url("] {
                assert!(!html.contains(foreign), "{foreign}");
            }
            // Inline styles and handlers would be blocked by the policy.
            assert!(!html.contains(" style=") && !html.contains(" onclick="));
        }
    }
}

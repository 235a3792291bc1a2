//! What a browser or a monitor sees.

use casemate_server::config::{Limits, Policy};

use crate::client::{config, http, start};

#[tokio::test]
async fn health_metrics_and_the_invitation() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path());
    let health = http(server.address, "GET", "/healthz", &[], "").await;
    assert_eq!((health.status().as_u16(), &health.body()[..]), (200, &b"ok\n"[..]));
    let page = http(server.address, "GET", "/i", &[], "").await;
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let html = std::str::from_utf8(page.body()).unwrap();
    assert!(html.contains("casemate chat --home") && html.contains("--link"), "{html}");
    assert_eq!(http(server.address, "GET", "/", &[], "").await.status(), 200);
    assert_eq!(http(server.address, "GET", "/nothing", &[], "").await.status(), 404);
    assert_eq!(http(server.address, "POST", "/i", &[], "").await.status(), 405);
    assert_eq!(http(server.address, "GET", "/v1/ws", &[], "").await.status(), 426);
    let metrics = http(server.address, "GET", "/metrics", &[], "").await;
    assert!(metrics.body().starts_with(b"# HELP casemate_connections "));
}

#[tokio::test]
async fn page_of_the_list_that_an_auditor_has_is_not_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.policy.limits = Limits { work_per_hour: 4_000, ..Limits::default() };
    let server = casemate_server::start(config).unwrap();
    let path = "/v1/transparency?after=0&known=0";
    let page = http(server.address, "GET", path, &[], "").await;
    assert_eq!(page.status(), 200);
    let tag = page.headers()["etag"].to_str().unwrap().to_owned();
    let again = http(server.address, "GET", path, &[("if-none-match", &tag)], "").await;
    assert_eq!((again.status().as_u16(), again.body().len()), (304, 0));
    let other = http(server.address, "GET", "/v1/transparency?after=1", &[("if-none-match", &tag)], "").await;
    assert_eq!(other.status(), 200);
    assert_ne!(other.headers()["etag"], tag);
    // A quarter of an hour's worth at once, by address.
    for _ in 0..17 {
        http(server.address, "GET", path, &[], "").await;
    }
    let busy = http(server.address, "GET", path, &[], "").await;
    assert_eq!(busy.status(), 429);
    assert!(busy.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn metrics_are_the_operators() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.policy =
        Policy { limits: Limits { behind_proxy: true, ..Limits::default() }, ..Policy::default() };
    let server = casemate_server::start(config).unwrap();
    let from_outside = [("x-forwarded-for", "127.0.0.1, 192.0.2.7")];
    assert_eq!(http(server.address, "GET", "/metrics", &from_outside, "").await.status(), 404);
    assert_eq!(http(server.address, "GET", "/metrics", &[], "").await.status(), 200);
}

#[tokio::test]
async fn proxy_that_was_not_named_is_answered_nothing_and_one_that_was_speaks_for_others() {
    let folder = tempfile::tempdir().unwrap();
    let from_outside = [("x-forwarded-for", "127.0.0.1, 192.0.2.7")];
    let by_itself = [("x-forwarded-for", "127.0.0.1")];
    {
        let server = start(folder.path());
        for path in ["/metrics", "/", "/v1/ws", "/v1/transparency", "/healthz"] {
            let answer = http(server.address, "GET", path, &from_outside, "").await;
            assert_eq!(answer.status(), 403, "{path}");
            assert!(String::from_utf8_lossy(answer.body()).contains("trusted_proxies"));
        }
        assert_eq!(http(server.address, "GET", "/metrics", &[], "").await.status(), 200);
    }
    let mut config = config(folder.path());
    config.public_url = Some("https://test.example".to_owned());
    let untold =
        casemate_server::start(config.clone()).err().expect("it does not know its proxy").to_string();
    assert!(untold.contains("trusted_proxies"), "{untold}");
    config.policy = Policy::from_toml("trusted_proxies = [\"127.0.0.0/8\", \"::1\"]").unwrap();
    let server = casemate_server::start(config).unwrap();
    for headers in [from_outside, by_itself] {
        assert_eq!(http(server.address, "GET", "/metrics", &headers, "").await.status(), 404);
    }
    assert_eq!(http(server.address, "GET", "/healthz", &from_outside, "").await.status(), 200);
    assert_eq!(http(server.address, "GET", "/metrics", &[], "").await.status(), 200);
}

#[tokio::test]
async fn server_that_cannot_write_is_alive_and_says_that_it_is_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path());
    let ready = http(server.address, "GET", "/readyz", &[], "").await;
    assert_eq!((ready.status().as_u16(), &ready.body()[..]), (200, &b"ready\n"[..]));
    // Another program holds the directory, as a full disk would: nothing can be written there.
    let other = rusqlite::Connection::open(folder.path().join("directory.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let said = until(server.address, 503).await;
    assert!(said.starts_with("directory: "), "{said}");
    assert_eq!(http(server.address, "GET", "/healthz", &[], "").await.status(), 200);
    let metrics = http(server.address, "GET", "/metrics", &[], "").await;
    let metrics = std::str::from_utf8(metrics.body()).unwrap().to_owned();
    assert!(metrics.contains("casemate_failing{part=\"directory\"} 1"), "{metrics}");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(until(server.address, 200).await, "ready\n");
}

/// Asks until the answer has this status, and gives what it says. What was tried a moment ago is not tried again.
async fn until(address: std::net::SocketAddr, status: u16) -> String {
    loop {
        let answer = http(address, "GET", "/readyz", &[], "").await;
        if answer.status() == status {
            return std::str::from_utf8(answer.body()).unwrap().to_owned();
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

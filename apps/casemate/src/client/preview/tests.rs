//! Fetching from sites on this machine, over TLS, that do what they like.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::fetch::{Came, Refusal};
use super::*;
use reach::Names;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// What a site answers to a path.
#[derive(Clone)]
enum Says {
    /// And closes.
    Bytes(Vec<u8>),
    /// And leaves it open, silent.
    ThenNothing(Vec<u8>),
    /// And these again, for as long as somebody listens.
    Endless(Vec<u8>, Vec<u8>),
}

/// Sites with one certificate at one address.
struct Site {
    address: SocketAddr,
    /// Heads of requests, as they came.
    asked: Arc<Mutex<Vec<String>>>,
    /// Trusts the site.
    dialer: Dialer,
}

impl Site {
    async fn new(answers: &[(&str, Says)]) -> Self {
        let names = ["news.example", "cdn.example"].map(str::to_owned);
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let mut ca = tempfile::NamedTempFile::new().unwrap();
        ca.write_all(made.cert.pem().as_bytes()).unwrap();
        let dialer = Dialer::new(Some(ca.path())).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.key_pair.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let tls = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind((HERE, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answers: HashMap<String, Says> =
            answers.iter().map(|(path, says)| ((*path).to_owned(), says.clone())).collect();
        let heard = asked.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tls, answers, heard) = (tls.clone(), answers.clone(), heard.clone());
                tokio::spawn(async move {
                    let Ok(mut stream) = tls.accept(stream).await else { return };
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        let Ok(byte) = stream.read_u8().await else { return };
                        head.push(byte);
                    }
                    let head = String::from_utf8(head).unwrap();
                    let path = head.split(' ').nth(1).unwrap().to_owned();
                    heard.lock().unwrap().push(head);
                    let _ = match answers.get(&path).cloned() {
                        None => stream.write_all(b"HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n").await,
                        Some(Says::Bytes(bytes)) => stream.write_all(&bytes).await,
                        Some(Says::ThenNothing(bytes)) => {
                            stream.write_all(&bytes).await.unwrap();
                            stream.flush().await.unwrap();
                            std::future::pending().await
                        }
                        Some(Says::Endless(first, again)) => {
                            let mut written = stream.write_all(&first).await;
                            while written.is_ok() {
                                written = stream.write_all(&again).await;
                            }
                            written
                        }
                    };
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self { address, asked, dialer }
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// Fetches where both names lead to this site, which counts as public.
    async fn get(&self, url: &str, wanted: Wanted) -> Result<Came, Refusal> {
        let names = ["news.example", "cdn.example"];
        let names = Table::new(&names.map(|name| (name, vec![self.address])), Some(HERE));
        Fetch::new(self.dialer.clone(), names).get(Url::parse(url).unwrap(), wanted).await
    }
}

/// Names that lead where a test wants, each time that they are asked for.
#[derive(Clone)]
struct Table {
    names: HashMap<String, Vec<SocketAddr>>,
    /// Counts as public too.
    public: Option<IpAddr>,
    asked: Arc<Mutex<usize>>,
}

impl Table {
    fn new(names: &[(&str, Vec<SocketAddr>)], public: Option<IpAddr>) -> Self {
        let names = names.iter().map(|(name, all)| ((*name).to_owned(), all.clone())).collect();
        Self { names, public, asked: Arc::default() }
    }
}

impl Names for Table {
    async fn addresses(&self, name: &str, _: u16) -> std::io::Result<Vec<SocketAddr>> {
        *self.asked.lock().unwrap() += 1;
        self.names.get(name).cloned().ok_or_else(|| std::io::Error::other("no such name"))
    }

    fn may_reach(&self, address: IpAddr) -> bool {
        self.public == Some(address) || System.may_reach(address)
    }
}

fn answer(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\n{headers}content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn html(body: &str) -> Says {
    Says::Bytes(answer("content-type: text/html; charset=utf-8\r\n", body.as_bytes()))
}

fn moved(to: &str) -> Says {
    Says::Bytes(format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n").into_bytes())
}

fn chunk(byte: u8) -> Vec<u8> {
    [b"8000\r\n", &[byte; 0x8000][..], b"\r\n"].concat()
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

#[tokio::test]
async fn a_site_learns_which_page_and_nothing_of_who_asks() {
    let site = Site::new(&[("/a?b=c", html("<title>t</title>"))]).await;
    let came = site.get("https://news.example/a?b=c#d", Wanted::Page).await.unwrap();
    assert_eq!(came.bytes, b"<title>t</title>");
    assert_eq!(came.from.as_str(), "https://news.example/a?b=c#d");
    let head = site.asked.lock().unwrap().pop().unwrap();
    let mut lines: Vec<&str> = head.trim_end().split("\r\n").collect();
    assert_eq!(lines.remove(0), "GET /a?b=c HTTP/1.1");
    lines.sort_unstable();
    let wanted = [
        "accept-encoding: identity",
        "accept: text/html, application/xhtml+xml",
        "host: news.example",
        "user-agent: Mozilla/5.0 (compatible; link preview)",
    ];
    assert_eq!(lines, wanted);
}

#[tokio::test]
async fn it_goes_on_over_https_to_names_and_not_too_often() {
    let site = Site::new(&[
        ("/1", moved("https://cdn.example/2")),
        ("/2", moved("3")),
        ("/3", moved("//news.example/end")),
        ("/end", html("here")),
        ("/0", moved("/1")),
        ("/http", moved("http://news.example/end")),
        ("/ftp", moved("ftp://news.example/end")),
        ("/data", moved("data:text/html,here")),
        ("/number", moved("https://127.0.0.1/end")),
        ("/six", moved("https://[::1]/end")),
        ("/user", moved("https://a:b@news.example/end")),
        ("/nowhere", Says::Bytes(b"HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n".to_vec())),
    ])
    .await;
    let came = site.get("https://news.example/1", Wanted::Page).await.unwrap();
    assert_eq!((came.from.as_str(), &came.bytes[..]), ("https://news.example/end", &b"here"[..]));
    assert_eq!(site.asked(), 4);
    let far = site.get("https://news.example/0", Wanted::Page).await;
    assert!(matches!(far, Err(Refusal::TooOften)), "{far:?}");
    for path in ["http", "ftp", "data", "number", "six", "user"] {
        let before = site.asked();
        let refused = site.get(&format!("https://news.example/{path}"), Wanted::Page).await;
        assert!(matches!(refused, Err(Refusal::NotHttps)), "{path}: {refused:?}");
        assert_eq!(site.asked(), before + 1, "{path} is not followed");
    }
    let nowhere = site.get("https://news.example/nowhere", Wanted::Page).await;
    assert!(matches!(nowhere, Err(Refusal::Status(302))), "{nowhere:?}");
    for url in [
        "http://news.example/end",
        "https://127.0.0.1/end",
        "https://a@news.example/end",
        "file:///etc/hosts",
    ] {
        let refused = site.get(url, Wanted::Page).await;
        assert!(matches!(refused, Err(Refusal::NotHttps)), "{url}: {refused:?}");
    }
}

#[tokio::test]
async fn no_address_but_of_the_public_internet_is_asked() {
    let site = Site::new(&[("/", html("secret")), ("/in", moved("https://inside.example/"))]).await;
    let port = site.address.port();
    for inside in [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001::1",
    ] {
        let address = SocketAddr::new(inside.parse().unwrap(), port);
        let names = Table::new(&[("news.example", vec![address])], None);
        let fetch = Fetch::new(site.dialer.clone(), names);
        let refused = fetch.get(Url::parse("https://news.example/").unwrap(), Wanted::Page).await;
        assert!(matches!(refused, Err(Refusal::NotPublic)), "{inside}: {refused:?}");
    }
    assert_eq!(site.asked(), 0);
    // Nor where a site that may be asked sends on to there, nor beside one that may be.
    let inside = TcpListener::bind("127.0.0.2:0").await.unwrap();
    let there = inside.local_addr().unwrap();
    let names = Table::new(
        &[("news.example", vec![there, site.address]), ("inside.example", vec![there])],
        Some(HERE),
    );
    let fetch = Fetch::new(site.dialer.clone(), names.clone());
    let refused = fetch.get(Url::parse("https://news.example/in").unwrap(), Wanted::Page).await;
    assert!(matches!(refused, Err(Refusal::NotPublic)), "{refused:?}");
    assert_eq!((site.asked(), *names.asked.lock().unwrap()), (1, 2), "each name is asked for once");
    let came = futures_util::FutureExt::now_or_never(inside.accept());
    assert!(came.is_none(), "nobody came to an address inside");
    // A site that its certificate does not name is none.
    let names = Table::new(&[("other.example", vec![site.address])], Some(HERE));
    let fetch = Fetch::new(site.dialer.clone(), names);
    let refused = fetch.get(Url::parse("https://other.example/").unwrap(), Wanted::Page).await;
    assert!(matches!(refused, Err(Refusal::Broke(_))), "{refused:?}");
    let stranger = Fetch::new(
        Dialer::new(None).unwrap(),
        Table::new(&[("news.example", vec![site.address])], Some(HERE)),
    );
    let refused = stranger.get(Url::parse("https://news.example/").unwrap(), Wanted::Page).await;
    assert!(matches!(refused, Err(Refusal::Broke(_))), "{refused:?}");
}

#[tokio::test]
async fn what_a_page_is_written_in_is_taken_from_its_server() {
    let of = |kind: &str, body: &[u8]| answer(&format!("content-type: {kind}\r\n"), body);
    let wide: Vec<u8> =
        "\u{feff}<title>\u{4e2d}</title></head>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let site = Site::new(&[
        ("/gbk", Says::Bytes(of("text/html; charset=\"GBK\"", b"<title>\xd6\xd0</title>"))),
        ("/none", Says::Bytes(of("text/html", b"<title>t</title>"))),
        // Of a page of letters of two bytes too the rest is not waited for.
        (
            "/wide",
            Says::ThenNothing(
                [CHUNKED.as_bytes(), format!("{:x}\r\n", wide.len()).as_bytes(), &wide, b"\r\n"].concat(),
            ),
        ),
    ])
    .await;
    for (path, charset) in [("gbk", Some("gbk")), ("none", None), ("wide", None)] {
        let came = site.get(&format!("https://news.example/{path}"), Wanted::Page).await.unwrap();
        assert_eq!(came.charset.as_deref(), charset, "{path}");
    }
}

#[tokio::test]
async fn a_page_is_read_to_the_end_of_its_head_and_no_further_than_its_bound() {
    let open = |body: &str| {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 9000000\r\n\r\n";
        Says::ThenNothing([head.as_bytes(), body.as_bytes()].concat())
    };
    let site = Site::new(&[
        ("/open", open("<title>t</title></HEAD ><body>")),
        ("/endless", Says::Endless(CHUNKED.into(), chunk(b'x'))),
        (
            "/whole",
            Says::Endless(CHUNKED.into(), [&b"1\r\n<\r\n"[..], b"2\r\n/h\r\n", b"3\r\nead\r\n"].concat()),
        ),
    ])
    .await;
    let came = site.get("https://news.example/open", Wanted::Page).await.unwrap();
    assert!(came.bytes.starts_with(b"<title>t</title></HEAD"));
    let came = site.get("https://news.example/endless", Wanted::Page).await.unwrap();
    assert_eq!(came.bytes.len(), Wanted::Page.most());
    let came = site.get("https://news.example/whole", Wanted::Page).await.unwrap();
    assert!(came.bytes.starts_with(b"</head") && came.bytes.len() < 1_000_000);
}

#[tokio::test]
async fn what_is_too_large_or_something_else_is_not_taken() {
    let most = Wanted::Picture.most();
    let of = |kind: &str, body: &[u8]| Says::Bytes(answer(&format!("content-type: {kind}\r\n"), body));
    let long_head = format!("HTTP/1.1 200 OK\r\nx: {}\r\ncontent-length: 0\r\n\r\n", "y".repeat(300_000));
    let site = Site::new(&[
        ("/good", of("image/png", &vec![7; most])),
        (
            "/promised",
            Says::ThenNothing(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", most + 1).into()),
        ),
        ("/endless", Says::Endless(CHUNKED.into(), chunk(7))),
        ("/text", of("text/plain", b"words")),
        ("/svg", of("text/html", b"<svg/>")),
        (
            "/zipped",
            Says::Bytes(answer("content-type: text/html\r\ncontent-encoding: gzip\r\n", b"\x1f\x8b")),
        ),
        ("/head", Says::Bytes(long_head.into())),
        ("/broken", Says::Bytes(b"\0\0\0 no HTTP".to_vec())),
        ("/empty", Says::Bytes(Vec::new())),
        ("/part", Says::Bytes(b"HTTP/1.1 206 Part\r\ncontent-length: 0\r\n\r\n".to_vec())),
    ])
    .await;
    let get = |path: &'static str, wanted| site.get(path, wanted);
    assert_eq!(get("https://news.example/good", Wanted::Picture).await.unwrap().bytes.len(), most);
    for path in ["https://news.example/promised", "https://news.example/endless"] {
        let refused = get(path, Wanted::Picture).await;
        assert!(matches!(refused, Err(Refusal::TooLarge)), "{path}");
    }
    for (path, wanted) in [
        ("https://news.example/text", Wanted::Page),
        ("https://news.example/good", Wanted::Page),
        ("https://news.example/svg", Wanted::Picture),
        ("https://news.example/zipped", Wanted::Page),
    ] {
        let refused = get(path, wanted).await;
        assert!(matches!(refused, Err(Refusal::OtherKind)), "{path}");
    }
    for path in ["https://news.example/head", "https://news.example/broken", "https://news.example/empty"] {
        let refused = get(path, Wanted::Page).await;
        assert!(matches!(refused, Err(Refusal::Broke(_))), "{path}");
    }
    for (path, status) in [("https://news.example/part", 206), ("https://news.example/none", 404)] {
        let refused = get(path, Wanted::Page).await;
        assert!(matches!(refused, Err(Refusal::Status(said)) if said == status), "{path}");
    }
}

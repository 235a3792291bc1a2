//! `casemate audit`: an independent auditor of a server's key-transparency log. It needs no account and learns nobody's
//! name. What it verified it signs, and goes on from there the next time.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail, ensure};
use bytes::Bytes;
use casemate_transparency::audit::{AUDIT_LABEL, Audited};
use casemate_transparency::{Broken, Head};
use casemate_wire::manifest::sign_labelled;
use casemate_wire::proto::transparency::Epochs;
use data_encoding::HEXLOWER;
use ed25519_dalek::SigningKey;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::header::{HOST, RETRY_AFTER};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use prost::Message as _;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::Trust;
use crate::client::Dialer;

/// Bytes of one page: an epoch of 10,000 changes has about 7 MB.
const PAGE_BYTES: usize = 64 * 1024 * 1024;

/// How often a page is asked for of a server that is busy, and how long it may make an auditor wait each time.
const TRIES: u32 = 100;
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// Verifies a server's key-transparency log.
#[derive(clap::Args)]
pub struct AuditArguments {
    /// The server's URL
    #[arg(long, value_name = "URL")]
    server: String,
    /// What was verified so far; made when it is not there. Without it all is verified again
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// The server's key as invitation links end with it. Without it the first key seen is trusted
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    key: Option<String>,
    #[command(flatten)]
    trust: Trust,
}

/// The state's file.
#[derive(Serialize, Deserialize)]
struct State {
    server: String,
    server_key: String,
    /// This auditor's own.
    auditor_secret: String,
    epoch: u64,
    root: String,
    head: Option<String>,
}

/// What is printed: one line.
#[derive(Serialize)]
struct Statement {
    server: String,
    server_key: String,
    epoch: u64,
    root: String,
    epochs_root: String,
    new_epochs: u64,
    bytes: usize,
    restored: bool,
    at_ms: i64,
    auditor: String,
    signature: String,
}

/// Verifies all that is new and prints a signed statement.
pub fn run(arguments: &AuditArguments) -> Result<()> {
    let statement = crate::client::runtime()?.block_on(audit(arguments))?;
    println!("{}", serde_json::to_string(&statement)?);
    Ok(())
}

async fn audit(arguments: &AuditArguments) -> Result<Statement> {
    let url = Url::parse(&arguments.server).context("--server takes an URL such as https://server")?;
    let dialer = Dialer::new(arguments.trust.ca.as_deref())?;
    let kept = arguments.state.as_deref().map(read_state).transpose()?.flatten();
    if let Some(kept) = &kept {
        ensure!(
            kept.server == arguments.server,
            "this state is of {}, not of {}",
            kept.server,
            arguments.server
        );
    }
    let mut server_key = match (&arguments.key, &kept) {
        (Some(key), _) => Some(link_key(key)?),
        (None, Some(kept)) => Some(from_hex(&kept.server_key)?),
        (None, None) => None,
    };
    let (mut audited, auditor) = match &kept {
        Some(kept) => (audited(kept)?, SigningKey::from_bytes(&from_hex(&kept.auditor_secret)?)),
        None => (Audited::nothing(), SigningKey::from_bytes(&rand::random())),
    };
    let (mut begun, mut bytes, mut restored) = (audited.epoch, 0, false);
    loop {
        let page = fetch(&dialer, &url, audited.epoch, audited.known()).await?;
        bytes += page.len();
        let parsed = Epochs::decode(page.clone()).context("the server's answer is no page of a log")?;
        let key = match server_key {
            Some(key) => key,
            // Trusted on first sight: the statement says which it was.
            None => *server_key.insert(parsed.server_key[..].try_into().context("a key has 32 bytes")?),
        };
        match audited.take(&parsed, &key).await {
            Ok(()) => {}
            Err(Broken::Restored) if !restored => {
                eprintln!(
                    "casemate: the server was restored from a backup since the last audit; its log is verified \
                     from the beginning"
                );
                restored = true;
                (audited, begun) = (Audited::nothing(), 0);
                continue;
            }
            Err(broken) => {
                let kept = keep_evidence(arguments.state.as_deref(), &page);
                bail!(
                    "the server's log does not hold after epoch {}: {broken}. Tell the people who use it, and ask \
                     whoever runs it.{kept}",
                    audited.epoch
                );
            }
        }
        if let Some(path) = &arguments.state {
            write_state(path, &arguments.server, &key, &auditor, &audited)?;
        }
        if audited.is_complete() {
            return statement(&arguments.server, &key, &auditor, &audited, (begun, bytes, restored));
        }
    }
}

fn statement(
    server: &str,
    server_key: &[u8; 32],
    auditor: &SigningKey,
    audited: &Audited,
    (begun, bytes, restored): (u64, usize, bool),
) -> Result<Statement> {
    let head = audited.head.as_ref().context("a complete audit has a head")?;
    let at_ms = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    let parts: [&[u8]; 5] =
        [server_key, &head.epoch.to_be_bytes(), &head.root, &head.epochs_root, &at_ms.to_be_bytes()];
    let signature = sign_labelled(auditor, AUDIT_LABEL, &parts);
    Ok(Statement {
        server: server.to_owned(),
        server_key: HEXLOWER.encode(server_key),
        epoch: head.epoch,
        root: HEXLOWER.encode(&head.root),
        epochs_root: HEXLOWER.encode(&head.epochs_root),
        new_epochs: audited.epoch - begun,
        bytes,
        restored,
        at_ms,
        auditor: HEXLOWER.encode(auditor.verifying_key().as_bytes()),
        signature: HEXLOWER.encode(&signature),
    })
}

/// A page, as soon as the server has time for it.
async fn fetch(dialer: &Dialer, server: &Url, after: u64, known: u64) -> Result<Bytes> {
    for _ in 0..TRIES {
        match fetch_once(dialer, server, after, known).await? {
            Fetched::Page(page) => return Ok(page),
            Fetched::Later(wait) => tokio::time::sleep(wait).await,
        }
    }
    bail!("the server is busy; try again later")
}

enum Fetched {
    Page(Bytes),
    Later(Duration),
}

async fn fetch_once(dialer: &Dialer, server: &Url, after: u64, known: u64) -> Result<Fetched> {
    let stream = dialer.dial(server).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let host = server.host_str().unwrap_or_default();
    let authority = server.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let path = server.path().trim_end_matches('/');
    let request = Request::get(format!("{path}/v1/transparency?after={after}&known={known}"))
        .header(HOST, authority)
        .body(Empty::<Bytes>::new())?;
    let answer = sender.send_request(request).await?;
    if matches!(answer.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        let wait = answer.headers().get(RETRY_AFTER).and_then(|wait| wait.to_str().ok()?.parse().ok());
        return Ok(Fetched::Later(Duration::from_secs(wait.unwrap_or(1)).min(LONGEST_WAIT)));
    }
    ensure!(answer.status() == StatusCode::OK, "the server does not show its log (HTTP {})", answer.status());
    let body = Limited::new(answer.into_body(), PAGE_BYTES).collect().await;
    let page = body.map_err(|error| anyhow::anyhow!("the server's answer cannot be read: {error}"))?;
    Ok(Fetched::Page(page.to_bytes()))
}

fn read_state(path: &Path) -> Result<Option<State>> {
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_str(&text)
        .map(Some)
        .with_context(|| format!("{} is no state of an audit", path.display()))
}

fn audited(state: &State) -> Result<Audited> {
    let key = from_hex(&state.server_key)?;
    let head = match &state.head {
        Some(head) => Some(Head::from_bytes(&HEXLOWER.decode(head.as_bytes())?, &key)?),
        None => None,
    };
    Ok(Audited { epoch: state.epoch, root: from_hex(&state.root)?, head })
}

/// Complete or not at all, and for its owner only: the auditor's key is in it.
fn write_state(
    path: &Path,
    server: &str,
    server_key: &[u8; 32],
    auditor: &SigningKey,
    audited: &Audited,
) -> Result<()> {
    let state = State {
        server: server.to_owned(),
        server_key: HEXLOWER.encode(server_key),
        auditor_secret: HEXLOWER.encode(&auditor.to_bytes()),
        epoch: audited.epoch,
        root: HEXLOWER.encode(&audited.root),
        head: audited.head.as_ref().map(|head| HEXLOWER.encode(head.to_bytes())),
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    file.write_all(serde_json::to_string_pretty(&state)?.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(())
}

/// What the server signed is proof for others.
fn keep_evidence(state: Option<&Path>, page: &[u8]) -> String {
    let Some(state) = state else { return String::new() };
    let path = state.with_extension("evidence");
    match fs::write(&path, page) {
        Ok(()) => format!(" What it answered is in {}; keep it with {}.", path.display(), state.display()),
        Err(_) => String::new(),
    }
}

fn link_key(text: &str) -> Result<[u8; 32]> {
    let key =
        data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).context("--key is no key of a server")?;
    key.try_into().ok().context("--key is no key of a server")
}

fn from_hex<const N: usize>(text: &str) -> Result<[u8; N]> {
    let bytes = HEXLOWER.decode(text.as_bytes()).context("the state is damaged")?;
    bytes.try_into().ok().context("the state is damaged")
}

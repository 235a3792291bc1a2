//! `GET /v1/transparency`: what auditors verify. No secret, and nothing that names anybody. Its proofs are made on a thread of their own,
//! once for each head, and a page that an auditor has is not sent again (`ETag`).

use std::net::IpAddr;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Response, StatusCode};
use tokio::sync::oneshot;

use super::Shell;
use super::http::{Body, full, text};
use crate::directory::thread::now_ms;
use crate::transparency::{Newest, Pages};

/// Pages that may wait to be made.
const QUEUE: usize = 64;

/// What a page counts, in the work of `router::share`: it takes no time of the directory's, but of a thread.
const PAGE_WORK: u32 = 50;

struct Job {
    wanted: (u64, u64),
    newest: Newest,
    answer: oneshot::Sender<Option<Vec<u8>>>,
}

/// The running thread. Dropping it stops it.
pub struct Auditors {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

/// Why there is no page.
enum NoPage {
    Busy,
    Broken,
}

impl Auditors {
    /// Starts the thread.
    pub fn start(pages: Pages) -> std::io::Result<Self> {
        let (jobs, queue) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new().name("auditors".into()).spawn(move || run(pages, &queue))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Whether it ended though nobody ended it, which it does only by a fault.
    pub fn is_gone(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    async fn page(&self, wanted: (u64, u64), newest: Newest) -> Result<Vec<u8>, NoPage> {
        let (answer, answered) = oneshot::channel();
        let jobs = self.jobs.as_ref().ok_or(NoPage::Broken)?;
        match jobs.try_send(Job { wanted, newest, answer }) {
            Ok(()) => answered.await.ok().flatten().ok_or(NoPage::Broken),
            Err(TrySendError::Full(_)) => Err(NoPage::Busy),
            Err(TrySendError::Disconnected(_)) => Err(NoPage::Broken),
        }
    }
}

impl Drop for Auditors {
    fn drop(&mut self) {
        self.jobs = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("auditors: the thread had panicked");
        }
    }
}

fn run(mut pages: Pages, queue: &Receiver<Job>) {
    while let Ok(Job { wanted, newest, answer }) = queue.recv() {
        // Who asked may be gone; then nobody misses the answer.
        if answer.is_closed() {
            continue;
        }
        let page = pages.page(wanted, &newest);
        if let Err(error) = &page {
            tracing::error!(%error, "auditors: the log's epochs could not be read");
        }
        let _ = answer.send(page.ok());
    }
}

/// Answers a request for a page.
pub(super) async fn answer(
    shell: &Shell,
    headers: &HeaderMap,
    query: Option<&str>,
    address: IpAddr,
) -> Response<Body> {
    let (mut after, mut known) = (0, 0);
    for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        match (&*name, value.parse()) {
            ("after", Ok(epoch)) => after = epoch,
            ("known", Ok(epoch)) => known = epoch,
            _ => return text(StatusCode::BAD_REQUEST, "ask for /v1/transparency?after=EPOCH&known=EPOCH\n"),
        }
    }
    let wanted = (after, known);
    if let Err(refusal) = shell.hub.router().work_of(address, PAGE_WORK, now_ms()) {
        return later(StatusCode::TOO_MANY_REQUESTS, refusal.retry_after_ms);
    }
    let broken =
        || text(StatusCode::INTERNAL_SERVER_ERROR, "the log cannot be read; the operator's log says why\n");
    let Some(newest) = shell.hub.directory.newest_head().await else { return broken() };
    let tag = newest.tag(wanted);
    let has = headers.get(header::IF_NONE_MATCH).is_some_and(|had| had.as_bytes() == tag.as_bytes());
    let mut response = match has {
        true => {
            let mut response = Response::new(full(bytes::Bytes::new()));
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response
        }
        false => match shell.hub.auditors.page(wanted, newest).await {
            Ok(page) => text(StatusCode::OK, page),
            Err(NoPage::Busy) => return later(StatusCode::SERVICE_UNAVAILABLE, 1_000),
            Err(NoPage::Broken) => return broken(),
        },
    };
    let binary = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, binary);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

fn later(status: StatusCode, wait_ms: u64) -> Response<Body> {
    let mut response = text(status, "the server is busy; ask again later\n");
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait_ms.div_ceil(1_000).max(1)));
    response
}

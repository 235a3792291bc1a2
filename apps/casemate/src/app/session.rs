//! One page at a time talks to the engine: a WebSocket whose messages are the lines of `casemate rpc`.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use casemate_api::{Error, Event, Kind};
use casemate_server::shell::http::{Body, text, websocket_answer};
use futures_util::{SinkExt, StreamExt};
use hyper::body::Incoming;
use hyper::header;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::sync::{Notify, mpsc};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::paths::{self, Named};
use super::{App, calls};
use crate::client::Events;
use crate::rpc::lines::{LINE_BYTES, Line};
use crate::rpc::serve::serve;

/// Lines and events that wait in either direction.
const WAITING: usize = 256;

/// The page was opened a second time: the first one says so. From the range for private use (RFC 6455 §7.4.2).
const OPENED_ELSEWHERE: u16 = 4_001;

/// The page that has the engine. Its session ends with it.
pub struct Page {
    events: mpsc::Sender<Event>,
    /// Lines that are no events.
    lines: mpsc::Sender<String>,
    gone: Arc<Notify>,
    /// It was opened in another place; else this program ends.
    elsewhere: Rc<Cell<bool>>,
}

impl Page {
    /// Where a line for this page goes.
    pub fn lines(&self) -> mpsc::Sender<String> {
        self.lines.clone()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.gone.notify_one();
    }
}

/// Events go to the page that is open. Without one nobody misses them: a page asks for everything when it opens.
pub async fn pass_events_on(app: Rc<App>, mut events: Events) {
    while let Some(event) = events.recv().await {
        let page = app.page.borrow().as_ref().map(|page| page.events.clone());
        if let Some(page) = page {
            let _ = page.send(event).await;
        }
    }
}

/// Opens the WebSocket (RFC 6455 §4.2). Host, origin and token were looked at.
pub fn open(app: Rc<App>, mut request: Request<Incoming>) -> Response<Body> {
    if !request.headers().contains_key(header::ORIGIN) {
        return text(StatusCode::FORBIDDEN, "this address is for the page\n");
    }
    let answer = websocket_answer(request.headers());
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        return answer;
    }
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::task::spawn_local(async move {
        let Ok(upgraded) = upgrade.await else { return };
        let limits =
            WebSocketConfig::default().max_message_size(Some(LINE_BYTES)).max_frame_size(Some(LINE_BYTES));
        let socket =
            WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(limits)).await;
        run(app, socket).await;
    });
    answer
}

async fn run<S>(app: Rc<App>, socket: WebSocketStream<S>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let (mut to_page, mut from_page) = socket.split();
    let (events, events_receiver) = mpsc::channel(WAITING);
    let (lines, lines_receiver) = mpsc::channel(WAITING);
    let (output, mut written) = mpsc::channel::<String>(WAITING);
    let (gone, elsewhere) = (Arc::new(Notify::new()), Rc::new(Cell::new(false)));
    let page = Page { events, lines: output.clone(), gone: gone.clone(), elsewhere: elsewhere.clone() };
    if let Some(before) = app.page.replace(Some(page)) {
        before.elsewhere.set(true);
    }
    calls::begin_anew(&app).await;
    let (client, lent) = (app.client.clone(), app.lent.clone());
    let number = lent.begin();
    drop(app);
    let call = |command| {
        let (client, lent) = (client.clone(), lent.clone());
        async move {
            let files = match paths::named(&command) {
                Named::Nothing => Vec::new(),
                Named::ToRead(paths) => lent.hand_over(&paths).map_err(|path| paths::refused(&path))?,
                Named::ToWrite(path) => return Err(paths::refused(&path)),
            };
            if files.is_empty() {
                return client.call(command).await;
            }
            // Also where the page goes meanwhile: what its person sent goes out, and the file is there until it was read.
            let run = tokio::task::spawn_local(async move {
                let answer = client.call(command).await;
                drop(files);
                answer
            });
            run.await.unwrap_or_else(|_| Err(Error::new(Kind::Invalid, "A part of Casemate failed.")))
        }
    };
    let read = async move {
        while let Some(Ok(message)) = from_page.next().await {
            if let Message::Text(text) = message
                && lines.send(Line::Text(text.as_bytes().to_vec())).await.is_err()
            {
                return;
            }
        }
    };
    let write = async {
        while let Some(line) = written.recv().await {
            if to_page.send(Message::text(line)).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = read => {}
        () = write => {}
        () = serve(call, events_receiver, lines_receiver, output) => {}
        () = gone.notified() => {}
    }
    lent.end(number);
    let (code, reason) = match elsewhere.get() {
        true => (CloseCode::Library(OPENED_ELSEWHERE), "opened elsewhere"),
        false => (CloseCode::Normal, ""),
    };
    let _ =
        to_page.send(Message::Close(Some(CloseFrame { code, reason: Utf8Bytes::from_static(reason) }))).await;
}

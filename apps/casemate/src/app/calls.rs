//! Calls of the page. Their media are the browser's; their keys go from here to the Worker of their frames, over a WebSocket
//! of its own, which the page's program has no part in ([decision 19](../../../../docs/decisions/0019-calls-in-a-page.md)).
//!
//! ```text
//! Output::CallOpen ──▶ PageCall ──▶ a line to the page {call, ticket}
//! the frames' Worker ── GET /call?token&ticket ──▶ keys, members, answer ──▶ the Worker
//!                                                  offer, connected, unheard, wishes ◀── the Worker ──▶ Input::Call
//! ```
//! A ticket is good for one call, once, and soon.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use casemate_api::{Error, Kind};
use casemate_engine::{CallAnswer, CallKeys, CallNews, CallWish};
use casemate_server::shell::http::{Body, text, websocket_answer};
use casemate_wire::ids::DeviceId;
use futures_util::{SinkExt, StreamExt};
use hyper::body::Incoming;
use hyper::header;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::{App, query};
use crate::client::{CallOrder, PageCall};

/// Calls on their way to the page at once. One is taken at a time; more would be a driver that does not wait.
pub const AT_ONCE: usize = 4;

/// How long a page has to take a call: to fetch a script and a program from here.
const TAKEN_IN: Duration = Duration::from_secs(20);

/// Bytes of what a Worker says at once. An offer has 16 KiB at most.
const SAID: usize = 64 * 1024;

/// Wishes of one message that are read; the engine takes fewer.
const WISHES: usize = 64;

/// Calls that no page has taken yet, by their tickets.
#[derive(Default)]
pub struct Waiting {
    calls: RefCell<HashMap<String, PageCall>>,
}

/// Tells the page of each call that the person took.
pub async fn pass_on(app: Rc<App>, mut calls: mpsc::Receiver<PageCall>) {
    while let Some(call) = calls.recv().await {
        let mut ticket = [0; 16];
        let page = app.page.borrow().as_ref().map(super::session::Page::lines);
        let (Some(page), Ok(())) = (page, getrandom::fill(&mut ticket)) else {
            fails(call, "the page is not there").await;
            continue;
        };
        let ticket = data_encoding::HEXLOWER.encode(&ticket);
        let id = call.open.permit.call().to_hex();
        app.calls.calls.borrow_mut().insert(ticket.clone(), call);
        let line = json!({"jsonrpc": "2.0", "method": "call", "params": {"call": id, "ticket": ticket}});
        let _ = page.send(line.to_string()).await;
        let app = app.clone();
        tokio::task::spawn_local(async move {
            tokio::time::sleep(TAKEN_IN).await;
            let left = app.calls.calls.borrow_mut().remove(&ticket);
            if let Some(call) = left {
                fails(call, "the page did not take it").await;
            }
        });
    }
}

async fn fails(call: PageCall, why: &str) {
    let id = call.open.permit.call();
    let _ = call.news.send((id, CallNews::Failed { why: why.to_owned() })).await;
}

async fn page_gone(call: PageCall) {
    let id = call.open.permit.call();
    let _ = call.news.send((id, CallNews::PageGone)).await;
}

/// Another page has the engine, perhaps the same one loaded again: what the one before did not take yet went with it.
pub async fn begin_anew(app: &App) {
    let left: Vec<PageCall> = app.calls.calls.borrow_mut().drain().map(|(_, call)| call).collect();
    for call in left {
        page_gone(call).await;
    }
}

/// Opens the WebSocket of a call. Host, origin and token were looked at.
pub fn open(app: &App, mut request: Request<Incoming>) -> Response<Body> {
    if !request.headers().contains_key(header::ORIGIN) {
        return text(StatusCode::FORBIDDEN, "this address is for the page\n");
    }
    let answer = websocket_answer(request.headers());
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        return answer;
    }
    let call = query(&request, "ticket").and_then(|ticket| app.calls.calls.borrow_mut().remove(&ticket));
    let Some(call) = call else { return text(StatusCode::NOT_FOUND, "there is no such call\n") };
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::task::spawn_local(async move {
        let Ok(upgraded) = upgrade.await else { return page_gone(call).await };
        let limits = WebSocketConfig::default().max_message_size(Some(SAID)).max_frame_size(Some(SAID));
        let socket =
            WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(limits)).await;
        run(call, socket).await;
    });
    answer
}

async fn run<S>(call: PageCall, socket: WebSocketStream<S>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let PageCall { open, mut orders, news } = call;
    let id = open.permit.call();
    let (mut to_page, mut from_page) = socket.split();
    let mut waiting = vec![json!({"joining": open.joining, "keys": keys(&open.keys)}), members(&open.keys)];
    loop {
        for said in waiting.drain(..) {
            // Whoever is gone is noticed below.
            let _ = to_page.send(Message::text(said.to_string())).await;
        }
        tokio::select! {
            order = orders.recv() => match order {
                Some(CallOrder::Answer(came)) => waiting.push(answered(&came.answer)),
                Some(CallOrder::Keys(new)) => waiting.extend([json!({"keys": keys(&new)}), members(&new)]),
                // It mutes itself.
                Some(CallOrder::Mute(_)) => {}
                Some(CallOrder::Stats(answer)) => {
                    let sentence = "The page that makes this call counts nothing.";
                    let _ = answer.send(Err(Error::new(Kind::NotFound, sentence)));
                }
                None => {
                    let _ = to_page.send(Message::text(json!({"close": true}).to_string())).await;
                    let _ = to_page.close().await;
                    return;
                }
            },
            said = from_page.next() => match said {
                Some(Ok(Message::Text(text))) => {
                    if let Some(said) = heard(&text)
                        && news.send((id, said)).await.is_err()
                    {
                        return;
                    }
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => {
                    // Loaded again, or closed. Who hangs up ends the media first and then the call, which is left all the same.
                    let _ = news.send((id, CallNews::PageGone)).await;
                    return;
                }
                Some(Ok(_)) => {}
            },
        }
    }
}

/// As `call.js` takes it: with `iceServers` as WebRTC names them.
fn answered(answer: &CallAnswer) -> Value {
    let turn: Vec<_> = answer
        .turn
        .iter()
        .map(|one| json!({"urls": one.url, "username": one.username, "credential": one.credential}))
        .collect();
    json!({"answer": {"sdp": answer.sdp, "turn": turn}})
}

/// As `frames-worker.js` takes them.
fn keys(keys: &CallKeys) -> Value {
    let others: Vec<u8> = keys.others.iter().flat_map(|other| *other.expose()).collect();
    json!({
        "epoch": keys.epoch, "secret": keys.secret.expose(), "others": others, "leaf": keys.leaf,
        "leaves": keys.leaves(), "removed": keys.removed,
    })
}

fn members(keys: &CallKeys) -> Value {
    let member = |one: &casemate_engine::CallMember| json!({"leaf": one.leaf, "address": one.address, "device": one.device.to_hex()});
    json!({"members": keys.members.iter().map(member).collect::<Vec<_>>()})
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    Offer(String),
    Connected(bool),
    Unheard(bool),
    Wishes(Vec<Wish>),
}

#[derive(Deserialize)]
struct Wish {
    device: String,
    screen: bool,
    height: u32,
}

fn heard(text: &str) -> Option<CallNews> {
    Some(match serde_json::from_str(text).ok()? {
        Said::Offer(sdp) => CallNews::Offer { sdp },
        Said::Connected(true) => CallNews::Connected,
        Said::Unheard(true) => CallNews::Unheard,
        Said::Connected(false) | Said::Unheard(false) => return None,
        Said::Wishes(wishes) => {
            let wish = |one: Wish| {
                let device = DeviceId::from_hex(&one.device)?;
                Some(CallWish { device, screen: one.screen, height: one.height })
            };
            CallNews::Wishes(wishes.into_iter().take(WISHES).filter_map(wish).collect())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_worker_says_is_read_or_left() {
        assert!(matches!(heard(r#"{"offer":"v=0"}"#), Some(CallNews::Offer { sdp }) if sdp == "v=0"));
        assert!(matches!(heard(r#"{"connected":true}"#), Some(CallNews::Connected)));
        assert!(matches!(heard(r#"{"unheard":true}"#), Some(CallNews::Unheard)));
        let device = DeviceId([7; 16]);
        let wish = json!({"device": device.to_hex(), "screen": true, "height": 720});
        let strange = json!({"device": "x", "screen": true, "height": 720});
        let said = json!({"wishes": [wish, strange]}).to_string();
        let Some(CallNews::Wishes(wishes)) = heard(&said) else { panic!("no wishes") };
        assert_eq!(wishes, [CallWish { device, screen: true, height: 720 }]);
        for nonsense in ["", "{}", "[]", r#"{"offer":7}"#, r#"{"connected":false}"#, r#"{"keys":{}}"#] {
            assert!(heard(nonsense).is_none(), "{nonsense}");
        }
    }
}

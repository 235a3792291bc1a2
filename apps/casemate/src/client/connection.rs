//! One WebSocket to the server's `/v1/ws` that comes back by itself: pauses grow from 0.3 s to 60 s with jitter,
//! so that a server that starts again is not met by everybody at once.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use casemate_wire::limits::FRAME_BYTES;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use rand::Rng;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use url::Url;

use super::tls::{Dialer, Stream};

/// First pause after a connection was lost or refused.
const FIRST_PAUSE: Duration = Duration::from_millis(300);
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A connection that lived so long starts the pauses anew.
const STEADY: Duration = Duration::from_secs(10);
/// Name, TCP, TLS and upgrade together.
const OPENING: Duration = Duration::from_secs(20);
/// Silence before a ping; more often costs phones and servers wake-ups.
const SILENCE: Duration = Duration::from_secs(30);
/// Silence after the ping until the connection counts as dead.
const NO_ANSWER: Duration = Duration::from_secs(20);
/// Frames that wait for the engine before the socket is read no further.
const FRAMES_WAITING: usize = 16;

/// News from the connection, in order.
#[derive(Debug)]
pub enum News {
    /// Open. What is sent for an earlier one is dropped.
    Connected {
        /// Where the server answers.
        server: IpAddr,
    },
    /// One binary message.
    Frame(Bytes),
    /// Closed, or could not be opened.
    Disconnected {
        /// For people.
        why: String,
    },
}

/// What the driver tells the connection.
enum Order {
    Send { generation: u64, frame: Vec<u8> },
    Reconnect { generation: u64 },
    TryNow,
}

/// A connection that comes back until it is dropped.
pub struct Connection {
    orders: mpsc::UnboundedSender<Order>,
    /// Bounded.
    pub news: mpsc::Receiver<News>,
    task: tokio::task::JoinHandle<()>,
}

impl Connection {
    /// Starts connecting to `{url}/v1/ws`. The first connection that opens has `first_generation`, the next one
    /// more, and so on.
    pub fn start(dialer: Dialer, url: &str, first_generation: u64) -> Self {
        // Not bounded here: the engine sends at most `limits::IN_FLIGHT` requests without an answer.
        let (orders, orders_receiver) = mpsc::unbounded_channel();
        let (news_sender, news) = mpsc::channel(FRAMES_WAITING);
        let keeper = Keeper {
            dialer,
            url: url.to_owned(),
            generation: first_generation.saturating_sub(1),
            orders: orders_receiver,
            news: news_sender,
        };
        Self { orders, news, task: tokio::spawn(keeper.run()) }
    }

    /// Sends a frame on the connection of that generation; dropped when that is gone.
    pub fn send(&self, generation: u64, frame: Vec<u8>) {
        let _ = self.orders.send(Order::Send { generation, frame });
    }

    /// Closes the connection of that generation and opens another.
    pub fn reconnect(&self, generation: u64) {
        let _ = self.orders.send(Order::Reconnect { generation });
    }

    /// Ends a pause: somebody waits.
    pub fn try_now(&self) {
        let _ = self.orders.send(Order::TryNow);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Keeper {
    dialer: Dialer,
    url: String,
    generation: u64,
    orders: mpsc::UnboundedReceiver<Order>,
    news: mpsc::Sender<News>,
}

/// Why a connection ended, and whether the driver is gone.
enum Ended {
    Lost(String),
    DriverGone,
}

impl Keeper {
    async fn run(mut self) {
        let mut failures = 0;
        loop {
            let why = match timeout(OPENING, open(&self.dialer, &self.url)).await {
                Ok(Ok((socket, server))) => {
                    self.generation += 1;
                    let opened = Instant::now();
                    if self.news.send(News::Connected { server }).await.is_err() {
                        return;
                    }
                    let ended = self.keep(socket).await;
                    if opened.elapsed() >= STEADY {
                        failures = 0;
                    }
                    match ended {
                        Ended::Lost(why) => why,
                        Ended::DriverGone => return,
                    }
                }
                Ok(Err(why)) => why,
                Err(_) => "the server does not answer".to_owned(),
            };
            tracing::info!(%why, "not connected");
            if self.news.send(News::Disconnected { why }).await.is_err() {
                return;
            }
            let jitter = rand::rng().random_range(0.5..1.0);
            if !self.pause(pause_after(failures).mul_f64(jitter)).await {
                return;
            }
            failures += 1;
        }
    }

    /// Waits, or until somebody wants the connection now. False when the driver is gone.
    async fn pause(&mut self, pause: Duration) -> bool {
        let end = sleep(pause);
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = &mut end => return true,
                order = self.orders.recv() => match order {
                    None => return false,
                    Some(Order::TryNow) => return true,
                    // For a connection that is gone.
                    Some(Order::Send { .. } | Order::Reconnect { .. }) => {}
                },
            }
        }
    }

    /// Reads and writes until the connection ends. The two directions never wait for each other.
    async fn keep(&mut self, socket: WebSocketStream<Stream>) -> Ended {
        let (sink, stream) = socket.split();
        // A ping at most: reading asks for it, writing sends it.
        let (pings, pings_receiver) = mpsc::channel(1);
        tokio::select! {
            ended = read(stream, &self.news, pings) => ended,
            ended = write(sink, &mut self.orders, pings_receiver, self.generation) => ended,
        }
    }
}

async fn open(dialer: &Dialer, url: &str) -> Result<(WebSocketStream<Stream>, IpAddr), String> {
    let parsed = Url::parse(url).map_err(|_| format!("{url} is not the address of a server"))?;
    let stream = dialer.dial(&parsed).await.map_err(|error| error.to_string())?;
    let server = stream.peer().map_err(|error| format!("the connection broke: {error}"))?.ip();
    let socket_url = format!("{}/v1/ws", url.replacen("http", "ws", 1));
    let config = WebSocketConfig::default()
        .max_message_size(Some(FRAME_BYTES))
        .max_frame_size(Some(FRAME_BYTES))
        .read_buffer_size(16 * 1024)
        .write_buffer_size(16 * 1024);
    let opened = tokio_tungstenite::client_async_with_config(socket_url, stream, Some(config)).await;
    match opened {
        Ok((socket, _)) => Ok((socket, server)),
        Err(WsError::Http(answer)) => Err(format!(
            "the server refused the connection (HTTP {}); is {url} a Casemate server?",
            answer.status()
        )),
        Err(error) => Err(format!("the server's answer is not Casemate's protocol: {error}")),
    }
}

async fn read(
    mut stream: SplitStream<WebSocketStream<Stream>>,
    news: &mpsc::Sender<News>,
    pings: mpsc::Sender<()>,
) -> Ended {
    loop {
        let message = match timeout(SILENCE, stream.next()).await {
            Ok(message) => message,
            Err(_) => {
                // Full means that one is on its way already.
                let _ = pings.try_send(());
                match timeout(NO_ANSWER, stream.next()).await {
                    Ok(message) => message,
                    Err(_) => return Ended::Lost("the server fell silent".to_owned()),
                }
            }
        };
        match message {
            Some(Ok(Message::Binary(frame))) => {
                if news.send(News::Frame(frame)).await.is_err() {
                    return Ended::DriverGone;
                }
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(_))) | None => {
                return Ended::Lost("the server closed the connection".to_owned());
            }
            Some(Ok(Message::Text(_) | Message::Frame(_))) => {
                return Ended::Lost("the server sent something that is not Casemate's protocol".to_owned());
            }
            Some(Err(error)) => return Ended::Lost(format!("the connection broke: {error}")),
        }
    }
}

async fn write(
    mut sink: SplitSink<WebSocketStream<Stream>, Message>,
    orders: &mut mpsc::UnboundedReceiver<Order>,
    mut pings: mpsc::Receiver<()>,
    generation: u64,
) -> Ended {
    loop {
        let fed = tokio::select! {
            order = orders.recv() => match order {
                None => return Ended::DriverGone,
                Some(Order::Send { generation: of, frame }) if of == generation => {
                    sink.feed(Message::binary(frame)).await
                }
                Some(Order::Reconnect { generation: of }) if of == generation => {
                    let _ = timeout(Duration::from_secs(1), sink.close()).await;
                    return Ended::Lost("connecting anew".to_owned());
                }
                Some(_) => Ok(()),
            },
            Some(()) = pings.recv() => sink.feed(Message::Ping(Bytes::new())).await,
        };
        // What waits goes out in one write.
        let flushed = match fed {
            Ok(()) if orders.is_empty() => sink.flush().await,
            other => other,
        };
        if let Err(error) = flushed {
            return Ended::Lost(format!("the connection broke: {error}"));
        }
    }
}

fn pause_after(failures: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(2u32.saturating_pow(failures)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_growing() {
        assert_eq!(pause_after(0), Duration::from_millis(300));
        assert_eq!(pause_after(1), Duration::from_millis(600));
        assert_eq!(pause_after(7), Duration::from_millis(38_400));
        assert_eq!(pause_after(8), LONGEST_PAUSE);
        assert_eq!(pause_after(u32::MAX), LONGEST_PAUSE);
    }

    /// The next client of a server that speaks WebSocket.
    async fn accept(listener: &tokio::net::TcpListener) -> WebSocketStream<tokio::net::TcpStream> {
        let (stream, _) = listener.accept().await.unwrap();
        tokio_tungstenite::accept_async(stream).await.unwrap()
    }

    async fn next(connection: &mut Connection) -> News {
        timeout(Duration::from_secs(20), connection.news.recv()).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn it_comes_back_and_sends_nothing_that_was_meant_for_the_one_before() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut connection = Connection::start(Dialer::new(None).unwrap(), &url, 1);
        let mut first = accept(&listener).await;
        let News::Connected { server } = next(&mut connection).await else { panic!("not connected") };
        assert_eq!(server, listener.local_addr().unwrap().ip());
        connection.send(1, b"one".to_vec());
        assert_eq!(first.next().await.unwrap().unwrap().into_data(), "one");
        first.send(Message::binary("answer")).await.unwrap();
        let News::Frame(frame) = next(&mut connection).await else { panic!("no frame") };
        assert_eq!(frame, "answer");
        drop(first);
        assert!(matches!(next(&mut connection).await, News::Disconnected { .. }));
        connection.try_now();
        let mut second = accept(&listener).await;
        assert!(matches!(next(&mut connection).await, News::Connected { .. }));
        connection.send(1, b"late".to_vec());
        connection.reconnect(1);
        connection.send(2, b"two".to_vec());
        assert_eq!(second.next().await.unwrap().unwrap().into_data(), "two");
        connection.reconnect(2);
        assert!(matches!(next(&mut connection).await, News::Disconnected { .. }));
    }

    #[tokio::test]
    async fn what_is_not_casemate_is_said() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut connection = Connection::start(Dialer::new(None).unwrap(), &url, 1);
        let (mut stream, _) = listener.accept().await.unwrap();
        let page = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
        tokio::io::AsyncWriteExt::write_all(&mut stream, page).await.unwrap();
        let News::Disconnected { why } = next(&mut connection).await else { panic!("connected") };
        assert!(why.contains("404") && why.contains(&url), "{why}");
    }

    #[tokio::test]
    async fn a_text_or_a_frame_over_the_limit_ends_the_connection() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut connection = Connection::start(Dialer::new(None).unwrap(), &url, 1);
        for message in [Message::text("hello"), Message::binary(vec![0; FRAME_BYTES + 1])] {
            let mut server = accept(&listener).await;
            assert!(matches!(next(&mut connection).await, News::Connected { .. }));
            let sent = tokio::spawn(async move { drop(server.send(message).await) });
            assert!(matches!(next(&mut connection).await, News::Disconnected { .. }));
            sent.await.unwrap();
            connection.try_now();
        }
    }
}

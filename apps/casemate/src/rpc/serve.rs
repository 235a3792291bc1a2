//! The loop of `casemate rpc`, between lines and calls.

use std::future::Future;
use std::pin::Pin;

use casemate_api::{Command, Error, Event};
use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::lines::{LINE_BYTES, Line};
use super::request::{Asked, Fault, NO_ID, Request, parse};

/// Requests being answered; then no more lines are read. A line has as many at most, since all of its answers go out together.
const IN_FLIGHT: usize = 256;

/// A line's answer in the making; `None` where nothing is to be said.
type Answer<'a> = Pin<Box<dyn Future<Output = Option<String>> + 'a>>;

/// Answers lines and passes events on until the lines end and all are answered, or nobody reads the output.
pub async fn serve<F>(
    call: impl Fn(Command) -> F,
    mut events: mpsc::Receiver<Event>,
    mut lines: mpsc::Receiver<Line>,
    output: mpsc::Sender<String>,
) where
    F: Future<Output = Result<Value, Error>>,
{
    let mut answers = FuturesUnordered::new();
    let (mut reading, mut in_flight) = (true, 0);
    while reading || !answers.is_empty() {
        let text = tokio::select! {
            biased;
            () = output.closed() => return,
            Some(event) = events.recv() => Some(notification(&event)),
            Some((requests, answer)) = answers.next(), if !answers.is_empty() => {
                in_flight -= requests;
                answer
            }
            line = lines.recv(), if reading && in_flight < IN_FLIGHT => {
                match line {
                    Some(line) => {
                        let (requests, answer) = answer_line(&call, line);
                        in_flight += requests;
                        answers.push(async move { (requests, answer.await) });
                    }
                    None => reading = false,
                }
                None
            }
        };
        if let Some(text) = text
            && output.send(without_controls(text)).await.is_err()
        {
            return;
        }
    }
}

/// How many requests a line counts as, and its answer.
fn answer_line<'a, F>(call: &'a impl Fn(Command) -> F, line: Line) -> (usize, Answer<'a>)
where
    F: Future<Output = Result<Value, Error>> + 'a,
{
    let refuse = |sentence: String| -> Answer<'a> {
        let text = response(NO_ID, Err(Fault::new(-32600, sentence)));
        Box::pin(async move { Some(text) })
    };
    let line = match line {
        Line::Text(line) if line.iter().all(u8::is_ascii_whitespace) => return (1, Box::pin(async { None })),
        Line::Text(line) => line,
        Line::TooLong => {
            return (1, refuse(format!("A line has at most {LINE_BYTES} bytes; this one was skipped.")));
        }
    };
    match parse(&line) {
        Asked::One(request) => (1, Box::pin(answer_one(call, request))),
        Asked::Batch(requests) if requests.len() > IN_FLIGHT => {
            (1, refuse(format!("A batch has at most {IN_FLIGHT} requests; this one was skipped.")))
        }
        Asked::Batch(requests) => {
            let count = requests.len();
            let answers = join_all(requests.into_iter().map(|request| answer_one(call, request)));
            let answer = async move {
                let answers: Vec<String> = answers.await.into_iter().flatten().collect();
                (!answers.is_empty()).then(|| format!("[{}]", answers.join(",")))
            };
            (count, Box::pin(answer))
        }
    }
}

async fn answer_one<F>(call: &impl Fn(Command) -> F, request: Request) -> Option<String>
where
    F: Future<Output = Result<Value, Error>>,
{
    let result = match request.command {
        Ok(command) => call(command).await.map_err(Fault::from),
        Err(fault) => Err(fault),
    };
    request.id.map(|id| response(&id, result))
}

fn response(id: &str, result: Result<Value, Fault>) -> String {
    // The id goes out as it was written.
    let id = RawValue::from_string(id.to_owned()).ok();
    #[derive(serde::Serialize)]
    struct Response {
        jsonrpc: &'static str,
        id: Option<Box<RawValue>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        result: Option<Value>,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<Value>,
    }
    let (result, error) = match result {
        Ok(result) => (Some(result), None),
        Err(Fault { code, error }) => {
            let mut data = json!({"kind": error.kind});
            if let Some(said) = casemate_api::said::said(&error.message) {
                data["said"] = json!(said);
            }
            (None, Some(json!({"code": code, "message": error.message, "data": data})))
        }
    };
    serde_json::to_string(&Response { jsonrpc: "2.0", id, result, error }).expect("plain data")
}

/// The same JSON with every control letter as its number. JSON itself demands that of U+0000 to U+001F only, and a terminal obeys
/// those from U+0080 on as well.
fn without_controls(text: String) -> String {
    if !text.contains(char::is_control) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 64);
    for letter in text.chars() {
        match letter.is_control() {
            true => out.push_str(&format!("\\u{:04x}", u32::from(letter))),
            false => out.push(letter),
        }
    }
    out
}

fn notification(event: &Event) -> String {
    json!({"jsonrpc": "2.0", "method": "event", "params": event}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use casemate_api::Kind;
    use std::cell::Cell;
    use tokio::sync::oneshot;

    /// Feeds lines, then ends stdin, and gives what was written.
    async fn run<F: Future<Output = Result<Value, Error>>>(
        call: impl Fn(Command) -> F,
        lines: &[&str],
    ) -> Vec<String> {
        let (line_sender, line_receiver) = mpsc::channel(64);
        let (_event_sender, events) = mpsc::channel(1);
        let (output, mut written) = mpsc::channel(64);
        for line in lines {
            line_sender.send(Line::Text(line.as_bytes().to_vec())).await.unwrap();
        }
        drop(line_sender);
        serve(call, events, line_receiver, output).await;
        let mut texts = Vec::new();
        while let Some(text) = written.recv().await {
            texts.push(text);
        }
        texts
    }

    async fn ok(_: Command) -> Result<Value, Error> {
        Ok(json!({"done": true}))
    }

    #[tokio::test]
    async fn requests_notifications_and_empty_lines() {
        let lines = [
            r#"{"jsonrpc":"2.0","id":7,"method":"sync"}"#,
            r#"{"jsonrpc":"2.0","method":"sync"}"#,
            "  ",
            r#"{"jsonrpc":"2.0","method":"no.such"}"#,
        ];
        assert_eq!(run(ok, &lines).await, [r#"{"jsonrpc":"2.0","id":7,"result":{"done":true}}"#]);
    }

    #[tokio::test]
    async fn an_error_has_code_kind_and_sentence() {
        let call = |_| async { Err(Error::new(Kind::Taken, "Somebody has that name.")) };
        let texts = run(call, &[r#"{"jsonrpc":"2.0","id":"x","method":"sync"}"#]).await;
        let answer: Value = serde_json::from_str(&texts[0]).unwrap();
        assert_eq!(
            answer,
            json!({"jsonrpc":"2.0","id":"x","error":{"code":-32003,"message":"Somebody has that name.","data":{"kind":"taken"}}})
        );
    }

    #[tokio::test]
    async fn a_batch_is_answered_together_without_its_notifications() {
        let line = r#"[{"jsonrpc":"2.0","id":1,"method":"sync"},{"jsonrpc":"2.0","method":"sync"},3]"#;
        let texts = run(ok, &[line]).await;
        let answers: Value = serde_json::from_str(&texts[0]).unwrap();
        assert_eq!(answers.as_array().unwrap().len(), 2);
        assert_eq!(answers[1]["error"]["code"], -32600);
        let silent = r#"[{"jsonrpc":"2.0","method":"sync"}]"#;
        assert!(run(ok, &[silent]).await.is_empty());
    }

    #[tokio::test]
    async fn a_batch_counts_as_many_as_it_has() {
        let running = Cell::new((0, 0));
        let call = |_| {
            let (now, most) = running.get();
            running.set((now + 1, most.max(now + 1)));
            async {
                tokio::task::yield_now().await;
                running.set((running.get().0 - 1, running.get().1));
                Ok(json!({}))
            }
        };
        let request = r#"{"jsonrpc":"2.0","id":1,"method":"sync"}"#;
        let batch = |requests: usize| format!("[{}]", vec![request; requests].join(","));
        let (whole, vast) = (batch(IN_FLIGHT), batch(IN_FLIGHT + 1));
        let texts = run(call, &[&whole, &whole, request, &vast]).await;
        let answered = texts.iter().map(|text| text.matches("result").count());
        assert_eq!(answered.collect::<Vec<_>>(), [IN_FLIGHT, IN_FLIGHT, 0, 1].map(|count| count));
        assert!(texts[2].contains("at most 256 requests"), "{}", texts[2]);
        assert_eq!(running.get(), (0, IN_FLIGHT));
    }

    #[tokio::test]
    async fn answers_come_as_they_finish_and_all_of_them_after_the_end_of_input() {
        let (finish, finished) = oneshot::channel::<()>();
        let (finish, finished) = (Cell::new(Some(finish)), Cell::new(Some(finished)));
        let call = |command: Command| {
            let slow = matches!(command, Command::Sync(_)).then(|| finished.take()).flatten();
            let release = matches!(command, Command::ContactList(_)).then(|| finish.take()).flatten();
            async move {
                if let Some(slow) = slow {
                    let _ = slow.await;
                }
                if let Some(release) = release {
                    let _ = release.send(());
                }
                Ok(json!({}))
            }
        };
        let lines = [
            r#"{"jsonrpc":"2.0","id":"slow","method":"sync"}"#,
            r#"{"jsonrpc":"2.0","id":"quick","method":"contact.list"}"#,
        ];
        let texts = run(call, &lines).await;
        assert!(texts[0].contains("quick") && texts[1].contains("slow"), "{texts:?}");
    }

    #[tokio::test]
    async fn events_are_notifications() {
        let (line_sender, lines) = mpsc::channel(1);
        let (event_sender, events) = mpsc::channel(1);
        let (output, mut written) = mpsc::channel(4);
        event_sender.send(Event::ContactChanged { who: "ana@example.org".into() }).await.unwrap();
        drop((event_sender, line_sender));
        serve(ok, events, lines, output).await;
        let text: Value = serde_json::from_str(&written.recv().await.unwrap()).unwrap();
        assert_eq!(text["method"], "event");
        assert_eq!(text["params"], json!({"type":"contact.changed","who":"ana@example.org"}));
    }

    #[tokio::test]
    async fn answers_and_events_have_no_control_letters_and_say_the_same() {
        let every: String = (0..=0x9f_u8).map(char::from).collect();
        let said = every.clone();
        let call = move |_| {
            let said = said.clone();
            async move { Ok(json!({ "text": said })) }
        };
        let texts = run(call, &["{\"jsonrpc\":\"2.0\",\"id\":\"\u{9b}\",\"method\":\"sync\"}"]).await;
        let (line_sender, lines) = mpsc::channel(1);
        let (event_sender, events) = mpsc::channel(1);
        let (output, mut written) = mpsc::channel(4);
        event_sender.send(Event::ContactChanged { who: every.clone() }).await.unwrap();
        drop((event_sender, line_sender));
        serve(ok, events, lines, output).await;
        let event = written.recv().await.unwrap();
        for text in [&texts[0], &event] {
            assert!(!text.contains(char::is_control), "{text:?}");
        }
        let answer: Value = serde_json::from_str(&texts[0]).unwrap();
        assert_eq!(answer["result"]["text"], every);
        assert_eq!(answer["id"], "\u{9b}");
        let event: Value = serde_json::from_str(&event).unwrap();
        assert_eq!(event["params"]["who"], every);
    }

    #[tokio::test]
    async fn when_nobody_reads_it_ends() {
        let (_line_sender, lines) = mpsc::channel(1);
        let (_event_sender, events) = mpsc::channel(1);
        let (output, written) = mpsc::channel(4);
        drop(written);
        serve(ok, events, lines, output).await;
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_is_said_and_the_next_one_is_answered() {
        let (line_sender, lines) = mpsc::channel(4);
        let (_event_sender, events) = mpsc::channel(1);
        let (output, mut written) = mpsc::channel(4);
        line_sender.send(Line::TooLong).await.unwrap();
        line_sender.send(Line::Text(br#"{"jsonrpc":"2.0","id":1,"method":"sync"}"#.to_vec())).await.unwrap();
        drop(line_sender);
        serve(ok, events, lines, output).await;
        assert!(written.recv().await.unwrap().contains("at most"));
        assert!(written.recv().await.unwrap().contains("done"));
    }
}

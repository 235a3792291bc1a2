//! JSON-RPC 2.0 as `casemate rpc` speaks it, from the asking side.

use casemate_api::{Command, Error, Event, Kind};
use serde::Deserialize;
use serde_json::{Value, json};

/// A line that arrived.
#[derive(Debug, PartialEq)]
pub enum Incoming {
    /// The answer to a request.
    Answer(u64, Result<Value, Error>),
    /// Something happened.
    Event(Event),
    /// The person took a call, and its media are to be made; with a ticket to its keys.
    Call(String, String),
    /// An event of a newer engine, or no line of ours.
    Unknown,
}

/// Fields whose null is not the same as nothing.
const NULL_SPEAKS: [&str; 5] = ["emoji", "folder", "muted_until", "nickname", "quiet_hours"];

/// A request as a line.
pub fn request(id: u64, command: &Command) -> String {
    let command = serde_json::to_value(command).ok().and_then(|command| match command {
        Value::Object(one) => one.into_iter().next(),
        _ => None,
    });
    let (method, mut params) = command.unwrap_or_default();
    // A field left out means the same as null, is shorter, and an older engine does not stumble over it. Where null
    // takes something away, it stays.
    if let Some(params) = params.as_object_mut() {
        params.retain(|name, value| !value.is_null() || NULL_SPEAKS.contains(&name.as_str()));
    }
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string()
}

#[derive(Deserialize)]
struct Line {
    id: Option<u64>,
    result: Option<Value>,
    error: Option<Fault>,
    method: Option<String>,
    params: Option<Value>,
}

#[derive(Deserialize)]
struct Taken {
    call: String,
    ticket: String,
}

#[derive(Deserialize)]
struct Fault {
    message: String,
    data: Option<FaultData>,
}

#[derive(Deserialize)]
struct FaultData {
    kind: Option<Kind>,
}

/// Reads a line.
pub fn parse(line: &str) -> Incoming {
    let Ok(line) = serde_json::from_str::<Line>(line) else { return Incoming::Unknown };
    if line.method.as_deref() == Some("event") {
        let event = line.params.and_then(|params| serde_json::from_value(params).ok());
        return event.map_or(Incoming::Unknown, Incoming::Event);
    }
    if line.method.as_deref() == Some("call") {
        let taken = line.params.and_then(|params| serde_json::from_value(params).ok());
        return taken.map_or(Incoming::Unknown, |Taken { call, ticket }| Incoming::Call(call, ticket));
    }
    let Some(id) = line.id else { return Incoming::Unknown };
    match (line.error, line.result) {
        (Some(fault), _) => {
            let kind = fault.data.and_then(|data| data.kind).unwrap_or(Kind::Invalid);
            Incoming::Answer(id, Err(Error::new(kind, fault.message)))
        }
        (None, result) => Incoming::Answer(id, Ok(result.unwrap_or(Value::Null))),
    }
}

#[cfg(test)]
mod tests {
    use casemate_api::command::{MessageReact, MessageSend, Nothing};

    use super::*;

    #[test]
    fn requests_are_what_the_engine_reads() {
        let send =
            MessageSend { conversation: "c".into(), text: Some("hi".into()), ..MessageSend::default() };
        for command in [
            Command::Sync(Nothing {}),
            Command::MessageSend(send),
            Command::MessageReact(MessageReact { message: "m".into(), emoji: None }),
        ] {
            let line: Value = serde_json::from_str(&request(7, &command)).unwrap();
            assert_eq!((&line["jsonrpc"], &line["id"]), (&json!("2.0"), &json!(7)));
            let back = Command::named(line["method"].as_str().unwrap(), line["params"].clone());
            assert_eq!(back.unwrap(), command);
        }
    }

    #[test]
    fn answers_errors_events_and_nonsense() {
        assert_eq!(
            parse(r#"{"jsonrpc":"2.0","id":3,"result":{"message":"m"}}"#),
            Incoming::Answer(3, Ok(json!({"message": "m"})))
        );
        let error =
            r#"{"jsonrpc":"2.0","id":3,"error":{"code":-32005,"message":"No.","data":{"kind":"offline"}}}"#;
        assert_eq!(parse(error), Incoming::Answer(3, Err(Error::new(Kind::Offline, "No."))));
        let event = r#"{"jsonrpc":"2.0","method":"event","params":{"type":"connection","state":"online"}}"#;
        assert_eq!(parse(event), Incoming::Event(Event::Connection { state: "online".into(), why: None }));
        for nonsense in ["", "[]", r#"{"method":"event","params":{"type":"later"}}"#, r#"{"result":1}"#] {
            assert_eq!(parse(nonsense), Incoming::Unknown, "{nonsense}");
        }
    }
}

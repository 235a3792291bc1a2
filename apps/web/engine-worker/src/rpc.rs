//! JSON-RPC 2.0 between the page and the engine: one object a string. As `casemate rpc` speaks it, without batches,
//! which no page of ours sends.

use casemate_api::{Command, Error, Event, Kind};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// Bytes of a request; a message's text is far below.
const LINE_BYTES: usize = 16 * 1024 * 1024;

/// A request's id, as it was written.
pub type Id = Box<RawValue>;

/// One request.
pub struct Request {
    /// `None` on a notification, which is never answered.
    pub id: Option<Id>,
    /// What is asked, or why it cannot be done.
    pub command: Result<Command, Fault>,
}

/// A JSON-RPC error.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    code: i32,
    error: Error,
}

impl Fault {
    fn new(code: i32, message: impl Into<String>) -> Self {
        Self { code, error: Error::new(Kind::Invalid, message) }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self { code: error.code(), error }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        fault.error
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw<'a> {
    jsonrpc: &'a str,
    #[serde(default, borrow)]
    id: Option<&'a RawValue>,
    method: &'a str,
    #[serde(default)]
    params: Option<Value>,
}

/// Reads one request.
pub fn parse(line: &str) -> Request {
    let refuse = |fault| Request { id: Some(null()), command: Err(fault) };
    if line.len() > LINE_BYTES {
        return refuse(Fault::new(-32600, format!("A request has at most {LINE_BYTES} bytes.")));
    }
    let raw: Raw = match serde_json::from_str(line) {
        Ok(raw) => raw,
        Err(error) if error.is_data() => {
            return refuse(Fault::new(
                -32600,
                format!("A request is an object with jsonrpc, id, method and params: {error}."),
            ));
        }
        Err(error) => return refuse(Fault::new(-32700, format!("This is not JSON: {error}."))),
    };
    if raw.jsonrpc != "2.0" {
        return refuse(Fault::new(-32600, "A request has \"jsonrpc\": \"2.0\"."));
    }
    Request { id: raw.id.map(ToOwned::to_owned), command: command(raw.method, raw.params) }
}

fn command(method: &str, params: Option<Value>) -> Result<Command, Fault> {
    let params = match params {
        None | Some(Value::Null) => json!({}),
        Some(params @ Value::Object(_)) => params,
        Some(_) => return Err(Fault::new(-32602, "The params are an object with named fields.")),
    };
    // Without the path to a mistake, which only people who write requests need: with it the Worker is 3 % larger.
    Command::named(method, params).map_err(|error| {
        let why = error.to_string();
        let unknown = why.starts_with(&format!("unknown variant `{method}`"));
        Fault::new(if unknown { -32601 } else { -32602 }, format!("{method}: {why}."))
    })
}

/// An answer, to a request that has an id.
pub fn response(id: &RawValue, result: Result<Value, Fault>) -> String {
    #[derive(Serialize)]
    struct Response<'a> {
        jsonrpc: &'static str,
        id: &'a RawValue,
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

/// What happens by itself.
pub fn notification(event: &Event) -> String {
    json!({"jsonrpc": "2.0", "method": "event", "params": event}).to_string()
}

fn null() -> Id {
    RawValue::from_string("null".to_owned()).expect("null is JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(line: &str) -> Option<i32> {
        parse(line).command.err().map(|fault| fault.code)
    }

    #[test]
    fn ids_come_back_as_written() {
        for id in ["1", "\"a\"", "1.5", "123456789012345678901234567890"] {
            let request = parse(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"sync"}}"#));
            assert!(request.command.is_ok());
            let answer = response(&request.id.unwrap(), Ok(json!({})));
            assert_eq!(answer, format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{}}}}"#));
        }
        assert!(parse(r#"{"jsonrpc":"2.0","method":"sync"}"#).id.is_none());
    }

    #[test]
    fn each_mistake_has_its_code() {
        assert_eq!(code("{"), Some(-32700));
        assert_eq!(code("[]"), Some(-32600));
        assert_eq!(code(r#"{"id":1,"method":"sync"}"#), Some(-32600));
        assert_eq!(code(r#"{"jsonrpc":"1.0","id":1,"method":"sync"}"#), Some(-32600));
        assert_eq!(code(r#"{"jsonrpc":"2.0","id":1,"method":"no.such"}"#), Some(-32601));
        assert_eq!(code(r#"{"jsonrpc":"2.0","id":1,"method":"sync","params":[]}"#), Some(-32602));
        assert_eq!(code(r#"{"jsonrpc":"2.0","id":1,"method":"sync","params":{"x":1}}"#), Some(-32602));
        assert_eq!(code(r#"{"jsonrpc":"2.0","id":1,"method":"contact.accept","params":{}}"#), Some(-32602));
        assert_eq!(code(r#"{"jsonrpc":"2.0","id":1,"method":"contact.list","params":null}"#), None);
    }

    #[test]
    fn errors_say_their_kind() {
        let error = Error::new(Kind::Locked, "No.");
        let answer: Value = serde_json::from_str(&response(&null(), Err(error.into()))).unwrap();
        assert_eq!(answer["error"]["data"]["kind"], "locked");
        assert_eq!(answer["error"]["code"], -32004);
    }
}

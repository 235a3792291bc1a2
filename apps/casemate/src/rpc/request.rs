//! From a line to requests (JSON-RPC 2.0 §4 and §6), and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use casemate_api::{Command, Error, Kind};
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// What a line asks for.
pub enum Asked {
    /// One request, or what is wrong with it.
    One(Request),
    /// Several, answered together. Never empty.
    Batch(Vec<Request>),
}

/// One request.
pub struct Request {
    /// The id as it was written; `None` on a notification, which is never answered.
    pub id: Option<String>,
    /// What is asked, or why it cannot be done.
    pub command: Result<Command, Fault>,
}

/// A JSON-RPC error.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// JSON-RPC 2.0 §5.1, or [`Error::code`].
    pub code: i32,
    /// For people.
    pub error: Error,
}

impl Fault {
    /// With a code that `kind` alone does not tell.
    pub fn new(code: i32, message: impl Into<String>) -> Self {
        Self { code, error: Error::new(Kind::Invalid, message) }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self { code: error.code(), error }
    }
}

/// Answers nobody in particular: no id could be read.
pub const NO_ID: &str = "null";

/// What some programs write before their first line. RFC 8259 §8.1 lets a reader pass over it.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Reads one line.
pub fn parse(line: &[u8]) -> Asked {
    let line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
    let refuse = |fault| Asked::One(Request { id: Some(NO_ID.to_owned()), command: Err(fault) });
    let whole: &RawValue = match serde_json::from_slice(line) {
        Ok(whole) => whole,
        Err(error) => return refuse(Fault::new(-32700, format!("This line is not JSON: {error}."))),
    };
    if !whole.get().starts_with('[') {
        return Asked::One(parse_one(whole));
    }
    match serde_json::from_str::<Vec<&RawValue>>(whole.get()) {
        Ok(requests) if requests.is_empty() => {
            refuse(Fault::new(-32600, "A batch has at least one request."))
        }
        Ok(requests) => Asked::Batch(requests.into_iter().map(parse_one).collect()),
        Err(error) => refuse(Fault::new(-32700, format!("This line is not JSON: {error}."))),
    }
}

fn parse_one(request: &RawValue) -> Request {
    let Ok(mut fields) = serde_json::from_str::<BTreeMap<String, &RawValue>>(request.get()) else {
        return nameless(Fault::new(-32600, "A request is an object with jsonrpc, id, method and params."));
    };
    // Kept as written: a number beyond 64 bits comes back as it came.
    let id = fields.remove("id").map(|id| id.get().to_owned());
    if id.as_ref().is_some_and(|id| !is_id(id)) {
        return nameless(Fault::new(-32600, "An id is a string, a number or null."));
    }
    let command = command(fields);
    // What is not a request at all is no notification either (§5.1: the id is then null).
    let id = match &command {
        Err(fault) if fault.code == -32600 => Some(id.unwrap_or(NO_ID.to_owned())),
        _ => id,
    };
    Request { id, command }
}

fn nameless(fault: Fault) -> Request {
    Request { id: Some(NO_ID.to_owned()), command: Err(fault) }
}

fn is_id(raw: &str) -> bool {
    raw == "null" || raw.starts_with(|first: char| first == '"' || first == '-' || first.is_ascii_digit())
}

fn command(mut fields: BTreeMap<String, &RawValue>) -> Result<Command, Fault> {
    let text =
        |field: Option<&RawValue>| field.and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
    if text(fields.remove("jsonrpc")).as_deref() != Some("2.0") {
        return Err(Fault::new(-32600, "A request has \"jsonrpc\": \"2.0\"."));
    }
    let Some(method) = text(fields.remove("method")) else {
        return Err(Fault::new(-32600, "A request has a method, which is a string."));
    };
    let params = fields.remove("params");
    if let Some(unknown) = fields.keys().next() {
        return Err(Fault::new(-32600, format!("A request has no field {unknown:?}.")));
    }
    if !methods().contains(&method) {
        return Err(Fault::new(
            -32601,
            format!("There is no method {method:?}; casemate rpc --describe lists all."),
        ));
    }
    let params = match params.map(|raw| serde_json::from_str::<Value>(raw.get())) {
        None | Some(Ok(Value::Null)) => json!({}),
        Some(Ok(params @ Value::Object(_))) => params,
        Some(Ok(_)) => return Err(Fault::new(-32602, "The params are an object with named fields.")),
        // Valid as the line's syntax goes, and not to be held: half a character, a number out of range, too many layers.
        Some(Err(error)) => {
            return Err(Fault::new(-32602, format!("{method}: the params cannot be read: {error}.")));
        }
    };
    let whole = json!({method.as_str(): params});
    serde_path_to_error::deserialize(whole).map_err(|error| {
        let path = error.path().to_string();
        let field = path.strip_prefix(&method).unwrap_or(&path).trim_start_matches('.').to_owned();
        // What was given may be a file's worth of text, and stands in the reason.
        let mut why = error.into_inner().to_string();
        if let Some((cut, _)) = why.char_indices().nth(WHY_CHARS) {
            why.truncate(cut);
            why.push('…');
        }
        // Unknown and missing fields are named by the reason itself.
        let named = field.is_empty() || field == "." || why.contains(&format!("`{field}`"));
        let sentence = if named { format!("{method}: {why}.") } else { format!("{method}: {field}: {why}.") };
        Fault::new(-32602, sentence)
    })
}

/// Of a reason that is told.
const WHY_CHARS: usize = 300;

fn methods() -> &'static BTreeSet<String> {
    static METHODS: OnceLock<BTreeSet<String>> = OnceLock::new();
    METHODS.get_or_init(|| {
        let all = casemate_api::schema::describe();
        all["results"].as_object().map(|results| results.keys().cloned().collect()).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(line: &str) -> (Option<String>, Result<Command, (i32, String)>) {
        let Asked::One(request) = parse(line.as_bytes()) else { panic!("a batch") };
        (request.id, request.command.map_err(|fault| (fault.code, fault.error.message)))
    }

    #[test]
    fn any_id_comes_back_as_written() {
        for id in ["1", "\"a\"", "-3", "1.5", "null", "123456789012345678901234567890", "\"\\u00e4\""] {
            let line = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"sync"}}"#);
            assert_eq!(one(&line).0.as_deref(), Some(id));
        }
        for bad in ["{}", "[1]", "true"] {
            let line = format!(r#"{{"jsonrpc":"2.0","id":{bad},"method":"sync"}}"#);
            let (id, command) = one(&line);
            assert_eq!((id.as_deref(), command.unwrap_err().0), (Some("null"), -32600));
        }
    }

    #[test]
    fn byte_order_mark_before_a_line_is_passed_over() {
        let line = "\u{feff}{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"account.show\"}";
        let (id, command) = one(line);
        assert_eq!(id.as_deref(), Some("1"));
        assert!(command.is_ok());
    }

    #[test]
    fn without_an_id_it_is_a_notification() {
        let (id, command) = one(r#"{"jsonrpc":"2.0","method":"sync","params":{}}"#);
        assert_eq!(id, None);
        assert!(command.is_ok());
        assert_eq!(one(r#"{"jsonrpc":"2.0","method":"no.such"}"#).0, None);
    }

    #[test]
    fn missing_params_are_no_params() {
        assert!(one(r#"{"jsonrpc":"2.0","id":1,"method":"contact.list"}"#).1.is_ok());
        assert!(one(r#"{"jsonrpc":"2.0","id":1,"method":"contact.list","params":null}"#).1.is_ok());
    }

    #[test]
    fn each_mistake_has_its_code_and_names_the_field() {
        let cases = [
            ("{", -32700, "not JSON"),
            ("\u{1}", -32700, "not JSON"),
            ("3", -32600, "object"),
            ("[]", -32600, "batch"),
            (r#"{"id":1,"method":"sync"}"#, -32600, "2.0"),
            (r#"{"jsonrpc":"2.0","id":1}"#, -32600, "method"),
            (r#"{"jsonrpc":"2.0","id":1,"method":5}"#, -32600, "method"),
            (r#"{"jsonrpc":"2.0","id":1,"method":"sync","parms":{}}"#, -32600, "parms"),
            (r#"{"jsonrpc":"2.0","id":1,"method":"no.such"}"#, -32601, "no.such"),
            (r#"{"jsonrpc":"2.0","id":1,"method":"sync","params":[]}"#, -32602, "object"),
            (r#"{"jsonrpc":"2.0","id":1,"method":"sync","params":{"x":1}}"#, -32602, "`x`"),
            (r#"{"jsonrpc":"2.0","id":1,"method":"sync","params":{"x":"\ud800"}}"#, -32602, "cannot be read"),
            (r#"{"jsonrpc":"2.0","id":1,"method":"contact.accept","params":{}}"#, -32602, "`who`"),
            (r#"{"jsonrpc":"2.0","id":1,"method":"contact.accept","params":{"who":5}}"#, -32602, "who"),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"message.send","params":{"conversation":"c","attachments":[{"path":1}]}}"#,
                -32602,
                "attachments[0].path",
            ),
        ];
        for (line, code, names) in cases {
            let (_, command) = one(line);
            let (found, message) = command.unwrap_err();
            assert_eq!(found, code, "{line}");
            assert!(message.contains(names), "{line}: {message}");
        }
        let not_utf8 = parse(b"{\"jsonrpc\":\"\xff\"}");
        let Asked::One(Request { command: Err(fault), .. }) = not_utf8 else { panic!("taken") };
        assert_eq!(fault.code, -32700);
    }

    #[test]
    fn deep_nesting_is_refused() {
        let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let Asked::Batch(requests) = parse(nested.as_bytes()) else { panic!("one") };
        assert!(matches!(&requests[..], [Request { command: Err(Fault { code: -32600, .. }), .. }]));
        let line = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"sync","params":{{"x":{nested}}}}}"#);
        let (code, message) = one(&line).1.unwrap_err();
        assert!(code == -32602 && message.contains("recursion limit"), "{message}");
    }

    #[test]
    fn a_batch_keeps_its_order_and_its_bad_parts() {
        let line = br#"[{"jsonrpc":"2.0","id":1,"method":"sync"}, 7, {"jsonrpc":"2.0","method":"sync"}]"#;
        let Asked::Batch(requests) = parse(line) else { panic!("one") };
        let ids: Vec<_> = requests.iter().map(|request| request.id.as_deref()).collect();
        assert_eq!(ids, [Some("1"), Some("null"), None]);
    }
}

//! Which files of this machine a command names. Over the page's session it names only those that the page lent: a person who has a
//! run's token from somewhere sends no key of the person's and writes nowhere.

use casemate_api::{Command, Error, Kind};

/// What a command names.
#[derive(Debug, PartialEq, Eq)]
pub enum Named {
    /// No file.
    Nothing,
    /// Files that it reads.
    ToRead(Vec<String>),
    /// One that it makes. The page has other ways to what is made (`export`, `files`).
    ToWrite(String),
}

/// The files of a command.
pub fn named(command: &Command) -> Named {
    let read = match command {
        Command::AttachmentSave(wanted) => return Named::ToWrite(wanted.path.clone()),
        Command::DataExport(wanted) => return Named::ToWrite(wanted.path.clone()),
        Command::ReportCreate(wanted) => return Named::ToWrite(wanted.path.clone()),
        Command::BackupCreate(wanted) => match &wanted.path {
            Some(path) => return Named::ToWrite(path.clone()),
            None => Vec::new(),
        },
        Command::BackupRestore(wanted) => wanted.path.iter().cloned().collect(),
        Command::HistoryImport(wanted) => vec![wanted.path.clone()],
        Command::IndicatorsImport(wanted) => vec![wanted.path.clone()],
        command => casemate_engine::files_of(command).into_iter().map(|file| file.path).collect(),
    };
    if read.is_empty() { Named::Nothing } else { Named::ToRead(read) }
}

/// What the page hears.
pub fn refused(path: &str) -> Error {
    let sentence = format!("{path} was not chosen in this page, so it stays untouched.");
    Error::new(Kind::NotAllowed, sentence)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::*;

    fn command(method: &str, params: Value) -> Command {
        serde_json::from_value(json!({method: params})).unwrap()
    }

    #[test]
    fn commands_files_are_all_known() {
        let read = |path: &str| Named::ToRead(vec![path.to_owned()]);
        let write = || Named::ToWrite("/x".to_owned());
        let old = json!({"at": "2020-01-01T00:00:00Z", "mine": true, "text": "", "file": "/x"});
        let part = json!({"name": "Ana", "total": 1, "place": 0, "messages": [old]});
        let attached = json!([{"path": "/x"}]);
        let all = [
            ("account.set", json!({"picture": "/x"}), read("/x")),
            ("attachment.save", json!({"message": "m", "index": 0, "path": "/x"}), write()),
            ("backup.create", json!({"path": "/x"}), write()),
            ("backup.restore", json!({"path": "/x"}), read("/x")),
            ("conversation.set", json!({"conversation": "c", "picture": "/x"}), read("/x")),
            ("data.export", json!({"path": "/x"}), write()),
            ("history.add", part, read("/x")),
            ("history.import", json!({"path": "/x"}), read("/x")),
            ("indicators.import", json!({"path": "/x"}), read("/x")),
            ("list.send", json!({"list": "l", "attachments": attached}), read("/x")),
            ("message.send", json!({"conversation": "c", "attachments": attached}), read("/x")),
            ("report.create", json!({"path": "/x"}), write()),
        ];
        for (method, params, wanted) in &all {
            assert_eq!(named(&command(method, params.clone())), *wanted, "{method}");
        }
        assert_eq!(
            named(&command("message.send", json!({"conversation": "c", "text": "/x"}))),
            Named::Nothing
        );
        // A command that gets such a field has to be named here.
        let schema = casemate_api::schema::describe();
        let mut methods = BTreeSet::new();
        for request in schema["requests"]["oneOf"].as_array().unwrap() {
            let method = request["properties"]["method"]["const"].as_str().unwrap();
            if names_a_file(request, &schema["requests"], 0) {
                methods.insert(method.to_owned());
            }
        }
        assert_eq!(methods, all.iter().map(|(method, ..)| (*method).to_owned()).collect());
    }

    fn names_a_file(schema: &Value, root: &Value, depth: u32) -> bool {
        match schema {
            Value::Object(fields) => fields.iter().any(|(name, inside)| match name.as_str() {
                "$ref" => {
                    let place = inside.as_str().unwrap().trim_start_matches('#');
                    depth < 8 && names_a_file(root.pointer(place).unwrap(), root, depth + 1)
                }
                "properties" => {
                    let own = ["path", "file", "picture"];
                    let text = |name: &str| {
                        inside.get(name).is_some_and(|field| field["type"].to_string().contains("string"))
                    };
                    own.iter().any(|name| text(name)) || names_a_file(inside, root, depth)
                }
                _ => names_a_file(inside, root, depth),
            }),
            Value::Array(many) => many.iter().any(|inside| names_a_file(inside, root, depth)),
            _ => false,
        }
    }
}

//! The whole interface as one JSON Schema, for `casemate rpc --describe`.

use serde_json::{Map, Value, json};

use crate::{Command, Error, Event, view};

/// Requests, results by method, events and errors.
pub fn describe() -> Value {
    let schema = |schema: schemars::Schema| schema.to_value();
    json!({
        "jsonrpc": "2.0",
        "about": "One JSON-RPC 2.0 object a line on stdin and stdout. Ids are strings, times RFC 3339 UTC, addresses name@server, paths local files.",
        "requests": schema(schemars::schema_for!(Command)),
        "results": results(),
        "events": schema(schemars::schema_for!(Event)),
        "errors": schema(schemars::schema_for!(Error)),
    })
}

/// What each method answers.
fn results() -> Value {
    let nothing = || json!({"type": "object", "properties": {}});
    let schema = |schema: schemars::Schema| schema.to_value();
    let results = [
        ("account.create", schema(schemars::schema_for!(view::AccountCreated))),
        ("account.show", schema(schemars::schema_for!(view::Account))),
        ("account.set", nothing()),
        ("account.unlock", nothing()),
        ("account.passphrase", nothing()),
        ("account.passkey", nothing()),
        ("account.prove", nothing()),
        ("account.lock", nothing()),
        ("account.delete", nothing()),
        ("account.keep", nothing()),
        ("recovery.kit", schema(schemars::schema_for!(view::RecoveryKit))),
        ("recovery.written", nothing()),
        ("recovery.restore", schema(schemars::schema_for!(view::AccountRestored))),
        ("invite.create", schema(schemars::schema_for!(view::Invite))),
        ("sync", nothing()),
        ("contact.knock", nothing()),
        ("contact.requests", schema(schemars::schema_for!(view::ContactRequests))),
        ("contact.accept", nothing()),
        ("contact.decline", nothing()),
        ("contact.withdraw", nothing()),
        ("contact.block", nothing()),
        ("contact.unblock", nothing()),
        ("contact.safety", schema(schemars::schema_for!(view::Safety))),
        ("contact.verify", nothing()),
        ("contact.looked", nothing()),
        ("contact.strict", nothing()),
        ("contact.nickname", nothing()),
        ("contact.list", schema(schemars::schema_for!(view::Contacts))),
        ("conversation.create", schema(schemars::schema_for!(view::ConversationCreated))),
        ("conversation.requests", schema(schemars::schema_for!(view::ConversationRequests))),
        ("conversation.accept", nothing()),
        ("conversation.decline", nothing()),
        ("conversation.list", schema(schemars::schema_for!(view::Conversations))),
        ("conversation.show", schema(schemars::schema_for!(view::Conversations))),
        ("conversation.add", nothing()),
        ("conversation.remove", nothing()),
        ("conversation.leave", nothing()),
        ("conversation.set", nothing()),
        ("conversation.notes", schema(schemars::schema_for!(view::ConversationCreated))),
        ("conversation.mark", nothing()),
        ("conversation.draft", nothing()),
        ("recording.keep", nothing()),
        ("recording.show", schema(schemars::schema_for!(view::Recording))),
        ("recording.remove", nothing()),
        ("conversation.scheduled", schema(schemars::schema_for!(view::Messages))),
        ("conversation.typing", nothing()),
        ("presence.set", nothing()),
        ("push.key", schema(schemars::schema_for!(view::PushKey))),
        ("push.set", nothing()),
        ("conversation.clear", nothing()),
        ("group.link", schema(schemars::schema_for!(view::Invite))),
        ("group.link_reset", nothing()),
        ("group.asked", schema(schemars::schema_for!(view::JoinRequests))),
        ("group.approve", nothing()),
        ("group.refuse", nothing()),
        ("list.set", schema(schemars::schema_for!(view::ListMade))),
        ("list.remove", nothing()),
        ("list.list", schema(schemars::schema_for!(view::Lists))),
        ("list.draft", nothing()),
        ("list.send", schema(schemars::schema_for!(view::ListSent))),
        ("history.import", schema(schemars::schema_for!(view::Imported))),
        ("history.add", schema(schemars::schema_for!(view::ConversationCreated))),
        ("message.send", schema(schemars::schema_for!(view::MessageSent))),
        ("message.list", schema(schemars::schema_for!(view::Messages))),
        ("message.edit", nothing()),
        ("message.delete", nothing()),
        ("message.react", nothing()),
        ("message.read", nothing()),
        ("message.pin", nothing()),
        ("message.star", nothing()),
        ("message.search", schema(schemars::schema_for!(view::Messages))),
        ("message.forward", schema(schemars::schema_for!(view::Forwarded))),
        ("message.open", schema(schemars::schema_for!(view::MessageOpened))),
        ("message.reschedule", nothing()),
        ("message.listen", nothing()),
        ("call.start", schema(schemars::schema_for!(view::CallStarted))),
        ("call.answer", nothing()),
        ("call.decline", nothing()),
        ("call.leave", nothing()),
        ("call.link", schema(schemars::schema_for!(view::Invite))),
        ("call.find", schema(schemars::schema_for!(view::CallFound))),
        ("call.sign", nothing()),
        ("call.list", schema(schemars::schema_for!(view::Calls))),
        ("call.stats", schema(schemars::schema_for!(view::CallStats))),
        ("device.request", schema(schemars::schema_for!(view::DeviceCode))),
        ("device.inspect", schema(schemars::schema_for!(view::DeviceAsking))),
        ("device.approve", schema(schemars::schema_for!(view::DeviceApproved))),
        ("device.list", schema(schemars::schema_for!(view::Devices))),
        ("device.remove", schema(schemars::schema_for!(view::DeviceRemoved))),
        ("device.rename", nothing()),
        ("device.sign_out", nothing()),
        ("message.info", schema(schemars::schema_for!(view::MessageInfo))),
        ("message.history", schema(schemars::schema_for!(view::MessageHistory))),
        ("poll.vote", nothing()),
        ("poll.close", nothing()),
        ("settings.show", schema(schemars::schema_for!(view::Settings))),
        ("settings.set", nothing()),
        ("storage.usage", schema(schemars::schema_for!(view::Storage))),
        ("data.export", schema(schemars::schema_for!(view::Exported))),
        ("data.export_cancel", nothing()),
        ("backup.passphrase", schema(schemars::schema_for!(view::BackupPassphrase))),
        ("backup.create", schema(schemars::schema_for!(view::BackedUp))),
        ("backup.restore", schema(schemars::schema_for!(view::BackupRestored))),
        ("backup.show", schema(schemars::schema_for!(view::BackupState))),
        ("backup.read", schema(schemars::schema_for!(view::BackupPage))),
        ("backup.put", schema(schemars::schema_for!(view::BackupPlaced))),
        ("backup.sign", schema(schemars::schema_for!(view::BackupSigned))),
        ("backup.open", schema(schemars::schema_for!(view::BackupOpened))),
        ("backup.store", schema(schemars::schema_for!(view::BackupStored))),
        ("backup.fetch", schema(schemars::schema_for!(view::BackupFetched))),
        ("backup.cancel", nothing()),
        ("backup.passkey", nothing()),
        ("backup.end", nothing()),
        ("report.create", schema(schemars::schema_for!(view::Reported))),
        ("report.sign", schema(schemars::schema_for!(view::ReportSigned))),
        ("indicators.import", schema(schemars::schema_for!(view::IndicatorsAdded))),
        ("indicators.add", schema(schemars::schema_for!(view::IndicatorsAdded))),
        ("indicators.update", schema(schemars::schema_for!(view::IndicatorsAdded))),
        ("indicators.list", schema(schemars::schema_for!(view::IndicatorLists))),
        ("indicators.remove", nothing()),
        ("indicators.look_back", schema(schemars::schema_for!(view::LookBack))),
        ("link.look", schema(schemars::schema_for!(view::LinkLooked))),
        ("link.preview", schema(schemars::schema_for!(view::LinkPreviewed))),
        ("guard.checkup", schema(schemars::schema_for!(view::Checkup))),
        ("guard.note", nothing()),
        ("guard.release", nothing()),
        ("guard.journal", schema(schemars::schema_for!(view::GuardJournal))),
        ("attachment.save", schema(schemars::schema_for!(view::Saved))),
        ("attachment.cancel", nothing()),
    ];
    results.into_iter().map(|(method, schema)| (method.to_owned(), schema)).collect::<Map<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_a_result_and_unknown_fields_are_errors() {
        let all = describe();
        let methods = all["requests"]["oneOf"].as_array().unwrap();
        for method in methods {
            let name = method["properties"]["method"]["const"].as_str().unwrap();
            assert!(all["results"].get(name).is_some(), "{name} has no result schema");
        }
        let parse = |text: &str| serde_json::from_str::<Command>(text);
        assert!(parse(r#"{"sync":{}}"#).is_ok());
        assert!(parse(r#"{"sync":{"x":1}}"#).is_err());
        assert!(parse(r#"{"message.edit":{"message":"a","text":"b"}}"#).is_ok());
        assert!(parse(r#"{"message.edit":{"message":"a","text":"b","more":1}}"#).is_err());
        assert!(parse(r#"{"no.such":{}}"#).is_err());
    }
}

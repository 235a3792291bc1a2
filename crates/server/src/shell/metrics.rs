//! `/metrics`, in the text format that Prometheus reads. Sums over everybody: nothing here has a name or an id.

use std::fmt::Write;
use std::sync::atomic::Ordering;

use super::Shell;
use super::process::resident_bytes;
use crate::router::calls::{Reached, Relay};

/// All numbers as text.
pub(super) fn text(shell: &Shell) -> String {
    let Shell { hub, syncs, ready, missing, .. } = shell;
    let missing: usize = missing.borrow().values().sum();
    let (counters, (logs, inboxes, under_way), outbox, waiting) = {
        let router = hub.router();
        (router.counters(), router.gauges(), router.queued_bytes(), router.waiting())
    };
    let gauge = "gauge";
    let counter = "counter";
    let freed = hub.troubles().relieved.load(Ordering::Relaxed);
    let damaged = hub.troubles().damaged.load(Ordering::Relaxed);
    let rows: [(&str, &str, &str, u64); 22] = [
        ("connections", gauge, "WebSocket connections open now", counters.connections),
        ("connections_opened_total", counter, "WebSocket connections ever opened", counters.connected),
        ("frames_received_total", counter, "Frames received", counters.frames_in),
        ("frames_queued_total", counter, "Frames queued for sending", counters.frames_out),
        ("entries_stored_total", counter, "Log entries stored durably", counters.appended),
        ("entries_pushed_total", counter, "Entries and items pushed as they came", counters.pushed),
        ("ephemera_relayed_total", counter, "Copies of ephemera handed on", counters.relayed),
        ("readers_behind_total", counter, "Times a slow reader went over to pages", counters.fell_behind),
        ("requests_refused_total", counter, "Requests refused", counters.refused),
        ("frames_malformed_total", counter, "Frames that were not of the protocol", counters.malformed),
        ("logs_followed", gauge, "Logs that a connection follows now", logs as u64),
        ("inboxes_followed", gauge, "Inboxes that a connection follows now", inboxes as u64),
        ("requests_under_way", gauge, "Requests not answered yet", under_way as u64),
        ("outbox_bytes", gauge, "Bytes that wait for connections that read slowly", outbox as u64),
        ("sockets", gauge, "Sockets that are no WebSockets, this one included", hub.door.plain() as u64),
        ("delivery_queue", gauge, "Operations waiting for delivery", hub.queued() as u64),
        ("directory_queue", gauge, "Requests waiting for the directory", waiting.asks.into()),
        (
            "directory_work",
            gauge,
            "What they cost, in signatures of about 50 microseconds",
            waiting.work.into(),
        ),
        ("damaged_records", gauge, "Records of messages that are damaged on the disk and set aside", damaged),
        (
            "freed_early_bytes_total",
            counter,
            "Bytes of conversations over their share, freed on a full disk",
            freed,
        ),
        ("missing_files", gauge, "Files that are stored by their rows, and missing or cut", missing as u64),
        ("resident_memory_bytes", gauge, "Memory of the process", resident_bytes().unwrap_or(0)),
    ];
    let mut text = String::with_capacity(2048);
    for (name, kind, help, value) in rows {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "# HELP casemate_{name} {help}\n# TYPE casemate_{name} {kind}\ncasemate_{name} {value}"
        );
    }
    write_relays(&mut text, hub.router().relays());
    shell.process.write_to(&mut text);
    write_certificate(&mut text, shell);
    syncs.write_to(&mut text);
    ready.write_to(&mut text, hub);
    text
}

/// Each relay by the name that the operator gave it: whether it is reached, which build it is, and how much it has to do.
fn write_relays(text: &mut String, relays: &[Relay]) {
    let quoted = |name: &str| name.replace(['\\', '"', '\n'], "_");
    let rows: [(&str, &str, fn(&Relay) -> u32); 4] = [
        ("relay_up", "Whether a relay is reached", |relay| u32::from(relay.reached == Reached::Yes)),
        ("relay_drains", "Whether a relay of another build is to be replaced", |relay| {
            u32::from(relay.drains)
        }),
        ("relay_rooms", "Rooms of a relay with somebody in them", |relay| relay.seen.0),
        ("relay_participants", "Participants in all rooms of a relay", |relay| relay.seen.1),
    ];
    for (name, help, value) in rows {
        let _ = writeln!(text, "# HELP casemate_{name} {help}\n# TYPE casemate_{name} gauge");
        for relay in relays {
            let (name_of, build) = (quoted(&relay.name), quoted(&relay.build));
            let _ =
                writeln!(text, "casemate_{name}{{relay=\"{name_of}\",build=\"{build}\"}} {}", value(relay));
        }
    }
}

/// Until when the certificate holds, where this server shows one and knows.
fn write_certificate(text: &mut String, shell: &Shell) {
    let Some(ends) = shell.acceptance.as_ref().and_then(|acceptance| acceptance.certificate_ends()) else {
        return;
    };
    let name = "casemate_certificate_expiry_timestamp_seconds";
    let help = "When the certificate that is shown ends, in Unix time";
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {ends}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Limits;
    use crate::router::Router;

    #[test]
    fn metrics_of_relays_name_their_build_and_quote_what_an_operator_named() {
        let mut router = Router::new(Limits::default(), [7; 32]);
        let [one, _] = ["own", "a\"b\n"].map(|name| router.add_relay(name));
        router.relay_is(one, Reached::Yes);
        router.relay_greets(one, true, "0.1+ab", true);
        router.relay_seen(one, (2, 5));
        let mut text = String::new();
        write_relays(&mut text, router.relays());
        for line in [
            "casemate_relay_up{relay=\"own\",build=\"0.1+ab\"} 1",
            "casemate_relay_drains{relay=\"own\",build=\"0.1+ab\"} 1",
            "casemate_relay_rooms{relay=\"own\",build=\"0.1+ab\"} 2",
            "casemate_relay_participants{relay=\"own\",build=\"0.1+ab\"} 5",
            "casemate_relay_up{relay=\"a_b_\",build=\"\"} 0",
        ] {
            assert!(text.lines().any(|one| one == line), "{line} is not in {text}");
        }
    }
}

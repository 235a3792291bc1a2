//! A call's link (`call.link`, `call.find`): names a group to its members, and nothing to anybody else. No right is in it:
//! whoever opens it joins as a member or not at all. It is no secret either, but says as little as one.
//!
//! ```text
//! {server}/#/call/{the first 16 bytes of SHA-256(label ‖ the group's log)}
//! ```
//! What stands after the `#` goes to no server. A group that goes on in another log is still found by its old links, by
//! those who were in the old one.

use casemate_api::command::{CallFind, InConversation};
use casemate_api::view;
use casemate_content::proto::ConversationKind;
use casemate_wire::ids::{Hash32, LogId};
use data_encoding::BASE64URL_NOPAD;

use super::row::Call;
use crate::core::{Ctx, Done, not_allowed, not_found};
use crate::db;
use crate::thread::{Standing, Thread};

/// Bytes of a name: nobody meets another group's by chance, and a QR code stays small.
const NAME: usize = 16;

/// Longer is no link of ours.
const MOST: usize = 600;

impl Ctx<'_> {
    /// `call.link`
    pub fn call_link(&mut self, command: u64, wanted: &InConversation) -> Done<()> {
        let thread = self.active_thread(&wanted.conversation)?;
        let log = thread.active_log.filter(|_| thread.kind == ConversationKind::Group);
        let log = log.ok_or_else(|| not_allowed("Only groups have a link for their calls."))?;
        let server = db::setting(self.db, "server_url")?.unwrap_or_default();
        let link = format!("{}/#/call/{}", String::from_utf8_lossy(&server), name(log));
        self.reply(command, view::Invite { link });
        Ok(())
    }

    /// `call.find`
    pub fn call_find(&mut self, command: u64, wanted: &CallFind) -> Done<()> {
        // The same answer whatever it is, so that a link tells nobody what it names.
        let nothing = || not_found("This link leads to no call of yours.");
        let link = wanted.link.trim();
        if link.len() > MOST {
            return Err(nothing());
        }
        let sought = link.rsplit('/').next().unwrap_or_default();
        let thread = self.thread_of_link(sought)?.ok_or_else(nothing)?;
        let call = self.call_now(&thread)?.map(|call| call.id.to_hex());
        self.reply(command, view::CallFound { conversation: thread.key, call });
        Ok(())
    }

    fn thread_of_link(&self, sought: &str) -> Done<Option<Thread>> {
        let mut statement = self.db.prepare_cached("SELECT log, thread FROM logs ORDER BY thread")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let log: Vec<u8> = row.get(0)?;
            let Ok(log) = LogId::try_from(&log[..]) else { continue };
            if name(log) != sought {
                continue;
            }
            let thread = self.thread_by_id(row.get(1)?)?;
            return Ok(thread.filter(|thread| {
                thread.kind == ConversationKind::Group && thread.standing == Standing::Active
            }));
        }
        Ok(None)
    }

    /// The one that this device takes part in, or could join.
    fn call_now(&self, thread: &Thread) -> Done<Option<Call>> {
        let taken = self.calls_taken()?.into_iter().find(|call| call.thread == thread.id);
        match (taken, thread.active_log) {
            (None, Some(log)) => self.call_going_on(thread.id, log),
            (taken, _) => Ok(taken),
        }
    }
}

fn name(log: LogId) -> String {
    let hash = Hash32::of(&[b"casemate/call-link/v1", &log.0]);
    BASE64URL_NOPAD.encode(&hash.0[..NAME])
}

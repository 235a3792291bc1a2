//! Whether the connection is one still. Whose network changed has one that takes everything and gives nothing, which the
//! driver notices after most of a minute of silence. Where something else says so before, the server is asked for a sign of
//! life, and who gets none connects anew.

use casemate_wire::proto::wire::Ping;
use casemate_wire::proto::wire::client_frame::Request;

use crate::connection::Awaiting;
use crate::core::Ctx;
use crate::io::Output;

/// A server that says nothing for so long is not reached. Shorter connects anew where the network is only slow.
const PATIENCE_MS: i64 = 2_000;

/// A connection that is so new is not doubted: a server that is slow would be asked again and again.
const NEW_MS: i64 = 5_000;

impl Ctx<'_> {
    /// Something says that the network may be another one.
    pub fn doubt_connection(&mut self) {
        if self.online() && self.doubtful_from() <= self.now_ms && self.core.session.doubted_ms.is_none() {
            self.core.session.doubted_ms = Some(self.now_ms.saturating_add(PATIENCE_MS));
            // That there is an answer is all.
            self.send(Request::Ping(Ping {}), Awaiting::Ignored);
        }
    }

    /// Not before then is it doubted.
    pub fn doubtful_from(&self) -> i64 {
        self.core.session.greeted_ms.saturating_add(NEW_MS)
    }

    /// It said nothing: whatever it says clears the doubt.
    pub fn connection_dead(&mut self) {
        if self.core.session.doubted_ms.take_if(|until| *until <= self.now_ms).is_some() {
            self.out.push(Output::Reconnect { why: "the server gives no sign of life".to_owned() });
        }
    }

    pub fn next_doubt(&self) -> Option<i64> {
        self.core.session.doubted_ms
    }
}

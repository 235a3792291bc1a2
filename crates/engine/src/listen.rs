//! Voice messages that were listened to (`message.listen`): own devices share it, and nobody else learns of it.

use casemate_api::command::OneMessage;
use casemate_content::proto as content;
use casemate_content::proto::own::Kind as OwnKind;
use casemate_wire::ids::MessageId;

use crate::core::{Ctx, Done};
use crate::meant::early_id;

impl Ctx<'_> {
    /// `message.listen`
    pub fn message_listen(&mut self, command: u64, wanted: &OneMessage) -> Done<()> {
        let row = self.message_by_key(&wanted.message)?;
        if !row.listened && row.account != self.me()?.account() {
            let said = content::OwnListened { message: row.said().into(), author: row.author_said() };
            self.listened_received(&said)?;
            self.tell_siblings(OwnKind::Listened(said))?;
        }
        self.reply_nothing(command);
        Ok(())
    }

    /// Listened to here or on a sibling.
    pub fn listened_received(&mut self, said: &content::OwnListened) -> Done<()> {
        let Ok(message) = MessageId::try_from(&said.message[..]) else { return Ok(()) };
        let Some(row) = self.own_meant(message, &said.author)? else {
            return self.marked_early(early_id(message, &said.author), None, true);
        };
        self.db.prepare_cached("UPDATE messages SET listened = 1 WHERE id = ?1")?.execute([row.id])?;
        self.message_changed(&row)
    }
}

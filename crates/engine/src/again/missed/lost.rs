//! What the server's disk damaged before somebody had it: they name the entries, and who said something in them says it again.

use casemate_content::proto as content;
use casemate_crypto::LeafInfo;
use casemate_wire::ids::MessageId;

use crate::core::{Ctx, Done, Fail};
use crate::log::{LogRow, State};
use crate::receipt::MISSED;
use crate::thread::Standing;

impl Ctx<'_> {
    /// Each entry once: all who have it pass over it.
    pub(super) fn say_what_was_lost(
        &mut self,
        row: &LogRow,
        to: &LeafInfo,
        now: u64,
        reader: &content::Reader,
    ) -> Done<()> {
        let lost = &reader.lost;
        let is_lost = |entry: u64| {
            lost.iter().take(MISSED).any(|stretch| (stretch.first..=stretch.last).contains(&entry))
        };
        let Some(first) = lost.iter().take(MISSED).map(|stretch| stretch.first).min() else { return Ok(()) };
        // A server that showed it something else before cannot hide that behind a loss.
        let body = content::Content {
            seen_entry: first.saturating_sub(1),
            seen_hash: reader.chain_before.clone(),
            ..content::Content::default()
        };
        self.compare_views(row, to, &body)?;
        let thread = self
            .thread_by_id(row.thread)?
            .filter(|thread| thread.active_log == Some(row.log) && thread.standing == Standing::Active);
        let since = self.in_log_since(row.log, (to.account, to.device))?;
        let (Some(thread), Some(since), State::Live) = (thread, since, row.state) else { return Ok(()) };
        match self.check_reachable(&thread) {
            Ok(()) => {}
            Err(Fail::User(_)) => return Ok(()),
            Err(error) => return Err(error),
        }
        let here = self.accounts_in(row.log)?;
        for (entry, device, body) in self.said_after(row.log, first.saturating_sub(1))? {
            let wanted = is_lost(entry) && entry < now && entry > since.unsigned_abs();
            if !wanted || self.core.lost.said_again.contains(&(row.log, entry)) {
                continue;
            }
            let again = match MessageId::try_from(&body.message_id[..]) {
                Ok(message) => self.again_entry(message)?,
                Err(_) => None,
            };
            // They have it from there.
            if again.is_some_and(|again| again.unsigned_abs() < now && !is_lost(again.unsigned_abs())) {
                continue;
            }
            let heard = here.is_subset(&self.accounts_at(row.log, entry as i64)?);
            if heard && self.speaks_for(row.log, device, to)? {
                self.core.lost.said_again.insert((row.log, entry));
                self.say_once_more(thread.id, body, &here)?;
            }
        }
        Ok(())
    }
}

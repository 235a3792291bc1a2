//! The rules of docs/protocol.md, "Delivery", as pure functions: from a log's state and a request to a change or
//! a refusal. No store, no clock, no sockets.

use casemate_wire::ids::Hash32;
use casemate_wire::limits::READERS;
use subtle::ConstantTimeEq;

use super::ops::{Ack, Append, Commit, CreateLog, Follow, PutReceipt, Refusal, ReplaceReader};
use crate::store::{Dropped, LogState, Mutation, NewCommit, NewEntry, Reader, Readers};

/// What a request to create a log leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum Creation {
    /// The log is new.
    New(Mutation),
    /// The same request came before: answered as then.
    Repeated,
}

/// A new log. `found` is the log of that id, where there is one, and its reader of that hash.
pub fn decide_create(
    found: Option<(&LogState, Option<&Reader>)>,
    create: &CreateLog,
    now_ms: i64,
) -> Result<Creation, Refusal> {
    match found {
        None => Ok(Creation::New(Mutation::CreateLog {
            log: create.log,
            write_hash: create.write_hash,
            reader_hash: create.reader_hash,
            at_ms: now_ms,
        })),
        Some((state, Some(_))) if same(&state.write_hash, &create.write_hash) => Ok(Creation::Repeated),
        Some(_) => Err(Refusal::Taken),
    }
}

/// Whether it shows the token of the epoch.
pub fn may_write(state: &LogState, append: &Append) -> bool {
    same(&state.write_hash, &append.write_hash)
}

/// An entry that is not a commit. That it is no repeat has been looked at before.
pub fn decide_append(state: &LogState, append: &Append, now_ms: i64) -> Result<NewEntry, Refusal> {
    if !may_write(state, append) {
        return Err(Refusal::Stale);
    }
    Ok(entry(state, append, None, now_ms))
}

/// A commit. That it is no repeat has been looked at before.
pub fn decide_commit(
    state: &LogState,
    readers: &Readers,
    append: &Append,
    commit: &Commit,
    now_ms: i64,
) -> Result<NewEntry, Refusal> {
    // Who lost a race shows the token of an epoch that has ended, and a reader: it needs to know why. Who shows neither learns nothing.
    if !may_write(state, append) && readers.find(&commit.reader).is_none() {
        return Err(Refusal::Stale);
    }
    if commit.previous != state.last_commit {
        return Err(Refusal::CommitLost { entry: state.last_commit });
    }
    if !may_write(state, append) {
        return Err(Refusal::Stale);
    }
    if readers.find(&commit.reader).is_none() {
        return Err(Refusal::NotAllowed);
    }
    check_readers(readers, commit)?;
    if commit.urgent {
        match state.urgent_wait_ms(now_ms) {
            0 => {}
            retry_after_ms => return Err(Refusal::RateLimited { retry_after_ms }),
        }
    } else {
        match state.calm_wait_ms(now_ms) {
            0 => {}
            retry_after_ms => return Err(Refusal::TooSoon { retry_after_ms }),
        }
    }
    let change = NewCommit {
        previous: commit.previous,
        next_write_hash: commit.next_write_hash,
        urgent: commit.urgent,
        add_readers: commit.add_readers.clone(),
        keep_readers: commit.keep_readers.clone(),
    };
    Ok(entry(state, append, Some(change), now_ms))
}

/// From where a reader is served: entries after the number that is given back.
///
/// Not from before it was added, and not what every reader has processed. Where something that it may read and
/// has not processed has expired, it is told so rather than left with a gap that it cannot see.
pub fn decide_follow(state: &LogState, reader: Option<&Reader>, follow: &Follow) -> Result<u64, Refusal> {
    let reader = reader.ok_or(Refusal::NotAllowed)?;
    let after = follow.after.max(reader.from.saturating_sub(1)).max(state.watermark).min(state.head());
    if after.saturating_add(1) < state.first_entry {
        return Err(Refusal::Gone { first: state.first_entry });
    }
    Ok(after)
}

/// An acknowledgement.
pub fn decide_ack(state: &LogState, reader: Option<&Reader>, ack: &Ack) -> Result<Option<Mutation>, Refusal> {
    let reader = reader.ok_or(Refusal::NotAllowed)?;
    let up_to = ack.up_to.min(state.head());
    if up_to <= reader.cursor {
        return Ok(None);
    }
    Ok(Some(Mutation::Ack { log: ack.log, reader: ack.reader, up_to }))
}

/// What a reader says of how far it has got takes the place of what it said before.
pub fn decide_put_receipt(readers: &Readers, put: &PutReceipt, now_ms: i64) -> Result<Mutation, Refusal> {
    readers.find(&put.reader).ok_or(Refusal::NotAllowed)?;
    // The clock, so that none comes twice though the reader with the newest goes; and later than all, though the clock was set back.
    let version = readers.newest_receipt().saturating_add(1).max(now_ms.max(0).unsigned_abs());
    Ok(Mutation::Receipt { log: put.log, reader: put.reader, version, sealed: put.sealed.clone() })
}

/// Which commit a reader is shown that was dropped: none that came after the one that dropped it. Whether it is a commit is seen
/// where it is read.
pub fn decide_left_out(
    state: &LogState,
    readers: &Readers,
    follow: &Follow,
    now_ms: i64,
) -> Result<(Dropped, u64), Refusal> {
    let dropped = dropped(readers, &follow.reader, now_ms)?;
    let entry = match follow.left_out {
        None => return Err(Refusal::NotAllowed),
        Some(0) => dropped.by,
        Some(entry) => entry,
    };
    if entry > dropped.by || entry < dropped.reader.from {
        return Err(Refusal::NotAllowed);
    }
    if entry < state.first_entry {
        return Err(Refusal::Gone { first: state.first_entry });
    }
    Ok((dropped, entry))
}

/// A reader's new secret. None where it has it already: a repeat. `dropped_by` reads the write hash that a commit brought.
pub fn decide_replace(
    readers: &Readers,
    replace: &ReplaceReader,
    now_ms: i64,
    dropped_by: impl FnOnce(u64) -> Result<Option<Hash32>, Refusal>,
) -> Result<Option<Mutation>, Refusal> {
    let (log, old, new) = (replace.log, replace.old, replace.new);
    let mutation = Some(Mutation::ReplaceReader { log, old, new });
    // Else somebody could take the place of a reader that they dropped.
    if old != new && readers.find_dropped(&new).is_some() {
        return Err(Refusal::Invalid("new_hash is in use"));
    }
    match (readers.find(&old), readers.find(&new)) {
        (Some(_), None) => Ok(mutation),
        // The first answer was lost; or somebody knows the hash of another's reader. Nothing is done again.
        (None, Some(_)) => Ok(None),
        // It was dropped, came back and says so once more.
        (Some(_), Some(_)) if old == new && replace.write_hash.is_some() => Ok(None),
        (Some(_), Some(_)) => Err(Refusal::Invalid("new_hash is in use")),
        (None, None) => {
            let shown = replace.write_hash.ok_or(Refusal::NotAllowed)?;
            let dropped = dropped(readers, &old, now_ms)?;
            let next = dropped_by(dropped.by)?.ok_or(Refusal::NotAllowed)?;
            if !same(&next, &shown) {
                return Err(Refusal::NotAllowed);
            }
            if readers.rows().len() >= READERS {
                return Err(Refusal::TooLarge("the number of devices in a conversation"));
            }
            Ok(mutation)
        }
    }
}

fn dropped(readers: &Readers, hash: &Hash32, now_ms: i64) -> Result<Dropped, Refusal> {
    let dropped = readers.find_dropped(hash).filter(|dropped| !dropped.is_over(now_ms));
    dropped.copied().ok_or(Refusal::NotAllowed)
}

fn entry(state: &LogState, append: &Append, commit: Option<NewCommit>, now_ms: i64) -> NewEntry {
    NewEntry {
        log: append.log,
        entry: state.next_entry,
        at_ms: now_ms,
        client_id: append.client_id,
        payload: append.payload.clone(),
        commit,
    }
}

/// Each reader is named once, those that are added are not there yet, and not too many remain. Kept readers need not
/// be there: whoever commits cannot know whether a device has replaced its reader yet, and names both.
fn check_readers(readers: &Readers, commit: &Commit) -> Result<(), Refusal> {
    let mut keep = commit.keep_readers.clone();
    keep.sort_unstable();
    if has_repeats(&keep) {
        return Err(Refusal::Invalid("keep_readers names each remaining reader once"));
    }
    // So that no log is left without a reader, and nobody speaks for a reader that it drops.
    if !keep.is_empty() && keep.binary_search(&commit.reader).is_err() {
        return Err(Refusal::Invalid("keep_readers must have the committer"));
    }
    let mut add = commit.add_readers.clone();
    add.sort_unstable();
    let is_known = |hash: &Hash32| readers.find(hash).is_some() || readers.find_dropped(hash).is_some();
    if has_repeats(&add) || add.iter().any(is_known) {
        return Err(Refusal::Invalid("add_readers names each new reader once"));
    }
    let stays = |hash: &Hash32| keep.is_empty() || keep.binary_search(hash).is_ok();
    let remaining = readers.rows().iter().filter(|reader| stays(&reader.hash)).count();
    if remaining.saturating_add(add.len()) > READERS {
        return Err(Refusal::TooLarge("the number of devices in a conversation"));
    }
    Ok(())
}

fn has_repeats(sorted: &[Hash32]) -> bool {
    sorted.windows(2).any(|pair| pair[0] == pair[1])
}

fn same(left: &Hash32, right: &Hash32) -> bool {
    left.0.ct_eq(&right.0).into()
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;

//! A batch on its way: each op is decided in view of those before it, before anything is durable.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use casemate_wire::ids::{Hash32, LogId};
use casemate_wire::proto::wire;

use super::recent::Recent;
use super::rules::{self, Creation};
use super::{
    Ack, Answer, Append, CreateLog, FetchReceipts, Follow, Following, PAGE_BYTES, PAGE_ENTRIES, PutReceipt,
    RETRY_BYTES, RETRY_ENTRIES, Read, ReaderTag, Refusal, ReplaceReader, Request, Tagger, Which, reader_tag,
    refusal,
};
use crate::store::{LogState, Mutation, Page, Reader, Readers, Store, StoredEntry};

/// Bytes of receipts in one answer.
const RECEIPTS_BYTES: usize = 128 * 1024;

/// What an op led to; said only once the batch is durable.
pub enum Decision {
    /// The answer as it will be given.
    Answered(Result<Answer, Refusal>),
    /// An entry: which mutation, and whom it drops.
    Entry {
        /// Place in [`Plan::mutations`].
        mutation: usize,
        /// Tags of readers.
        dropped: Vec<ReaderTag>,
    },
    /// Read after the batch is durable.
    Page(Page),
}

/// A batch on its way: what was decided so far, and each touched log as it will be.
pub struct Plan<'a, S> {
    store: &'a mut S,
    recent: &'a mut Recent,
    now_ms: i64,
    /// What there is to commit.
    pub mutations: Vec<Mutation>,
    logs: HashMap<LogId, Planned>,
}

struct Planned {
    state: LogState,
    /// Loaded where the batch changes them.
    readers: Option<Readers>,
}

impl<'a, S: Store> Plan<'a, S> {
    /// Nothing yet, for a batch of so many ops.
    pub fn new(store: &'a mut S, recent: &'a mut Recent, now_ms: i64, ops: usize) -> Self {
        let (mutations, logs) = (Vec::with_capacity(ops), HashMap::with_capacity(ops));
        Self { store, recent, now_ms, mutations, logs }
    }

    /// Decides an op after all those before it.
    pub fn decide(&mut self, request: &Request) -> Decision {
        let decided = match request {
            Request::CreateLog(create) => self.create(create),
            Request::Append(append) => self.append(append),
            Request::Follow(follow) => self.follow(follow),
            Request::Ack(ack) => self.ack(ack),
            Request::ReplaceReader(replace) => self.replace(replace),
            Request::PutReceipt(put) => self.put_receipt(put),
            Request::FetchReceipts(fetch) => self.fetch_receipts(fetch),
            Request::Which(which) => self.which(which),
            Request::Read(read) => self.read(read),
        };
        decided.unwrap_or_else(|refusal| Decision::Answered(Err(refusal)))
    }

    fn create(&mut self, create: &CreateLog) -> Result<Decision, Refusal> {
        let found = self.log(create.log)?;
        let reader = self.reader(create.log, &create.reader_hash)?;
        let found = found.as_ref().map(|state| (state, reader.as_ref()));
        match rules::decide_create(found, create, self.now_ms)? {
            Creation::Repeated => {}
            Creation::New(mutation) => {
                // The slot is the store's to choose; nothing here looks at it.
                let state = LogState::new(0, create.write_hash);
                let readers = Some(Readers::creator(create.reader_hash));
                self.logs.insert(create.log, Planned { state, readers });
                self.mutations.push(mutation);
            }
        }
        Ok(answered(Answer::Created))
    }

    fn append(&mut self, append: &Append) -> Result<Decision, Refusal> {
        let planned = planned(&mut self.logs, self.store, append.log)?.ok_or(Refusal::NotFound)?;
        // What came lately costs nothing to find, and who knows its client id wrote it or read it.
        if let Some((entry, at_ms)) = self.recent.find(append.log, append.client_id) {
            return Ok(answered(Answer::Repeated { entry, at_ms }));
        }
        if append.retry
            && may_search(planned, self.store, append)?
            && let Some((entry, at_ms)) = search(self.store, append)?
        {
            self.recent.note(append.log, append.client_id, entry, at_ms);
            return Ok(answered(Answer::Repeated { entry, at_ms }));
        }
        if append.after.is_some_and(|before| self.recent.find(append.log, before).is_none()) {
            return Err(Refusal::Overtaking);
        }
        let mut dropped = Vec::new();
        let new = match &append.commit {
            None => rules::decide_append(&planned.state, append, self.now_ms)?,
            Some(commit) => {
                let Planned { state, readers } = planned;
                let readers = loaded(readers, self.store, append.log)?;
                let new = rules::decide_commit(state, readers, append, commit, self.now_ms)?;
                if let Some(change) = &new.commit {
                    dropped = readers.apply(new.entry, new.at_ms, change);
                }
                new
            }
        };
        planned.state.apply(&new);
        self.recent.note(new.log, new.client_id, new.entry, new.at_ms);
        let mutation = self.mutations.len();
        self.mutations.push(Mutation::Append(new));
        let dropped = dropped.iter().map(reader_tag).collect();
        Ok(Decision::Entry { mutation, dropped })
    }

    fn follow(&mut self, follow: &Follow) -> Result<Decision, Refusal> {
        let state = self.log(follow.log)?.ok_or(Refusal::NotFound)?;
        let reader = self.reader(follow.log, &follow.reader)?;
        if reader.is_none() && follow.left_out.is_some() {
            return self.left_out(&state, follow);
        }
        let after = rules::decide_follow(&state, reader.as_ref(), follow)?;
        Ok(answered(Answer::Following(Following {
            log: follow.log,
            reader: reader_tag(&follow.reader),
            head: state.head(),
            first: after.saturating_add(1),
        })))
    }

    /// A commit for a reader that was dropped. From it its device derives the next write token, unless that commit removed it.
    fn left_out(&mut self, state: &LogState, follow: &Follow) -> Result<Decision, Refusal> {
        let planned = planned(&mut self.logs, self.store, follow.log)?.ok_or(Refusal::NotFound)?;
        let readers = loaded(&mut planned.readers, self.store, follow.log)?;
        let (dropped, entry) = rules::decide_left_out(state, readers, follow, self.now_ms)?;
        let commit = read_commit(self.store, follow.log, entry)?.ok_or(Refusal::NotAllowed)?;
        Ok(answered(Answer::Dropped { by: dropped.by, commit }))
    }

    fn ack(&mut self, ack: &Ack) -> Result<Decision, Refusal> {
        let state = self.log(ack.log)?.ok_or(Refusal::NotFound)?;
        let reader = self.reader(ack.log, &ack.reader)?;
        if let Some(mutation) = rules::decide_ack(&state, reader.as_ref(), ack)? {
            self.mutations.push(mutation);
        }
        Ok(answered(Answer::Acknowledged))
    }

    fn replace(&mut self, replace: &ReplaceReader) -> Result<Decision, Refusal> {
        let planned = planned(&mut self.logs, self.store, replace.log)?.ok_or(Refusal::NotFound)?;
        let readers = loaded(&mut planned.readers, self.store, replace.log)?;
        let store = &mut *self.store;
        let dropped_by = |entry| {
            let commit = read_commit(store, replace.log, entry)?.and_then(|stored| stored.commit);
            Ok(commit.map(|(_, next_write_hash)| next_write_hash))
        };
        if let Some(mutation) = rules::decide_replace(readers, replace, self.now_ms, dropped_by)? {
            readers.replace(&replace.old, replace.new);
            self.mutations.push(mutation);
        } else {
            // Whoever knows the hashes of two readers can say that one took the other's place: no follow and no wake target moves.
            return Ok(answered(Answer::Acknowledged));
        }
        let (old, new) = (reader_tag(&replace.old), reader_tag(&replace.new));
        Ok(answered(Answer::Replaced { log: replace.log, old, new }))
    }

    fn put_receipt(&mut self, put: &PutReceipt) -> Result<Decision, Refusal> {
        let planned = planned(&mut self.logs, self.store, put.log)?.ok_or(Refusal::NotFound)?;
        let readers = loaded(&mut planned.readers, self.store, put.log)?;
        let mutation = rules::decide_put_receipt(readers, put, self.now_ms)?;
        if let Mutation::Receipt { reader, version, sealed, .. } = &mutation {
            readers.put_receipt(reader, *version, sealed.clone());
        }
        self.mutations.push(mutation);
        Ok(answered(Answer::Acknowledged))
    }

    fn fetch_receipts(&mut self, fetch: &FetchReceipts) -> Result<Decision, Refusal> {
        let planned = planned(&mut self.logs, self.store, fetch.log)?.ok_or(Refusal::NotFound)?;
        let readers = loaded(&mut planned.readers, self.store, fetch.log)?;
        readers.find(&fetch.reader).ok_or(Refusal::NotAllowed)?;
        let (sealed, version, more) = readers.receipts_since(fetch.since, RECEIPTS_BYTES);
        Ok(answered(Answer::Receipts(wire::Receipts { sealed, version, more })))
    }

    fn read(&mut self, read: &Read) -> Result<Decision, Refusal> {
        let state = self.log(read.log)?.ok_or(Refusal::NotFound)?;
        self.reader_by(read.log, read.reader, &read.tagger)?;
        let after = read.after.max(state.watermark).min(state.head());
        let limit_bytes = read.limit_bytes.min(PAGE_BYTES);
        let (log, up_to, limit_entries) = (read.log, state.head(), PAGE_ENTRIES);
        Ok(Decision::Page(Page { log, after, up_to, limit_entries, limit_bytes }))
    }

    fn which(&mut self, which: &Which) -> Result<Decision, Refusal> {
        self.log(which.log)?.ok_or(Refusal::NotFound)?;
        Ok(answered(Answer::Reader(self.reader_by(which.log, which.reader, &which.tagger)?)))
    }

    /// The reader of a follow, where it is one still.
    fn reader_by(&mut self, log: LogId, short: u32, tagger: &Tagger) -> Result<ReaderTag, Refusal> {
        let is_meant = |hash: &Hash32| tagger.short(&reader_tag(hash)) == short;
        let found = match self.logs.get(&log) {
            Some(Planned { readers: Some(readers), .. }) => readers.find_by(is_meant),
            _ => self.store.reader_by(log, &is_meant).map_err(refusal)?,
        };
        found.map(|hash| reader_tag(&hash)).ok_or(Refusal::NotAllowed)
    }

    /// The log as it will be after what was decided so far.
    fn log(&mut self, log: LogId) -> Result<Option<LogState>, Refusal> {
        let planned = planned(&mut self.logs, self.store, log)?;
        Ok(planned.map(|planned| planned.state))
    }

    fn reader(&mut self, log: LogId, hash: &Hash32) -> Result<Option<Reader>, Refusal> {
        if let Some(Planned { readers: Some(readers), .. }) = self.logs.get(&log) {
            return Ok(readers.find(hash).copied());
        }
        self.store.reader(log, hash).map_err(refusal)
    }
}

fn planned<'a, S: Store>(
    logs: &'a mut HashMap<LogId, Planned>,
    store: &mut S,
    log: LogId,
) -> Result<Option<&'a mut Planned>, Refusal> {
    match logs.entry(log) {
        Entry::Occupied(there) => Ok(Some(there.into_mut())),
        Entry::Vacant(place) => {
            let found = store.log(log).map_err(refusal)?;
            Ok(found.map(|state| place.insert(Planned { state, readers: None })))
        }
    }
}

fn loaded<'a, S: Store>(
    readers: &'a mut Option<Readers>,
    store: &mut S,
    log: LogId,
) -> Result<&'a mut Readers, Refusal> {
    match readers {
        Some(readers) => Ok(readers),
        None => Ok(readers.insert(store.readers(log).map_err(refusal)?)),
    }
}

/// An entry that is a commit and is still there.
fn read_commit<S: Store>(store: &mut S, log: LogId, entry: u64) -> Result<Option<StoredEntry>, Refusal> {
    let page =
        Page { log, after: entry.saturating_sub(1), up_to: entry, limit_entries: 1, limit_bytes: PAGE_BYTES };
    let found = store.read(&page).map_err(refusal)?.pop();
    Ok(found.filter(|stored| stored.entry == entry && stored.commit.is_some()))
}

/// Whether the log is searched for what may have been sent before: for who shows the token that writes or a reader, or follows. Who
/// shows none, because the epoch has ended, is told to catch up, and finds there what was stored.
fn may_search<S: Store>(planned: &mut Planned, store: &mut S, append: &Append) -> Result<bool, Refusal> {
    if append.follows || rules::may_write(&planned.state, append) {
        return Ok(true);
    }
    let Some(commit) = &append.commit else { return Ok(false) };
    Ok(loaded(&mut planned.readers, store, append.log)?.find(&commit.reader).is_some())
}

/// The entry of a retry's client id and its time, where it was stored before.
fn search<S: Store>(store: &mut S, append: &Append) -> Result<Option<(u64, i64)>, Refusal> {
    // As the store has it: what the batch added is among what was stored lately.
    let Some(stored) = store.log(append.log).map_err(refusal)? else { return Ok(None) };
    let head = stored.head();
    let mut after = append.seen.max(stored.first_entry.saturating_sub(1)).min(head);
    let mut left_bytes = RETRY_BYTES;
    while after < head {
        if head.saturating_sub(after) > RETRY_ENTRIES || left_bytes == 0 {
            return Err(Refusal::Stale);
        }
        let (limit_entries, limit_bytes) = (PAGE_ENTRIES, PAGE_BYTES);
        let page = Page { log: append.log, after, up_to: head, limit_entries, limit_bytes };
        let entries = store.read(&page).map_err(refusal)?;
        let Some(last) = entries.last() else { break };
        after = last.entry;
        let payload_bytes: usize = entries.iter().map(|entry| entry.payload.len()).sum();
        left_bytes = left_bytes.saturating_sub(payload_bytes);
        if let Some(found) = entries.iter().find(|entry| !entry.lost && entry.client_id == append.client_id) {
            return Ok(Some((found.entry, found.at_ms)));
        }
    }
    Ok(None)
}

fn answered(answer: Answer) -> Decision {
    Decision::Answered(Ok(answer))
}

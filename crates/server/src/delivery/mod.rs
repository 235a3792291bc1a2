//! The delivery service: a log per conversation, opaque entries, bearer rights.
//!
//! ```text
//! Vec<Op> ──▶ Delivery::execute ──▶ Vec<Outcome>      synchronous, no clock, no sockets
//!               │  rules   decide one by one, each seeing what those before it in the batch decided
//!               │  store   one commit for the whole batch
//!               └─ answers only after that
//! ```
//! [`rules`] are what docs/protocol.md, "Delivery" says. [`writer`] is the thread that runs this over the disk.
//! Not here: who follows what, which is the shell's; who may create a log, which is the directory's.

mod expiry;
pub mod ops;
mod push;
mod recent;
pub mod rules;
#[cfg(test)]
mod tests;
pub mod writer;

pub use ops::{
    Ack, Answer, Append, Appended, Commit, CreateLog, Follow, Following, Op, Outcome, PageAnswer, Read,
    Refusal, ReplaceReader, Request, reader_tag,
};

use std::collections::HashMap;

use bytes::Bytes;
use casemate_wire::ids::{ClientId, Hash32, LogId};

use crate::store::{LogState, Mutation, Page, Reader, Readers, Store, StoreError, StoredEntry};
use recent::Recent;
use rules::Creation;

/// Most entries in a page. More makes a page stall other work for longer.
pub const PAGE_ENTRIES: usize = 512;
/// Most payload bytes in a page with more than one entry.
pub const PAGE_BYTES: usize = 256 * 1024;
/// How many entries are searched for a retry's client id. Who is further behind catches up first and finds it by
/// itself.
pub const RETRY_ENTRIES: u64 = 4_096;
/// The same in bytes of payload, about: the search holds up everybody else.
pub const RETRY_BYTES: usize = 1024 * 1024;

/// The delivery service over a store.
pub struct Delivery<S> {
    store: S,
    recent: Recent,
    /// The last commit failed, and the operator has been told.
    troubled: bool,
}

/// A page that is still to be read: see [`Delivery::execute_deferring`].
#[derive(Debug, Clone, Copy)]
pub struct PageRequest {
    /// From the [`Op`].
    pub tag: u64,
    /// The store's number for the log.
    pub slot: u32,
    /// What to read.
    pub page: Page,
}

impl<S: Store> Delivery<S> {
    /// A service that has been started just now.
    pub fn new(store: S) -> Self {
        Self { store, recent: Recent::default(), troubled: false }
    }

    /// Carries out a batch. Outcomes come in the order of the ops; everything that they answer is durable.
    pub fn execute(&mut self, batch: Vec<Op>, now_ms: i64) -> Vec<Outcome> {
        let mut pages = Vec::new();
        let mut outcomes = self.carry_out(batch, now_ms, &mut pages);
        for (at, request) in pages {
            let entries = self.store.read(&request.page);
            outcomes[at].result = page_result(&request.page, entries);
        }
        outcomes
    }

    /// As [`Self::execute`], but leaves pages to the caller, who can read them elsewhere and make their outcomes
    /// with [`page_outcome`]; they have none among those that are given back.
    pub fn execute_deferring(&mut self, batch: Vec<Op>, now_ms: i64) -> (Vec<Outcome>, Vec<PageRequest>) {
        let mut pages = Vec::new();
        let mut outcomes = self.carry_out(batch, now_ms, &mut pages);
        let mut deferred = pages.iter().map(|(at, _)| *at).peekable();
        let mut at = 0;
        outcomes.retain(|_| {
            let answered = deferred.next_if_eq(&at).is_none();
            at += 1;
            answered
        });
        (outcomes, pages.into_iter().map(|(_, request)| request).collect())
    }

    /// The store, for expiry and flushing.
    pub fn store(&mut self) -> &mut S {
        &mut self.store
    }

    /// Pages get a place among the outcomes and are told in `pages`.
    fn carry_out(
        &mut self,
        batch: Vec<Op>,
        now_ms: i64,
        pages: &mut Vec<(usize, PageRequest)>,
    ) -> Vec<Outcome> {
        let refused = match self.attempt(&batch, now_ms, None, pages) {
            Ok(outcomes) => return outcomes,
            Err(error) => {
                // Once, not with every batch: a full disk stays full for a while.
                if !std::mem::replace(&mut self.troubled, true) {
                    tracing::error!(%error, "messages are refused: the delivery store could not write");
                }
                to_client(&error)
            }
        };
        // What was decided stood on changes that did not come about. Those who only read are served all the same.
        match self.attempt(&batch, now_ms, Some(refused), pages) {
            Ok(outcomes) => outcomes,
            Err(_) => batch.iter().map(|op| Outcome { tag: op.tag, result: Err(refused) }).collect(),
        }
    }

    /// Decides and stores. With `refused`, everything that would have to be made durable gets that.
    fn attempt(
        &mut self,
        batch: &[Op],
        now_ms: i64,
        refused: Option<Refusal>,
        pages: &mut Vec<(usize, PageRequest)>,
    ) -> Result<Vec<Outcome>, StoreError> {
        let mut plan = Plan::new(&mut self.store, &self.recent, now_ms);
        let decide = |op: &Op| match refused {
            Some(refusal) if op.request.is_durable() => Decision::Answered(Err(refusal)),
            _ => plan.decide(&op.request),
        };
        let decisions: Vec<Decision> = batch.iter().map(decide).collect();
        let mutations = plan.mutations;
        if !mutations.is_empty() {
            self.store.commit(&mutations)?;
        }
        if refused.is_none() && std::mem::take(&mut self.troubled) {
            tracing::info!("the delivery store writes again");
        }
        for mutation in &mutations {
            if let Mutation::Append(new) = mutation {
                self.recent.note(new.log, new.client_id, new.entry, new.at_ms);
            }
        }
        let mut outcomes = Vec::with_capacity(batch.len());
        for (op, decision) in batch.iter().zip(decisions) {
            let result = match decision {
                Decision::Answered(result) => result,
                Decision::Entry { mutation, dropped } => Ok(appended(&mutations[mutation], dropped)),
                Decision::Page(page) => {
                    if let Some(LogState { slot, .. }) = self.store.log(page.log)? {
                        pages.push((outcomes.len(), PageRequest { tag: op.tag, slot, page }));
                    }
                    // Stands in until the page has been read.
                    Err(Refusal::NotFound)
                }
            };
            outcomes.push(Outcome { tag: op.tag, result });
        }
        Ok(outcomes)
    }
}

/// The outcome of a page that [`Delivery::execute_deferring`] left over.
pub fn page_outcome(request: &PageRequest, entries: Result<Vec<StoredEntry>, StoreError>) -> Outcome {
    Outcome { tag: request.tag, result: page_result(&request.page, entries) }
}

/// What an op led to; said only once the batch is durable.
enum Decision {
    /// The answer as it will be given.
    Answered(Result<Answer, Refusal>),
    /// An entry: which mutation, and whom it drops.
    Entry { mutation: usize, dropped: Vec<u32> },
    /// Read after the batch is durable.
    Page(Page),
}

/// A batch on its way: what was decided so far, and each touched log as it will be.
struct Plan<'a, S> {
    store: &'a mut S,
    recent: &'a Recent,
    now_ms: i64,
    mutations: Vec<Mutation>,
    logs: HashMap<LogId, Planned>,
    /// Where in `mutations` a client id of this batch is.
    appended: HashMap<(LogId, ClientId), usize>,
}

struct Planned {
    state: LogState,
    /// Loaded where the batch changes them.
    readers: Option<Readers>,
}

impl<'a, S: Store> Plan<'a, S> {
    fn new(store: &'a mut S, recent: &'a Recent, now_ms: i64) -> Self {
        let (mutations, logs, appended) = (Vec::new(), HashMap::new(), HashMap::new());
        Self { store, recent, now_ms, mutations, logs, appended }
    }

    fn decide(&mut self, request: &Request) -> Decision {
        let decided = match request {
            Request::CreateLog(create) => self.create(create),
            Request::Append(append) => self.append(append),
            Request::Follow(follow) => self.follow(follow),
            Request::Ack(ack) => self.ack(ack),
            Request::ReplaceReader(replace) => self.replace(replace),
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
        let state = self.log(append.log)?.ok_or(Refusal::NotFound)?;
        // Before any right: a commit that is repeated shows the token of the epoch that it ended itself.
        if let Some(decision) = self.repeated(append)? {
            return Ok(decision);
        }
        let now_ms = self.now_ms;
        let (mutation, dropped) = match &append.commit {
            None => (rules::decide_append(&state, append, now_ms)?, Vec::new()),
            Some(commit) => {
                let readers = self.planned_readers(append.log)?;
                let mutation = rules::decide_commit(&state, readers, append, commit, now_ms)?;
                let dropped = match &mutation {
                    Mutation::Append(new) => {
                        new.commit.as_ref().map(|change| readers.apply(new.entry, change))
                    }
                    _ => None,
                };
                (mutation, dropped.unwrap_or_default())
            }
        };
        if let (Mutation::Append(new), Some(planned)) = (&mutation, self.logs.get_mut(&append.log)) {
            planned.state.apply(new);
        }
        let at = self.mutations.len();
        self.mutations.push(mutation);
        self.appended.insert((append.log, append.client_id), at);
        Ok(Decision::Entry { mutation: at, dropped: dropped.iter().map(reader_tag).collect() })
    }

    /// The first answer, where this append was stored before.
    fn repeated(&mut self, append: &Append) -> Result<Option<Decision>, Refusal> {
        if let Some(at) = self.appended.get(&(append.log, append.client_id))
            && let Mutation::Append(new) = &self.mutations[*at]
        {
            return Ok(Some(answered(Answer::Repeated { entry: new.entry, at_ms: new.at_ms })));
        }
        if let Some((entry, at_ms)) = self.recent.find(append.log, append.client_id) {
            return Ok(Some(answered(Answer::Repeated { entry, at_ms })));
        }
        if !append.retry {
            return Ok(None);
        }
        // As the store has it: what else this batch added has been looked at above.
        let Some(stored) = self.store.log(append.log).map_err(refusal)? else { return Ok(None) };
        let head = stored.head();
        let mut after = append.seen.max(stored.first_entry.saturating_sub(1)).min(head);
        let mut left_bytes = RETRY_BYTES;
        while after < head {
            if head - after > RETRY_ENTRIES || left_bytes == 0 {
                return Err(Refusal::Stale);
            }
            let (limit_entries, limit_bytes) = (PAGE_ENTRIES, PAGE_BYTES);
            let page = Page { log: append.log, after, up_to: head, limit_entries, limit_bytes };
            let entries = self.store.read(&page).map_err(refusal)?;
            let Some(last) = entries.last() else { break };
            after = last.entry;
            let payload_bytes: usize = entries.iter().map(|entry| entry.payload.len()).sum();
            left_bytes = left_bytes.saturating_sub(payload_bytes);
            if let Some(found) = entries.iter().find(|entry| entry.client_id == append.client_id) {
                let (entry, at_ms) = (found.entry, found.at_ms);
                return Ok(Some(answered(Answer::Repeated { entry, at_ms })));
            }
        }
        Ok(None)
    }

    fn follow(&mut self, follow: &Follow) -> Result<Decision, Refusal> {
        let state = self.log(follow.log)?.ok_or(Refusal::NotFound)?;
        let reader = self.reader(follow.log, &follow.reader)?;
        let after = rules::decide_follow(&state, reader.as_ref(), follow)?;
        Ok(answered(Answer::Following(Following {
            log: follow.log,
            reader: reader_tag(&follow.reader),
            head: state.head(),
            first: after + 1,
        })))
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
        self.log(replace.log)?.ok_or(Refusal::NotFound)?;
        let readers = self.planned_readers(replace.log)?;
        if let Some(mutation) = rules::decide_replace(readers, replace)? {
            readers.replace(&replace.old, replace.new);
            self.mutations.push(mutation);
        }
        let (old, new) = (reader_tag(&replace.old), reader_tag(&replace.new));
        Ok(answered(Answer::Replaced { log: replace.log, old, new }))
    }

    fn read(&mut self, read: &Read) -> Result<Decision, Refusal> {
        let state = self.log(read.log)?.ok_or(Refusal::NotFound)?;
        let after = read.after.max(state.watermark).min(state.head());
        let limit_bytes = read.limit_bytes.min(PAGE_BYTES);
        let (log, up_to, limit_entries) = (read.log, state.head(), PAGE_ENTRIES);
        Ok(Decision::Page(Page { log, after, up_to, limit_entries, limit_bytes }))
    }

    /// The log as it will be after what was decided so far.
    fn log(&mut self, log: LogId) -> Result<Option<LogState>, Refusal> {
        if let Some(planned) = self.logs.get(&log) {
            return Ok(Some(planned.state));
        }
        let found = self.store.log(log).map_err(refusal)?;
        if let Some(state) = found {
            self.logs.insert(log, Planned { state, readers: None });
        }
        Ok(found)
    }

    fn reader(&mut self, log: LogId, hash: &Hash32) -> Result<Option<Reader>, Refusal> {
        if let Some(Planned { readers: Some(readers), .. }) = self.logs.get(&log) {
            return Ok(readers.find(hash).copied());
        }
        self.store.reader(log, hash).map_err(refusal)
    }

    /// The readers of a log that [`Self::log`] found, to be changed.
    fn planned_readers(&mut self, log: LogId) -> Result<&mut Readers, Refusal> {
        let planned = self.logs.get_mut(&log).ok_or(Refusal::NotFound)?;
        if planned.readers.is_none() {
            planned.readers = Some(self.store.readers(log).map_err(refusal)?);
        }
        planned.readers.as_mut().ok_or(Refusal::Internal)
    }
}

fn answered(answer: Answer) -> Decision {
    Decision::Answered(Ok(answer))
}

fn appended(mutation: &Mutation, dropped: Vec<u32>) -> Answer {
    match mutation {
        Mutation::Append(new) => Answer::Appended(Appended {
            log: new.log,
            entry: new.entry,
            at_ms: new.at_ms,
            frame: push::entry_frame(new),
            dropped,
        }),
        // Decision::Entry names appends only.
        _ => Answer::Acknowledged,
    }
}

fn page_result(page: &Page, entries: Result<Vec<StoredEntry>, StoreError>) -> Result<Answer, Refusal> {
    let entries = entries.map_err(refusal)?;
    let (log, head) = (page.log, page.up_to);
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
        if page.after < head {
            return Err(Refusal::Gone { first: head + 1 });
        }
        return Ok(Answer::Page(PageAnswer { log, frame: Bytes::new(), first: 0, last: page.after, head }));
    };
    let (first, last) = (first.entry, last.entry);
    if first != page.after + 1 {
        return Err(Refusal::Gone { first });
    }
    let frame = push::page_frame(log, entries, head);
    Ok(Answer::Page(PageAnswer { log, frame, first, last, head }))
}

/// What a client is told of a store's trouble in reading; the operator is told all of it.
fn refusal(error: StoreError) -> Refusal {
    tracing::error!(%error, "the delivery store could not read");
    to_client(&error)
}

fn to_client(error: &StoreError) -> Refusal {
    match error {
        StoreError::Full => Refusal::StorageFull,
        _ => Refusal::Internal,
    }
}

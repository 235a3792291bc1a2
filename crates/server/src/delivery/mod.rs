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

// What is counted with here comes from requests.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod expiry;
pub mod ops;
mod plan;
mod push;
mod recent;
pub mod rules;
#[cfg(test)]
mod tests;
pub mod writer;

pub use expiry::Expiry;
pub use ops::{
    Ack, Answer, Append, Appended, Commit, CreateLog, FetchReceipts, Follow, Following, Op, Outcome,
    PageAnswer, PutReceipt, Read, ReaderTag, Refusal, ReplaceReader, Request, Tagger, Which, reader_tag,
};

pub use push::log_entry;

use bytes::Bytes;

use self::plan::{Decision, Plan};
use self::recent::Recent;
use crate::store::{LogState, Mutation, Page, Store, StoreError, StoredEntry};

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
        let mut places = 0..;
        outcomes.retain(|_| places.next().is_some_and(|at| deferred.next_if_eq(&at).is_none()));
        (outcomes, pages.into_iter().map(|(_, request)| request).collect())
    }

    /// Whether nothing could be stored when it was tried last.
    pub fn is_troubled(&self) -> bool {
        self.troubled
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
        let mut plan = Plan::new(&mut self.store, &mut self.recent, now_ms, batch.len());
        let decide = |op: &Op| match refused {
            Some(refusal) if op.request.is_durable() => Decision::Answered(Err(refusal)),
            _ => plan.decide(&op.request),
        };
        let decisions: Vec<Decision> = batch.iter().map(decide).collect();
        let mutations = plan.mutations;
        if !mutations.is_empty()
            && let Err(error) = self.store.commit(&mutations)
        {
            self.recent.forget(&mutations);
            return Err(error);
        }
        if refused.is_none() && std::mem::take(&mut self.troubled) {
            tracing::info!("the delivery store writes again");
        }
        let mut outcomes = Vec::with_capacity(batch.len());
        for (op, decision) in batch.iter().zip(decisions) {
            let result = match decision {
                Decision::Answered(result) => result,
                Decision::Entry { mutation, dropped } => Ok(appended(&mutations[mutation], dropped)),
                Decision::Page(page) => match self.store.log(page.log) {
                    Ok(Some(LogState { slot, .. })) => {
                        pages.push((outcomes.len(), PageRequest { tag: op.tag, slot, page }));
                        // Stands in until the page has been read.
                        Err(Refusal::Internal)
                    }
                    Ok(None) => Err(Refusal::NotFound),
                    Err(error) => Err(refusal(error)),
                },
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

fn appended(mutation: &Mutation, dropped: Vec<ReaderTag>) -> Answer {
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
            return Err(Refusal::Gone { first: head.saturating_add(1) });
        }
        return Ok(Answer::Page(PageAnswer { log, frame: Bytes::new(), first: 0, last: page.after, head }));
    };
    let (first, last) = (first.entry, last.entry);
    if Some(first) != page.after.checked_add(1) {
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

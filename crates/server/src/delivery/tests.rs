//! The service as clients see it, over a store in memory that survives restarts.

use casemate_wire::ids::{ClientId, Hash32, LogId, ReaderSecret, WriteToken};
use casemate_wire::limits::{CALM_COMMIT_MS, ENTRY_BYTES};
use casemate_wire::proto::wire;
use casemate_wire::proto::wire::server_frame::Body;
use prost::Message;

use super::*;
use crate::store::{DROPPED_MS, MemoryStore, Reader, Readers};

const LOG: LogId = LogId([1; 16]);

fn token(epoch: u8) -> WriteToken {
    WriteToken::new([epoch; 32])
}

fn secret(device: u8) -> ReaderSecret {
    ReaderSecret::new([device; 32])
}

/// A device's reader, as a follow knows it.
fn meant(device: u8) -> (u32, Tagger) {
    let tagger = Tagger::default();
    (tagger.short(&reader_tag(&secret(device).hash())), tagger)
}

fn page_of(log: LogId, device: u8) -> Read {
    let (reader, tagger) = meant(device);
    Read { log, reader, tagger, after: 0, limit_bytes: 1_000 }
}

/// A server with a virtual clock.
struct World {
    store: MemoryStore,
    delivery: Delivery<MemoryStore>,
    now_ms: i64,
    clients: u8,
}

impl World {
    /// With one log: epoch 0, device 1.
    fn new() -> Self {
        let store = MemoryStore::new();
        let delivery = Delivery::new(store.clone());
        let mut world = Self { store, delivery, now_ms: 1_000_000, clients: 0 };
        let create = CreateLog { log: LOG, write_hash: token(0).hash(), reader_hash: secret(1).hash() };
        assert!(matches!(world.one(Request::CreateLog(create)), Ok(Answer::Created)));
        world
    }

    fn restart(&mut self) {
        self.delivery = Delivery::new(self.store.clone());
    }

    fn batch(&mut self, requests: Vec<Request>) -> Vec<Result<Answer, Refusal>> {
        let ops = requests.into_iter().enumerate().map(|(tag, request)| Op { tag: tag as u64, request });
        let outcomes = self.delivery.execute(ops.collect(), self.now_ms);
        outcomes
            .into_iter()
            .enumerate()
            .map(|(at, outcome)| {
                assert_eq!(outcome.tag, at as u64, "outcomes come in the order of the ops");
                outcome.result
            })
            .collect()
    }

    fn one(&mut self, request: Request) -> Result<Answer, Refusal> {
        self.batch(vec![request]).remove(0)
    }

    /// An append of a new client id.
    fn append(&mut self, epoch: u8) -> Append {
        self.clients += 1;
        Append {
            log: LOG,
            write_hash: token(epoch).hash(),
            client_id: ClientId([self.clients; 16]),
            payload: Bytes::from(format!("text {}", self.clients)),
            commit: None,
            seen: 0,
            retry: false,
            follows: true,
            after: None,
        }
    }

    fn commit(&mut self, epoch: u8, previous: u64, device: u8) -> Append {
        let commit = Commit {
            previous,
            next_write_hash: token(epoch + 1).hash(),
            reader: secret(device).hash(),
            urgent: true,
            add_readers: Vec::new(),
            keep_readers: Vec::new(),
        };
        Append { commit: Some(commit), ..self.append(epoch) }
    }

    fn send(&mut self, append: &Append) -> Result<Appended, Refusal> {
        match self.one(Request::Append(append.clone()))? {
            Answer::Appended(appended) => Ok(appended),
            other => panic!("{other:?}"),
        }
    }

    fn follow(&mut self, device: u8, after: u64) -> Result<Following, Refusal> {
        match self.one(Request::Follow(Follow {
            log: LOG,
            reader: secret(device).hash(),
            after,
            left_out: None,
        }))? {
            Answer::Following(following) => Ok(following),
            other => panic!("{other:?}"),
        }
    }

    /// What a device reads that follows and then asks page after page.
    fn read(&mut self, device: u8, after: u64) -> Result<Vec<(u64, String)>, Refusal> {
        let mut after = self.follow(device, after)?.first - 1;
        let mut texts = Vec::new();
        loop {
            let (reader, tagger) = meant(device);
            let read = Read { log: LOG, reader, tagger, after, limit_bytes: 20 };
            let Answer::Page(page) = self.one(Request::Read(read))? else { panic!("no page") };
            after = page.last;
            if page.first == 0 {
                return Ok(texts);
            }
            let entries = entries(&page.frame);
            assert_eq!(
                (entries.first, entries.entries.len() as u64),
                (page.first, page.last - page.first + 1)
            );
            let numbers = page.first..;
            let payloads = entries.entries.iter().map(|entry| String::from_utf8_lossy(&entry.payload).into());
            texts.extend(numbers.zip(payloads));
        }
    }

    fn ack(&mut self, device: u8, up_to: u64) -> Result<Answer, Refusal> {
        self.one(Request::Ack(Ack { log: LOG, reader: secret(device).hash(), up_to }))
    }
}

fn entries(frame: &Bytes) -> wire::LogEntries {
    match wire::ServerFrame::decode(frame.clone()).unwrap() {
        wire::ServerFrame { id: 0, body: Some(Body::LogEntries(entries)) } => entries,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_entry_is_stored_pushed_and_read() {
    let mut world = World::new();
    let append = world.append(0);
    let pushed = world.send(&append).unwrap();
    assert_eq!((pushed.log, pushed.entry, pushed.at_ms), (LOG, 1, world.now_ms));
    let frame = entries(&pushed.frame);
    assert_eq!((frame.log.as_ref(), frame.first, frame.head), (&LOG.0[..], 1, 1));
    assert_eq!(frame.entries[0].payload, append.payload);
    assert_eq!(frame.entries[0].client_id.as_ref(), &append.client_id.0);
    assert_eq!(world.read(1, 0).unwrap(), [(1, "text 1".to_owned())]);
    let nowhere = Append { log: LogId([9; 16]), ..world.append(0) };
    assert_eq!(world.send(&nowhere).unwrap_err(), Refusal::NotFound);
}

#[test]
fn a_batch_sees_itself_in_order() {
    let mut world = World::new();
    let other = LogId([2; 16]);
    let create = CreateLog { log: other, write_hash: token(5).hash(), reader_hash: secret(5).hash() };
    let first = Append { log: other, ..world.append(5) };
    let commit = Append { log: other, ..world.commit(5, 0, 5) };
    let late = Append { log: other, ..world.append(5) };
    let next = Append { log: other, ..world.append(6) };
    let results = world.batch(vec![
        Request::CreateLog(create.clone()),
        Request::Append(first.clone()),
        Request::Append(first),
        Request::Append(commit),
        Request::Append(late),
        Request::Append(next),
        Request::Follow(Follow { log: other, reader: secret(5).hash(), after: 0, left_out: None }),
        Request::Read(page_of(other, 5)),
        Request::Ack(Ack { log: other, reader: secret(5).hash(), up_to: 3 }),
        Request::CreateLog(create),
    ]);
    let mut results = results.into_iter();
    let mut next = || results.next().unwrap();
    assert!(matches!(next(), Ok(Answer::Created)));
    assert!(matches!(next(), Ok(Answer::Appended(Appended { entry: 1, .. }))));
    assert!(matches!(next(), Ok(Answer::Repeated { entry: 1, .. })));
    assert!(matches!(next(), Ok(Answer::Appended(Appended { entry: 2, .. }))));
    assert_eq!(next().unwrap_err(), Refusal::Stale);
    assert!(matches!(next(), Ok(Answer::Appended(Appended { entry: 3, .. }))));
    assert!(matches!(next(), Ok(Answer::Following(Following { head: 3, first: 1, .. }))));
    assert!(matches!(next(), Ok(Answer::Page(PageAnswer { first: 1, last: 3, head: 3, .. }))));
    assert!(matches!(next(), Ok(Answer::Acknowledged)));
    assert_eq!(next().unwrap_err(), Refusal::Taken, "its first token is over");
}

#[test]
fn a_repeat_gets_the_first_answer_and_adds_nothing() {
    let mut world = World::new();
    let append = world.append(0);
    world.send(&append).unwrap();
    world.now_ms += 5_000;
    let Ok(Answer::Repeated { entry: 1, at_ms: 1_000_000 }) = world.one(Request::Append(append.clone()))
    else {
        panic!("not the first answer")
    };
    // After a restart the server remembers nothing; a client that is not sure says so.
    world.restart();
    let again = Append { retry: true, ..append.clone() };
    assert!(matches!(world.one(Request::Append(again)), Ok(Answer::Repeated { entry: 1, at_ms: 1_000_000 })));
    assert_eq!(world.read(1, 0).unwrap().len(), 1);
    let new = Append { retry: true, ..world.append(0) };
    assert_eq!(world.send(&new).unwrap().entry, 2, "a retry of what never arrived is stored");
}

#[test]
fn append_that_would_overtake_what_was_not_taken_is_refused() {
    let mut world = World::new();
    let first = world.append(0);
    let second = Append { after: Some(first.client_id), ..world.append(0) };
    assert_eq!(world.one(Request::Append(second.clone())).unwrap_err(), Refusal::Overtaking);
    // Both come in one batch, or the first one is there.
    world.send(&first).unwrap();
    assert_eq!(world.send(&second).unwrap().entry, 2);
    let third = Append { after: Some(second.client_id), ..world.append(0) };
    world.restart();
    assert_eq!(
        world.one(Request::Append(third.clone())).unwrap_err(),
        Refusal::Overtaking,
        "nothing is known"
    );
    world.one(Request::Append(Append { retry: true, ..second })).unwrap();
    assert_eq!(world.send(&third).unwrap().entry, 3, "a repeat is remembered");
}

#[test]
fn a_commit_that_is_repeated_gets_its_answer_though_its_epoch_is_over() {
    let mut world = World::new();
    let commit = world.commit(0, 0, 1);
    world.send(&commit).unwrap();
    assert!(matches!(world.one(Request::Append(commit.clone())), Ok(Answer::Repeated { entry: 1, .. })));
    world.restart();
    let retry = Append { retry: true, ..commit };
    assert!(matches!(world.one(Request::Append(retry)), Ok(Answer::Repeated { entry: 1, .. })));
}

#[test]
fn a_retry_that_would_have_to_search_too_far_catches_up_first() {
    let mut world = World::new();
    let append = world.append(0);
    world.send(&append).unwrap();
    for n in 0..RETRY_ENTRIES {
        let client_id = ClientId((u128::from(n) + 1_000).to_le_bytes());
        let more = Append { client_id, ..append.clone() };
        world.send(&more).unwrap();
    }
    world.restart();
    let retry = Append { retry: true, ..append };
    assert_eq!(world.one(Request::Append(retry.clone())).unwrap_err(), Refusal::Stale);
    let caught_up = Append { seen: 1, ..retry.clone() };
    assert_eq!(world.send(&caught_up).unwrap().entry, RETRY_ENTRIES + 2, "it says it has seen its own entry");
    let nearly = Append { seen: 2, client_id: ClientId(1_500u128.to_le_bytes()), ..retry };
    assert!(matches!(world.one(Request::Append(nearly)), Ok(Answer::Repeated { entry: 502, .. })));
}

#[test]
fn retry_of_who_shows_no_right_is_not_searched_for() {
    let mut world = World::new();
    let first = world.append(0);
    world.send(&first).unwrap();
    let commit = world.commit(0, 0, 1);
    world.send(&commit).unwrap();
    world.restart();
    // The epoch has ended: who follows finds what was stored, who does not is told to catch up.
    let retry = Append { retry: true, follows: false, ..first };
    assert_eq!(world.one(Request::Append(retry.clone())).unwrap_err(), Refusal::Stale);
    let follows = Append { follows: true, ..retry };
    assert!(matches!(world.one(Request::Append(follows)), Ok(Answer::Repeated { entry: 1, .. })));
    // A commit shows its reader.
    world.restart();
    let retry = Append { retry: true, follows: false, ..commit };
    let mut strange = retry.clone();
    strange.commit.as_mut().unwrap().reader = secret(9).hash();
    assert_eq!(world.one(Request::Append(strange)).unwrap_err(), Refusal::Stale);
    assert!(matches!(world.one(Request::Append(retry)), Ok(Answer::Repeated { entry: 2, .. })));
}

#[test]
fn a_retry_searches_so_many_bytes_and_no_more() {
    let mut world = World::new();
    let first = world.append(0);
    world.send(&first).unwrap();
    for _ in 0..40 {
        let large = Append { payload: Bytes::from(vec![0; ENTRY_BYTES]), ..world.append(0) };
        world.send(&large).unwrap();
    }
    let last = world.append(0);
    world.send(&last).unwrap();
    world.restart();
    let retry = Append { retry: true, ..last };
    assert_eq!(world.one(Request::Append(retry.clone())).unwrap_err(), Refusal::Stale);
    let caught_up = Append { seen: 30, ..retry };
    assert!(matches!(world.one(Request::Append(caught_up)), Ok(Answer::Repeated { entry: 42, .. })));
}

#[test]
fn of_two_commits_one_wins_and_the_other_hears_which() {
    let mut world = World::new();
    let mut add = world.commit(0, 0, 1);
    add.commit.as_mut().unwrap().add_readers = vec![secret(2).hash()];
    world.send(&add).unwrap();
    let (ours, theirs) = (world.commit(1, 1, 1), world.commit(1, 1, 2));
    let results = world.batch(vec![Request::Append(ours), Request::Append(theirs)]);
    assert!(matches!(results[0], Ok(Answer::Appended(Appended { entry: 2, .. }))));
    assert!(matches!(results[1], Err(Refusal::CommitLost { entry: 2 })));
    let append = world.append(1);
    assert_eq!(world.send(&append).unwrap_err(), Refusal::Stale, "the epoch is over");
}

#[test]
fn calm_commits_wait_half_a_minute() {
    let mut world = World::new();
    let calm = |world: &mut World, epoch, previous| {
        let mut append = world.commit(epoch, previous, 1);
        append.commit.as_mut().unwrap().urgent = false;
        world.send(&append).map(|appended| appended.entry)
    };
    assert_eq!(calm(&mut world, 0, 0), Ok(1));
    world.now_ms += 10_000;
    assert_eq!(calm(&mut world, 1, 1), Err(Refusal::TooSoon { retry_after_ms: 20_000 }));
    let urgent = world.commit(1, 1, 1);
    assert_eq!(world.send(&urgent).unwrap().entry, 2);
    world.now_ms += CALM_COMMIT_MS - 10_000;
    assert_eq!(calm(&mut world, 2, 2), Ok(3));
}

#[test]
fn a_joiner_reads_from_its_commit_on_and_replaces_its_secret() {
    let mut world = World::new();
    let before = world.append(0);
    world.send(&before).unwrap();
    let mut add = world.commit(0, 0, 1);
    add.commit.as_mut().unwrap().add_readers = vec![secret(2).hash()];
    world.send(&add).unwrap();
    let after = world.append(1);
    world.send(&after).unwrap();
    let numbers: Vec<u64> = world.read(2, 0).unwrap().into_iter().map(|(number, _)| number).collect();
    assert_eq!(numbers, [2, 3]);
    let replace = ReplaceReader { log: LOG, old: secret(2).hash(), new: secret(3).hash(), write_hash: None };
    let (old, new) = (reader_tag(&secret(2).hash()), reader_tag(&secret(3).hash()));
    let answer = world.one(Request::ReplaceReader(replace.clone()));
    assert!(matches!(answer, Ok(Answer::Replaced { log: LOG, old: o, new: n }) if (o, n) == (old, new)));
    // Again, because the answer was lost: answered, and nothing moves.
    assert!(matches!(world.one(Request::ReplaceReader(replace)), Ok(Answer::Acknowledged)));
    assert_eq!(world.follow(2, 0).unwrap_err(), Refusal::NotAllowed);
    assert_eq!(world.read(3, 0).unwrap().len(), 2);
}

#[test]
fn whoever_was_removed_reads_nothing_more() {
    let mut world = World::new();
    let mut add = world.commit(0, 0, 1);
    add.commit.as_mut().unwrap().add_readers = vec![secret(2).hash(), secret(3).hash()];
    world.send(&add).unwrap();
    assert_eq!(world.read(2, 0).unwrap().len(), 1);
    let mut remove = world.commit(1, 1, 1);
    remove.commit.as_mut().unwrap().keep_readers = vec![secret(1).hash(), secret(3).hash()];
    let removed = world.send(&remove).unwrap();
    assert_eq!(removed.dropped, [reader_tag(&secret(2).hash())]);
    assert_eq!(world.follow(2, 0).unwrap_err(), Refusal::NotAllowed);
    assert_eq!(world.ack(2, 1).unwrap_err(), Refusal::NotAllowed);
    let replace = ReplaceReader { log: LOG, old: secret(2).hash(), new: secret(4).hash(), write_hash: None };
    assert_eq!(world.one(Request::ReplaceReader(replace)).unwrap_err(), Refusal::NotAllowed);
    let commit = world.commit(2, 2, 2);
    assert_eq!(world.send(&commit).unwrap_err(), Refusal::NotAllowed);
    assert_eq!(world.read(3, 0).unwrap().len(), 2);
}

/// Readers 1, 2 and 3; somebody left 2 out with entry 3, which was not read by it, as entry 2 was not.
fn left_out() -> World {
    let mut world = World::new();
    let mut add = world.commit(0, 0, 1);
    add.commit.as_mut().unwrap().add_readers = vec![secret(2).hash(), secret(3).hash()];
    world.send(&add).unwrap();
    let before = world.append(1);
    world.send(&before).unwrap();
    let mut drop = world.commit(1, 1, 1);
    drop.commit.as_mut().unwrap().keep_readers = vec![secret(1).hash(), secret(3).hash()];
    world.send(&drop).unwrap();
    let after = world.append(2);
    world.send(&after).unwrap();
    world
}

impl World {
    fn dropped(&mut self, device: u8, commit: u64) -> Result<(u64, u64), Refusal> {
        let reader = secret(device).hash();
        let follow = Follow { log: LOG, reader, after: 0, left_out: Some(commit) };
        match self.one(Request::Follow(follow))? {
            Answer::Dropped { by, commit } => Ok((by, commit.entry)),
            other => panic!("{other:?}"),
        }
    }

    fn come_back(&mut self, old: u8, new: u8, epoch: u8) -> Result<Answer, Refusal> {
        let (old, new) = (secret(old).hash(), secret(new).hash());
        let write_hash = Some(token(epoch).hash());
        self.one(Request::ReplaceReader(ReplaceReader { log: LOG, old, new, write_hash }))
    }
}

#[test]
fn reader_that_was_left_out_is_one_again_by_the_token_that_its_device_derives() {
    let mut world = left_out();
    for device in [1, 3] {
        world.ack(device, 4).unwrap();
    }
    assert_eq!(world.follow(2, 0).unwrap_err(), Refusal::NotAllowed);
    assert_eq!(world.dropped(2, 0).unwrap(), (3, 3));
    assert_eq!(world.dropped(2, 1).unwrap(), (3, 1));
    // Messages are not shown, nor what is to come.
    for entry in [2, 4, 5] {
        assert_eq!(world.dropped(2, entry).unwrap_err(), Refusal::NotAllowed);
    }
    for epoch in [0, 1, 3] {
        assert_eq!(world.come_back(2, 2, epoch).unwrap_err(), Refusal::NotAllowed);
    }
    assert!(matches!(world.come_back(2, 2, 2), Ok(Answer::Replaced { .. })));
    assert!(matches!(world.come_back(2, 2, 2), Ok(Answer::Acknowledged)), "a repeat moves nothing");
    assert_eq!(world.read(2, 1).unwrap().iter().map(|(entry, _)| *entry).collect::<Vec<_>>(), [2, 3, 4]);
    world.ack(2, 4).unwrap();
    assert_eq!(world.follow(1, 0).unwrap().first, 5, "then nothing is held back any more");
}

#[test]
fn device_that_was_left_out_and_then_removed_reads_nothing_after_the_removal() {
    let mut world = left_out();
    let mut remove = world.commit(2, 3, 1);
    remove.commit.as_mut().unwrap().keep_readers = vec![secret(1).hash(), secret(3).hash()];
    world.send(&remove).unwrap();
    let secret_text = world.append(3);
    world.send(&secret_text).unwrap();
    // It was a member after entry 3, and shows that. Entry 5 removed it.
    assert!(world.come_back(2, 4, 2).is_ok());
    for device in [2, 4] {
        assert_eq!(world.follow(device, 0).unwrap_err(), Refusal::NotAllowed);
        assert_eq!(world.dropped(device, 6).unwrap_err(), Refusal::NotAllowed);
    }
    assert_eq!(world.dropped(4, 0).unwrap(), (5, 5));
    assert_eq!(world.come_back(4, 4, 2).unwrap_err(), Refusal::NotAllowed);
    // Were it a member still, it would know the next token.
    assert!(world.come_back(4, 4, 3).is_ok());
    assert_eq!(world.read(4, 0).unwrap().len(), 6);
}

#[test]
fn reader_that_was_left_out_is_nobody_elses_and_not_kept_for_ever() {
    let mut world = left_out();
    let mut take = world.commit(2, 3, 1);
    take.commit.as_mut().unwrap().add_readers = vec![secret(2).hash()];
    assert!(matches!(world.send(&take).unwrap_err(), Refusal::Invalid(_)));
    let (old, new) = (secret(1).hash(), secret(2).hash());
    let replace = ReplaceReader { log: LOG, old, new, write_hash: None };
    assert!(matches!(world.one(Request::ReplaceReader(replace)).unwrap_err(), Refusal::Invalid(_)));
    world.now_ms += DROPPED_MS + 1;
    assert_eq!(world.dropped(2, 0).unwrap_err(), Refusal::NotAllowed);
    assert_eq!(world.come_back(2, 2, 2).unwrap_err(), Refusal::NotAllowed);
    let forgets = world.commit(2, 3, 1);
    world.send(&forgets).unwrap();
    assert!(world.store.readers(LOG).unwrap().dropped().is_empty());
}

#[test]
fn what_every_reader_has_is_served_no_more() {
    let mut world = World::new();
    let mut add = world.commit(0, 0, 1);
    add.commit.as_mut().unwrap().add_readers = vec![secret(2).hash()];
    world.send(&add).unwrap();
    for _ in 0..4 {
        let append = world.append(1);
        world.send(&append).unwrap();
    }
    world.ack(1, 5).unwrap();
    assert_eq!(world.read(1, 0).unwrap().len(), 5, "the other one has not");
    world.ack(2, 3).unwrap();
    assert_eq!(world.follow(1, 0).unwrap().first, 4);
    assert_eq!(world.read(1, 0).unwrap().len(), 2);
    let page = world.one(Request::Read(page_of(LOG, 1)));
    assert!(matches!(page, Ok(Answer::Page(PageAnswer { first: 4, last: 5, .. }))));
    // Who is removed holds nothing back once it cannot come back.
    let mut remove = world.commit(1, 1, 1);
    remove.commit.as_mut().unwrap().keep_readers = vec![secret(1).hash()];
    world.send(&remove).unwrap();
    assert_eq!(world.follow(1, 0).unwrap().first, 4);
    world.now_ms += DROPPED_MS + 1;
    let next = world.commit(2, 6, 1);
    world.send(&next).unwrap();
    assert_eq!(world.follow(1, 0).unwrap().first, 6);
}

#[test]
fn who_was_away_for_too_long_is_told() {
    let mut world = World::new();
    for _ in 0..3 {
        let append = world.append(0);
        world.send(&append).unwrap();
        world.now_ms += 1_000;
    }
    world.delivery.store().expire(1_001_500, i64::MAX).unwrap();
    assert_eq!(world.follow(1, 0).unwrap_err(), Refusal::Gone { first: 3 });
    assert_eq!(world.read(1, 2).unwrap(), [(3, "text 3".to_owned())]);
    let read = Request::Read(page_of(LOG, 1));
    assert_eq!(world.one(read).unwrap_err(), Refusal::Gone { first: 3 }, "also in the middle of catching up");
    world.delivery.store().expire(i64::MAX, i64::MAX).unwrap();
    assert_eq!(world.follow(1, 0).unwrap_err(), Refusal::Gone { first: 4 });
    assert!(world.read(1, 3).unwrap().is_empty());
}

#[test]
fn fields_of_the_wrong_length_and_too_much_are_refused_when_parsed() {
    let good = wire::Append {
        log: LOG.into(),
        write_token: token(0).to_field(),
        client_id: Bytes::from_static(&[1; 16]),
        payload: Bytes::from(vec![0; ENTRY_BYTES]),
        ..Default::default()
    };
    assert!(Append::parse(good.clone()).is_ok());
    let short = Bytes::from_static(&[1; 15]);
    for bad in [
        wire::Append { log: short.clone(), ..good.clone() },
        wire::Append { client_id: short.clone(), ..good.clone() },
        wire::Append { write_token: short.clone(), ..good.clone() },
        wire::Append { commit: Some(wire::Commit::default()), ..good.clone() },
    ] {
        assert!(matches!(Append::parse(bad), Err(Refusal::Invalid(_))));
    }
    let large = wire::Append { payload: Bytes::from(vec![0; ENTRY_BYTES + 1]), ..good.clone() };
    assert!(matches!(Append::parse(large.clone()), Err(Refusal::TooLarge(_))));
    let commit = wire::Commit {
        next_write_hash: Bytes::from_static(&[0; 32]),
        reader_secret: Bytes::from_static(&[0; 32]),
        ..Default::default()
    };
    assert!(Append::parse(wire::Append { commit: Some(commit.clone()), ..large }).is_ok());
    let crowd = wire::Commit { add_readers: vec![Bytes::from_static(&[0; 32]); 2_501], ..commit };
    let crowd = wire::Append { commit: Some(crowd), ..good };
    assert!(matches!(Append::parse(crowd), Err(Refusal::TooLarge(_))));
}

#[test]
fn pages_can_be_left_to_somebody_else() {
    let mut world = World::new();
    let append = world.append(0);
    let requests = [
        Request::Append(append),
        Request::Read(page_of(LOG, 1)),
        Request::Follow(Follow { log: LOG, reader: secret(1).hash(), after: 0, left_out: None }),
    ];
    let ops = requests.into_iter().enumerate().map(|(tag, request)| Op { tag: tag as u64, request });
    let (outcomes, pages) = world.delivery.execute_deferring(ops.collect(), 0);
    assert_eq!(outcomes.iter().map(|outcome| outcome.tag).collect::<Vec<_>>(), [0, 2]);
    let entries = world.store.read(&pages[0].page);
    let outcome = page_outcome(&pages[0], entries);
    assert_eq!(outcome.tag, 1);
    assert!(matches!(outcome.result, Ok(Answer::Page(PageAnswer { first: 1, last: 1, .. }))));
}

/// A store whose disk is full.
struct FullStore(MemoryStore);

impl Store for FullStore {
    fn log(&mut self, log: LogId) -> Result<Option<LogState>, StoreError> {
        self.0.log(log)
    }
    fn reader(&mut self, log: LogId, hash: &Hash32) -> Result<Option<Reader>, StoreError> {
        self.0.reader(log, hash)
    }
    fn readers(&mut self, log: LogId) -> Result<Readers, StoreError> {
        self.0.readers(log)
    }
    fn commit(&mut self, mutations: &[Mutation]) -> Result<(), StoreError> {
        let lasting = |mutation: &Mutation| !matches!(mutation, Mutation::Ack { .. });
        if mutations.iter().any(lasting) { Err(StoreError::Full) } else { self.0.commit(mutations) }
    }
    fn read(&mut self, page: &Page) -> Result<Vec<StoredEntry>, StoreError> {
        Store::read(&mut self.0, page)
    }
    fn pages(&self) -> Result<Box<dyn crate::store::PageReader>, StoreError> {
        self.0.pages()
    }
    fn expire(&mut self, before_ms: i64, now_ms: i64) -> Result<(), StoreError> {
        self.0.expire(before_ms, now_ms)
    }
    fn newest_ms(&mut self) -> Result<i64, StoreError> {
        self.0.newest_ms()
    }
    fn tidy(&mut self) -> Result<(), StoreError> {
        self.0.tidy()
    }
    fn flush(&mut self) -> Result<(), StoreError> {
        self.0.flush()
    }
}

#[test]
fn on_a_full_disk_writers_are_refused_and_readers_served() {
    let mut world = World::new();
    let append = world.append(0);
    world.send(&append).unwrap();
    let new = world.append(0);
    let mut full = Delivery::new(FullStore(world.store.clone()));
    let requests = [
        Request::Append(new.clone()),
        Request::Follow(Follow { log: LOG, reader: secret(1).hash(), after: 0, left_out: None }),
        Request::Ack(Ack { log: LOG, reader: secret(1).hash(), up_to: 2 }),
        Request::Read(page_of(LOG, 1)),
    ];
    let ops = requests.into_iter().enumerate().map(|(tag, request)| Op { tag: tag as u64, request });
    let results: Vec<_> = full.execute(ops.collect(), 0).into_iter().map(|outcome| outcome.result).collect();
    assert!(matches!(results[0], Err(Refusal::StorageFull)));
    assert!(matches!(results[1], Ok(Answer::Following(Following { head: 1, .. }))));
    assert!(matches!(results[2], Ok(Answer::Acknowledged)));
    assert!(matches!(results[3], Ok(Answer::Page(PageAnswer { last: 1, head: 1, .. }))));
    let cursor = world.store.reader(LOG, &secret(1).hash()).unwrap().unwrap().cursor;
    assert_eq!(cursor, 1, "not what was refused");
    // And it was not remembered as stored.
    assert_eq!(world.send(&new).unwrap().entry, 2);
}

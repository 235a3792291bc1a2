use bytes::Bytes;
use casemate_wire::ids::{ClientId, LogId};
use casemate_wire::limits::CALM_COMMIT_MS;

use super::*;

const LOG: LogId = LogId([1; 16]);

fn hash(n: u8) -> Hash32 {
    Hash32([n; 32])
}

/// A log with entries 1 to 9, of which 4 was the last commit, under token 1; readers 10, 11 and 12.
fn log() -> (LogState, Readers) {
    let state = LogState { next_entry: 10, last_commit: 4, ..LogState::new(0, hash(1)) };
    let readers = [10, 11, 12].map(|n| Reader { hash: hash(n), cursor: 3, from: 1 });
    (state, Readers::from_rows(readers.to_vec(), Vec::new()))
}

fn append(token: u8) -> Append {
    Append {
        log: LOG,
        write_hash: hash(token),
        client_id: ClientId([1; 16]),
        payload: Bytes::from_static(b"x"),
        commit: None,
        seen: 0,
        retry: false,
        follows: false,
        after: None,
    }
}

fn commit() -> Commit {
    Commit {
        previous: 4,
        next_write_hash: hash(2),
        reader: hash(10),
        urgent: false,
        add_readers: Vec::new(),
        keep_readers: Vec::new(),
    }
}

fn decide(change: impl FnOnce(&mut Commit)) -> Result<NewEntry, Refusal> {
    let (state, readers) = log();
    let mut commit = commit();
    change(&mut commit);
    decide_commit(&state, &readers, &append(1), &commit, 1_000)
}

#[test]
fn only_the_current_token_writes() {
    let (state, _) = log();
    assert_eq!(decide_append(&state, &append(2), 5), Err(Refusal::Stale));
    let new = decide_append(&state, &append(1), 5).unwrap();
    assert_eq!((new.entry, new.at_ms, new.commit), (10, 5, None));
}

#[test]
fn a_commit_names_its_predecessor_or_hears_who_won() {
    for previous in [0, 3, 5, u64::MAX] {
        assert_eq!(decide(|commit| commit.previous = previous), Err(Refusal::CommitLost { entry: 4 }));
    }
    let (state, readers) = log();
    // Who lost shows the token of the epoch before, too.
    let late = Commit { previous: 3, ..commit() };
    assert_eq!(decide_commit(&state, &readers, &append(9), &late, 0), Err(Refusal::CommitLost { entry: 4 }));
    assert_eq!(decide_commit(&state, &readers, &append(9), &commit(), 0), Err(Refusal::Stale));
    // Who shows neither token nor reader is not told where the log is.
    let stranger = Commit { reader: hash(99), ..late };
    assert_eq!(decide_commit(&state, &readers, &append(9), &stranger, 0), Err(Refusal::Stale));
    assert!(decide(|_| {}).is_ok());
}

#[test]
fn a_commit_has_an_author_among_the_readers() {
    assert_eq!(decide(|commit| commit.reader = hash(99)), Err(Refusal::NotAllowed));
}

#[test]
fn readers_are_named_once() {
    let keep = |keep: &[u8]| {
        let keep = keep.iter().copied().map(hash).collect();
        decide(|commit| commit.keep_readers = keep)
    };
    let add = |add: Vec<Hash32>| decide(|commit| commit.add_readers = add);
    assert!(keep(&[10, 12]).is_ok());
    assert!(keep(&[10, 13]).is_ok(), "a reader that is not there yet, or no more");
    assert!(matches!(keep(&[10, 10]), Err(Refusal::Invalid(_))), "twice");
    assert!(matches!(keep(&[11, 12]), Err(Refusal::Invalid(_))), "not the committer");
    assert!(add(vec![hash(20), hash(21)]).is_ok());
    assert!(matches!(add(vec![hash(20), hash(20)]), Err(Refusal::Invalid(_))), "twice");
    assert!(matches!(add(vec![hash(11)]), Err(Refusal::Invalid(_))), "there already");
    let many = |n: usize| (0..n).map(|n| Hash32::of(&[&n.to_le_bytes()])).collect::<Vec<_>>();
    assert!(add(many(READERS - 3)).is_ok());
    assert!(matches!(add(many(READERS - 2)), Err(Refusal::TooLarge(_))));
    let swap = decide(|commit| {
        commit.add_readers = many(READERS - 1);
        commit.keep_readers = vec![hash(10)];
    });
    assert!(swap.is_ok(), "those who are dropped make room");
}

#[test]
fn calm_commits_are_half_a_minute_apart_and_urgent_ones_have_an_allowance() {
    let (mut state, readers) = log();
    state.calm_commit_ms = 100_000;
    let calm = |now_ms| decide_commit(&state, &readers, &append(1), &commit(), now_ms);
    assert_eq!(calm(100_000), Err(Refusal::TooSoon { retry_after_ms: 30_000 }));
    assert_eq!(calm(100_000 + CALM_COMMIT_MS - 1), Err(Refusal::TooSoon { retry_after_ms: 1 }));
    assert!(calm(100_000 + CALM_COMMIT_MS).is_ok());

    let mut taken = 0;
    let mut urgent = |now_ms| {
        let commit = Commit { urgent: true, previous: state.last_commit, ..commit() };
        let token = Append { write_hash: state.write_hash, ..append(1) };
        let decided = decide_commit(&state, &readers, &token, &commit, now_ms)?;
        state.apply(&decided);
        taken += 1;
        Ok(())
    };
    while urgent(100_001).is_ok() {}
    assert_eq!(urgent(100_001), Err(Refusal::RateLimited { retry_after_ms: 1_000 }));
    assert_eq!(urgent(100_901), Err(Refusal::RateLimited { retry_after_ms: 100 }));
    assert_eq!(urgent(101_001), Ok(()));
    assert!(urgent(101_001).is_err());
    assert_eq!(taken, 65);
}

#[test]
fn a_follow_begins_where_the_reader_may_read_and_tells_what_expired() {
    let (mut state, _) = log();
    let follow = |state: &LogState, reader: Option<Reader>, after| {
        decide_follow(state, reader.as_ref(), &Follow { log: LOG, reader: hash(10), after, left_out: None })
    };
    let old = Some(Reader { hash: hash(10), cursor: 0, from: 1 });
    let added = Some(Reader { hash: hash(10), cursor: 5, from: 6 });
    assert_eq!(follow(&state, None, 0), Err(Refusal::NotAllowed));
    assert_eq!(follow(&state, old, 0), Ok(0));
    assert_eq!(follow(&state, old, 4), Ok(4));
    assert_eq!(follow(&state, old, 999), Ok(9), "not past the head");
    assert_eq!(follow(&state, added, 0), Ok(5), "from the commit that added it on");
    state.watermark = 7;
    assert_eq!(follow(&state, added, 0), Ok(7), "not what everybody has");
    state.first_entry = 9;
    assert_eq!(follow(&state, old, 0), Err(Refusal::Gone { first: 9 }));
    assert_eq!(follow(&state, old, 8), Ok(8));
    state.watermark = 8;
    assert_eq!(follow(&state, old, 0), Ok(8));
}

#[test]
fn a_repeat_of_creating_or_replacing_is_answered_as_before() {
    let create = CreateLog { log: LOG, write_hash: hash(1), reader_hash: hash(10) };
    let (state, readers) = log();
    assert!(matches!(decide_create(None, &create, 0), Ok(Creation::New(_))));
    let reader = readers.find(&hash(10));
    assert_eq!(decide_create(Some((&state, reader)), &create, 0), Ok(Creation::Repeated));
    assert_eq!(decide_create(Some((&state, None)), &create, 0), Err(Refusal::Taken));
    let other = CreateLog { write_hash: hash(2), ..create };
    assert_eq!(decide_create(Some((&state, reader)), &other, 0), Err(Refusal::Taken));

    let replace = |old, new| {
        let replace = ReplaceReader { log: LOG, old: hash(old), new: hash(new), write_hash: None };
        decide_replace(&readers, &replace, 0, |_| Ok(None))
    };
    assert!(matches!(replace(10, 20), Ok(Some(_))));
    assert_eq!(replace(20, 10), Ok(None), "the first answer was lost");
    assert!(matches!(replace(10, 11), Err(Refusal::Invalid(_))));
    assert_eq!(replace(20, 21), Err(Refusal::NotAllowed));
}

#[test]
fn acknowledging_moves_forward_only_and_not_past_the_head() {
    let (state, readers) = log();
    let reader = readers.find(&hash(10));
    let ack = |up_to| decide_ack(&state, reader, &Ack { log: LOG, reader: hash(10), up_to });
    assert_eq!(ack(3), Ok(None));
    assert!(matches!(ack(4), Ok(Some(Mutation::Ack { up_to: 4, .. }))));
    assert!(matches!(ack(99), Ok(Some(Mutation::Ack { up_to: 9, .. }))));
    assert_eq!(
        decide_ack(&state, None, &Ack { log: LOG, reader: hash(9), up_to: 1 }),
        Err(Refusal::NotAllowed)
    );
}

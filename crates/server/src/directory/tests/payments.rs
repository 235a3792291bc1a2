//! Blind tokens: allowances, spending, and the change of keys at midnight.

use casemate_wire::limits::BLOB_BYTES_PER_TOKEN;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::device_request_body::Request as DeviceAsk;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{CreateBlob, ErrorCode, IssueTokens, Token, TokenKind};

use crate::blobs::rules::BlobRefusal;
use crate::config::{Allowances, Policy};
use crate::testing::kit::Wallet;
use crate::testing::{World, create_log, open_policy};
use crate::tokens::DAY_MS;
use casemate_wire::ids::{BlobId, Hash32};

#[test]
fn an_allowance_a_day() {
    let allowances = Allowances { logs: 5, ..Allowances::default() };
    let mut world = World::new(Policy { allowances, ..open_policy() });
    let (ana, line) = world.person("ana", 1);
    assert_eq!(line.hello.token_keys.len(), 3);
    let Ok(Body::TokensIssued(issued)) =
        world.ask(line.id, ana.request(&line.hello, Wallet::new(&line.hello, TokenKind::Log, 1, 3).ask()))
    else {
        panic!()
    };
    assert_eq!(issued.left_today, 2);
    let three = || ana.request(&line.hello, Wallet::new(&line.hello, TokenKind::Log, 2, 3).ask());
    let error = world.ask(line.id, three()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ErrorRateLimited);
    assert_eq!(error.retry_after_ms, 12 * 60 * 60 * 1000, "at midnight; it is noon");
    // Another kind has an allowance of its own, and the rest of this one is still there.
    world.tokens(&ana, &line, TokenKind::Knock, 3);
    world.tokens(&ana, &line, TokenKind::Log, 2);
    world.now_ms += i64::try_from(error.retry_after_ms).unwrap();
    let line = world.line();
    world.tokens(&ana, &line, TokenKind::Log, 5);
}

#[test]
fn a_token_makes_one_log() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    let tokens = world.tokens(&ana, &line, TokenKind::Log, 2);
    world.ask(line.id, create_log(10, tokens[0].clone())).unwrap();
    // The answer was lost.
    world.ask(line.id, create_log(10, tokens[0].clone())).unwrap();
    assert_eq!(world.refused(line.id, create_log(11, tokens[0].clone())), ErrorCode::ErrorSpent);
    // Another kind's token, somebody's invention, none at all.
    let knock = world.tokens(&ana, &line, TokenKind::Knock, 1).remove(0);
    assert_eq!(world.refused(line.id, create_log(11, knock.clone())), ErrorCode::ErrorNotAllowed);
    let relabelled = Token { kind: TokenKind::Log.into(), ..knock };
    assert_eq!(world.refused(line.id, create_log(11, relabelled)), ErrorCode::ErrorNotAllowed);
    let other_nonce = Token { nonce: vec![9; 32].into(), ..tokens[1].clone() };
    assert_eq!(world.refused(line.id, create_log(11, other_nonce)), ErrorCode::ErrorNotAllowed);
    let Request::CreateLog(mut free) = create_log(11, tokens[1].clone()) else { panic!() };
    free.token = None;
    assert_eq!(world.refused(line.id, Request::CreateLog(free)), ErrorCode::ErrorNotAllowed);
    // A malformed request costs nothing.
    let Request::CreateLog(mut short) = create_log(11, tokens[1].clone()) else { panic!() };
    short.log = vec![1; 15].into();
    assert_eq!(world.refused(line.id, Request::CreateLog(short)), ErrorCode::ErrorInvalid);
    world.ask(line.id, create_log(11, tokens[1].clone())).unwrap();
}

#[test]
fn yesterdays_tokens_are_taken_and_older_ones_are_not() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    let tokens = world.tokens(&ana, &line, TokenKind::Log, 3);
    world.ask(line.id, create_log(10, tokens[0].clone())).unwrap();
    world.now_ms += DAY_MS;
    world.ask(line.id, create_log(11, tokens[1].clone())).unwrap();
    // What was spent is remembered as long as its key is taken.
    assert_eq!(world.refused(line.id, create_log(12, tokens[0].clone())), ErrorCode::ErrorSpent);
    // A connection of yesterday can still get tokens of yesterday's key.
    world.tokens(&ana, &line, TokenKind::Log, 1);
    world.now_ms += DAY_MS;
    assert_eq!(world.refused(line.id, create_log(12, tokens[2].clone())), ErrorCode::ErrorSpent);
    world.server.housekeeping(world.now_ms).unwrap();
    let count = |table: &str| -> i64 {
        let sql = format!("SELECT COUNT(*) FROM {table}");
        world.server.directory.db.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!((count("spent"), count("token_key")), (0, 6), "what the first day's keys bought is gone");
}

#[test]
fn a_clock_that_is_wrong_by_years_and_put_right_again() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    let right_ms = world.now_ms;
    let token = world.tokens(&ana, &line, TokenKind::Log, 1).remove(0);
    world.now_ms -= 3_000 * DAY_MS;
    // Behind: keys of the past are made, those of the future are kept but not taken.
    let line = world.line();
    assert_eq!(line.hello.token_keys.len(), 3);
    world.now_ms = right_ms;
    world.ask(line.id, create_log(10, token)).unwrap();
    // Before 1970 and far ahead: nothing breaks.
    for wrong_ms in [-5, i64::MIN, i64::MAX, 0] {
        world.now_ms = wrong_ms;
        world.line();
        world.server.housekeeping(wrong_ms).unwrap();
    }
}

#[test]
fn clock_that_was_ahead_takes_no_token_of_the_day_away() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    let tokens = world.tokens(&ana, &line, TokenKind::Log, 2);
    world.ask(line.id, create_log(10, tokens[0].clone())).unwrap();
    let right_ms = world.now_ms;
    world.now_ms += 1_000 * DAY_MS;
    world.server.directory.keep_house(world.now_ms).unwrap();
    world.line();
    world.now_ms = right_ms;
    world.server.directory.keep_house(right_ms).unwrap();
    let line = world.line();
    world.ask(line.id, create_log(11, tokens[1].clone())).unwrap();
    // What was spent is spent.
    assert_eq!(world.refused(line.id, create_log(12, tokens[0].clone())), ErrorCode::ErrorSpent);
}

fn blob(tokens: &[Token], size_bytes: u64, id: u8) -> Request {
    Request::CreateBlob(CreateBlob {
        blob: vec![id; 16].into(),
        size_bytes,
        upload_hash: Hash32::of(&[&[id; 32]]).into(),
        tokens: tokens.to_vec(),
    })
}

#[test]
fn blobs_are_paid_by_size_and_filled_by_their_maker() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    let tokens = world.tokens(&ana, &line, TokenKind::Blob, 4);
    let size = BLOB_BYTES_PER_TOKEN + 1;
    assert_eq!(world.refused(line.id, blob(&tokens[..1], size, 1)), ErrorCode::ErrorNotAllowed);
    let twice = [tokens[0].clone(), tokens[0].clone()];
    assert_eq!(world.refused(line.id, blob(&twice, size, 1)), ErrorCode::ErrorSpent);
    assert_eq!(world.refused(line.id, blob(&tokens[..1], 0, 1)), ErrorCode::ErrorInvalid);
    assert_eq!(world.refused(line.id, blob(&tokens[..1], u64::MAX, 1)), ErrorCode::ErrorTooLarge);
    let created = world.ask(line.id, blob(&tokens[..2], size, 1)).unwrap();
    assert_eq!(world.ask(line.id, blob(&tokens[..2], size, 1)).unwrap(), created);
    assert_eq!(world.refused(line.id, blob(&tokens[2..], size + 1, 1)), ErrorCode::ErrorTaken);
    assert_eq!(world.refused(line.id, blob(&tokens[..2], size, 2)), ErrorCode::ErrorSpent);

    world.ask(line.id, blob(&tokens[2..3], 10, 3)).unwrap();
    let (id, now_ms) = (BlobId([3; 16]), world.now_ms);
    let server = &mut world.server;
    assert_eq!(server.put_blob(id, &[9; 32], 0, b"hello", now_ms), Err(BlobRefusal::NotFound));
    assert_eq!(server.put_blob(id, &[3; 32], 0, b"hello", now_ms), Ok(5));
    assert_eq!(server.put_blob(id, &[3; 32], 0, b"hello", now_ms), Err(BlobRefusal::WrongOffset(5)));
    assert_eq!(server.put_blob(id, &[3; 32], 5, b"world!", now_ms), Err(BlobRefusal::TooLong));
    assert_eq!(server.blob(id, now_ms), Err(BlobRefusal::NotFound), "not before it is whole");
    assert_eq!(server.blob_offset(id, &[3; 32], now_ms), Ok(5));
    assert_eq!(server.put_blob(id, &[3; 32], 5, b"world", now_ms), Ok(10));
    assert_eq!(server.blob(id, now_ms), Ok(&b"helloworld"[..]));
    let later_ms = now_ms + 60 * DAY_MS;
    assert_eq!(server.blob(id, later_ms), Err(BlobRefusal::NotFound));
    assert_eq!(server.directory.housekeeping(later_ms).unwrap().len(), 2);
}

#[test]
fn nothing_ties_a_spent_token_to_whom_it_was_issued() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    let wallet = Wallet::new(&line.hello, TokenKind::Log, 1, 1);
    let Ok(Body::TokensIssued(issued)) = world.ask(line.id, ana.request(&line.hello, wallet.ask())) else {
        panic!()
    };
    let token = wallet.tokens(&issued).remove(0);
    // What the server saw at issuing has no byte in common with what it sees at spending.
    for seen in [&issued.evaluated[0][..], &issued.proof[..]] {
        for shown in [&token.nonce[..], &token.output[..]] {
            assert!(!seen.windows(8).any(|window| shown.windows(8).any(|other| other == window)));
        }
    }
    world.ask(line.id, create_log(10, token)).unwrap();
    // And no row of the directory names the log.
    let db = &world.server.directory.db;
    let tables: Vec<String> = db
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for table in tables {
        let mut statement = db.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                let value: rusqlite::types::Value = row.get(column).unwrap();
                if let rusqlite::types::Value::Blob(bytes) = value {
                    assert!(!bytes.windows(16).any(|window| window == [10; 16]), "{table}");
                }
            }
        }
    }
}

/// Tokens are evaluated for who may have them: what is no group element is not even looked at for others.
#[test]
fn tokens_over_the_allowance_are_refused_before_they_are_evaluated() {
    let policy = Policy { allowances: Allowances { logs: 3, ..Allowances::default() }, ..open_policy() };
    let mut world = World::new(policy);
    let (ana, line) = world.person("ana", 1);
    let key = line.hello.token_keys.iter().find(|key| key.kind() == TokenKind::Log).unwrap();
    let mut ask = |blinded: usize| {
        let blinded = vec![vec![0xff; 32].into(); blinded];
        let issue = IssueTokens { kind: TokenKind::Log.into(), key_id: key.key_id, blinded };
        world.refused(line.id, ana.request(&line.hello, DeviceAsk::IssueTokens(issue)))
    };
    assert_eq!(ask(4), ErrorCode::ErrorRateLimited);
    assert_eq!(ask(3), ErrorCode::ErrorInvalid);
}

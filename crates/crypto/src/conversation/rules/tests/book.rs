//! The book of level two: who is awaited, and below which document no device is added.

use super::super::super::book::{AWAITED, PUT_OUT};
use super::*;

fn floor_of(person: &Person) -> Book {
    Book::default().with(&person.manifest())
}

fn kept(case: Case, book: Book) -> Case {
    let mut case = second(case);
    case.book = book;
    case
}

/// In the place of the first device a new one, the third.
fn moved(person: &Person) -> Person {
    person.add_device(3).next(|document| {
        document.devices.remove(0);
        document.devices.last_mut().unwrap().primary = true;
    })
}

fn no_admin_but(person: &Person) -> impl FnOnce(&mut ConversationState) {
    let account = person.account;
    move |state| state.admins = vec![account.into()]
}

#[test]
fn drop_of_the_only_admins_last_device_makes_nobody_else_admin() {
    // Ana replaces her device: Bob shows it, and would be admin.
    let replaced = moved(&ana());
    let dropped = || second(group().by(1).remove(0).manifest_of(&replaced));
    dropped().book(floor_of(&replaced)).applied();
    dropped().skipped(SkipReason::BadBook);
    dropped().book(floor_of(&replaced)).edit(no_admin_but(&bob())).skipped(SkipReason::AdminsNotAllowed);
    dropped().edit(no_admin_but(&bob())).skipped(SkipReason::BadBook);
    // At level one as before, so that old and new versions agree.
    group().by(1).remove(0).manifest_of(&replaced).edit(no_admin_but(&bob())).applied();
    // Who leaves is not awaited, and who goes in part only is there.
    let word = LeaveStatement::sign(&ana().id(0), LOG, During::Leaf(Leaf::of(&ana(), 0).hash));
    second(group().by(1).remove(0).leave(word)).edit(no_admin_but(&bob())).applied();
}

#[test]
fn awaited_admin_is_added_by_anybody_and_is_admin_still() {
    let replaced = moved(&ana());
    let mut waiting = kept(strict_group().by(0), floor_of(&replaced));
    waiting.leaves = vec![Leaf::of(&bob(), 0), Leaf::of(&eve(), 0)];
    waiting.clone().edit(no_admin_but(&bob())).skipped(SkipReason::AdminsNotAllowed);
    waiting.clone().add(Leaf::of(&bob(), 1)).applied();
    let back = waiting.clone().by(1).add(Leaf::of(&replaced, 3));
    back.clone().book(Book::default()).applied();
    back.clone().skipped(SkipReason::BadBook);
    back.book(Book::default()).edit(no_admin_but(&eve())).skipped(SkipReason::AdminsNotAllowed);
    // The dropped device does not come back, whoever shows what.
    waiting.clone().by(1).add(Leaf::of(&ana(), 0)).skipped(SkipReason::BelowFloor);
    let shown = waiting.clone().by(1).add(Leaf::of(&ana(), 0)).manifest_of(&replaced);
    shown.skipped(SkipReason::DroppedDevice);
    // Somebody else is added as the state says.
    let zoe = Person::named("zoe");
    waiting.by(1).add(Leaf::of(&zoe, 0)).skipped(SkipReason::AddNotAllowed);
}

#[test]
fn device_dropped_by_a_newer_document_does_not_come_back_with_an_older_one() {
    // Bob's first device, which has not committed since, carries the older one.
    let (newer, leaves) = (bob().drop_device(1), [Leaf::of(&ana(), 0), Leaf::of(&bob(), 0)]);
    let open = Case::new(group().state, &leaves).add(Leaf::of(&bob(), 1));
    second(open.clone()).applied();
    let back = kept(open.clone(), floor_of(&newer));
    back.clone().skipped(SkipReason::BelowFloor);
    back.manifest_of(&newer).skipped(SkipReason::DroppedDevice);
    // The commit that removed it sets the floor.
    let removes = second(group().remove(2).manifest_of(&newer));
    removes.clone().book(floor_of(&newer)).applied();
    removes.skipped(SkipReason::BadBook);
    // Others of the account come with the document that sets it, or a newer one.
    let third = newer.add_device(3);
    let come = kept(Case::new(group().state, &leaves), floor_of(&newer)).add(Leaf::of(&third, 3));
    come.applied();
    // Once all leaves carry it, the floor is gone.
    let all = kept(Case::new(group().state, &leaves).by(1), floor_of(&newer)).path(Leaf::of(&newer, 0));
    all.clone().book(Book::default()).applied();
    all.skipped(SkipReason::BadBook);
    // At level one as before.
    open.applied();
}

#[test]
fn keys_that_were_replaced_reach_no_floor() {
    let bob = bob();
    let restored = moved(&bob.succeeded(1, 1)).drop_device(1);
    let mut waiting = kept(group(), floor_of(&restored));
    waiting.leaves = vec![Leaf::of(&ana(), 0), Leaf::of(&eve(), 0)];
    // From the first words, as many successions and more, and higher versions.
    let thief = bob.succeeded(2, 0).add_device(5).next(|_| {}).next(|_| {}).next(|_| {});
    for thief in [thief.clone(), thief.succeeded(3, 0)] {
        waiting.clone().add(Leaf::of(&thief, 5)).skipped(SkipReason::BelowFloor);
    }
    waiting.add(Leaf::of(&restored, 3)).book(Book::default()).applied();
}

#[test]
fn admins_alone_dismiss_who_is_awaited() {
    let newer = moved(&eve());
    let mut waiting = kept(group(), floor_of(&newer));
    let dismiss = |mut case: Case| {
        case.note.dismissed = vec![eve().account];
        case
    };
    dismiss(waiting.clone()).book(Book::default()).applied();
    dismiss(waiting.clone()).skipped(SkipReason::BadBook);
    dismiss(waiting.clone().by(1)).book(Book::default()).skipped(SkipReason::RemoveNotAllowed);
    // In the commit that removes the last device, too: else whoever drops it in time stays awaited.
    waiting.book = Book::default();
    waiting.leaves.push(Leaf::of(&eve(), 0));
    let put_out = waiting.remove(3).manifest_of(&newer);
    put_out.clone().book(floor_of(&newer)).applied();
    dismiss(put_out).applied();
}

#[test]
fn book_is_edited_by_nobody() {
    let book = floor_of(&moved(&eve()));
    second(group()).book(book.clone()).skipped(SkipReason::BadBook);
    group().book(book.clone()).skipped(SkipReason::BadBook);
    kept(group(), book.clone()).book(Book::default()).skipped(SkipReason::BadBook);
    let mut raised = group().book(book);
    raised.new_level = Some(Level::Two);
    raised.skipped(SkipReason::BadBook);
}

#[test]
fn book_is_bounded_and_keeps_admins() {
    let others = (0..AWAITED).map(|n| Person::named(&format!("p{n}")));
    let full = others.fold(Book::default(), |book, person| book.with(&person.manifest()));
    let eves = moved(&eve());
    let mut case = kept(group(), full.clone());
    case.leaves.push(Leaf::of(&eve(), 0));
    // One more is not awaited, and goes as at level one.
    case.clone().remove(3).manifest_of(&eves).applied();
    case.state.admins.push(eve().account.into());
    case.remove(3).manifest_of(&eves).book(full.with(&eves.manifest())).applied();
}

#[test]
fn book_has_one_encoding() {
    let book = floor_of(&ana()).with(&bob().manifest());
    let bytes = book.to_bytes();
    assert_eq!(Book::parse(&bytes).ok(), Some(book));
    for len in 0..bytes.len() {
        assert!(Book::parse(&bytes[..len]).is_err(), "cut to {len}");
    }
    assert!(Book::parse(&[&bytes[..], b"x"].concat()).is_err());
    assert!(Book::parse(&Book::default().to_bytes()).is_err(), "an empty one is not written");
    let (head, entries) = bytes.split_at(5);
    let (first, second) = entries.split_at(entries.len() / 2);
    for disordered in [[second, first], [first, first]] {
        assert!(Book::parse(&[head, &disordered.concat()].concat()).is_err());
    }
}

#[test]
fn book_with_who_was_put_out_has_one_encoding() {
    let mut book = floor_of(&ana());
    book.put_out = [bob().account, eve().account].into();
    let bytes = book.to_bytes();
    assert_eq!(Book::parse(&bytes).ok(), Some(book.clone()));
    for len in 0..bytes.len() {
        assert!(Book::parse(&bytes[..len]).is_err(), "cut to {len}");
    }
    let (head, accounts) = bytes.split_at(bytes.len() - 32);
    let (first, second) = accounts.split_at(16);
    for disordered in [[second, first], [first, first]] {
        assert!(Book::parse(&[head, &disordered.concat()].concat()).is_err());
    }
    // Nobody put out is written as the first version.
    book.put_out.clear();
    let longer = [&[2][..], &book.to_bytes()[1..], &0u32.to_be_bytes()].concat();
    assert!(Book::parse(&longer).is_err());
}

#[test]
fn put_out_of_a_continuation_are_kept_and_are_bounded() {
    let mut case = second(group().remove(3));
    case.leaves.push(Leaf::of(&eve(), 0));
    // Elsewhere nobody asks who was there before.
    case.clone().applied();
    case.state.successor_of = LOG.into();
    let mut book = Book::default();
    book.put_out.insert(eve().account);
    case.clone().book(book).applied();
    case.clone().skipped(SkipReason::BadBook);
    // Who leaves by themselves is not.
    let word = LeaveStatement::sign(&eve().id(0), LOG, During::Leaf(Leaf::of(&eve(), 0).hash));
    case.clone().leave(word).applied();
    // One more than there is room for is not kept.
    let full = (0..PUT_OUT as u32).map(|n| {
        let mut account = [0; 16];
        account[..4].copy_from_slice(&n.to_be_bytes());
        AccountId(account)
    });
    case.book.put_out = full.collect();
    case.applied();
}

//! Who can derive a call's secret.

use casemate_wire::ids::CallId;

use super::chat::Chat;
use crate::conversation::Change;
use crate::testing::Person;

const CALL: CallId = CallId([7; 16]);

#[test]
fn members_of_an_epoch_share_a_calls_secret_and_nobody_else_does() {
    let people = [Person::named("ana"), Person::named("bob"), Person::named("eve")];
    let mut chat = Chat::group(&people.each_ref());
    let secret =
        |chat: &Chat, device: usize, call| *chat.devices[device].get().call_secret(call).unwrap().expose();
    let first = secret(&chat, 0, CALL);
    assert_eq!(first, secret(&chat, 1, CALL));
    assert_eq!(first, secret(&chat, 2, CALL));
    assert_ne!(first, secret(&chat, 0, CallId([8; 16])), "another call");
    let refresh = chat.note();
    chat.commit(0, Change::default(), refresh);
    let second = secret(&chat, 0, CALL);
    assert_ne!(first, second, "another epoch");
    assert_eq!(second, secret(&chat, 2, CALL));
    // Eve is removed.
    let leaf = chat.devices[0].leaf_of(&chat.devices[2].id);
    let note = chat.note();
    chat.commit(0, Change { remove: vec![leaf], ..Change::default() }, note);
    assert_ne!(second, secret(&chat, 0, CALL));
    assert_eq!(secret(&chat, 0, CALL), secret(&chat, 1, CALL));
    assert!(chat.devices[2].get().call_secret(CALL).is_err());
}

//! What people see of a conversation, as its group's context carries it: parsed and bounded here.

use std::collections::BTreeSet;

use casemate_content::limits::{DESCRIPTION_BYTES, GROUP_NAME_BYTES};
use casemate_content::proto::{ConversationKind, ConversationState, Permissions, Who};
use casemate_wire::ids::{AccountId, LogId};
use casemate_wire::limits::READERS;
use prost::Message;

/// Largest encoded state: a thousand admins and a picture's descriptor fit.
pub(crate) const STATE_BYTES: usize = 64 * 1024;

/// Reads a state and checks its form. Unknown fields are left alone, so that a later version can add some.
pub(crate) fn parse(bytes: &[u8]) -> Option<ConversationState> {
    if bytes.len() > STATE_BYTES {
        return None;
    }
    let state = ConversationState::decode(bytes).ok()?;
    is_well_formed(&state).then_some(state)
}

pub(crate) fn is_well_formed(state: &ConversationState) -> bool {
    let Ok(kind) = ConversationKind::try_from(state.kind) else { return false };
    let permissions = state.permissions.unwrap_or_default();
    let texts = state.name.len() <= GROUP_NAME_BYTES && state.description.len() <= DESCRIPTION_BYTES;
    let known =
        [permissions.add, permissions.edit, permissions.send].iter().all(|who| Who::try_from(*who).is_ok());
    let successor = state.successor_of.is_empty() || state.successor_of.len() == LogId::LEN;
    let people = match kind {
        ConversationKind::Group => state.members.is_empty() && are_accounts(&state.admins, 1..=READERS),
        ConversationKind::Pair => {
            are_accounts(&state.members, 2..=2) && state.members.is_sorted() && has_no_admins(state)
        }
        ConversationKind::Own => are_accounts(&state.members, 1..=1) && has_no_admins(state),
    };
    texts && known && successor && people && state.encoded_len() <= STATE_BYTES
}

pub(crate) fn is_group(state: &ConversationState) -> bool {
    state.kind() == ConversationKind::Group
}

pub(crate) fn is_admin(state: &ConversationState, account: AccountId) -> bool {
    state.admins.iter().any(|admin| admin[..] == account.0)
}

/// In conversations of two and of one's own devices: whether the account is one of those they are for.
pub(crate) fn is_listed(state: &ConversationState, account: AccountId) -> bool {
    state.members.iter().any(|member| member[..] == account.0)
}

pub(crate) fn permissions(state: &ConversationState) -> Permissions {
    state.permissions.unwrap_or_default()
}

/// In these, both may do everything.
fn has_no_admins(state: &ConversationState) -> bool {
    state.admins.is_empty() && permissions(state) == Permissions::default()
}

/// Each once.
fn are_accounts(list: &[bytes::Bytes], len: std::ops::RangeInclusive<usize>) -> bool {
    let distinct: BTreeSet<_> = list.iter().collect();
    len.contains(&list.len())
        && distinct.len() == list.len()
        && list.iter().all(|account| account.len() == AccountId::LEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(n: u8) -> bytes::Bytes {
        AccountId([n; 16]).into()
    }

    fn group() -> ConversationState {
        ConversationState { name: "walkers".into(), admins: vec![account(1)], ..ConversationState::default() }
    }

    fn pair() -> ConversationState {
        ConversationState {
            kind: ConversationKind::Pair.into(),
            members: vec![account(1), account(2)],
            ..ConversationState::default()
        }
    }

    #[test]
    fn good_states() {
        assert!(is_well_formed(&group()) && is_well_formed(&pair()));
        let own = ConversationState {
            kind: ConversationKind::Own.into(),
            members: vec![account(1)],
            ..ConversationState::default()
        };
        assert!(is_well_formed(&own));
        let admins = (0..=255).map(account).collect();
        assert!(is_well_formed(&ConversationState { admins, ..group() }));
    }

    #[test]
    fn bad_states() {
        let only_admins = Permissions { edit: Who::Admins.into(), ..Permissions::default() };
        for (bad, why) in [
            (ConversationState { kind: 9, ..group() }, "kind"),
            (ConversationState { admins: vec![], ..group() }, "no admin"),
            (ConversationState { admins: vec![account(1), account(1)], ..group() }, "twice"),
            (ConversationState { admins: vec![vec![1; 15].into()], ..group() }, "length"),
            (ConversationState { members: vec![account(1)], ..group() }, "members in a group"),
            (ConversationState { name: "x".repeat(GROUP_NAME_BYTES + 1), ..group() }, "name"),
            (ConversationState { description: "x".repeat(DESCRIPTION_BYTES + 1), ..group() }, "description"),
            (ConversationState { successor_of: vec![1].into(), ..group() }, "successor"),
            (
                ConversationState {
                    permissions: Some(Permissions { add: 7, ..Permissions::default() }),
                    ..group()
                },
                "who",
            ),
            (ConversationState { members: vec![account(1)], ..pair() }, "a pair of one"),
            (ConversationState { members: vec![account(2), account(1)], ..pair() }, "not sorted"),
            (ConversationState { admins: vec![account(1)], ..pair() }, "admins in a pair"),
            (ConversationState { permissions: Some(only_admins), ..pair() }, "nobody may edit"),
        ] {
            assert!(!is_well_formed(&bad), "{why}");
        }
        assert_eq!(parse(&vec![0; STATE_BYTES + 1]), None);
        assert_eq!(parse(b"\xff\xff"), None);
    }

    #[test]
    fn fields_of_a_later_version_are_left_alone() {
        let bytes = [&group().encode_to_vec()[..], &[0x98, 0x06, 0x01]].concat();
        assert_eq!(parse(&bytes), Some(group()));
    }
}

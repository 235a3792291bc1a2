use super::*;
use crate::store::MemoryKv;

#[test]
fn lists_grow_and_shrink_by_item() {
    let kv = MemoryKv::new();
    let store = Store::new(&kv);
    let list = |key: &str| store.list::<String>(Table::ProposalQueue, &key).unwrap();
    assert!(list("a").is_empty());
    for item in ["one", "two", "three"] {
        store.append(Table::ProposalQueue, &"a", &item).unwrap();
    }
    store.remove_from_list(Table::ProposalQueue, &"a", &"two").unwrap();
    store.remove_from_list(Table::ProposalQueue, &"a", &"absent").unwrap();
    assert_eq!(list("a"), ["one", "three"]);
    assert!(list("b").is_empty());
    store.remove(Table::ProposalQueue, &"a").unwrap();
    assert!(kv.is_empty());
}

/// What earlier builds wrote with another crate is found and read.
#[test]
fn bytes_stay_as_they_were() {
    #[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
    enum Kind {
        None,
        Two(u64, Option<i64>),
        Named { bytes: Vec<u8>, text: String },
    }
    let bytes = (0..=255).collect();
    let all = vec![
        Kind::None,
        Kind::Two(u64::MAX, Some(-300)),
        Kind::Two(23, None),
        Kind::Named { bytes, text: "ü".into() },
    ];
    let mut earlier = Vec::new();
    ciborium::into_writer(&all, &mut earlier).unwrap();
    assert_eq!(to_cbor(&all).unwrap(), earlier);
    assert_eq!(from_cbor::<Vec<Kind>>(&earlier).unwrap(), all);
    assert!(from_cbor::<Vec<Kind>>(&earlier[..earlier.len() - 1]).is_err());
}

#[test]
fn keys_of_different_kinds_do_not_meet_and_damage_is_an_error() {
    let kv = MemoryKv::new();
    let store = Store::new(&kv);
    store.put(Table::Tree, &"key", &1u8).unwrap();
    store.put(Table::Context, &"key", &2u8).unwrap();
    assert_eq!(store.get::<u8>(Table::Tree, &"key"), Ok(Some(1)));
    assert_eq!(store.get::<u8>(Table::Context, &"key"), Ok(Some(2)));
    assert_eq!(store.get::<u8>(Table::Psk, &"key"), Ok(None));
    assert!(matches!(store.get::<String>(Table::Tree, &"key"), Err(StoreError::Unreadable(_))));
}

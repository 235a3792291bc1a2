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
    assert_eq!(*to_cbor(&all).unwrap(), earlier);
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

/// Bytes below 24, which CBOR writes as they are, also as a list of numbers. They stand nowhere in this program.
#[cfg(target_os = "linux")]
static MASKED: [u8; 48] = [
    0xbc, 0xa1, 0xa4, 0xbf, 0xbd, 0xb9, 0xa9, 0xa7, 0xa0, 0xbd, 0xaa, 0xae, 0xac, 0xa4, 0xb8, 0xa0, 0xa5,
    0xba, 0xac, 0xbb, 0xa0, 0xa9, 0xaf, 0xa6, 0xa1, 0xae, 0xa5, 0xae, 0xab, 0xad, 0xbc, 0xbc, 0xa7, 0xad,
    0xad, 0xa9, 0xa9, 0xaf, 0xaf, 0xae, 0xae, 0xa2, 0xa3, 0xaf, 0xba, 0xbe, 0xbd, 0xaf,
];

#[cfg(target_os = "linux")]
const MASK: u8 = 0xa8;

/// One that no compiler works out before.
#[cfg(target_os = "linux")]
fn secret_byte(masked: &u8) -> u8 {
    masked ^ std::hint::black_box(MASK)
}

/// How often the secret is in what this process may write to.
#[cfg(target_os = "linux")]
fn times_in_memory() -> usize {
    use std::io::{Read as _, Seek as _, SeekFrom};

    const AT_ONCE: usize = 16 * 1024;
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mut memory = std::fs::File::open("/proc/self/mem").unwrap();
    let mut seen = Value::new(vec![0; AT_ONCE + MASKED.len()]);
    let mut times = 0;
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (first, rest) = line.split_once('-').unwrap();
        let (end, _) = rest.split_once(' ').unwrap();
        let [first, end] = [first, end].map(|place| u64::from_str_radix(place, 16).unwrap());
        for place in (first..end).step_by(AT_ONCE) {
            let wanted = usize::try_from(end - place).unwrap().min(seen.len());
            // What is read into would be read.
            let (own, length) = (seen.as_ptr().addr() as u64, seen.len() as u64);
            if place < own + length && own < place + length {
                continue;
            }
            // What another thread gave back meanwhile cannot be read.
            if memory.seek(SeekFrom::Start(place)).is_err() || memory.read_exact(&mut seen[..wanted]).is_err()
            {
                continue;
            }
            let is_it =
                |part: &&[u8]| part.iter().zip(&MASKED).all(|(byte, masked)| *byte == secret_byte(masked));
            times += seen[..wanted].windows(MASKED.len()).filter(is_it).count();
            seen.fill(0);
        }
    }
    times
}

#[cfg(target_os = "linux")]
#[test]
fn secret_of_a_value_is_nowhere_in_memory_once_the_store_is_gone() {
    #[derive(Serialize)]
    struct Ratchet<'a> {
        before: Vec<u8>,
        secret: &'a [u8],
        after: Vec<u8>,
    }
    let kv = MemoryKv::new();
    {
        let mut secret = Value::new(Vec::with_capacity(MASKED.len()));
        secret.extend(MASKED.iter().map(secret_byte));
        // It is written early in a value that grows several times.
        for (key, bytes) in [("held back", 600), ("kept", 3_000)] {
            let ratchet = Ratchet { before: vec![1; bytes], secret: &secret, after: vec![2; 40_000] };
            let overlay = crate::store::Overlay::new(&kv);
            Store::new(&overlay).put(Table::MessageSecrets, &key, &ratchet).unwrap();
            assert!(times_in_memory() > 0, "the search finds what is there");
            let read = overlay.read(&key_of(Table::MessageSecrets, &key).unwrap()).unwrap();
            assert!(read.is_some());
            if key == "kept" {
                overlay.keep().unwrap();
            }
        }
    }
    assert_eq!(times_in_memory(), 1, "in the store alone");
    drop(kv);
    assert_eq!(times_in_memory(), 0);
}

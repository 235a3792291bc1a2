//! What auditors fetch: epochs as bytes, which are made once for a head and kept, some hundred at a time. On a connection of its own, so
//! that an auditor who verifies the whole list from the beginning holds up no request.

use std::collections::VecDeque;
use std::path::Path;

use bytes::Bytes;
use casemate_wire::proto::transparency as proto;
use prost::Message;
use rusqlite::{Connection, OpenFlags};

use super::epochs;

/// Epochs that are made together: auditors ask for the next ones.
const BLOCK: u64 = 512;

/// Bytes of epochs that one page holds, but for one that is larger alone.
const PAGE_BYTES: usize = 2 * 1024 * 1024;

/// Bytes that are kept. Fewer make an auditor who is behind wait for proofs that another one had made before.
const KEPT_BYTES: usize = 16 * 1024 * 1024;

/// The newest head, and what is known of it.
#[derive(Debug, Clone)]
pub struct Newest {
    /// Its epoch.
    pub epoch: u64,
    /// When it was signed, Unix time in milliseconds.
    pub at_ms: i64,
    /// It.
    pub head: proto::SignedHead,
    /// By which it is signed.
    pub server_key: [u8; 32],
}

impl Newest {
    /// Names a page under this head: it is the same as long as this is.
    pub fn tag(&self, (after, known): (u64, u64)) -> String {
        format!("\"{}-{}-{after}-{known}\"", self.epoch, self.at_ms)
    }
}

/// See the module.
pub struct Pages {
    db: Connection,
    blocks: Blocks,
}

impl Pages {
    /// For the log in this file, which is there.
    pub fn open(path: &Path) -> Result<Self, rusqlite::Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags)?;
        db.busy_timeout(std::time::Duration::from_secs(10))?;
        Ok(Self { db, blocks: Blocks::default() })
    }

    /// See [`Blocks::page`].
    pub fn page(&mut self, wanted: (u64, u64), newest: &Newest) -> Result<Vec<u8>, rusqlite::Error> {
        self.blocks.page(&self.db, wanted, newest)
    }
}

/// Epochs as they go into pages, with the proofs that they are in the tree of the newest one.
#[derive(Default)]
pub struct Blocks {
    /// Of this tree.
    newest: u64,
    /// The one made last is the last.
    kept: VecDeque<Block>,
    bytes: usize,
    /// Epochs that were made ever.
    #[cfg(test)]
    pub made: u64,
}

struct Block {
    number: u64,
    /// From the block's first on, as many as fit a page.
    epochs: Vec<Bytes>,
}

impl Blocks {
    /// The epochs after `wanted.0`, as many as fit, under a head that goes on from that of epoch `wanted.1`: an encoded
    /// [`proto::Epochs`].
    pub fn page(
        &mut self,
        db: &Connection,
        (after, known): (u64, u64),
        newest: &Newest,
    ) -> Result<Vec<u8>, rusqlite::Error> {
        let extension = match known {
            known if (1..=newest.epoch).contains(&known) => {
                let hashes = epochs::consistency(db, known, newest.epoch)?.concat().into();
                Some(proto::Extension { from_epoch: known, hashes })
            }
            _ => None,
        };
        let server_key = Bytes::copy_from_slice(&newest.server_key);
        let (head, epochs) = (Some(newest.head.clone()), Vec::new());
        let mut page = proto::Epochs { head, extension, epochs, server_key }.encode_to_vec();
        // One message behind the other is both of them together.
        for epoch in self.epochs(db, after, newest.epoch)? {
            page.extend_from_slice(&epoch);
        }
        Ok(page)
    }

    fn epochs(&mut self, db: &Connection, after: u64, newest: u64) -> Result<Vec<Bytes>, rusqlite::Error> {
        if self.newest != newest {
            *self = Self {
                newest,
                #[cfg(test)]
                made: self.made,
                ..Self::default()
            };
        }
        if after >= newest {
            return Ok(Vec::new());
        }
        let (number, skip) = (after / BLOCK, (after % BLOCK) as usize);
        let end = (number + 1).saturating_mul(BLOCK).min(newest);
        if !self.kept.iter().any(|block| block.number == number) {
            let epochs = self.make(db, number * BLOCK + 1, end)?;
            self.bytes += epochs.iter().map(Bytes::len).sum::<usize>();
            self.kept.push_back(Block { number, epochs });
            while self.bytes > KEPT_BYTES && self.kept.len() > 1 {
                let gone = self.kept.pop_front().map_or(0, |block| block.epochs.iter().map(Bytes::len).sum());
                self.bytes -= gone;
            }
        }
        let kept = self.kept.iter().find(|block| block.number == number);
        match kept.and_then(|block| block.epochs.get(skip..)) {
            Some(epochs) if !epochs.is_empty() => Ok(epochs.to_vec()),
            // The block is larger than a page.
            _ => self.make(db, after + 1, end),
        }
    }

    fn make(&mut self, db: &Connection, first: u64, last: u64) -> Result<Vec<Bytes>, rusqlite::Error> {
        let (mut made, mut bytes) = (Vec::new(), 0);
        for epoch in first..=last {
            let (root, appended) = epochs::one(db, epoch)?;
            bytes += appended.len();
            if bytes > PAGE_BYTES && !made.is_empty() {
                break;
            }
            let inclusion = epochs::inclusion(db, epoch, self.newest)?.concat().into();
            let root = Bytes::copy_from_slice(&root);
            let epoch = proto::Epoch { epoch, root, inclusion, appended: appended.into() };
            made.push(
                proto::Epochs { epochs: vec![epoch], ..proto::Epochs::default() }.encode_to_vec().into(),
            );
            #[cfg(test)]
            {
                self.made += 1;
            }
        }
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transparency::{Change, Transparency};
    use casemate_transparency::audit::Audited;
    use casemate_wire::ids::Hash32;
    use ed25519_dalek::SigningKey;

    const NOW: i64 = 1_795_176_000_000;

    #[test]
    fn auditors_beside_the_directory_get_epochs_that_were_made_once() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("transparency.db");
        let key = SigningKey::from_bytes(&[7; 32]);
        let mut log = Transparency::open(Some(&path), [1; 16], key.clone(), &mut rand_core::OsRng).unwrap();
        let publish = |log: &mut Transparency, number: u32| {
            let name = Hash32::of(&[&number.to_be_bytes()]);
            log.publish(&[Change { number: 1, name, value: Hash32([1; 32]) }], NOW).unwrap();
        };
        let epochs = BLOCK + 30;
        (0..epochs as u32).for_each(|number| publish(&mut log, number));
        let mut pages = log.pages().unwrap().unwrap();
        let newest = log.newest_head(NOW).unwrap();
        let public = key.verifying_key().to_bytes();
        for _ in 0..3 {
            let mut audited = Audited::nothing();
            while !audited.is_complete() {
                let page = pages.page((audited.epoch, audited.known()), &newest).unwrap();
                let page = proto::Epochs::decode(&page[..]).unwrap();
                runtime.block_on(audited.take(&page, &public)).unwrap();
            }
            assert_eq!((audited.epoch, pages.blocks.made), (epochs, epochs));
        }
        // From anywhere: nothing is made for it.
        for after in 0..epochs + 5 {
            let page = pages.page((after, after), &newest).unwrap();
            let page = proto::Epochs::decode(&page[..]).unwrap();
            let first = page.epochs.first().map(|epoch| epoch.epoch);
            assert_eq!(first, (after < epochs).then_some(after + 1));
        }
        assert_eq!(pages.blocks.made, epochs);
        // Under the next head proofs are others.
        publish(&mut log, 10_000);
        let next = log.newest_head(NOW).unwrap();
        assert_ne!(next.tag((0, 0)), newest.tag((0, 0)));
        let page = pages.page((epochs, epochs), &next).unwrap();
        let page = proto::Epochs::decode(&page[..]).unwrap();
        assert_eq!((page.epochs.len(), page.extension.unwrap().from_epoch), (1, epochs));
        assert!(pages.bytes() <= KEPT_BYTES);
    }

    impl Pages {
        fn bytes(&self) -> usize {
            self.blocks.bytes
        }
    }
}

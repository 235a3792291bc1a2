//! What an auditor verifies: that each epoch only added to the one before, and that all heads are of that one log.
//! Nothing that was said is unsaid or changed, and nobody is shown another log.

use akd::auditor::verify_consecutive_append_only;
use akd_core::Configuration;
use casemate_wire::proto::transparency as proto;
use prost::Message;

use crate::{Broken, Hashing, Head, code, epochs};

/// Label of an auditor's signature: over server key, epoch, root, root of all epochs, and time.
pub const AUDIT_LABEL: &[u8] = b"casemate/audit/v1";

/// How far an auditor is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audited {
    /// All epochs up to this one were verified.
    pub epoch: u64,
    /// Its root.
    pub root: [u8; 32],
    /// The newest head that was seen. Its epoch may be later.
    pub head: Option<Head>,
}

impl Audited {
    /// Nothing was verified yet.
    pub fn nothing() -> Self {
        Self { epoch: 0, root: empty_root(), head: None }
    }

    /// Epoch of the newest head that was seen: what a page is to go on from.
    pub fn known(&self) -> u64 {
        self.head.as_ref().map_or(0, |head| head.epoch)
    }

    /// Whether all that the newest head says was verified.
    pub fn is_complete(&self) -> bool {
        self.head.as_ref().is_some_and(|head| head.epoch == self.epoch)
    }

    /// Verifies a page that was asked for with this epoch and [`Self::known`]. Where it fails nothing changes.
    /// [`Broken::Restored`] says that the log is another one: whoever accepts that begins with [`Self::nothing`].
    ///
    /// Within a tokio runtime, over whose threads akd spreads the work.
    pub async fn take(&mut self, page: &proto::Epochs, server_key: &[u8; 32]) -> Result<(), Broken> {
        let head = Head::verify(page.head.as_ref().ok_or(Broken::Malformed)?, server_key)?;
        if let Some(known) = &self.head {
            epochs::extends(known, &head, page.extension.as_ref())?;
        }
        let (mut epoch, mut root) = (self.epoch, self.root);
        for next in &page.epochs {
            if Some(next.epoch) != epoch.checked_add(1) || next.epoch > head.epoch {
                return Err(Broken::Malformed);
            }
            root = verify_epoch(root, next).await?;
            epoch = next.epoch;
            epochs::includes(&head, epoch, &root, &next.inclusion)?;
        }
        // A server that has more and shows none of it would never be audited.
        if epoch == self.epoch && epoch < head.epoch {
            return Err(Broken::Malformed);
        }
        if epoch == head.epoch && root != head.root {
            return Err(Broken::Conflict);
        }
        *self = Self { epoch, root, head: Some(head) };
        Ok(())
    }
}

/// The root of a log in which nothing was published.
pub fn empty_root() -> [u8; 32] {
    Hashing::compute_root_hash_from_val(&Hashing::empty_root_value())
}

/// Verifies that an epoch only added to the one before, and gives its root.
pub async fn verify_epoch(previous_root: [u8; 32], epoch: &proto::Epoch) -> Result<[u8; 32], Broken> {
    let root = crate::head::exactly(&epoch.root)?;
    let appended = proto::Appended::decode(epoch.appended.clone()).map_err(|_| Broken::Malformed)?;
    let proof = code::read_appended(&appended)?;
    verify_consecutive_append_only::<Hashing>(&proof, previous_root, root, epoch.epoch)
        .await
        .map_err(|_| Broken::Proof)?;
    Ok(root)
}

//! A whole server in one object, without threads, sockets or clock: for the simulation and for tests.
//!
//! It runs the same router, directory, delivery rules and blob rules as the shell; only who calls whom is
//! different. Every call leaves nothing under way: all that it led to is in the outboxes.

use bytes::Bytes;
use casemate_wire::ids::{BlobId, Hash32};
use casemate_wire::proto::wire::ClientFrame;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use super::calls::CallOp;
use super::{ConnectionId, Goodbye, Output, Router};
use crate::blobs::rules::{self, BlobRefusal};
use crate::config::Policy;
use crate::delivery::{Delivery, Expiry};
use crate::directory::Directory;
use crate::push::WakeOp;
use crate::refusal::Refusal;
use crate::store::Store;
use crate::transparency::LogError;

/// See the module.
pub struct InProcess<S> {
    /// Between connections and services.
    pub router: Router,
    /// Accounts, inboxes, payment.
    pub directory: Directory,
    /// Logs.
    pub delivery: Delivery<S>,
    /// What whoever wakes devices would have been told. Nobody does here.
    pub woken: Vec<WakeOp>,
    /// What relays would have been asked. Whoever plays them answers by [`Router::relayed`].
    pub called: Vec<CallOp>,
    blobs: BTreeMap<BlobId, Vec<u8>>,
    spare: Output,
}

impl<S: Store> InProcess<S> {
    /// Puts the parts together.
    pub fn new(router: Router, directory: Directory, delivery: Delivery<S>) -> Self {
        Self {
            router,
            directory,
            delivery,
            woken: Vec::new(),
            called: Vec::new(),
            blobs: BTreeMap::new(),
            spare: Output::default(),
        }
    }

    /// The services without their connections, as after a stop; [`Self::new`] starts again with them.
    pub fn into_services(self) -> (Directory, Delivery<S>) {
        (self.directory, self.delivery)
    }

    /// Stopped and started again: connections are gone, what was stored is there.
    pub fn restart(&mut self, router: Router) {
        self.router = router;
    }

    /// A client connects, from loopback.
    pub fn connect(&mut self, now_ms: i64) -> Result<ConnectionId, Refusal> {
        self.router.connect(IpAddr::V4(Ipv4Addr::LOCALHOST), now_ms)
    }

    /// A client is gone.
    pub fn disconnect(&mut self, id: ConnectionId) {
        self.router.disconnect(id);
    }

    /// A client sent bytes.
    pub fn receive(&mut self, id: ConnectionId, bytes: Bytes, now_ms: i64) {
        self.router.receive(id, bytes, now_ms);
        self.settle(now_ms);
    }

    /// A client sent a frame.
    pub fn frame(&mut self, id: ConnectionId, frame: ClientFrame, now_ms: i64) {
        self.router.frame(id, frame, now_ms);
        self.settle(now_ms);
    }

    /// Takes the next frame for a client: an encoded `ServerFrame`. Whoever takes none is a slow reader.
    pub fn next_frame(&mut self, id: ConnectionId, now_ms: i64) -> Option<Bytes> {
        let frame = self.router.next_frame(id);
        self.settle(now_ms);
        frame
    }

    /// Why a connection is to be closed.
    pub fn goodbye(&self, id: ConnectionId) -> Option<Goodbye> {
        self.router.goodbye(id)
    }

    /// As `PUT /v1/blob/…`: appends at `offset`, answers with the new one.
    pub fn put_blob(
        &mut self,
        blob: BlobId,
        secret: &[u8],
        offset: u64,
        bytes: &[u8],
        now_ms: i64,
    ) -> Result<u64, BlobRefusal> {
        let row = self.directory.blob(blob).map_err(|_| BlobRefusal::Internal)?;
        let row = rules::may_fill(row, &Hash32::of(&[secret]), now_ms)?;
        let stored = self.blobs.entry(blob).or_default();
        let have = stored.len() as u64;
        let room = rules::room(&row, have, offset)?;
        if bytes.len() as u64 > room {
            return Err(BlobRefusal::TooLong);
        }
        stored.extend_from_slice(bytes);
        let have = stored.len() as u64;
        if have == row.size_bytes {
            self.directory.complete_blob(blob, now_ms).map_err(|_| BlobRefusal::Internal)?;
        }
        Ok(have)
    }

    /// As `HEAD /v1/blob/…`: how many bytes are there.
    pub fn blob_offset(&self, blob: BlobId, secret: &[u8], now_ms: i64) -> Result<u64, BlobRefusal> {
        let row = self.directory.blob(blob).map_err(|_| BlobRefusal::Internal)?;
        rules::may_fill(row, &Hash32::of(&[secret]), now_ms)?;
        Ok(self.blobs.get(&blob).map_or(0, |bytes| bytes.len() as u64))
    }

    /// As `GET /v1/blob/…`: the whole of a complete blob.
    pub fn blob(&self, blob: BlobId, now_ms: i64) -> Result<&[u8], BlobRefusal> {
        let row = self.directory.blob(blob).map_err(|_| BlobRefusal::Internal)?;
        rules::may_read(row, now_ms)?;
        self.blobs.get(&blob).map(Vec::as_slice).ok_or(BlobRefusal::NotFound)
    }

    /// Deletes what has expired, as the shell does about once an hour.
    pub fn housekeeping(&mut self, now_ms: i64) -> Result<(), rusqlite::Error> {
        for blob in self.directory.housekeeping(now_ms)? {
            self.blobs.remove(&blob);
        }
        Ok(())
    }

    /// What the shell does about once an hour by a clock that may be wrong: entries expire, and what the directory has.
    pub fn keep_house(&mut self, now_ms: i64, policy: &Policy) -> Result<(), rusqlite::Error> {
        for blob in self.directory.keep_house(now_ms)?.unwrap_or_default() {
            self.blobs.remove(&blob);
        }
        let store = self.delivery.store();
        let newest_ms = store.newest_ms().unwrap_or(i64::MAX);
        let retention = Duration::from_millis(policy.retention_ms().unsigned_abs());
        if let Some(before_ms) = Expiry::new(retention, newest_ms).due(now_ms, Duration::ZERO) {
            // What fails is done the next time.
            _ = store.expire(before_ms, now_ms);
        }
        Ok(())
    }

    /// The disk failed while uploads were synced: what is not complete begins anew.
    pub fn lose_uploads(&mut self, now_ms: i64) {
        let directory = &mut self.directory;
        self.blobs.retain(|blob, _| {
            let row = directory.blob(*blob);
            row.is_ok_and(|row| rules::may_read(row, now_ms).is_ok())
        });
    }

    /// Publishes what waits for its epoch, as the shell does every few seconds.
    pub fn publish_due(&mut self, now_ms: i64) -> Result<(), LogError> {
        self.directory.publish_due(now_ms)
    }

    /// Reads pages again that could not be read, as the shell does every few seconds.
    pub fn read_pages_again(&mut self, now_ms: i64) {
        self.router.read_pages_again();
        self.settle(now_ms);
    }

    /// Carries out whatever the router asks for until it asks for nothing.
    fn settle(&mut self, now_ms: i64) {
        loop {
            let mut output = self.router.take_output(std::mem::take(&mut self.spare));
            self.woken.append(&mut output.wakes);
            self.called.append(&mut output.calls);
            if output.ops.is_empty() && output.asks.is_empty() {
                self.spare = output;
                return;
            }
            let (tags, asks): (Vec<u64>, Vec<_>) = output.asks.drain(..).unzip();
            if !asks.is_empty() {
                for (tag, answer) in tags.into_iter().zip(self.directory.batch(asks, now_ms)) {
                    self.router.answered(tag, answer);
                }
            }
            let ops = std::mem::take(&mut output.ops);
            if !ops.is_empty() {
                for outcome in self.delivery.execute(ops, now_ms) {
                    self.router.delivered(outcome);
                }
            }
            self.spare = output;
        }
    }
}

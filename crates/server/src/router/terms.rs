//! The terms of each request: by which right it is asked, what it weighs while it is under way, what it costs, and what it counts
//! against. One row each, and no row for all others: a request that comes new does not compile before it has its own.

use casemate_wire::limits::{IN_FLIGHT, MANIFEST_BYTES};
use casemate_wire::proto::directory::SignedManifest;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::{fetch_manifest, post_knock};

use crate::limits::Rate;
use crate::transparency::HEADS;

/// By which right something is asked. It is looked at before anything that costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// None is needed: it gives nothing of anybody's, and its rate bounds it.
    Anyone,
    /// A blind token that is spent, or an invitation.
    Paid,
    /// A secret that somebody handed out: an inbox token, a link, the place of a linking code, a call's room.
    Handed,
    /// The secret of an inbox.
    Inbox,
    /// The secret of a reader of the log.
    Reader,
    /// The write token of the log's epoch; for a commit a reader as well.
    Writer,
    /// That this connection follows the log, by a reader that it has shown.
    Follower,
    /// The signature of a device of the account, over this connection.
    Device,
    /// The signature of the account's or the recovery key.
    Account,
}

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Who may.
    pub right: Right,
    /// What it counts against what a connection may have under way ([`IN_FLIGHT`]), by the size of its answer.
    pub weight: u16,
    /// What it counts against, by network address.
    pub rate: Option<Rate>,
    /// What it costs the directory, in signatures of about 50 µs: bounded by network address in an hour ([`Rate::Work`]) and while it
    /// waits ([`super::share`]).
    pub work: u32,
}

/// A request to the directory: its answers may be large. 32 of them at once.
pub const ASK: u16 = 32;
/// A post: its answer is small.
const POST: u16 = 4;
/// An op of delivery.
pub const OP: u16 = 1;
/// An op whose answer is a commit, or many receipts: four of them at once.
const LARGE: u16 = 256;
/// Answered at once.
const NONE: u16 = 0;

const _: () = assert!(LARGE as usize * 4 == IN_FLIGHT && ASK as usize * 32 == IN_FLIGHT);

/// A signature is verified, and a little is read and written.
pub const SIGNED: u32 = 2;
/// Something is looked up in the list of everyone's keys.
const SHOWN: u32 = 12;
/// All that was ever published of an account is. What it costs is counted against the account: `directory::payment`.
const HISTORY: u32 = 20;

/// An account document: a signature for each succession that may be in it, the same for the one that is stored, and its own.
fn document(signed: Option<&SignedManifest>) -> u32 {
    let bytes = signed.map_or(0, |signed| signed.manifest.len().min(MANIFEST_BYTES));
    u32::try_from(2 * (bytes / SUCCESSION_BYTES)).unwrap_or(u32::MAX).saturating_add(SIGNED)
}

/// Two keys and a signature.
const SUCCESSION_BYTES: usize = 32 + 32 + 64;

fn count(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

/// What a request costs the directory.
fn work(request: &Request) -> u32 {
    match request {
        Request::Hello(_) => 1,
        Request::CreateAccount(create) => document(create.manifest.as_ref()),
        Request::PublishManifest(publish) => document(publish.manifest.as_ref()).saturating_add(SIGNED),
        Request::FetchManifest(fetch) => SHOWN.saturating_add(match &fetch.known {
            None => 0,
            known => document(known.as_ref()),
        }),
        Request::FetchHead(fetch) => 1 + count(fetch.from.len().min(HEADS)),
        Request::FetchHistory(_) => HISTORY,
        Request::DeviceRequest(request) => SIGNED.saturating_add(count(request.body.len() / 4_096)),
        Request::RecoverAccount(_) | Request::DeleteAccount(_) | Request::CallJoin(_) => SIGNED,
        Request::CreateBlob(create) => 1 + count(create.tokens.len()),
        Request::PostKnock(_) | Request::CreateLog(_) => SIGNED,
        Request::PutInboxTokens(put) => 1 + count(put.token_hashes.len() / 4),
        Request::RevokeInboxTokens(revoke) => 1 + count(revoke.token_hashes.len() / 4),
        Request::TakeKeyPackage(_)
        | Request::PostInbox(_)
        | Request::FollowInbox(_)
        | Request::AckInbox(_) => 1,
        // These do not come there.
        Request::Ping(_)
        | Request::Append(_)
        | Request::FollowLog(_)
        | Request::UnfollowLog(_)
        | Request::AckLog(_)
        | Request::ReplaceReader(_)
        | Request::PutReceipt(_)
        | Request::FetchReceipts(_)
        | Request::SendEphemeral(_)
        | Request::SetWake(_)
        | Request::Wake(_)
        | Request::FetchPushKeys(_)
        | Request::RendezvousOffer(_)
        | Request::RendezvousFetch(_)
        | Request::RendezvousAnswer(_)
        | Request::RendezvousEnd(_)
        | Request::CallWish(_)
        | Request::CallLeave(_) => 0,
    }
}

/// The terms of a request.
pub fn terms(request: &Request) -> Terms {
    let work = work(request);
    let by = |right, weight| Terms { right, weight, rate: None, work };
    let rated = |right, weight, rate| Terms { right, weight, rate: Some(rate), work };
    match request {
        Request::Hello(_) => by(Right::Anyone, ASK),
        Request::Ping(_) | Request::FetchPushKeys(_) => by(Right::Anyone, NONE),
        // Only of what one follows oneself.
        Request::UnfollowLog(_) => by(Right::Anyone, NONE),
        // Epochs, signed: the same for everybody.
        Request::FetchHead(_) => by(Right::Anyone, ASK),
        Request::CreateAccount(create) if create.invite.is_empty() => {
            rated(Right::Anyone, ASK, Rate::Account)
        }
        // What is refused tells whether a name is taken; what succeeds is given back, see `Purpose::Join`.
        Request::CreateAccount(_) => rated(Right::Paid, ASK, Rate::Lookup),
        Request::FetchManifest(fetch) => match fetch.by {
            Some(fetch_manifest::By::Handle(_)) => rated(Right::Anyone, ASK, Rate::Lookup),
            Some(fetch_manifest::By::Account(_)) => by(Right::Device, ASK),
            Some(fetch_manifest::By::Link(_) | fetch_manifest::By::InboxToken(_)) | None => {
                by(Right::Handed, ASK)
            }
        },
        Request::PostKnock(knock) => match knock.to {
            Some(post_knock::To::Handle(_)) => rated(Right::Paid, ASK, Rate::Lookup),
            Some(post_knock::To::Link(_)) | None => by(Right::Paid, ASK),
        },
        Request::PublishManifest(_) | Request::DeleteAccount(_) => by(Right::Account, ASK),
        Request::RecoverAccount(_) => rated(Right::Account, ASK, Rate::Lookup),
        Request::DeviceRequest(_) | Request::FetchHistory(_) => by(Right::Device, ASK),
        Request::TakeKeyPackage(_) => by(Right::Handed, ASK),
        Request::PostInbox(_) => rated(Right::Handed, POST, Rate::Post),
        Request::PutInboxTokens(_)
        | Request::RevokeInboxTokens(_)
        | Request::FollowInbox(_)
        | Request::AckInbox(_) => by(Right::Inbox, ASK),
        Request::CreateLog(_) | Request::CreateBlob(_) => by(Right::Paid, ASK),
        Request::Append(_) => by(Right::Writer, OP),
        Request::FollowLog(follow) => by(Right::Reader, if follow.left_out.is_some() { LARGE } else { OP }),
        Request::AckLog(_) | Request::ReplaceReader(_) | Request::PutReceipt(_) => by(Right::Reader, OP),
        Request::FetchReceipts(_) => by(Right::Reader, LARGE),
        // Each has a pace of its connection and of the log besides.
        Request::SendEphemeral(_) | Request::SetWake(_) | Request::Wake(_) => by(Right::Follower, NONE),
        Request::RendezvousOffer(_) | Request::RendezvousFetch(_) | Request::RendezvousAnswer(_) => {
            rated(Right::Handed, NONE, Rate::Rendezvous)
        }
        Request::RendezvousEnd(_) => by(Right::Handed, NONE),
        Request::CallJoin(_) => rated(Right::Device, ASK, Rate::Call),
        Request::CallWish(_) | Request::CallLeave(_) => rated(Right::Handed, OP, Rate::Wish),
    }
}

/// The log that a request needs a follow of.
pub fn followed(request: &Request) -> Option<&[u8]> {
    match request {
        Request::SendEphemeral(said) => Some(&said.log),
        Request::SetWake(wanted) => Some(&wanted.log),
        Request::Wake(wanted) => Some(&wanted.log),
        _ => None,
    }
}

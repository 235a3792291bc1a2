//! The terms of each request: by which right it is asked, what it weighs while it is under way, and what it counts against. One row
//! each, and no row for all others: a request that comes new does not compile before it has its own.

use casemate_wire::limits::IN_FLIGHT;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::{fetch_manifest, post_knock};

use crate::limits::Rate;

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

/// The terms of a request.
pub fn terms(request: &Request) -> Terms {
    let by = |right, weight| Terms { right, weight, rate: None };
    let rated = |right, weight, rate| Terms { right, weight, rate: Some(rate) };
    match request {
        Request::Hello(_) => by(Right::Anyone, ASK),
        Request::Ping(_) | Request::FetchPushKeys(_) => by(Right::Anyone, NONE),
        // Only of what one follows oneself.
        Request::UnfollowLog(_) => by(Right::Anyone, NONE),
        // Epochs, signed: the same for everybody.
        Request::FetchHead(_) => by(Right::Anyone, ASK),
        // With an invitation it counts where it is refused, see `Purpose::Join`.
        Request::CreateAccount(create) if create.invite.is_empty() => {
            rated(Right::Anyone, ASK, Rate::Account)
        }
        Request::CreateAccount(_) => by(Right::Paid, ASK),
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

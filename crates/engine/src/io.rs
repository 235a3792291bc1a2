//! What goes into the engine and what comes out. A driver (tokio natively, a Worker in the browser) does the
//! connecting, the file work and the waiting; it decides nothing.

use bytes::Bytes;
use casemate_api::command::AttachmentKind;
use casemate_api::view::SoundProgram;
use casemate_api::{Command, Error, Event};
use casemate_wire::ids::{BlobId, CallId, DeviceId, UploadSecret};
use casemate_wire::proto::wire::TurnServer;
use serde_json::Value;

use crate::call::media::{CallKeys, OpenCall};

/// One thing that happened.
#[derive(Debug)]
pub enum Input {
    /// A user asks for something. Exactly one [`Output::Reply`] (or [`Output::Save`], which the driver
    /// answers) with this id follows, perhaps later.
    Command {
        /// Chosen by the driver.
        id: u64,
        /// What is asked.
        command: Command,
        /// The command's files, encrypted into the blob folder, in the command's order.
        staged: Vec<Staged>,
    },
    /// The WebSocket is open.
    Connected,
    /// It is closed, or could not be opened.
    Disconnected {
        /// For people.
        why: String,
    },
    /// One binary WebSocket message.
    Frame(Bytes),
    /// The time of [`crate::Engine::deadline`] has come.
    Tick,
    /// News of a transfer that the engine asked for.
    Transfer {
        /// From the output that asked.
        transfer: u64,
        /// What happened.
        update: Transfer,
    },
    /// Files that the engine takes for stored and that are not in the blob folder, or are damaged there. A damaged one has
    /// another name by now ([`crate::orphans::damaged`]), so that it can be received again.
    FilesGone(Vec<BlobId>),
    /// News of media that [`Output::CallOpen`] began.
    Call {
        /// Which call.
        call: CallId,
        /// What happened.
        news: CallNews,
    },
}

/// What a driver's media say, made for an [`OpenCall`](crate::OpenCall).
#[derive(Debug)]
pub enum CallNews {
    /// The relay is to be joined, for the first time or anew: with a session description that names no address.
    Offer {
        /// SDP.
        sdp: String,
    },
    /// The relay was reached.
    Connected,
    /// It is, and yet nothing came of anybody for seconds. Said again for as long as that is so.
    Unheard,
    /// Which pictures are to come, the most important first.
    Wishes(Vec<CallWish>),
    /// What it is spoken into and heard from, where it is a person's.
    Sound {
        /// The one.
        microphone: SoundProgram,
        /// The other.
        loudspeaker: SoundProgram,
        /// Silence is sent.
        muted: bool,
    },
    /// The page that had them is gone, as at a start again: it may be loaded again, and its person come back.
    PageGone,
    /// It cannot be done, and nothing of it is left.
    Failed {
        /// For people.
        why: String,
    },
}

/// The relay's answer to an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallAnswer {
    /// SDP.
    pub sdp: String,
    /// For networks that let nothing through to it; bounded.
    pub turn: Vec<TurnServer>,
}

/// One picture that is to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallWish {
    /// Whose.
    pub device: DeviceId,
    /// The shared screen, not the camera.
    pub screen: bool,
    /// In pixels, as it will be shown.
    pub height: u32,
}

/// A file made ready to send: stripped where wanted, encrypted into `blobs/{blob in hexadecimal}`.
#[derive(Debug, Clone, PartialEq)]
pub struct Staged {
    /// Random; names the file in the blob folder and the blob on the server.
    pub blob: BlobId,
    /// Key of the encrypted file.
    pub key: [u8; 32],
    /// File name as shown.
    pub name: String,
    /// What it is.
    pub kind: AttachmentKind,
    /// Media type from the structure.
    pub media_type: String,
    /// Bytes of the plaintext.
    pub size_bytes: u64,
    /// Of the plaintext.
    pub sha256: [u8; 32],
    /// Plaintext with padding.
    pub padded_bytes: u64,
    /// Of photo and video, else 0.
    pub width: u32,
    /// Of photo and video, else 0.
    pub height: u32,
    /// Of voice and video, else 0.
    pub duration_ms: u32,
    /// Of voice, at most 100 levels.
    pub waveform: Vec<u8>,
}

/// News of a transfer.
#[derive(Debug)]
pub enum Transfer {
    /// So much is done.
    Progress {
        /// Encrypted bytes.
        bytes: u64,
    },
    /// All done and verified.
    Done,
    /// What [`Output::FetchBlob`] asked for.
    Fetched(Vec<u8>),
    /// There is no room for a file; nothing of it was kept.
    NoRoom,
    /// Of [`Output::FetchBlob`]: the server answered each time, and never gave all of it. Always at the same place, so that
    /// no network was to blame.
    Unreadable {
        /// For people.
        why: String,
    },
    /// It did not work.
    Failed {
        /// For people.
        why: String,
        /// Whether trying again after the next connection may help.
        retry: bool,
    },
}

/// How the attempts at one [`Output::FetchBlob`] ended: after so many bytes; `None` where the server could not answer, which passes.
#[derive(Debug, Default)]
pub struct FetchEnds(Vec<Option<usize>>);

impl FetchEnds {
    /// An attempt ended.
    pub fn push(&mut self, after: Option<usize>) {
        self.0.push(after);
    }

    /// A network ends answers anywhere. What ends at one place in each of `attempts` is [`Transfer::Unreadable`].
    pub fn are_one_place(&self, attempts: u32) -> bool {
        let same = self.0.windows(2).all(|two| two[0] == two[1]);
        same && self.0.len() >= attempts as usize && matches!(self.0.first(), Some(Some(_)))
    }
}

/// One thing to do. Outputs are handed out only after what caused them is durable.
#[derive(Debug)]
pub enum Output {
    /// Answer to a command.
    Reply {
        /// The command's.
        id: u64,
        /// As the interface says.
        result: Result<Value, Error>,
    },
    /// Tell the user.
    Event(Event),
    /// From now on keep a connection to this server, trying again with growing pauses. `{url}/v1/ws`.
    Connect {
        /// `http://…` or `https://…`, no trailing slash.
        url: String,
    },
    /// Close the connection and make none any more.
    Disconnect,
    /// The account is no more: stop, and remove everything of it from this device.
    Erase,
    /// Send one binary WebSocket message.
    Send(Vec<u8>),
    /// Close the connection and connect anew: the server broke the protocol or answers no more.
    Reconnect {
        /// For the log.
        why: String,
    },
    /// Upload `blobs/{blob}`, asking the server first how much it has.
    Upload {
        /// Names this transfer.
        transfer: u64,
        /// Which file and blob.
        blob: BlobId,
        /// The right to fill it.
        secret: UploadSecret,
        /// Encrypted size.
        bytes: u64,
    },
    /// Download into `blobs/{blob}.part`, going on where that ends, verify every chunk and the hash, then
    /// rename to `blobs/{blob}`.
    Download {
        /// Names this transfer.
        transfer: u64,
        /// What to fetch and how to verify it.
        file: FileRef,
    },
    /// Upload these bytes as a whole.
    PutBlob {
        /// Names this transfer.
        transfer: u64,
        /// Which blob.
        blob: BlobId,
        /// The right to fill it.
        secret: UploadSecret,
        /// What to put there.
        data: Vec<u8>,
    },
    /// Fetch a small blob into memory; answered with [`Transfer::Fetched`].
    FetchBlob {
        /// Names this transfer.
        transfer: u64,
        /// Which blob.
        blob: BlobId,
        /// Refuse more than so many bytes.
        limit_bytes: u64,
    },
    /// Decrypt `blobs/{blob}` to `path` (new file, complete or not at all) and reply to command `id` with
    /// [`casemate_api::view::Saved`].
    Save {
        /// The command's.
        id: u64,
        /// Which file.
        file: FileRef,
        /// Where to.
        path: String,
        /// What it is called in its message, made harmless.
        name: String,
        /// A list of what attackers use names it, or what came with it.
        known_bad: bool,
    },
    /// Stop a transfer and report nothing more of it.
    CancelTransfer {
        /// Which.
        transfer: u64,
    },
    /// Make media and offer them ([`CallNews::Offer`]): the only output after which anything of media may exist.
    CallOpen(OpenCall),
    /// The relay's answer to the newest offer.
    CallJoined {
        /// Which call.
        call: CallId,
        /// What to make of the connection.
        answer: CallAnswer,
    },
    /// Other keys from now on.
    CallKeys {
        /// Which call.
        call: CallId,
        /// The keys.
        keys: CallKeys,
    },
    /// End the call's media.
    CallClose {
        /// Which call.
        call: CallId,
    },
    /// Remove `blobs/{blob}` and its part file.
    DeleteBlob {
        /// Which.
        blob: BlobId,
    },
}

/// An encrypted file: where it is and what must come out of it.
#[derive(Debug, Clone, PartialEq)]
pub struct FileRef {
    /// Names it on the server and in the blob folder.
    pub blob: BlobId,
    /// Its key.
    pub key: [u8; 32],
    /// Plaintext bytes.
    pub size_bytes: u64,
    /// Plaintext with padding.
    pub padded_bytes: u64,
    /// Of the plaintext.
    pub sha256: [u8; 32],
}

//! Every number that bounds something from outside. Raising one costs memory per connection or per account.

/// Largest WebSocket message either way. A commit that adds a batch of devices under X-Wing is the largest
/// thing in it; raising this raises what one connection can make the server buffer.
pub const FRAME_BYTES: usize = 2 * 1024 * 1024;

/// Largest payload of an ordinary entry: text and descriptors, files travel as blobs.
pub const ENTRY_BYTES: usize = 64 * 1024;

/// Largest payload of a commit.
pub const COMMIT_BYTES: usize = FRAME_BYTES - 64 * 1024;

/// Readers a commit may add or keep: the largest conversation, in devices.
pub const READERS: usize = 2_500;

/// Sizes that a sealed inbox payload may have, so that sizes tell little.
pub const INBOX_SIZES: [usize; 3] = [4 * 1024, 16 * 1024, 64 * 1024];

/// Items an inbox holds before posts are refused.
pub const INBOX_ITEMS: usize = 10_000;

/// Tokens an inbox may have: contacts and siblings.
pub const INBOX_TOKENS: usize = 10_000;

/// Sizes that a sealed recovery box may have, so that its size tells little of how many people somebody knows.
pub const RECOVERY_SIZES: [usize; 4] = [4 * 1024, 32 * 1024, 256 * 1024, 1024 * 1024];

/// A knock's sealed box has exactly this size (docs/protocol.md, "Knocks").
pub const KNOCK_BYTES: usize = 2_048;

/// A knock's note, in characters and in UTF-8 bytes.
pub const KNOCK_NOTE_CHARS: usize = 140;
/// See [`KNOCK_NOTE_CHARS`].
pub const KNOCK_NOTE_BYTES: usize = 400;

/// Knocks waiting in one inbox; more are refused as if it were rate limiting.
pub const KNOCKS_WAITING: usize = 1_000;

/// Devices of an account.
pub const DEVICES: usize = 20;

/// A signed manifest.
pub const MANIFEST_BYTES: usize = 16 * 1024;

/// A manifest's version is below this, so that it fits a database's column and one more can always be added. At one a
/// second it lasts 35,000 years.
pub const MANIFEST_VERSION: u64 = 1 << 40;

/// How far ahead of the known version a manifest may be. More lets whoever steals an account key use up the numbers
/// sooner; fewer leaves out whoever was away while somebody changed their account so often.
pub const MANIFEST_VERSIONS_AHEAD: u64 = 65_536;

/// An X-Wing public key (draft-connolly-cfrg-xwing-kem).
pub const HPKE_KEY_BYTES: usize = 1_216;

/// One key package.
pub const KEY_PACKAGE_BYTES: usize = 24 * 1024;

/// Key packages a device keeps on the server, per suite.
pub const KEY_PACKAGES: usize = 100;

/// Key packages handed out per inbox token and day; then the last resort is given.
pub const KEY_PACKAGES_PER_TOKEN_DAY: u32 = 20;

/// Blob bytes that one token pays for.
pub const BLOB_BYTES_PER_TOKEN: u64 = 16 * 1024 * 1024;

/// Largest blob; an operator may lower it.
pub const BLOB_BYTES: u64 = 64 * 1024 * 1024 * 1024;

/// Blinded elements in one request.
pub const TOKENS_PER_REQUEST: usize = 512;

/// Requests that one connection may have unanswered; the server stops reading beyond.
pub const IN_FLIGHT: usize = 1_024;

/// Logs one connection may follow.
pub const FOLLOWED_LOGS: usize = 100_000;

/// A sealed ephemeral has exactly this size, whatever it says.
pub const EPHEMERAL_BYTES: usize = 256;

/// A sealed receipt has one of these sizes: the second where something is missing.
pub const RECEIPT_BYTES: [usize; 2] = [256, 1_024];

/// A sealed wake target has exactly this size: encapsulated key, tag, and room for the longest addresses of browsers.
pub const WAKE_BYTES: usize = 2_048;

/// A sealed offer of a device that wants to be linked has exactly this size: its keys, a name, and room.
pub const OFFER_BYTES: usize = 2_048;

/// Sizes that the sealed answer to it may have: the larger one takes the largest manifests.
pub const ANSWER_SIZES: [usize; 2] = [4 * 1024, 20 * 1024];

/// How long a linking code holds. Longer gives more time to fetch the other device, and to whoever saw the code.
pub const LINKING_MS: i64 = 10 * 60_000;

/// A session description of a call, either way. A browser's with all its slots has about 30 KiB; more lets whoever has
/// an account make a relay parse more.
pub const CALL_SDP_BYTES: usize = 64 * 1024;

/// Pictures that one participant may wish for: more than any has slots for.
pub const CALL_WISHES: usize = 32;

/// Participants who may get what one sends: as many as a relay takes into a room. More makes the list that is said anew with each
/// who comes larger.
pub const CALL_ALLOWED: usize = 128;

/// TURN servers that a device is told of.
pub const TURN_SERVERS: usize = 4;

/// Bytes of a TURN server's address, and of each part of the right to use it.
pub const TURN_BYTES: usize = 256;

/// Largest message between a server and a relay: a session description and its room.
pub const RELAY_MESSAGE_BYTES: usize = CALL_SDP_BYTES + 4 * 1024;

/// Rooms that a relay names when it is greeted, or is told to close: as many hashes as one message holds. Of a relay with more, the
/// server finds the others by their names' hashes, as it does without any.
pub const RELAY_ROOMS: usize = 2_000;

/// Milliseconds between commits of a log that are not urgent.
pub const CALM_COMMIT_MS: i64 = 30_000;

/// Bytes of a backup's key, sealed for its passphrase: salt, key, tag.
pub const LOCKED_KEY_BYTES: usize = 32 + 32 + 16;

/// Blob tokens that a blob of `size_bytes` costs.
pub fn blob_tokens(size_bytes: u64) -> u64 {
    size_bytes.div_ceil(BLOB_BYTES_PER_TOKEN).max(1)
}

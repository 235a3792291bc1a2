//! Every number that bounds something at a relay.

use std::time::Duration;

/// Participants of one room. More makes what one packet costs grow with them.
pub const ROOM_PARTICIPANTS: usize = 128;

/// Participants of one core, so of one thread. Each takes about as much memory as `casemate-bench relay` says.
pub const PARTICIPANTS: usize = 4_096;

/// Media lines of an offer: four of one's own, and slots.
pub const MEDIA_LINES: usize = 40;

/// Voices that are handed on in a room, the loudest. More costs every receiver so much more bandwidth and slots.
pub const VOICES: usize = 8;

/// Network addresses that one participant may come by: of a change of networks, two families, and TCP beside UDP.
pub const ADDRESSES: usize = 4;

/// Simulcast layers of one picture.
pub const LAYERS: usize = 3;

/// Whoever shows no sign of life for so long is gone. A client checks its connection every few seconds (RFC 7675), so
/// less would put out people on bad networks; more leaves their last picture standing longer.
pub const SILENCE: Duration = Duration::from_secs(15);

/// Between two key frames asked of one source, in the long run. A member with a wrong key asks without end; each costs all
/// others bandwidth.
pub const KEY_FRAMES: Duration = Duration::from_secs(1);
/// So many may be asked for sooner, where none was for a while, and so long after each other: a network that loses much
/// loses what was asked for as well. More makes the answer to [`KEY_FRAMES`] larger.
pub const KEY_FRAMES_AT_ONCE: f32 = 3.0;
/// See [`KEY_FRAMES_AT_ONCE`].
pub const KEY_FRAMES_APART: Duration = Duration::from_millis(250);

/// Packets a second with media that one participant may send, and at once: three sizes of a picture and a screen are some
/// 1,500. More lets one who is hostile cost more.
pub const PACKETS: f32 = 4_000.0;

/// And with padding: what looks for bandwidth.
pub const PADDING: f32 = 1_000.0;

/// Packets that are kept while a picture is waited for to begin. A large key frame has some fifty; kept are only those of
/// layers that somebody waits for.
pub const EARLY: usize = 64;

/// How often layers, voices and time-outs are looked at.
pub const TICK: Duration = Duration::from_millis(100);

/// Packets that are kept to be sent again, and for how long. Memory for every slot; less loses more on long ways.
pub const RESEND_PACKETS: usize = 384;
/// See [`RESEND_PACKETS`].
pub const RESEND_TIME: Duration = Duration::from_millis(1_500);

/// What may be sent again, of all that is sent: over this the network is full rather than lossy.
pub const RESEND_SHARE: f32 = 0.4;

/// What of that may be saved up, in bytes: a picture that begins anew, twice. More lets one who asks without end fill its own way.
pub const RESEND_BYTES: f32 = 128.0 * 1024.0;

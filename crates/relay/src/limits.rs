//! Every number that bounds something at a relay.

use std::time::Duration;

/// Participants of one room. More makes what one packet costs grow with them.
pub const ROOM_PARTICIPANTS: usize = 128;

/// Participants of one account in a room: its devices, and those of runs that ended and are not forgotten yet. More lets somebody
/// who was removed, and still knows the room, take more of it; with fewer somebody's devices would put each other out.
pub const PLACES: usize = 4;

/// Participants of one core, so of one thread. Each takes about as much memory as `casemate-bench relay` says.
pub const PARTICIPANTS: usize = 4_096;

/// Media lines of an offer: four of one's own, and slots.
pub const MEDIA_LINES: usize = 40;

/// Voices that are handed on in a room, the loudest; the sound of screens takes the places of some. More costs every receiver so much more bandwidth and slots.
pub const VOICES: usize = 8;

/// Network addresses that one participant may come by: of two networks, two families, and TCP beside UDP. With fewer, whoever has
/// all of these at once would be forgotten at one while they come by another; more lets one person take more of what is looked up
/// for every packet.
pub const ADDRESSES: usize = 8;

/// Simulcast layers of one picture.
pub const LAYERS: usize = 3;

/// Whoever shows no sign of life for so long is gone. A client checks its connection every few seconds (RFC 7675), so
/// less would put out people on bad networks; more leaves their last picture standing longer.
pub const SILENCE: Duration = Duration::from_secs(15);

/// A place where nobody answered the relay so long after joining is gone, and so is one without a connection so long after that: it takes as
/// much as any. Gathering addresses and the handshake each take some ways there and back, which are long ones in some networks.
pub const CONNECTS: Duration = Duration::from_secs(10);

/// Whoever showed a sign of life within it is in a call here, as far as the server is told. Clients show one every five seconds, give
/// or take one (RFC 7675); with more, a call that has moved to another relay is named by the one that it has left.
pub const PRESENT: Duration = Duration::from_secs(6);

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

/// A packet of media or a report. No network takes larger ones whole, and `str0m`, which sends some of them on, has room for 2,000
/// bytes.
pub const PACKET_BYTES: usize = 1_500;

/// Packets a second of one person's voice, or of their screen's sound, and bytes: 200 of 10 ms and 256 kbit/s. They go to
/// everybody, whatever the way to them takes.
pub const SOUNDS: f32 = 200.0;
/// See [`SOUNDS`].
pub const SOUND_BYTES: f32 = 32.0 * 1024.0;

/// Screens whose sound is handed on in a room. More would leave receivers no slots for voices.
pub const SCREEN_SOUNDS: usize = 2;

/// Shared screens that somebody gets without having wished for them, where slots are free. Whoever sees one wishes for it, so that
/// these are free for others then; more takes more of a narrow way for what nobody may look at.
pub const SCREENS_UNASKED: usize = 2;

/// Signed STUN requests a second of one participant: a client sends one every few seconds for each of its addresses.
pub const BINDINGS: f32 = 50.0;

/// Different addresses that somebody may come from while they are there; beyond, they join anew. `str0m` remembers each.
pub const ADDRESSES_IN_ALL: usize = 256;

/// Streams that somebody may begin while they are there; beyond, they join anew. Three sizes of two pictures and two sounds, each with
/// one in which it is sent again, are sixteen. What was heard of each stays known, so that nobody can send it a second time.
pub const STREAMS: usize = 64;

/// What an address may be sent that is not proven: so many times what came from there (RFC 9000 §8.1).
pub const AMPLIFIED: usize = 3;

/// Addresses of one participant that are being asked whether they are there, and for how long each is. Somebody who sends again, from many
/// addresses, what they overheard, sends [`BINDINGS`] a second: with fewer of these somebody's own new address would be forgotten before
/// its answer comes.
pub const QUESTIONS: usize = 64;
/// See [`QUESTIONS`].
pub const QUESTION: Duration = Duration::from_secs(5);

/// Bytes of a request that is held until its address has answered. Checks of ICE have some 100 to 200.
pub const HELD_BYTES: usize = 600;

/// That somebody is at an address is true for so long after they answered there (RFC 7675 §5.1), and is asked anew when they come from
/// there after so long. A longer proof lets more go to an address that is somebody else's by now.
pub const PROOF: Duration = Duration::from_secs(30);
/// See [`PROOF`].
pub const PROOF_ANEW: Duration = Duration::from_secs(10);

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

//! Everything inside the encryption, which any member may have written: whatever parses is written back as the
//! same message, for every message of `proto/content.proto`.

use bytes::Bytes;
use casemate_content::call::{CALL_BYTES, CALL_SECRET_BYTES, Move, Said, What, kind_of, parse};
use casemate_content::proto::{
    AddMeAgain, Arrived, Attachment, CallHere, CallOffer, CallSigns, CallStep, Card, Content,
    ConversationState, Delete, DeviceToken, Edit, Ephemeral, HistoryPart, InGroup, InboxBody, InboxMessage,
    Knock, Leave, Link, LinkOffer, LinkPreview, LinkReply, Linked, Location, Mention, NewManifest, Own,
    OwnAbout, OwnCall, OwnContact, OwnDelete, OwnDraft, OwnHistory, OwnInbox, OwnMarks, OwnMessage,
    OwnPerson, OwnProfile, OwnReaction, OwnRead, OwnSetting, OwnSignOut, OwnStar, OwnThread, OwnVote,
    Permissions, Pin, Poll, PollVote, Presence, Reaction, Reader, Receipt, SharedContact, Stretch, Taken,
    Text, Typing, Welcome, content::Kind, ephemeral, inbox_body, own, text::Thing, welcome,
};
use casemate_wire::ids::{CallId, ParticipantId, SpokenSecret};
use prost::Message;

pub fn run(bytes: &[u8]) {
    macro_rules! round_trips {
        ($($message:ident)*) => {$(
            if let Ok(message) = $message::decode(bytes) {
                assert_eq!($message::decode(&message.encode_to_vec()[..]).as_ref(), Ok(&message));
            }
        )*};
    }
    round_trips!(
        Content CallOffer CallStep OwnCall Text LinkPreview Mention Attachment Reaction Edit Delete Pin Receipt Reader Card DeviceToken Leave NewManifest
        Own OwnContact OwnRead OwnInbox OwnMarks OwnDraft OwnStar OwnSetting OwnDelete OwnProfile Poll PollVote SharedContact Location ConversationState Permissions Knock InboxMessage InboxBody Welcome AddMeAgain InGroup
        Link LinkOffer LinkReply HistoryPart OwnHistory OwnAbout OwnSignOut Ephemeral Typing Presence CallSigns CallHere Arrived
    );
}

/// A content about a call says that and nothing else: what is taken is written back byte by byte.
pub fn call(bytes: &[u8]) {
    let Ok(body) = Content::decode(bytes) else { return };
    let Ok(said) = parse(bytes, &body) else { return };
    let again = Content { kind: Some(kind_of(&said)), ..body };
    assert_eq!(again.encode_to_vec(), bytes);
    let size = match &again.kind {
        Some(Kind::Call(offer)) => offer.encoded_len(),
        Some(Kind::CallStep(step)) => step.encoded_len(),
        other => panic!("{other:?} is not about a call"),
    };
    assert_eq!(size, if said.secret.is_some() { CALL_SECRET_BYTES } else { CALL_BYTES });
}

/// Rings and steps; and with what earlier messengers took along in theirs.
pub fn call_seeds() -> Vec<Vec<u8>> {
    let whats = [
        What::Offer { video: false },
        What::Offer { video: true },
        What::Step(Move::Joined),
        What::Step(Move::Left),
        What::Step(Move::Declined),
    ];
    let sdp = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n";
    let mut seeds = Vec::new();
    for (what, secret) in
        whats.into_iter().flat_map(|what| [None, Some([9; 32])].map(|secret| (what, secret)))
    {
        let said = Said {
            call: CallId([7; 16]),
            what,
            at_ms: 1_795_176_000_000,
            participant: ParticipantId([8; 16]),
            secret: secret.map(SpokenSecret::new),
            asks: secret.is_some() && what == What::Step(Move::Joined),
        };
        let content = Content { counter: 3, sent_ms: 1, kind: Some(kind_of(&said)), ..Content::default() };
        let good = content.encode_to_vec();
        let mut more = good.clone();
        more.extend([0xda, 0x02, sdp.len() as u8]);
        more.extend_from_slice(sdp);
        seeds.extend([good, more]);
    }
    seeds
}

pub fn seeds() -> Vec<Vec<u8>> {
    let id = || Bytes::from_static(&[7; 16]);
    let attachment = || Attachment {
        kind: 1,
        name: "photo.jpg".into(),
        r#type: "image/jpeg".into(),
        size_bytes: 100_000,
        sha256: vec![1; 32].into(),
        blob: id(),
        key: vec![2; 32].into(),
        padded_bytes: 106_496,
        caption: "by the sea".into(),
        width: 640,
        height: 480,
        duration_ms: 0,
        waveform: vec![0, 128, 255].into(),
        preview: vec![0xff, 0xd8].into(),
    };
    let poll =
        || Poll { question: "Where?".into(), options: vec!["here".into(), "there".into()], multiple: true };
    let card = || SharedContact { address: "ana@example.org".into(), name: "Ana".into() };
    let place = || Location {
        latitude_e7: 481_374_000,
        longitude_e7: -115_755_000,
        accuracy_m: 9,
        label: "Café".into(),
    };
    let marks = OwnMarks { log: id(), pinned: Some(true), muted_until_ms: Some(5), ..OwnMarks::default() };
    let draft = OwnDraft { log: id(), text: "I was".into(), reply_to: id(), at_ms: 7, reply_author: id() };
    let token = || DeviceToken { device: id(), token: id() };
    let kinds = [
        Kind::Text(Text {
            text: "hello @ana, مرحبا, नमस्ते, 👩‍👩‍👧".into(),
            reply_to: id(),
            mentions: vec![Mention { start: 6, length: 4, account: id() }],
            attachments: vec![attachment(), attachment()],
            view_once: true,
            forwarded: 2,
            disappearing_seconds: 3_600,
            thing: None,
            preview: None,
            reply_author: id(),
        }),
        Kind::Text(Text {
            text: "see https://a.example/x".into(),
            preview: Some(LinkPreview {
                url: "https://a.example/x".into(),
                title: "A page".into(),
                about: "of words".into(),
                picture: vec![0xff, 0xd8, 0xff].into(),
            }),
            ..Text::default()
        }),
        Kind::Text(Text { thing: Some(Thing::Poll(poll())), ..Text::default() }),
        Kind::Text(Text { thing: Some(Thing::Contact(card())), ..Text::default() }),
        Kind::Text(Text { thing: Some(Thing::Location(place())), ..Text::default() }),
        Kind::Vote(PollVote { of: id(), options: vec![0, 2], author: id() }),
        Kind::Reaction(Reaction { to: id(), emoji: "👍".into(), author: id() }),
        Kind::Edit(Edit { of: id(), text: "hallo".into(), mentions: vec![] }),
        Kind::Delete(Delete { of: id(), author: id() }),
        Kind::Receipt(Receipt {
            delivered: 9,
            read: 8,
            refused: vec![Stretch { first: 3, last: 4 }],
            silent: vec![Stretch { first: 5, last: 6 }],
            since: 2,
            missed: vec![Stretch { first: 7, last: 7 }],
            taken: vec![Taken { from: 6, hash: vec![5; 8].into() }],
        }),
        Kind::Pin(Pin { of: id(), pinned: true, author: id() }),
        Kind::Reader(Reader { hash: vec![3; 32].into(), missed_after: Some(7), ..Reader::default() }),
        Kind::Reader(Reader {
            lost: vec![Stretch { first: 3, last: 5 }],
            chain_before: vec![4; 32].into(),
            ..Reader::default()
        }),
        Kind::Card(Card {
            tokens: vec![token()],
            display_name: "Ana".into(),
            about: "here".into(),
            picture: Some(attachment()),
            bound: true,
            seal_key: vec![7; 1_300].into(),
        }),
        Kind::Leave(Leave::default()),
        Kind::Own(Own { kind: Some(own::Kind::Call(OwnCall { call: id(), log: id() })) }),
        Kind::Own(Own { kind: Some(own::Kind::SignOut(OwnSignOut {})) }),
        Kind::Own(Own {
            kind: Some(own::Kind::Read(OwnRead {
                log: id(),
                entry: 4,
                silent: vec![Stretch { first: 2, last: 3 }],
            })),
        }),
        Kind::Own(Own { kind: Some(own::Kind::Marks(marks)) }),
        Kind::Own(Own { kind: Some(own::Kind::Draft(draft)) }),
        Kind::Own(Own { kind: Some(own::Kind::Star(OwnStar { message: id(), on: true, author: id() })) }),
        Kind::Own(Own {
            kind: Some(own::Kind::Setting(OwnSetting { key: "typing".into(), value: "false".into() })),
        }),
    ];
    let content = |kind| Content {
        counter: 3,
        seen_entry: 2,
        seen_hash: vec![5; 32].into(),
        sent_ms: 1,
        message_id: id(),
        head: vec![6; 120].into(),
        promise: vec![7; 150].into(),
        told_entry: 5,
        told_hash: vec![8; 32].into(),
        kind: Some(kind),
    };
    let mut seeds: Vec<Vec<u8>> = kinds.into_iter().map(|kind| content(kind).encode_to_vec()).collect();
    seeds.extend(call_seeds());
    seeds.push(
        Knock {
            account: id(),
            handle: "ana".into(),
            manifest_version: 1,
            device: id(),
            inbox_token: id(),
            note: "hello".into(),
            at_ms: 1,
            receiver: id(),
            signature: vec![4; 64].into(),
            group: id(),
            taken_back: false,
        }
        .encode_to_vec(),
    );
    let typing = ephemeral::Kind::Typing(Typing { on: true });
    seeds.push(Ephemeral { at_ms: 1, kind: Some(typing) }.encode_to_vec());
    let presence = ephemeral::Kind::Presence(Presence { here: true, seen_ms: 60_000, ask: true });
    seeds.push(Ephemeral { at_ms: 1, kind: Some(presence) }.encode_to_vec());
    let arrived = ephemeral::Kind::Arrived(Arrived {
        entry: 7,
        refused: vec![Stretch { first: 2, last: 2 }],
        since: 1,
        missed: vec![Stretch { first: 3, last: 3 }],
        hash: id().slice(..8),
    });
    seeds.push(Ephemeral { at_ms: 1, kind: Some(arrived) }.encode_to_vec());
    let signs = CallSigns {
        call: id(),
        muted: true,
        hand: true,
        reaction: "🎉".into(),
        camera: Some(false),
        screen: Some(true),
    };
    let signs = ephemeral::Kind::CallSigns(signs);
    seeds.push(Ephemeral { at_ms: 1, kind: Some(signs) }.encode_to_vec());
    let here = ephemeral::Kind::CallHere(CallHere {
        call: id(),
        participant: id(),
        ask: true,
        waits: true,
        all: true,
    });
    seeds.push(Ephemeral { at_ms: 1, kind: Some(here) }.encode_to_vec());
    let welcome = Welcome {
        log: id(),
        entry: 1,
        reader_secret: vec![1; 32].into(),
        joiner: vec![2; 500].into(),
        group_info: Some(welcome::GroupInfo::Blob(attachment())),
        tokens: vec![token()],
        ..Welcome::default()
    };
    let body =
        InboxBody { at_ms: 1, kind: Some(inbox_body::Kind::Welcome(welcome)), bound: true }.encode_to_vec();
    seeds.push(body.clone());
    seeds.push(
        InboxMessage {
            account: id(),
            device: id(),
            signed_manifest: vec![1; 300].into(),
            body: body.into(),
            signature: vec![2; 64].into(),
        }
        .encode_to_vec(),
    );
    seeds.push(
        ConversationState {
            name: "Team".into(),
            admins: vec![id()],
            permissions: Some(Permissions { add: 1, edit: 0, send: 0 }),
            members: vec![id(), id()],
            ..ConversationState::default()
        }
        .encode_to_vec(),
    );
    seeds.extend(linking_seeds(&attachment()));
    seeds
}

/// What a newly linked device and its primary say to each other.
fn linking_seeds(file: &Attachment) -> Vec<Vec<u8>> {
    let id = || Bytes::from_static(&[7; 16]);
    let offer = LinkOffer {
        device: id(),
        signature_key: vec![1; 32].into(),
        hpke_key: vec![2; 1_216].into(),
        inbox_token: id(),
        name: "Laptop".into(),
        platform: "terminal".into(),
        version: "0.1".into(),
        made_ms: 5,
        bound: true,
    };
    let reply = LinkReply {
        signed_manifest: vec![1; 300].into(),
        server_name: "casemate.example".into(),
        server_key: vec![2; 32].into(),
        primary: id(),
        inbox_token: id(),
        hpke_key: vec![3; 1_216].into(),
        bound: true,
    };
    let message = OwnMessage {
        id: id(),
        account: id(),
        text: "hello".into(),
        attachments: vec![file.clone()],
        reactions: vec![OwnReaction { account: id(), emoji: "👍".into() }],
        votes: vec![OwnVote { account: id(), chosen: 3 }],
        entry: 9,
        ..OwnMessage::default()
    };
    let thread = OwnThread { log: id(), key: id(), messages: vec![message; 2], ..OwnThread::default() };
    let person = OwnPerson { account: id(), address: "ana@example.org".into(), display_name: "Ana".into() };
    let part = HistoryPart {
        number: 1,
        last: true,
        done: 2,
        of: 2,
        file: Some(file.clone()),
        sealed_key: vec![7; 1_168].into(),
    };
    let linked = InboxBody {
        at_ms: 1,
        kind: Some(inbox_body::Kind::Linked(Linked { history_key: vec![7; 1_216].into() })),
        bound: true,
    };
    let body = InboxBody { at_ms: 1, kind: Some(inbox_body::Kind::History(part)), bound: false };
    vec![
        offer.encode_to_vec(),
        reply.encode_to_vec(),
        OwnHistory { people: vec![person], threads: vec![thread] }.encode_to_vec(),
        linked.encode_to_vec(),
        body.encode_to_vec(),
    ]
}

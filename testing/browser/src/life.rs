//! An account that somebody lives with: people, chats, a group, and a little of everything that can be in them. For
//! looking at every screen.

use std::path::PathBuf;

use casemate_e2e::files::fixture;
use casemate_e2e::world::Member;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::paint::{self, EVENING, MORNING, NOON, SHORE, Scene};
use crate::world::World;

/// Who somebody with a life knows, and where they talk.
pub struct Life {
    /// Whom she writes with most.
    pub sam: Member,
    /// Of the group.
    pub noor: Member,
    /// Writes in Arabic.
    pub yusuf: Member,
    /// Waits in Requests.
    pub stranger: Member,
    /// Her chat with sam: what stands after the `#`.
    pub pair: String,
    /// The group.
    pub group: String,
    /// Notes to herself.
    pub notes: String,
    /// The group as sam and noor know it.
    pub group_id: String,
}

/// What sam says first, by which the message is found again.
pub const FIRST: &str = "Did you see the estuary";

/// What mira says, likewise.
pub const OWN: &str = "The light was";

/// In this message is a link.
pub const LINK: &str = "https://example.org/estuary/tides";

impl Life {
    /// Gives a browser's account a life. It was made just now, and its app speaks English.
    pub async fn begin(world: &World, mira: &Browser) -> Self {
        let me = world.address(mira.name());
        let (mut sam, mut noor, mut yusuf) = people(world, mira, &me).await;
        let mut stranger = world.at_rpc("ines");
        let note = "We met at the library on Tuesday. I have the book that you asked for.";
        stranger.ask("contact.knock", json!({"to": me, "note": note}));

        let group_id = group(mira, &me, &mut sam, &mut noor).await;
        let chat = sam.pair_with(&me);
        sam.say(&chat, &format!("Morning! {FIRST} today?"));
        mira.chat("Sam Okafor").await;
        mira.message(FIRST).await;
        mira.say(&format!("I did. {OWN} *unreal*.")).await;
        let photo = photo(world, "estuary.png", MORNING, 1_200, 800);
        sam.send_file(&chat, &photo, Some("photo"));
        let said = sam.hears(&format!("I did. {OWN} *unreal*."));
        sam.ask("message.react", json!({"message": said["message"], "emoji": "😍"}));
        mira.say(&format!("The tides are here: {LINK}")).await;
        let tides = sam.hears(&format!("The tides are here: {LINK}"));
        sam.ask(
            "message.send",
            json!({"conversation": chat, "text": "Perfect. High water at ten, so we can row in.", "reply_to": tides["message"]}),
        );
        sam.send_file(&chat, &paper(world), None);
        sam.send_file(&chat, &fixture("voice.opus"), Some("voice"));
        mira.message("High water").await;
        let pair = place(mira).await;

        mira.place("#/new").await;
        mira.press("button", "Notes to self").await;
        mira.say("Questions for Thursday: boots, keys, thermos").await;
        mira.message("thermos").await;
        let notes = place(mira).await;
        let arabic = yusuf.pair_with(&me);
        yusuf.say(&arabic, "مرحبًا ميرا، نلتقي عند الساعة السادسة؟");
        mira.place("#/chats").await;
        mira.chat("Field crew").await;
        let group = place(mira).await;
        mira.visit("#/settings/profile").await;
        mira.write("Name that contacts see", "Mira Koss").await;
        mira.write("About me", "Rows, reads, repairs clocks").await;
        mira.press("button", "Save").await;
        mira.press("button", "OK").await;
        mira.visit("#/chats").await;
        noor.say(&group_id, "The bridge is open again 🎉");
        mira.reads("The bridge is open again").await;
        Self { sam, noor, yusuf, stranger, pair, group, notes, group_id }
    }
}

/// The people whom mira knows, with names and pictures.
async fn people(world: &World, mira: &Browser, me: &str) -> (Member, Member, Member) {
    let mut all = Vec::new();
    for (name, shown, scene) in [
        ("sam", "Sam Okafor", Some(SHORE)),
        ("noor", "Noor Haddad", None),
        ("yusuf", "يوسف دمير", Some(EVENING)),
    ] {
        let mut person = world.at_rpc(name);
        let picture = scene.map(|scene| photo(world, &format!("{name}.png"), scene, 320, 320));
        person.ask("account.set", json!({"display_name": shown, "picture": picture}));
        person.ask("contact.knock", json!({"to": me}));
        mira.visit("#/requests").await;
        let card = mira.see("listitem", &format!("~{name}@")).await;
        mira.press_in("button", "Accept", Some(&card)).await;
        // Nobody else waits, so that the chat opens.
        mira.see("textbox", "Message").await;
        all.push(person);
    }
    let (yusuf, mut noor) = (all.pop().unwrap(), all.pop().unwrap());
    let mut sam = all.pop().unwrap();
    sam.meet(&mut noor);
    (sam, noor, yusuf)
}

/// A group of four with a poll, a place and a picture.
async fn group(mira: &Browser, me: &str, sam: &mut Member, noor: &mut Member) -> String {
    let members = json!([me, noor.address]);
    let made = sam.ask("conversation.create", json!({"members": members, "name": "Field crew"}));
    let group = made["conversation"].as_str().unwrap().to_owned();
    noor.accept_group(&group);
    mira.visit("#/requests").await;
    let card = mira.see("listitem", "~Field crew").await;
    mira.press_in("button", "Accept", Some(&card)).await;
    mira.chat("Field crew").await;
    let admins = json!([me, sam.address]);
    sam.ask("conversation.set", json!({"conversation": group, "admins": admins}));
    let about = "Who rows, who drives, who brings coffee.";
    sam.ask("conversation.set", json!({"conversation": group, "description": about}));
    sam.say(&group, "@mira can you bring the small boat?");
    let poll =
        json!({"question": "When do we start?", "options": ["Saturday, seven", "Saturday, nine", "Sunday"]});
    let poll = sam.ask("message.send", json!({"conversation": group, "poll": poll}));
    let poll: Value = poll["message"].clone();
    noor.until("the poll", |noor| noor.try_ask("poll.vote", json!({"message": poll, "options": [0]})).ok());
    sam.ask("message.pin", json!({"message": poll}));
    let place = json!({"latitude": 53.98, "longitude": -0.02, "label": "Boat house"});
    noor.ask("message.send", json!({"conversation": group, "location": place}));
    mira.reads("Boat house").await;
    mira.say("I bring the boat and *two* thermos bottles.").await;
    let said = sam.hears("I bring the boat and *two* thermos bottles.");
    for (person, emoji) in [(sam, "👍"), (noor, "👍")] {
        let message = said["message"].clone();
        person.until("the message", |person| {
            person.try_ask("message.react", json!({"message": message, "emoji": emoji})).ok()
        });
    }
    group
}

/// Where the browser is, as it stands after the `#`.
async fn place(browser: &Browser) -> String {
    browser.run("return location.hash", Vec::new()).await.as_str().unwrap_or_default().to_owned()
}

/// A photo that nobody took.
pub fn photo(world: &World, name: &str, scene: Scene, width: u32, height: u32) -> PathBuf {
    let path = world.folder().join(name);
    paint::landscape(&path, scene, width, height);
    path
}

/// More of them, to send.
pub fn photos(world: &World) -> Vec<PathBuf> {
    [("noon.png", NOON), ("evening.png", EVENING)]
        .map(|(name, scene)| photo(world, name, scene, 1_000, 750))
        .into()
}

/// A document.
fn paper(world: &World) -> PathBuf {
    let path = world.folder().join("Interview notes.pdf");
    std::fs::copy(fixture("page.pdf"), &path).unwrap();
    path
}

//! Where a conversation goes on, and with whom: nobody moves it elsewhere, gives it away or comes back into it unasked.

use casemate_content::proto as content;
use casemate_content::proto::inbox_body::Kind;
use casemate_wire::ids::{Hash32, LogId};
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{LogClosed, ServerFrame};
use serde_json::json;

use crate::insider::Insider;
use crate::{ClientId, World};

/// Ana's group with Bob and Eve, all friends; Eve keeps no rule.
struct Story {
    world: World,
    ana: ClientId,
    bob: ClientId,
    at_ana: String,
    at_bob: String,
    eve: Insider,
}

fn story(seed: u64) -> Story {
    let mut world = World::new(seed);
    let [ana, bob, eve] = ["ana", "bob", "eve"].map(|name| world.person(name));
    world.befriend(ana, bob);
    world.befriend(ana, eve);
    world.befriend(bob, eve);
    world.group("Plans", ana, &[bob, eve]);
    let [at_ana, at_bob, at_eve] = [ana, bob, eve].map(|who| world.named(who, "Plans"));
    world.say(ana, &at_ana, "hello");
    world.settle();
    let eve = world.insider(eve, &at_eve);
    Story { world, ana, bob, at_ana, at_bob, eve }
}

impl Story {
    /// The group as Eve knows it, as a group of hers.
    fn state(&self) -> content::ConversationState {
        content::ConversationState { admins: vec![self.eve.id.account.into()], ..self.eve.group.state() }
    }

    /// Eve makes a group with Bob in it, and sends him what leads there.
    fn eve_invites(
        &mut self,
        log: u8,
        state: &content::ConversationState,
        outside: impl FnOnce(&mut content::Welcome),
    ) {
        let bobs = self.world.engine(self.bob).device().unwrap();
        let mut welcome = self.world.insider_founds(&mut self.eve, LogId([log; 16]), state, &[bobs]);
        outside(&mut welcome);
        self.world.insider_posts(&self.eve, bobs, Kind::Welcome(welcome));
        self.world.settle();
    }

    /// What Bob says reaches Ana, and Ana's words Bob, in the place of before.
    fn bob_is_heard(&mut self) {
        let (ana, bob, at_ana, at_bob) = (self.ana, self.bob, self.at_ana.clone(), self.at_bob.clone());
        self.world.say(bob, &at_bob, "for ana");
        self.world.settle_for(60_000);
        self.world.say(ana, &at_ana, "for bob");
        self.world.settle_for(60_000);
        for (who, id) in [(ana, &at_ana), (bob, &at_bob)] {
            let texts = self.world.texts(who, id);
            assert_eq!(texts[texts.len() - 2..], ["for ana", "for bob"], "{who:?}");
        }
    }

    fn place_of_bob(&mut self) -> LogId {
        self.world.log_of(self.bob, &self.at_bob)
    }

    fn requests_of_bob(&mut self) -> Vec<String> {
        let asked = self.world.ok(self.bob, "conversation.requests", json!({}));
        let asked = asked["requests"].as_array().unwrap().clone();
        asked.iter().map(|one| one["conversation"].as_str().unwrap().to_owned()).collect()
    }

    /// Nobody can write to the log any more.
    fn wedge(&mut self) {
        let note = self.eve.commit_note(Hash32([7; 32]));
        self.world.append(&mut self.eve, b"garbage".to_vec(), Some(note)).unwrap();
    }

    fn notices_of_bob(&mut self) -> Vec<String> {
        self.world.notices(self.bob, &self.at_bob.clone())
    }
}

/// K1: what stands outside of a Welcome names the thread, and its group says nothing of it.
#[test]
fn a_welcome_that_names_a_live_group_outside_alone_moves_nothing() {
    let mut story = story(12_000);
    let (place, state) = (story.place_of_bob(), story.state());
    let old: bytes::Bytes = story.eve.log.into();
    story.eve_invites(3, &state, |welcome| welcome.successor_of = old);
    assert_eq!(story.place_of_bob(), place);
    story.bob_is_heard();
    let notices = story.notices_of_bob();
    assert!(notices.iter().any(|line| line.contains("not what it said")), "{notices:?}");
    assert_eq!(story.world.entries(LogId([3; 16])).len(), 1, "nothing was written to the other group");
    assert_eq!(story.requests_of_bob(), Vec::<String>::new());
    // Without the lie it is an invitation like any other.
    story.eve_invites(4, &state, |_| ());
    assert_eq!(story.requests_of_bob(), [LogId([4; 16]).to_hex()]);
    assert_eq!(story.place_of_bob(), place);
    story.bob_is_heard();
}

/// And the other way round; and other names than the group's.
#[test]
fn a_welcome_that_says_outside_what_its_group_does_not_say_is_refused() {
    let mut story = story(12_001);
    let place = story.place_of_bob();
    let hidden = content::ConversationState { successor_of: story.eve.log.into(), ..story.state() };
    story.eve_invites(3, &hidden, |welcome| welcome.successor_of = bytes::Bytes::new());
    let named = story.state();
    story.eve_invites(4, &named, |welcome| welcome.name = "Prize".into());
    let (bob, asked) = (story.bob, story.requests_of_bob());
    assert_eq!(asked.len(), 2);
    for conversation in asked {
        story.world.ok(bob, "conversation.accept", json!({"conversation": conversation}));
        story.world.settle();
        let lines = story.world.notices(bob, &conversation);
        assert!(lines.iter().any(|line| line.contains("not what it said")), "{lines:?}");
    }
    assert_eq!(story.place_of_bob(), place);
    story.bob_is_heard();
}

#[test]
fn a_live_group_stays_where_it_is_until_its_person_follows() {
    for (seed, follows) in [(12_002, false), (12_003, true)] {
        let mut story = story(seed);
        let place = story.place_of_bob();
        let state = content::ConversationState { successor_of: story.eve.log.into(), ..story.state() };
        story.eve_invites(3, &state, |_| ());
        assert_eq!(story.place_of_bob(), place);
        let notices = story.notices_of_bob();
        assert!(notices.iter().any(|line| line.contains("tried to continue")), "{notices:?}");
        story.bob_is_heard();
        let (bob, at_bob) = (story.bob, story.at_bob.clone());
        assert_eq!(story.requests_of_bob(), std::slice::from_ref(&at_bob));
        let answer = if follows { "conversation.accept" } else { "conversation.decline" };
        story.world.ok(bob, answer, json!({"conversation": at_bob}));
        story.world.settle();
        assert_eq!(story.requests_of_bob(), Vec::<String>::new());
        assert_eq!(story.place_of_bob() == LogId([3; 16]), follows);
        if follows {
            let notices = story.notices_of_bob();
            for line in ["eve continued this conversation", "eve is an admin now", "Not here yet: ana."] {
                assert!(notices.iter().any(|seen| seen.contains(line)), "{line}: {notices:?}");
            }
        } else {
            story.bob_is_heard();
        }
    }
}

/// Bob is asked to follow Eve, leaves, and is added again by Ana: what he accepts is Ana's place.
#[test]
fn who_leaves_is_asked_to_follow_nobody_and_comes_back_where_they_were_added() {
    let mut story = story(12_021);
    let (ana, bob, at_ana, at_bob) = (story.ana, story.bob, story.at_ana.clone(), story.at_bob.clone());
    let place = story.place_of_bob();
    let state = content::ConversationState { successor_of: story.eve.log.into(), ..story.state() };
    story.eve_invites(3, &state, |_| ());
    assert_eq!(story.requests_of_bob(), std::slice::from_ref(&at_bob));
    story.world.ok(bob, "conversation.leave", json!({"conversation": at_bob}));
    story.world.settle_for(60_000);
    assert_eq!(story.requests_of_bob(), Vec::<String>::new());
    let refused = story.world.call(bob, "conversation.accept", json!({"conversation": at_bob}));
    assert!(refused.is_err(), "nobody asks any more");
    let members = json!({"conversation": at_ana, "members": ["bob@sim.example"]});
    story.world.ok(ana, "conversation.add", members);
    story.world.settle_for(60_000);
    assert_eq!(story.requests_of_bob(), std::slice::from_ref(&at_bob));
    story.world.ok(bob, "conversation.accept", json!({"conversation": at_bob}));
    story.world.settle_for(60_000);
    assert_eq!(story.place_of_bob(), place);
    story.bob_is_heard();
}

/// K6: who broke a place, or was put out of where it went on, continues nothing, whatever the ids.
#[test]
fn who_was_put_out_of_a_successor_continues_its_predecessor_no_more() {
    let mut story = story(12_004);
    let (ana, at_ana) = (story.ana, story.at_ana.clone());
    let old = story.eve.log;
    story.wedge();
    story.world.settle_for(120_000);
    let place = story.place_of_bob();
    assert_ne!(place, old, "it went on elsewhere");
    let remove = json!({"conversation": at_ana, "members": ["eve@sim.example"]});
    story.world.ok(ana, "conversation.remove", remove);
    story.world.settle_for(60_000);
    let admins = story.eve.group.state().admins;
    for (log, admins) in [(0, vec![story.eve.id.account.into()]), (1, admins)] {
        let state =
            content::ConversationState { successor_of: old.into(), admins, ..story.eve.group.state() };
        story.eve_invites(log, &state, |_| ());
        assert_eq!(story.place_of_bob(), place);
    }
    let notices = story.notices_of_bob();
    assert!(notices.iter().any(|line| line.contains("tried to continue")), "{notices:?}");
    assert_eq!(story.requests_of_bob(), Vec::<String>::new(), "{notices:?}");
    story.bob_is_heard();
}

/// A place that is broken goes on with those whom the group trusts, or where its person agrees.
#[test]
fn who_wedges_a_group_and_continues_it_as_its_admin_is_asked_about() {
    let mut story = story(12_005);
    let (ana, bob, at_ana, at_bob) = (story.ana, story.bob, story.at_ana.clone(), story.at_bob.clone());
    story.world.sleep(ana, 86_400_000);
    let old = story.eve.log;
    story.wedge();
    story.world.settle_for(10_000);
    let state = content::ConversationState { successor_of: old.into(), ..story.state() };
    story.eve_invites(0, &state, |_| ());
    assert_ne!(story.place_of_bob(), LogId([0; 16]));
    story.world.say(bob, &at_bob, "not for eve alone");
    story.world.settle_for(120_000);
    story.world.wake(ana);
    story.world.settle_for(120_000);
    assert!(story.world.texts(ana, &at_ana).contains(&"not for eve alone".to_owned()));
    assert_ne!(story.place_of_bob(), LogId([0; 16]));
    story.bob_is_heard();
    let admins = story.world.shown(bob, &at_bob)["members"].as_array().unwrap().clone();
    let admins: Vec<_> = admins.iter().filter(|member| member["admin"] == true).collect();
    assert_eq!(admins.len(), 1, "{admins:?}");
    assert_eq!(admins[0]["address"], "ana@sim.example", "who continues a group becomes no admin by that");
}

/// She continues it with one member alone, and spoils that, too, before he can bring the others.
#[test]
fn who_spoils_a_continuation_with_one_member_in_it_parts_nobody() {
    for (seed, awake) in [(12_010, false), (12_011, true)] {
        let mut story = story(seed);
        let (ana, bob, at_ana, at_bob) = (story.ana, story.bob, story.at_ana.clone(), story.at_bob.clone());
        if !awake {
            story.world.sleep(ana, 86_400_000);
        }
        let old = story.eve.log;
        story.wedge();
        story.world.settle_for(10_000);
        story.eve.spoils = true;
        let state = content::ConversationState { successor_of: old.into(), ..story.eve.group.state() };
        story.eve_invites(0, &state, |_| ());
        story.world.say(bob, &at_bob, "to everybody");
        story.world.settle_for(600_000);
        story.world.wake(ana);
        story.world.settle_for(600_000);
        let place = story.place_of_bob();
        assert!(place != old && place != LogId([0; 16]));
        assert!(story.world.texts(ana, &at_ana).contains(&"to everybody".to_owned()), "awake: {awake}");
        story.bob_is_heard();
    }
}

/// At level one she could bring in devices that were dropped, and name admins.
#[test]
fn who_continues_a_group_at_a_lower_level_is_asked_about() {
    for (seed, keeps_level) in [(12_013, false), (12_014, true)] {
        let mut story = story(seed);
        let old = story.eve.log;
        story.wedge();
        story.world.settle_for(10_000);
        story.eve.keeps_level = keeps_level;
        let state = content::ConversationState { successor_of: old.into(), ..story.eve.group.state() };
        story.eve_invites(0, &state, |_| ());
        assert_eq!(story.place_of_bob() == LogId([0; 16]), !keeps_level);
        let notices = story.notices_of_bob();
        let told = notices.iter().any(|line| line.contains("tried to continue"));
        assert_eq!(told, keeps_level, "{notices:?}");
        story.world.settle_for(300_000);
        story.bob_is_heard();
    }
}

/// Where admins alone say who is in it, nobody else opens what continues it.
#[test]
fn a_member_continues_no_group_in_which_admins_alone_add() {
    let mut story = story(12_012);
    let (ana, at_ana) = (story.ana, story.at_ana.clone());
    let closed = json!({"add": "admins", "edit": "admins", "send": "members"});
    story.world.ok(ana, "conversation.set", json!({"conversation": at_ana, "permissions": closed}));
    story.world.settle_for(60_000);
    let entries = story.world.entries(story.eve.log);
    story.eve.overhear(&entries);
    story.world.sleep(ana, 7_200_000);
    story.wedge();
    story.world.settle_for(10_000);
    let permissions = content::Permissions {
        add: content::Who::Admins.into(),
        edit: content::Who::Admins.into(),
        ..Default::default()
    };
    let state = content::ConversationState {
        successor_of: story.eve.log.into(),
        permissions: Some(permissions),
        ..story.eve.group.state()
    };
    story.eve_invites(0, &state, |_| ());
    assert_ne!(story.place_of_bob(), LogId([0; 16]));
    story.world.settle_for(60_000);
    story.world.wake(ana);
    story.world.settle_for(300_000);
    assert_ne!(story.place_of_bob(), LogId([0; 16]));
    story.bob_is_heard();
}

/// K5: the server makes a group unreadable for Bob, and somebody who is not in it gives him a group with its id.
#[test]
fn a_log_that_the_server_calls_gone_is_not_given_to_who_sends_a_welcome_for_it() {
    for (seed, member) in [(12_006, false), (12_007, true)] {
        let mut story = story(seed);
        let (bob, at_bob) = (story.bob, story.at_bob.clone());
        let dora = story.world.person("dora");
        story.world.befriend(bob, dora);
        story.world.group("Dora's", dora, &[bob]);
        let at_dora = story.world.named(dora, "Dora's");
        let mut dora = story.world.insider(dora, &at_dora);
        story.world.settle();
        // The real one can be reached by nobody who asks for it: the server keeps all away from here.
        let place = story.place_of_bob();
        story.world.sleep(story.ana, 86_400_000);
        let closed = LogClosed { log: place.into() };
        let frame = ServerFrame { id: 0, body: Some(Body::LogClosed(closed)) };
        story.world.send_down(bob.0, prost::Message::encode_to_vec(&frame).into());
        story.world.settle_for(5_000);
        let notices = story.notices_of_bob();
        assert!(notices.iter().all(|line| !line.contains("You were removed")), "{notices:?}");
        let bobs = story.world.engine(bob).device().unwrap();
        let state = story.eve.group.state();
        let sender = if member { &mut story.eve } else { &mut dora };
        let mut welcome = story.world.insider_founds(sender, place, &state_of(&state, sender), &[bobs]);
        welcome.again_for = place.into();
        welcome.entry = 1_000;
        story.world.insider_posts(sender, bobs, Kind::Welcome(welcome));
        story.world.settle_for(5_000);
        assert_eq!(story.world.shown(bob, &at_bob)["name"], "Plans");
        story.world.wake(story.ana);
        story.world.settle_for(300_000);
        assert_eq!(story.place_of_bob(), place);
        story.bob_is_heard();
    }
}

fn state_of(state: &content::ConversationState, insider: &Insider) -> content::ConversationState {
    content::ConversationState { admins: vec![insider.id.account.into()], ..state.clone() }
}

/// A device that is linked while nobody can write to a group comes into what continues it.
#[test]
fn a_device_linked_while_a_group_cannot_go_on_comes_into_its_continuation() {
    let mut story = story(12_013);
    let old = story.eve.log;
    story.wedge();
    let second = story.world.link(story.ana);
    story.world.settle_for(300_000);
    assert_ne!(story.place_of_bob(), old);
    let at_second = story.world.named(second, "Plans");
    let (bob, at_bob) = (story.bob, story.at_bob.clone());
    story.world.say(bob, &at_bob, "to both of you");
    story.world.settle_for(60_000);
    assert!(story.world.texts(second, &at_second).contains(&"to both of you".to_owned()));
    story.bob_is_heard();
}

/// What was asked for while nobody could write is done where it goes on, before anything more is said.
#[test]
fn who_is_removed_while_a_group_cannot_go_on_is_out_of_its_continuation() {
    let mut story = story(12_014);
    let (ana, bob, at_ana, at_bob) = (story.ana, story.bob, story.at_ana.clone(), story.at_bob.clone());
    let old = story.eve.log;
    story.wedge();
    story.world.settle_for(5_000);
    story.world.ok(
        ana,
        "conversation.remove",
        json!({"conversation": at_ana, "members": ["bob@sim.example"]}),
    );
    story.world.begin(ana, "conversation.set", json!({"conversation": at_ana, "name": "Plans 2"}));
    story.world.say(ana, &at_ana, "not for bob");
    story.world.settle_for(300_000);
    assert_ne!(story.world.copy_of(ana, &at_ana).log, old);
    let shown = story.world.shown(ana, &at_ana);
    assert!(!shown["members"].to_string().contains("bob@sim.example"), "{shown}");
    assert_eq!(shown["name"], "Plans 2");
    assert!(!story.world.texts(bob, &at_bob).contains(&"not for bob".to_owned()));
    let notices = story.world.notices(ana, &at_ana);
    assert!(notices.iter().any(|line| line == "You removed bob."), "{notices:?}");
}

/// One's second device continued the group, and is removed before the first one hears of that. Where the others are, the first one
/// is taken in by them.
#[test]
fn a_continuation_by_a_device_that_was_removed_since_parts_nobody() {
    let mut story = story(12_015);
    let (ana, bob, at_ana, at_bob) = (story.ana, story.bob, story.at_ana.clone(), story.at_bob.clone());
    let second = story.world.link(ana);
    story.world.settle_for(120_000);
    let (entries, old) = (story.world.entries(story.eve.log), story.eve.log);
    story.eve.overhear(&entries);
    story.world.sleep(ana, 86_400_000);
    story.wedge();
    story.world.settle_for(120_000);
    let place = story.place_of_bob();
    assert_ne!(place, old, "the second device continued it");
    story.world.drop_device(ana, second);
    story.world.wake(ana);
    story.world.settle_for(600_000);
    story.world.say(bob, &at_bob, "where is ana");
    story.world.settle_for(60_000);
    assert!(story.world.texts(ana, &at_ana).contains(&"where is ana".to_owned()));
    story.bob_is_heard();
    let (here, there) = (story.world.copy_of(ana, &at_ana), story.world.copy_of(bob, &at_bob));
    assert_eq!(here.log, there.log);
    let dropped = story.world.identity_of(second).device;
    assert!(there.group.members().iter().all(|leaf| leaf.device != dropped));
}

/// The same where the others said something before the first one came in: they say it again to it, and nobody has it twice.
#[test]
fn what_was_said_in_a_continuation_reaches_who_comes_into_it_later() {
    let mut story = story(12_041);
    let (ana, bob, at_ana, at_bob) = (story.ana, story.bob, story.at_ana.clone(), story.at_bob.clone());
    let before = story.world.say(bob, &at_bob, "before");
    let gone = story.world.say(bob, &at_bob, "taken back");
    let second = story.world.link(ana);
    story.world.settle_for(120_000);
    let entries = story.world.entries(story.eve.log);
    story.eve.overhear(&entries);
    story.world.sleep(ana, 86_400_000);
    story.wedge();
    story.world.settle_for(120_000);
    assert_ne!(story.place_of_bob(), story.eve.log, "the second device continued it");
    let hello = story.world.messages(bob, &at_bob).into_iter().find(|one| one["text"] == "hello").unwrap();
    story.world.ok(bob, "message.react", json!({"message": hello["message"], "emoji": "👍"}));
    story.world.ok(bob, "message.edit", json!({"message": before, "text": "after"}));
    story.world.ok(bob, "message.delete", json!({"message": gone, "for": "everyone"}));
    story.world.say(bob, &at_bob, "said meanwhile");
    story.world.settle_for(60_000);
    story.world.drop_device(ana, second);
    story.world.wake(ana);
    story.world.settle_for(600_000);
    let [here, there] = [(ana, &at_ana), (bob, &at_bob)].map(|(who, at)| {
        let said = story.world.messages(who, at).into_iter().filter(|one| one["kind"] != "notice");
        let shown = |one: serde_json::Value| {
            (one["text"].clone(), one["deleted"].clone(), one["edited"].clone(), one["reactions"].clone())
        };
        said.map(shown).collect::<Vec<_>>()
    });
    let lines = story.world.notices(ana, &at_ana);
    assert_eq!(here, there, "{lines:?}");
    assert!(here.iter().any(|(text, ..)| text == "said meanwhile"), "{here:?}");
    story.bob_is_heard();
}

//! Where a conversation goes on, and with whom: nobody moves it elsewhere, gives it away or comes back into it unasked.

use casemate_content::proto as content;
use casemate_content::proto::inbox_body::Kind;
use casemate_wire::ids::LogId;
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
        let key = LogId::from_hex(&self.at_bob).unwrap();
        let log: Vec<u8> = self.world.with_db(self.bob, |db| {
            db.query_row("SELECT active_log FROM threads WHERE key = ?1", [&key.0[..]], |row| row.get(0))
                .unwrap()
        });
        LogId::try_from(&log[..]).unwrap()
    }

    fn requests_of_bob(&mut self) -> Vec<String> {
        let asked = self.world.ok(self.bob, "conversation.requests", json!({}));
        let asked = asked["requests"].as_array().unwrap().clone();
        asked.iter().map(|one| one["conversation"].as_str().unwrap().to_owned()).collect()
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

//! A linked device is signed out where it is: its primary hears of it, and nothing of the account stays there.

use casemate_api::{Event, Kind};
use serde_json::json;

use super::with_plans;
use crate::{ClientId, World};

/// Ana and Bob with a chat and a group, Bob with a second device.
struct Story {
    world: World,
    ana: ClientId,
    bob: ClientId,
    second: ClientId,
    chat: String,
    group: String,
}

fn story(seed: u64) -> Story {
    let (mut world, ana, bob, group) = with_plans(seed);
    let chat = world.chat(ana, bob);
    let second = world.link(bob);
    world.say(ana, &chat, "to both");
    world.settle();
    Story { world, ana, bob, second, chat, group }
}

impl Story {
    fn devices(&mut self) -> usize {
        self.world.ok(self.bob, "device.list", json!({}))["devices"].as_array().unwrap().len()
    }

    /// Erased there, and what was said of it.
    fn is_signed_out(&mut self, told: bool) {
        let second = self.world.client(self.second);
        assert!(second.erased && second.line.is_none());
        assert!(second.events.contains(&Event::DeviceSignedOut { told }), "{:?}", second.events);
        assert!(!second.events.contains(&Event::DeviceWiped {}));
    }

    fn is_out_of_everything(&mut self) {
        assert_eq!(self.devices(), 1);
        for id in [self.chat.clone(), self.group.clone()] {
            assert_eq!(self.world.shown(self.ana, &id)["information"]["devices"], 2);
        }
        assert_eq!(self.world.notices(self.ana, &self.chat).last().unwrap(), "bob removed a device.");
    }
}

#[test]
fn what_waits_is_sent_the_primary_removes_it_and_it_is_erased() {
    let mut story = story(3_500);
    let to_ana = story.world.chat(story.second, story.ana);
    story.world.say(story.second, &to_ana, "the last word from here");
    story.world.ok(story.second, "device.sign_out", json!({"lose": true}));
    // Asked twice, it goes once.
    story.world.ok(story.second, "device.sign_out", json!({}));
    story.world.settle_for(9_000);
    story.is_signed_out(true);
    story.world.settle();
    story.is_out_of_everything();
    assert_eq!(story.world.texts(story.ana, &story.chat), ["to both", "the last word from here"]);
    // Those that stay go on.
    let at_bob = story.world.chat(story.bob, story.ana);
    story.world.say(story.bob, &at_bob, "from the first");
    story.world.settle();
    assert_eq!(story.world.texts(story.ana, &story.chat).last().unwrap(), "from the first");
}

#[test]
fn a_primary_that_is_away_removes_it_when_it_comes_back() {
    let mut story = story(3_501);
    story.world.sleep(story.bob, 86_400_000);
    story.world.ok(story.second, "device.sign_out", json!({}));
    story.world.settle();
    story.is_signed_out(true);
    story.world.wake(story.bob);
    story.world.settle();
    story.is_out_of_everything();
}

#[test]
fn without_a_connection_it_is_erased_and_said_that_nobody_heard() {
    let mut story = story(3_502);
    let device = story.world.engine(story.second).device().unwrap().to_hex();
    story.world.sleep(story.second, 86_400_000);
    story.world.ok(story.second, "device.sign_out", json!({}));
    story.world.settle();
    story.is_signed_out(false);
    assert_eq!(story.devices(), 2);
    story.world.ok(story.bob, "device.remove", json!({"device": device}));
    story.world.settle();
    story.is_out_of_everything();
}

#[test]
fn killed_in_the_middle_it_goes_on() {
    let mut story = story(3_503);
    story.world.ok(story.second, "device.sign_out", json!({}));
    story.world.kill(story.second.0);
    story.world.settle();
    story.is_signed_out(true);
    story.is_out_of_everything();
    // And with what is left of it after that.
    story.world.client(story.second).erased = false;
    story.world.client(story.second).events.clear();
    story.world.kill(story.second.0);
    story.is_signed_out(true);
}

#[test]
fn the_primary_cannot_leave_its_account_so() {
    let mut story = story(3_504);
    let refused = story.world.call(story.bob, "device.sign_out", json!({})).unwrap_err();
    assert_eq!(refused.kind, Kind::NotAllowed, "{refused}");
    story.world.settle();
    assert!(!story.world.client(story.bob).erased && story.devices() == 2);
}

#[test]
fn device_with_messages_that_no_other_has_signs_out_only_once_its_person_says_that_they_may_go() {
    let mut story = story(3_505);
    let to_ana = story.world.chat(story.second, story.ana);
    let soon = json!({"conversation": to_ana, "text": "later", "at": "2026-12-21T09:00:00Z"});
    story.world.ok(story.second, "message.send", soon);
    let old = json!({"at": "2020-01-01T00:00:00Z", "text": "from before", "author": "Ana"});
    let brought = json!({"conversation": to_ana, "total": 1, "place": 0, "messages": [old]});
    story.world.ok(story.second, "history.add", brought);
    story.world.settle();
    story.world.sleep(story.second, 86_400_000);
    story.world.say(story.second, &to_ana, "not sent");
    let refused = story.world.call(story.second, "device.sign_out", json!({})).unwrap_err();
    let said = casemate_api::said::said(&refused.message).expect("a sentence with a code");
    assert_eq!(said.code, "sign-out-loses");
    let counts = ["unsent", "scheduled", "brought"].map(|name| said.values[name].clone());
    assert_eq!(counts, ["1", "1", "1"]);
    story.world.settle();
    assert!(!story.world.client(story.second).erased);
    story.world.ok(story.second, "device.sign_out", json!({"lose": true}));
    story.world.settle();
    story.is_signed_out(false);
}

//! A copy that nobody noticed goes blind, by the clock and in every conversation for itself.

use crate::World;
use crate::healing::until_blind;

use super::story;

const HOUR_MS: i64 = 3_600_000;
const WEEK_MS: i64 = 7 * 24 * HOUR_MS;

/// A leaf keeps its keys for a week, and a refresh is spread over an hour. Receipts are entries too: the bound is on what
/// was written by the clock.
#[test]
fn a_copy_of_a_device_goes_blind_within_a_week_and_two_hours() {
    for (seed, copied_ms, stays) in
        [(8_600, HOUR_MS, true), (8_601, HOUR_MS, false), (8_602, WEEK_MS / 2, true)]
    {
        let blind = until_blind(seed, 3, 8, copied_ms, stays);
        eprintln!("copied after {} h, connected {stays}: {blind:?}", copied_ms / HOUR_MS);
        assert!(blind.messages > 0, "it could read at first: {blind:?}");
        // At night a device that is offline refreshes nothing; it does in the morning.
        let night = if stays { 0 } else { 8 * HOUR_MS };
        assert!(blind.after_ms <= WEEK_MS + 2 * HOUR_MS + night + 3 * HOUR_MS, "{blind:?}");
        assert!(blind.written > 100, "people went on: {blind:?}");
    }
}

#[test]
fn a_copy_reads_no_more_where_the_leaf_healed_and_no_other_conversation_by_that() {
    let mut story = story(World::new(8_603));
    let (ana, bob, second) = (story.ana, story.bob, story.second);
    let world = &mut story.world;
    let (plans, pair) = (world.named(second, "Plans"), world.chat(second, ana));
    let mut copies = [world.copy_of(second, &plans), world.copy_of(second, &pair)];
    world.settle();
    // The device itself commits in the group: whatever the reason, its leaf has new keys.
    let name = serde_json::json!({"conversation": plans, "name": "Plans, healed"});
    world.ok(second, "conversation.set", name);
    world.settle();
    let mut read = |world: &mut World| {
        let read = copies.iter_mut().map(|copy| copy.overhear(&world.entries(copy.log)));
        <[usize; 2]>::try_from(read.collect::<Vec<_>>()).unwrap()
    };
    read(world);
    for _ in 0..10 {
        world.say(ana, &story.group, "in the group");
        world.say(ana, &story.chat, "in the chat");
        world.settle();
    }
    let [group, chat] = read(world);
    assert_eq!(group, 0, "the group has healed");
    assert!(chat >= 10, "the chat has not yet: {chat}");
    // A week later it has too, and the keys of one were no way into the other.
    world.settle_for(WEEK_MS + 2 * HOUR_MS);
    read(world);
    world.say(ana, &story.group, "in the group");
    let at_bob = world.chat(bob, ana);
    world.say(bob, &at_bob, "in the chat");
    world.settle();
    assert_eq!(read(world), [0, 0]);
}

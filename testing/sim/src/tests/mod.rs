//! Stories, by behaviour.

mod absence;
mod adversary;
mod after_backup;
mod afterwards;
mod asking;
mod attachments;
mod backup_authors;
mod backup_keys;
mod backups;
mod between;
mod bounded;
mod bringing;
mod calls;
mod choices;
mod clocks;
mod containing;
mod crashes;
mod crowd;
mod damage;
mod devices;
mod disabled;
mod drafts;
mod early;
mod first_words;
mod foreign;
mod groups;
mod hostile;
mod incarnations;
mod indicators;
mod insider;
mod keeping;
mod knocks;
mod liar;
mod link_previews;
mod linking;
mod live;
mod lost_places;
mod membership;
mod messages;
mod nothing_left;
mod parted;
mod pictures;
mod places;
mod put_back;
mod quarantine;
mod receipts;
mod recovered;
mod recovery;
mod room;
mod rough;
mod sentences;
mod sharing;
mod siblings;
mod signing_out;
mod storm;
mod strict;
mod succession;
mod talk;
mod things;
mod transparency;
mod true_states;
mod unheard;
mod waking;

use serde_json::Value;

use crate::{ClientId, World};

/// Two who know each other, and their chat as each has it.
fn pair(seed: u64) -> (World, ClientId, ClientId, String, String) {
    let mut world = World::new(seed);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    (world, ana, bob, at_ana, at_bob)
}

/// Ana and Bob, who know each other, and a group of theirs.
fn with_plans(seed: u64) -> (World, ClientId, ClientId, String) {
    let mut world = World::new(seed);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let group = world.group("Plans", ana, &[bob]);
    (world, ana, bob, group)
}

/// A message, where it is there.
fn find(world: &mut World, id: ClientId, conversation: &str, message: &str) -> Option<Value> {
    world.messages(id, conversation).into_iter().find(|one| one["message"] == message)
}

/// One that is there.
fn message(world: &mut World, id: ClientId, conversation: &str, message: &str) -> Value {
    find(world, id, conversation, message).expect("the message")
}

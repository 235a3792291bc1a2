//! A server that tells two people of a restore each, and shows each of them a list of everyone's keys of their own.

use casemate_transparency::{Head, incarnation};
use casemate_wire::manifest::{INCARNATION_LABEL, sign_labelled};
use casemate_wire::proto::transparency as proto;
use casemate_wire::proto::wire::server_frame::Body;
use ed25519_dalek::SigningKey;
use prost::Message as _;
use rand::Rng as _;
use rand_chacha::ChaCha20Rng;

use super::Stage;
use super::honest::{NAMES, Place};
use super::server::Server;
use crate::client::ClientId;
use crate::world::World;

const MINUTE_MS: i64 = 60_000;

/// What a server says to one of its people of its past.
#[derive(Clone)]
pub(super) struct Past {
    incarnation: [u8; 16],
    statements: Vec<proto::Incarnation>,
    key: SigningKey,
}

impl Past {
    /// What the server would say now, had it been restored, to somebody who knows what is true. Nothing where they know no list yet.
    fn of(world: &mut World, victim: ClientId, at_ms: i64) -> Option<Self> {
        let head: Option<Vec<u8>> = world.with_db(victim, |db| {
            db.query_row("SELECT value FROM settings WHERE key = 'log_head'", [], |row| row.get(0)).ok()
        });
        let identity = world.server.directory.identity();
        let (key, previous) = (identity.key.clone(), identity.incarnation);
        let mut base = proto::Head::decode(proto::SignedHead::decode(&head?[..]).ok()?.head).ok()?;
        base.incarnation = previous.to_vec().into();
        base.at_ms = at_ms - 1;
        let base = Some(Head::sign(&base, &key));
        let statement = proto::Incarnation { previous: previous.to_vec().into(), base, at_ms };
        Some(Self { incarnation: incarnation::id(&statement), statements: vec![statement], key })
    }

    /// Whatever says in which incarnation the server is says this one.
    pub(super) fn tell(&self, body: &mut Body) {
        let again = |head: &mut Option<proto::SignedHead>| {
            let known = head.as_ref().and_then(|head| proto::Head::decode(head.head.clone()).ok());
            if let Some(mut body) = known {
                body.incarnation = self.incarnation.to_vec().into();
                *head = Some(Head::sign(&body, &self.key));
            }
        };
        match body {
            Body::Hello(hello) => {
                hello.incarnation = self.incarnation.to_vec().into();
                let signature = sign_labelled(&self.key, INCARNATION_LABEL, &[&self.incarnation]);
                hello.incarnation_signature = signature.into();
                hello.incarnations = self.statements.clone();
            }
            Body::Head(answer) => again(&mut answer.head),
            Body::History(answer) => again(&mut answer.head),
            Body::Manifest(answer) => {
                if let Some(shown) = &mut answer.shown {
                    again(&mut shown.head);
                }
            }
            _ => {}
        }
    }
}

impl Stage {
    /// Two people are told of a restore each, and talk: both hear that the server showed them different lists. What it was.
    pub(super) fn two_pasts(&mut self, server: &Server, rng: &mut ChaCha20Rng) -> String {
        server.be_honest(&mut self.world);
        self.world.settle_for(70 * MINUTE_MS);
        let first = rng.random_range(0..NAMES.len());
        let pair = [first, (first + 1 + rng.random_range(0..NAMES.len() - 1)) % NAMES.len()];
        let place = Place::Pair(pair[0].min(pair[1]), pair[0].max(pair[1]));
        let mut at_ms = self.world.now_ms;
        for person in pair {
            let client = self.first(person).1;
            let Some(past) = Past::of(&mut self.world, client, at_ms) else {
                return "knows no list yet".into();
            };
            at_ms += rng.random_range(1..1_000);
            server.tell_past(client, past);
            self.world.cut(client.0);
        }
        self.world.settle_for(5 * MINUTE_MS);
        for person in pair {
            self.world.settle_for(MINUTE_MS);
            let at = self.first(person).0;
            // What cannot be written is noticed in the end.
            let _ = self.honest.say(&mut self.world, at, place);
            self.world.settle_for(2 * MINUTE_MS);
        }
        for person in pair {
            let (at, client) = self.first(person);
            let key = self.honest.devices[at].keys[&place].clone();
            let notices = self.world.notices(client, &key).join("\n");
            if !notices.contains("two different lists of everyone's keys") {
                self.broken.get_or_insert(format!("views: {} reads only {notices}", NAMES[person]));
            }
        }
        server.forget_pasts(&mut self.world);
        self.world.settle_for(5 * MINUTE_MS);
        format!("the server tells {} and {} of a restore each", NAMES[pair[0]], NAMES[pair[1]])
    }
}

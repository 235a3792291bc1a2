//! Previews of links, from a real site to the one who is sent one: made by the sender's program, in a network of its own with a
//! machine of the public internet in it.

use std::net::TcpListener;
use std::time::Instant;

use casemate_e2e::alone::in_own_network;
use casemate_e2e::files::fixture;
use casemate_e2e::person::Person;
use casemate_e2e::site::{Site, moved, nothing, whole};
use casemate_e2e::world::{Member, World};
use serde_json::{Value, json};

/// Where the site is: any address of the public internet does, since nothing leaves.
const ADDRESS: &str = "11.22.33.44";

const STORY: &str = "https://news.example/story?id=1";

fn answer(path: &str) -> Vec<u8> {
    let page = |picture: &str| {
        let html = format!(
            "<!doctype html><title>no</title><meta property=og:title content='What &quot;happened&quot;'>
             <meta property=og:description content='A long\u{202e} story.'><meta property=og:image content='{picture}'></head>"
        );
        whole("text/html; charset=utf-8", html.as_bytes())
    };
    match path {
        "/story?id=1" => page("pictures/1.jpg"),
        "/pictures/1.jpg" => whole("image/jpeg", &std::fs::read(fixture("photo-gps.jpg")).unwrap()),
        "/moved" => moved("/story?id=1"),
        "/bomb" => page("/bomb.bmp"),
        "/bomb.bmp" => whole("image/bmp", &bomb()),
        "/elsewhere" => page("https://inside.example/1.jpg"),
        "/inside" => moved("https://inside.example/"),
        "/plain" => moved("http://news.example/story?id=1"),
        "/slow" => b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<title>never".to_vec(),
        _ => nothing(),
    }
}

/// A few bytes that promise a wall of pixels.
fn bomb() -> Vec<u8> {
    let mut bomb = vec![0; 100];
    bomb[..2].copy_from_slice(b"BM");
    (bomb[10], bomb[14], bomb[26], bomb[28]) = (54, 40, 1, 24);
    bomb[18..22].copy_from_slice(&60_000u32.to_le_bytes());
    bomb[22..26].copy_from_slice(&60_000u32.to_le_bytes());
    bomb
}

#[test]
fn a_preview_is_made_by_the_sender_alone_and_only_where_wanted() {
    in_own_network("previews::a_preview_is_made_by_the_sender_alone_and_only_where_wanted", |network| {
        network.public(ADDRESS, &["news.example"], &["inside.example"]);
        let world = World::new();
        let site = Site::start(ADDRESS, "news.example", world.folder(), answer);
        let inside = TcpListener::bind("127.0.0.1:443").unwrap();
        inside.set_nonblocking(true).unwrap();
        let trust = site.trust();
        let join = |name: &str| {
            let mut person = Person::start_under(&world.folder().join(name), &["env", &trust]);
            person.ask("account.create", json!({"name": name, "invite": world.server.invite()}));
            Member::of(person)
        };
        let (mut ana, mut bob) = (join("ana"), join("bob"));
        let pair = ana.meet(&mut bob);
        let at_bob = bob.pair_with(&ana.address.clone());

        // Off from the start, and in strict mode.
        assert_eq!(ana.refused("link.preview", json!({"url": STORY})).kind, "not_allowed");
        ana.ask("settings.set", json!({"link_previews": true}));
        ana.ask("contact.strict", json!({"on": true}));
        assert_eq!(ana.refused("link.preview", json!({"url": STORY})).kind, "not_allowed");
        ana.ask("contact.strict", json!({"on": false}));
        ana.ask("contact.strict", json!({"conversation": pair, "on": true}));
        let there = json!({"url": STORY, "conversation": pair});
        assert_eq!(ana.refused("link.preview", there.clone()).kind, "not_allowed");
        ana.ask("contact.strict", json!({"conversation": pair, "on": null}));
        for odd in
            ["https://11.22.33.44/", "http://news.example/story?id=1", "https://paypa1.com/", "news.example"]
        {
            assert!(
                ["not_allowed", "invalid"]
                    .contains(&&ana.refused("link.preview", json!({"url": odd})).kind[..])
            );
        }
        assert_eq!(site.asked(), [""; 0], "nobody was asked so far");

        let made = ana.ask("link.preview", there);
        assert_eq!(
            (&made["host"], &made["preview"]["title"]),
            (&json!("news.example"), &json!("What \"happened\""))
        );
        assert_eq!(made["preview"]["about"], "A long story.");
        let picture = hex::decode(made["preview"]["picture"].as_str().unwrap()).unwrap();
        assert!(picture.starts_with(b"\xff\xd8") && picture.len() <= 24 * 1024, "{}", picture.len());
        assert!(!picture.windows(4).any(|four| four == b"Exif"), "it says nothing but its pixels");
        assert_eq!(site.asked(), ["/story?id=1", "/pictures/1.jpg"]);

        // Bob sees it without asking anybody.
        let text = format!("Look: {STORY}!");
        let preview = &made["preview"];
        ana.ask("message.send", json!({"conversation": pair, "text": text, "preview": preview}));
        let heard = bob.hears(&text);
        let shown = &heard["preview"];
        for field in ["url", "title", "about", "picture"] {
            assert_eq!(shown[field], preview[field], "{field}");
        }
        assert_eq!(shown["host"], "news.example");
        for message in bob.messages(&at_bob) {
            bob.ask("message.read", json!({"message": message["message"]}));
        }
        bob.ask("link.look", json!({"url": STORY, "message": heard["message"]}));
        for member in [&mut ana, &mut bob] {
            member.ask("sync", json!({}));
        }
        assert_eq!((site.asked().len(), network.left()), (2, 0), "only its sender's program asked the site");

        // What may not be: an own network's machines, plain HTTP, for long; and a bomb is no picture.
        let mut of =
            |path: &str| ana.try_ask("link.preview", json!({"url": format!("https://news.example/{path}")}));
        assert_eq!(of("moved").unwrap()["preview"]["picture"], preview["picture"]);
        for path in ["bomb", "elsewhere"] {
            let made = of(path).unwrap();
            assert_eq!(
                (&made["preview"]["title"], &made["preview"]["picture"]),
                (&preview["title"], &Value::Null)
            );
        }
        for path in ["inside", "plain", "none"] {
            assert_eq!(of(path).unwrap_err().kind, "not_found", "{path}");
        }
        let begun = Instant::now();
        assert_eq!(of("slow").unwrap_err().kind, "not_found");
        assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
        assert!(inside.accept().is_err(), "nobody came to a machine inside");
        assert_eq!(network.left(), 0);
    });
}

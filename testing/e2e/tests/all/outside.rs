//! What a device does of itself towards the world: nothing. Real processes in a network of their own, in which everything
//! that leaves is counted, name look-ups too.

use std::net::{TcpListener, ToSocketAddrs as _, UdpSocket};
use std::path::{Path, PathBuf};

use casemate_e2e::alone::in_own_network;
use casemate_e2e::files::fixture;
use casemate_e2e::world::{World, text};
use serde_json::{Value, json};

/// Addresses by name, by number, and on this machine, of every kind that something might follow.
fn canaries(port: u16) -> [String; 8] {
    [
        "https://canary.example/pixel.png".to_owned(),
        "http://10.77.0.99/pixel.png".to_owned(),
        format!("http://127.0.0.1:{port}/pixel.png"),
        "https://canary.example/i#AAAAAAAAAAAAAAAAAAAAAA.Zm9v".to_owned(),
        "ftp://canary.example/x smb://canary.example/share \\\\canary.example\\share\\x.lnk".to_owned(),
        "<img src=\"https://canary.example/a\"> ![x](https://canary.example/b) [x]: https://canary.example/c"
            .to_owned(),
        "tel:+10770099 mailto:a@canary.example facetime://canary.example intent://canary.example#Intent;end"
            .to_owned(),
        "file://canary.example/share/x canary@canary.example canary.example".to_owned(),
    ]
}

/// Files whose contents name addresses: what a program that follows them would ask for.
fn files_with_addresses(folder: &Path, port: u16) -> Vec<PathBuf> {
    let address = format!("http://127.0.0.1:{port}/x http://10.77.0.99/x https://canary.example/x");
    let svg = format!("<svg xmlns='http://www.w3.org/2000/svg'><image href='{address}'/></svg>");
    let html = format!("<!doctype html><link rel=stylesheet href='{address}'><img src='{address}'>");
    let playlist = format!("#EXTM3U\n#EXTINF:9,x\n{address}\n");
    let shortcut = format!("[InternetShortcut]\nURL={address}\nIconFile={address}\n");
    let names = [("a.svg", svg), ("b.html", html), ("c.m3u8", playlist), ("d.url", shortcut)];
    let write = |(name, text): (&str, String)| {
        std::fs::write(folder.join(name), text).unwrap();
        folder.join(name)
    };
    names.map(write).into()
}

#[test]
fn no_message_of_any_kind_makes_a_device_ask_anybody_but_its_server() {
    in_own_network("outside::no_message_of_any_kind_makes_a_device_ask_anybody_but_its_server", |network| {
        let canary = TcpListener::bind("127.0.0.1:0").unwrap();
        canary.set_nonblocking(true).unwrap();
        let addresses = canaries(canary.local_addr().unwrap().port());
        let (world, first) = (World::new(), &addresses[0]);
        let (mut ana, mut bob) = (world.join("ana"), world.join("bob"));
        let profile = json!({"display_name": &first[..30], "about": first});
        ana.ask("account.set", profile);
        ana.ask("contact.knock", json!({"to": bob.address, "note": first}));
        bob.event("the knock", |event| event["type"] == "contact.requested");
        bob.ask("contact.accept", json!({"who": ana.address}));
        let pair = ana.pair_with(&bob.address.clone());
        let at_bob = bob.pair_with(&ana.address.clone());
        let group = ana.group(&first[..30], &mut [&mut bob]);
        ana.ask("conversation.set", json!({"conversation": group, "description": first}));
        let send = |member: &mut casemate_e2e::world::Member, mut params: Value, to: &str| {
            params["conversation"] = json!(to);
            text(&member.ask("message.send", params)["message"])
        };
        let mut last = String::new();
        for to in [&pair, &group] {
            for address in &addresses {
                last = send(&mut ana, json!({"text": address}), to);
                send(&mut ana, json!({"text": address, "reply_to": last, "mentions": [bob.address]}), to);
            }
            ana.ask("message.edit", json!({"message": last, "text": format!("edited {first}")}));
            ana.ask("message.react", json!({"message": last, "emoji": "👀"}));
            ana.ask("message.pin", json!({"message": last, "on": true}));
            let poll = json!({"question": first, "options": [&addresses[1], &addresses[2]]});
            send(&mut ana, json!({"poll": poll}), to);
            let contact = json!({"address": "canary@canary.example", "name": &first[..30]});
            send(&mut ana, json!({"contact": contact}), to);
            let location = json!({"latitude": 1.5, "longitude": 2.5, "accuracy_m": 5, "label": &first[..30]});
            send(&mut ana, json!({"location": location}), to);
            let preview = json!({"url": first, "title": first, "about": first, "picture": "ffd8ff"});
            send(&mut ana, json!({"text": first, "preview": preview}), to);
            send(&mut ana, json!({"text": first, "view_once": true}), to);
            let kinds = [("photo-gps.jpg", "photo"), ("voice.opus", "voice"), ("photo-gps.jpg", "sticker")];
            let mut files: Vec<Value> = kinds
                .iter()
                .map(|(name, kind)| json!({"path": fixture(name), "kind": kind, "caption": first}))
                .collect();
            let port = canary.local_addr().unwrap().port();
            let documents = files_with_addresses(world.folder(), port);
            files.extend(documents.iter().map(|path| json!({"path": path, "caption": first})));
            let message = send(&mut ana, json!({"attachments": files}), to);
            ana.ask("sync", json!({}));
            ana.ask("message.forward", json!({"messages": [message], "to": [to]}));
            let call = text(&ana.ask("call.start", json!({"conversation": to}))["call"]);
            ana.ask("call.leave", json!({"call": call}));
        }
        let end = ana.say(&pair, "that was all");
        bob.hears("that was all");
        // He looks at everything, looks links up before opening them, saves every file, and searches.
        for place in [&at_bob, &group] {
            for message in bob.messages(place) {
                bob.ask("message.read", json!({"message": message["message"]}));
                for index in 0..message["attachments"].as_array().map_or(0, Vec::len) {
                    let name = format!("saved-{}-{index}", text(&message["message"]));
                    let path = world.folder().join(name);
                    let saved = bob.try_ask(
                        "attachment.save",
                        json!({"message": message["message"], "index": index, "path": path}),
                    );
                    assert!(saved.is_ok(), "{message}: {saved:?}");
                }
            }
            bob.ask("conversation.show", json!({"conversation": place}));
        }
        for address in &addresses {
            let _ = bob.try_ask("link.look", json!({"link": address}));
        }
        bob.ask("message.search", json!({"text": "canary"}));
        bob.ask("message.react", json!({"message": end, "emoji": "👍"}));
        for member in [&mut ana, &mut bob] {
            member.ask("sync", json!({}));
        }
        assert!(canary.accept().is_err(), "somebody came to the canary on this machine");
        assert_eq!(network.left(), 0, "packets left: a name was looked up, or an address was asked");
        let _ = last;
        // Whoever does follow one is seen.
        assert!(("canary.example", 443).to_socket_addrs().is_err());
        assert!(network.left() > 0, "a look-up is counted");
        std::net::TcpStream::connect(canary.local_addr().unwrap()).unwrap();
        assert!(canary.accept().is_ok());
    });
}

/// Packets that once broke what others run while a telephone rings, and some of our own.
fn packets() -> Vec<Vec<u8>> {
    let corpus = std::env::var_os("CASEMATE_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"), PathBuf::from);
    let mut packets = vec![
        // A STUN binding request, a DTLS ClientHello's beginning, RTP, RTCP.
        [&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[7; 12]].concat(),
        [&[22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 1][..], &[0; 99]].concat(),
        [&[0x80, 96, 0, 1][..], &[1; 200]].concat(),
        [&[0x80, 200, 0, 6][..], &[1; 24]].concat(),
    ];
    let mut folders = vec![corpus.join("rtc")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                packets.push(std::fs::read(path).unwrap().into_iter().take(60_000).collect());
            }
        }
    }
    packets
}

#[test]
fn while_it_rings_nothing_that_is_sent_to_any_port_reaches_anything() {
    in_own_network("outside::while_it_rings_nothing_that_is_sent_to_any_port_reaches_anything", |network| {
        let world = World::new();
        let (mut ana, mut bob) = (world.join("ana"), world.join("bob"));
        let at_ana = ana.meet(&mut bob);
        bob.ask("sync", json!({}));
        let call = text(&ana.ask("call.start", json!({"conversation": at_ana, "send": "tone"}))["call"]);
        bob.event("a call", |event| event["type"] == "call.ringing" && event["call"] == *call);
        // Hers and the relay's, and none of his.
        ana.until("her socket", |me| (network.udp_sockets_of(me.process()) > 0).then_some(()));
        let sockets = network.udp_sockets();
        assert_eq!(network.udp_sockets_of(bob.process()), 0);
        let threads = threads(bob.process());
        assert!(sockets_of(bob.process()) > 0 && !threads.iter().any(|name| name == "call"), "{threads:?}");
        let before = sockets_of(bob.process());
        let packets = packets();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut sent = 0;
        for port in 1..=u16::MAX {
            // All of them to whatever listens, and one after the other to where nobody does.
            let listens = sockets.iter().any(|(open, _)| *open == port);
            let few = usize::from(port) % packets.len();
            let chosen = if listens { &packets[..] } else { &packets[few..=few] };
            for packet in chosen {
                // A port where nobody listens refuses, which the next sending hears.
                sent += usize::from(sender.send_to(packet, ("127.0.0.1", port)).is_ok());
            }
        }
        println!("{} packets, {sent} taken", packets.len());
        assert!(sent > 10_000);
        bob.ask("sync", json!({}));
        assert_eq!(sockets_of(bob.process()), before);
        assert_eq!(self::threads(bob.process()), threads);
        assert_eq!(network.udp_sockets_of(bob.process()), 0);
        let calls = bob.ask("call.list", json!({}));
        let state = calls["calls"].as_array().unwrap().iter().find(|one| one["call"] == *call).unwrap();
        assert_eq!(state["state"], "ringing", "and it still rings");
        assert_eq!(network.left(), 0);
    });
}

fn sockets_of(process: u32) -> usize {
    let links = std::fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    let targets = links.filter_map(|link| std::fs::read_link(link.ok()?.path()).ok());
    targets.filter(|target| target.to_string_lossy().starts_with("socket:")).count()
}

fn threads(process: u32) -> Vec<String> {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    let mut names: Vec<String> = names.map(|name| name.trim().to_owned()).collect();
    names.sort();
    names.dedup();
    names
}

//! Calls between real browsers, with the devices that Chromium plays: what exists before somebody answers, what is heard and
//! seen afterwards, and what is left.

use std::time::{Duration, Instant};

use casemate_browser::browser::Browser;
use casemate_browser::chromium::Look;
use casemate_browser::media::Made;
use casemate_browser::world::{World, story_alone};
use serde_json::json;
use thirtyfour::Key;

/// What the two microphones hear.
pub(crate) const MIRA: f64 = 440.0;
pub(crate) const SAM: f64 = 660.0;

/// Mira and Sam, who know each other and have their chat open.
pub(crate) async fn two(world: &World) -> (Browser, Browser) {
    let mira = world.caller("mira", Look::DESK, MIRA).await;
    let sam = world.caller("sam", Look::PHONE, SAM).await;
    sam.knock(&world.address("mira"), "Hello").await;
    mira.accept("sam").await;
    sam.chat("mira").await;
    (mira, sam)
}

/// Mira calls Sam, who answers; each hears the other.
pub(crate) async fn talking(world: &World) -> (Browser, Browser) {
    let (mira, sam) = two(world).await;
    mira.press("button", "Voice call").await;
    rings(&sam, "mira").await;
    sam.press("button", "Answer").await;
    sam.hears_tone(MIRA).await;
    mira.hears_tone(SAM).await;
    (mira, sam)
}

/// Mira makes the group "Walkers" with people whom she knows.
async fn walkers(mira: &Browser, names: &[&str]) {
    mira.press("link", "Chats").await;
    mira.press("button", "New chat").await;
    mira.press("button", "New group").await;
    mira.write("Group name", "Walkers").await;
    for name in names {
        mira.choose_one("checkbox", &format!("^{name}")).await;
    }
    mira.press("button", "Create group").await;
    mira.see("heading", "~Walkers").await;
}

pub(crate) async fn rings(browser: &Browser, who: &str) {
    browser.see("dialog", &format!("{who} calls you")).await;
}

/// Waits until sound of so many, and pictures of so many, come.
pub(crate) async fn receives(browser: &Browser, voices: u64, pictures: u64) -> serde_json::Value {
    browser
        .wait(&format!("{voices} voices and {pictures} pictures"), async || {
            let found = browser.receives().await;
            let enough = found["voices"].as_u64() >= Some(voices)
                && found["packets"].as_u64() > Some(50 * voices)
                && found["pictures"].as_u64() >= Some(pictures)
                && found["decoded"].as_u64() >= Some(20 * pictures);
            if enough { Ok(found) } else { Err(format!("there is {found}").chars().take(600).collect()) }
        })
        .await
}

/// Bytes of each packet of sound that is sent, which have to be the same for a while.
async fn size_of_sound(browser: &Browser) -> u64 {
    let sent = async || {
        let found = browser.receives().await;
        let sound =
            found["sent"].as_array().unwrap().iter().find(|one| one["kind"] == "audio").cloned().unwrap();
        (sound["bytes"].as_u64().unwrap(), sound["packets"].as_u64().unwrap())
    };
    // A frame's number has two bytes from the 256th on, and for twenty minutes then.
    let mut before = browser
        .wait("three hundred packets of sound", async || {
            let now = sent().await;
            if now.1 > 300 { Ok(now) } else { Err(format!("there are {}", now.1)) }
        })
        .await;
    // Where a machine is slow somebody may join once more. The numbers begin again then, and for one of these hundreds they differ.
    for _ in 0..4 {
        let now = browser
            .wait("a hundred packets of sound", async || {
                let now = sent().await;
                if now.1 - before.1 >= 100 { Ok(now) } else { Err(format!("there are {}", now.1 - before.1)) }
            })
            .await;
        let (bytes, packets) = (now.0 - before.0, now.1 - before.1);
        if bytes % packets == 0 {
            return bytes / packets;
        }
        before = now;
    }
    panic!("packets of sound are not of one size in any of four hundred");
}

#[test]
fn a_video_call_rings_is_answered_heard_and_seen_by_both() {
    story_alone(async |world| {
        let (mira, sam) = two(&world).await;
        mira.press("button", "Video call").await;
        rings(&sam, "mira").await;
        // Nothing of media is there where it rings, not even what would make it.
        assert_eq!(sam.made().await, Made::NONE);
        sam.reads("Nothing is open yet. It opens when you answer.").await;
        // Under 700 ms on a quiet machine, as the bench measures it; here others work meanwhile.
        let waited = sam.answers_and_hears("Answer").await;
        println!("from the tap to the first sound: {waited:.0} ms");
        assert!(waited < 3_000.0, "{waited}");
        sam.hears_tone(MIRA).await;
        mira.hears_tone(SAM).await;
        sam.sees_move("mira").await;
        // His camera is off until he turns it on.
        assert!(
            mira.run("return document.querySelector('video[aria-label=sam]')", Vec::new()).await.is_null()
        );
        sam.press("button", "Camera").await;
        mira.sees_move("sam").await;
        for browser in [&mira, &sam] {
            let found = receives(browser, 1, 1).await;
            assert_eq!((&found["width"], &found["height"]), (&json!(320), &json!(180)), "{found}");
            // One offer with all slots and no data channel; the relay's addresses are all that is known of others.
            let said = browser.said().await;
            assert_eq!(
                (&said["sounds"], &said["pictures"], &said["media"]),
                (&json!(10), &json!(14), &json!(24))
            );
            assert!(said["relay"].as_array().unwrap().iter().all(|one| one == "127.0.0.1"), "{said}");
            let made = browser.made().await;
            assert_eq!((made.connections, made.workers), (1, 1), "{made:?}");
        }
        // Muted is silence, in packets of the same size; he sees that she is.
        let speaking = size_of_sound(&mira).await;
        mira.press("button", "Mute").await;
        sam.see("img", "Muted").await;
        sam.wait("silence", async || {
            let heard = sam.hears().await;
            if heard.is_empty() { Ok(()) } else { Err(format!("there is {heard:?}")) }
        })
        .await;
        // By then a frame's number may need one byte more.
        assert!(size_of_sound(&mira).await.abs_diff(speaking) <= 1, "{speaking} while she speaks");
        mira.press("button", "Leave call").await;
        for browser in [&mira, &sam] {
            browser.gone("button", "Leave call").await;
            browser.reads("Video call, 0:").await;
            browser
                .wait("the connection to end", async || {
                    let states =
                        "return window.madeMedia.connections.map((one) => one.connectionState).join()";
                    match browser.run(states, Vec::new()).await.as_str() {
                        Some("closed") => Ok(()),
                        other => Err(format!("it is {other:?}")),
                    }
                })
                .await;
        }
        world.all_well(&[&mira, &sam]).await;
    });
}

#[test]
fn a_call_is_declined_or_given_up_and_a_stranger_cannot_ring() {
    story_alone(async |world| {
        let (mira, sam) = two(&world).await;
        // Declined: it rings no longer, and nobody learns of it.
        mira.press("button", "Voice call").await;
        rings(&sam, "mira").await;
        sam.press("button", "Decline call").await;
        sam.gone("button", "Answer").await;
        mira.reads("Calling…").await;
        mira.press("button", "Leave call").await;
        mira.gone("button", "Leave call").await;
        // Given up before anybody answered: a line in the chat, and one in the list.
        mira.press("button", "Voice call").await;
        rings(&sam, "mira").await;
        sam.press("button", "Silence").await;
        sam.gone("button", "Silence").await;
        sam.see("button", "Answer").await;
        mira.press("button", "Leave call").await;
        sam.gone("button", "Answer").await;
        sam.reads("You missed a call from mira.").await;
        assert_eq!(sam.made().await, Made::NONE);
        // Declined with words: she reads them, and does not wait any longer.
        mira.press("button", "Voice call").await;
        rings(&sam, "mira").await;
        sam.press("button", "Decline with a message").await;
        sam.press("button", "I can't talk now. I'll call you back.").await;
        sam.gone("button", "Answer").await;
        mira.gone("button", "Leave call").await;
        mira.message("I can't talk now. I'll call you back.").await;
        sam.message("I can't talk now. I'll call you back.").await;
        assert_eq!(sam.made().await, Made::NONE);
        sam.to_chats().await;
        sam.press("link", "Calls").await;
        let list = sam.see("list", "Calls").await;
        sam.see_in("listitem", "~Missed", Some(&list)).await;
        sam.see_in("listitem", "~You declined", Some(&list)).await;
        // Who only knocked has no call to make, and whoever is called by nobody sees nothing.
        let mut eve = world.at_rpc("eve");
        let knocked = eve.ask("contact.knock", json!({"to": world.address("sam"), "note": "Hello"}));
        assert!(knocked.is_object());
        let all = eve.ask("conversation.list", json!({}));
        for conversation in all["conversations"].as_array().unwrap() {
            eve.refused("call.start", json!({"conversation": conversation["conversation"]}));
        }
        sam.press("link", "Chats").await;
        sam.see("button", "~quiet").await;
        assert!(!sam.sees("button", "Answer").await);
        assert_eq!(sam.made().await, Made::NONE);
        world.all_well(&[&mira, &sam]).await;
    });
}

#[test]
fn microphone_and_camera_are_tested_before_answering() {
    story_alone(async |world| {
        let (mira, sam) = two(&world).await;
        mira.press("button", "Voice call").await;
        rings(&sam, "mira").await;
        assert_eq!(sam.made().await, Made::NONE);
        sam.press("button", "Test microphone and camera").await;
        let dialog = sam.see("dialog", "Test microphone and camera").await;
        let meter = sam.see_in("meter", "How loud you are", Some(&dialog)).await;
        sam.wait("the tone in the meter", async || {
            let level = meter.attr("aria-valuenow").await.ok().flatten().unwrap_or_default();
            if level.parse::<u32>().is_ok_and(|level| level > 5) { Ok(()) } else { Err(level) }
        })
        .await;
        // The microphone alone: no camera, no connection, no Worker.
        let made = sam.made().await;
        assert_eq!((made.connections, made.asked, made.workers), (0, 1, 0), "{made:?}");
        assert!(sam.asked_for().await["video"].is_null());
        sam.press("switch", "Camera").await;
        sam.sees_move("You").await;
        let choices = "return document.querySelector('dialog select[aria-label=Microphone]').length";
        sam.wait("microphones with names", async || match sam.run(choices, Vec::new()).await.as_u64() {
            Some(2..) => Ok(()),
            other => Err(format!("there are {other:?}")),
        })
        .await;
        sam.press("button", "Play a sound").await;
        // Closed, nothing is open any more. It rings still.
        sam.press_in("button", "Close", Some(&dialog)).await;
        sam.gone("dialog", "Test microphone and camera").await;
        sam.press("button", "Test microphone and camera").await;
        let dialog = sam.see("dialog", "Test microphone and camera").await;
        sam.press("switch", "Camera").await;
        sam.sees_move("You").await;
        sam.press_in("button", "Answer", Some(&dialog)).await;
        sam.hears_tone(MIRA).await;
        mira.hears_tone(SAM).await;
        mira.sees_move("sam").await;
        assert_eq!(sam.made().await.connections, 1);
        sam.press("button", "Leave call").await;
        mira.gone("button", "Leave call").await;
        // From the chat's own menu, on the way to a call.
        mira.press("button", "More about this chat").await;
        mira.press("menuitem", "Test microphone and camera").await;
        let dialog = mira.see("dialog", "Test microphone and camera").await;
        mira.press_in("button", "Voice call", Some(&dialog)).await;
        rings(&sam, "mira").await;
        sam.press("button", "Decline with a message").await;
        sam.write("Your own words", "Still at the pier").await;
        sam.press("button", "Decline and send").await;
        sam.gone("button", "Answer").await;
        mira.gone("button", "Leave call").await;
        mira.message("Still at the pier").await;
        world.all_well(&[&mira, &sam]).await;
    });
}

#[test]
fn a_page_that_is_loaded_again_finds_its_call() {
    story_alone(async |world| {
        let (mira, sam) = talking(&world).await;
        sam.reload().await;
        sam.chat("mira").await;
        // Not by itself: a microphone opens by a tap alone. And whoever speaks to nobody is told.
        sam.see("button", "Join call").await;
        mira.reads("Nothing is heard of sam").await;
        assert_eq!(sam.made().await, Made::NONE);
        sam.press("button", "Join call").await;
        sam.hears_tone(MIRA).await;
        mira.hears_tone(SAM).await;
        mira.see("timer", "").await;
        // He is another participant now, whose camera she has not wished for yet.
        sam.press("button", "Camera").await;
        mira.sees_move("sam").await;
        // Another tab says what it would end.
        let first = sam.new_tab().await;
        sam.go(&world.url()).await;
        sam.reads("A call goes on in that tab.").await;
        sam.tab(first).await;
        sam.press("button", "Leave call").await;
        mira.gone("button", "Leave call").await;
        world.all_well(&[&mira, &sam]).await;
    });
}

#[test]
fn a_program_and_a_browser_talk() {
    story_alone(async |world| {
        let mira = world.caller("mira", Look::DESK, MIRA).await;
        let (mut sam, pair) = world.friend_of(&mira, "sam").await;
        mira.chat("sam").await;
        let call = sam.ask("call.start", json!({"conversation": pair, "video": true, "send": "pattern"}));
        let call = call["call"].as_str().unwrap().to_owned();
        rings(&mira, "sam").await;
        mira.press("button", "Answer with camera").await;
        mira.sees_move("sam").await;
        mira.hears_tone(440.0).await;
        let heard = sam.until("mira's tone and camera", |me| {
            let stats = me.ask("call.stats", json!({"call": call}));
            let all = stats["participants"].as_array().unwrap().clone();
            all.into_iter().find(|one| {
                let tone = one["audio"]["frequency_hz"].as_f64().is_some_and(|hz| (hz - MIRA).abs() < 8.0);
                tone && one["video"]["frames"].as_u64() > Some(20)
            })
        });
        assert_eq!(heard["video"]["height"], 180, "{heard}");
        sam.ask("call.leave", json!({"call": call}));
        mira.gone("button", "Leave call").await;
        world.all_well(&[&mira]).await;
    });
}

#[test]
fn three_browsers_talk_and_one_comes_later() {
    story_alone(async |world| {
        let (mira, sam) = two(&world).await;
        let ana = world.caller("ana", Look::DESK, 880.0).await;
        ana.knock(&world.address("mira"), "Hello").await;
        mira.accept("ana").await;
        walkers(&mira, &["sam", "ana"]).await;
        sam.accept_group("Walkers").await;
        ana.accept_group("Walkers").await;
        mira.chat("Walkers").await;
        // Its link leads members to its calls, and says nothing to others; what is made up looks the same to all.
        mira.press("button", "Details").await;
        mira.press("button", "Call link").await;
        let dialog = mira.see("dialog", "Call link").await;
        mira.see_in("img", "The call link as a QR code", Some(&dialog)).await;
        let link = mira
            .wait("the call's link", async || {
                let text = dialog.text().await.map_err(|error| error.to_string())?;
                let link = text.split_whitespace().find(|word| word.contains("/#/call/")).map(str::to_owned);
                link.ok_or(text)
            })
            .await;
        mira.press_in("button", "Close", Some(&dialog)).await;
        ana.go(&format!("{}AAAA", link.rsplit_once('/').unwrap().0.to_owned() + "/")).await;
        ana.reads("This link leads nowhere here.").await;
        ana.go(&link).await;
        ana.reads("No call is going on here now.").await;
        mira.press("button", "Video call").await;
        rings(&sam, "mira").await;
        sam.press("button", "Answer with camera").await;
        // Ana lets it ring, and comes later.
        rings(&ana, "mira").await;
        ana.press("button", "Decline call").await;
        mira.sees_move("sam").await;
        assert_eq!(ana.made().await, Made::NONE, "opening a link opens nothing else");
        ana.reads("A call is going on here, with").await;
        ana.press("button", "Join call").await;
        ana.press("button", "Camera").await;
        for (who, others) in [(&mira, [("sam", SAM), ("ana", 880.0)]), (&ana, [("sam", SAM), ("mira", MIRA)])]
        {
            for (name, hz) in others {
                who.sees_move(name).await;
                who.hears_tone(hz).await;
            }
            receives(who, 2, 2).await;
        }
        ana.press("button", "Leave call").await;
        ana.see("button", "Join call").await;
        mira.sees_move("sam").await;
        mira.press("button", "Leave call").await;
        sam.press("button", "Leave call").await;
        ana.gone("button", "Join call").await;
        world.all_well(&[&mira, &sam, &ana]).await;
    });
}

#[test]
fn a_relay_that_dies_is_back_in_five_seconds() {
    story_alone(async |world| {
        let (mira, sam) = talking(&world).await;
        world.server.kill_relay();
        let killed = Instant::now();
        let alive = "const c = window.madeMedia.connections; return c.length > 1 && c.at(-1).connectionState === 'connected'";
        for browser in [&mira, &sam] {
            browser
                .wait("another connection", async || match browser.run(alive, Vec::new()).await.as_bool() {
                    Some(true) => Ok(()),
                    _ => Err("there is none".to_owned()),
                })
                .await;
        }
        let took = killed.elapsed();
        println!("back after {} ms", took.as_millis());
        assert!(took < Duration::from_secs(5), "{took:?}");
        sam.hears_tone(MIRA).await;
        mira.hears_tone(SAM).await;
        mira.press("button", "Leave call").await;
        sam.gone("button", "Leave call").await;
        world.all_well(&[&mira, &sam]).await;
    });
}

#[test]
fn a_screen_a_hand_and_a_reaction_are_seen() {
    story_alone(async |world| {
        let (mira, sam) = talking(&world).await;
        mira.press("button", "Share screen").await;
        sam.sees_move("Screen of mira").await;
        mira.press("button", "Share screen").await;
        sam.wait("the screen to go away", async || {
            match sam.all("img", "Screen of mira", None).await.is_empty()
                && sam.run("return document.querySelector('video') === null", Vec::new()).await == json!(true)
            {
                true => Ok(()),
                false => Err("it is still there".to_owned()),
            }
        })
        .await;
        mira.press("button", "Call options").await;
        mira.press("menuitem", "Raise hand").await;
        sam.see("img", "Raised hand").await;
        mira.press("button", "Call options").await;
        mira.press("menuitem", "Lower hand").await;
        sam.gone("img", "Raised hand").await;
        sam.press("button", "Call options").await;
        sam.press("menuitem", "React").await;
        sam.press("menuitem", "🎉").await;
        mira.reads("🎉").await;
        // Both see the same pictures of their keys.
        let code = "return document.querySelector('[role=dialog] header button[aria-label*=\"Only those\"]').innerText";
        let (ours, theirs) = (mira.run(code, Vec::new()).await, sam.run(code, Vec::new()).await);
        assert_eq!(ours, theirs);
        assert_eq!(ours.as_str().unwrap().split_whitespace().count(), 6, "{ours}");
        // The camera on the other side of a phone, which is no mirror.
        sam.press("button", "Camera").await;
        mira.sees_move("sam").await;
        assert_eq!(sam.asked_for().await["video"]["facingMode"], "user");
        sam.press("button", "The other camera").await;
        sam.wait("the other camera", async || match sam.asked_for().await["video"]["facingMode"].as_str() {
            Some("environment") => Ok(()),
            other => Err(format!("it is {other:?}")),
        })
        .await;
        mira.sees_move("sam").await;
        // Unplugged: another microphone takes over, and a camera that is gone is off for all.
        let unplug = "const { track } = madeMedia.connections.at(-1).getSenders()[arguments[0]];
                      track.stop(); track.dispatchEvent(new Event('ended'));";
        sam.run(unplug, vec![json!(0)]).await;
        mira.hears_tone(SAM).await;
        sam.run(unplug, vec![json!(1)]).await;
        sam.reads("There is no camera that this page may use.").await;
        mira.wait("his camera to go away", async || {
            match mira.run("return document.querySelector('video') === null", Vec::new()).await == json!(true)
            {
                true => Ok(()),
                false => Err("it is still there".to_owned()),
            }
        })
        .await;
        sam.press("button", "Camera").await;
        mira.sees_move("sam").await;
        // Above all other windows, where one may.
        floats(&mira, "sam").await;
        // Less data: small pictures out, and small ones wished for.
        let wished = async |height: u64| {
            mira.wait("other wishes", async || {
                let wishes = mira.wishes().await;
                let cameras = wishes.iter().filter(|wish| wish["screen"] == false);
                let heights: Vec<_> = cameras.filter_map(|wish| wish["height"].as_u64()).collect();
                if heights == [height] { Ok(()) } else { Err(format!("they are {heights:?}")) }
            })
            .await;
        };
        wished(720).await;
        mira.press("button", "Camera").await;
        sam.sees_move("mira").await;
        mira.press("button", "Call options").await;
        mira.press("menuitemcheckbox", "Use less data").await;
        wished(180).await;
        // Chromium gives back a bare number where only an ideal was wanted.
        let small = "const { height } = window.madeMedia.connections.at(-1).getSenders()[1].track.getConstraints(); \
             return height?.ideal ?? height";
        mira.wait("small pictures", async || match mira.run(small, Vec::new()).await.as_u64() {
            Some(180) => Ok(()),
            other => Err(format!("they are {other:?}")),
        })
        .await;
        // Noise is kept out or not, and a muted microphone stays muted meanwhile.
        mira.press("button", "Mute").await;
        sam.see("img", "Muted").await;
        mira.press("button", "Call options").await;
        mira.press("menuitemcheckbox", "Less background noise").await;
        mira.wait("the microphone as it is", async || {
            match mira.asked_for().await["audio"]["noiseSuppression"].as_bool() {
                Some(false) => Ok(()),
                other => Err(format!("it is {other:?}")),
            }
        })
        .await;
        let off = "return window.madeMedia.connections.at(-1).getSenders()[0].track.enabled";
        assert_eq!(mira.run(off, Vec::new()).await, json!(false));
        assert!(sam.hears().await.is_empty());
        mira.press("button", "Mute").await;
        sam.hears_tone(MIRA).await;
        // Small, one can write meanwhile.
        mira.press("button", "Make the call small").await;
        mira.say("Look here").await;
        sam.press("button", "Make the call small").await;
        sam.message("Look here").await;
        mira.hears_tone(SAM).await;
        // From where one writes to the call by a key, and its buttons are next.
        mira.write("Message", "And there").await;
        assert_eq!(mira.focused().await, "textarea Message");
        mira.chord(Key::Alt, "c").await;
        assert_eq!(mira.focused().await, "dialog Call");
        mira.tab_to("button Leave call").await;
        mira.key(Key::Enter).await;
        sam.gone("button", "Leave call").await;
        world.all_well(&[&mira, &sam]).await;
    });
}

/// The picture of somebody in a window above all others, for a moment.
async fn floats(browser: &Browser, name: &str) {
    browser.press("button", "Call options").await;
    browser.press("menuitem", "Above other windows").await;
    let floats = "return document.pictureInPictureElement?.getAttribute('aria-label') ?? null";
    browser
        .wait("a window of its own", async || match browser.run(floats, Vec::new()).await.as_str() {
            Some(found) if found == name => Ok(()),
            other => Err(format!("there is {other:?}")),
        })
        .await;
    browser.run("return document.exitPictureInPicture()", Vec::new()).await;
}

#[test]
fn seven_programs_and_a_browser_talk_and_another_call_waits() {
    const NAMES: [&str; 7] = ["ada", "ben", "cleo", "dan", "eve", "finn", "gus"];
    story_alone(async |world| {
        let mira = world.caller("mira", Look::DESK, MIRA).await;
        let mut others = Vec::new();
        for name in NAMES {
            others.push(world.friend_of(&mira, name).await);
        }
        walkers(&mira, &NAMES).await;
        let mut group = String::new();
        for (other, _) in &mut others {
            group = other.until("the group", |me| {
                let asked = me.ask("conversation.requests", json!({}));
                let first = asked["requests"].as_array().unwrap().first()?.clone();
                Some(first["conversation"].as_str()?.to_owned())
            });
            other.accept_group(&group);
        }
        mira.press("button", "Video call").await;
        let mut call = String::new();
        for (other, _) in &mut others {
            let rang = other
                .event("a call", |event| event["type"] == "call.ringing" && event["conversation"] == *group);
            call = rang["call"].as_str().unwrap().to_owned();
            other.ask("call.answer", json!({"call": call, "send": "pattern"}));
        }
        for name in NAMES {
            mira.sees_move(name).await;
        }
        receives(&mira, 7, 7).await;
        // All alike; then one who is kept large, and whom the relay is asked for first; then whoever speaks.
        let sizes = async || {
            let script = "return [...document.querySelectorAll('.tile:not(.own)')].map((one) => one.clientHeight * one.clientWidth)";
            let sizes = mira.run(script, Vec::new()).await;
            let mut sizes: Vec<i64> =
                sizes.as_array().unwrap().iter().filter_map(serde_json::Value::as_i64).collect();
            sizes.sort_unstable();
            sizes
        };
        let alike = sizes().await;
        assert!(alike.len() == 7 && alike[0] > 20_000 && alike[6] - alike[0] < 2_000, "{alike:?}");
        mira.press("button", "Keep dan large").await;
        let large = sizes().await;
        assert!(large[6] > 4 * large[5] && large[0] > 5_000, "{large:?}");
        let (dan, _) = &mut others[3];
        let device = dan.ask("account.show", json!({}))["device"].clone();
        mira.wait("a large picture to be wished for", async || {
            let wishes = mira.wishes().await;
            let rest = wishes[1..7].iter().all(|one| one["screen"] == false && one["height"] == 180);
            let first = wishes[0] == json!({"device": device, "screen": false, "height": 720});
            if first && rest { Ok(()) } else { Err(format!("they are {wishes:?}")) }
        })
        .await;
        mira.sees_move("dan").await;
        floats(&mira, "dan").await;
        mira.press("button", "Keep dan large").await;
        assert_eq!(sizes().await, alike);
        mira.press("button", "Call options").await;
        mira.press("menuitem", "Show who speaks large").await;
        let speaks = sizes().await;
        assert!(speaks[6] > 4 * speaks[5], "{speaks:?}");
        mira.press("button", "Call options").await;
        mira.press("menuitem", "Show all alike").await;
        // Ada hears her and sees her among all.
        let address = world.address("mira");
        let (ada, pair) = &mut others[0];
        ada.until("mira's tone and camera", |me| {
            let stats = me.ask("call.stats", json!({"call": call}));
            let all = stats["participants"].as_array().unwrap().clone();
            all.into_iter().find(|one| {
                let tone = one["audio"]["frequency_hz"].as_f64().is_some_and(|hz| (hz - MIRA).abs() < 8.0);
                one["address"] == *address && tone
            })
        });
        // One of them calls her alone: she goes over to that, and the others hear that she left.
        ada.ask("call.leave", json!({"call": call}));
        let alone = ada.ask("call.start", json!({"conversation": pair, "send": "tone:1000"}));
        rings(&mira, "ada").await;
        mira.reads("Answering ends the call that you are in.").await;
        mira.press("button", "Answer").await;
        mira.hears_tone(1_000.0).await;
        let (ben, _) = &mut others[1];
        ben.until("mira to be gone", |me| {
            let calls = me.ask("call.list", json!({"conversation": group}));
            let calls = calls["calls"].as_array().unwrap().clone();
            let gone = |call: &serde_json::Value| {
                let there = call["participants"].as_array().unwrap();
                call["state"] == "in" && !there.iter().any(|one| one["address"] == *address)
            };
            calls.iter().any(gone).then_some(())
        });
        others[0].0.ask("call.leave", json!({"call": alone["call"]}));
        mira.gone("button", "Leave call").await;
        world.all_well(&[&mira]).await;
    });
}

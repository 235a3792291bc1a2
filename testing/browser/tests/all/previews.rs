//! Previews of links over one's own engine, in a network of its own with a machine of the public internet in it.

use casemate_browser::chromium::Look;
use casemate_browser::world::{story, web};
use casemate_e2e::alone::in_own_network;
use casemate_e2e::app::App;
use casemate_e2e::files::fixture;
use casemate_e2e::site::{Site, nothing, whole};
use serde_json::json;

/// Where the site is: any address of the public internet does, since nothing leaves.
const ADDRESS: &str = "11.22.33.44";

fn answer(path: &str) -> Vec<u8> {
    match path {
        "/story" => whole(
            "text/html",
            b"<title>What happened</title><meta name=description content='A long story.'><meta property=og:image content=/1.jpg></head>",
        ),
        "/1.jpg" => whole("image/jpeg", &std::fs::read(fixture("photo-gps.jpg")).unwrap()),
        _ => nothing(),
    }
}

#[test]
fn a_link_goes_with_its_preview_where_its_writer_wants_one() {
    in_own_network("previews::a_link_goes_with_its_preview_where_its_writer_wants_one", |network| {
        network.public(ADDRESS, &["news.example"], &[]);
        story(async |world| {
            let site = Site::start(ADDRESS, "news.example", world.folder(), answer);
            let app =
                App::start_under(&["env".to_owned(), site.trust()], &world.folder().join("home"), &web());
            let mira = world.browser_of(&app, "mira", Look::DESK).await;
            mira.go(&app.link()).await;
            mira.write("Your name", "mira").await;
            mira.write("Invitation link", &world.server.invite()).await;
            mira.press("button", "Create account").await;
            mira.press("button", "Skip").await;
            mira.see("navigation", "Main").await;
            let (mut noor, pair) = world.friend_of(&mira, "noor").await;
            noor.say(&pair, "What do you read?");
            mira.message("What do you read?").await;

            // Off from the start: the link goes alone, at once.
            mira.say("this: https://news.example/story is it").await;
            let heard = noor.hears("this: https://news.example/story is it");
            assert!(heard.get("preview").is_none_or(serde_json::Value::is_null));
            assert_eq!(site.asked(), [""; 0]);

            // Turned on, it is seen before it goes, and can be left away.
            mira.visit("#/settings/privacy").await;
            mira.reads("The site learns this device’s address.").await;
            mira.press("switch", "~Previews of links").await;
            mira.visit("#/chats").await;
            mira.chat("noor").await;
            mira.write("Message", "again https://news.example/story please").await;
            mira.see("group", "Goes along: a preview of news.example").await;
            mira.reads("What happened").await;
            mira.press("button", "Leave the preview away").await;
            mira.gone("group", "Goes along: a preview of news.example").await;
            mira.press("button", "Send").await;
            let heard = noor.hears("again https://news.example/story please");
            assert!(heard.get("preview").is_none_or(serde_json::Value::is_null));
            assert_eq!(site.asked(), ["/story", "/1.jpg"]);
            mira.write("Message", "and https://news.example/story with it").await;
            mira.see("group", "Goes along: a preview of news.example").await;
            mira.press("button", "Send").await;
            let heard = noor.hears("and https://news.example/story with it");
            let preview = &heard["preview"];
            assert_eq!(
                (&preview["title"], &preview["host"]),
                (&json!("What happened"), &json!("news.example"))
            );
            assert!(preview["picture"].as_str().unwrap().starts_with("ffd8"));
            mira.gone("group", "Goes along: a preview of news.example").await;

            // One that comes is drawn by guard, asks nobody, and goes the way of its link.
            let asked = site.asked();
            let theirs = json!({"url": "https://news.example/other", "title": "Another story", "picture": preview["picture"]});
            let text = "yours: https://news.example/other";
            noor.ask("message.send", json!({"conversation": pair, "text": text, "preview": theirs}));
            mira.message(text).await;
            mira.wait("the picture to be drawn", async || {
                let script = "return [...document.querySelectorAll('.bubble .link-preview-picture')].at(-1)?.width ?? 0";
                match mira.run(script, Vec::new()).await.as_u64() {
                    Some(width @ 1..=299 | width @ 301..) => Ok(width),
                    width => Err(format!("it is {width:?} wide")),
                }
            })
            .await;
            mira.press("link", "~Another story").await;
            mira.see("dialog", "Open a link").await;
            mira.reads("Open news.example?").await;
            mira.press("button", "Copy").await;
            mira.gone("dialog", "").await;

            // Strict mode shows none.
            noor.ask("sync", json!({}));
            mira.visit("#/settings/privacy").await;
            mira.press("switch", "~Strict mode").await;
            mira.visit("#/chats").await;
            mira.chat("noor").await;
            mira.message(text).await;
            mira.gone("link", "~Another story").await;
            assert_eq!(site.asked(), asked);
            world.all_well(&[&mira]).await;
        });
    });
}

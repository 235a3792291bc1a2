//! What is not there for long: shown once, a question until it is closed, a timer for messages.

use casemate_browser::world::story;
use casemate_e2e::files::fixture;
use serde_json::json;

#[test]
fn shown_once_asked_and_gone() {
    story(async |world| {
        let (mira, sam) = world.pair().await;

        // A photo that can be looked at once.
        mira.attach(&[&fixture("progressive.jpg")]).await;
        mira.see("dialog", "Send files").await;
        mira.press("button", "Shown once").await;
        mira.press("button", "Send").await;
        mira.reads("Can be opened once").await;
        sam.press("button", "~Open; it is shown once").await;
        sam.see("dialog", "Shown once").await;
        // Large as well, and neither kept nor passed on.
        sam.press("button", "Show progressive.jpg").await;
        sam.see("dialog", "Pictures and videos").await;
        sam.see("img", "Photo").await;
        assert!(!sam.sees("button", "Save").await && !sam.sees("button", "Forward").await);
        sam.press("button", "Close").await;
        sam.see("dialog", "Shown once").await;
        sam.press("button", "Close").await;
        sam.gone("dialog", "").await;
        sam.message("Opened").await;
        assert!(!sam.sees("button", "~Open; it is shown once").await);
        mira.message("Opened").await;

        // A question; votes are counted on both sides, until it is closed.
        mira.press("button", "Attach").await;
        mira.press("menuitem", "Poll").await;
        mira.see("dialog", "New poll").await;
        mira.write("Question", "Tea or coffee?").await;
        mira.write("Option 1", "Tea").await;
        mira.write("Option 2", "Coffee").await;
        mira.press("button", "Send poll").await;
        sam.choose_one("radio", "^Tea").await;
        mira.message_says("Tea or coffee?", "1 person voted").await;
        mira.choose_one("radio", "^Coffee").await;
        sam.message_says("Tea or coffee?", "2 people voted").await;
        sam.choose("Tea or coffee?", "Info").await;
        for (option, who) in [("Tea", "~You"), ("Coffee", "~mira")] {
            let voters = sam.see("list", option).await;
            sam.see_in("listitem", who, Some(&voters)).await;
        }
        sam.press("button", "Close").await;
        sam.gone("dialog", "").await;
        mira.choose("Tea or coffee?", "Close poll").await;
        mira.press("button", "Close poll").await;
        sam.message_says("Tea or coffee?", "Closed").await;

        // Messages that disappear: chosen here, said there.
        mira.press("button", "Details").await;
        mira.press("button", "~Disappearing messages").await;
        mira.press("menuitem", "5 minutes").await;
        sam.message("let messages disappear after 5 minutes").await;
        mira.see("button", "~5 minutes").await;

        // Five seconds, as somebody's script may have it: read, and gone on both sides.
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        noor.ask("conversation.set", json!({"conversation": pair, "disappearing_seconds": 5}));
        mira.message("let messages disappear after 5 seconds").await;
        noor.say(&pair, "Gone in a moment");
        mira.message("Gone in a moment").await;
        mira.message_gone("Gone in a moment").await;
        // One that is being answered goes from above the composer, too; the answer goes out without it.
        noor.ask("conversation.set", json!({"conversation": pair, "disappearing_seconds": 10}));
        mira.message("let messages disappear after 10 seconds").await;
        noor.say(&pair, "Answer me soon");
        mira.choose("Answer me soon", "Reply").await;
        mira.reads("Reply to noor").await;
        mira.message_gone("Answer me soon").await;
        mira.gone("button", "Cancel").await;
        mira.say("Too late").await;
        noor.hears("Too late");
        noor.ask("conversation.set", json!({"conversation": pair, "disappearing_seconds": 5}));
        noor.ask("sync", json!({}));
        // Several that end together.
        let together = ["One of three", "Two of three", "Three of three"];
        for text in together {
            noor.say(&pair, text);
        }
        for text in together {
            mira.message(text).await;
        }
        for text in together {
            mira.message_gone(text).await;
        }
        mira.say("This one too").await;
        let heard = noor.hears("This one too");
        noor.ask("message.read", json!({"message": heard["message"]}));
        mira.message_gone("This one too").await;
        noor.until("both to be gone", |noor| {
            let left = noor.texts(&pair);
            left.iter().all(|text| text != "Gone in a moment" && text != "This one too").then_some(())
        });

        world.all_well(&[&mira, &sam]).await;
    });
}

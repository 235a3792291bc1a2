//! What is not there for long: shown once, a question until it is closed, a timer for messages.

use casemate_browser::world::story;
use casemate_e2e::files::fixture;

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
        mira.message_says("Tea or coffee?", "1 vote").await;
        mira.choose_one("radio", "^Coffee").await;
        sam.message_says("Tea or coffee?", "2 votes").await;
        mira.choose("Tea or coffee?", "Close poll").await;
        mira.press("button", "Close poll").await;
        sam.message_says("Tea or coffee?", "Closed").await;

        // Messages that disappear: chosen here, said there.
        mira.press("button", "Details").await;
        mira.press("button", "~Disappearing messages").await;
        mira.press("menuitem", "5 minutes").await;
        sam.message("let messages disappear after 5 minutes").await;
        mira.see("button", "~5 minutes").await;

        world.all_well(&[&mira, &sam]).await;
    });
}

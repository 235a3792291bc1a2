//! A long conversation keeps its place while older and newer messages come in around what is read.

use casemate_browser::browser::Browser;
use casemate_browser::chromium::Look;
use casemate_browser::world::{story, story_alone};
use serde_json::Value;

/// Texts of very different length, so that a place in the list says little about where it is.
fn text(number: usize) -> String {
    let words =
        "so many words that they take several lines on any screen, the smallest as well as the largest ";
    format!("number {number}: {}", words.repeat(number * 7 % 12))
}

/// What scrolls the messages, in scripts.
const SCROLLER: &str = "const scroller = document.querySelector('[role=list][aria-label=Messages]').parentElement;
    const rows = [...scroller.querySelectorAll('[role=listitem]')];
    const frames = async (count) => { for (let at = 0; at < count; at++) await new Promise(requestAnimationFrame); };";

async fn run(browser: &Browser, script: &str) -> Value {
    let script = format!(
        "const done = arguments[arguments.length - 1]; (async () => {{ {SCROLLER} {script} }})().then(done, (error) => done(String(error)))"
    );
    browser.driver().execute_async(script, Vec::new()).await.expect("the page's answer").json().clone()
}

/// Whether the message with this number is in sight, once all is drawn.
async fn in_sight(browser: &Browser, number: usize) -> Value {
    let script = format!(
        "await frames(20); const row = rows.find((row) => row.textContent.includes('number {number}:'));
         if (!row) return 'not there';
         const [row_at, box] = [row.getBoundingClientRect(), scroller.getBoundingClientRect()];
         return row_at.top >= box.top - 1 && row_at.top < box.bottom ? 'in sight' : `${{row_at.top}} in ${{box.top}} to ${{box.bottom}}`;"
    );
    run(browser, &script).await
}

#[test]
fn a_long_chat_keeps_its_place() {
    story_alone(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        for number in 0..160 {
            noor.say(&pair, &text(number));
        }
        mira.message("number 159:").await;
        assert_eq!(in_sight(&mira, 159).await, "in sight");

        // Towards older ones: what is in sight moves as far as was scrolled, and by nothing else, in each frame.
        let moved = run(
            &mira,
            "const off = [];
             for (let step = 0; step < 60 && scroller.scrollTop > 400; step++) {
                 const middle = scroller.getBoundingClientRect().top + scroller.clientHeight / 2;
                 const row = [...scroller.querySelectorAll('[role=listitem]')].find((row) => row.getBoundingClientRect().bottom > middle);
                 const before = row.getBoundingClientRect().top;
                 scroller.scrollTop -= 150;
                 for (let frame = 0; frame < 3; frame++) {
                     await frames(1);
                     await new Promise((done) => setTimeout(done));
                     off.push(Math.round(row.getBoundingClientRect().top - before - 150));
                 }
             }
             return off;",
        )
        .await;
        let moved: Vec<i64> = moved.as_array().expect("numbers").iter().filter_map(Value::as_i64).collect();
        assert!(moved.len() > 60, "{moved:?}");
        let jumps: Vec<&i64> = moved.iter().filter(|off| off.abs() > 2).collect();
        assert!(jumps.is_empty(), "what is read jumped by {jumps:?} of {moved:?}");

        // To a message far away: it stands where one looks, also after what is around it got its size.
        for number in [20, 121, 66] {
            mira.write("Search", &format!("number {number}:")).await;
            mira.press("button", &format!("~number {number}:")).await;
            mira.message(&format!("number {number}:")).await;
            assert_eq!(in_sight(&mira, number).await, "in sight", "number {number}");
        }
        mira.press("button", "To the newest message").await;
        mira.message("number 159:").await;
        assert_eq!(in_sight(&mira, 159).await, "in sight");
        noor.say(&pair, "number 160: the last one");
        mira.message("number 160:").await;
        assert_eq!(in_sight(&mira, 160).await, "in sight");
    });
}

#[test]
fn what_was_in_sight_is_read_and_what_is_below_it_is_not() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        mira.press("link", "Settings").await;
        for number in 100..130 {
            noor.say(&pair, &text(number));
        }
        mira.press("link", "Chats").await;
        mira.see("img", "30 unread messages").await;
        mira.press("link", "~noor").await;
        mira.message("number 100:").await;
        // The first of them are on the screen, and count as read once they have been there for a moment.
        mira.gone("img", "30 unread messages").await;
        let left = "return document.querySelector('.to-newest .count')?.dataset.count ?? ''";
        let left = mira.run(left, Vec::new()).await.as_str().unwrap_or_default().to_owned();
        assert!((1..30).contains(&left.parse().unwrap_or(0)), "{left:?}");
        mira.see("img", &format!("{left} unread messages")).await;
        mira.reload().await;
        mira.see("img", "~unread message").await;
        // Down to the newest, all is.
        mira.press("button", "~To ").await;
        mira.message("number 129:").await;
        mira.gone("img", "~unread message").await;
        world.all_well(&[&mira]).await;
    });
}

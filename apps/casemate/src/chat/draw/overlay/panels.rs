//! The insides of the boxes.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Panel;
use crate::chat::app::App;
use crate::chat::devices::{DevicesView, Step, history_words};
use crate::chat::draw::list::one_line;
use crate::chat::draw::{QUIET, STRONG, window};
use crate::chat::editor::Editor;
use crate::chat::keys::REACTIONS;
use crate::chat::locked::{Prove, Then};
use crate::chat::overlay::{Information, NewChat, NewGroup, PathPrompt, SavePrompt, Search};
use crate::chat::plain::devices::{KIT, asking_line, device_line};
use crate::chat::text::{cut, fit, harmless_line, width};
use crate::chat::when::{Now, span};

pub fn requests(panel: &mut Panel, app: &App, marked: usize, now: &Now) {
    panel.title("Requests");
    if app.model.waiting() == 0 {
        return panel.text("Nobody asks at the moment.", QUIET);
    }
    let cells = panel.cells();
    let people = app.model.requests.iter().map(|request| {
        let note = harmless_line(&request.note);
        (harmless_line(&request.from), note, now.short(&request.at))
    });
    let groups = app.model.group_requests.iter().map(|request| {
        let words = format!(
            "{} added you to a group, with {} devices in it",
            app.model.name_of(&request.from),
            request.devices
        );
        (harmless_line(&request.name), words, now.short(&request.at))
    });
    let all: Vec<_> = people.chain(groups).collect();
    let shown = window(all.len(), marked, panel.room().saturating_sub(5) / 3);
    for (at, (who, note, time)) in all.into_iter().enumerate().skip(shown.start).take(shown.len()) {
        let who = fit(&who, cells.saturating_sub(width(&time) + 1));
        panel.choice(&format!("{who} {time}"), at == marked);
        for part in crate::chat::text::wrap(&note, cells.saturating_sub(2)).into_iter().take(3) {
            panel.line(Line::raw(format!("  {}", note[part].trim_end())));
        }
        panel.gap();
    }
    panel.text("They can't call you, send files or see that you read this.", QUIET);
    panel.gap();
    panel.keys(&[("a", "accept"), ("d", "decline"), ("b", "block"), ("↑ ↓", "choose")]);
}

pub fn new_chat(panel: &mut Panel, app: &App, chat: &NewChat) {
    panel.title("New chat");
    if let Some(note) = &chat.note {
        let to = harmless_line(chat.editor.text());
        panel.text(&format!("Ask {} for contact.", cut(&to, 60)), Style::new());
        panel.gap();
        let left = 140usize.saturating_sub(note.text().chars().count());
        panel.field(&format!("A few words about who you are ({left} characters left)"), note);
        panel.gap();
        panel.text(
            "They see your name, your address and these words, and nothing else until they accept.",
            QUIET,
        );
        panel.gap();
        return panel.keys(&[("Enter", "ask"), ("Esc", "back")]);
    }
    panel.field("A name, an address like name@server, or an invitation link", &chat.editor);
    panel.gap();
    let found = app.contacts_like(chat.editor.text());
    contacts(panel, app, &found, chat.marked, None);
    let typed = chat.editor.text();
    if found.is_empty() && typed.contains(['@', '#']) {
        panel.keys(&[("Enter", "ask this person for contact")]);
    } else if found.is_empty() && typed.is_empty() {
        panel.text("Nobody yet. Type somebody's address, paste a link that you were given, or press Esc and Ctrl-Y to invite somebody.", QUIET);
    } else if found.is_empty() {
        panel.text("Nobody of that name among your contacts.", QUIET);
    } else {
        panel.keys(&[("Enter", "write"), ("↑ ↓", "choose")]);
    }
}

pub fn new_group(panel: &mut Panel, app: &App, group: &NewGroup) {
    if group.choosing {
        panel.title(if group.add_to.is_some() { "Add members" } else { "Members of the new group" });
        let found = app.contacts_like("");
        if found.is_empty() {
            return panel.text("You have no contacts yet; only contacts can be added.", QUIET);
        }
        contacts(panel, app, &found, group.marked, Some(&group.members));
        return panel.keys(&[("Space", "choose"), ("Enter", "done"), ("Esc", "back")]);
    }
    panel.title("New group");
    panel.field("Group name", &group.name);
    panel.gap();
    panel.text("Members see it; the server does not.", QUIET);
    panel.gap();
    panel.keys(&[("Enter", "choose members")]);
}

fn contacts(panel: &mut Panel, app: &App, found: &[String], marked: usize, chosen: Option<&[String]>) {
    let shown = window(found.len(), marked, panel.room().saturating_sub(3));
    for at in shown {
        let address = &found[at];
        let sign = match chosen {
            None => "",
            Some(chosen) if chosen.contains(address) => "[x] ",
            Some(_) => "[ ] ",
        };
        panel.choice(
            &format!("{sign}{}  {}", app.model.name_of(address), harmless_line(address)),
            at == marked,
        );
    }
    if !found.is_empty() {
        panel.gap();
    }
}

pub fn information(panel: &mut Panel, app: &App, information: &Information) {
    panel.title("Information");
    let Some(shown) = &information.shown else { return panel.text("One moment…", QUIET) };
    if let Some(name) = &information.rename {
        panel.field("Group name", name);
        panel.gap();
        return panel.keys(&[("Enter", "rename"), ("Esc", "back")]);
    }
    panel.line(Line::styled(app.model.title(shown), STRONG));
    panel.gap();
    let mut row = |what: &str, value: String| {
        panel.line(Line::from(vec![Span::styled(fit(what, 14), QUIET), Span::raw(cut(&value, 58))]));
    };
    if let Some(behind) = &shown.information {
        row("Encryption", behind.encryption.clone());
        row("", behind.encryption_reason.clone());
        row("Devices", behind.devices.to_string());
        let disappearing = match behind.disappearing_seconds {
            0 => "never".to_owned(),
            seconds => format!("{} after they were sent", span(seconds)),
        };
        row("Disappears", disappearing);
        row("Strict mode", strict_words(shown.strict).to_owned());
    }
    panel.gap();
    if let Some(held) = &shown.held {
        panel.text(&harmless_line(&held.why), STRONG);
        panel.gap();
    }
    let marked = information.marked.min(shown.members.len().saturating_sub(1));
    let room = panel.room().saturating_sub(3);
    for at in window(shown.members.len(), marked, room) {
        let member = &shown.members[at];
        let admin = if member.admin && shown.kind == "group" { "  admin" } else { "" };
        let claimed = if member.claimed { "  not confirmed" } else { "" };
        let address = harmless_line(&member.address);
        panel.choice(
            &format!("{}  {address}{claimed}{admin}", app.model.name_of(&member.address)),
            at == marked,
        );
    }
    panel.gap();
    if shown.kind == "group" {
        panel.keys(&[("a", "add"), ("x", "remove"), ("n", "rename"), ("b", "block"), ("l", "leave")]);
    } else {
        panel.keys(&[("b", "block"), ("Esc", "back")]);
    }
    let lock = if app.model.is_locked(&information.conversation) { "lock no more" } else { "lock this chat" };
    match shown.held {
        Some(_) => panel.keys(&[("s", "strict mode"), ("o", lock), ("v", "accept what changed")]),
        None => panel.keys(&[("s", "strict mode"), ("o", lock)]),
    }
}

fn strict_words(strict: Option<bool>) -> &'static str {
    match strict {
        None => "as for all chats",
        Some(true) => "on here: nothing is sent after a change before you looked",
        Some(false) => "off here",
    }
}

pub fn search(panel: &mut Panel, app: &App, search: &Search, now: &Now) {
    panel.title(if search.everywhere { "Search in all chats" } else { "Search in this chat" });
    panel.field("Words", &search.editor);
    panel.gap();
    let cells = panel.cells();
    let shown = window(search.found.len(), search.marked, panel.room().saturating_sub(2));
    for at in shown {
        let message = &search.found[at];
        let mut who = cut(&app.model.name_of(&message.from), 14);
        if search.everywhere {
            let chats = &app.model.conversations;
            let chat = chats.iter().find(|chat| chat.conversation == message.conversation);
            if let Some(chat) = chat.filter(|chat| chat.kind == "group") {
                who = format!("{who} in {}", cut(&app.model.title(chat), 16));
            }
        }
        let time = now.short(&message.at);
        let text = fit(&format!("{who}: {}", one_line(message)), cells.saturating_sub(width(&time) + 1));
        panel.choice(&format!("{text} {time}"), at == search.marked);
    }
    if search.found.is_empty() && search.searched.as_ref().is_some_and(|words| !words.trim().is_empty()) {
        panel.text("Nothing found.", QUIET);
    }
    panel.gap();
    if app.model.open.is_some() {
        let other = if search.everywhere { "this chat only" } else { "all chats" };
        panel.keys(&[("Enter", "go there"), ("↑ ↓", "choose"), ("Tab", other)]);
    } else {
        panel.keys(&[("Enter", "go there"), ("↑ ↓", "choose")]);
    }
}

pub fn file(panel: &mut Panel, prompt: &PathPrompt) {
    panel.title("Add a file");
    path(panel, "Path", prompt);
    if prompt.clean {
        panel.text("PDF, office files and HEIC are sent as a copy without author, dates and programs. Where that can't be done, nothing is sent.", QUIET);
    } else if prompt.as_document {
        panel.attention("Sent as it is, with everything that it tells: place, time, camera, authors.");
    } else {
        panel.text("Photos, videos and voice messages are sent without place, time and camera. Other files are sent as they are.", QUIET);
    }
    panel.gap();
    panel.keys(&[
        ("Tab", "complete"),
        ("Enter", "add"),
        ("Ctrl-D", if prompt.as_document { "clean it" } else { "as it is" }),
        ("Ctrl-R", if prompt.clean { "keep authors" } else { "without authors" }),
    ]);
}

pub fn save(panel: &mut Panel, prompt: &SavePrompt) {
    panel.title("Save the file");
    path(panel, "Save as", &prompt.path);
    panel.text("Other programs can read it then. Open only what you expect.", QUIET);
    panel.gap();
    panel.keys(&[("Tab", "complete"), ("Enter", "save")]);
}

fn path(panel: &mut Panel, label: &str, prompt: &PathPrompt) {
    panel.field(label, &prompt.editor);
    panel.wrong(prompt.wrong.as_ref());
    let names: Vec<String> = prompt.choices.iter().map(|name| harmless_line(name)).collect();
    if !names.is_empty() {
        let widest = names.iter().map(|name| width(name)).max().unwrap_or(1).min(34) + 2;
        let columns = (panel.cells() / widest).max(1);
        let rows = panel.room().saturating_sub(6).max(1);
        for row in names.chunks(columns).take(rows) {
            let row: String = row.iter().map(|name| fit(name, widest)).collect();
            panel.line(Line::styled(row, QUIET));
        }
        if names.len() > rows * columns {
            panel.line(Line::styled(format!("… {} more", names.len() - rows * columns), QUIET));
        }
    }
    panel.gap();
}

pub fn react(panel: &mut Panel, editor: &Editor) {
    panel.title("React");
    let offered: Vec<String> =
        REACTIONS.iter().enumerate().map(|(at, emoji)| format!("{} {emoji}", at + 1)).collect();
    panel.line(Line::raw(offered.join("   ")));
    panel.gap();
    panel.field("Or another emoji", editor);
    panel.gap();
    panel.keys(&[("1–6", "choose"), ("Enter", "react; nothing takes yours back")]);
}

pub fn prove(panel: &mut Panel, app: &App, prove: &Prove) {
    panel.title(match prove.then {
        Then::Show | Then::LockNoMore => "Locked chat",
        Then::Loosen => "Strict mode",
    });
    let known = app.model.conversations.iter().find(|known| known.conversation == prove.conversation);
    if let Some(known) = known {
        panel.line(Line::styled(app.model.title(known), STRONG));
        panel.gap();
    }
    panel.wrong(prove.wrong.as_ref());
    panel.secret("Passphrase of this device", &prove.passphrase);
    panel.gap();
    match prove.busy {
        true => panel.text("One moment…", QUIET),
        false => {
            let does = match prove.then {
                Then::Show => "show it",
                Then::LockNoMore => "lock it no more",
                Then::Loosen => "turn strict mode off here",
            };
            panel.keys(&[("Enter", does), ("Esc", "back")]);
        }
    }
}

pub fn devices(panel: &mut Panel, view: &DevicesView) {
    panel.title("Devices");
    panel.wrong(view.wrong.as_ref());
    match &view.step {
        Step::List => {
            let shown = window(view.devices.len(), view.marked, panel.room().saturating_sub(5));
            for (at, device) in view.devices.iter().enumerate().skip(shown.start).take(shown.len()) {
                panel.choice(&device_line(device), at == view.marked);
            }
            panel.gap();
            panel.keys(&[("l", "link a device"), ("n", "rename"), ("r", "remove"), ("↑ ↓", "choose")]);
            panel.keys(&[("w", "the words that bring your account back")]);
        }
        Step::Rename(editor) => {
            panel.field("Its name", editor);
            panel.gap();
            panel.keys(&[("Enter", "call it so"), ("Esc", "back")]);
        }
        Step::Kit(kit) => {
            panel.text(KIT, Style::new());
            panel.gap();
            panel.text(&kit.words, STRONG);
            panel.gap();
            panel.text(&format!("Account {}, at {}", kit.address, kit.server), Style::new());
            panel.gap();
            panel.keys(&[("y", "I wrote them down"), ("Esc", "later")]);
        }
        Step::Prove { passphrase, .. } => {
            panel.text("Nobody who borrows this terminal can do this.", Style::new());
            panel.gap();
            panel.secret("Passphrase of this device", passphrase);
            panel.gap();
            match view.busy {
                true => panel.text("One moment…", QUIET),
                false => panel.keys(&[("Enter", "go on"), ("Esc", "back")]),
            }
        }
        Step::Code(editor) => {
            panel.text(
                "The new device shows a code: choose there to link it to an account that you have.",
                Style::new(),
            );
            panel.gap();
            panel.field("Its code", editor);
            panel.gap();
            panel.keys(&[("Enter", "look what asks"), ("Esc", "back")]);
        }
        Step::Asking { asking, history, .. } => {
            panel.text(&asking_line(asking), Style::new());
            panel.gap();
            panel.attention(&asking.consequence);
            panel.gap();
            panel.text(&format!("It gets {}.", history_words(*history)), Style::new());
            panel.gap();
            panel.keys(&[("y", "link it"), ("n", "no"), ("h", "earlier messages")]);
        }
        Step::Words { editor, .. } => {
            panel.text("Strict mode is on: type the words of your recovery kit.", Style::new());
            panel.gap();
            panel.field("The words", editor);
            panel.gap();
            panel.keys(&[("Enter", "link it"), ("Esc", "back")]);
        }
        Step::Remove => {
            let words = match view.devices.get(view.marked) {
                Some(device) if device.this => "Sign out of this device? Everything of the account is erased here, and your primary device takes it out of every chat. Y instead of y: also if messages are lost that no other device has.".to_owned(),
                marked => format!(
                    "Remove this device? It is taken out of every chat and asked to erase itself: {}",
                    marked.map(device_line).unwrap_or_default()
                ),
            };
            panel.text(&words, Style::new());
            panel.gap();
            panel.keys(&[("y", "yes"), ("n", "no")]);
        }
        Step::Report(lines) => {
            for line in lines.iter().take(panel.room().saturating_sub(2)) {
                panel.text(line, Style::new());
            }
            panel.gap();
            panel.keys(&[("Enter", "back")]);
        }
    }
}

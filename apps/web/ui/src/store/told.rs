//! Telling the person: notifications of the system, sounds, the number on the app's icon.

use std::cell::RefCell;
use std::time::Duration;

use casemate_api::command::{MessageSend, OneMessage};
use casemate_api::{Command, view};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::begun::Draft;
use super::list::{Mute, mute_of};
use super::route::Route;
use super::state::{Phase, Store};
use super::telling::{CASEMATE, Moment, Shows, Told, bounds, is_quiet, read_by_now, shows, title, told};
use crate::engine::ask;
use crate::locale::{t, ta};
use crate::text::plain::one_line;
use crate::ui::bubble::preview;
use crate::ui::notify::{self, Acts, Clicked, Note, Said};
use crate::ui::{browser, sound};

/// Letters of a message in a notification: what systems show.
const LETTERS: usize = 200;

/// The tag of what the service worker says when it is woken (`static/sw.js`).
const WOKEN: &str = "woken";

/// After so long a conversation that was opened is drawn, and so is a list.
const OPENED: Duration = Duration::from_millis(300);

thread_local! {
    // As the engine said last; asked for when the app starts, and when they change. None before that.
    static SETTINGS: RefCell<Option<view::Settings>> = const { RefCell::new(None) };
}

/// What was chosen; as it is from the start where nobody has said yet.
fn settings() -> view::Settings {
    SETTINGS.with_borrow(Clone::clone).unwrap_or_default()
}

/// What the service worker says while no page is open, and when it makes no sound: that stays as it was while it is not known.
fn tell_worker() {
    SETTINGS.with_borrow(|settings| {
        let sounds =
            settings.as_ref().map(|chosen| (chosen.sounds, chosen.quiet_hours.as_ref().and_then(bounds)));
        notify::keep_words(&t("notify-new"), &t("notify-open"), sounds);
    });
}

/// The conversation that the person has before them.
fn on_screen(route: &Route) -> Option<String> {
    route.conversation().map(str::to_owned)
}

impl Store {
    /// For as long as the app runs: what was chosen, what is clicked, what is unread.
    pub fn tell_the_person(self) {
        Effect::new(move |_| {
            if self.phase.with(|phase| *phase == Phase::Ready) {
                self.settings_changed();
                self.told_before();
            }
        });
        // What the service worker says while no page is open: in the person's language.
        Effect::new(move |_| {
            self.spoken.get();
            // The service worker is registered after the app has started.
            self.phase.with(|phase| *phase == Phase::Ready);
            tell_worker();
        });
        // A page without the engine knows nothing of what is unread: the number on the app's icon stays.
        let is_ready = Memo::new(move |_| self.phase.with(|phase| *phase == Phase::Ready));
        let unread = Memo::new(move |_| is_ready.get().then(|| self.unread()));
        Effect::new(move |_| {
            let unread = unread.get();
            notify::dot(unread.is_some_and(|unread| unread > 0));
            if let Some(unread) = unread {
                notify::badge(unread);
            }
        });
        // What was read here need not stand in the system's list any more. Nobody reads what is locked, or in another tab.
        let looked_at = move |open: Option<String>| {
            if let Some(open) = open.filter(|_| browser::is_visible()) {
                // Browsers take some milliseconds to say whether they may notify: the conversation is drawn before that. Whoever is
                // gone by then may have been told of something that came since.
                let close = move || {
                    let is_there =
                        self.route.with_untracked(|route| on_screen(route).as_ref() == Some(&open));
                    if is_there && browser::is_visible() {
                        notify::close(&open);
                    }
                };
                set_timeout(close, OPENED);
            }
        };
        Effect::new(move |_| looked_at(self.route.with(on_screen).filter(|_| is_ready.get())));
        let read =
            Memo::new(move |_| self.told.with(|told| self.conversations.with(|all| read_by_now(told, all))));
        // A list that was asked for before a message came may be drawn after it: what is read still is so a moment later.
        Effect::new(move |_| {
            for conversation in read.get() {
                let close = move || {
                    if read.try_get_untracked().is_some_and(|read| read.contains(&conversation)) {
                        self.tell_no_more(&conversation);
                    }
                };
                set_timeout(close, OPENED);
            }
        });
        let back = window_event_listener_untyped("visibilitychange", move |_| {
            if is_ready.get_untracked() && browser::is_visible() {
                looked_at(self.route.with_untracked(on_screen));
                notify::close_message(WOKEN);
            }
        });
        on_cleanup(move || back.remove());
        // Answered or marked in a notification: done as soon as the engine runs here, whatever stands before that.
        let early = RwSignal::new(Vec::<Clicked>::new());
        Effect::new(move |_| {
            let is_ready = self.phase.with(|phase| *phase == Phase::Ready);
            // What was meant for an account that is no more is for nobody.
            let is_over = self.phase.with(|phase| *phase == Phase::Welcome);
            if !(is_ready || is_over) || early.with(Vec::is_empty) {
                return;
            }
            let clicks = early.try_update(std::mem::take).unwrap_or_default();
            clicks.into_iter().filter(|_| is_ready).for_each(|click| self.answered(click));
        });
        notify::listen(move |said| {
            let (clicked, answer) = match said {
                Said::Clicked(clicked, answer) => (clicked, answer),
                Said::Where(answer) => return answer.say(self.place_of_the_engine()),
                Said::SubscriptionChanged => return self.wake_anew(),
            };
            if clicked.reply.is_some() || clicked.read {
                early.update(|early| early.push(clicked));
                return answer.say("taken");
            }
            // Files that were chosen are not left without a question.
            if let Some(ask) = self.giving_up.get_untracked() {
                return ask.run(());
            }
            // What a window would do belongs to the screen below it, which goes.
            self.menu.set(None);
            self.dialog.set(None);
            let message = Some(clicked.message).filter(|message| !message.is_empty());
            if clicked.conversation.is_empty() {
                return self.go(Route::Chats);
            }
            self.go(Route::Chat { conversation: clicked.conversation, message });
        });
    }

    /// Where the engine is, as this page has it: in the service worker's words.
    fn place_of_the_engine(self) -> &'static str {
        self.phase.with_untracked(|phase| match phase {
            Phase::Ready => "here",
            Phase::Starting | Phase::Locked(_) => "soon",
            Phase::Welcome | Phase::Failed(_) | Phase::Elsewhere => "elsewhere",
        })
    }

    /// Chosen here or on another own device.
    pub(super) fn settings_changed(self) {
        spawn_local(async move {
            if let Some(settings) = self.settings().await {
                SETTINGS.set(Some(settings));
                tell_worker();
            }
        });
    }

    /// A message of somebody else came.
    pub(super) fn tell(self, message: &view::Message) {
        if message.kind != "text" && message.kind != "unknown" {
            return;
        }
        let settings = settings();
        let chat = untrack(|| self.conversation(&message.conversation));
        let told = self.moment(&message.conversation, chat.as_ref(), self.is_meant(message));
        if told != Told::Nothing && settings.sounds {
            sound::arrived();
        }
        if told == Told::Notification {
            self.show_note(message, chat.as_ref(), shows(settings.previews, chat.as_ref()));
        }
    }

    /// Somebody reacted to a message of this person's.
    pub(super) async fn tell_of_reaction(
        self,
        conversation: String,
        message: String,
        from: String,
        emoji: String,
    ) {
        let Ok(Some(message)) = self.message_now(&conversation, &message).await else { return };
        if message.deleted {
            return;
        }
        let (settings, chat) = (settings(), untrack(|| self.conversation(&conversation)));
        if self.moment(&conversation, chat.as_ref(), false) != Told::Notification {
            return;
        }
        if settings.sounds {
            sound::arrived();
        }
        let note = match shows(settings.previews, chat.as_ref()).words {
            true => {
                let (name, text) = (untrack(|| self.name_of(&from)), one_line(&preview(&message), LETTERS));
                let words = [
                    ("name", name.clone().into()),
                    ("emoji", one_line(&emoji, 2).into()),
                    ("text", text.into()),
                ];
                let group = chat.as_ref().filter(|chat| chat.kind == "group");
                let named = group.map_or(name, |group| untrack(|| self.title_of(group)));
                Note {
                    title: title(named, &from),
                    conversation,
                    ..Note::of_casemate(ta("notify-reacted", &words))
                }
            }
            false => Note { conversation, ..Note::of_casemate(t("notify-reacted-some")) },
        };
        notify::show(&note);
    }

    /// A call rang here, and nobody answered.
    pub(super) fn tell_of_missed(self, call: &view::Call) {
        let (settings, chat) = (settings(), untrack(|| self.conversation(&call.conversation)));
        if self.moment(&call.conversation, chat.as_ref(), true) != Told::Notification {
            return;
        }
        let body = match shows(settings.previews, chat.as_ref()).words {
            true => {
                let key = if call.video { "said-video-call-missed" } else { "said-call-missed" };
                ta(key, &[("who", untrack(|| self.name_of(&call.from)).into())])
            }
            false => t("call-missed"),
        };
        notify::show(&Note { conversation: call.conversation.clone(), ..Note::of_casemate(body) });
    }

    /// How something that comes now is told of.
    fn moment(self, conversation: &str, chat: Option<&view::Conversation>, for_me: bool) -> Told {
        told(Moment {
            mute: chat.map_or(Mute::Not, |chat| mute_of(chat, &browser::now())),
            for_me,
            quiet: is_quiet(settings().quiet_hours.as_ref(), browser::minute_of_day()),
            looking: browser::is_visible() && browser::has_focus(),
            // The one that was open before Settings, say, is not looked at.
            open: self.route.with_untracked(on_screen).as_deref() == Some(conversation),
        })
    }

    /// Whether a message mentions this person, or answers them.
    pub(super) fn is_meant(self, message: &view::Message) -> bool {
        let answered = message.answers.as_ref().is_some_and(|quoted| self.is_me(&quoted.from));
        answered || message.mentions.iter().any(|address| self.is_me(address))
    }

    /// Whether calls may be heard now.
    pub fn may_ring(self) -> bool {
        let settings = settings();
        settings.sounds && !is_quiet(settings.quiet_hours.as_ref(), browser::minute_of_day())
    }

    /// Somebody calls while nobody looks at the page.
    pub fn tell_of_call(self, call: &view::Call, said: &str) {
        let settings = settings();
        let quiet = is_quiet(settings.quiet_hours.as_ref(), browser::minute_of_day());
        if quiet || browser::is_visible() && browser::has_focus() {
            return;
        }
        let chat = untrack(|| self.conversation(&call.conversation));
        let words = shows(settings.previews, chat.as_ref()).words;
        let body = if words { said.to_owned() } else { t("call-rings") };
        notify::show(&Note {
            conversation: call.conversation.clone(),
            rings: true,
            ..Note::of_casemate(body)
        });
    }

    /// It rings no longer.
    pub fn call_told_off(self, conversation: &str) {
        notify::close_call(conversation);
    }

    fn show_note(self, message: &view::Message, chat: Option<&view::Conversation>, shows: Shows) {
        let (named, body) = if shows.words {
            let name = untrack(|| self.name_of(&message.from));
            let text = one_line(&preview(message), LETTERS);
            match chat.filter(|chat| chat.kind == "group") {
                Some(group) => {
                    let words = [("name", name.into()), ("text", text.into())];
                    (untrack(|| self.title_of(group)), ta("announce-message", &words))
                }
                None => (name, text),
            }
        } else {
            (String::new(), t("notify-new"))
        };
        let title = if shows.words { title(named, &message.from) } else { CASEMATE.to_owned() };
        self.told.update(|told| drop(told.insert(message.conversation.clone(), message.message.clone())));
        // What the service worker had to say without knowing more.
        notify::close_message(WOKEN);
        notify::show(&Note {
            title,
            body,
            conversation: message.conversation.clone(),
            message: message.message.clone(),
            acts: shows.acts.then(|| Acts { reply: t("reply"), read: t("mark-read") }),
            rings: false,
        });
    }

    /// What was told of before this page was here: it may have been read, or be gone, since.
    fn told_before(self) {
        if browser::is_visible() {
            notify::close_message(WOKEN);
        }
        spawn_local(async move {
            for (conversation, message) in notify::shown().await {
                self.told.update(|told| drop(told.insert(conversation.clone(), message.clone())));
                self.told_of_changed(&conversation, &message).await;
            }
        });
    }

    /// A message changed. What was deleted, or has disappeared, stands in no notification either.
    pub(super) async fn told_of_changed(self, conversation: &str, message: &str) {
        let is_told =
            || self.told.with_untracked(|told| told.get(conversation).is_some_and(|told| told == message));
        if is_told() && !self.is_there(conversation, message).await && is_told() {
            self.tell_no_more(conversation);
        }
    }

    /// Whether a message is there and was not deleted; also where that cannot be asked.
    async fn is_there(self, conversation: &str, message: &str) -> bool {
        match self.message_now(conversation, message).await {
            Ok(found) => found.is_some_and(|found| !found.deleted),
            Err(_) => true,
        }
    }

    fn tell_no_more(self, conversation: &str) {
        notify::close_message(conversation);
        self.told.update(|told| drop(told.remove(conversation)));
    }

    /// Nothing of this account is here any longer.
    pub(super) fn tell_of_nothing(self) {
        let told = self.told.with_untracked(|told| told.keys().cloned().collect::<Vec<_>>());
        told.iter().for_each(|conversation| self.tell_no_more(conversation));
        notify::close_message(WOKEN);
        notify::badge(0);
    }

    /// Replied or marked as read in a notification.
    fn answered(self, click: Clicked) {
        spawn_local(async move {
            // What was begun there is kept beside a reply, whether that is sent or not.
            if untrack(|| self.conversation(&click.conversation)).is_none() {
                self.refresh_conversation(&click.conversation).await;
            }
            let chat = untrack(|| self.conversation(&click.conversation));
            // It may have been locked since the notification was shown: what was written is kept in it.
            let acts = chat.is_none() || shows(true, chat.as_ref()).acts;
            match click.reply {
                Some(text) if !acts => {
                    let draft = Draft { text, ..Draft::default() };
                    self.give_back(click.conversation, draft).await;
                }
                Some(reply) => self.send_reply(click.conversation, click.message, reply).await,
                None if acts => self.quietly(Command::MessageRead(OneMessage { message: click.message })),
                None => {}
            }
        });
    }

    async fn send_reply(self, conversation: String, answered: String, text: String) {
        let text = text.trim().to_owned();
        if text.is_empty() {
            return;
        }
        let send = MessageSend {
            conversation: conversation.clone(),
            text: Some(text.clone()),
            ..MessageSend::default()
        };
        // The person who answers has read it. It may be gone by now.
        drop(ask::<Value>(Command::MessageRead(OneMessage { message: answered })).await);
        match self.gives(send).await {
            Ok(()) => self.show_sent(&conversation).await,
            Err(error) => {
                // Nobody may be looking: it stands there as a draft.
                self.give_back(conversation, Draft { text, ..Draft::default() }).await;
                self.fails(&error);
            }
        }
    }
}

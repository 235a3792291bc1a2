//! Calls: which there are, the one that this page takes part in, and what a person does about them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use casemate_api::command::{
    Allowed, CallAnswer, CallDecline, CallFind, CallList, CallSign, CallStart, InConversation, OneCall,
};
use casemate_api::{Command, Error, Kind, view};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::prefs::{NARROW, matches};
use super::seats::{Tile, seen_in};
use super::state::Store;
use crate::engine::ask;
use crate::engine::call::{self, Act, Chosen, Seen, Shown, Wanted};
use crate::locale::{spoken, t, ta};
use crate::ui::bubble::is_admin;
use crate::ui::dialog::Dialog;
use crate::ui::{browser, player};

/// Calls that are looked through for those that are not over.
const LOOKED_AT: u32 = 30;

/// Calls that the list shows.
const LISTED: u32 = 200;

/// How long a line says that somebody came or went.
const NEWS: Duration = Duration::from_secs(5);

/// Where this browser keeps what was chosen for calls.
const SAVER: &str = "call-saver";
const CALM: &str = "call-calm";
const DEVICES: &str = "call-devices";

/// Where this tab keeps which call it is in, and since when there was somebody to talk with.
const IN: &str = "in-call";
const SINCE: &str = "in-call-since";

/// How long a reaction is seen.
const REACTION: Duration = Duration::from_secs(4);

/// What somebody shows in a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sign {
    /// Their microphone is off.
    pub muted: bool,
    /// Their hand is raised.
    pub hand: bool,
    /// Whether their camera is on, where they say so.
    pub camera: Option<bool>,
    /// Whether they share a screen, the same.
    pub screen: Option<bool>,
    /// An emoji, for a moment.
    pub reaction: Option<String>,
}

impl Sign {
    /// What is to be seen of them.
    fn seen(&self, seen: Seen) -> Seen {
        Seen { camera: seen_in(seen.camera, self.camera), screen: seen_in(seen.screen, self.screen), ..seen }
    }
}

/// A corner of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Corner {
    /// One of the upper two.
    pub top: bool,
    /// One of the two at the left.
    pub left: bool,
}

/// What the screens show of calls.
#[derive(Clone, Copy)]
pub struct Calling {
    /// Those that are not over, by id.
    pub known: RwSignal<BTreeMap<String, view::Call>>,
    /// Those that ring without a sound.
    pub silenced: RwSignal<BTreeSet<String>>,
    /// The one that is about to be declined with words.
    pub worded: RwSignal<Option<String>>,
    /// How the one stands that this page takes part in.
    pub shown: RwSignal<Shown>,
    /// Since when there is somebody to talk with, by the page's clock.
    pub since: RwSignal<Option<f64>>,
    /// The call is a small window, so that one can write meanwhile.
    pub small: RwSignal<bool>,
    /// The corner that this window was moved to.
    pub corner: RwSignal<Option<Corner>>,
    /// Who came or went just now, as a sentence.
    pub news: RwSignal<String>,
    /// Whoever speaks is shown large.
    pub large: RwSignal<bool>,
    /// Who is kept large, whoever speaks.
    pub pinned: RwSignal<Option<Tile>>,
    /// What was chosen for calls in this browser.
    pub saver: RwSignal<bool>,
    /// The same: less noise.
    pub calm: RwSignal<bool>,
    /// The same: microphone, camera, speaker.
    pub devices: RwSignal<Chosen>,
    /// What others show without a word, by device.
    pub signs: RwSignal<BTreeMap<String, Sign>>,
    /// One's own hand is raised.
    pub hand: RwSignal<bool>,
    /// The call that this page was in before it was loaded anew.
    pub was_in: RwSignal<Option<String>>,
    /// Grows with each change of any call.
    pub changed: RwSignal<u32>,
    camera: StoredValue<bool>,
}

impl Default for Calling {
    /// None.
    fn default() -> Self {
        let devices = browser::kept(DEVICES).and_then(|kept| serde_json::from_str(&kept).ok());
        Self {
            known: RwSignal::default(),
            silenced: RwSignal::default(),
            worded: RwSignal::default(),
            shown: RwSignal::default(),
            since: RwSignal::default(),
            small: RwSignal::default(),
            corner: RwSignal::default(),
            news: RwSignal::default(),
            large: RwSignal::new(false),
            pinned: RwSignal::default(),
            saver: RwSignal::new(browser::kept(SAVER).is_some_and(|kept| kept == "on")),
            calm: RwSignal::new(browser::kept(CALM).is_none_or(|kept| kept == "on")),
            devices: RwSignal::new(devices.unwrap_or_default()),
            signs: RwSignal::default(),
            hand: RwSignal::new(false),
            was_in: RwSignal::new(browser::kept_in_tab(IN)),
            changed: RwSignal::default(),
            camera: StoredValue::new(false),
        }
    }
}

impl Calling {
    /// Nothing of the call that this device took part in is left.
    fn leaves(self) {
        self.since.set(None);
        // Media that there are by now are those of the call that it was left for.
        if !call::is_under_way() {
            self.shown.set(Shown::default());
        }
        self.small.set(false);
        self.corner.set(None);
        self.signs.set(BTreeMap::new());
        self.pinned.set(None);
        self.hand.set(false);
        self.news.set(String::new());
    }

    /// What comes of a device, as far as it is to be seen and heard.
    pub fn seen(self, device: &str) -> Option<Seen> {
        let seen = self.shown.with(|shown| shown.people.iter().find(|one| one.device == device).cloned())?;
        Some(self.signs.with(|signs| match signs.get(device) {
            Some(sign) => sign.seen(seen),
            None => seen,
        }))
    }

    /// Whether a camera or a screen of others is seen.
    pub fn sees_others(self) -> bool {
        let devices: Vec<String> =
            self.shown.with(|shown| shown.people.iter().map(|one| one.device.clone()).collect());
        let all = devices.iter().filter_map(|device| self.seen(device));
        all.into_iter().any(|one| one.camera.is_some() || one.screen.is_some())
    }

    /// The call that this device takes part in.
    pub fn taken(self) -> Option<view::Call> {
        self.known.with(|all| all.values().find(|call| is_taken(call)).cloned())
    }

    /// What rings: of several the oldest.
    pub fn ringing(self) -> Option<view::Call> {
        self.known.with(|all| {
            let rings = all.values().filter(|call| call.state == "ringing");
            rings.min_by(|one, other| one.at.cmp(&other.at)).cloned()
        })
    }

    /// One that goes on in a conversation and that this device may join.
    pub fn goes_on(self, conversation: &str) -> Option<view::Call> {
        self.known
            .with(|all| all.values().find(|call| call.conversation == conversation && goes_on(call)).cloned())
    }

    /// The one that this page was in before it was loaded anew, while it goes on.
    pub fn left_behind(self) -> Option<view::Call> {
        let id = self.was_in.get()?;
        self.known.with(|all| all.get(&id).filter(|call| goes_on(call)).cloned())
    }

    /// It is not gone back to.
    pub fn leaves_behind(self) {
        browser::keep_in_tab(IN, None);
        self.was_in.set(None);
    }
}

impl Store {
    /// Whether only admins write in a chat, and this account is none.
    pub fn is_silent_in(self, chat: &view::Conversation) -> bool {
        let send = chat.information.as_ref().map(|information| information.permissions.send);
        send == Some(Allowed::Admins) && !is_admin(self, chat)
    }

    /// Whether one may write there, and nothing holds that back.
    pub fn may_write(self, chat: &view::Conversation) -> bool {
        chat.standing == "active" && chat.held.is_none() && !self.is_silent_in(chat)
    }

    /// Whether there is somebody to call in a chat: with others who agreed to it, where nothing holds back what one says.
    pub fn may_call(self, chat: &view::Conversation) -> bool {
        let with_others = chat.kind == "pair" || chat.kind == "group";
        with_others && self.may_write(chat) && self.blocked_in(chat).is_none() && !self.is_replaced()
    }

    /// Calls the others of a conversation, or joins the call that goes on there.
    pub fn call(self, conversation: String, video: bool) {
        self.calling.camera.set_value(video);
        spawn_local(async move {
            let start = CallStart { conversation, video, send: None };
            if let Err(error) = ask::<view::CallStarted>(Command::CallStart(start)).await {
                self.fails(&error);
            }
        });
    }

    /// Takes a call that rings or goes on. One that this device is in already is left first.
    pub fn answer(self, call: view::Call, camera: bool) {
        self.calling.camera.set_value(camera);
        let other = untrack(|| self.calling.taken()).filter(|other| other.call != call.call);
        spawn_local(async move {
            if let Some(other) = other {
                let _ = ask::<serde_json::Value>(Command::CallLeave(OneCall { call: other.call })).await;
            }
            let answer = CallAnswer { call: call.call, video: Some(call.video || camera), send: None };
            if let Err(error) = ask::<serde_json::Value>(Command::CallAnswer(answer)).await {
                self.fails(&error);
            }
        });
    }

    /// Does not want it.
    pub fn decline(self, call: String) {
        self.quietly(Command::CallDecline(CallDecline { call, tell: false, text: None }));
    }

    /// Does not want it, and says so in the conversation.
    pub fn decline_saying(self, call: view::Call, text: String) {
        spawn_local(async move {
            let decline = CallDecline { call: call.call, tell: true, text: Some(text) };
            match ask::<view::MessageSent>(Command::CallDecline(decline)).await {
                Ok(_) => self.show_sent(&call.conversation).await,
                Err(error) => self.fails(&error),
            }
        });
    }

    /// Lets it ring without a sound.
    pub fn silence(self, call: String) {
        self.calling.silenced.update(|all| {
            all.insert(call);
        });
    }

    /// The call that rings over all there is to see, but what one tests the microphone with before answering. On a wide screen it
    /// is a card.
    pub(super) fn rings_in_full(self) -> Option<String> {
        let tests = self.dialog.with_untracked(|open| matches!(open, Some(Dialog::CallTrial(_))));
        let rings = untrack(|| self.calling.ringing()).map(|call| call.call);
        rings.filter(|_| matches(NARROW) && !tests)
    }

    /// Whether a call hides the page.
    pub fn is_in_large_call(self) -> bool {
        !self.calling.small.get_untracked() && untrack(|| self.calling.taken()).is_some()
    }

    /// Whoever goes somewhere else sees it: a call that hides the page goes on small.
    pub fn uncover(self) {
        if self.is_in_large_call() {
            self.calling.small.set(true);
        }
    }

    /// Leaves it. Nothing is sent from this moment on, whatever the engine has to do meanwhile.
    pub fn hang_up(self, call: String) {
        self.calling.leaves_behind();
        self.end_call(call);
    }

    /// Leaves the call that this page is in or calls in, if any, and waits until the engine has done so.
    pub async fn leave_taken(self) {
        let Some(call) = untrack(|| self.calling.taken()) else { return };
        self.calling.leaves_behind();
        call::end_of(&call.call);
        let _ = ask::<serde_json::Value>(Command::CallLeave(OneCall { call: call.call })).await;
    }

    fn end_call(self, call: String) {
        call::end_of(&call);
        self.leave_call(call);
    }

    /// A page that goes leaves a call in a group, and one that nobody has answered: others hear it now, and not when this
    /// device runs again. Of two the other one waits for a while, since a page that is loaded again comes back.
    pub fn leave_with_page(self) {
        let handle = window_event_listener_untyped("pagehide", move |_| {
            let Some(call) = untrack(|| self.calling.taken()) else { return };
            let chat = untrack(|| self.conversation(&call.conversation));
            if call.state == "calling" || chat.is_some_and(|chat| chat.kind != "pair") {
                self.end_call(call.call);
            }
        });
        on_cleanup(move || handle.remove());
    }

    /// What somebody does in their call.
    pub fn in_call(self, act: &Act) {
        match act {
            Act::Save(on) => {
                self.calling.saver.set(*on);
                browser::keep(SAVER, if *on { "on" } else { "off" });
            }
            Act::Calm(on) => {
                self.calling.calm.set(*on);
                browser::keep(CALM, if *on { "on" } else { "off" });
            }
            Act::Choose(chosen) => {
                self.calling.devices.set(chosen.clone());
                browser::keep(DEVICES, &serde_json::to_string(chosen).unwrap_or_default());
            }
            _ => {}
        }
        call::act(act);
        if let Act::Mute(muted) = act {
            // Also while the media are not there yet: they begin so.
            self.calling.shown.update(|shown| shown.muted = *muted);
            self.sign(None);
        }
    }

    /// A hand goes up, or down.
    pub fn raise(self, on: bool) {
        self.calling.hand.set(on);
        self.sign(None);
    }

    /// Shows an emoji for a moment.
    pub fn react_in_call(self, emoji: &str) {
        self.sign(Some(emoji.to_owned()));
        // One's own tile is no device's.
        self.call_signed("", String::new(), Sign { reaction: Some(emoji.to_owned()), ..Sign::default() });
    }

    fn sign(self, reaction: Option<String>) {
        if let Some(call) = untrack(|| self.calling.taken()) {
            self.sign_in(call.call, reaction);
        }
    }

    fn sign_in(self, call: String, reaction: Option<String>) {
        // Who has no microphone is as silent as who turned it off: nobody is to take their connection for gone.
        let shown = self.calling.shown;
        let muted = shown.with_untracked(|shown| shown.muted || !shown.microphone);
        let (camera, screen) = shown.with_untracked(|shown| (Some(shown.camera), Some(shown.screen)));
        let hand = self.calling.hand.get_untracked();
        self.quietly(Command::CallSign(CallSign { call, muted, hand, camera, screen, reaction }));
    }

    /// Somebody shows something.
    pub(super) fn call_signed(self, address: &str, device: String, sign: Sign) {
        let name = || untrack(|| self.name_of(address));
        let before = self.calling.signs.with_untracked(|all| all.get(&device).cloned()).unwrap_or_default();
        if sign.hand && !before.hand {
            self.announced.set(ta("call-hand-of", &[("name", name().into())]));
        }
        if sign.reaction.is_some() {
            let device = device.clone();
            let over = move || {
                self.calling.signs.update(|all| {
                    if let Some(sign) = all.get_mut(&device) {
                        sign.reaction = None;
                    }
                });
            };
            set_timeout(over, REACTION);
        }
        self.calling.signs.update(|all| drop(all.insert(device, sign)));
    }

    /// The engine wants a call's media: the person said so.
    pub(super) fn begin_call(self, call: String) {
        let calling = self.calling;
        // Nobody listens to two at once.
        player::pause(self);
        let wanted = Wanted {
            camera: calling.camera.get_value(),
            saver: calling.saver.get_untracked(),
            calm: calling.calm.get_untracked(),
            devices: calling.devices.get_untracked(),
            ..Wanted::default()
        };
        calling.small.set(false);
        calling.shown.set(Shown { state: "connecting".to_owned(), microphone: true, ..Shown::default() });
        spawn_local(async move {
            let of = call.clone();
            let muted = move || calling.shown.with_untracked(|shown| shown.muted);
            if !call::begin(&call, wanted, muted, move |shown| self.call_stands(&of, shown)).await {
                self.call_fails(&call, "what calls need could not be loaded");
                call::end_of(&call);
                self.say(t("call-no-media"));
            }
        });
    }

    /// There are no media for it, or none any more. The engine ends the call and says why; one of another program is told that it is left.
    fn call_fails(self, call: &str, why: &str) {
        if !call::fails(call, why) {
            self.say(ta("call-failed", &[("why", spoken(why).into())]));
            self.leave_call(call.to_owned());
        }
    }

    /// One that is over already is left, too.
    fn leave_call(self, call: String) {
        spawn_local(async move {
            let left = ask::<serde_json::Value>(Command::CallLeave(OneCall { call })).await;
            if let Err(error) = left
                && error.kind != Kind::NotFound
            {
                self.fails(&error);
            }
        });
    }

    /// What the media say.
    fn call_stands(self, call: &str, shown: Shown) {
        if shown.state == "over" {
            if let Some(why) = &shown.failed {
                self.call_fails(call, why);
            }
            return call::end_of(call);
        }
        match shown.refused.as_deref() {
            Some("microphone") => self.say(t("call-no-microphone")),
            // That nobody hears them is what they have to know first.
            Some("camera") if !shown.microphone => {
                self.say(format!("{} {}", t("call-no-microphone"), t("call-no-camera")));
            }
            Some("camera") => self.say(t("call-no-camera")),
            Some(_) => self.say(t("call-no-screen")),
            None => {}
        }
        // For as long as this page is there: plugged in again, it is there for the next one.
        if let Some(chosen) = &shown.chosen {
            self.calling.devices.set(chosen.clone());
        }
        let told =
            |shown: &Shown| (shown.microphone, shown.camera, shown.screen, shown.state == "connecting");
        let before = self.calling.shown.with_untracked(told);
        let now = told(&shown);
        self.calling.shown.set(Shown { refused: None, chosen: None, ..shown });
        // Said once there are media, too: whoever came back may have been muted before, and others believe it still.
        if now != before {
            self.sign_in(call.to_owned(), None);
        }
    }

    /// Something is to be said of a call.
    pub(super) fn call_changed(self, call: String, conversation: String, state: &str, why: Option<String>) {
        if let Some(why) = why {
            self.say(ta("call-failed", &[("why", spoken(&why).into())]));
        }
        if state == "over" {
            let rang = is_ringing(self.calling, &call);
            self.keep_call(&call, None);
            self.calling.changed.update(|count| *count += 1);
            if rang {
                spawn_local(async move { self.rang_out(call, conversation).await });
            }
            return;
        }
        spawn_local(async move {
            if let Ok(found) = call_now(&call, conversation).await {
                self.keep_call(&call, found.filter(|found| found.state != "over"));
            }
            self.calling.changed.update(|count| *count += 1);
        });
    }

    /// It rang here until now.
    async fn rang_out(self, call: String, conversation: String) {
        let Ok(Some(call)) = call_now(&call, conversation.clone()).await else { return };
        if !matches!(&*call.outcome, "missed" | "cancelled") {
            return;
        }
        self.tell_of_missed(&call);
        // Whoever looks at the line of it need not come back to it.
        let is_seen = self.route.with_untracked(|route| route.conversation() == Some(&*conversation));
        if is_seen && browser::is_visible() {
            self.refresh_conversation(&conversation).await;
            self.no_longer_marked_unread(&conversation);
        }
    }

    /// The link that leads members of a group to its call.
    pub async fn call_link(self, conversation: String) -> Result<String, Error> {
        let made = ask::<view::Invite>(Command::CallLink(InConversation { conversation })).await?;
        Ok(made.link)
    }

    /// What such a link leads to.
    pub async fn find_call(self, link: String) -> Option<view::CallFound> {
        ask(Command::CallFind(CallFind { link })).await.ok()
    }

    /// All that are not over, after a start.
    pub(super) async fn load_calls(self) {
        for call in self.listed_calls(LOOKED_AT).await {
            if call.state != "over" {
                let id = call.call.clone();
                self.keep_call(&id, Some(call));
            }
        }
    }

    /// All that the list shows, the newest first.
    pub async fn calls(self) -> Vec<view::Call> {
        let mut calls = self.listed_calls(LISTED).await;
        calls.reverse();
        calls
    }

    async fn listed_calls(self, limit: u32) -> Vec<view::Call> {
        let wanted = CallList { conversation: None, before: None, limit: Some(limit) };
        ask::<view::Calls>(Command::CallList(wanted)).await.map(|all| all.calls).unwrap_or_default()
    }

    fn keep_call(self, id: &str, now: Option<view::Call>) {
        let calling = self.calling;
        let before = calling.known.with_untracked(|all| all.get(id).cloned());
        let (was, is) = (before.as_ref().is_some_and(is_taken), now.as_ref().is_some_and(is_taken));
        if was && !is {
            call::end_of(id);
            calling.leaves();
            // Who was called and does not want to says more than silence.
            match now.as_ref().is_some_and(|now| now.outcome == "refused") {
                true => self.say(t("call-refused")),
                false => self.announced.set(t("call-ended")),
            }
        }
        if is {
            browser::keep_in_tab(IN, Some(id));
            calling.was_in.set(None);
        }
        if let Some(now) = now.as_ref().filter(|now| now.state == "in") {
            // In a group the first who answers is not seen by the call alone.
            let is_group =
                untrack(|| self.conversation(&now.conversation)).is_some_and(|chat| chat.kind != "pair");
            let came = |before: &view::Call| before.state == "in" || before.state == "calling" && is_group;
            if calling.since.with_untracked(Option::is_none) {
                calling.since.set(Some(since(id)));
            }
            if let Some(before) = before.as_ref().filter(|before| came(before)) {
                self.tell_who_came(before, now);
                // Who comes again begins anew.
                let there = |device: &str| now.participants.iter().any(|one| one.device == device);
                let left = before.participants.iter().filter(|one| !there(&one.device));
                let left: Vec<&str> = left.map(|one| &*one.device).collect();
                if !left.is_empty() {
                    calling.signs.update(|all| all.retain(|device, _| !left.contains(&&**device)));
                }
            }
        }
        calling.known.update(|all| match now {
            Some(now) => drop(all.insert(id.to_owned(), now)),
            None => drop(all.remove(id)),
        });
        calling.silenced.update(|all| all.retain(|silenced| silenced != id || is_ringing(calling, id)));
    }

    fn tell_who_came(self, before: &view::Call, now: &view::Call) {
        let others = |call: &view::Call| -> Vec<view::CallParticipant> {
            let others = call.participants.iter().filter(|one| !self.is_me(&one.address));
            others.cloned().collect()
        };
        let (before, now) = (others(before), others(now));
        // Also with another device; and whoever goes with one of several is still there.
        let is_new = |one: &&view::CallParticipant| before.iter().all(|other| other.device != one.device);
        let is_gone = |one: &&view::CallParticipant| now.iter().all(|other| other.address != one.address);
        let names = |some: BTreeSet<&str>, key: &str| -> Vec<String> {
            let name = |who: &str| untrack(|| self.name_of(who));
            some.into_iter().map(|who| ta(key, &[("name", name(who).into())])).collect()
        };
        let came = names(now.iter().filter(is_new).map(|one| &*one.address).collect(), "call-came");
        let went = names(before.iter().filter(is_gone).map(|one| &*one.address).collect(), "call-went");
        let said = [came, went].concat().join(" ");
        if said.is_empty() {
            return;
        }
        self.announced.set(said.clone());
        self.calling.news.set(said.clone());
        set_timeout(
            move || {
                if self.calling.news.try_get_untracked().as_deref() == Some(&said) {
                    self.calling.news.set(String::new());
                }
            },
            NEWS,
        );
    }

    /// Nothing of calls is left on the page.
    pub(super) fn forget_calls(self) {
        call::end();
        self.calling.known.set(BTreeMap::new());
        self.calling.silenced.set(BTreeSet::new());
        self.calling.leaves();
    }
}

/// Since when there is somebody to talk with: a page that was loaded anew goes on counting.
fn since(call: &str) -> f64 {
    let kept = browser::kept_in_tab(SINCE);
    let kept = kept.as_deref().and_then(|kept| kept.split_once(' ')).filter(|(of, _)| *of == call);
    let since = kept.and_then(|(_, at)| at.parse().ok()).unwrap_or_else(js_sys::Date::now);
    browser::keep_in_tab(SINCE, Some(&format!("{call} {since}")));
    since
}

fn goes_on(call: &view::Call) -> bool {
    call.state == "going_on" && !call.participants.is_empty()
}

fn is_taken(call: &view::Call) -> bool {
    call.state == "in" || call.state == "calling"
}

fn is_ringing(calling: Calling, id: &str) -> bool {
    calling.known.with_untracked(|all| all.get(id).is_some_and(|call| call.state == "ringing"))
}

/// A call as it is now, where it is one of the newest of its conversation.
async fn call_now(call: &str, conversation: String) -> Result<Option<view::Call>, Error> {
    let wanted = CallList { conversation: Some(conversation), before: None, limit: Some(LOOKED_AT) };
    let all = ask::<view::Calls>(Command::CallList(wanted)).await?;
    Ok(all.calls.into_iter().find(|one| one.call == call))
}

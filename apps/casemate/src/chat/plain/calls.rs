//! Calls in the linear mode: spoken into and heard from programs of the system, or with a tone for whoever only tries it.

use std::time::Instant;

use casemate_api::Command;
use casemate_api::command::{CallAnswer, CallFind, CallList, CallSign, CallStart, InConversation, OneCall};
use casemate_api::view::{Call, CallFound, CallStarted, CallStats, Calls, Invite, SoundProgram};

use super::{Plain, complain, say};
use crate::chat::calling::{ANSWERED, CALLING, CALLING_WITH_TONE, MUTED, UNMUTED, answering, declining};
use crate::chat::rings::{Ring, Untaken};
use crate::chat::text::harmless_line;
use crate::chat::when::Now;
use crate::client::MICROPHONE;

/// What is asked for when a call is named by nothing.
const RECENT: u32 = 50;

impl Plain {
    /// `/call`, `/call-link`, `/join`, `/answer`, `/decline`, `/leave`, `/mute`, `/unmute`, `/calls`, `/heard`.
    pub(super) async fn calls(&mut self, name: &str, rest: &str) -> anyhow::Result<()> {
        let tone = rest == "tone";
        let sent = if tone { "tone" } else { MICROPHONE };
        let send = Some(sent.to_owned());
        match name {
            "call" => {
                let Some(open) = self.conversation() else {
                    return say("Open a chat first: /list, then /open NUMBER.");
                };
                let start = CallStart { conversation: open.conversation, video: false, send };
                match self.ask::<CallStarted>(Command::CallStart(start)).await {
                    Ok(_) if tone => say(CALLING_WITH_TONE),
                    Ok(_) => say(CALLING),
                    Err(error) => complain(&error.message),
                }
            }
            "call-link" => {
                let Some(open) = self.conversation() else {
                    return say("Open a chat first: /list, then /open NUMBER.");
                };
                let of = InConversation { conversation: open.conversation };
                match self.ask::<Invite>(Command::CallLink(of)).await {
                    Ok(made) => say(&format!("For the members of this group: {}", made.link)),
                    Err(error) => complain(&error.message),
                }
            }
            "join" => {
                match self.ask::<CallFound>(Command::CallFind(CallFind { link: rest.to_owned() })).await {
                    Ok(CallFound { call: Some(call), .. }) => {
                        let answer = CallAnswer { call, video: None, send };
                        self.done(Command::CallAnswer(answer), "Joined. /leave hangs up, /mute mutes you.")
                            .await
                    }
                    Ok(_) => say("No call is going on there now. /call in the group begins one."),
                    Err(error) => complain(&error.message),
                }
            }
            "calls" => {
                for call in self.recent().await {
                    let who = self.model.name_of(&call.from);
                    let at = Now::system().short(&call.at);
                    say(&format!("{at} {who}: {}, {}", call.state.replace('_', " "), call.outcome))?;
                    if matches!(call.state.as_str(), "in" | "calling") {
                        // The terminal breaks lines by itself here: everybody is named.
                        let name = |who: &str| self.model.name_of(who);
                        let people = self.told.people(&call.call, name, usize::MAX);
                        let mut now = people.into_iter().chain(self.told.same_for_all(&call.call));
                        now.try_for_each(|line| say(&line))?;
                    }
                }
                Ok(())
            }
            "answer" => {
                let (call, said) = match self.rings.at(self.typed_at) {
                    Ok(ring) => (ring.call.clone(), answering(&ring.whose(&self.model))),
                    Err(Untaken::Nobody) => match self.going_on().await {
                        Some(call) => (call, ANSWERED.to_owned()),
                        None => return say("Nobody calls."),
                    },
                    Err(why) => return say(&why.words(&self.model, "/answer")),
                };
                let answer = CallAnswer { call, video: None, send };
                self.done(Command::CallAnswer(answer), &said).await
            }
            "decline" => match self.rings.at(self.typed_at) {
                Ok(ring) => {
                    let (decline, said) = declining(ring.call.clone(), rest);
                    self.done(Command::CallDecline(decline), said).await
                }
                Err(why) => say(&why.words(&self.model, "/decline")),
            },
            "leave" => match self.newest(&["in", "calling"]).await {
                Some(call) => self.done(Command::CallLeave(OneCall { call }), "Hung up.").await,
                None => say("You are in no call."),
            },
            "mute" | "unmute" => match self.newest(&["in", "calling"]).await {
                Some(call) => {
                    let muted = name == "mute";
                    let sign = CallSign { call, muted, ..CallSign::default() };
                    self.done(Command::CallSign(sign), if muted { MUTED } else { UNMUTED }).await
                }
                None => say("You are in no call."),
            },
            _ => match self.newest(&["in", "calling"]).await {
                Some(call) => self.heard(call).await,
                None => say("You are in no call."),
            },
        }
    }

    /// Somebody calls.
    pub(super) fn rings(&mut self, ring: Ring, video: bool) -> anyhow::Result<()> {
        let how = if video { " with video" } else { "" };
        let who = ring.who_calls(&self.model);
        self.rings.comes(ring, Instant::now());
        say(&format!("{who}{how}. /answer, /decline"))
    }

    /// A call is in another state than before.
    pub(super) async fn call_changed(
        &mut self,
        ring: Ring,
        state: &str,
        why: Option<String>,
    ) -> anyhow::Result<()> {
        let call = ring.call.clone();
        match state {
            "ringing" => self.rings.comes(ring, Instant::now()),
            _ => drop(self.rings.ends(&call, Instant::now())),
        }
        match (state, why) {
            ("over", Some(why)) => say(&format!("The call is over: {}", harmless_line(&why))),
            (_, Some(why)) => say(&format!("You are no longer in the call: {}", harmless_line(&why))),
            ("over", None) => say("The call is over."),
            ("in", None) => self.tell_of_call(&call).await,
            (_, None) => Ok(()),
        }
    }

    /// What this device's call is spoken into and heard from.
    pub(super) fn tell_of_sound(
        &mut self,
        call: &str,
        microphone: &SoundProgram,
        loudspeaker: &SoundProgram,
    ) -> anyhow::Result<()> {
        self.told.sound(call, microphone, loudspeaker).iter().try_for_each(|line| say(line))
    }

    /// Somebody came into this device's call or left it, or its keys changed.
    pub(super) async fn tell_of_call(&mut self, call: &str) -> anyhow::Result<()> {
        let Some(call) = self.recent().await.into_iter().find(|one| one.call == call) else { return Ok(()) };
        let model = &self.model;
        let said = self.told.news(&call, model.me(), |who| model.name_of(who));
        said.iter().try_for_each(|line| say(line))
    }

    async fn heard(&mut self, call: String) -> anyhow::Result<()> {
        let stats = match self.ask::<CallStats>(Command::CallStats(OneCall { call })).await {
            Ok(stats) => stats,
            Err(error) => return complain(&error.message),
        };
        say(&format!("The call is {}.", stats.state))?;
        for one in stats.participants {
            let tone = one.audio.frequency_hz.map(|hz| format!(", a tone of {hz:.0} Hz"));
            say(&format!(
                "{}: {} pieces of sound{}, {} lost; {} pictures",
                self.model.name_of(&one.address),
                one.audio.frames,
                tone.unwrap_or_default(),
                one.audio.lost,
                one.video.frames
            ))?;
        }
        Ok(())
    }

    async fn recent(&mut self) -> Vec<Call> {
        let list = CallList { limit: Some(RECENT), ..CallList::default() };
        self.ask::<Calls>(Command::CallList(list)).await.map(|calls| calls.calls).unwrap_or_default()
    }

    /// What goes on in the chat that is open: nobody else's call opens a microphone here.
    async fn going_on(&mut self) -> Option<String> {
        let open = self.conversation()?.conversation;
        let calls = self.recent().await;
        let goes_on = |call: &&Call| call.state == "going_on" && open == call.conversation;
        calls.iter().rev().find(goes_on).map(|call| call.call.clone())
    }

    async fn newest(&mut self, states: &[&str]) -> Option<String> {
        let calls = self.recent().await;
        calls.into_iter().rev().find(|call| states.contains(&call.state.as_str())).map(|call| call.call)
    }
}

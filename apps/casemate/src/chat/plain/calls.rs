//! Calls in the linear mode: spoken into and heard from programs of the system, or with a tone for whoever only tries it.

use casemate_api::Command;
use casemate_api::command::{CallAnswer, CallFind, CallList, CallSign, CallStart, InConversation, OneCall};
use casemate_api::view::{Call, CallFound, CallStarted, CallStats, Calls, Invite, SoundProgram};

use super::{Plain, say};
use crate::chat::calling::{
    ANSWERED, CALLING, CALLING_WITH_TONE, MUTED, UNMUTED, declining, who_calls_where,
};
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
                    Err(error) => say(&format!("Error: {}", error.message)),
                }
            }
            "call-link" => {
                let Some(open) = self.conversation() else {
                    return say("Open a chat first: /list, then /open NUMBER.");
                };
                let of = InConversation { conversation: open.conversation };
                match self.ask::<Invite>(Command::CallLink(of)).await {
                    Ok(made) => say(&format!("For the members of this group: {}", made.link)),
                    Err(error) => say(&format!("Error: {}", error.message)),
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
                    Err(error) => say(&format!("Error: {}", error.message)),
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
            "answer" => match self.answerable().await {
                Some(call) => {
                    let answer = CallAnswer { call, video: None, send };
                    self.done(Command::CallAnswer(answer), ANSWERED).await
                }
                None => say("Nobody calls."),
            },
            "decline" => match self.newest(&["ringing"]).await {
                Some(call) => {
                    let (decline, said) = declining(call, rest);
                    self.done(Command::CallDecline(decline), said).await
                }
                None => say("Nobody calls."),
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
    pub(super) fn rings(&self, from: &str, conversation: &str, video: bool) -> anyhow::Result<()> {
        let how = if video { " with video" } else { "" };
        let who = who_calls_where(&self.model, from, conversation);
        say(&format!("{who}{how}. /answer, /decline"))
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
            Err(error) => return say(&format!("Error: {}", error.message)),
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

    /// What rings; else what goes on in the chat that is open, for nobody else's call opens a microphone here.
    async fn answerable(&mut self) -> Option<String> {
        let calls = self.recent().await;
        let open = self.conversation().map(|open| open.conversation);
        let goes_on = |call: &Call| call.state == "going_on" && open.as_ref() == Some(&call.conversation);
        let rings = calls.iter().rev().find(|call| call.state == "ringing");
        rings.or_else(|| calls.iter().rev().find(|call| goes_on(call))).map(|call| call.call.clone())
    }

    async fn newest(&mut self, states: &[&str]) -> Option<String> {
        let calls = self.recent().await;
        calls.into_iter().rev().find(|call| states.contains(&call.state.as_str())).map(|call| call.call)
    }
}

//! What somebody shows in a call without a word (`call.sign`): that they are muted, whether their camera is on and a screen is
//! shared, a raised hand, a reaction. Told past the log to those who are there; the relay, which hands on what is heard, learns
//! nothing of it.

use casemate_api::Event;
use casemate_api::command::CallSign;
use casemate_content::proto as content;
use casemate_content::proto::ephemeral::Kind as EphemeralKind;
use casemate_crypto::LeafInfo;
use casemate_wire::ids::CallId;

use super::row::Call;
use super::state::State;
use crate::core::{Ctx, Done, invalid, not_found};
use crate::thread::Thread;

impl Ctx<'_> {
    /// `call.sign`
    pub fn call_sign(&mut self, command: u64, wanted: &CallSign) -> Done<()> {
        let call = self.call_meant(&wanted.call)?;
        if !matches!(call.state, State::In { .. }) {
            return Err(not_found("You are not in this call."));
        }
        let reaction = wanted.reaction.clone().unwrap_or_default();
        if is_odd(&reaction) {
            return Err(invalid("A reaction is one emoji."));
        }
        let Some(media) = self.core.calls.media.get_mut(&call.id) else {
            return Err(not_found("You are not in this call."));
        };
        let owed = media.signs.is_some_and(|signs| signs.owed);
        let CallSign { muted, hand, camera, screen, .. } = *wanted;
        media.signs = Some(Signs { muted, hand, camera, screen, owed });
        self.send_signs(&call, reaction)?;
        self.reply_nothing(command);
        Ok(())
    }

    /// Says again what this device shows: somebody came who has not heard it.
    pub fn repeat_signs(&mut self, call: &Call) -> Done<()> {
        let signs = self.core.calls.media.get(&call.id).and_then(|media| media.signs);
        let shown = signs.is_some_and(|signs| signs.muted || signs.hand || signs.says_of_pictures());
        if shown { self.send_signs(call, String::new()) } else { Ok(()) }
    }

    /// Says what may have been said while this device or somebody else was not connected; a lowered hand as well, and no reaction.
    pub(super) fn say_signs_owed(&mut self, call: &Call) -> Done<()> {
        let signs = self.core.calls.media.get_mut(&call.id).and_then(|media| media.signs.as_mut());
        let owed = signs.is_some_and(|signs| std::mem::take(&mut signs.owed));
        if owed { self.send_signs(call, String::new()) } else { Ok(()) }
    }

    fn send_signs(&mut self, call: &Call, reaction: String) -> Done<()> {
        let signs = self.core.calls.media.get(&call.id).and_then(|media| media.signs);
        let Some(Signs { muted, hand, camera, screen, .. }) = signs else { return Ok(()) };
        let signs = content::CallSigns { call: call.named.into(), muted, hand, reaction, camera, screen };
        self.send_ephemeral(call.log, EphemeralKind::CallSigns(signs))
    }

    /// Somebody in the same call shows something. Whatever is wrong with it, it is dropped without a word.
    pub fn signs_received(
        &mut self,
        thread: &Thread,
        sender: &LeafInfo,
        signs: &content::CallSigns,
    ) -> Done<()> {
        let Ok(named) = CallId::try_from(&signs.call[..]) else { return Ok(()) };
        let Some(log) = thread.active_log else { return Ok(()) };
        let Some(call) = self.call_named(log, named)? else { return Ok(()) };
        let id = call.id;
        let taken = matches!(call.state, State::In { .. });
        let whole = (sender.account, sender.device);
        let there = self.call_devices(id)?.iter().any(|(account, device, _)| (*account, *device) == whole);
        if !taken || !there || is_odd(&signs.reaction) {
            return Ok(());
        }
        self.device_heard(id, sender.account, sender.device)?;
        self.event(Event::CallSigned {
            call: id.to_hex(),
            address: self.address_of(sender.account)?,
            device: sender.device.to_hex(),
            muted: signs.muted,
            hand: signs.hand,
            camera: signs.camera,
            screen: signs.screen,
            reaction: Some(signs.reaction.clone()).filter(|reaction| !reaction.is_empty()),
        });
        Ok(())
    }
}

/// Neither nothing nor one emoji.
fn is_odd(reaction: &str) -> bool {
    !reaction.is_empty() && !crate::emoji::is_one(reaction)
}

/// What this device shows.
#[derive(Debug, Clone, Copy)]
pub struct Signs {
    muted: bool,
    hand: bool,
    camera: Option<bool>,
    screen: Option<bool>,
    /// Somebody may not have heard it. It goes with the next word that this device is in the call.
    pub owed: bool,
}

impl Signs {
    /// Who comes later may be sent pictures of before by a relay that is slow.
    fn says_of_pictures(&self) -> bool {
        self.camera.is_some() || self.screen.is_some()
    }
}

//! What Casemate itself says, with a code: so that a program can tell it in a person's language.
//!
//! The engine says everything in English. This list gives each sentence that a person meets a code that stays, and
//! names for what was put in. A sentence that is not in it has no code, and is shown as it is.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A sentence, without its language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Said {
    /// Stays the same though the English words change.
    pub code: String,
    /// What was put in, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

/// Codes and English sentences. `{name}` stands for what was put in.
pub const SENTENCES: &[(&str, &str)] = &[
    // Lines in a conversation
    (
        "clock-ahead",
        "The clock of this device is more than ten minutes ahead of the server's. One of the two is wrong. Set this device's right: what is planned or disappears goes by it.",
    ),
    (
        "clock-behind",
        "The clock of this device is more than ten minutes behind the server's. One of the two is wrong. Set this device's right: what is planned or disappears goes by it.",
    ),
    ("added", "{by} added {who}."),
    ("added-by-you", "You added {who}."),
    ("added-you", "{by} added you."),
    ("removed", "{by} removed {who}."),
    ("removed-by-you", "You removed {who}."),
    ("removed-you", "{by} removed you."),
    ("replaced", "{by} replaced a device of {who}."),
    ("replaced-by-you", "You replaced a device of {who}."),
    ("replaced-yours", "{by} replaced a device of yours."),
    (
        "silent-out",
        "A device of {who} was taken out here: nothing was heard of it for twelve weeks. It comes back when it is used again.",
    ),
    (
        "silent-out-yours",
        "A device of yours was taken out here: nothing was heard of it for twelve weeks. It comes back when it is used again.",
    ),
    (
        "heard-out",
        "A device of {who} was taken out here, though something was heard of it lately. It comes back when it is used again.",
    ),
    (
        "heard-out-yours",
        "A device of yours was taken out here, though something was heard of it lately. It comes back when it is used again.",
    ),
    (
        "silent-out-here",
        "This device was taken out here, since nothing was heard of it for long. The others were asked to add it again.",
    ),
    (
        "too-old",
        "{who} could not be added: their program is too old for this conversation. They have to update it first.",
    ),
    (
        "too-old-own",
        "A device of yours could not be added: its program is too old for this conversation. Update it there first.",
    ),
    (
        "add-away",
        "{who} could not be added: they have been away for too long. They are added when they are back.",
    ),
    (
        "add-away-own",
        "A device of yours could not be added: it has been away for too long. It is added when it is back.",
    ),
    (
        "added-unasked",
        "This device was added again here, and had not asked for it. Somebody may have a copy of it: if you did not put it back from a copy yourself, link it anew and remove this one.",
    ),
    (
        "keys-refused-here",
        "The server refuses new keys of this device here. Until it takes some, somebody with a copy of this device reads along. It is tried again and again.",
    ),
    ("not-removed", "{who} was not removed: you may not do that here any more."),
    ("not-added", "{who} was not added: you may not do that here any more."),
    ("not-changed", "A change of yours was not made: you may not do that here any more."),
    ("still-there", "{who} is still in this group."),
    ("left", "{who} left."),
    ("you-left", "You left."),
    ("no-request-there", "{who} does not have a request of yours."),
    ("named", "{by} named the group “{name}”."),
    ("named-by-you", "You named the group “{name}”."),
    ("picture-changed", "{by} changed the picture."),
    ("picture-changed-by-you", "You changed the picture."),
    ("timer-off", "{by} turned disappearing messages off."),
    ("timer-off-by-you", "You turned disappearing messages off."),
    ("timer-set", "{by} let messages disappear after {time}."),
    ("timer-set-by-you", "You let messages disappear after {time}."),
    ("admin-now", "{who} is an admin now."),
    ("you-admin-now", "You are an admin now."),
    ("admin-no-more", "{who} is no longer an admin."),
    ("you-admin-no-more", "You are no longer an admin."),
    ("permissions-changed", "{by} changed what members may do."),
    ("permissions-changed-by-you", "You changed what members may do."),
    ("about-changed", "{by} changed what the group is about."),
    ("about-changed-by-you", "You changed what the group is about."),
    ("shared", "{by} shared the last {count} messages with {who}."),
    ("shared-by-you", "You shared the last {count} messages with {who}."),
    ("shared-with-you", "{by} shared the last {count} messages with you."),
    ("call-missed", "You missed a call from {who}."),
    ("video-call-missed", "You missed a video call from {who}."),
    ("call-unanswered", "You called, and nobody answered."),
    ("call-was", "Voice call, {length}"),
    ("video-call-was", "Video call, {length}"),
    ("call-was-once", "Voice call"),
    ("video-call-was-once", "Video call"),
    ("no-calls", "This server has no calls."),
    (
        "calls-offline",
        "Calls need a connection to the server, and there is none now. Try again when you are online.",
    ),
    ("call-no-relay", "the relay that calls go through cannot be reached"),
    ("call-unheard", "nothing was heard of the other side any more"),
    ("shared-unreadable", "The earlier messages could not be read."),
    (
        "shared-only-read",
        "This was said before you came and was shared with you: nothing can be said about it.",
    ),
    ("poll-is-closed", "This poll is closed."),
    ("poll-only-asker", "Whoever asked can close a poll."),
    ("once-opened-already", "This was opened already."),
    ("imported-only-yours", "This was brought along from a file: only you have it."),
    ("imported-file", "Its file was brought along and is only here. Save it and send it."),
    (
        "import-date-order",
        "Day and month cannot be told apart in this chat. With the day first it goes from {day_first} to {day_last}, with the month first from {month_first} to {month_last}. Say which; nothing was brought along.",
    ),
    (
        "import-not-understood",
        "There is no exported chat in this file. The first line that was not understood: {line}",
    ),
    ("export-cancelled", "The export was cancelled."),
    ("export-running", "An export is being written already."),
    ("list-nobody", "Nobody on this list is a contact any more."),
    (
        "safety-changed",
        "{who}'s safety number changed: perhaps a new phone. Check it before you send something sensitive.",
    ),
    ("device-added", "{who} added a new device."),
    ("device-removed", "{who} removed a device."),
    ("account-gone", "{who} deleted this account. What is written here arrives nowhere any more."),
    (
        "held-number",
        "{who}'s safety number changed and you have not looked at it. Strict mode sends nothing here until you compare it or accept it.",
    ),
    (
        "held-device",
        "{who} has a new device and you have not looked at it. Strict mode sends nothing here until you compare your safety number or accept it.",
    ),
    ("new-keys", "This conversation had to be continued with new keys. Nothing was lost."),
    ("continued", "{by} continued this conversation with new keys. Nothing was lost."),
    ("not-here-yet", "Not here yet: {who}."),
    ("where-most-are", "This conversation goes on where most of its members are."),
    ("where-first-is", "This conversation goes on where your first device is."),
    (
        "reads-no-further",
        "This device can read no further here. The others were asked to add it again; whoever was removed is not.",
    ),
    (
        "away-too-long",
        "You were away for longer than the server keeps messages. What was said in between is missing here; the others were asked to add you again.",
    ),
    (
        "put-back",
        "This device was put back to an earlier state, or somebody uses a copy of it. What it sent here since then is missing on it. It takes new keys, which the copy does not have.",
    ),
    (
        "in-our-name",
        "Something here was sent in the name of this device, and not by it. If you did not bring this device back from a copy, remove it from your account and link it anew.",
    ),
    (
        "inbox-taken",
        "Something was taken out of this device's inbox before it was read here: a request or an invitation may be missing. If you did not bring this device back from a copy, remove it from your account and link it anew.",
    ),
    (
        "not-shown-everything",
        "The server did not show this device everything that happened here. The others were asked to add it again; something may be missing.",
    ),
    ("still-asking", "Nobody has added this device again yet. It goes on asking all members."),
    (
        "server-restored-here",
        "The server was restored from a backup. What changed since is told to it again.",
    ),
    (
        "server-restored",
        "The server was restored from an older backup. What you had sent since is sent again; what others said may be missing.",
    ),
    (
        "name-lost",
        "The server was restored from a backup and gave your name to somebody else since. This account cannot be used there any more.",
    ),
    ("unreadable", "A message here could not be read. If something seems to be missing, ask for it again."),
    ("damaged", "A message here is damaged and cannot be shown."),
    ("withheld", "Something that {who} sent here did not arrive. The server may have withheld it."),
    (
        "withheld-own",
        "Something that another device of yours sent here did not arrive. The server may have withheld it.",
    ),
    (
        "fork",
        "{who} says that the server showed you two different histories of this conversation. Compare what you see: the server lied, or they do.",
    ),
    (
        "fork-own",
        "The server showed your devices different histories of this conversation. Do not rely on this server; talk to whoever runs it.",
    ),
    (
        "told-otherwise",
        "{who} says that {by}, who added them, told them another history of this conversation. Compare what you see: one of them lied.",
    ),
    (
        "told-otherwise-own",
        "Another device of yours was told another history of this conversation by {by}, who added it.",
    ),
    (
        "told-here",
        "What {who} saw of this conversation is not what {by} told this device when they added it. Compare what you see: one of them lied, or the server showed you two different histories.",
    ),
    (
        "told-here-own",
        "What another device of yours saw of this conversation is not what {by} told this device when they added it: they lied, or the server showed your devices different histories.",
    ),
    (
        "false-keys",
        "{who} could not be added: the server handed out keys that are not theirs. Do not rely on this server; talk to whoever runs it.",
    ),
    (
        "false-keys-own",
        "A device of yours could not be added: the server handed out keys that are not its own. Do not rely on this server; talk to whoever runs it.",
    ),
    (
        "log-conflict",
        "The server showed you and {who} two different lists of everyone's keys. Do not rely on this server; talk to whoever runs it.",
    ),
    (
        "log-conflict-own",
        "The server showed your devices two different lists of everyone's keys. Do not rely on this server; talk to whoever runs it.",
    ),
    (
        "log-contradicts",
        "The server's list of everyone's keys contradicts what it showed before. Do not rely on this server; talk to whoever runs it.",
    ),
    (
        "log-not-listed",
        "The server's list of everyone's keys does not name the keys that are known here of {who}. Compare your safety numbers before you send something sensitive.",
    ),
    (
        "log-foreign",
        "The server's list of everyone's keys names keys for your account that are not yours. Do not rely on this server; talk to whoever runs it.",
    ),
    (
        "answer-untrusted",
        "What the server says of this person does not hold, and nothing was sent. Do not rely on this server; talk to whoever runs it. It is tried again later.",
    ),
    (
        "keys-refused",
        "Somebody signed other keys for {who}, with recovery words that count no more. The keys that are known here stay.",
    ),
    (
        "keys-refused-own",
        "Somebody signed other keys for your account, with recovery words that count no more. Your keys stay as they are.",
    ),
    (
        "log-missing",
        "The server's list of everyone's keys does not name your newest keys, though the server promised it. Do not rely on this server; talk to whoever runs it.",
    ),
    (
        "log-stale",
        "The server has not renewed its list of everyone's keys for more than a day: new keys cannot be checked against it.",
    ),
    ("not-what-it-said", "An invitation by {who} was not what it said, and was refused."),
    (
        "elsewhere-asked",
        "{who} tried to continue this conversation in another place. It stays here unless you accept the request.",
    ),
    (
        "back-asked",
        "{who} asks you back into this conversation. It stays as it is unless you accept the request.",
    ),
    ("elsewhere", "{who} tried to continue this conversation in another place. It stays here."),
    // Losing and finding the account, and its lock
    (
        "restored-here",
        "You restored your account on this device. What was said here before comes back from a backup only.",
    ),
    (
        "goes-on-elsewhere",
        "Your account moved to another device, where it was restored. Here you can still read what came before; nothing more is sent or changed.",
    ),
    (
        "deletion-asked",
        "Somebody with the keys of your first device asked the server to delete your account. It will be forgotten within seven days, unless you keep it.",
    ),
    (
        "account-disabled",
        "The operator of your server disabled your account. What is here can be read. Ask the operator why.",
    ),
    ("account-enabled", "The operator of your server enabled your account again."),
    (
        "kit-erased",
        "The words are on your paper alone: this device has erased them. To make new ones, type the old ones.",
    ),
    (
        "restored-box",
        "Contacts, conversations, blocks and settings are back as they were on {date} UTC. What was changed after that is missing.",
    ),
    (
        "restored-box-old",
        "The recovery box is an old one, of {date} UTC: this account was changed after it. Look at your contacts, at whom you had blocked, and at strict mode.",
    ),
    (
        "restored-box-none",
        "There was no recovery box. Contacts, conversations, blocks and settings did not come back, and strict mode is off unless you turn it on.",
    ),
    (
        "restored-box-unreadable",
        "The recovery box could not be opened. Contacts, conversations, blocks and settings did not come back, and strict mode is off unless you turn it on.",
    ),
    (
        "restored-words",
        "This restore made new recovery words: the old paper opens nothing any more. Until the new ones are on paper, whoever loses this device loses the account.",
    ),
    ("words-not-kit", "These are not the words of this account's recovery kit. Nothing was changed."),
    ("words-count", "A recovery kit has 12 words; these are {count}."),
    ("words-unknown", "Word {number} is not a word of a recovery kit: “{word}”. Look for a slip of the pen."),
    (
        "words-check",
        "All words are known, but together they are no recovery kit: one is another than on the paper, or two stand in each other's place.",
    ),
    (
        "words-not-theirs",
        "These words do not belong to an account of this name here. Look at the name on the recovery kit, and whether it is the newest one. Nothing was changed.",
    ),
    ("locked", "Your messages are locked."),
    ("wrong-passphrase", "Wrong passphrase. Nothing was changed; try again."),
    ("not-the-passphrase", "This is not the passphrase that holds now. Nothing was changed."),
    (
        "nothing-to-lock-with",
        "Set a passphrase or a passkey for Casemate first: without one there is nothing to ask for.",
    ),
    ("passkey-other", "This passkey does not open your messages. Try another way."),
    (
        "storage-cleared",
        "This browser has cleared your messages. Restore your account with its recovery kit: people and conversations come back.",
    ),
    // Linking a device
    (
        "code-slip",
        "This is not the code of a new device; it has 14 groups of four letters and digits and must be copied whole.",
    ),
    (
        "code-nobody",
        "No device waits with this code: it has expired or was used, or the other device asked another server. Let it show a new code.",
    ),
    (
        "code-expired",
        "This code has expired: a code holds for ten minutes. Let the other device show a new one.",
    ),
    ("link-words", "In strict mode the words of the recovery kit are needed to link a device."),
    ("link-words-other", "These are not the words of this account's recovery kit. Nothing was linked."),
    (
        "number-moved",
        "This is not {who}'s safety number any more: it changed while you compared it. Look at it again.",
    ),
    ("code-not-number", "This is not the code of a safety number. Let them open yours on their screen."),
    (
        "code-other-version",
        "{who} uses another version of Casemate. Compare the digits instead, or update both.",
    ),
    ("code-own", "This is your own code. Scan the one that {who}'s screen shows."),
    ("code-used", "This code was used already. Let the other device show a new one."),
    (
        "code-changed",
        "What waits under this code is not what the code was made for. Somebody is between the two devices, or the server lies. Nothing was linked.",
    ),
    (
        "code-burnt",
        "This was not answered by your primary device. Nothing was linked; ask for a new code, and show it to nobody else.",
    ),
    (
        "code-server",
        "Your primary device is with another server than the one asked here: its key is another one. Nothing was linked.",
    ),
    // Why something was not done
    ("no-longer-member", "You are no longer in this conversation."),
    ("accept-first", "Accept this conversation first."),
    ("cancelled", "You cancelled this."),
    ("only-own-change", "Only your own messages can be changed."),
    ("delete-instead", "To take a message back, delete it."),
    (
        "only-own-delete",
        "Only your own messages can be deleted for everyone; in groups also others' by admins.",
    ),
    ("nothing-to-react", "There is nothing to react to."),
    ("one-emoji", "A reaction is one emoji."),
    ("admins-pin", "Only admins may pin messages here."),
    ("admins-send", "Only admins may send messages here."),
    ("admins-change", "Only admins may change this."),
    ("admins-name", "Only admins may change name, picture and timer here."),
    ("admins-add", "Only admins may add members here."),
    ("admins-remove", "Only admins may remove members."),
    ("one-admin", "A group needs at least one admin."),
    ("blocked-them", "You blocked them. Unblock first."),
    ("blocked-who", "You blocked {who}. Unblock first."),
    ("not-contact-yet", "{who} is not a contact yet: knock, and wait until they accept."),
    ("own-address", "This is your own address."),
    ("own-link", "This is your own link."),
    ("not-address", "This is neither an address nor a link."),
    (
        "other-server",
        "{server} is another server than yours. Casemate's servers do not talk to each other yet.",
    ),
    (
        "link-other-server",
        "This link is for another server. Casemate's servers do not talk to each other yet.",
    ),
    ("nobody-found", "Nobody was found by that; check the spelling, or ask them for a link."),
    (
        "bad-link",
        "This is not a Casemate invitation link; it looks like https://server/i#… and must be copied whole.",
    ),
    ("address-form", "An address looks like name@server."),
    (
        "name-letters",
        "A name may have the letters a to z, digits, dot, underscore and hyphen; no capitals, spaces or other signs.",
    ),
    ("name-ends", "A name begins and ends with a letter or digit, and has no two signs in a row."),
    ("invite-used", "This invitation was used up, has expired or was withdrawn; ask for a new one."),
    ("link-nowhere", "This link leads nowhere any more. Ask for a new one."),
    ("server-url", "A server's URL looks like https://casemate.example.org."),
    (
        "account-elsewhere",
        "The address of this account names another server than the one that was asked, which is {server}. Nothing was changed.",
    ),
    ("name-length", "A name has 2 to 32 characters."),
    ("text-too-long", "This text is too long: at most {limit} bytes."),
    ("message-too-long", "This message is too long: at most {limit} bytes of text. Send it as a file."),
    ("note-too-long", "A note has at most {letters} characters and {bytes} bytes."),
    ("line-breaks", "A name may not contain line breaks or control characters."),
    ("too-many-files", "A message has at most {count} files."),
    ("too-many-members", "A group has at most {count} members."),
    ("forward-conversations", "Forward to at most {count} conversations at once."),
    ("forward-messages", "Forward at most {count} messages at once."),
    ("forwarded-often", "This was forwarded many times already. It can go to one conversation at a time."),
    ("not-forwardable", "This message cannot be forwarded."),
    ("once-not-forwardable", "What is shown once cannot be forwarded."),
    ("files-on-way", "Its files are still on their way. Forward it when they are sent."),
    ("file-missing", "A file of this message is missing, so it cannot be forwarded."),
    ("poll-not-sent", "This poll has not been sent yet."),
    ("year-ahead", "A message can be sent at most a year ahead."),
    (
        "files-month-ahead",
        "Files are kept on the server for a while only: a message with files can be sent at most {days} days ahead.",
    ),
    ("time-past", "This time is in the past."),
    ("no-such-message", "There is no such message."),
    ("no-such-conversation", "There is no such conversation."),
    ("no-such-file", "This message has no such file."),
    ("file-cancelled", "This file was cancelled by its sender."),
    ("download-cancelled", "The download was cancelled."),
    ("file-not-here", "This file is missing or damaged on this device ({why}). Receive it again."),
    ("file-not-fetched", "The file could not be fetched: {why}"),
    ("file-offline", "The file is still on the server, which cannot be reached: {why}."),
    ("offline", "The server cannot be reached: {why}."),
    ("not-connected", "not connected yet"),
    ("no-way-there", "there is no network, or the server is away"),
    ("server-closed", "the server closed the connection"),
    ("server-silent", "the server fell silent"),
    ("no-answer", "the server does not answer"),
    ("offline-later", "The server cannot be reached: {why}. Try again later."),
    ("invite-offline", "An invitation needs the server: {why}. Try again in a moment."),
    ("disk-full", "This device's disk is full. Nothing was lost: make room and try again."),
    (
        "no-room-to-receive",
        "There is no room here for this file. It waits on the server: make room and receive it again.",
    ),
    ("no-room-to-send", "There is no room here to prepare {name}. Nothing was sent."),
    ("no-room-to-open", "There is no room in this browser for your data; make some and reload."),
    (
        "linked-just-now",
        "This device was linked just now and has not heard from your other devices yet. Try again soon.",
    ),
    (
        "sign-out-loses",
        "This device alone has messages: {unsent} that were not sent, {scheduled} that wait for their time, {brought} that were brought along. Signing out erases them. Nothing was changed.",
    ),
    ("only-primary", "Only your primary device can change this."),
    (
        "other-key",
        "This is not the server that this account was made on: its key is another one. Nothing was sent to it.",
    ),
    // Backups
    (
        "backup-wrong-none",
        "Wrong passphrase. No guess is left: one more is given each day. Nothing was changed.",
    ),
    ("backup-wrong-last", "Wrong passphrase. 1 guess is left, then one a day. Nothing was changed."),
    ("backup-wrong", "Wrong passphrase. {count} guesses are left, then one a day. Nothing was changed."),
    (
        "backup-no-guess",
        "No guess is left for this backup's passphrase. The next one can be made in about {hours} hours. Nothing was changed.",
    ),
    ("backup-wrong-file", "Wrong passphrase: it does not open this backup. Nothing was changed; try again."),
    ("backup-not-a-file", "This file is not a backup of Casemate. It was not changed."),
    ("backup-other-account", "This is the backup of another account. It is restored where that account is."),
    (
        "backup-damaged",
        "The backup is damaged: {missing} of its {messages} messages and {lost} of its {files} files cannot be read. All others are here. The backup was not changed.",
    ),
    (
        "backup-newest-damaged",
        "The newest state of this backup is damaged. What it held on {made} is here, what was added since is not. The backup was not changed.",
    ),
    (
        "backup-file-damaged",
        "The backup is damaged: what it says about its contents cannot be read. It was not changed.",
    ),
    (
        "backup-server-damaged",
        "The backup on the server is damaged: what it says about its contents cannot be read. Nothing was changed.",
    ),
    ("backup-interrupted", "The server cannot be reached: {why}. Begun again, it goes on."),
    ("backup-stopped", "This was stopped. What was done of it stays, and begun again it goes on."),
    ("backup-part-too-large", "This part of the backup is too large to be read again. Nothing was changed."),
    ("backup-unwritable", "The backup cannot be written: {why}. What it held before stays."),
    (
        "backup-renewing",
        "The backup is still being written anew for the passphrases before. Back up now first. Nothing was changed.",
    ),
    ("backup-full", "This server keeps at most {limit} MiB of a backup; use a file."),
    ("backup-no-server", "This server keeps no backups; use a file."),
    (
        "backup-restore-first",
        "There is a backup of this account on the server that is not restored here. Restore it first, or say that it is to be replaced; nothing was changed.",
    ),
    (
        "backup-others",
        "Another of your devices wrote this backup. Restore it here first, so that nothing in it is lost, or choose another place; nothing was changed.",
    ),
    (
        "backup-passkey-other",
        "This passkey does not open your backup. Use its passphrase. Nothing was changed.",
    ),
    ("backup-busy", "A backup is being written or read already."),
    (
        "backup-newer",
        "This backup was written by a newer Casemate; update this one. The backup was not changed.",
    ),
    (
        "backup-empty",
        "Nothing whole is in this backup: it was interrupted before it was done for the first time, or cut off since.",
    ),
    ("too-many-network", "Too many of these from your network; wait a little."),
];

/// The code of what the engine says; `None` for a sentence that has none.
pub fn said(english: &str) -> Option<Said> {
    let fits = |(code, form): &(&str, &str)| {
        let values = fit(form, english)?;
        // Of several that fit, the one that says most by itself.
        let put_in: usize = values.values().map(String::len).sum();
        Some((english.len().saturating_sub(put_in), Said { code: (*code).to_owned(), values }))
    };
    SENTENCES.iter().filter_map(fits).max_by_key(|(own, _)| *own).map(|(_, said)| said)
}

/// What stands for the names of a form; `None` where the text is another sentence.
fn fit(form: &str, text: &str) -> Option<BTreeMap<String, String>> {
    let mut values = BTreeMap::new();
    let mut parts = form.split('{');
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let (name, literal) = part.split_once('}')?;
        let at = if parts.peek().is_none() {
            // The last literal ends the sentence.
            rest.ends_with(literal).then(|| rest.len() - literal.len())?
        } else {
            rest.find(literal)?
        };
        let value = &rest[..at];
        if value.is_empty() {
            return None;
        }
        values.insert(name.to_owned(), value.to_owned());
        rest = &rest[at + literal.len()..];
    }
    rest.is_empty().then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(english: &str) -> Option<String> {
        said(english).map(|said| said.code)
    }

    #[test]
    fn every_sentence_is_known_by_its_code_and_codes_are_not_used_twice() {
        let mut codes = std::collections::BTreeSet::new();
        for (code, form) in SENTENCES {
            assert!(codes.insert(code), "{code} twice");
            assert!(
                !["You is ", "You has ", "You does "].iter().any(|start| form.starts_with(start)),
                "{form}"
            );
            let mut example = (*form).to_owned();
            while let Some((before, rest)) = example.clone().split_once('{') {
                let (name, after) = rest.split_once('}').unwrap();
                example = format!("{before}<{name}>{after}");
            }
            let said = said(&example).unwrap_or_else(|| panic!("{example}"));
            assert_eq!(said.code, *code, "{example}");
            for (name, value) in said.values {
                assert_eq!(value, format!("<{name}>"), "{example}");
            }
        }
    }

    #[test]
    fn what_says_most_wins_and_what_is_unknown_has_no_code() {
        assert_eq!(code("Ana added Bob."), Some("added".into()));
        assert_eq!(code("You added Bob."), Some("added-by-you".into()));
        assert_eq!(code("Ana added you."), Some("added-you".into()));
        assert_eq!(said("Ana named the group “a {b} c.”.").unwrap().values["name"], "a {b} c.");
        for unknown in ["", ".", " added .", "Something else.", "You added", "{by} added {who}"] {
            assert_eq!(said(unknown), None, "{unknown}");
        }
    }
}

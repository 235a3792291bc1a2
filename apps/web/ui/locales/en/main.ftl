# Short, warm, exact; buttons are verbs. Names that tests and scripts rely on are in docs: change none of them lightly.

## Navigation
nav-main = Main
nav-chats = Chats
nav-calls = Calls
nav-contacts = Contacts
nav-settings = Settings
back = Back
close = Close
toast-ok = OK
cancel = Cancel
save = Save
saved = Saved.
copy = Copy
copied = Copied.
copy-failed = The browser did not allow copying. Select the text and copy it by hand.
more = More
next = Next
skip = Skip
start = Start
reload = Reload
share = Share
not-now = Not now
try-again = Try again
search = Search
results = Results
nothing-found = Nothing found.
search-more = Messages are found from two letters on.
today = Today
yesterday = Yesterday
you = You
details = Details
announcements = Announcements
announce-message = { $name }: { $text }

## Connection
connection = Connection
connecting = Connecting… You can read and write; it goes out when the connection is back.
offline = Offline. You can read and write; it goes out when the connection is back.
changed-later = You are offline. It is changed as soon as the connection is back.

## Before there is an account
starting = Opening…
welcome-title = A private place to talk
welcome-invited = You are invited to talk
welcome-group = You are invited to a group
welcome-invited-by = { $name } invites you to talk
welcome-body = On { $server }. No phone number, no email: choose a name and start.
welcome-body-native = No phone number, no email: choose a name and start.
welcome-keys = What locks your messages is made on this device and stays here.
your-name = Your name
invitation-link = Invitation link
invitation-link-hint = A link, or the address of a server that is open to everybody.
welcome-other-server = That is another server than the one this page comes from. Open its link, or its address, in the browser.
create-account = Create account
creating = Making your account…
name-letters = Use small letters a to z, digits, dot, dash and underscore.
name-length = A name has 2 to 32 characters.
name-taken = Somebody has this name already. Choose another one.
name-needed = Type your name.
name-signs = It begins and ends with a letter or digit, and has no two signs in a row.
address-becomes = People find you as { $address }
address-change = Change the address
unlock-title = Unlock Casemate
unlock = Unlock
passphrase = Passphrase
failed-title = Casemate cannot open
failed-storage = Make room on this device, then reload. Nothing that was saved is lost.
failed-browser = Casemate needs a current browser and a window that is not private.
failed-hint = What was saved on this device is still there. Reload the page to try again.
elsewhere-title = Open in another tab
elsewhere-body = Casemate runs in one tab at a time, so that nothing is written twice.
elsewhere-call = A call goes on in that tab. It ends there; here you can join it again.
elsewhere-unsent = Files that you were sending were not sent. They wait here: use this tab again before you close it.
elsewhere-refused = The other tab keeps Casemate. Close that tab, and it opens here.
use-here = Use it here

## What is safe and what is not
explain-title = What is safe and what is not
explain-safe-title = Only you and they can read
explain-safe-body = Messages, files and names are locked on your device and opened on theirs. Whoever runs the server cannot read them.
explain-strangers-title = Strangers wait outside
explain-strangers-body = Somebody unknown can send you one short request and nothing else: no files, no calls, no links. It waits quietly until you answer.
explain-limits-title = What nobody can promise
explain-limits-body = Whoever controls your device sees what you see. A web page is as honest as the server that sends it. The people you write to can pass it on.
show-explanation = Show the three screens

## Chats
new-chat = New chat
new-group = New group
no-chats = No chats yet. Write to somebody or invite a friend.
nothing-open = Choose a chat, or start a new one.
requests-line = { $count ->
    [one] { $count } request · waits quietly
   *[other] { $count } requests · wait quietly
}
unread-count = { $count ->
    [one] { $count } unread message
   *[other] { $count } unread messages
}
notes-to-self = Notes to self
notes-hint = Only you can see this
draft = Draft:

## Requests
requests = Requests
no-requests = Nobody waits.
requests-hint = Until you accept, they cannot call you, send files, or see whether you read this.
request-groups = You are both in { $groups }.
request-groups-more = { $count ->
    [one] You are both in { $groups } and { $count } more group.
   *[other] You are both in { $groups } and { $count } more groups.
}
sent-request = Request sent to { $name } · waits for an answer
sent-requests-line = { $count ->
    [one] { $count } request sent · waits for an answer
   *[other] { $count } requests sent · wait for an answer
}
sent-requests = Requests you sent
sent-waits = Sent and not answered yet. The chat appears when it is accepted.
request-withdraw = Take back
request-withdrawn = Taken back.
request-words = From the request
accept = Accept
decline = Decline
block = Block
unblock = Unblock
blocked = Blocked
contact-gone = Deleted account
block-question = Block { $name }?
block-body = Nothing they send arrives any more. They are not told. You can unblock them later.
blocked-line = You blocked { $name }. Nothing they send arrives.
unblock-question = Unblock { $name }?
unblock-body = What they send arrives again. They are not told.
added-by = { $name } added you
knock-title = You opened an invitation
knock-body = You have an account already. Send a request to whoever made this link; they decide whether to talk.

## New chat, new group
address-or-name = Name, address or link
address-hint = name@server, or an invitation link
request-goes-to = The request goes to { $address }
note = A few words about you
note-hint = Optional, at most 140 characters
send-request = Send request
knocked = Request sent. The chat appears when it is accepted.
invite-friend = Invite a friend
group-name = Group name
group-name-missing = A group needs a name.
create-group = Create group
no-contacts = Nobody here yet. Who accepts your request appears here.

## Conversation
conversation = Conversation
messages = Messages
message = Message
send = Send
attach = Attach
emoji = Emoji
emoji-title = Choose an emoji
emoji-search = Search emoji
emoji-groups = Groups of emoji
emoji-smileys = Smileys
emoji-people = People
emoji-nature = Animals and nature
emoji-food = Food and drink
emoji-travel = Travel and places
emoji-activities = Activities
emoji-objects = Objects
emoji-symbols = Symbols
emoji-flags = Flags
emoji-tone = Skin tone
tone-none = Yellow
tone-light = Light
tone-medium-light = Medium light
tone-medium = Medium
tone-medium-dark = Medium dark
tone-dark = Dark
no-messages = No messages yet. Say hello.
no-messages-silent = No messages yet. Only admins write here.
no-notes = No notes yet.
no-messages-linked = Nothing here yet. Earlier messages may be on your other devices.
unread-line = New messages
to-newest = To the newest message
to-newest-unread = { $count ->
    [one] To { $count } new message
   *[other] To { $count } new messages
}
search-here = Search in conversation
message-label = { $name }, { $time }
message-deleted = This message was deleted.
message-deleting = Deleted here. The others see it until this reaches the server.
change-failed = The others see this message as it was.
message-unknown = A newer Casemate wrote this. Update to see it.
read-more = Read more
read-less = Show less
edited = edited
editing = Changing your message
edit-empty = A message cannot be empty. Write something, or cancel and delete it.
reply-to = Reply to { $name }
quote-earlier = An earlier message
react = React
reply = Reply
edit = Edit
star = Star
unstar = Remove star
pin = Pin for all
unpin = Unpin
select = Select
chosen-messages = Selected messages
chosen-count = { $count ->
    [0] Select messages
    [one] { $count } selected
   *[other] { $count } selected
}
delete-chosen = Delete
delete-for-me = Delete for me
delete-for-me-body = Gone from your devices. The others keep it.
delete-for-everyone = Delete for everyone
delete-for-everyone-body = { $count ->
    [one] Everybody who has it is asked to erase it. They may have read it already.
   *[other] Everybody who has them is asked to erase them. They may have been read already.
}
delete-question = { $count ->
    [one] Delete this message?
   *[other] Delete { $count } messages?
}
reaction-label = { $emoji } from { $names }
spoiler = Hidden text. Show it
you-left = You left this group. You can still read what was written.
you-were-removed = You are no longer in this group. You can still read what was written.
state-queued = Waiting to be sent
state-sent = Sent
state-delivered = Delivered
state-read = Read
state-failed = Not sent
failed-unknown = Not sent.

## Links
link-title = Open a link
link-question = Open { $host }?
link-hint = The page learns that you came, not from where. Open it only if you expected it.
link-plain = This link is not encrypted: others on the way can read along.
link-letters = Its name has letters that can look like other letters.
link-before = The part before the @ is not where it goes.
link-number = It goes to a bare number instead of a name.
open-link = Open

## Files
drop-here = Drop files to send them
files-waiting = Files to send
files-ready = Getting ready to send: { $names }
remove-file = Remove { $name }
save-file = Save { $name }
file-queued = Waiting to be sent
file-waits-allowance = Waits until { $when }: today’s allowance for files is used up
file-waits-server = Waits until { $when }: the server takes no files now
file-uploading = Sending…
file-downloading = Receiving…
file-offered = Waiting to be received
file-failed = Did not arrive
file-cancelled = Cancelled
progress = Progress
preview-photos = { $count ->
    [one] Photo
   *[other] { $count } photos
}
preview-video = Video
preview-videos = { $count ->
    [one] Video
   *[other] { $count } videos
}
preview-files = { $count ->
    [one] { $count } file
   *[other] { $count } files
}
preview-voice = Voice message
preview-sticker = Sticker
open-picture = Show { $name }
shown-safely = Shown safely
picture-unreadable = This picture cannot be shown safely.

## Details
members = Members
member-count = { $count ->
    [one] { $count } member
   *[other] { $count } members
}
member-menu = More about { $name }
admin = Admin
claimed = Not confirmed
make-admin = Make admin
no-longer-admin = Dismiss as admin
remove-member = Remove
remove-question = Remove { $name }?
remove-body = They can no longer read or write here. What they have already, they keep.
add-members = Add members
nobody-to-add = Everybody you know is here already.
write = Write a message
members-may = Members may
may-send = Send messages
may-add = Add others
may-edit = Change name and timer
disappearing = Disappearing messages
disappearing-hint = For new messages, on all devices.
timer-off = Off
timer-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}
timer-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
timer-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
timer-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
timer-weeks = { $count ->
    [one] { $count } week
   *[other] { $count } weeks
}
encryption = Encryption
encryption-lasting = End to end, also against quantum computers
encryption-usual = End to end
device-count = { $count ->
    [one] { $count } device
   *[other] { $count } devices
}
leave-group = Leave group
leave-question = Leave { $name }?
leave-body = You no longer receive what is written. What you have stays on your devices.

## Settings
settings-profile = Profile
settings-privacy = Privacy
settings-appearance = Appearance
settings-language = Language
settings-keyboard = Keyboard
settings-safety = What is safe and what is not
settings-about = About
shown-name = Name that contacts see
shown-name-hint = Strangers see only your address.
about-me = About me
address = Your address
who-may-knock = Who may send you a request
who-may-knock-hint = Choose one; it counts from now on.
knock-anyone = Anyone who knows my address
knock-link = People with one of my links
knock-nobody = Nobody
theme = Theme
theme-system = System default
theme-light = Light
theme-dark = Dark
text-size = Text size
enter-sends = Enter sends
enter-sends-hint = Otherwise Enter begins a new line and Ctrl Enter sends.
key-palette = Find anything
key-list = This list
key-ctrl = Ctrl
key-shift = Shift
key-enter = Enter
key-neighbour = Next and previous chat
key-send = Send
key-line = New line
key-edit = Change the last message
key-escape = Close, stop replying or selecting
invite-body = A link for one person, good for seven days. Give it to them by a way that you both trust.
make-link = Make a link
invitation-qr = The invitation link as a QR code
about-version = Casemate { $version }
about-server = Your server is { $server }
about-licence = Free software under the AGPL 3.0.
key-passphrase = Your messages are locked with your passphrase.
key-device = Your messages are locked with a key that this device keeps.

## Find anything
palette-title = Find anything
palette-hint = People, chats, settings, commands

## What one keeps for oneself
pin-chat = Pin
pinned = Pinned
mark-read = Mark as read
mark-unread = Mark as unread
marked-unread = Marked as unread
mute = Mute
unmute = Unmute
muted = Muted
archive = Archive
unarchive = Take out of the archive
delete-chat = Delete chat
delete-chat-question = Delete the chat with { $name }?
delete-chat-body = Its messages and files are removed from this device, starred ones too. What waits there for later is not sent. Others keep what they have.
search-empty = Empty the search
emoji-none = No emoji found. Write one with your keyboard.
emoji-quick = At hand
archived = Archived: { $count }
back-to-chats = Back to the chats
chat-menu = More about this chat
nickname = Nickname
nickname-hint = Only you see it.
record-voice = Record voice message
recording = Recording { $time }
microphone-refused = The microphone cannot be used. Allow it for this page in the browser, then try again.
recording-unsupported = This browser cannot record voice messages.
play = Play
voice-broken = This recording cannot be played.
forward = Forward
forward-title = Forward to
forwarded = Forwarded
forwarded-often = Forwarded many times
forwarded-done = Forwarded.
info = Info
info-title = About this message
info-reactions = Reactions
info-votes = Votes
earlier-versions = What it said
poll-one = Choose one
poll-several = Choose one or more
forward-hint = { $count ->
    [one] To { $count } chat
   *[other] To at most { $count } chats
}
poll-voters = { $count ->
    [one] { $count } person voted
   *[other] { $count } people voted
}
read-receipts = Read receipts
read-receipts-hint = Others see what you read, and you see what they read.
language-missing = This language could not be loaded. Try again when you are online.
rest-away = This part of Casemate could not be loaded. Nothing is lost: try again once you are connected.
first-loading = Casemate is loading. You can choose a name meanwhile.
engine-gone = The engine of this page stopped. Reload the page; what you wrote is kept.
engine-gone-native = Casemate on this machine stopped. Start “casemate app” again and open the link that it prints.

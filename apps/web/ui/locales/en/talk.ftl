## Polls, places, cards, later, lists, groups' management, import

## Attach menu
attach-poll = Poll
attach-contact = Contact
attach-place = Place
send-later = Send later

## Polls
poll-new = New poll
poll-question = Question
poll-option = Option { $number }
poll-same = Two options are the same.
poll-multiple = Several may be chosen
send-poll = Send poll
poll-close = Close poll
poll-close-question = Close this poll?
poll-close-body = Nobody can vote any more; the count stays for all to see.
poll-closed = Closed

## Places
place-send = Send a place
place-hint = Drawn on your device. No map service learns of it.
place-mine = Use where I am
place-refused = The browser did not say where you are. Allow it for this page, or type the coordinates.
place-coordinates = Coordinates
place-coordinates-hint = Latitude and longitude, such as 52.52, 13.40
place-wrong = This is no place. Write latitude and longitude in degrees, such as 52.52, 13.40
place-label = Name of the place
place-near = within { $metres } m
place-map = The world with a mark at { $place }
place-open = Open a map

## Contact cards
card-send = Send a contact
card-hint = They get the name and the address, and can send a request.
card-question = Send { $name } a request?
card-body = They see your address and decide whether to talk.

## Later
later-hint = This device sends it. It must be on and connected then, or sends it as soon as it is.
later-hour = In an hour
later-evening = At { $time }
later-tomorrow = Tomorrow at { $time }
later-at = Date and time
later-past = This time is over. Choose one that is still to come.
later-done = It will be sent on { $time }.
scheduled-title = Messages for later
scheduled-waiting = { $count ->
    [one] { $count } message waits for its time
   *[other] { $count } messages wait for their time
 }
scheduled-none = Nothing waits to be sent here.
scheduled-cancel = Do not send
scheduled-cancel-question = Do not send this message?
scheduled-cancel-body = It is not sent, and nothing of it is kept.
send-now = Send now
scheduled-change = Change the message
scheduled-text = Text of the message

## Composer
formatting = Formatting
mark-bold = Bold
mark-italic = Italic
mark-strike = Strikethrough
mark-code = Monospace
mark-block = Code block
mark-quote = Quote
mark-list = List
mark-spoiler = Hidden until tapped
mention = Mention somebody

## Shown once
once-choose = Shown once
once-title = Shown once
once-hint = When you close this, it is gone from all your devices.
once-photo = Photo
once-video = Video
once-voice = Voice message
once-file = Document
once-message = Shown once
once-open = Open; it is shown once
once-sent = Can be opened once
once-opened = Opened

## Finding
filters = Filters
filters-clear = Without filters
filter-media = Photos and videos
filter-links = Links
filter-documents = Documents
filter-voice = Voice messages
filter-from = From
filter-anybody = anybody
filter-people = Find people
filter-after = Since
filter-before = Until
found-older = Older match
found-newer = Newer match
found-place = { $place } of { $of }
found-place-more = { $place } of { $of }+
found-count = { $count ->
    [one] { $count } message
   *[other] { $count } messages
}
found-count-more = { $count }+ messages
pinned-messages = Pinned messages
pinned-message = Pinned: { $text }
starred-messages = Starred messages
starred-none = Give a message a star to find it here again.
gallery = Media, links and documents
gallery-none = Nothing of this kind yet.
show-more = Show more
day-title = Go to a day
day-label = Day
day-go = Go there
day-none = Nothing was written since then.

## Lists of chats
chats-menu = More about chats
chat-tabs = Which chats
tab-all = All
tab-unread = Unread
tab-groups = Groups
folder = Folder
folder-hint = Folders are yours; your devices share them and nobody else sees them.
folder-new = New folder
folder-put = Add to folder
folder-out = Take out of the folder
folder-empty = No chats here.
folder-menu = Options of the folder { $name }
folder-name = Name of the folder
folder-rename = Rename folder
folder-remove = Remove folder
folder-remove-question = Remove the folder “{ $name }”?
folder-remove-body = Its chats stay where they are, in no folder.
mute-hours = For 8 hours
mute-week = For a week
mute-always = Always
mute-hint = You are told of no message here, not even of mentions. Calls still ring.
mute-mentions = All but mentions
mute-mentions-hint = You are told of what mentions or answers you while Casemate is open. While it is closed, this group does not wake it.

## Broadcast lists
lists = Broadcast lists
lists-hint = One message goes to each person on the list in your chat with them. Nobody sees who else got it.
lists-none = No lists yet.
list-new = New list
list-title = Broadcast list
list-name = Name of the list
list-edit = Change { $name }
list-remove = Remove list
list-message = Message to all of them
list-send = Send to all
list-remove-question = Remove the list “{ $name }”?
list-remove-body = Who is on it is forgotten on all your devices. Your chats and messages stay.
list-people = { $count ->
    [one] { $count } person
   *[other] { $count } people
}
list-left-out = Not to: { $names }.
list-sent = { $count ->
    [one] Sent to { $count } person.
   *[other] Sent to { $count } people.
}

## Groups
description = What the group is about
only-admins-send = Only admins may send messages here.
group-link = Invite by link
group-link-hint = Who opens it asks you to be added, and waits until you are here. You decide about each one. Others who may add people can make a link of their own.
group-link-qr = The group’s link as a QR code
link-reset = Reset link
link-reset-question = Reset the link?
link-reset-body = The link so far leads nowhere any more, wherever it was passed on.
join-title = You opened a group’s link
join-body = Ask to join. Whoever made this link sees your address and decides.
join-asked = Request sent. The group appears when you are added.
join-asks = { $name } asks to join { $group }
join-approve = Add to the group
join-approve-all = Add all { $count }
members-search = Search members
verified = Safety number compared
emoji-recent = Used lately

## Bringing history
import-title = Bring a chat from WhatsApp
import-hint = Export the chat on your phone and choose the zip here. It is read on this device, stays on it, and is sent to nobody.
import-choose = Choose file
import-begin = Bring it here
import-me = Which of them are you?
import-nobody = None of them
import-into = Where to
import-new = A chat of its own, to read
import-name = Name of the chat
import-progress = { $done } of { $of } messages
import-reading = Reading the file…
import-days = From { $first } to { $last }
import-cut = The chat is longer than this: only its first { $count } messages are brought along.
import-large = This export is too large or of an unusual form. Export the chat without media.
import-unreadable = This file is damaged or cannot be read. Nothing was brought along from it.
import-no-chat = There is no exported chat in this file.
import-order = In this chat, day and month cannot be told apart. Which comes first?
import-order-choose = Please choose
import-order-day = The day: { $first } to { $last }
import-order-month = The month: { $first } to { $last }
import-wordless = Messages without content in the export, not shown: { $count }
import-lines-out = Lines left out before the first message: { $count }. The first one: { $line }
import-lines-copied = Lines that look like messages but stay inside the message before them: { $count }. The first one: { $line }
import-encrypted = This archive has a password. Unpack it, and make a zip without one.
imported = brought along
imported-closed = Brought along from a file; only you have it, to read.
import-unfinished = This import is not finished: { $done } of { $of } messages are here. If it stopped, bring the same file here again.
import-files = { $count ->
    [one] { $count } file
   *[other] { $count } files
}
import-left-out = { $count ->
    [one] { $count } file could not be brought along. Its message is there without it.
   *[other] { $count } files could not be brought along. Their messages are there without them.
}

## What the engine says
said-about-changed = { $by } changed what the group is about.
said-about-changed-by-you = You changed what the group is about.
said-poll-is-closed = This poll is closed.
said-poll-only-asker = Whoever asked can close a poll.
said-once-opened-already = This was opened already.
said-imported-only-yours = This was brought along from a file: only you have it.
said-imported-file = Its file was brought along and is only here. Save it and send it.
said-import-date-order = Day and month cannot be told apart in this chat. With the day first it goes from { $day_first } to { $day_last }, with the month first from { $month_first } to { $month_last }. Say which. Nothing was brought along.
said-import-not-understood = There is no exported chat in this file. The first line that was not understood: { $line }
said-list-nobody = Nobody on this list is a contact any more.
add-question = Add { $name } to { $group }?
add-verb = Add
share-title = Share earlier messages
share-none = None
share-last = Last { $count }
share-all = All
share-none-hint = They read only what is said from now on.
share-hint = All members see that you share them. What is shown once or disappears is left out, and at most the last { $most } messages are shared.
shared-by = Shared by { $name }
shared-by-hint = Said before you came. That these people wrote it is the word of whoever shared it.
said-shared = { $by } shared the last { $count } messages with { $who }.
said-shared-by-you = You shared the last { $count } messages with { $who }.
said-shared-with-you = { $by } shared the last { $count } messages with you.
said-call-missed = You missed a call from { $who }.
said-video-call-missed = You missed a video call from { $who }.
said-call-unanswered = You called, and nobody answered.
said-shared-unreadable = The earlier messages could not be read.
said-shared-only-read = This was said before you came and was shared with you: nothing can be said about it.
report = Report
report-title = Report { $name }
report-what = Nobody reads reports here: neither Casemate nor your server. You make a file of what { $name } wrote, and bring it to whom you trust: a friend, a counsellor, the police.
report-open = The file is not encrypted, and it proves nothing to others: it shows what your device shows. Your own messages are not in it.
report-lab = For a lab or a security team
report-lab-hint = Encrypted and signed. It also says who collected it and when, and where in the conversation each message stands.
report-lab-words = Whoever is to read it needs these six words. Tell them another way, best by voice. They are shown here only.
report-messages = What goes into it
report-request = Their request goes into it:
report-note = Your own words about it
report-before = Before it was edited, from { $when } on:
report-save = Save as a file
report-hand = Give to a contact
report-to = Who gets it?
report-saved = The report was saved. It went to nobody else.
report-handed = The report is on its way to { $name }.
report-holds = In it: name and address, messages: { $messages }, files: { $files }.

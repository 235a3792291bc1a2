lock-hidden = When it is out of sight
lock-minute = After a minute
lock-what = Locking closes your messages and forgets their key until you open them again. What you began to write stays. Other tabs show nothing then.
seen-title = What others can see
list-texts = Show messages in the list of chats
list-texts-hint = Off: the list shows names and how much is unread, no texts and no drafts.
text-hidden = Text hidden

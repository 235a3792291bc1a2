## Linking devices, and removing them

device-link = Link a device
device-link-how = On the new device choose “Link to a device you already have”. It shows a code: scan it, or type it in.
device-code = Code
device-code-hint = 14 groups of four letters and digits, as the new device shows them
device-look = Continue
device-asks = “{ $name }” asks to become one of your devices
device-same-network = In the same network as this device
device-another-network = In another network than this device. Is it in your hands?
device-compare = Compare: the new device shows the same number
device-consequence = It will read all that is written to you from now on, write in your name, and see your contacts. Link it only if you hold it in your hands.
device-agree = Link it
device-linked = Linked. It comes into your chats within a moment.
device-seen = Last seen { $when }
device-chats = { $count ->
    [one] in { $count } chat
   *[other] in { $count } chats
}
device-remove = Remove device
device-remove-question = Remove { $name }?
device-remove-body = It is taken out of every chat at once and asked to erase itself. What it has read, it may have kept.
device-removed = Removed: it is out of every chat, and is asked to erase itself.
device-removed-open = { $count ->
    [one] Removed. { $count } chat still has it; it is taken out as soon as somebody there is online.
   *[other] Removed. { $count } chats still have it; it is taken out as soon as somebody there is online.
}
device-removed-offline = It is removed as soon as the server can be reached.
device-had-all = It was given all earlier messages.
device-had-30d = It was given thirty days of earlier messages.
device-read-since = Could read since { $when }
device-still-open = It is still in it
device-told = Told: { $names }
device-report = What it could reach
device-could-read = Chats that it could read
device-show-code = Show the code
device-new-code = New code
device-code-until = It holds until { $when } and works once.
device-code-over = This code is over. Ask for a new one.
device-check = The other device shows the same number: { $number }
device-code-secret = Show this code to nobody but your own device. Whoever has it can link this browser to an account of theirs.
device-waiting = Waiting for your other device…
device-wiped = This device was removed from its account. Everything of it is gone from here.
sign-out = Sign out of this device
sign-out-question = Sign out of this device?
sign-out-body = Everything of this account is erased here: chats, photos, files and drafts. Your other devices keep theirs. Your first device takes this one out of every chat as soon as it is online.
sign-out-loses = Lose these messages?
sign-out-offline = The server cannot be reached just now, so your first device hears nothing of it: remove this one there, in Settings, Devices.
sign-out-verb = Sign out
signing-out = Signing out…
signed-out = You signed out. Everything of the account is erased here, and your first device takes this one out of every chat.
signed-out-untold = You signed out. Everything of the account is erased here. Your first device could not be told: remove this one there, in Settings, Devices.
link-this = Link to a device you already have
link-this-title = Link this device
link-body = On your first device open Settings, Devices, Link a device, and scan the code of this one or type it in.
history-question = Earlier messages
history-none = None
history-30d = 30 days
history-all = All
history-progress = Earlier messages: { $done } of { $of }
history-through = Earlier messages are here: { $count }
device-words-hint = Strict mode is on: the twelve words of your recovery kit.

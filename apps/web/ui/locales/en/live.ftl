## Being told: notifications, typing, last seen

typing = typing…
typing-one = { $name } is typing…
typing-two = { $name } and { $other } are typing…
typing-many = { $count ->
    [one] { $count } person is typing…
   *[other] { $count } people are typing…
}
online = online
last-seen = last seen { $time }
show-typing = Typing indicators
show-typing-hint = Others see when you are typing, and you see when they are.
show-last-seen = Online and last seen
show-last-seen-hint = Contacts who turned this on too see when you are and were here, and you see the same of them.

settings-notifications = Notifications
notify-new = New message
notify-reacted = { $name } reacted { $emoji } to “{ $text }”
notify-reacted-some = Somebody reacted to a message of yours
notify-open = Open Casemate
notify-explained = Your browser will ask you. Then new messages are shown while Casemate is open in the background.
notify-allow = Turn on notifications
notify-granted = Notifications are on for this browser.
notify-denied = This browser blocks notifications from here. Allow them in the browser's settings for this site, then reload.
notify-unsupported = This browser cannot show notifications.
notify-previews = Names and texts in notifications
notify-previews-hint = Otherwise a notification only says that there is a new message.
notify-sounds = Sounds
notify-sounds-hint = A short sound when a message arrives.
quiet-hours = Quiet hours
quiet-hours-hint = No sounds and no notifications in this time, on all your devices.
quiet-from = From
quiet-to = To
push-closed = Also when Casemate is closed
push-closed-hint = It only says that there is a new message. Your browser's maker learns when this device is woken, not by whom or for what. Muted chats do not wake it, nor do groups of which you hear mentions alone.
push-refused = Your browser did not give an address for this. Some do so only for installed apps or in ordinary windows.
push-server-off = This server does not wake devices. Ask whoever runs it.
device-added = Another device was added to your account.
device-added-named = A device was added to your account: { $name }.
device-added-what = It can read and write what comes from now on. If it was not you, remove it at once from your first device.
device-was-me = It was me
devices-look = See devices

## Links, before they open
link-reads = In other letters: { $reads }
link-unreadable = No browser understands this link.
link-scheme = This opens no web page: “{ $about }” starts another program on your device.
link-hidden = It has invisible letters in it, or such that turn the order around.
link-port = It goes to an unusual door (port { $about }). Public pages do not need one.
link-looks-like = It is made to look like { $about }, and is not.
link-almost-like = It is almost { $about }, and is not.
link-inside = It names { $about }, but goes to { $host }.
link-lure = It uses the name of { $about }, but does not belong to it as far as the name tells.
link-text = The text says { $about }, but it goes to { $host }.
link-shortener = A short link: where it goes on to is not to be seen before it is opened.
link-new-sender = { $name } is no contact of yours, or one for less than a week.
link-indicator = It is on the list “{ $about }” of what attackers use. Do not open it.
link-anyway = Open anyway

## Check-up
settings-checkup = Check-up
checkup-what = What could be better on this device, and why. Casemate looks only here, and tells nobody.
checkup-looking = Looking…
checkup-good = Nothing to do. Look again now and then.
checkup-unseen = What the app cannot see: whether this device locks itself, and whether its storage is encrypted. Both are in the device’s own settings.
checkup-high = Important
checkup-medium = Better soon
checkup-low = Worth a look
checkup-known-bad = { $count ->
    [one] A message here names something that is known to belong to attackers. If you opened it, somebody may read along on this device.
   *[other] { $count } messages here name something that is known to belong to attackers. If you opened it, somebody may read along on this device.
 }
checkup-known-bad-do = Look at the messages
checkup-key-in-file = The key to everything here lies in a file beside it. Whoever copies the folder reads it all.
checkup-key-in-file-do = Choose a passphrase
checkup-no-passphrase = Whoever uses this device under your name can open everything here: nothing is asked for.
checkup-no-passphrase-do = Set a lock
checkup-safety-changed = { $count ->
    [one] The safety number of { $name } changed, and you have not looked at it. It may be a new phone, or somebody in between.
   *[other] The safety numbers of { $count } contacts changed, and you have not looked at them. They may be new phones, or somebody in between.
 }
checkup-safety-changed-do = Compare safety numbers
checkup-kit-not-written = If you lose this device, nothing brings your account and your contacts back.
checkup-kit-not-written-do = Write down the recovery kit
checkup-device-unseen = { $count ->
    [one] One of your devices was not heard of for a month. If it is lost, whoever finds it reads along.
   *[other] { $count } of your devices were not heard of for a month. If one is lost, whoever finds it reads along.
 }
checkup-device-unseen-do = Look at your devices
checkup-contacts-unverified = { $count ->
    [one] You have not compared safety numbers with { $name }. Until then the server’s word says that it is them.
   *[other] You have not compared safety numbers with { $count } contacts. Until then the server’s word says that it is them.
 }
checkup-contacts-unverified-do = Compare safety numbers
checkup-no-backup = If you lose this device, what was said goes with it: there is no backup on the server.
checkup-no-backup-do = Make a backup
checkup-backup-old = The last backup is more than a month old. What was said since is on this device alone.
checkup-backup-old-do = Make a backup
checkup-previews = Notifications show names and texts to whoever sees your screen, also while it is locked.
checkup-previews-do = Hide them in notifications
checkup-old-conversations = { $count ->
    [one] In one chat nothing was said for a year. What is not here cannot be taken from here.
   *[other] In { $count } chats nothing was said for a year. What is not here cannot be taken from here.
 }
checkup-old-conversations-do = Clear old chats
checkup-keys-old = { $count ->
    [one] In one chat this device has had its keys for more than eight days. If somebody copied it, they read along there until the server takes new ones.
   *[other] In { $count } chats this device has had its keys for more than eight days. If somebody copied it, they read along there until the server takes new ones.
 }
checkup-keys-old-do = Look again
checkup-members-silent = { $count ->
    [one] In one group nothing was heard of any device of a member for twelve weeks. If one of them was copied, that copy reads along there. Admins can remove who is gone.
   *[other] In { $count } groups nothing was heard of any device of a member for twelve weeks. If one of them was copied, that copy reads along there. Admins can remove who is gone.
 }
checkup-members-silent-do = Look again
checkup-keys = How old this device’s keys are in each chat
checkup-keys-replaced = are replaced now
checkup-indicators-old = Your lists of known spyware are older than three months. What attackers use now is not on them.
checkup-indicators-old-do = Import newer lists
checkup-browser-old = { $browser } { $version } has holes that attackers are known to use. Newer versions close them: update it, and start it anew.
checkup-browser-old-do = Look again
checkup-not-kept = This browser may clear what is here when room gets short. It keeps it rather where Casemate is installed or may show notifications. A recovery kit and a backup bring back what is cleared.
checkup-not-kept-do = Ask it to keep everything
checkup-not-kept-refused = The browser did not agree. Install Casemate or turn on notifications, then ask again.

## Known spyware
settings-spyware = Known spyware
spyware-what = Laboratories publish what spyware uses: its domains, addresses and files. With such a list Casemate looks at what arrives, and at what is here already. Nobody is asked, and nobody learns what is found.
spyware-none = No list is here yet.
spyware-import = Import a list
spyware-forms = A STIX 2.1 or MISP file, a plain list, or a signed one.
spyware-entries = { $count ->
    [one] One entry
   *[other] { $count } entries
 }
spyware-publisher = Signed, version { $version }. Key of who signed it: { $key }
spyware-remove = Remove this list
spyware-remove-question = Remove “{ $name }”?
spyware-remove-body = What was found by it is forgotten too.
spyware-added = { $count ->
    [0] “{ $name }” brought nothing new.
    [one] “{ $name }” brought one new entry.
   *[other] “{ $name }” brought { $count } new entries.
 }
spyware-refused = { $count ->
    [one] One entry was left out:
   *[other] { $count } entries were left out, among them:
 }
spyware-look-back = Look through all messages
spyware-nothing = { $count ->
    [one] One message was looked through. Nothing was found.
   *[other] { $count } messages were looked through. Nothing was found.
 }
spyware-found = { $count ->
    [one] One message has something in it that is known:
   *[other] { $count } messages have something in them that is known:
 }
spyware-match = { $name }: { $indicator }
spyware-match-list = on the list “{ $list }”
spyware-advice = If you opened one of these, somebody may read along on this device. Ask your security team, or a laboratory that helps people like you, and ask from another device.
known-bad = { $indicator } is known to belong to attackers (“{ $list }”). Do not open it.
known-bad-came = A message from { $name } has something in it that is known to belong to attackers.

## Files, before they are saved
file-listed = What is in this message is on a list of what attackers use. Do not open it.
file-program = It is a program, or it starts one: opened, it can do on your device whatever you can.
file-macros = It has macros: small programs that an office program may run.
file-active = It can run scripts, or carries other files inside.
file-page = It does something when it is opened: it runs scripts, leads elsewhere, or sends what is typed into it.
file-holds-programs = It holds programs or scripts, or files whose names hide what they are.
file-leads-out = It writes outside of the folder that it is unpacked to.
file-two-in-one = It is two files in one: what it is depends on what opens it.
file-bomb = It is small, and huge once unpacked.
file-unlooked = Some of it could not be looked into: it is too large, damaged or locked. What is there may do harm.
file-double-ending = Its name hides what it is: only the last ending counts.
file-turned-name = Its name is read in another order than it stands.
file-hidden-letters = Its name has characters that nobody sees: it may not be what it reads like.
file-other-kind = Its name is that of another kind of file: it is not what it is called.
file-unread = This file could not be looked into. It may be made to do harm.
file-save-question = Save “{ $name }”?
guard-crashed = Looking into this file failed. It may be made to do harm.
guard-too-long = Looking into this file took too long, so it was stopped.
guard-away = What looks into files is loaded with the first of them, and the server cannot be reached. Nothing is lost: try again once you are connected.
guard-newer = A newer version of Casemate is out, so this page cannot load what looks into files any more. Reload the page.
file-held = Looking into this file failed before, so it is not opened by itself any more. It may be made to do harm.
file-preview = Preview
file-preview-of = Preview { $name }
file-what = What is it?
file-what-of = What is { $name }?
file-empty = This file is empty.
file-type = By its contents: { $type }.
kind-pdf = PDF
kind-word = Word document
kind-excel = Excel spreadsheet
kind-powerpoint = PowerPoint presentation
kind-document = Text document
kind-spreadsheet = Spreadsheet
kind-presentation = Presentation
kind-archive = Archive of files
kind-text = Text
kind-picture = Picture
kind-avif = AVIF picture
kind-heic = HEIC picture
kind-jxl = JPEG XL picture
kind-tiff = TIFF picture
kind-drawing = Drawing
kind-disk = Disk image
kind-package = Software package: installs programs
kind-database = Database
kind-old-office = Office document of before 2007
kind-sound = Sound
kind-page = Web page
kind-calendar = Calendar entry
kind-card = Contact card
kind-book = Book
kind-program = Program
kind-unknown = Unknown kind of file
file-not-shown = It is not shown here. Opening it lets another program read it, which may be what its sender wants. Do so only if you expected it.
picture-not-decoded = { $type }: it cannot be shown safely here. Saved, another program can show it; whatever is hidden in it then reaches that program.
file-words-alone = Its words alone: no pictures, links or programs of it are opened.
file-beginning = Only the beginning is shown.
file-save-anyway = Save anyway
file-no-words = There are no words in it that could be read. What it shows may be pictures, which are not looked at here.

## Files held back
settings-held = Files held back
held-what = Files that could not be looked into, and those that broke what looks into them. Here is noted who sent them and when, not what is in them. The list stays on this device, and no sender takes anything out of it.
held-none = Every file that came could be looked into.
held-refused = It is not what it seems, or too much to be looked into.
held-crashed = It made what looks into files crash.
held-too-long = It took too long to be looked into.
held-killed = It was being looked into when everything ended.
held-file = File
held-from = from { $name }
held-times = { $count ->
    [one] Once
   *[other] { $count } times
 }
held-now = It is not opened by itself any more.
link-previews = Previews of links
link-previews-hint = When you write a link, this device asks its page for title and picture, so that whoever gets the message need not. The site learns this device’s address.
link-preview-goes = Goes along: a preview of { $host }
link-preview-remove = Leave the preview away
link-preview-whose = Title and picture come from whoever sent this

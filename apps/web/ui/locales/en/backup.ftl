## The history's backup
settings-backup = Backup
backup-what = Your messages, encrypted, so that they come back on another device. Only the backup’s passphrase opens it: not whoever runs the server, and not Casemate.
backup-server = On the server
backup-server-what = Texts, reactions and marks, kept by your server and brought up to date once a day. Photos and files only if you say so below, once it is begun. The server learns how much it is and when it changes, nothing else.
backup-files = Photos and files too
backup-files-hint = Each up to 32 MB, together at most half of what the server keeps. Turned off, those in the backup are deleted from it.
backup-to-server = Back up to the server
backup-begin = Begin the backup
backup-words-what = These six words are the passphrase of your backup. They are kept nowhere: without them nobody brings your messages back.
backup-words = The passphrase of the backup
backup-words-keep = Write them down, or keep them in a password manager. Not on this device alone: the backup is for the day when it is gone.
backup-words-check = A look at what you wrote down: which words are these?
backup-running = Backing up… { $percent } %
backup-go-on = You can go on using Casemate meanwhile. Interrupted, it goes on where it was.
backup-last = Last backup: { $when }
backup-unfinished = This device has not completed it yet. It does so by itself, or now with “Back up now”.
backup-room = { $size } of { $limit } on the server
backup-guesses = { $count ->
    [one] One wrong passphrase can be tried, then one a day.
   *[other] { $count } wrong passphrases can be tried, then one a day.
 }
backup-disappearing = { $count ->
    [one] One message is in no backup: it disappears, or is shown only once.
   *[other] { $count } messages are in no backup: they disappear, or are shown only once.
 }
backup-left-out = { $count ->
    [one] One file is not in it: it is not on this device, or there is no room for it.
   *[other] { $count } files are not in it: they are not on this device, or there is no room for them.
 }
backup-rewritten = { $count ->
    [one] One message or file was damaged in the backup and was written again.
   *[other] { $count } messages and files were damaged in the backup and were written again.
 }
backup-damaged-files = { $count ->
    [one] One file is damaged in the backup and not on this device. Receive it again, then back up again.
   *[other] { $count } files are damaged in the backup and not on this device. Receive them again, then back up again.
 }
backup-daily = While Casemate is open it is brought up to date once a day, without asking.
backup-now = Back up now
backup-change = Change the passphrase
backup-change-passkey = The passkey opens the backup no longer after that. Add it again below.
backup-end = Delete the backup
backup-end-question = Delete the backup on the server?
backup-end-body = Everything in it is deleted from the server, and its passphrase opens nothing any more. Your messages here stay.
backup-ended = The backup on the server is deleted.
backup-offline = The server cannot be reached. Look here again when you are connected.
backup-elsewhere = Your primary device can keep a backup on the server. Here you can write one into a file.
backup-none-here = This server keeps no backups. Use a file.
backup-anew = Begin a new backup
backup-anew-question = Give up the backup on the server?
backup-anew-body = What is in it and not on this device is lost for good. A new backup of what is here takes its place.
backup-passkey-what = A passkey can open the backup in place of its passphrase, once you have restored your account with the recovery kit.
backup-passkey-holds = A passkey opens this backup, once you have restored your account with the recovery kit. The passphrase goes on opening it too.
backup-passkey-name = Casemate backup of { $address }
backup-passkey-set = The passkey opens the backup from now on.
backup-passkey-removed = The passkey opens the backup no longer.
backup-file = In a file
backup-file-what = All messages with the photos and files that are on this device, in one encrypted file for you to keep. Casemate does not bring it up to date by itself.
backup-file-last = Last written from this browser: { $when }
backup-to-file = Back up into a file
backup-save-file = Save the file
backup-file-done = The backup was written.
backup-place-failed = The file could not be written there. Save it again in another place.
backup-passphrase = Passphrase of the backup
backup-passphrase-hint = Six words, as you wrote them down. Capitals and spaces do not matter.
backup-words-so-far = Words so far: { $count } of 6
backup-words-odd = { $count ->
    [one] This is one word
   *[other] These are { $count } words
}
backup-words-odd-body = Casemate’s passphrases have six words. Each wrong try counts, and after ten nobody can open the backup any more.
backup-words-try = Try anyway
restore-there = There is a backup on your server whose messages are not on this device.
restore-messages = Restore messages
restore-passkey = Restore with passkey
restore-running = Bringing messages back… { $percent } %
restore-interrupted = Bringing back your messages was interrupted. What came is here.
restore-go-on = Go on
restore-from-file = Restore from a file
restore-choose = Choose the file
restored-messages = { $count ->
    [0] Nothing was missing here.
    [one] One message is back.
   *[other] { $count } messages are back.
 }
restored-made = From the backup of { $when }
restored-unsigned = No device of your account signed this backup: its messages are marked as brought along, since a file can say anything.
restored-look = Go to the chats
restore-offer = Your messages can come back
restore-offer-body = There is a backup on your server. Its passphrase brings your messages back.

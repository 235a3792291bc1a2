nav-main = Hauptmenü
nav-chats = Chats
nav-calls = Anrufe
nav-contacts = Kontakte
nav-settings = Einstellungen
back = Zurück
close = Schließen
toast-ok = OK
cancel = Abbrechen
save = Speichern
saved = Gespeichert.
copy = Kopieren
copied = Kopiert.
copy-failed = Der Browser hat das Kopieren nicht erlaubt. Markiere den Text und kopiere ihn von Hand.
more = Mehr
next = Weiter
skip = Überspringen
start = Los geht’s
reload = Neu laden
share = Teilen
not-now = Jetzt nicht
try-again = Noch einmal
search = Suchen
results = Ergebnisse
nothing-found = Nichts gefunden.
search-more = Nachrichten werden ab zwei Buchstaben gefunden.
today = Heute
yesterday = Gestern
you = Du
details = Details
announcements = Meldungen
announce-message = { $name }: { $text }
connection = Verbindung
connecting = Verbinden … Du kannst lesen und schreiben; gesendet wird, sobald die Verbindung steht.
offline = Offline. Du kannst lesen und schreiben; gesendet wird, sobald die Verbindung steht.
changed-later = Du bist offline. Es wird geändert, sobald die Verbindung wieder da ist.
starting = Wird geöffnet …
welcome-title = Ein privater Ort zum Reden
welcome-invited = Du bist zum Reden eingeladen
welcome-group = Du bist in eine Gruppe eingeladen
welcome-invited-by = { $name } lädt dich zum Reden ein
welcome-body = Auf { $server }. Keine Telefonnummer, keine E-Mail: Namen wählen und loslegen.
welcome-body-native = Keine Telefonnummer, keine E-Mail: Namen wählen und loslegen.
welcome-keys = Was deine Nachrichten verschließt, entsteht auf diesem Gerät und bleibt hier.
your-name = Dein Name
invitation-link = Einladungslink
invitation-link-hint = Ein Link oder die Adresse eines Servers, der für alle offen ist.
welcome-other-server = Das ist ein anderer Server als der, von dem diese Seite kommt. Öffne seinen Link oder seine Adresse im Browser.
create-account = Konto anlegen
creating = Dein Konto wird angelegt …
name-letters = Nimm kleine Buchstaben a bis z, Ziffern, Punkt, Minus und Unterstrich.
name-length = Ein Name hat 2 bis 32 Zeichen.
name-taken = Diesen Namen hat schon jemand. Wähle einen anderen.
name-needed = Gib deinen Namen ein.
name-signs = Sie beginnt und endet mit Buchstabe oder Ziffer und hat keine zwei Zeichen wie Punkt oder Minus hintereinander.
address-becomes = Andere finden dich als { $address }
address-change = Adresse ändern
unlock-title = Casemate entsperren
unlock = Entsperren
passphrase = Passphrase
failed-title = Casemate lässt sich nicht öffnen
failed-storage = Schaffe Platz auf diesem Gerät und lade neu. Was gespeichert war, ist nicht verloren.
failed-browser = Casemate braucht einen aktuellen Browser und ein Fenster, das nicht privat ist.
failed-hint = Was auf diesem Gerät gespeichert war, ist noch da. Lade die Seite neu, um es noch einmal zu versuchen.
elsewhere-title = In einem anderen Tab geöffnet
elsewhere-body = Casemate läuft immer nur in einem Tab, damit nichts doppelt geschrieben wird.
elsewhere-call = In jenem Tab läuft ein Anruf. Er endet dort; hier kannst du ihm wieder beitreten.
elsewhere-unsent = Dateien, die du gerade senden wolltest, wurden nicht gesendet. Sie warten hier: Nutze diesen Tab wieder, bevor du ihn schließt.
elsewhere-refused = Der andere Tab gibt Casemate nicht her. Schließe ihn, dann öffnet es sich hier.
use-here = Hier benutzen
explain-title = Was sicher ist und was nicht
explain-safe-title = Nur ihr könnt lesen
explain-safe-body = Nachrichten, Dateien und Namen werden auf deinem Gerät verschlossen und auf ihrem geöffnet. Wer den Server betreibt, kann sie nicht lesen.
explain-strangers-title = Fremde warten draußen
explain-strangers-body = Unbekannte können dir eine kurze Anfrage senden und sonst nichts: keine Dateien, keine Anrufe, keine Links. Sie wartet still, bis du antwortest.
explain-limits-title = Was niemand versprechen kann
explain-limits-body = Wer dein Gerät beherrscht, sieht, was du siehst. Eine Webseite ist so ehrlich wie der Server, der sie schickt. Wem du schreibst, der kann es weitergeben.
show-explanation = Die drei Seiten zeigen
new-chat = Neuer Chat
new-group = Neue Gruppe
no-chats = Noch keine Chats. Schreib jemandem oder lade jemanden ein.
nothing-open = Wähle einen Chat oder beginne einen neuen.
requests-line = { $count ->
    [one] { $count } Anfrage · wartet still
   *[other] { $count } Anfragen · warten still
}
unread-count = { $count ->
    [one] { $count } ungelesene Nachricht
   *[other] { $count } ungelesene Nachrichten
}
notes-to-self = Notizen an mich
notes-hint = Das siehst nur du
draft = Entwurf:
requests = Anfragen
no-requests = Niemand wartet.
requests-hint = Bis du annimmst, können sie nicht anrufen, nichts schicken und nicht sehen, ob du das liest.
request-groups = Ihr seid beide in { $groups }.
request-groups-more = { $count ->
    [one] Ihr seid beide in { $groups } und { $count } weiteren Gruppe.
   *[other] Ihr seid beide in { $groups } und { $count } weiteren Gruppen.
}
sent-request = Anfrage an { $name } gesendet · wartet auf Antwort
sent-requests-line = { $count ->
    [one] { $count } Anfrage gesendet · wartet auf Antwort
   *[other] { $count } Anfragen gesendet · warten auf Antwort
}
sent-requests = Deine Anfragen
sent-waits = Gesendet und noch nicht beantwortet. Der Chat erscheint, wenn sie angenommen wird.
request-withdraw = Zurücknehmen
request-withdrawn = Zurückgenommen.
request-words = Aus der Anfrage
accept = Annehmen
decline = Ablehnen
block = Blockieren
unblock = Freigeben
blocked = Blockiert
contact-gone = Konto gelöscht
block-question = { $name } blockieren?
block-body = Nichts von dort kommt mehr an. Es wird nicht mitgeteilt. Du kannst es später aufheben.
blocked-line = Du hast { $name } blockiert. Nichts von dort kommt an.
unblock-question = { $name } freigeben?
unblock-body = Was von dort kommt, kommt wieder an. Es wird nicht mitgeteilt.
added-by = Hinzugefügt von { $name }
knock-title = Du hast eine Einladung geöffnet
knock-body = Du hast schon ein Konto. Sende dem, der den Link gemacht hat, eine Anfrage; er entscheidet.
address-or-name = Name, Adresse oder Link
address-hint = name@server oder ein Einladungslink
request-goes-to = Die Anfrage geht an { $address }
note = Ein paar Worte über dich
note-hint = Freiwillig, höchstens 140 Zeichen
send-request = Anfrage senden
knocked = Anfrage gesendet. Der Chat erscheint, wenn sie angenommen wird.
invite-friend = Freunde einladen
group-name = Name der Gruppe
group-name-missing = Eine Gruppe braucht einen Namen.
create-group = Gruppe anlegen
no-contacts = Noch niemand da. Wer deine Anfrage annimmt, erscheint hier.
conversation = Unterhaltung
messages = Nachrichten
message = Nachricht
send = Senden
attach = Anhängen
emoji = Emoji
emoji-title = Emoji wählen
emoji-search = Emoji suchen
emoji-groups = Gruppen von Emojis
emoji-smileys = Smileys
emoji-people = Menschen
emoji-nature = Tiere und Natur
emoji-food = Essen und Trinken
emoji-travel = Reisen und Orte
emoji-activities = Aktivitäten
emoji-objects = Gegenstände
emoji-symbols = Symbole
emoji-flags = Flaggen
emoji-tone = Hautton
tone-none = Gelb
tone-light = Hell
tone-medium-light = Mittelhell
tone-medium = Mittel
tone-medium-dark = Mitteldunkel
tone-dark = Dunkel
no-messages = Noch keine Nachrichten. Sag hallo.
no-messages-silent = Noch keine Nachrichten. Hier schreiben nur Admins.
no-notes = Noch keine Notizen.
no-messages-linked = Hier ist noch nichts. Frühere Nachrichten sind vielleicht auf deinen anderen Geräten.
unread-line = Neue Nachrichten
to-newest = Zur neuesten Nachricht
to-newest-unread = { $count ->
    [one] Zu { $count } neuen Nachricht
   *[other] Zu { $count } neuen Nachrichten
}
search-here = In der Unterhaltung suchen
message-label = { $name }, { $time }
message-deleted = Diese Nachricht wurde gelöscht.
message-deleting = Hier gelöscht. Die anderen sehen sie, bis das den Server erreicht.
change-failed = Die anderen sehen diese Nachricht, wie sie war.
message-unknown = Das hat ein neueres Casemate geschrieben. Aktualisiere, um es zu sehen.
read-more = Weiterlesen
read-less = Weniger zeigen
edited = bearbeitet
editing = Nachricht ändern
edit-empty = Eine Nachricht kann nicht leer sein. Schreib etwas, oder brich ab und lösche sie.
reply-to = Antwort an { $name }
quote-earlier = Eine frühere Nachricht
react = Reagieren
reply = Antworten
edit = Bearbeiten
star = Mit Stern markieren
unstar = Stern entfernen
pin = Für alle anheften
unpin = Lösen
select = Auswählen
chosen-messages = Ausgewählte Nachrichten
chosen-count = { $count ->
    [0] Nachrichten auswählen
   *[other] { $count } ausgewählt
}
delete-chosen = Löschen
delete-for-me = Für mich löschen
delete-for-me-body = Von deinen Geräten verschwunden. Die anderen behalten sie.
delete-for-everyone = Für alle löschen
delete-for-everyone-body = Alle, die sie haben, werden gebeten, sie zu löschen. Gelesen haben sie sie vielleicht schon.
delete-question = { $count ->
    [one] Diese Nachricht löschen?
   *[other] { $count } Nachrichten löschen?
}
reaction-label = { $emoji } von { $names }
spoiler = Verdeckter Text. Zeigen
you-left = Du hast diese Gruppe verlassen. Was geschrieben wurde, kannst du noch lesen.
you-were-removed = Du bist nicht mehr in dieser Gruppe. Was geschrieben wurde, kannst du noch lesen.
state-queued = Wartet auf das Senden
state-sent = Gesendet
state-delivered = Zugestellt
state-read = Gelesen
state-failed = Nicht gesendet
failed-unknown = Nicht gesendet.
link-title = Link öffnen
link-question = { $host } öffnen?
link-hint = Die Seite erfährt, dass du kommst, nicht woher. Öffne sie nur, wenn du sie erwartet hast.
link-plain = Dieser Link ist nicht verschlüsselt: Andere auf dem Weg können mitlesen.
link-letters = Der Name hat Buchstaben, die wie andere aussehen können.
link-before = Der Teil vor dem @ ist nicht das Ziel.
link-number = Er führt zu einer bloßen Nummer statt zu einem Namen.
open-link = Öffnen
drop-here = Dateien hier ablegen, um sie zu senden
files-waiting = Dateien zum Senden
files-ready = In Vorbereitung zum Senden: { $names }
remove-file = { $name } entfernen
save-file = { $name } speichern
file-queued = Wartet auf das Senden
file-waits-allowance = Wartet bis { $when }: Das heutige Kontingent für Dateien ist aufgebraucht
file-waits-server = Wartet bis { $when }: Der Server nimmt gerade keine Dateien an
file-uploading = Wird gesendet …
file-downloading = Wird empfangen …
file-offered = Wartet auf den Empfang
file-failed = Nicht angekommen
file-cancelled = Abgebrochen
progress = Fortschritt
preview-photos = { $count ->
    [one] Foto
   *[other] { $count } Fotos
}
preview-video = Video
preview-videos = { $count ->
    [one] Video
   *[other] { $count } Videos
}
preview-files = { $count ->
    [one] { $count } Datei
   *[other] { $count } Dateien
}
preview-voice = Sprachnachricht
preview-sticker = Sticker
open-picture = { $name } zeigen
shown-safely = Sicher gezeigt
picture-unreadable = Dieses Bild kann nicht sicher gezeigt werden.
members = Mitglieder
member-count = { $count ->
    [one] { $count } Mitglied
   *[other] { $count } Mitglieder
}
member-menu = Mehr zu { $name }
admin = Admin
claimed = Nicht bestätigt
make-admin = Zum Admin machen
no-longer-admin = Als Admin entfernen
remove-member = Entfernen
remove-question = { $name } entfernen?
remove-body = Lesen und schreiben geht dann hier nicht mehr. Was schon da ist, bleibt dort.
add-members = Mitglieder hinzufügen
nobody-to-add = Alle, die du kennst, sind schon hier.
write = Nachricht schreiben
members-may = Mitglieder dürfen
may-send = Nachrichten senden
may-add = Andere hinzufügen
may-edit = Namen und Frist ändern
disappearing = Verschwindende Nachrichten
disappearing-hint = Für neue Nachrichten, auf allen Geräten.
timer-off = Aus
timer-seconds = { $count ->
    [one] { $count } Sekunde
   *[other] { $count } Sekunden
}
timer-minutes = { $count ->
    [one] { $count } Minute
   *[other] { $count } Minuten
}
timer-hours = { $count ->
    [one] { $count } Stunde
   *[other] { $count } Stunden
}
timer-days = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tage
}
timer-weeks = { $count ->
    [one] { $count } Woche
   *[other] { $count } Wochen
}
encryption = Verschlüsselung
encryption-lasting = Ende-zu-Ende, auch gegen Quantencomputer
encryption-usual = Ende-zu-Ende
device-count = { $count ->
    [one] { $count } Gerät
   *[other] { $count } Geräte
}
leave-group = Gruppe verlassen
leave-question = { $name } verlassen?
leave-body = Du bekommst nicht mehr, was geschrieben wird. Was du hast, bleibt auf deinen Geräten.
settings-profile = Profil
settings-privacy = Privatsphäre
settings-appearance = Darstellung
settings-language = Sprache
settings-keyboard = Tastatur
settings-safety = Was sicher ist und was nicht
settings-about = Über Casemate
shown-name = Name, den Kontakte sehen
shown-name-hint = Fremde sehen nur deine Adresse.
about-me = Über mich
address = Deine Adresse
who-may-knock = Wer dir eine Anfrage senden darf
who-may-knock-hint = Wähle; es gilt ab jetzt.
knock-anyone = Alle, die meine Adresse kennen
knock-link = Wer einen meiner Links hat
knock-nobody = Niemand
theme = Farben
theme-system = Wie das System
theme-light = Hell
theme-dark = Dunkel
text-size = Schriftgröße
enter-sends = Eingabetaste sendet
enter-sends-hint = Sonst beginnt sie eine neue Zeile, und Strg Eingabe sendet.
key-palette = Alles finden
key-list = Diese Liste
key-ctrl = Strg
key-shift = Umschalt
key-enter = Eingabe
key-neighbour = Nächster und voriger Chat
key-send = Senden
key-line = Neue Zeile
key-edit = Letzte Nachricht ändern
key-escape = Schließen, Antwort oder Auswahl beenden
invite-body = Ein Link für eine Person, sieben Tage gültig. Gib ihn auf einem Weg weiter, dem ihr beide traut.
make-link = Link anlegen
invitation-qr = Der Einladungslink als QR-Code
about-version = Casemate { $version }
about-server = Dein Server ist { $server }
about-licence = Freie Software unter der AGPL 3.0.
key-passphrase = Deine Nachrichten sind mit deiner Passphrase verschlossen.
key-device = Deine Nachrichten sind mit einem Schlüssel verschlossen, den dieses Gerät behält.
palette-title = Alles finden
palette-hint = Menschen, Chats, Einstellungen, Befehle
pin-chat = Anheften
pinned = Angeheftet
mark-read = Als gelesen markieren
mark-unread = Als ungelesen markieren
marked-unread = Als ungelesen markiert
mute = Stumm schalten
unmute = Stummschaltung aufheben
muted = Stummgeschaltet
archive = Archivieren
unarchive = Aus dem Archiv holen
delete-chat = Chat löschen
delete-chat-question = Den Chat mit { $name } löschen?
delete-chat-body = Seine Nachrichten und Dateien werden von diesem Gerät entfernt, auch die mit Stern. Was dort auf später wartet, wird nicht gesendet. Andere behalten, was sie haben.
search-empty = Suche leeren
emoji-none = Kein Emoji gefunden. Schreib eines mit deiner Tastatur.
emoji-quick = Griffbereit
archived = Archiviert: { $count }
back-to-chats = Zurück zu den Chats
chat-menu = Mehr zu diesem Chat
nickname = Spitzname
nickname-hint = Nur du siehst ihn.
record-voice = Sprachnachricht aufnehmen
recording = Aufnahme { $time }
microphone-refused = Das Mikrofon ist nicht verfügbar. Erlaube es dieser Seite im Browser und versuche es noch einmal.
recording-unsupported = Dieser Browser kann keine Sprachnachrichten aufnehmen.
play = Abspielen
voice-broken = Diese Aufnahme lässt sich nicht abspielen.
forward = Weiterleiten
forward-title = Weiterleiten an
forwarded = Weitergeleitet
forwarded-often = Oft weitergeleitet
forwarded-done = Weitergeleitet.
info = Info
info-title = Über diese Nachricht
info-reactions = Reaktionen
info-votes = Stimmen
earlier-versions = Was darin stand
poll-one = Wähle eine Antwort
poll-several = Wähle eine oder mehrere
forward-hint = { $count ->
    [one] An { $count } Chat
   *[other] An höchstens { $count } Chats
}
poll-voters = { $count ->
    [one] { $count } Person hat abgestimmt
   *[other] { $count } Personen haben abgestimmt
}
read-receipts = Lesebestätigungen
read-receipts-hint = Andere sehen, was du gelesen hast, und du siehst es bei ihnen.
language-missing = Diese Sprache konnte nicht geladen werden. Versuch es noch einmal, sobald du online bist.
rest-away = Dieser Teil von Casemate konnte nicht geladen werden. Nichts ist verloren: Versuch es noch einmal, sobald du verbunden bist.
first-loading = Casemate wird geladen. Du kannst inzwischen einen Namen wählen.
engine-gone = Casemate ist auf dieser Seite stehen geblieben. Lade die Seite neu; was du geschrieben hast, ist noch da.
engine-gone-native = Casemate auf diesem Rechner läuft nicht mehr. Starte „casemate app“ noch einmal und öffne den Link, den es ausgibt.

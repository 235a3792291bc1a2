## Polls, places, cards, later, lists, groups' management, import

## Attach menu
attach-poll = Umfrage
attach-contact = Kontakt
attach-place = Ort
send-later = Später senden

## Polls
poll-new = Neue Umfrage
poll-question = Frage
poll-option = Antwort { $number }
poll-same = Zwei Antworten sind gleich.
poll-multiple = Mehrere Antworten möglich
send-poll = Umfrage senden
poll-close = Umfrage beenden
poll-close-question = Diese Umfrage beenden?
poll-close-body = Niemand kann mehr abstimmen; das Ergebnis bleibt für alle sichtbar.
poll-closed = Beendet

## Places
place-send = Ort senden
place-hint = Wird auf deinem Gerät gezeichnet. Kein Kartendienst erfährt davon.
place-mine = Meinen Standort nehmen
place-refused = Der Browser hat deinen Standort nicht genannt. Erlaube es für diese Seite oder tippe die Koordinaten.
place-coordinates = Koordinaten
place-coordinates-hint = Breite und Länge, zum Beispiel 52.52, 13.40
place-wrong = Das ist kein Ort. Schreib Breite und Länge in Grad, zum Beispiel 52.52, 13.40
place-label = Name des Orts
place-near = auf { $metres } m genau
place-map = Die Welt mit einer Marke bei { $place }
place-open = Karte öffnen

## Contact cards
card-send = Kontakt senden
card-hint = Sie bekommen Namen und Adresse und können eine Anfrage senden.
card-question = { $name } eine Anfrage senden?
card-body = Sie sehen deine Adresse und entscheiden, ob sie mit dir schreiben.

## Later
later-hint = Dieses Gerät sendet sie. Es muss dann an und verbunden sein; sonst sendet es, sobald es das ist.
later-hour = In einer Stunde
later-evening = Um { $time }
later-tomorrow = Morgen um { $time }
later-at = Tag und Uhrzeit
later-past = Diese Zeit ist vorbei. Wähle eine, die noch kommt.
later-done = Wird gesendet: { $time }.
scheduled-title = Nachrichten für später
scheduled-waiting = { $count ->
    [one] { $count } Nachricht wartet auf ihre Zeit
   *[other] { $count } Nachrichten warten auf ihre Zeit
 }
scheduled-none = Hier wartet nichts.
scheduled-cancel = Nicht senden
scheduled-cancel-question = Diese Nachricht nicht senden?
scheduled-cancel-body = Sie wird nicht gesendet, und nichts von ihr bleibt.
send-now = Jetzt senden
scheduled-change = Nachricht ändern
scheduled-text = Text der Nachricht

## Composer
formatting = Formatierung
mark-bold = Fett
mark-italic = Kursiv
mark-strike = Durchgestrichen
mark-code = Feste Breite
mark-block = Codeblock
mark-quote = Zitat
mark-list = Liste
mark-spoiler = Verdeckt bis zum Antippen
mention = Jemanden erwähnen

## Shown once
once-choose = Einmal zu sehen
once-title = Einmal zu sehen
once-hint = Wenn du das schließt, ist es von all deinen Geräten verschwunden.
once-photo = Foto
once-video = Video
once-voice = Sprachnachricht
once-file = Dokument
once-message = Einmal zu sehen
once-open = Öffnen; nur einmal zu sehen
once-sent = Kann einmal geöffnet werden
once-opened = Geöffnet

## Finding
filters = Filter
filters-clear = Ohne Filter
filter-media = Fotos und Videos
filter-links = Links
filter-documents = Dokumente
filter-voice = Sprachnachrichten
filter-from = Von
filter-anybody = allen
filter-people = Leute finden
filter-after = Ab
filter-before = Bis
found-older = Älterer Treffer
found-newer = Neuerer Treffer
found-place = { $place } von { $of }
found-place-more = { $place } von { $of }+
found-count = { $count ->
    [one] { $count } Nachricht
   *[other] { $count } Nachrichten
}
found-count-more = { $count }+ Nachrichten
pinned-messages = Angeheftete Nachrichten
pinned-message = Angeheftet: { $text }
starred-messages = Nachrichten mit Stern
starred-none = Gib einer Nachricht einen Stern, um sie hier wiederzufinden.
gallery = Medien, Links und Dokumente
gallery-none = Davon gibt es hier noch nichts.
show-more = Mehr anzeigen
day-title = Zu einem Tag gehen
day-label = Tag
day-go = Hingehen
day-none = Seitdem wurde nichts geschrieben.

## Lists of chats
chats-menu = Mehr zu Chats
chat-tabs = Welche Chats
tab-all = Alle
tab-unread = Ungelesen
tab-groups = Gruppen
folder = Ordner
folder-hint = Ordner gehören dir; deine Geräte teilen sie, sonst sieht sie niemand.
folder-new = Neuer Ordner
folder-put = In den Ordner legen
folder-out = Aus dem Ordner nehmen
folder-empty = Hier sind keine Chats.
folder-menu = Optionen des Ordners { $name }
folder-name = Name des Ordners
folder-rename = Ordner umbenennen
folder-remove = Ordner entfernen
folder-remove-question = Ordner „{ $name }“ entfernen?
folder-remove-body = Seine Chats bleiben, in keinem Ordner.
mute-hours = Für 8 Stunden
mute-week = Für eine Woche
mute-always = Immer
mute-hint = Von Nachrichten hier erfährst du nichts, auch nicht von Erwähnungen. Anrufe klingeln weiter.
mute-mentions = Alles außer Erwähnungen
mute-mentions-hint = Solange Casemate offen ist, erfährst du, was dich erwähnt oder dir antwortet. Ist es geschlossen, weckt diese Gruppe es nicht.

## Broadcast lists
lists = Verteilerlisten
lists-hint = Eine Nachricht geht an jede Person auf der Liste, in eurem Chat. Niemand sieht, wer sie noch bekommen hat.
lists-none = Noch keine Listen.
list-new = Neue Liste
list-title = Verteilerliste
list-name = Name der Liste
list-edit = { $name } ändern
list-remove = Liste entfernen
list-message = Nachricht an alle
list-send = An alle senden
list-remove-question = Liste „{ $name }“ entfernen?
list-remove-body = Wer darauf steht, ist auf allen deinen Geräten vergessen. Chats und Nachrichten bleiben.
list-people = { $count ->
    [one] { $count } Person
   *[other] { $count } Personen
}
list-left-out = Nicht an: { $names }.
list-sent = { $count ->
    [one] An { $count } Person gesendet.
   *[other] An { $count } Personen gesendet.
}

## Groups
description = Worum es in der Gruppe geht
only-admins-send = Hier dürfen nur Admins Nachrichten senden.
group-link = Per Link einladen
group-link-hint = Wer ihn öffnet, bittet dich um Aufnahme und wartet, bis du da bist. Du entscheidest bei jeder Person. Andere, die Personen hinzufügen dürfen, können einen eigenen Link erstellen.
group-link-qr = Der Link der Gruppe als QR-Code
link-reset = Link zurücksetzen
link-reset-question = Den Link zurücksetzen?
link-reset-body = Der bisherige Link führt nirgends mehr hin, wo auch immer er weitergegeben wurde.
join-title = Du hast den Link einer Gruppe geöffnet
join-body = Bitte um Aufnahme. Wer den Link gemacht hat, sieht deine Adresse und entscheidet.
join-asked = Anfrage gesendet. Die Gruppe erscheint, wenn du aufgenommen bist.
join-asks = { $name } möchte { $group } beitreten
join-approve = In die Gruppe aufnehmen
join-approve-all = Alle { $count } hinzufügen
members-search = Mitglieder suchen
verified = Sicherheitsnummer verglichen
emoji-recent = Zuletzt benutzt

## Bringing history
import-title = Chat aus WhatsApp mitbringen
import-hint = Exportiere den Chat auf deinem Telefon und wähle hier die Zip-Datei. Sie wird auf diesem Gerät gelesen, bleibt darauf und geht an niemanden.
import-choose = Datei wählen
import-begin = Mitbringen
import-me = Wer davon bist du?
import-nobody = Niemand davon
import-into = Wohin
import-new = Ein eigener Chat zum Lesen
import-name = Name des Chats
import-progress = { $done } von { $of } Nachrichten
import-reading = Die Datei wird gelesen …
import-days = Von { $first } bis { $last }
import-cut = Der Chat ist länger: Nur seine ersten { $count } Nachrichten werden mitgebracht.
import-large = Dieser Export ist zu groß oder von ungewöhnlicher Form. Exportiere den Chat ohne Medien.
import-unreadable = Diese Datei ist beschädigt oder nicht lesbar. Nichts daraus wurde mitgebracht.
import-no-chat = In dieser Datei ist kein exportierter Chat.
import-order = Tag und Monat lassen sich in diesem Chat nicht unterscheiden. Was steht zuerst?
import-order-choose = Bitte wählen
import-order-day = Der Tag: { $first } bis { $last }
import-order-month = Der Monat: { $first } bis { $last }
import-wordless = Nachrichten ohne Inhalt im Export, nicht angezeigt: { $count }
import-lines-out = Vor der ersten Nachricht weggelassene Zeilen: { $count }. Die erste: { $line }
import-lines-copied = Zeilen, die wie Nachrichten aussehen, aber in der Nachricht davor bleiben: { $count }. Die erste: { $line }
import-encrypted = Dieses Archiv hat ein Passwort. Entpacke es und erstelle ein Zip ohne Passwort.
imported = mitgebracht
imported-closed = Aus einer Datei mitgebracht; nur du hast es, zum Lesen.
import-unfinished = Noch nicht fertig mitgebracht: { $done } von { $of } Nachrichten sind hier. Falls es abgebrochen ist, bring dieselbe Datei noch einmal mit.
import-files = { $count ->
    [one] { $count } Datei
   *[other] { $count } Dateien
}
import-left-out = { $count ->
    [one] { $count } Datei konnte nicht mitgebracht werden. Ihre Nachricht ist ohne sie da.
   *[other] { $count } Dateien konnten nicht mitgebracht werden. Ihre Nachrichten sind ohne sie da.
}

## What the engine says
said-about-changed = { $by } hat geändert, worum es in der Gruppe geht.
said-about-changed-by-you = Du hast geändert, worum es in der Gruppe geht.
said-poll-is-closed = Diese Umfrage ist beendet.
said-poll-only-asker = Eine Umfrage beenden kann, wer gefragt hat.
said-once-opened-already = Das wurde schon geöffnet.
said-imported-only-yours = Das wurde aus einer Datei mitgebracht: Nur du hast es.
said-imported-file = Die Datei wurde mitgebracht und ist nur hier. Speichere und sende sie.
said-import-date-order = Tag und Monat lassen sich in diesem Chat nicht unterscheiden. Mit dem Tag zuerst geht er von { $day_first } bis { $day_last }, mit dem Monat zuerst von { $month_first } bis { $month_last }. Sag, was stimmt. Nichts wurde mitgebracht.
said-import-not-understood = In dieser Datei ist kein exportierter Chat. Die erste Zeile, die nicht verstanden wurde: { $line }
said-list-nobody = Niemand auf dieser Liste ist noch ein Kontakt.
add-question = { $name } zu { $group } hinzufügen?
add-verb = Hinzufügen
share-title = Frühere Nachrichten teilen
share-none = Keine
share-last = Letzte { $count }
share-all = Alle
share-none-hint = Wer dazukommt, liest nur, was ab jetzt gesagt wird.
share-hint = Alle Mitglieder sehen, dass du sie teilst. Einmal Angezeigtes und Verschwindendes bleibt außen vor, und es werden höchstens die letzten { $most } Nachrichten geteilt.
shared-by = Geteilt von { $name }
shared-by-hint = Von vor deiner Zeit. Dass diese Leute das geschrieben haben, sagt, wer es geteilt hat.
said-shared = { $by } hat die letzten { $count } Nachrichten mit { $who } geteilt.
said-shared-by-you = Du hast die letzten { $count } Nachrichten mit { $who } geteilt.
said-shared-with-you = { $by } hat die letzten { $count } Nachrichten mit dir geteilt.
said-call-missed = Verpasster Anruf von { $who }.
said-video-call-missed = Verpasster Videoanruf von { $who }.
said-call-unanswered = Du hast angerufen, und niemand hat abgenommen.
said-shared-unreadable = Die früheren Nachrichten konnten nicht gelesen werden.
said-shared-only-read = Das wurde vor deiner Zeit gesagt und mit dir geteilt: Dazu lässt sich nichts sagen.
report = Melden
report-title = { $name } melden
report-what = Niemand liest hier Meldungen: weder Casemate noch dein Server. Du machst eine Datei aus dem, was { $name } schrieb, und bringst sie zu wem du vertraust: Freunden, einer Beratung, der Polizei.
report-open = Die Datei ist nicht verschlüsselt und beweist anderen nichts: Sie zeigt, was dein Gerät zeigt. Deine eigenen Nachrichten sind nicht darin.
report-lab = Für ein Labor oder eine Sicherheitsabteilung
report-lab-hint = Verschlüsselt und unterschrieben. Es steht auch darin, wer es wann gesammelt hat und wo in der Unterhaltung jede Nachricht steht.
report-lab-words = Wer es lesen soll, braucht diese sechs Wörter. Sag sie auf einem anderen Weg, am besten mündlich. Sie werden nur hier gezeigt.
report-messages = Was hineinkommt
report-request = Diese Anfrage kommt hinein:
report-note = Deine eigenen Worte dazu
report-before = Vor der Änderung, ab { $when }:
report-save = Als Datei speichern
report-hand = Einem Kontakt geben
report-to = Wer bekommt sie?
report-saved = Die Meldung ist gespeichert. Sonst ging sie an niemanden.
report-handed = Die Meldung ist unterwegs zu { $name }.
report-holds = Darin: Name und Adresse, Nachrichten: { $messages }, Dateien: { $files }.

## Photos, videos, voice, stickers, pictures of people and groups
pause = Pause
voice-new = Noch nicht angehört
voice-speed = Tempo: { $speed }-fach
voice-place = Stelle in der Sprachnachricht
sound-place = Stelle in der Aufnahme
output-choose = Lautsprecher wählen
output-system = Wie das System
output-number = Lautsprecher { $number }
output-other = Ein anderer …
undo = Rückgängig
redo = Wiederholen
edit-tools = Werkzeuge
edit-picture = Das Bild, wie es gesendet wird
edit-crop = Zuschneiden
edit-turn = Drehen
edit-flip = Spiegeln
edit-draw = Zeichnen
edit-blur = Unkenntlich machen
edit-blur-hint = Male über Gesichter und Namen. Wer das Bild bekommt, kann sie nicht wiederherstellen.
edit-ratio = Format
ratio-free = Frei
ratio-whole = Ganz
edit-frame = Teil, der bleibt. Pfeiltasten verschieben ihn, mit Umschalt ändern sie die Größe.
edit-colour = Farbe
colour-white = Weiß
colour-black = Schwarz
colour-red = Rot
colour-yellow = Gelb
colour-green = Grün
colour-blue = Blau
colour-violet = Violett
edit-widths = Breite
edit-width = Breite { $number }
picture-choose = Bild wählen
picture-change = Bild ändern
picture-remove = Bild entfernen
picture-cut = Ausschnitt wählen
portrait = Bild von { $name }
viewer = Bilder und Videos
viewer-before = Vorheriges
viewer-after = Nächstes
viewer-wait = Bild wird vorbereitet …
viewer-strip = Alle
viewer-number = { $number } von { $count }
preview-photo = Foto
open-video = Video { $name } zeigen
video-hint = Casemate schreibt das Video neu, bevor der Player deines Systems es bekommt. Der Player selbst ist nicht von Casemate: Spiele nur ab, was du erwartet hast.
video-wait = Video wird vorbereitet …
video-broken = Dieses Video lässt sich nicht sicher abspielen.
video-unplayable = Dieser Browser kann solche Videos nicht abspielen. Du kannst es speichern.
video-not-previewed = Dieser Browser kann das Video hier nicht zeigen. Gesendet wird es trotzdem.
file-fetch = Empfangen ({ $size })
send-title = Dateien senden
send-to = An { $name }
send-more = Weitere hinzufügen
send-most = { $left ->
    [one] { $left } Datei blieb draußen: Eine Nachricht fasst { $count }. Sende sie in einer weiteren.
   *[other] { $left } Dateien blieben draußen: Eine Nachricht fasst { $count }. Sende den Rest in einer weiteren.
}
discard-question = { $count ->
    [one] Diese Datei verwerfen?
   *[other] { $count } Dateien verwerfen?
}
discard-body = Nichts wurde gesendet. Was du geschrieben hast, bleibt im Chat.
send-unreadable = { $name } lässt sich nicht lesen: Es ist ein Ordner oder wurde verschoben oder geändert, seit du es gewählt hast. Nichts wurde gesendet.
discard = Verwerfen
caption = Beschriftung hinzufügen
send-preparing = Wird vorbereitet …
send-as-it-is = Wird gesendet, wie es ist, mit allem, was es verrät.
send-clean = Autor, Daten und andere Angaben entfernen
send-cleaned = Wird als Kopie ohne Autor, Zeiten, Programme und andere Angaben gesendet; was sie zeigt, bleibt. Geht das nicht, wird nichts gesendet.
send-quality = Qualität
send-small = Klein
trim = Kürzen
trim-from = Anfang
trim-to = Ende
trim-about = etwa { $size }
trim-begins = Dieses Video kann dort nicht beginnen: Es würde ab { $time } gezeigt. Sieh es dir an und sende es noch einmal.
recording-slide = Zum Abbrechen wischen
recording-thrown-away = Aufnahme verworfen.
recording-hear = Aufnahme anhören
recording-pause = Aufnahme anhalten
recording-go-on = Weiter aufnehmen
recording-ended = Das Mikrofon ist nicht mehr da. Was bis dahin aufgenommen wurde, steht hier.
camera-title = Foto aufnehmen
camera-take = Auslösen
camera-other = Andere Kamera
camera-picture = Was die Kamera sieht
camera-failed = Die Kamera hat kein Bild geliefert. Versuche es noch einmal.
camera-refused = Diese Seite darf die Kamera nicht benutzen. Erlaube es im Browser oder fotografiere mit deiner Kamera-App.
camera-system = Kamera-App öffnen
stickers = Sticker
stickers-mine = Meine Sticker
stickers-taken = Zu deinen Stickern hinzugefügt.
sticker-packs = Pakete
sticker-take = Zu meinen Stickern hinzufügen
sticker-take-pack = Dieses Paket hinzufügen
sticker-count = { $count ->
    [one] Ein Sticker
   *[other] { $count } Sticker
}
sticker-new-pack = Neues Paket
sticker-make-hint = Ein Paket besteht aus deinen eigenen Bildern. Es ist verschlüsselt und auf allen deinen Geräten.
sticker-pack-name = Name des Pakets
sticker-choose = Bilder wählen
sticker-send = Sticker { $number } senden
sticker-remove = Sticker { $number } entfernen
sticker-pack-menu = Was mit dem Paket geschehen soll
sticker-add = Bilder hinzufügen
sticker-share-pack = Paket hierher senden
sticker-remove-some = Einzelne Sticker entfernen
sticker-remove-pack = Paket entfernen
sticker-done = Fertig
sticker-making = Sticker entstehen: { $done } von { $of }
sticker-unreadable = { $count ->
    [one] { $count } Bild war nicht zu lesen und fehlt.
   *[other] { $count } Bilder waren nicht zu lesen und fehlen.
}
sticker-remove-question = „{ $name }“ entfernen?
sticker-remove-body = Das Paket verschwindet von allen deinen Geräten. Was du geschickt hast, bleibt.
attach-files = Fotos, Videos, Dateien
moving-pause = GIF anhalten
moving-play = GIF abspielen
send-still = So verändert wird es als stehendes Bild gesendet.
sticker-stopped = { $count ->
    [one] Ein Sticker war zu groß, um sich zu bewegen: Er steht still.
   *[other] { $count } Sticker waren zu groß, um sich zu bewegen: Sie stehen still.
}

## Linking devices, and removing them

device-link = Gerät verknüpfen
device-link-how = Wähle auf dem neuen Gerät „Mit einem Gerät verknüpfen, das du schon hast“. Es zeigt einen Code: scannen oder eintippen.
device-code = Code
device-code-hint = 14 Gruppen aus vier Buchstaben und Ziffern, wie das neue Gerät sie zeigt
device-look = Weiter
device-asks = „{ $name }“ möchte eines deiner Geräte werden
device-same-network = Im selben Netz wie dieses Gerät
device-another-network = In einem anderen Netz als dieses Gerät. Hast du es in der Hand?
device-compare = Vergleichen: Das neue Gerät zeigt dieselbe Zahl
device-consequence = Es liest alles, was dir von nun an geschrieben wird, schreibt in deinem Namen und sieht deine Kontakte. Verknüpfe es nur, wenn du es in der Hand hast.
device-agree = Verknüpfen
device-linked = Verknüpft. Es kommt gleich in deine Chats.
device-seen = Zuletzt gesehen { $when }
device-chats = { $count ->
    [one] in { $count } Chat
   *[other] in { $count } Chats
}
device-remove = Gerät entfernen
device-remove-question = { $name } entfernen?
device-remove-body = Es wird sofort aus allen Chats genommen und aufgefordert, sich zu löschen. Was es gelesen hat, kann es behalten haben.
device-removed = Entfernt: Es ist aus allen Chats heraus und soll sich löschen.
device-removed-open = { $count ->
    [one] Entfernt. { $count } Chat hat es noch; es wird herausgenommen, sobald dort jemand online ist.
   *[other] Entfernt. { $count } Chats haben es noch; es wird herausgenommen, sobald dort jemand online ist.
}
device-removed-offline = Es wird entfernt, sobald der Server erreichbar ist.
device-had-all = Es hatte alle früheren Nachrichten erhalten.
device-had-30d = Es hatte frühere Nachrichten aus dreißig Tagen erhalten.
device-read-since = Konnte mitlesen seit { $when }
device-still-open = Es ist noch darin
device-told = Benachrichtigt: { $names }
device-report = Was es erreichen konnte
device-could-read = Chats, die es lesen konnte
device-show-code = Code anzeigen
device-new-code = Neuer Code
device-code-until = Er gilt bis { $when } und nur einmal.
device-code-over = Dieser Code ist abgelaufen. Hol dir einen neuen.
device-check = Das andere Gerät zeigt dieselbe Zahl: { $number }
device-code-secret = Zeige diesen Code nur deinem eigenen Gerät. Wer ihn hat, kann diesen Browser mit einem eigenen Konto verknüpfen.
device-waiting = Warten auf dein anderes Gerät …
device-wiped = Dieses Gerät wurde aus seinem Konto entfernt. Alles davon ist hier gelöscht.
sign-out = Auf diesem Gerät abmelden
sign-out-question = Auf diesem Gerät abmelden?
sign-out-body = Alles von diesem Konto wird hier gelöscht: Chats, Fotos, Dateien und Entwürfe. Deine anderen Geräte behalten ihres. Dein erstes Gerät nimmt dieses aus allen Chats, sobald es online ist.
sign-out-loses = Diese Nachrichten verlieren?
sign-out-offline = Der Server ist gerade nicht erreichbar, dein erstes Gerät erfährt also nichts davon: Entferne dieses dort unter Einstellungen, Geräte.
sign-out-verb = Abmelden
signing-out = Wird abgemeldet …
signed-out = Du hast dich abgemeldet. Alles von dem Konto ist hier gelöscht, und dein erstes Gerät nimmt dieses aus allen Chats.
signed-out-untold = Du hast dich abgemeldet. Alles von dem Konto ist hier gelöscht. Dein erstes Gerät hat nichts davon erfahren: Entferne dieses dort unter Einstellungen, Geräte.
link-this = Mit einem Gerät verknüpfen, das du schon hast
link-this-title = Dieses Gerät verknüpfen
link-body = Öffne auf deinem ersten Gerät Einstellungen, Geräte, Gerät verknüpfen, und scanne den Code dieses Geräts oder tippe ihn ein.
history-question = Frühere Nachrichten
history-none = Keine
history-30d = 30 Tage
history-all = Alle
history-progress = Frühere Nachrichten: { $done } von { $of }
history-through = Frühere Nachrichten sind da: { $count }
device-words-hint = Der strenge Modus ist an: die zwölf Wörter deines Wiederherstellungsblatts.

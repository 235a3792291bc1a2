## Being told: notifications, typing, last seen

typing = schreibt …
typing-one = { $name } schreibt …
typing-two = { $name } und { $other } schreiben …
typing-many = { $count ->
    [one] { $count } Person schreibt …
   *[other] { $count } Personen schreiben …
}
online = online
last-seen = zuletzt online { $time }
show-typing = Tippanzeige
show-typing-hint = Andere sehen, wenn du schreibst, und du siehst es bei ihnen.
show-last-seen = Online und zuletzt online
show-last-seen-hint = Kontakte, die das auch eingeschaltet haben, sehen, wann du hier bist und warst, und du siehst es bei ihnen.

settings-notifications = Mitteilungen
notify-new = Neue Nachricht
notify-reacted = { $name } hat mit { $emoji } auf „{ $text }“ reagiert
notify-reacted-some = Jemand hat auf eine Nachricht von dir reagiert
notify-open = Casemate öffnen
notify-explained = Dein Browser fragt dich gleich. Danach werden neue Nachrichten angezeigt, während Casemate im Hintergrund offen ist.
notify-allow = Mitteilungen einschalten
notify-granted = Mitteilungen sind in diesem Browser eingeschaltet.
notify-denied = Dieser Browser blockiert Mitteilungen von hier. Erlaube sie in den Einstellungen des Browsers für diese Seite und lade dann neu.
notify-unsupported = Dieser Browser kann keine Mitteilungen anzeigen.
notify-previews = Namen und Texte in Mitteilungen
notify-previews-hint = Sonst sagt eine Mitteilung nur, dass es eine neue Nachricht gibt.
notify-sounds = Töne
notify-sounds-hint = Ein kurzer Ton, wenn eine Nachricht ankommt.
quiet-hours = Ruhezeit
quiet-hours-hint = In dieser Zeit keine Töne und keine Mitteilungen, auf allen deinen Geräten.
quiet-from = Von
quiet-to = Bis
push-closed = Auch wenn Casemate geschlossen ist
push-closed-hint = Es heißt dann nur, dass es eine neue Nachricht gibt. Der Hersteller deines Browsers erfährt, wann dieses Gerät geweckt wird, nicht von wem oder wofür. Stummgeschaltete Chats wecken es nicht, und auch nicht Gruppen, aus denen du nur Erwähnungen hörst.
push-refused = Dein Browser hat dafür keine Adresse gegeben. Manche tun das nur für installierte Apps oder in gewöhnlichen Fenstern.
push-server-off = Dieser Server weckt keine Geräte. Frage, wer ihn betreibt.
device-added = Deinem Konto wurde ein weiteres Gerät hinzugefügt.
device-added-named = Deinem Konto wurde ein Gerät hinzugefügt: { $name }.
device-added-what = Es kann ab jetzt lesen und schreiben. Warst du das nicht, entferne es sofort von deinem ersten Gerät aus.
device-was-me = Das war ich
devices-look = Geräte ansehen

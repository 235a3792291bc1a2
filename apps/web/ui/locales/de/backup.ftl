## Die Sicherung des Verlaufs
settings-backup = Sicherung
backup-what = Deine Nachrichten, verschlüsselt, damit sie auf einem anderen Gerät wiederkommen. Nur die Passphrase der Sicherung öffnet sie: weder wer den Server betreibt, noch Casemate.
backup-server = Auf dem Server
backup-server-what = Texte, Reaktionen und Markierungen, von deinem Server aufbewahrt und einmal am Tag ergänzt. Fotos und Dateien nur, wenn du es unten sagst, sobald sie begonnen ist. Der Server erfährt, wie viel es ist und wann es sich ändert, sonst nichts.
backup-files = Auch Fotos und Dateien
backup-files-hint = Jede bis 32 MB, zusammen höchstens die Hälfte dessen, was der Server aufbewahrt. Ausgeschaltet werden die in der Sicherung gelöscht.
backup-to-server = Auf dem Server sichern
backup-begin = Sicherung beginnen
backup-words-what = Diese sechs Wörter sind die Passphrase deiner Sicherung. Sie werden nirgends aufbewahrt: Ohne sie holt niemand deine Nachrichten zurück.
backup-words = Die Passphrase der Sicherung
backup-words-keep = Schreib sie auf oder bewahre sie in einem Passwortmanager auf. Nicht nur auf diesem Gerät: Die Sicherung ist für den Tag, an dem es weg ist.
backup-words-check = Ein Blick auf das Aufgeschriebene: Welche Wörter sind das?
backup-running = Sichern … { $percent } %
backup-go-on = Du kannst Casemate währenddessen weiter benutzen. Unterbrochen geht es weiter, wo es war.
backup-last = Letzte Sicherung: { $when }
backup-unfinished = Dieses Gerät hat sie noch nicht vervollständigt. Es tut das von selbst, oder gleich mit „Jetzt sichern“.
backup-room = { $size } von { $limit } auf dem Server
backup-guesses = { $count ->
    [one] Eine falsche Passphrase kann versucht werden, danach eine am Tag.
   *[other] { $count } falsche Passphrasen können versucht werden, danach eine am Tag.
 }
backup-disappearing = { $count ->
    [one] Eine Nachricht ist in keiner Sicherung: Sie verschwindet oder wird nur einmal gezeigt.
   *[other] { $count } Nachrichten sind in keiner Sicherung: Sie verschwinden oder werden nur einmal gezeigt.
 }
backup-left-out = { $count ->
    [one] Eine Datei ist nicht darin: Sie ist nicht auf diesem Gerät, oder es ist kein Platz für sie.
   *[other] { $count } Dateien sind nicht darin: Sie sind nicht auf diesem Gerät, oder es ist kein Platz für sie.
 }
backup-rewritten = { $count ->
    [one] Eine Nachricht oder Datei war in der Sicherung beschädigt und wurde neu geschrieben.
   *[other] { $count } Nachrichten und Dateien waren in der Sicherung beschädigt und wurden neu geschrieben.
 }
backup-damaged-files = { $count ->
    [one] Eine Datei ist in der Sicherung beschädigt und nicht auf diesem Gerät. Empfange sie noch einmal und sichere dann erneut.
   *[other] { $count } Dateien sind in der Sicherung beschädigt und nicht auf diesem Gerät. Empfange sie noch einmal und sichere dann erneut.
 }
backup-daily = Solange Casemate offen ist, wird sie einmal am Tag ergänzt, ohne zu fragen.
backup-now = Jetzt sichern
backup-change = Passphrase ändern
backup-change-passkey = Der Passkey öffnet die Sicherung danach nicht mehr. Füge ihn unten wieder hinzu.
backup-end = Sicherung löschen
backup-end-question = Die Sicherung auf dem Server löschen?
backup-end-body = Alles darin wird vom Server gelöscht, und ihre Passphrase öffnet nichts mehr. Deine Nachrichten hier bleiben.
backup-ended = Die Sicherung auf dem Server ist gelöscht.
backup-offline = Der Server ist nicht erreichbar. Sieh wieder nach, wenn du verbunden bist.
backup-elsewhere = Dein Hauptgerät kann eine Sicherung auf dem Server führen. Hier kannst du eine in eine Datei schreiben.
backup-none-here = Dieser Server bewahrt keine Sicherungen auf. Nimm eine Datei.
backup-anew = Neue Sicherung beginnen
backup-anew-question = Die Sicherung auf dem Server aufgeben?
backup-anew-body = Was darin ist und nicht auf diesem Gerät, ist für immer verloren. Eine neue Sicherung dessen, was hier ist, tritt an ihre Stelle.
backup-passkey-what = Ein Passkey kann die Sicherung statt ihrer Passphrase öffnen, sobald du dein Konto mit dem Wiederherstellungsblatt zurückgeholt hast.
backup-passkey-holds = Ein Passkey öffnet diese Sicherung, sobald du dein Konto mit dem Wiederherstellungsblatt zurückgeholt hast. Die Passphrase öffnet sie weiterhin.
backup-passkey-name = Casemate-Sicherung von { $address }
backup-passkey-set = Der Passkey öffnet ab jetzt die Sicherung.
backup-passkey-removed = Der Passkey öffnet die Sicherung nicht mehr.
backup-file = In einer Datei
backup-file-what = Alle Nachrichten mit den Fotos und Dateien, die auf diesem Gerät sind, in einer verschlüsselten Datei, die du aufbewahrst. Casemate ergänzt sie nicht von selbst.
backup-file-last = Zuletzt aus diesem Browser geschrieben: { $when }
backup-to-file = In eine Datei sichern
backup-save-file = Datei speichern
backup-file-done = Die Sicherung ist geschrieben.
backup-place-failed = Die Datei konnte dort nicht geschrieben werden. Speichere sie noch einmal an einem anderen Ort.
backup-passphrase = Passphrase der Sicherung
backup-passphrase-hint = Sechs Wörter, wie du sie aufgeschrieben hast. Großschreibung und Leerzeichen spielen keine Rolle.
backup-words-so-far = Bisher { $count } von 6 Wörtern
backup-words-odd = { $count ->
    [one] Das ist ein Wort
   *[other] Das sind { $count } Wörter
}
backup-words-odd-body = Passphrasen von Casemate haben sechs Wörter. Jeder falsche Versuch zählt, und nach zehn kann niemand mehr die Sicherung öffnen.
backup-words-try = Trotzdem versuchen
restore-there = Auf deinem Server liegt eine Sicherung, deren Nachrichten nicht auf diesem Gerät sind.
restore-messages = Nachrichten zurückholen
restore-passkey = Mit Passkey zurückholen
restore-running = Nachrichten kommen zurück … { $percent } %
restore-interrupted = Das Zurückholen deiner Nachrichten wurde unterbrochen. Was kam, ist hier.
restore-go-on = Weitermachen
restore-from-file = Aus einer Datei zurückholen
restore-choose = Datei wählen
restored-messages = { $count ->
    [0] Hier fehlte nichts.
    [one] Eine Nachricht ist zurück.
   *[other] { $count } Nachrichten sind zurück.
 }
restored-made = Aus der Sicherung von { $when }
restored-unsigned = Kein Gerät deines Kontos hat diese Sicherung unterschrieben: Ihre Nachrichten sind als mitgebracht gekennzeichnet, denn in einer Datei kann alles stehen.
restored-look = Zu den Chats
restore-offer = Deine Nachrichten können zurückkommen
restore-offer-body = Auf deinem Server liegt eine Sicherung. Ihre Passphrase bringt deine Nachrichten zurück.

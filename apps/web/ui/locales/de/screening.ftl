## Links, bevor sie sich öffnen
link-reads = In anderen Buchstaben: { $reads }
link-unreadable = Diesen Link versteht kein Browser.
link-scheme = Das öffnet keine Webseite: „{ $about }“ startet ein anderes Programm auf deinem Gerät.
link-hidden = Darin sind unsichtbare Zeichen oder solche, die die Reihenfolge umdrehen.
link-port = Er führt zu einer ungewöhnlichen Tür (Port { $about }). Öffentliche Seiten brauchen keine.
link-looks-like = Er soll aussehen wie { $about } und ist es nicht.
link-almost-like = Er heißt fast { $about } und ist es nicht.
link-inside = Er nennt { $about }, führt aber zu { $host }.
link-lure = Er benutzt den Namen { $about }, gehört aber dem Namen nach nicht dazu.
link-text = Im Text steht { $about }, aber er führt zu { $host }.
link-shortener = Ein Kurzlink: Wohin er weiterführt, sieht man erst nach dem Öffnen.
link-new-sender = { $name } ist kein Kontakt von dir oder erst seit weniger als einer Woche.
link-indicator = Er steht auf der Liste „{ $about }“ dessen, was Angreifer benutzen. Öffne ihn nicht.
link-anyway = Trotzdem öffnen

## Sicherheitscheck
settings-checkup = Sicherheitscheck
checkup-what = Was auf diesem Gerät besser sein könnte, und warum. Casemate schaut nur hier und sagt es niemandem.
checkup-looking = Wird angesehen …
checkup-good = Nichts zu tun. Schau ab und zu wieder her.
checkup-unseen = Was die App nicht sehen kann: ob sich dieses Gerät selbst sperrt und ob sein Speicher verschlüsselt ist. Beides steht in den Einstellungen des Geräts.
checkup-high = Wichtig
checkup-medium = Besser bald
checkup-low = Einen Blick wert
checkup-known-bad = { $count ->
    [one] Eine Nachricht hier nennt etwas, das bekanntermaßen Angreifern gehört. Hast du es geöffnet, liest auf diesem Gerät vielleicht jemand mit.
   *[other] { $count } Nachrichten hier nennen etwas, das bekanntermaßen Angreifern gehört. Hast du es geöffnet, liest auf diesem Gerät vielleicht jemand mit.
 }
checkup-known-bad-do = Nachrichten ansehen
checkup-key-in-file = Der Schlüssel zu allem hier liegt in einer Datei daneben. Wer den Ordner kopiert, liest alles.
checkup-key-in-file-do = Passphrase wählen
checkup-no-passphrase = Wer dieses Gerät unter deinem Namen benutzt, kann hier alles öffnen: Es wird nach nichts gefragt.
checkup-no-passphrase-do = Sperre einrichten
checkup-safety-changed = { $count ->
    [one] Die Sicherheitsnummer von { $name } hat sich geändert, und du hast sie nicht angesehen. Vielleicht ein neues Telefon, vielleicht jemand dazwischen.
   *[other] Die Sicherheitsnummern von { $count } Kontakten haben sich geändert, und du hast sie nicht angesehen. Vielleicht neue Telefone, vielleicht jemand dazwischen.
 }
checkup-safety-changed-do = Sicherheitsnummern vergleichen
checkup-kit-not-written = Verlierst du dieses Gerät, bringt nichts dein Konto und deine Kontakte zurück.
checkup-kit-not-written-do = Wiederherstellungsblatt aufschreiben
checkup-device-unseen = { $count ->
    [one] Von einem deiner Geräte war seit einem Monat nichts zu hören. Ist es verloren, liest mit, wer es findet.
   *[other] Von { $count } deiner Geräte war seit einem Monat nichts zu hören. Ist eines verloren, liest mit, wer es findet.
 }
checkup-device-unseen-do = Geräte ansehen
checkup-contacts-unverified = { $count ->
    [one] Du hast mit { $name } keine Sicherheitsnummern verglichen. Bis dahin sagt nur der Server, wer das ist.
   *[other] Du hast mit { $count } Kontakten keine Sicherheitsnummern verglichen. Bis dahin sagt nur der Server, wer sie sind.
 }
checkup-contacts-unverified-do = Sicherheitsnummern vergleichen
checkup-no-backup = Verlierst du dieses Gerät, geht mit, was gesagt wurde: Auf dem Server ist keine Sicherung.
checkup-no-backup-do = Sicherung machen
checkup-backup-old = Die letzte Sicherung ist über einen Monat alt. Was seither gesagt wurde, ist nur auf diesem Gerät.
checkup-backup-old-do = Sicherung machen
checkup-previews = Mitteilungen zeigen Namen und Texte jedem, der deinen Bildschirm sieht, auch gesperrt.
checkup-previews-do = In Mitteilungen verbergen
checkup-old-conversations = { $count ->
    [one] In einem Chat wurde ein Jahr lang nichts gesagt. Was nicht hier ist, kann hier niemand nehmen.
   *[other] In { $count } Chats wurde ein Jahr lang nichts gesagt. Was nicht hier ist, kann hier niemand nehmen.
 }
checkup-old-conversations-do = Alte Chats leeren
checkup-keys-old = { $count ->
    [one] In einem Chat hat dieses Gerät seine Schlüssel seit mehr als acht Tagen. Wer es kopiert hat, liest dort mit, bis der Server neue annimmt.
   *[other] In { $count } Chats hat dieses Gerät seine Schlüssel seit mehr als acht Tagen. Wer es kopiert hat, liest dort mit, bis der Server neue annimmt.
 }
checkup-keys-old-do = Noch einmal nachsehen
checkup-members-silent = { $count ->
    [one] In einer Gruppe kam von keinem Gerät eines Mitglieds zwölf Wochen lang etwas. Wurde eines davon kopiert, liest die Kopie dort mit. Admins können entfernen, wer nicht mehr da ist.
   *[other] In { $count } Gruppen kam von keinem Gerät eines Mitglieds zwölf Wochen lang etwas. Wurde eines davon kopiert, liest die Kopie dort mit. Admins können entfernen, wer nicht mehr da ist.
 }
checkup-members-silent-do = Noch einmal nachsehen
checkup-keys = Wie alt die Schlüssel dieses Geräts in jedem Chat sind
checkup-keys-replaced = werden jetzt ersetzt
checkup-indicators-old = Deine Listen bekannter Spyware sind älter als drei Monate. Was Angreifer jetzt benutzen, steht nicht darauf.
checkup-indicators-old-do = Neuere Listen einlesen
checkup-browser-old = { $browser } { $version } hat Lücken, die Angreifer nachweislich nutzen. Neuere Versionen schließen sie: Aktualisiere ihn und starte ihn neu.
checkup-browser-old-do = Noch einmal nachsehen
checkup-not-kept = Dieser Browser darf löschen, was hier ist, wenn der Platz knapp wird. Eher behält er es, wenn Casemate installiert ist oder Mitteilungen zeigen darf. Wiederherstellungsblatt und Sicherung bringen Gelöschtes zurück.
checkup-not-kept-do = Browser bitten, alles zu behalten
checkup-not-kept-refused = Der Browser hat nicht zugestimmt. Installiere Casemate oder schalte Mitteilungen ein und bitte ihn dann noch einmal.

## Bekannte Spionageprogramme
settings-spyware = Bekannte Spyware
spyware-what = Labore veröffentlichen, was Spyware benutzt: ihre Domains, Adressen und Dateien. Mit so einer Liste sieht Casemate an, was ankommt und was schon hier ist. Niemand wird gefragt, und niemand erfährt, was gefunden wird.
spyware-none = Noch ist keine Liste hier.
spyware-import = Liste einlesen
spyware-forms = Eine Datei in STIX 2.1 oder MISP, eine einfache Liste oder eine signierte.
spyware-entries = { $count ->
    [one] Ein Eintrag
   *[other] { $count } Einträge
 }
spyware-publisher = Signiert, Version { $version }. Schlüssel dessen, der sie signiert hat: { $key }
spyware-remove = Diese Liste entfernen
spyware-remove-question = „{ $name }“ entfernen?
spyware-remove-body = Auch was mit ihr gefunden wurde, wird vergessen.
spyware-added = { $count ->
    [0] „{ $name }“ brachte nichts Neues.
    [one] „{ $name }“ brachte einen neuen Eintrag.
   *[other] „{ $name }“ brachte { $count } neue Einträge.
 }
spyware-refused = { $count ->
    [one] Ein Eintrag wurde ausgelassen:
   *[other] { $count } Einträge wurden ausgelassen, darunter:
 }
spyware-look-back = Alle Nachrichten durchsehen
spyware-nothing = { $count ->
    [one] Eine Nachricht wurde durchgesehen. Nichts wurde gefunden.
   *[other] { $count } Nachrichten wurden durchgesehen. Nichts wurde gefunden.
 }
spyware-found = { $count ->
    [one] In einer Nachricht ist etwas, das bekannt ist:
   *[other] In { $count } Nachrichten ist etwas, das bekannt ist:
 }
spyware-match = { $name }: { $indicator }
spyware-match-list = auf der Liste „{ $list }“
spyware-advice = Hast du etwas davon geöffnet, liest auf diesem Gerät vielleicht jemand mit. Frag dein Sicherheitsteam oder ein Labor, das Menschen wie dir hilft, und frag von einem anderen Gerät aus.
known-bad = { $indicator } gehört bekanntermaßen Angreifern („{ $list }“). Öffne es nicht.
known-bad-came = In einer Nachricht von { $name } ist etwas, das bekanntermaßen Angreifern gehört.

## Dateien, bevor sie gespeichert werden
file-listed = Was in dieser Nachricht ist, steht auf einer Liste dessen, was Angreifer benutzen. Öffne es nicht.
file-program = Es ist ein Programm oder startet eines: Geöffnet kann es auf deinem Gerät alles, was du kannst.
file-macros = Es hat Makros: kleine Programme, die ein Büroprogramm ausführen kann.
file-active = Es kann Skripte ausführen oder trägt andere Dateien in sich.
file-page = Es tut etwas, wenn es geöffnet wird: Es führt Skripte aus, leitet anderswohin oder verschickt, was man darin eingibt.
file-holds-programs = Es enthält Programme oder Skripte oder Dateien, deren Namen verbergen, was sie sind.
file-leads-out = Es schreibt außerhalb des Ordners, in den es entpackt wird.
file-two-in-one = Es sind zwei Dateien in einer: Was es ist, hängt davon ab, was es öffnet.
file-bomb = Es ist klein und entpackt riesig.
file-unlooked = In einen Teil davon ließ sich nicht hineinsehen: Er ist zu groß, beschädigt oder verschlossen. Was darin ist, kann schaden.
file-double-ending = Sein Name verbirgt, was es ist: Nur die letzte Endung zählt.
file-turned-name = Sein Name wird in anderer Reihenfolge gelesen, als er dasteht.
file-hidden-letters = Sein Name hat Zeichen, die niemand sieht: Es ist vielleicht nicht, wonach er sich liest.
file-other-kind = Sein Name ist der einer anderen Art von Datei: Es ist nicht, was der Name sagt.
file-unread = In diese Datei ließ sich nicht hineinsehen. Sie ist vielleicht gemacht, um zu schaden.
file-save-question = „{ $name }“ speichern?
guard-crashed = Beim Hineinsehen in diese Datei ging etwas kaputt. Sie ist vielleicht gemacht, um zu schaden.
guard-too-long = Das Hineinsehen in diese Datei dauerte zu lange und wurde abgebrochen.
guard-away = Was in Dateien hineinsieht, wird mit der ersten geladen, und der Server ist nicht erreichbar. Nichts ist verloren: Versuch es noch einmal, sobald du verbunden bist.
guard-newer = Es gibt eine neuere Version von Casemate; diese Seite kann nicht mehr laden, was in Dateien hineinsieht. Lade die Seite neu.
file-held = Beim Hineinsehen in diese Datei ging schon einmal etwas kaputt, darum wird sie nicht mehr von selbst geöffnet. Sie ist vielleicht gemacht, um zu schaden.
file-preview = Vorschau
file-preview-of = Vorschau von { $name }
file-what = Was ist das?
file-what-of = Was ist { $name }?
file-empty = Diese Datei ist leer.
file-type = Dem Inhalt nach: { $type }.
kind-pdf = PDF
kind-word = Word-Dokument
kind-excel = Excel-Tabelle
kind-powerpoint = PowerPoint-Präsentation
kind-document = Textdokument
kind-spreadsheet = Tabelle
kind-presentation = Präsentation
kind-archive = Archiv mit Dateien
kind-text = Text
kind-picture = Bild
kind-avif = AVIF-Bild
kind-heic = HEIC-Bild
kind-jxl = JPEG-XL-Bild
kind-tiff = TIFF-Bild
kind-drawing = Zeichnung
kind-disk = Abbild eines Datenträgers
kind-package = Softwarepaket: installiert Programme
kind-database = Datenbank
kind-old-office = Office-Dokument von vor 2007
kind-sound = Ton
kind-page = Webseite
kind-calendar = Kalendereintrag
kind-card = Kontaktkarte
kind-book = Buch
kind-program = Programm
kind-unknown = Unbekannte Art von Datei
file-not-shown = Sie wird hier nicht gezeigt. Wer sie öffnet, lässt ein anderes Programm sie lesen, und das will der Absender vielleicht. Öffne sie nur, wenn du sie erwartet hast.
picture-not-decoded = { $type }: Hier lässt es sich nicht sicher zeigen. Gespeichert kann ein anderes Programm es zeigen; was darin versteckt ist, erreicht dann dieses Programm.
file-words-alone = Nur ihre Wörter: Bilder, Links und Programme darin werden nicht geöffnet.
file-beginning = Nur der Anfang wird gezeigt.
file-save-anyway = Trotzdem speichern
file-no-words = Es stehen keine lesbaren Wörter darin. Was sie zeigt, sind vielleicht Bilder, und die werden hier nicht angesehen.

## Zurückgehaltene Dateien
settings-held = Zurückgehaltene Dateien
held-what = Dateien, in die nicht hineingesehen werden konnte, und solche, an denen dabei etwas kaputtging. Notiert ist, wer sie geschickt hat und wann, nicht was darin steht. Die Liste bleibt auf diesem Gerät, und kein Absender nimmt etwas heraus.
held-none = In jede Datei, die kam, konnte hineingesehen werden.
held-refused = Sie ist nicht, was sie scheint, oder zu viel, um hineinzusehen.
held-crashed = Was in Dateien hineinsieht, ist daran abgestürzt.
held-too-long = Das Hineinsehen dauerte zu lange.
held-killed = Es wurde gerade in sie hineingesehen, als alles endete.
held-file = Datei
held-from = von { $name }
held-times = { $count ->
    [one] Einmal
   *[other] { $count }-mal
 }
held-now = Sie wird nicht mehr von selbst geöffnet.
link-previews = Vorschau von Links
link-previews-hint = Wenn du einen Link schreibst, fragt dieses Gerät dessen Seite nach Titel und Bild, damit es die Empfänger nicht tun müssen. Die Seite erfährt die Adresse dieses Geräts.
link-preview-goes = Geht mit: eine Vorschau von { $host }
link-preview-remove = Vorschau weglassen
link-preview-whose = Titel und Bild stammen von der Person, die das geschickt hat

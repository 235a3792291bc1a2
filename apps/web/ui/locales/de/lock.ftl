lock-hidden = Wenn es nicht zu sehen ist
lock-minute = Nach einer Minute
lock-what = Beim Sperren werden deine Nachrichten geschlossen und ihr Schlüssel vergessen, bis du sie wieder öffnest. Was du angefangen hast zu schreiben, bleibt. Andere Tabs zeigen dann nichts.
seen-title = Was andere sehen können
list-texts = Nachrichten in der Chatliste zeigen
list-texts-hint = Aus: die Liste zeigt Namen und wie viel ungelesen ist, keine Texte und keine Entwürfe.
text-hidden = Text verborgen

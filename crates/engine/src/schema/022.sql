-- What a request to talk was made with, until the chat that comes of it is there (request.rs). `own`: this account asked.
CREATE TABLE asked_with (
    account BLOB NOT NULL, own INTEGER NOT NULL, note TEXT NOT NULL, at_ms INTEGER NOT NULL,
    PRIMARY KEY (account, own)
) STRICT, WITHOUT ROWID;
INSERT INTO asked_with SELECT account, standing = 1, note, at_ms FROM people WHERE standing IN (1, 2) AND note != '';

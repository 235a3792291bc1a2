-- Polls that were closed; what was shown once and has been; stars and pins found without looking at everything.
ALTER TABLE messages ADD COLUMN closed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN opened INTEGER NOT NULL DEFAULT 0;
CREATE INDEX messages_starred ON messages(thread, position) WHERE starred = 1;
CREATE INDEX messages_pinned ON messages(thread, position) WHERE pinned = 1;
CREATE INDEX messages_opened ON messages(id) WHERE opened = 1 AND deleted = 0;
-- Who has opened an own message.
CREATE TABLE opened (
    message BLOB NOT NULL, account BLOB NOT NULL, at_ms INTEGER NOT NULL,
    PRIMARY KEY (message, account)
) STRICT, WITHOUT ROWID;
-- Links by which others ask to be added to a group, made here or on a sibling.
CREATE TABLE group_links (
    token BLOB PRIMARY KEY, thread INTEGER NOT NULL, link TEXT NOT NULL, revoked INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX group_links_by_thread ON group_links(thread);
-- Who asks to be added.
CREATE TABLE joins_asked (
    thread INTEGER NOT NULL, account BLOB NOT NULL, note TEXT NOT NULL, at_ms INTEGER NOT NULL,
    PRIMARY KEY (thread, account)
) STRICT, WITHOUT ROWID;
-- Whom this account asked to be added somewhere, by a group's link.
CREATE TABLE joins_wanted (account BLOB PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
-- Lists of people to whom one message goes as one message each.
CREATE TABLE lists (list BLOB PRIMARY KEY, name TEXT NOT NULL, members TEXT NOT NULL) STRICT, WITHOUT ROWID;
-- Brought along from another messenger; `author` is a name there.
ALTER TABLE messages ADD COLUMN imported INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN author TEXT NOT NULL DEFAULT '';
ALTER TABLE threads ADD COLUMN imported INTEGER NOT NULL DEFAULT 0; -- made for that, and only read
ALTER TABLE threads ADD COLUMN import_end INTEGER NOT NULL DEFAULT 1; -- the last import stands before this position
-- Quiet but where this account is mentioned.
ALTER TABLE threads ADD COLUMN mentions_only INTEGER NOT NULL DEFAULT 0;

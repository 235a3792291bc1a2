-- What a list of many conversations needs of each, so that no message is read for it.
-- When it was last written in.
ALTER TABLE threads ADD COLUMN active_ms INTEGER NOT NULL DEFAULT 0;
UPDATE threads SET active_ms = coalesce(
    (SELECT at_ms FROM messages WHERE thread = threads.id ORDER BY position DESC LIMIT 1), at_ms);
-- Unread messages, where they were counted since something else than a new message changed their number.
ALTER TABLE threads ADD COLUMN unread INTEGER DEFAULT 0;
UPDATE threads SET unread = NULL;
-- message::State::Received, and no notice: those count.
CREATE INDEX messages_counted ON messages(thread, position)
    WHERE state = 4 AND kind != 1 AND deleted = 0 AND imported = 0;
CREATE TRIGGER messages_came AFTER INSERT ON messages BEGIN
    UPDATE threads SET active_ms = max(active_ms, new.at_ms), unread = unread
        + (new.state = 4 AND new.kind != 1 AND new.deleted = 0 AND new.imported = 0 AND new.position > read_position)
    WHERE id = new.thread;
END;
CREATE TRIGGER messages_changed AFTER UPDATE OF deleted, position ON messages WHEN new.state = 4 BEGIN
    UPDATE threads SET unread = NULL WHERE id = new.thread;
END;
CREATE TRIGGER messages_went AFTER DELETE ON messages WHEN old.state = 4 BEGIN
    UPDATE threads SET unread = NULL WHERE id = old.thread;
END;
CREATE TRIGGER threads_read AFTER UPDATE OF read_position ON threads WHEN new.read_position != old.read_position BEGIN
    UPDATE threads SET unread = NULL WHERE id = new.id;
END;

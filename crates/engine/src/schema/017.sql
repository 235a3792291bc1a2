-- A conversation that was deleted (mark.rs), which one that was only put away is not. Until now an archived one without
-- messages counted as such.
ALTER TABLE threads ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
UPDATE threads SET deleted = 1
WHERE archived = 1 AND NOT EXISTS (SELECT 1 FROM messages WHERE messages.thread = threads.id);

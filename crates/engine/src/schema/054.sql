-- Since when a conversation has gone on in another log: the keys of this one are deleted some weeks later (groups.rs). 0: from the next look.
ALTER TABLE logs ADD COLUMN replaced_ms INTEGER NOT NULL DEFAULT 0;

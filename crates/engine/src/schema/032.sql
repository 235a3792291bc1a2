-- A message is (conversation, sender, the id that its sender chose). `message` names a row on this device; `said_id` is the
-- sender's id where another row had it first. `reply_author`: who said what is answered, where the answer names them.
ALTER TABLE messages ADD COLUMN said_id BLOB;
ALTER TABLE messages ADD COLUMN reply_author BLOB;
CREATE INDEX messages_said ON messages(said_id) WHERE said_id IS NOT NULL;

-- Pictures of people and groups have ids that no message has (picture.rs).
UPDATE attachments SET message = unhex('70696374' || substr(hex(message), 9))
    WHERE message NOT IN (SELECT message FROM messages) AND message NOT IN (SELECT message FROM scheduled);
UPDATE people SET picture = unhex('70696374' || substr(hex(picture), 9)) WHERE picture IS NOT NULL;
UPDATE threads SET picture = unhex('70696374' || substr(hex(picture), 9)) WHERE picture IS NOT NULL;

-- Entries and inbox items whose content made an error (aside.rs). `log` is empty for the latter.
CREATE TABLE set_aside (
    id INTEGER PRIMARY KEY, log BLOB NOT NULL, entry INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    payload BLOB NOT NULL, why TEXT NOT NULL
) STRICT;

-- The device said that it opens what is sealed to it under "casemate/inbox/v2".
ALTER TABLE reach ADD COLUMN bound INTEGER NOT NULL DEFAULT 0;

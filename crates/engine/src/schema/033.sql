-- Whether the server promised somebody's name to them; without, it is what they claim. Whoever is more than a stranger was looked up.
ALTER TABLE people ADD COLUMN promised INTEGER NOT NULL DEFAULT 0;
UPDATE people SET promised = 1 WHERE standing != 0;
-- Whether this device said the promise for its own name to all who are in a log.
ALTER TABLE logs ADD COLUMN promise_said INTEGER NOT NULL DEFAULT 0;

-- A message to a list that was begun and not sent, on this device alone.
ALTER TABLE lists ADD COLUMN draft TEXT NOT NULL DEFAULT '';

-- What of somebody was looked at (strict.rs): account keys and prints of devices, 32 bytes each. `news`: what is there now
-- and was not looked at (strict::News).
ALTER TABLE people ADD COLUMN looked BLOB NOT NULL DEFAULT x'';
ALTER TABLE people ADD COLUMN news INTEGER NOT NULL DEFAULT 0;
UPDATE people SET news = 2 WHERE EXISTS (SELECT 1 FROM settings WHERE key = 'safety_changed/' || lower(hex(account)));
DELETE FROM settings WHERE key GLOB 'safety_changed/*';
CREATE INDEX people_with_news ON people(account) WHERE news != 0;
-- Strict mode here: 1 on, 0 off; NULL: as for all conversations.
ALTER TABLE threads ADD COLUMN strict INTEGER;
-- Its texts are kept out of lists and of the search in all conversations, on this device.
ALTER TABLE threads ADD COLUMN locked INTEGER NOT NULL DEFAULT 0;

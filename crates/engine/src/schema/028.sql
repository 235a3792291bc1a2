-- Said that they deleted their account.
ALTER TABLE people ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;

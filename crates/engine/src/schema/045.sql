-- Messages were read whose used keys were not deleted yet (groups.rs): after a crash the leaf takes new keys.
ALTER TABLE logs ADD COLUMN is_ahead INTEGER NOT NULL DEFAULT 0;

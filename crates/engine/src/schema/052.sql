-- When a leaf last said or committed something that this device read (healing/unheard.rs). 0: not known, and it counts from the next look.
ALTER TABLE leaves ADD COLUMN heard_ms INTEGER NOT NULL DEFAULT 0;

-- When each device in a call was heard of last, by this device's clock: of a group's it is listed no longer after a while without
-- a word (call/here.rs).
ALTER TABLE call_devices ADD COLUMN heard_ms INTEGER NOT NULL DEFAULT 0;

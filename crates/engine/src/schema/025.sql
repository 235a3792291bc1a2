-- Since when this device talks in a call, by its clock: a program that is started again goes on counting (call/line.rs).
ALTER TABLE calls ADD COLUMN talks_since_ms INTEGER;

-- Calls that go on without this device: over once nobody in them was heard of for a while (call/here.rs).
CREATE INDEX calls_going ON calls (heard_ms) WHERE state = 1;
-- Of which this device only heard from those in them: counted, and not listed once they are over.
ALTER TABLE calls ADD COLUMN heard_of INTEGER NOT NULL DEFAULT 0;

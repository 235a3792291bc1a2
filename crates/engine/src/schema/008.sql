-- Calls (call.rs). It is also the person's journal: what somebody else says or deletes takes nothing out of it.
CREATE TABLE calls(
  id INTEGER PRIMARY KEY,
  call BLOB NOT NULL UNIQUE,
  thread INTEGER NOT NULL,
  log BLOB NOT NULL,
  -- Who called; of a call that this device heard of later, whoever it heard of it.
  account BLOB NOT NULL,
  device BLOB NOT NULL,
  video INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  -- By this device's clock.
  heard_ms INTEGER NOT NULL,
  -- call::row: 0 rings, 1 goes on, 2 taken part in, 3 over.
  state INTEGER NOT NULL,
  until_ms INTEGER,
  -- call::state::Outcome
  outcome INTEGER NOT NULL DEFAULT 0,
  -- It was allowed to ring, and whether the person's screen was told.
  rang INTEGER NOT NULL DEFAULT 0,
  told INTEGER NOT NULL DEFAULT 0,
  -- With those after it that were too many to be kept one by one.
  times INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX calls_of_account ON calls(account, at_ms);
CREATE INDEX calls_of_thread ON calls(thread, id);
CREATE INDEX calls_until ON calls(until_ms) WHERE until_ms IS NOT NULL;
-- Devices in a call, as far as they said.
CREATE TABLE call_devices(
  call BLOB NOT NULL,
  device BLOB NOT NULL,
  account BLOB NOT NULL,
  participant BLOB NOT NULL,
  PRIMARY KEY (call, device)
) STRICT, WITHOUT ROWID;

-- What is said again (again.rs). `said_before`: others may have it already. `said_to`: the accounts that it was said to; who came since
-- does not get it.
ALTER TABLE outbox ADD COLUMN said_before INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN said_to BLOB;

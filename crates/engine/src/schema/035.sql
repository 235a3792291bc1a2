-- Members of two conversations may name two calls alike. `call` is this device's own handle, which is the members' name wherever that was
-- free; `named` is their name where it was not.
ALTER TABLE calls ADD COLUMN named BLOB;
CREATE INDEX calls_named ON calls(named) WHERE named IS NOT NULL;

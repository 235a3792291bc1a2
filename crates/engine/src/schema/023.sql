-- What was asked with a client_id: a hash of it. Of those before this was kept it is not known, and empty.
ALTER TABLE client_ids ADD COLUMN asked BLOB NOT NULL DEFAULT x'';

-- The leaf took new keys since its device was heard: what it says next may be counted lower. A copy of the device counted on with the old
-- keys.
ALTER TABLE leaves ADD COLUMN renewed INTEGER NOT NULL DEFAULT 0;

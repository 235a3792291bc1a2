-- An own message that is being changed, and its new text so far (draft.rs): beside the draft, on this device alone.
ALTER TABLE threads ADD COLUMN edited BLOB;
ALTER TABLE threads ADD COLUMN edited_text TEXT NOT NULL DEFAULT '';

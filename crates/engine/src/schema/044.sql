-- The newest of what its person had said in the conversation before they wanted it: that goes first (commit.rs).
ALTER TABLE intents ADD COLUMN behind INTEGER NOT NULL DEFAULT 0;

-- Requests that are taken back (request.rs). `asked_by`: what one's own request went to, an address or a link. `asked_ms`: when a
-- request was made, by its sender's word, which is what taking it back is compared with.
ALTER TABLE people ADD COLUMN asked_by TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN asked_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE knocks_out ADD COLUMN takes_back INTEGER NOT NULL DEFAULT 0;

-- Indices from which a text goes for good (search.rs): until now its pieces stayed behind a note that they were gone. `words` keeps
-- the texts as they are compared, since a text is what takes its pieces out.
DROP TABLE words;
DROP TABLE pairs;
CREATE VIRTUAL TABLE words USING fts5(folded, columnsize=0, tokenize='trigram case_sensitive 1');
CREATE VIRTUAL TABLE pairs USING fts5(grams, content='', columnsize=0, detail=none, tokenize='ascii');
INSERT INTO words(words, rank) VALUES ('secure-delete', 1);
INSERT INTO pairs(pairs, rank) VALUES ('secure-delete', 1);
-- All rows are put in anew (refold.rs).
DELETE FROM refold;
INSERT INTO refold SELECT id FROM messages ORDER BY id DESC LIMIT 1;

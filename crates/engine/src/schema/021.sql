-- Texts are folded otherwise for search, and messages from an earlier time have rows by their time: rows up to this one were not
-- looked at yet (refold.rs). One row, while there are any.
CREATE TABLE refold (id INTEGER NOT NULL) STRICT;
INSERT INTO refold SELECT id FROM messages ORDER BY id DESC LIMIT 1;

-- Whom this account asked to be added somewhere, and by the 16 bytes of which group's link; none where it asked before they
-- were kept, which is the request that any answer is taken for.
CREATE TABLE joins_wanted_of_links (
    account BLOB NOT NULL, token BLOB NOT NULL, at_ms INTEGER NOT NULL,
    PRIMARY KEY (account, token)
) STRICT, WITHOUT ROWID;
INSERT INTO joins_wanted_of_links(account, token, at_ms) SELECT account, x'', at_ms FROM joins_wanted;
DROP TABLE joins_wanted;
ALTER TABLE joins_wanted_of_links RENAME TO joins_wanted;

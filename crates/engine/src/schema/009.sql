-- What is asked of offers with each change must not read their Welcomes, which are tens of kilobytes.
CREATE INDEX offers_by_thread ON offers(thread, accepted, at_ms);
CREATE INDEX offers_accepted ON offers(log) WHERE accepted = 1;
-- The list of chats out of a few pages: what stands in a row is far longer.
CREATE INDEX threads_listed ON threads(standing, kind, pinned, active_ms, at_ms);
-- Whether enough was said here to be worth a recovery kit, and where a device is a member, are asked at each start.
CREATE INDEX messages_own ON messages(id) WHERE state < 4 AND kind = 0;
CREATE INDEX leaves_by_device ON leaves(device, log, account);

-- Each conversation says how many messages wait in it.
CREATE INDEX scheduled_by_thread ON scheduled(thread);

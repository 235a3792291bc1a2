-- Messages whose time to disappear was counted by a clock that may be wrong: it begins anew once a server agrees with the clock.
CREATE TABLE timers_apart (id INTEGER PRIMARY KEY) STRICT;

-- Own devices, as far as they have said what they are. `history`: what this device gave them when it linked them
-- (linking::given); `seen_ms`: when this device last heard of them, by the server's clock.
CREATE TABLE devices (
    device BLOB PRIMARY KEY, platform TEXT NOT NULL DEFAULT '', version TEXT NOT NULL DEFAULT '',
    seen_ms INTEGER NOT NULL DEFAULT 0, history TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
-- Devices that this primary has linked and that have not said so yet: the answer waits for them at its place.
CREATE TABLE links (
    place BLOB PRIMARY KEY, device BLOB NOT NULL, answer BLOB NOT NULL, history TEXT NOT NULL, made_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Earlier messages on their way to a device that was linked here: how far they are. `post`: the part that has not left.
CREATE TABLE handovers (
    device BLOB PRIMARY KEY, since_ms INTEGER NOT NULL, number INTEGER NOT NULL DEFAULT 0,
    thread INTEGER NOT NULL DEFAULT 0, position INTEGER NOT NULL, done INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL, post INTEGER NOT NULL DEFAULT 0, made_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Parts of them that came to this device and are not in their places yet: content.proto HistoryPart.
CREATE TABLE handed_over (number INTEGER PRIMARY KEY, part BLOB NOT NULL) STRICT;

-- A voice message that is being recorded (recording.rs): what there is of it, on this device alone.
CREATE TABLE recordings (
    thread INTEGER NOT NULL,
    place INTEGER NOT NULL,
    piece BLOB NOT NULL,
    levels BLOB NOT NULL,
    PRIMARY KEY (thread, place)
) STRICT;

-- What a sender's program found behind a link of a text (link_preview.rs): content.proto LinkPreview, within its bounds.
CREATE TABLE link_previews (message BLOB PRIMARY KEY NOT NULL, preview BLOB NOT NULL) STRICT;

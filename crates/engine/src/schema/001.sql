-- Rows that a running job is named after have ids that are never given twice (AUTOINCREMENT): the answer to a row
-- that went away must not meet another.

-- Settings of this device: keys, server, cursors. Small values by name.
CREATE TABLE settings (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- MLS state, written by the crypto crate only.
CREATE TABLE mls (key BLOB PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- Everybody this account has met. `standing` is contact::Standing.
CREATE TABLE people (
    account      BLOB PRIMARY KEY,
    address      TEXT NOT NULL,
    display_name TEXT NOT NULL DEFAULT '',
    about        TEXT NOT NULL DEFAULT '',
    standing     INTEGER NOT NULL,
    blocked      INTEGER NOT NULL DEFAULT 0,
    verified     INTEGER NOT NULL DEFAULT 0,
    picture      BLOB,                    -- in a message's place among attachments, once told
    nickname     TEXT NOT NULL DEFAULT '', -- chosen by this account
    note         TEXT NOT NULL DEFAULT '',
    at_ms        INTEGER NOT NULL,
    manifest     BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX people_by_address ON people(address);

-- Public sealing keys of others' devices.
CREATE TABLE device_keys (device BLOB PRIMARY KEY, account BLOB NOT NULL, hpke_key BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- Inbox tokens that others gave us: how a device of theirs is reached.
CREATE TABLE reach (
    account BLOB NOT NULL, device BLOB NOT NULL, token BLOB NOT NULL,
    PRIMARY KEY (account, device)
) STRICT, WITHOUT ROWID;

-- Inbox tokens of this device that we gave out. `registered`: the server knows it. `account` is unknown while a
-- knock or link is unanswered.
CREATE TABLE given (
    hash BLOB PRIMARY KEY, token BLOB NOT NULL, account BLOB,
    registered INTEGER NOT NULL DEFAULT 0, revoked INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Knocks on their way out.
CREATE TABLE knocks_out (
    id INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, note TEXT NOT NULL, client_id BLOB NOT NULL,
    given_token BLOB NOT NULL, account BLOB
) STRICT;

-- Knocks that came in and whose sender's manifest was not fetched yet.
CREATE TABLE knocks_in (id INTEGER PRIMARY KEY AUTOINCREMENT, knock BLOB NOT NULL, at_ms INTEGER NOT NULL) STRICT;

-- What a person sees as one conversation. It may have run through several logs.
CREATE TABLE threads (
    id         INTEGER PRIMARY KEY,
    key        BLOB NOT NULL UNIQUE,      -- its id in the interface
    kind       INTEGER NOT NULL,          -- content.proto ConversationKind
    standing   INTEGER NOT NULL,          -- thread::Standing
    name       TEXT NOT NULL DEFAULT '',
    pair       BLOB,                      -- the other account of a 1:1
    active_log BLOB,
    asked_by   BLOB,
    asked_devices INTEGER NOT NULL DEFAULT 0,
    at_ms      INTEGER NOT NULL,
    read_position INTEGER NOT NULL DEFAULT 0,
    next_position INTEGER NOT NULL DEFAULT 1,
    state      BLOB NOT NULL DEFAULT x'', -- ConversationState as last agreed
    picture    BLOB,                      -- as in people
    pinned     INTEGER NOT NULL DEFAULT 0,
    archived   INTEGER NOT NULL DEFAULT 0,
    archived_entry INTEGER NOT NULL DEFAULT 0, -- messages up to this one do not bring it back
    muted_until_ms INTEGER,
    marked_unread INTEGER NOT NULL DEFAULT 0,
    folder     TEXT NOT NULL DEFAULT '',
    draft      TEXT NOT NULL DEFAULT '',
    draft_reply BLOB,
    draft_ms   INTEGER NOT NULL DEFAULT 0,
    draft_due_ms INTEGER,                 -- when siblings are told, by the device's clock
    draft_told INTEGER NOT NULL DEFAULT 0 -- siblings hold one
) STRICT;
CREATE INDEX threads_by_draft ON threads(draft_due_ms) WHERE draft_due_ms IS NOT NULL;

-- Marks that siblings made on conversations in which this device is not yet.
CREATE TABLE early_marks (log BLOB PRIMARY KEY, marks BLOB NOT NULL) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX threads_by_pair ON threads(pair) WHERE pair IS NOT NULL;

-- One MLS group and its log on the server.
CREATE TABLE logs (
    log           BLOB PRIMARY KEY,
    thread        INTEGER NOT NULL,
    state         INTEGER NOT NULL,       -- log::State
    created       INTEGER NOT NULL,       -- the server has it
    suite         INTEGER NOT NULL,
    cursor        INTEGER NOT NULL,       -- newest entry processed
    last_commit   INTEGER NOT NULL,       -- newest commit, applied or skipped
    chain         BLOB NOT NULL,          -- hash over all entries up to cursor
    chain_before  BLOB NOT NULL DEFAULT x'', -- the same without the entry at cursor
    doubtful      INTEGER NOT NULL DEFAULT 0, -- the server was restored: does it still have that entry?
    reader        BLOB NOT NULL,          -- our reader secret
    next_reader   BLOB,                   -- replaces it once the server took it
    counter       INTEGER NOT NULL DEFAULT 0, -- of our contents
    receipt_delivered INTEGER NOT NULL DEFAULT 0, -- as last sent
    receipt_read  INTEGER NOT NULL DEFAULT 0,
    receipt_due_ms INTEGER,               -- when the next receipt may leave
    refreshed_ms  INTEGER NOT NULL DEFAULT 0 -- when our leaf last got new keys
) STRICT, WITHOUT ROWID;
CREATE INDEX logs_by_thread ON logs(thread);

-- Devices in a group: their readers and the newest counter seen.
CREATE TABLE leaves (
    log BLOB NOT NULL, device BLOB NOT NULL, account BLOB NOT NULL,
    reader_hash BLOB, first_reader_hash BLOB,
    counter INTEGER NOT NULL,             -- newest seen; -1: joined before us, not known yet
    added_ms INTEGER NOT NULL DEFAULT 0,  -- by the server's clock, where this device saw it
    PRIMARY KEY (log, device)
) STRICT, WITHOUT ROWID;

-- How far others have got.
CREATE TABLE receipts (
    log BLOB NOT NULL, account BLOB NOT NULL, delivered INTEGER NOT NULL, read INTEGER NOT NULL,
    PRIMARY KEY (log, account)
) STRICT, WITHOUT ROWID;

-- When they got there.
CREATE TABLE receipt_steps (
    log BLOB NOT NULL, account BLOB NOT NULL, read INTEGER NOT NULL, entry INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    PRIMARY KEY (log, account, read, entry)
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
    id         INTEGER PRIMARY KEY,
    message    BLOB NOT NULL UNIQUE,
    thread     INTEGER NOT NULL,
    position   INTEGER NOT NULL,          -- order in the thread
    log        BLOB,
    entry      INTEGER,                   -- once the server has it
    account    BLOB NOT NULL,             -- sender
    at_ms      INTEGER NOT NULL,
    kind       INTEGER NOT NULL,          -- message::Kind
    text       TEXT NOT NULL,
    reply_to   BLOB,
    mentions   BLOB,                      -- account ids, one after another
    state      INTEGER NOT NULL,          -- message::State
    why        TEXT,
    edited     INTEGER NOT NULL DEFAULT 0,
    deleted    INTEGER NOT NULL DEFAULT 0,
    starred    INTEGER NOT NULL DEFAULT 0,
    pinned     INTEGER NOT NULL DEFAULT 0,
    view_once  INTEGER NOT NULL DEFAULT 0,
    gone_after_ms INTEGER,                -- disappears so long after it was sent
    gone_ms    INTEGER,                   -- which is then
    forwarded  INTEGER NOT NULL DEFAULT 0, -- how many hands it went through
    thing      BLOB                       -- poll, contact or place: content.proto Text with that alone
) STRICT;
CREATE INDEX messages_by_position ON messages(thread, position);
CREATE INDEX messages_own_open ON messages(log, entry) WHERE state = 1 OR state = 2;
CREATE INDEX messages_gone ON messages(gone_ms) WHERE gone_ms IS NOT NULL;
CREATE TABLE client_ids (client_id TEXT PRIMARY KEY, message BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- Votes in polls: a bit for each option.
CREATE TABLE votes (
    message BLOB NOT NULL, account BLOB NOT NULL, chosen INTEGER NOT NULL,
    PRIMARY KEY (message, account)
) STRICT, WITHOUT ROWID;

-- Own messages for later. Their files are rows in attachments.
CREATE TABLE scheduled (
    message BLOB PRIMARY KEY, thread INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    said BLOB NOT NULL                    -- content.proto Text
) STRICT, WITHOUT ROWID;
CREATE INDEX scheduled_by_time ON scheduled(at_ms);

CREATE TABLE earlier_texts (message BLOB NOT NULL, at_ms INTEGER NOT NULL, text TEXT NOT NULL) STRICT;
CREATE INDEX earlier_texts_by_message ON earlier_texts(message);

CREATE TABLE reactions (
    message BLOB NOT NULL, account BLOB NOT NULL, emoji TEXT NOT NULL,
    PRIMARY KEY (message, account)
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE words USING fts5(folded, content='', contentless_delete=1, tokenize='trigram case_sensitive 1');
CREATE VIRTUAL TABLE pairs USING fts5(grams, content='', contentless_delete=1, detail=none, tokenize='ascii');

CREATE TABLE attachments (
    message BLOB NOT NULL, idx INTEGER NOT NULL,
    descriptor BLOB NOT NULL,             -- content.proto Attachment
    blob       BLOB NOT NULL,
    state      INTEGER NOT NULL,          -- attachment::State
    upload     BLOB,                      -- upload secret, own ones
    created    INTEGER NOT NULL DEFAULT 0, -- the server knows the blob
    kind       INTEGER NOT NULL,          -- content.proto AttachmentKind
    bytes      INTEGER NOT NULL,          -- of the plaintext
    PRIMARY KEY (message, idx)
) STRICT, WITHOUT ROWID;
CREATE INDEX attachments_by_blob ON attachments(blob);
CREATE INDEX attachments_open ON attachments(state) WHERE state IN (0, 1, 4, 5);

-- Contents waiting to be encrypted and appended, in order.
CREATE TABLE outbox (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    thread    INTEGER NOT NULL,
    message   BLOB,
    content   BLOB NOT NULL,              -- Content without counter and seen
    client_id BLOB NOT NULL,
    counter   INTEGER,                    -- once given
    payload   BLOB,                       -- once encrypted
    hash      BLOB,
    sent_log  BLOB,
    seen      INTEGER,
    tried     INTEGER NOT NULL DEFAULT 0  -- was handed to a connection
) STRICT;
CREATE INDEX outbox_by_thread ON outbox(thread, id);
CREATE INDEX outbox_by_hash ON outbox(sent_log, hash) WHERE hash IS NOT NULL;

-- What a group's membership or state should become; committed together, dropped when it has become so.
CREATE TABLE intents (
    id INTEGER PRIMARY KEY, log BLOB NOT NULL, kind INTEGER NOT NULL, account BLOB, device BLOB,
    data BLOB, urgent INTEGER NOT NULL, due_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX intents_by_log ON intents(log);

-- Our commit under way, at most one a log.
CREATE TABLE commits (
    log BLOB PRIMARY KEY, hash BLOB NOT NULL, -- of the payload
    append BLOB NOT NULL,                 -- the Append request
    pending BLOB NOT NULL,                -- crypto's PendingCommit: Welcomes for joiners
    readers BLOB NOT NULL,                -- joiners' one-time reader secrets, 32 bytes each
    tried INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Sealed items on their way to others' inboxes.
CREATE TABLE posts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account BLOB NOT NULL, device BLOB NOT NULL, client_id BLOB NOT NULL,
    body BLOB NOT NULL,                   -- InboxBody; sealed when it leaves
    blob BLOB                             -- waits until this blob is uploaded
) STRICT;

-- Groups we were offered and have not joined.
CREATE TABLE offers (
    log BLOB PRIMARY KEY, thread INTEGER NOT NULL, account BLOB NOT NULL, welcome BLOB NOT NULL,
    accepted INTEGER NOT NULL, at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Blobs of Welcomes on their way out.
CREATE TABLE blobs_out (
    blob BLOB PRIMARY KEY, secret BLOB NOT NULL, data BLOB NOT NULL, created INTEGER NOT NULL DEFAULT 0,
    log BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Blind tokens not spent yet.
CREATE TABLE wallet (nonce BLOB PRIMARY KEY, kind INTEGER NOT NULL, key_id INTEGER NOT NULL, output BLOB NOT NULL) STRICT, WITHOUT ROWID;

//! Homes as programs of before had them: what later schemas brought is taken back, so that the next start migrates it anew.

use rusqlite::Connection;

/// Takes back what came after schema 46.
pub fn back_to_46(db: &Connection) {
    db.execute_batch(
        "ALTER TABLE logs DROP COLUMN replaced_ms;
         ALTER TABLE link_previews DROP COLUMN stands;
         ALTER TABLE leaves DROP COLUMN heard_ms;
         DROP TABLE welcomes;
         DROP TABLE chains;
         ALTER TABLE leaves DROP COLUMN unseen_first;
         ALTER TABLE leaves DROP COLUMN unseen_last;
         DROP TABLE packages;
         DROP TABLE past_packages;
         DROP TABLE seal_keys;
         DROP TABLE others_seal_keys;
         DROP TABLE handover_key;
         ALTER TABLE handovers DROP COLUMN sealed_to;
         ALTER TABLE given ADD COLUMN token BLOB NOT NULL DEFAULT x'00';
         PRAGMA user_version = 46;",
    )
    .expect("a home of this program");
}

/// Takes back what came after schema 41, but for the search index.
pub fn back_to_41(db: &Connection) {
    back_to_46(db);
    db.execute_batch(
        "ALTER TABLE intents DROP COLUMN behind;
         DROP TABLE timers_apart;
         ALTER TABLE logs DROP COLUMN is_ahead;
         ALTER TABLE leaves DROP COLUMN renewed;
         PRAGMA user_version = 41;",
    )
    .expect("a home of this program");
}

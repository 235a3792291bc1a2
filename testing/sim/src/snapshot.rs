//! A world that stands still. Any number of worlds begin with what was stored in it, each with its own chance: what takes long to
//! set up is set up once.

use std::path::Path;

use casemate_server::delivery::Delivery;
use casemate_server::store::MemoryStore;
use rusqlite::Connection;
use rusqlite::backup::Backup;

use crate::client::Client;
use crate::world::{FILES, World, copy_files, open_directory};

/// See the module.
pub struct Snapshot {
    now_ms: i64,
    seed: u64,
    store: MemoryStore,
    /// Where the directory's files are.
    folder: tempfile::TempDir,
    clients: Vec<Still>,
}

/// A device that does nothing.
struct Still {
    name: String,
    db: Connection,
}

impl World {
    /// Stops everything. Only what is stored stays, and files on the server do not.
    pub fn stand_still(mut self) -> Snapshot {
        let folder = quick_folder();
        self.copy_directory_to(folder.path());
        let still = |client: Client| Still {
            name: client.name.clone(),
            db: client.engine.expect("a running engine").into_db(),
        };
        Snapshot {
            now_ms: self.now_ms,
            seed: self.seed,
            store: self.server.delivery.store().backup(),
            folder,
            clients: self.clients.drain(..).map(still).collect(),
        }
    }
}

impl Snapshot {
    /// Another world that begins here. Its server can be restored.
    pub fn begin(&self, seed: u64) -> World {
        // What was made by chance already is not made once more.
        let chance = seed.wrapping_add(1) << 16 ^ self.seed ^ 0x5417 << 48;
        let mut world = World::new(chance);
        let folder = quick_folder();
        let files = folder.path().join("start-0");
        copy_files(self.folder.path(), &files);
        world.folder = Some(folder);
        world.now_ms = self.now_ms;
        world.server.directory = open_directory(Some(&files.join(FILES[0])), chance, &world.policy, None);
        world.server.delivery = Delivery::new(self.store.backup());
        for still in &self.clients {
            let mut db = Connection::open_in_memory().expect("SQLite in memory");
            let copied = Backup::new(&still.db, &mut db).and_then(|copy| copy.step(-1));
            copied.expect("a copy in memory");
            let of = chance.wrapping_mul(1_000).wrapping_add(world.clients.len() as u64);
            world.clients.push(Client::with_db(&still.name, of, db));
        }
        for at in 0..world.clients.len() {
            world.start(at);
        }
        world
    }
}

/// A folder in memory where the system has such: nothing in it has to survive.
pub(crate) fn quick_folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    folder.or_else(|_| tempfile::tempdir()).expect("a folder")
}

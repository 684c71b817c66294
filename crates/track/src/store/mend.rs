//! A store that is damaged: how it is known, and how it is made anew.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::Path,
};

use rusqlite::Connection;

use super::{STORE_FILE, Store, StoreError};

/// Stores beyond this many bytes are not read through when they are opened: it would take minutes. Their
/// damage is noticed where it is met.
const READ_THROUGH: u64 = 256 << 20;

/// What is wrong with the store that was opened, if anything is.
pub(super) fn damage(connection: &Connection, path: &Path) -> rusqlite::Result<Option<String>> {
    let expected = Connection::open_in_memory()?;
    expected.execute_batch(include_str!("schema.sql"))?;
    let (expected, found) = (parts(&expected)?, parts(connection)?);
    if let Some(missing) = expected.difference(&found).next() {
        return Ok(Some(format!("it lacks {missing}")));
    }
    if fs::metadata(path).map_or(0, |file| file.len()) > READ_THROUGH {
        return Ok(None);
    }
    let said: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    Ok((said != "ok").then_some(said))
}

/// Tables, indices and views, and the columns of each.
fn parts(connection: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    let mut listed = connection.prepare(
        "SELECT type || ' `' || name || '`' FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'
         UNION
         SELECT 'column `' || part.name || '.' || info.name || '`'
         FROM sqlite_schema AS part JOIN pragma_table_info(part.name) AS info",
    )?;
    listed.query_map([], |row| row.get(0))?.collect()
}

/// Whether a database holds nothing at all.
pub(super) fn is_blank(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| {
        row.get(0)
    })
}

/// Sets the damaged store of the run aside, unless somebody else has done so meanwhile, and opens the one
/// that takes its place.
pub(super) fn mended(run_dir: &Path) -> Result<Store, StoreError> {
    let _turn = turn(run_dir);
    match Store::open_as_it_is(run_dir) {
        Err(error) if error.is_damage() => anew(run_dir, &error),
        opened => opened,
    }
}

impl Store {
    /// Begins anew when reading or writing the store has met damage.
    pub(super) fn begin_anew(&mut self, met: &StoreError) -> Result<(), StoreError> {
        let run_dir = self.run_dir.clone();
        // The file is closed before it gets another name.
        self.connection = Connection::open_in_memory().map_err(|source| self.failed(source))?;
        let _turn = turn(&run_dir);
        *self = anew(&run_dir, met)?;
        Ok(())
    }
}

/// One process at a time mends a store: else the second would set aside what the first has made.
fn turn(run_dir: &Path) -> Option<File> {
    let folder = File::open(run_dir).ok()?;
    folder.lock().ok()?;
    Some(folder)
}

fn anew(run_dir: &Path, why: &StoreError) -> Result<Store, StoreError> {
    let aside = set_aside(&run_dir.join(STORE_FILE));
    tracing::warn!(
        "{why}; the store is set aside as `{aside}` and made anew from `{}`",
        crate::EVENTS_FILE
    );
    Store::open_as_it_is(run_dir)
}

/// Gives a damaged store another name, and its journals none; returns the name. If that fails, opening it
/// fails again.
fn set_aside(path: &Path) -> String {
    for ending in ["-wal", "-shm", "-journal"] {
        let mut journal = path.as_os_str().to_owned();
        journal.push(ending);
        let _may_be_missing = fs::remove_file(journal);
    }
    let mut names = (1_u32..).map(|number| match number {
        1 => path.with_extension("damaged.sqlite"),
        _ => path.with_extension(format!("damaged-{number}.sqlite")),
    });
    let aside = names
        .find(|name| !name.exists())
        .expect("some number is free");
    let _opening_tells = fs::rename(path, &aside);
    aside
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

//! Where saved runs are kept: a SQLite database.
//!
//! A run is written in one transaction, and the write-ahead log is synchronised before it is
//! acknowledged (`synchronous = FULL`): neither a killed process nor a power cut loses what was
//! told to be saved, and a half-written run never shows. People save now and then, so that the
//! few ms which that costs are not felt; readers do not wait for a writer.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{
    Sqlite, SqlitePool, Transaction,
    migrate::{MigrateError, Migrator},
    sqlite::{
        SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions,
        SqliteSynchronous,
    },
};

use super::{
    packed,
    record::{MAX_NAME, Record, is_line},
    saved::{RunId, SavedRun, StoreError},
    summary,
};

mod list;
#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may panic")]
mod tests;

pub(super) use list::Row;
pub use list::{Asked, Listed, Order, PAGE, Sort};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// The name of a database that lives in memory, and no longer than the server.
const IN_MEMORY: &str = ":memory:";
/// How many connections the database gets: one writes, the others read.
const CONNECTIONS: u32 = 4;
/// How long a writer waits for another.
const BUSY: Duration = Duration::from_secs(5);
/// For how long a deleted run can be restored, µs: a day.
pub const RESTORABLE_US: u64 = 86_400_000_000;

/// How much may be kept.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Saved runs.
    pub runs: u64,
    /// Bytes of their records.
    pub bytes: u64,
}

/// Why the database cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no folder to keep it in.
    #[error(
        "there is no folder for saved runs: neither XDG_DATA_HOME nor HOME is set; name a file \
         with --db"
    )]
    NoFolder,
    /// The folder cannot be made.
    #[error(
        "cannot make the folder {} for saved runs: {source}; name another file with --db",
        .folder.display()
    )]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It was written by a later version.
    #[error(
        "the database {} was made by a later pushpull; use that one, or name another file with \
         --db",
        .0.display()
    )]
    Later(PathBuf),
    /// It cannot be opened.
    #[error(
        "cannot open the database {}: {source}; name another file with --db (:memory: keeps \
         nothing)",
        .file.display()
    )]
    Open {
        /// The file.
        file: PathBuf,
        /// What SQLite says.
        source: sqlx::Error,
    },
}

/// The default place: `pushpull/pushpull.db` in the user's data folder.
pub fn default_file() -> Result<PathBuf, OpenError> {
    let absolute = |name: &str| {
        let folder = PathBuf::from(std::env::var_os(name)?);
        folder.is_absolute().then_some(folder)
    };
    absolute("XDG_DATA_HOME")
        .or_else(|| Some(absolute("HOME")?.join(".local/share")))
        .map(|folder| folder.join("pushpull/pushpull.db"))
        .ok_or(OpenError::NoFolder)
}

/// The saved runs; a clone is a reference.
#[derive(Debug, Clone)]
pub struct Store {
    pool: SqlitePool,
    limits: Limits,
}

impl Store {
    /// Opens the database, makes it where there is none, and brings it up to date.
    pub async fn open(file: &Path, limits: Limits) -> Result<Self, OpenError> {
        let in_memory = file == Path::new(IN_MEMORY);
        let folder = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        if let (Some(folder), false) = (folder, in_memory) {
            std::fs::create_dir_all(folder).map_err(|source| OpenError::Folder {
                folder: folder.to_owned(),
                source,
            })?;
        }
        let failed = |source| OpenError::Open {
            file: file.to_owned(),
            source,
        };
        let options = SqliteConnectOptions::new()
            .filename(file)
            .in_memory(in_memory)
            .create_if_missing(true)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .auto_vacuum(SqliteAutoVacuum::Incremental)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let pool = SqlitePoolOptions::new();
        // Each connection into memory is a database of its own.
        let pool = if in_memory {
            pool.max_connections(1)
                .min_connections(1)
                .idle_timeout(None)
                .max_lifetime(None)
        } else {
            pool.max_connections(CONNECTIONS)
        };
        let pool = pool.connect_with(options).await.map_err(failed)?;
        match MIGRATIONS.run(&pool).await {
            Ok(()) => Ok(Self { pool, limits }),
            Err(MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..)) => {
                Err(OpenError::Later(file.to_owned()))
            }
            Err(MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _)) => {
                Err(failed(source))
            }
            Err(other) => Err(failed(sqlx::Error::Migrate(Box::new(other)))),
        }
    }

    /// Saves a run; `run` is its name while it was published. A run that has been saved already
    /// is not saved twice: its first place is told again.
    pub async fn save(&self, record: Record, run: &str) -> Result<RunId, StoreError> {
        self.insert(record, Some(run), None).await
    }

    /// Takes in a run that was saved elsewhere.
    pub async fn import(&self, record: Record, now_us: u64) -> Result<RunId, StoreError> {
        record.check_at(now_us)?;
        self.insert(record, None, Some(now_us)).await
    }

    async fn insert(
        &self,
        record: Record,
        run: Option<&str>,
        imported_us: Option<u64>,
    ) -> Result<RunId, StoreError> {
        record.check()?;
        let id = RunId(crate::hub::random().map_err(|_| StoreError::NoRandomness)?);
        let (columns, packed, name) = tokio::task::spawn_blocking(move || {
            let columns = summary::columns(&record);
            let packed = packed::pack(&record);
            (columns, packed, record.name)
        })
        .await
        .map_err(|_| sqlx::Error::WorkerCrashed)?;
        let mut writing = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        if let Some(run) = run
            && let Some(known) = known(&mut writing, run).await?
        {
            writing.commit().await?;
            return Ok(known);
        }
        self.make_room(&mut writing, packed.len() as u64).await?;
        sqlx::query(
            "INSERT INTO runs (id, run, saved_us, imported_us, name, mode, preset, rate, payload, \
             duration_s, distance_ms, client, load, events, flags, medians, bytes) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(id.to_string())
        .bind(run)
        .bind(signed(columns.saved_us))
        .bind(imported_us.map(signed))
        .bind(name)
        .bind(columns.mode)
        .bind(columns.preset)
        .bind(columns.rate)
        .bind(columns.payload)
        .bind(columns.duration_s)
        .bind(columns.distance_ms)
        .bind(columns.client)
        .bind(columns.load)
        .bind(signed(columns.events))
        .bind(columns.flags)
        .bind(columns.medians)
        .bind(signed(packed.len() as u64))
        .execute(&mut *writing)
        .await?;
        sqlx::query("INSERT INTO records (id, record) VALUES (?, ?)")
            .bind(id.to_string())
            .bind(packed)
            .execute(&mut *writing)
            .await?;
        writing.commit().await?;
        Ok(id)
    }

    /// Refuses what would be too much. Deleted runs give way first.
    async fn make_room(
        &self,
        writing: &mut Transaction<'_, Sqlite>,
        more: u64,
    ) -> Result<(), StoreError> {
        if self.room(writing, more).await?.is_ok() {
            return Ok(());
        }
        sqlx::query("DELETE FROM runs WHERE deleted_us IS NOT NULL")
            .execute(&mut **writing)
            .await?;
        self.room(writing, more).await?
    }

    async fn room(
        &self,
        writing: &mut Transaction<'_, Sqlite>,
        more: u64,
    ) -> Result<Result<(), StoreError>, sqlx::Error> {
        let (runs, bytes): (i64, i64) =
            sqlx::query_as("SELECT COUNT(*), COALESCE(SUM(bytes), 0) FROM runs")
                .fetch_one(&mut **writing)
                .await?;
        let Limits {
            runs: most_runs,
            bytes: most_bytes,
        } = self.limits;
        Ok(if unsigned(runs) >= most_runs {
            Err(StoreError::TooManyRuns { runs: most_runs })
        } else if unsigned(bytes).saturating_add(more) > most_bytes {
            Err(StoreError::TooManyBytes { bytes: most_bytes })
        } else {
            Ok(())
        })
    }

    /// A saved run, deleted ones that can be restored among them.
    pub async fn load(&self, id: RunId) -> Result<SavedRun, StoreError> {
        type Row = (String, Option<i64>, Option<i64>, Vec<u8>);
        let row: Option<Row> = sqlx::query_as(
            "SELECT name, imported_us, deleted_us, record FROM runs JOIN records USING (id) \
             WHERE id = ?",
        )
        .bind(id.to_string())
        .fetch_optional(&self.pool)
        .await?;
        let (name, imported_us, deleted_us, packed) = row.ok_or(StoreError::Unknown)?;
        let mut record = tokio::task::spawn_blocking(move || packed::unpack(&packed))
            .await
            .map_err(|_| sqlx::Error::WorkerCrashed)??;
        record.name = name;
        Ok(SavedRun {
            id,
            record,
            imported_us: imported_us.map(unsigned),
            deleted: deleted_us.is_some(),
        })
    }

    /// Whether a run is deleted and can be restored.
    pub async fn is_deleted(&self, id: RunId) -> Result<bool, StoreError> {
        let row: Option<(bool,)> =
            sqlx::query_as("SELECT deleted_us IS NOT NULL FROM runs WHERE id = ?")
                .bind(id.to_string())
                .fetch_optional(&self.pool)
                .await?;
        row.map(|(deleted,)| deleted).ok_or(StoreError::Unknown)
    }

    /// Gives a run another name.
    pub async fn rename(&self, id: RunId, name: &str) -> Result<(), StoreError> {
        let name = name.trim();
        if !is_line(name, MAX_NAME) {
            return Err(StoreError::Name);
        }
        let renamed = sqlx::query("UPDATE runs SET name = ? WHERE id = ?")
            .bind(name)
            .bind(id.to_string())
            .execute(&self.pool)
            .await?;
        found(renamed.rows_affected())
    }

    /// Deletes a run. Until it is swept away it can be restored.
    pub async fn delete(&self, id: RunId, now_us: u64) -> Result<(), StoreError> {
        let deleted = sqlx::query("UPDATE runs SET deleted_us = ? WHERE id = ?")
            .bind(signed(now_us))
            .bind(id.to_string())
            .execute(&self.pool)
            .await?;
        found(deleted.rows_affected())
    }

    /// Brings a deleted run back.
    pub async fn restore(&self, id: RunId) -> Result<(), StoreError> {
        let restored = sqlx::query("UPDATE runs SET deleted_us = NULL WHERE id = ?")
            .bind(id.to_string())
            .execute(&self.pool)
            .await?;
        found(restored.rows_affected())
    }

    /// Lets runs go that were deleted more than a day ago, and gives their room back.
    pub async fn sweep(&self, now_us: u64) -> Result<(), StoreError> {
        let gone = sqlx::query("DELETE FROM runs WHERE deleted_us IS NOT NULL AND deleted_us < ?")
            .bind(signed(now_us.saturating_sub(RESTORABLE_US)))
            .execute(&self.pool)
            .await?;
        if gone.rows_affected() > 0 {
            sqlx::query("PRAGMA incremental_vacuum")
                .execute(&self.pool)
                .await?;
        }
        Ok(())
    }

    /// Ends all connections; what was acknowledged is in the file anyway.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// The place of a run that has been saved before; if it was deleted meanwhile, it is there again.
async fn known(
    writing: &mut Transaction<'_, Sqlite>,
    run: &str,
) -> Result<Option<RunId>, StoreError> {
    let id: Option<(String,)> =
        sqlx::query_as("UPDATE runs SET deleted_us = NULL WHERE run = ? RETURNING id")
            .bind(run)
            .fetch_optional(&mut **writing)
            .await?;
    id.map(|(id,)| id.parse()).transpose()
}

fn found(rows: u64) -> Result<(), StoreError> {
    if rows > 0 {
        Ok(())
    } else {
        Err(StoreError::Unknown)
    }
}

/// SQLite's numbers are signed; ours never come near the end.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

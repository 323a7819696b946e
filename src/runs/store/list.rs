//! The list of saved runs: filtered, sorted, a page at a time. It never reads a record.

use sqlx::{FromRow, QueryBuilder, Sqlite};

use super::{Store, unsigned};
use crate::runs::{
    saved::{StoreError, Summary},
    summary,
    types::Mode,
};

/// How many runs a page shows.
pub const PAGE: u32 = 50;

/// By what a list is sorted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// When it was saved.
    #[default]
    Date,
    /// Its name.
    Name,
    /// In which order its lanes were fed.
    Mode,
    /// Events per second.
    Rate,
    /// The browser.
    Client,
    /// How many events were published.
    Events,
}

impl Sort {
    /// All of them, in the order of the columns.
    pub const ALL: [Self; 6] = [
        Self::Date,
        Self::Name,
        Self::Mode,
        Self::Rate,
        Self::Client,
        Self::Events,
    ];

    /// Its name in addresses and locale keys.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Name => "name",
            Self::Mode => "mode",
            Self::Rate => "rate",
            Self::Client => "client",
            Self::Events => "events",
        }
    }

    /// The direction in which people look first: the latest, but from A to Z.
    pub fn usual(self) -> Order {
        match self {
            Self::Date | Self::Rate | Self::Events => Order::Down,
            Self::Name | Self::Mode | Self::Client => Order::Up,
        }
    }

    fn column(self) -> &'static str {
        match self {
            Self::Date => "saved_us",
            Self::Name => "name COLLATE NOCASE",
            Self::Mode => "mode",
            Self::Rate => "rate",
            Self::Client => "client COLLATE NOCASE",
            Self::Events => "events",
        }
    }
}

/// In which direction a list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The smallest first.
    Up,
    /// The largest first.
    Down,
}

impl Order {
    /// Its name in addresses.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }

    fn sql(self) -> &'static str {
        match self {
            Self::Up => " ASC",
            Self::Down => " DESC",
        }
    }
}

/// What a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Only runs whose name or browser has this in it; empty for all.
    pub text: String,
    /// Only runs of this mode.
    pub mode: Option<Mode>,
    /// Only runs of the load generator.
    pub load: bool,
    /// By what they are sorted.
    pub sort: Sort,
    /// In which direction.
    pub order: Order,
    /// Which page, from 1.
    pub page: u32,
}

impl Default for Asked {
    /// All, the latest first.
    fn default() -> Self {
        Self {
            text: String::new(),
            mode: None,
            load: false,
            sort: Sort::default(),
            order: Sort::default().usual(),
            page: 1,
        }
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The runs.
    pub runs: Vec<Summary>,
    /// How many there are on all pages.
    pub found: u64,
    /// How many are saved, whatever was asked for.
    pub saved: u64,
}

/// A row as the database has it.
#[derive(Debug, FromRow)]
pub(in crate::runs) struct Row {
    pub(in crate::runs) id: String,
    pub(in crate::runs) saved_us: i64,
    pub(in crate::runs) imported_us: Option<i64>,
    pub(in crate::runs) name: String,
    pub(in crate::runs) mode: String,
    pub(in crate::runs) preset: Option<String>,
    pub(in crate::runs) rate: f64,
    pub(in crate::runs) payload: u32,
    pub(in crate::runs) duration_s: u32,
    pub(in crate::runs) distance_ms: u32,
    pub(in crate::runs) client: String,
    pub(in crate::runs) events: i64,
    pub(in crate::runs) flags: u32,
    pub(in crate::runs) medians: String,
}

impl Store {
    /// A page of the list.
    pub async fn list(&self, asked: &Asked) -> Result<Listed, StoreError> {
        let rows: Vec<Row> = rows(asked).build_query_as().fetch_all(&self.pool).await?;
        let (found,): (i64,) = counted(asked)
            .build_query_as()
            .fetch_one(&self.pool)
            .await?;
        let (saved,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM runs WHERE deleted_us IS NULL")
            .fetch_one(&self.pool)
            .await?;
        Ok(Listed {
            runs: rows.into_iter().filter_map(summary::summary).collect(),
            found: unsigned(found),
            saved: unsigned(saved),
        })
    }
}

/// The question for a page.
pub(super) fn rows(asked: &Asked) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(
        "SELECT id, saved_us, imported_us, name, mode, preset, rate, payload, duration_s, \
         distance_ms, client, events, flags, medians FROM runs WHERE deleted_us IS NULL",
    );
    only(&mut query, asked);
    query.push(" ORDER BY ").push(asked.sort.column());
    query.push(asked.order.sql());
    if asked.sort != Sort::Date {
        query.push(", saved_us DESC");
    }
    // Two runs of one moment have a fixed order, too.
    query.push(", id").push(asked.order.sql());
    query.push(" LIMIT ").push_bind(PAGE);
    let before = i64::from(asked.page.saturating_sub(1)) * i64::from(PAGE);
    query.push(" OFFSET ").push_bind(before);
    query
}

/// The question for the number of all.
fn counted(asked: &Asked) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new("SELECT COUNT(*) FROM runs WHERE deleted_us IS NULL");
    only(&mut query, asked);
    query
}

fn only(query: &mut QueryBuilder<Sqlite>, asked: &Asked) {
    if !asked.text.is_empty() {
        query.push(" AND instr(lower(name || ' ' || client), lower(");
        query.push_bind(asked.text.clone()).push(")) > 0");
    }
    if asked.load {
        query.push(" AND load");
    }
    if let Some(mode) = asked.mode {
        query.push(" AND mode = ").push_bind(mode.slug());
    }
}

//! The value search: every table of the database is read as whole rows, and the recogniser looks for devices in them, in
//! whatever column and spelling. Nothing is staged, and no value leaves this process.
//!
//! Each table is read by one statement in a read-only transaction of its own: one snapshot for all tables would be older than the
//! judgement on what reading a table runs, and would keep VACUUM from cleaning up for as long as the search takes.

mod attribution;
mod hits;
mod observer;
mod scan;

pub(crate) use self::attribution::{Attribution, Scopes};
use self::hits::Tally;
pub(crate) use self::hits::{ColumnHit, DeviceHit, Place};
pub(crate) use self::observer::SearchObserver;
use self::scan::TableScan;
use crate::catalogue::Source;
use crate::catalogue::reading::{Unreadable, why_unreadable};
use crate::catalogue::searched_tables::{SearchedTable, searched_tables};
use crate::domain::device::Device;
use crate::domain::recogniser::{Encodings, Recogniser};
use crate::engine::queries;
use crate::engine::rows::read_rows;
use crate::postgres::query::One;
use crate::postgres::{DatabaseError, Session};

/// A search for devices in all tables.
pub(crate) struct ValueSearch<'a> {
    pub(crate) session: &'a Session,
    /// They say which tables are declared, which are kept by rule, and which extensions are trusted.
    pub(crate) sources: &'a [Source],
    pub(crate) devices: &'a [Device],
    pub(crate) attribution: &'a Attribution,
    pub(crate) observer: &'a dyn SearchObserver,
}

/// What a search found.
#[derive(Debug, Default)]
pub(crate) struct Searched {
    /// By device and scope.
    pub(crate) devices: Vec<DeviceHit>,
    /// By column.
    pub(crate) columns: Vec<ColumnHit>,
    /// The tables and columns that were not read to their end, with the reason.
    pub(crate) given_up: Vec<String>,
}

impl ValueSearch<'_> {
    /// Reads all tables. An error means that the session is lost.
    pub(crate) async fn run(&self) -> Result<Searched, DatabaseError> {
        let recogniser = Recogniser::new(self.devices);
        let encodings = Encodings::new(&recogniser, self.devices);
        let tables = searched_tables(self.session, self.sources).await?;
        self.observer.begin(tables.iter().map(|t| t.bytes).sum());
        let mut tally = Tally::new(self.devices, self.sources);
        let mut given_up = Vec::new();
        for table in &tables {
            let not_read = table.unread.iter().map(|unread| table.describe(unread));
            given_up.extend(not_read);
            self.observer.table(&table.name.plain(), table.bytes);
            let scan = TableScan::new(table, &recogniser, &encodings, self.attribution);
            let searched = match scan {
                Ok(None) => Ok(()),
                Ok(Some(mut scan)) => {
                    let searched = self.search(table, &mut scan).await?;
                    // What was found before an error counts.
                    tally.add(table, scan.into_counts());
                    searched
                }
                Err(reason) => Err(reason),
            };
            if let Err(reason) = searched {
                given_up.push(format!("{}: {reason}", table.name.plain()));
            }
        }
        self.observer.end();
        let One(large) = queries::large_objects(self.session).await?;
        if large.objects > 0 {
            given_up.push(format!(
                "large objects ({}): they are not read",
                large.objects
            ));
        }
        let (devices, columns) = tally.into_hits();
        Ok(Searched {
            devices,
            columns,
            given_up,
        })
    }

    /// Reads one table. The inner error says why it was not read to its end.
    async fn search(
        &self,
        table: &SearchedTable,
        scan: &mut TableScan<'_>,
    ) -> Result<Result<(), String>, DatabaseError> {
        let session = self.session;
        session.begin_search().await?;
        let read = self.read(table, scan).await;
        match read {
            Err(error) if error.is_lost_connection() && session.is_closed() => Err(error),
            read => {
                session.rollback().await?;
                Ok(match read {
                    Ok(None) => Ok(()),
                    Ok(Some(Unreadable(reason))) => Err(reason),
                    Err(error) => Err(error.to_string()),
                })
            }
        }
    }

    async fn read(
        &self,
        table: &SearchedTable,
        scan: &mut TableScan<'_>,
    ) -> Result<Option<Unreadable>, DatabaseError> {
        if let Some(why) = why_unreadable(self.session, &table.columns[0], self.sources).await? {
            return Ok(Some(why));
        }
        read_rows(self.session, &table.rows(), |rows| {
            scan.examine(rows);
            self.observer.read(rows.len() as u64);
            Ok(())
        })
        .await?;
        Ok(None)
    }
}

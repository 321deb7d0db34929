//! What decides how declared tables change, as it was when the catalogue was checked against it.
//!
//! The check judges triggers, constraints and columns. A FORGET compares them again in each transaction, under a lock that
//! keeps them as they are.

use std::collections::BTreeMap;

use futures_util::join;

use super::family::Families;
use super::queries;
use crate::postgres::name::TableName;
use crate::postgres::{DatabaseError, Session};

/// The structure of tables.
#[derive(Debug, Clone, Default)]
pub(crate) struct Structure(BTreeMap<u32, TableStructure>);

/// The structure of one table.
#[derive(Debug, Clone)]
struct TableStructure {
    name: TableName,
    digest: String,
}

impl Structure {
    /// Reads the structure of all tables of `families`. It must be read before anything is judged: what changes later then
    /// differs from it.
    pub(super) async fn read(
        families: &Families,
        session: &Session,
    ) -> Result<Structure, DatabaseError> {
        let rows = queries::structure(session, families.declared()).await?;
        let of_table = |(name, row): (&TableName, queries::StructureRow)| {
            let structure = TableStructure {
                name: name.clone(),
                digest: row.digest,
            };
            (row.declared, structure)
        };
        let rows = families.named(rows);
        Ok(Structure(rows.into_iter().map(of_table).collect()))
    }

    /// The same for some of the tables.
    pub(super) fn of(mut self, names: &[&TableName]) -> Structure {
        self.0.retain(|_, table| names.contains(&&table.name));
        self
    }

    /// The part that is of one table.
    pub(crate) fn of_table(&self, name: &TableName) -> Structure {
        self.clone().of(&[name])
    }

    /// The tables, as `<schema>.<table>`, whose structure is another one now. To be called in a transaction.
    pub(crate) async fn changed(&self, session: &Session) -> Result<Vec<String>, DatabaseError> {
        let declared: Vec<u32> = self.0.keys().copied().collect();
        let (keep, anew) = (queries::KEEP_PLAN.into(), queries::PLAN_ANEW.into());
        // Pipelined.
        let (before, now, after) = join!(
            session.run(&keep),
            queries::structure(session, &declared),
            session.run(&anew),
        );
        let now = now?;
        before.and(after)?;
        let now: BTreeMap<u32, String> = now
            .into_iter()
            .map(|row| (row.declared, row.digest))
            .collect();
        let changed = self.0.iter();
        let changed = changed.filter(|(declared, table)| now.get(declared) != Some(&table.digest));
        Ok(changed.map(|(_, table)| table.name.plain()).collect())
    }
}

//! Installs or upgrades the ledger, and the reference schema where it is requested.

use serde::Serialize;

use crate::ledger::{self, MigrateError, Migrated, Schema};
use crate::postgres::{Database, Session};

/// Whether the reference schema of a contact centre is installed too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReferenceSchema {
    Included,
    Excluded,
}

/// The migrations that were applied, in their order.
#[derive(Debug, Serialize)]
pub(crate) struct Applied {
    /// Empty: the ledger was up to date.
    pub(crate) ledger: Vec<Migrated>,
    /// `None`: the reference schema was not requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) contact_centre: Option<Vec<Migrated>>,
}

/// Installs or upgrades the ledger first, then the reference schema.
pub(crate) async fn migrate(
    database: &Database,
    session: &mut Session,
    reference: ReferenceSchema,
) -> Result<Applied, MigrateError> {
    let ledger = ledger::migrate(database, session, Schema::Ledger).await?;
    let contact_centre = match reference {
        ReferenceSchema::Included => {
            Some(ledger::migrate(database, session, Schema::Reference).await?)
        }
        ReferenceSchema::Excluded => None,
    };
    Ok(Applied {
        ledger,
        contact_centre,
    })
}

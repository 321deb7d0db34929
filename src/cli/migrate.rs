//! `migrate`: installs or upgrades the ledger, and the reference schema where it is requested.

use crate::cli::arguments::{Format, Global, MigrateArgs};
use crate::cli::context::Context;
use crate::cli::{CommandError, Outcome, output};
use crate::ledger::Migrated;
use crate::service;
use crate::service::migrate::ReferenceSchema;

pub(crate) async fn migrate(global: &Global, args: &MigrateArgs) -> Result<Outcome, CommandError> {
    let context = Context::open(global)?;
    let connected = context.connect().await?;
    let mut session = connected.database.session().await?;
    let reference = match args.reference {
        true => ReferenceSchema::Included,
        false => ReferenceSchema::Excluded,
    };
    let applied = service::migrate::migrate(&connected.database, &mut session, reference).await?;
    if global.format == Format::Json {
        output::json(&applied)?;
        return Ok(Outcome::Done);
    }
    describe("ledger (schema lethe)", &applied.ledger)?;
    if let Some(contact_centre) = &applied.contact_centre {
        describe("reference schema (schema contact_centre)", contact_centre)?;
    }
    Ok(Outcome::Done)
}

fn describe(what: &str, applied: &[Migrated]) -> Result<(), CommandError> {
    match applied.last() {
        None => output::line(&format!("{what}: up to date")),
        Some(last) => output::line(&format!("{what}: installed version {}", last.version)),
    }
}
